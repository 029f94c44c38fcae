import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { generatedEvents, rehomed, sampleEvents } from './event-patterns/events';
import { intended, Kind, Place, Shape, SHAPES } from './event-patterns/intent';
import { synthesizePacked } from '../support/packed-app';
import { anEvent, aPattern } from './event-patterns/random-patterns';
import { askRuler } from './event-patterns/ruler';
import { compilePattern, readStack } from '../../local-stack';
import { stackId } from '../../local-stack/identity';
import { Template } from '../../local-stack/template';

/*
 * Every pattern of every shape of autoscaler, synthesized from the packed tarball, through event-ruler, the matcher that EventBridge
 * is made of. What should match is said by intent.ts; local-stack's own matcher must agree on every pair.
 */

/** Where the stacks are deployed: the first is that of test/events. */
const PLACES: readonly Place[] = [
  { partition: 'aws', region: 'eu-central-1', accountId: '999988887777' },
  { partition: 'aws-cn', region: 'cn-north-1', accountId: '111122223333' },
];
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/ContainerInstanceRule/, 'containerInstance'], [/DeploymentRule/, 'deployment'], [/StackRule/, 'stack'],
];

interface Deployed {
  readonly shape: Shape;
  readonly place: Place;
  readonly stackId: string;
  /** Of its rules' patterns, by kind: their numbers. */
  readonly patterns: Record<Kind, number[]>;
}

const folder = mkdtempSync(path.join(tmpdir(), 'event-patterns-'));
const deployed: Deployed[] = [];
const patterns: object[] = [];

before(() => {
  const assembly = synthesizePacked(folder, path.join(__dirname, 'event-patterns', 'app.js'));
  for (const shape of SHAPES) {
    for (const place of PLACES) {
      const { template: document, stackName } = readStack(assembly, shape.stack);
      const id = stackId(place.partition, place.region, place.accountId, stackName);
      const template = new Template(document, { ...place, stackName, stackId: id });
      const one: Deployed = { shape, place, stackId: id, patterns: { containerInstance: [], deployment: [], stack: [] } };
      for (const rule of template.idsOf('AWS::Events::Rule')) {
        const { EventPattern } = template.properties<{ EventPattern?: object }>(rule);
        if (!EventPattern) continue;
        const [, kind] = KINDS.find(([name]) => name.test(rule))!;
        one.patterns[kind].push(patterns.push(EventPattern) - 1);
      }
      deployed.push(one);
    }
  }
});

after(() => rmSync(folder, { recursive: true }));

/** The matches of all patterns, compared with the intent, with local-stack's matcher, and counted. */
function compare(events: readonly object[]): { matches: number; perPattern: number[] } {
  const verdicts = askRuler(patterns, events);
  assert.equal(verdicts.length, events.length);
  const matchers = patterns.map(compilePattern);
  const perPattern = patterns.map(() => 0);
  events.forEach((event, index) => {
    const text = JSON.stringify(event);
    const { together, each } = verdicts[index];
    for (const { shape, place, stackId: id, patterns: numbers } of deployed) {
      const kind = intended(shape, place, id, event);
      for (const [ofKind, own] of Object.entries(numbers)) {
        // Once, however many rules its clusters take: each match is an invocation.
        const matching = own.filter((number) => together.includes(number)).length;
        assert.equal(matching, ofKind === kind ? 1 : 0, `${shape.stack} in ${place.region}: ${matching} of its ${ofKind} rules match ${text}`);
      }
    }
    assert.deepEqual(each, together, text);
    assert.deepEqual(matchers.flatMap((matches, number) => matches(event) ? [number] : []), together, `local-stack's matcher, ${text}`);
    for (const number of together) perPattern[number] += 1;
  });
  return { matches: perPattern.reduce((sum, count) => sum + count, 0), perPattern };
}

test('the shapes have the patterns that they should have', () => {
  const counts = deployed.map(({ shape, patterns: { containerInstance, deployment, stack } }) =>
    [shape.stack, containerInstance.length, deployment.length, stack.length]);
  for (const [stack, ofInstances, ofDeployments, ofStack] of counts) {
    assert.ok(stack === 'FleetWithManyClusters' ? Number(ofInstances) > 1 : ofInstances === 1, `${stack}: ${ofInstances}`);
    assert.deepEqual([ofDeployments, ofStack], [1, 1], String(stack));
  }
  const longest = Math.max(...patterns.map((pattern) => JSON.stringify(pattern).length));
  assert.ok(longest <= 2048, `EventBridge takes patterns of 2,048 characters, not of ${longest}`);
  console.log(`${patterns.length} patterns of ${SHAPES.length} shapes in ${PLACES.length} partitions, the longest of ${longest} characters`);
});

test('sample events, as they are and as of the managed cluster, match what they should', () => {
  const samples = sampleEvents();
  const homed = deployed.flatMap(({ place, stackId: id }) => samples.filter((event: any) => event.source).map((event) => rehomed(event, place, id)));
  const { matches } = compare([...samples, ...homed]);
  assert.ok(matches > 0);
  console.log(`${process.env.EVENT_SAMPLES ? 'test/events and EVENT_SAMPLES' : 'test/events (EVENT_SAMPLES is not set: no further samples)'}: `
    + `${samples.length} events and ${homed.length} of them re-homed, ${(samples.length + homed.length) * patterns.length} pairs, ${matches} matches as intended`);
});

test('generated events match what they should', () => {
  const events = generatedEvents([...PLACES, { ...PLACES[0], accountId: '111122223333' }, { ...PLACES[0], region: 'eu-central-2' }],
    deployed.map(({ stackId: id }) => id), 8000);
  const { matches, perPattern } = compare(events);
  const silent = patterns.filter((_, number) => perPattern[number] === 0);
  assert.deepEqual(silent, [], 'patterns that no event matched');
  console.log(`generated: ${events.length} events, ${events.length * patterns.length} pairs, ${matches} matches as intended`);
});

test("local-stack's matcher agrees with event-ruler on patterns and events of any form", () => {
  const any = fc.sample(aPattern, { numRuns: 400, seed: 2 });
  const events = fc.sample(anEvent, { numRuns: 300, seed: 3 });
  const verdicts = askRuler(any, events);
  const matchers = any.map(compilePattern);
  let matches = 0;
  events.forEach((event, index) => matchers.forEach((matching, number) => {
    // Each alone: in one machine, patterns as wild as these change what others match. Those above are shown not to.
    const expected = verdicts[index].each.includes(number);
    assert.equal(matching(event), expected, `${JSON.stringify(any[number])} with ${JSON.stringify(event)}`);
    if (expected) matches += 1;
  }));
  assert.ok(matches > events.length);
  console.log(`any form: ${any.length} patterns with ${events.length} events, ${any.length * events.length} pairs, ${matches} matches`);
});
