import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { WEAKNESSES, weakBundle } from './hostile-input/broken-bundles';
import { Breakage, Broken, BrokenEcs } from './hostile-input/broken-ecs';
import { BundledFunction } from './hostile-input/bundled-function';
import { Campaign, fuzzAnswers, fuzzConfigurations, fuzzEvents, judgeError } from './hostile-input/campaign';
import { CONFIGS, makeWorld } from './hostile-input/world';
import { unpackTarball } from '../support/installs';

/**
 * The packed bundle in a process of its own, with the real SDK over the wire to local-ecs: whatever it is sent, it answers in time, with a
 * right answer or an error of its own, touches only what it manages, and writes no line that somebody else words.
 *
 * FUZZ_SEED replays a run, FUZZ_FACTOR makes it longer.
 */

const SEED = Number(process.env.FUZZ_SEED ?? 20261122);
const FACTOR = Number(process.env.FUZZ_FACTOR ?? 1);
const COUNTS = { events: 10_000 * FACTOR, configurations: 1_500 * FACTOR, answers: 300 * FACTOR };
/** Enough to meet any of the weaknesses. */
const SAMPLE = { events: 600, configurations: 600, answers: 60 };
const CAMPAIGNS = { events: fuzzEvents, configurations: fuzzConfigurations, answers: fuzzAnswers };

const unpacked = mkdtempSync(path.join(tmpdir(), 'hostile-input-'));
const bundle = path.join(unpacked, 'assets', 'lambda', 'reconciler.lambda', 'index.js');

before(() => unpackTarball(unpacked));
after(() => rmSync(unpacked, { recursive: true }));

