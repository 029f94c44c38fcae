import * as fs from 'node:fs';
import { synthesize } from './fixture-app';
import { LocalEcs, SimulatedClock } from '../../local-ecs';
import { LocalStack } from '../../local-stack';

const MINUTE = 60_000;
const START = '2026-03-01T08:00:00Z';

let clock: SimulatedClock;
let ecs: LocalEcs;
const stacks: LocalStack[] = [];
const assemblies: string[] = [];

async function deploy(stackName: string, beside?: LocalStack): Promise<LocalStack> {
  const assembly = synthesize({ stackName });
  assemblies.push(assembly);
  const stack = await LocalStack.deploy({ assembly, ecs, clock, beside });
  stacks.push(stack);
  return stack;
}

beforeEach(() => {
  clock = new SimulatedClock(new Date(START));
  ecs = new LocalEcs({ clock, region: 'eu-west-1', accountId: '111122223333' });
});

afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.close();
  for (const assembly of assemblies.splice(0)) fs.rmSync(assembly, { recursive: true });
});

const times = (stack: LocalStack): string[] => stack.invocations.map(({ at }) => at.toISOString().slice(11, 16));

test('time passes for both, each with the schedule that began with it', async () => {
  const first = await deploy('First');
  await first.advance(2 * MINUTE);
  const second = await deploy('Second', first);
  await first.advance(9 * MINUTE);
  expect(times(first)).toEqual(['08:05', '08:10']);
  expect(times(second)).toEqual(['08:07']);
  await second.advance(MINUTE);
  expect(times(second)).toEqual(['08:07', '08:12']);
});

test('draining one awaits what runs in the other', async () => {
  const first = await deploy('First');
  const second = await deploy('Second', first);
  second.putEvent({ ...second.statusEvent('X'), 'source': 'shop', 'detail-type': 'Order' });
  await first.drain();
  expect(second.invocations).toHaveLength(1);
  expect(first.invocations).toHaveLength(0);
});

test('each function\'s calls are its own, even of invocations at the same time', async () => {
  const first = await deploy('First');
  const second = await deploy('Second', first);
  await Promise.all([first.invoke({ listClusters: true }), second.invoke({ listClusters: true })]);
  expect([first, second].map((stack) => stack.functionCalls.length)).toEqual([1, 1]);
  expect([first, second].map((stack) => stack.invocations[0].calls.length)).toEqual([1, 1]);
});

test('both buses hear that the later one is complete', async () => {
  const first = await deploy('First');
  const second = await deploy('Second', first);
  const complete = (stack: LocalStack): string[] => stack.events.map(({ event }) => event.resources[0].split('/')[1]);
  expect(complete(first)).toEqual(['First', 'Second']);
  expect(complete(second)).toEqual(['Second']);
});

test('a stack that is closed starts nothing more while the other goes on', async () => {
  const first = await deploy('First');
  const second = await deploy('Second', first);
  second.putEvent({ ...second.statusEvent('X'), 'source': 'shop', 'detail-type': 'Order', 'detail': { fail: 'no' } });
  await second.drain();
  await stacks.pop()!.close();
  await first.advance(6 * MINUTE);
  expect(times(second)).toEqual(['08:00']);
  expect(times(first)).toEqual(['08:05']);
});

test('another clock is refused', async () => {
  const first = await deploy('First');
  clock = new SimulatedClock(new Date(START));
  await expect(deploy('Second', first)).rejects.toThrow(/The stack Second must have the clock of the stack First/);
});
