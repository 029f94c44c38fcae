import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ECSClient } from '@aws-sdk/client-ecs';
import { startRelay } from './deployment/relay';
import { Answer, compare, Disagreement, dissect } from './moto/answers';
import { KNOWN_DIFFERENCES, KnownDifference } from './moto/differences';
import { ACCOUNT, REGION, runScript, Subject } from './moto/script';
import { startMoto } from './moto/server';
import { LocalEcs, startServer } from '../../local-ecs';

/*
 * moto is an ECS endpoint that others wrote. The same calls go to it and to local-ecs, and the answers agree but for the
 * differences that are listed with the documentation that decides them.
 */

let disagreements: Disagreement[];
let steps: number;
let paths: number;

before(async () => {
  const moto = await startMoto(ACCOUNT, REGION);
  const localEcs = await startServer(new LocalEcs({ accountId: ACCOUNT, region: REGION }));
  try {
    let hosts = 0;
    const second = await answersOf(localEcs.endpoint, async () => `i-${String(++hosts).padStart(17, '0')}`);
    const first = await answersOf(moto.endpoint, moto.launchHost);
    assert.deepEqual([...first.keys()], [...second.keys()]);
    disagreements = [...first].flatMap(([step, answer]) => compare(step, answer, second.get(step)!));
    steps = second.size;
    paths = [...second.values()].reduce((sum, answer) => sum + answer.size, 0);
  } finally {
    await localEcs.close();
    await moto.stop();
  }
});

/** Runs the script against an endpoint: the answer to each step, as it came over the wire. */
async function answersOf(endpoint: string, launchHost: Subject['launchHost']): Promise<Map<string, Answer>> {
  const relay = await startRelay(endpoint);
  const client = new ECSClient({ endpoint: relay.endpoint, region: REGION, maxAttempts: 1, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const answers = new Map<string, Answer>();
  try {
    await runScript({ client, endpoint: relay.endpoint, launchHost }, async (name, call) => {
      const earlier = relay.calls.length;
      await call().catch(() => undefined); // an answer, too
      assert.equal(relay.calls.length, earlier + 1, `${name}: calls`);
      assert.ok(!answers.has(name), `${name}: two steps`);
      answers.set(name, dissect(relay.calls[earlier]));
    });
  } finally {
    client.destroy();
    await relay.close();
  }
  return answers;
}

const fits = (expected: string | RegExp, value: string) => (typeof expected === 'string' ? expected === value : expected.test(value));
const explains = ({ paths: listed, steps: at, moto, localEcs }: KnownDifference, found: Disagreement) =>
  listed.includes(found.path) && (at?.includes(found.step) ?? true) && fits(moto, found.moto) && fits(localEcs, found.localEcs);

test('answers and errors agree but for the listed differences', () => {
  const unlisted = disagreements.filter((found) => !KNOWN_DIFFERENCES.some((known) => explains(known, found)));
  console.log(`compared: ${paths} values in the answers to ${steps} calls; ${disagreements.length} differ, `
    + `by ${KNOWN_DIFFERENCES.length} listed differences, ${unlisted.length} unlisted`);
  assert.deepEqual(unlisted, []);
});

test('every listed difference still occurs, wherever it is listed', () => {
  const gone = KNOWN_DIFFERENCES.flatMap((known) => known.paths.flatMap((path) => (known.steps ?? [undefined]).flatMap((step) =>
    disagreements.some((found) => found.path === path && found.step === (step ?? found.step) && explains(known, found)) ? [] : [{ path, step }])));
  assert.deepEqual(gone, []);
});

test('every listed difference names the documentation that decides it', () => {
  for (const { docs, why, paths: [path] } of KNOWN_DIFFERENCES) {
    assert.match(docs, /^https:\/\/(docs\.aws\.amazon\.com|smithy\.io)\//, path);
    assert.ok(why.length > 10, path);
  }
});