function tell(what: string, { outcomes, findings, calls, lines }: Campaign, started: number): void {
  const counts = [...outcomes].sort().map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  console.log(`${what}: ${counts}; ${calls} API calls and ${lines} log lines looked at; ${findings.length} findings; seed ${SEED}; ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

for (const [kind, count] of Object.entries(COUNTS) as [keyof typeof COUNTS, number][]) {
  test(`${count} hostile ${kind}: a right answer or a named error, no call beyond what is managed, no forged line`, async () => {
    const started = Date.now();
    const campaign = await CAMPAIGNS[kind](bundle, count, SEED);
    tell(`${count} ${kind}`, campaign, started);
    assert.deepEqual(campaign.findings.slice(0, 5), [], `${campaign.findings.length} findings with FUZZ_SEED=${SEED}`);
    assert.ok(campaign.outcomes.size > 1 && campaign.outcomes.has('result'), 'all had the same outcome: the input was not what it should be');
  });
}

for (const [name, weakness] of Object.entries(WEAKNESSES)) {
  test(`finds a function that ${name}`, async () => {
    const { bundle: weak, folder } = weakBundle(weakness);
    try {
      const { findings } = await CAMPAIGNS[weakness.campaign](weak, SAMPLE[weakness.campaign], SEED);
      assert.ok(findings.some((finding) => weakness.finding.test(finding)), `of ${findings.length} findings none is ${weakness.finding}:\n${findings.slice(0, 3).join('\n')}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

const LIST = 'ListContainerInstances';
const HTML: Broken = { body: '<!DOCTYPE html>\n<h1>Service Unavailable</h1>', contentType: 'text/html' };
const first = (broken: Broken): Breakage => (action, _, nth) => (action === LIST && nth === 1 ? broken : undefined);
const each = (broken: Broken, of = LIST): Breakage => (action) => (action === of ? broken : undefined);
const json = (value: unknown, status = 200): Broken => ({ status, body: JSON.stringify(value) });
const instances = (count: number) => Array.from({ length: count }, (_, id) => `arn:aws:ecs:eu-central-1:999988887777:container-instance/edge/${id}`);

/** How ECS is broken, with the count that is right all the same or what the ReconcileError must say; and how many requests at most. */
const BREAKAGES: Record<string, [breakage: Breakage, expected: number | RegExp, requests: number]> = {
  'nothing': [() => undefined, 6, 4],
  'the same page token without end': [each(json({ containerInstanceArns: instances(1), nextToken: 'again' })), /does not come to an end: 2 pages/, 3],
  'new page tokens without end': [(action, _, nth) => (action === LIST ? json({ containerInstanceArns: [], nextToken: `${nth}` }) : undefined), /does not come to an end: 1000 pages/, 1001],
  'a page of 200,000 instances': [each(json({ containerInstanceArns: instances(200_000) })), 40, 4],
  'HTML': [each(HTML), /SyntaxError/, 2],
  'HTML for the services': [each(HTML, 'DescribeServices'), /SyntaxError/, 1],
  'HTML for the write': [each(HTML, 'UpdateService'), /SyntaxError/, 3],
  'HTML and status 503, once': [first({ ...HTML, status: 503 }), 6, 5],
  'HTML and status 403': [each({ ...HTML, status: 403 }), /SyntaxError/, 2],
  'a redirect': [each({ status: 307, body: '' }), /UnknownError/, 2],
  'an empty body': [each({ body: '' }), /containerInstanceArns: received nothing/, 2],
  'an empty object': [each(json({})), /containerInstanceArns: received nothing/, 2],
  'null': [each(json(null)), /containerInstanceArns: received nothing/, 2],
  'no word of the service': [each(json({ services: [], failures: [] }), 'DescribeServices'), /answered nothing for this service/, 1],
  'a service without its count': [(action, answer) => (action === 'DescribeServices' ? json({ services: [{ ...answer.services[0], desiredCount: undefined }] }) : undefined), /desiredCount: received nothing/, 1],
  'an error of a megabyte with line breaks': [each(json({ __type: 'Odd\nError', message: `\n\x1b[31m${'x'.repeat(1e6)}` }, 400)), /Odd\\u000aError: \\u000a\\u001b\[31mx+\.\.\. \(/, 2],
  'an error named __proto__': [each({ status: 400, body: '{"__type":"__proto__","__proto__":{"polluted":true},"message":{}}' }), /: __proto__: /, 2],
  'a reset connection, once': [first({ connection: 'reset' }), 6, 5],
  'half an answer and the end, once': [first({ connection: 'short' }), 6, 5],
  'reset connections': [each({ connection: 'reset' }), /socket hang up|ECONNRESET/, 7],
  'throttling that doesn\'t end': [each(json({ __type: 'ThrottlingException', message: 'Rate exceeded' }, 400)), /ThrottlingException: Rate exceeded/, 7],
  'silence': [each({ connection: 'silent' }), /TimeoutError/, 7],
  'silence, once': [first({ connection: 'silent' }), 6, 5],
  'half an answer and silence, once': [first({ connection: 'half' }), 6, 5],
};

/** The function's own timeout by default. */
const TIMEOUT_MS = 60_000;

test(`${Object.keys(BREAKAGES).length} ways for ECS to be broken: a retry or a named error, well within the function's timeout`, async () => {
  const [bound] = CONFIGS;
  const [service] = 'services' in bound ? bound.services : [];
  const config = JSON.stringify({ ...bound, services: [{ ...service, maxTaskCount: 40 }] });
  // At once: most of the time goes into waiting.
  const seconds = await Promise.all(Object.entries(BREAKAGES).map(async ([name, [breakage, expected, requests]]) => {
    const server = await BrokenEcs.start();
    const bundled = new BundledFunction(bundle, server.endpoint);
    try {
      server.use(makeWorld(), breakage);
      const started = Date.now();
      const answer = await bundled.invoke(config, '{"action":"reconcile"}', TIMEOUT_MS);
      assert.ok(answer, `${name}: no answer within ${TIMEOUT_MS / 1000} s, after ${server.requests.length} requests`);
      if (typeof expected === 'number') {
        assert.equal(JSON.parse(answer.result ?? assert.fail(`${name}: ${answer.error!.message}`)).results[0].newDesiredCount, expected, name);
      } else {
        assert.equal(answer.error?.name, 'ReconcileError', `${name}: ${answer.result}`);
        assert.match(String(answer.error.message), expected, name);
        assert.deepEqual(judgeError(answer.error), [], name);
      }
      assert.equal(answer.polluted, false, name);
      assert.ok(server.requests.length <= requests, `${name}: ${server.requests.length} requests`);
      return (Date.now() - started) / 1000;
    } finally {
      await bundled.stop();
      await server.stop();
    }
  }));
  console.log(`broken answers: ${seconds.length} ways, each with the expected end; the longest took ${Math.max(...seconds).toFixed(1)} s of ${TIMEOUT_MS / 1000} s`);
});
