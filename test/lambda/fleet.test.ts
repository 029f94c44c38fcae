import { ECSClient } from '@aws-sdk/client-ecs';
import { VirtualTime } from './virtual-time';
import { EcsGateway } from '../../lambda/ecs-gateway';
import { Trigger } from '../../lambda/event';
import { Pacer } from '../../lambda/pacer';
import { Outcome, reconcile } from '../../lambda/reconcile';
import { FaultOptions, LocalEcs, SimulatedClock } from '../../local-ecs';
import { FleetConfig } from '../../src/contract';

/** A fleet against local-ecs in this process: the real gateway, paced, in virtual time. */

const [REGION, ACCOUNT, SERVICE] = ['eu-central-1', '999988887777', 'node-agent'];
const PREFIX = `arn:aws:ecs:${REGION}:${ACCOUNT}`;
const clusterArn = (name: string) => `${PREFIX}:cluster/${name}`;
const serviceArn = (cluster: string, name = SERVICE) => `${PREFIX}:service/${cluster}/${name}`;

let clock: SimulatedClock;
let ecs: LocalEcs;
let time: VirtualTime;

function begin(faults?: FaultOptions): void {
  clock = new SimulatedClock(new Date('2026-04-09T06:00:00Z'));
  ecs = new LocalEcs({ region: REGION, accountId: ACCOUNT, clock, faults });
  time = new VirtualTime((milliseconds) => clock.advance(milliseconds), () => clock.now().getTime());
  ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'agent', image: 'agent', cpu: 64, memory: 64 }] });
}
beforeEach(() => begin());

/** A cluster with so many instances; the service's desired count where it has one. */
function addCluster(name: string, instances: number, desiredCount?: number): void {
  ecs.call('CreateCluster', { clusterName: name });
  ecs.launchInstances(name, instances);
  if (desiredCount !== undefined) {
    ecs.call('CreateService', { cluster: name, serviceName: SERVICE, taskDefinition: 'agent', desiredCount, launchType: 'EC2' });
  }
}

const desiredCount = (cluster: string) => ecs.clone(clock).call('DescribeServices', { cluster, services: [SERVICE] }).services[0]?.desiredCount;

interface Options extends Partial<FleetConfig['fleet']> {
  readonly random?: number;
  readonly dryRun?: boolean;
}

async function run(trigger: Trigger, { random = 0, dryRun, ...fleet }: Options = {}): Promise<Outcome & { calls: string[] }> {
  const client = { send: async (command: { constructor: { name: string }; input: object }) => ecs.call(command.constructor.name.replace(/Command$/, ''), command.input) };
  const gateway = new EcsGateway(client as unknown as ECSClient, new Pacer(time.sleep, time.now));
  const config: FleetConfig = { fleet: { serviceName: SERVICE, clusterArnPrefix: clusterArn(''), scaling: { tasksPerInstance: 1 }, ...fleet }, dryRun };
  const before = ecs.calls.length;
  const outcome = await time.run(reconcile(trigger, config, { ecs: gateway, sleep: time.sleep, warn: () => {}, random: () => random }));
  const calls = ecs.calls.slice(before);
  expect(gateway.apiCalls).toBe(calls.length);
  return { ...outcome, calls: calls.map(({ action, input }) => `${action} ${input.cluster?.split('/')[1] ?? ''}`.trim()) };
}

describe('a resync', () => {
  test('looks once at a cluster that is listed twice', async () => {
    addCluster('blue', 3, 1);
    const { results, calls } = await run({ kind: 'reconcile' }, { clusterArns: [clusterArn('blue'), clusterArn('blue')] });
    expect(results).toHaveLength(1);
    expect(calls).toEqual(['DescribeServices blue', 'ListContainerInstances blue', 'UpdateService blue', 'ListContainerInstances blue']);
  });

  test('goes through every cluster, and says nothing of one without the service', async () => {
    addCluster('blue', 3, 1);
    addCluster('empty', 2);
    addCluster('green', 2, 2);
    const { results, failures, calls } = await run({ kind: 'reconcile' });
    expect(failures).toEqual([]);
    expect(results).toMatchObject([
      { cluster: clusterArn('blue'), service: serviceArn('blue'), decision: 'scale', applied: true, newDesiredCount: 3 },
      { cluster: clusterArn('green'), service: serviceArn('green'), decision: 'inSync', newDesiredCount: 2 },
    ]);
    expect(calls.sort()).toEqual([
      'DescribeServices blue', 'DescribeServices empty', 'DescribeServices green', 'ListClusters',
      'ListContainerInstances blue', 'ListContainerInstances blue', 'ListContainerInstances green', 'UpdateService blue',
    ]);
  });

  test('goes through the listed clusters alone, without listing any', async () => {
    ['blue', 'green', 'red'].forEach((name) => addCluster(name, 2, 1));
    const { results, calls } = await run({ kind: 'stack' }, { clusterArns: [clusterArn('blue'), clusterArn('red')] });
    expect(results.map(({ cluster }) => cluster)).toEqual([clusterArn('blue'), clusterArn('red')]);
    expect(calls).not.toContain('ListClusters');
    expect(desiredCount('green')).toBe(1);
  });

  test('skips a listed cluster that is gone', async () => {
    addCluster('blue', 2, 1);
    expect(await run({ kind: 'reconcile' }, { clusterArns: [clusterArn('blue'), clusterArn('gone')] })).toMatchObject({
      results: [{ cluster: clusterArn('blue'), newDesiredCount: 2 }], failures: [],
    });
  });

  test('tells of services that it skips for another reason', async () => {
    addCluster('blue', 2, 1);
    ecs.call('TagResource', { resourceArn: serviceArn('blue'), tags: [{ key: 'daemon-service-autoscaler:suspended', value: 'true' }] });
    expect((await run({ kind: 'reconcile' })).results).toMatchObject([{ decision: 'skip', reason: 'suspended' }]);
  });

  test('starts at another cluster each time', async () => {
    ['a', 'b', 'c', 'd'].forEach((name) => addCluster(name, 1, 1));
    const first = async (random: number) => (await run({ kind: 'reconcile' }, { random })).calls.find((call) => call.startsWith('DescribeServices'));
    expect([await first(0), await first(0.25), await first(0.999)]).toEqual(['DescribeServices a', 'DescribeServices b', 'DescribeServices d']);
  });

  test('goes on where one cluster fails, and names its service', async () => {
    ['a', 'b', 'c'].forEach((name) => addCluster(name, 2, 1));
    ecs.failNext('UpdateService', 'AccessDeniedException');
    const { results, failures } = await run({ kind: 'reconcile' });
    expect(failures).toEqual([{ service: serviceArn('a'), error: expect.objectContaining({ name: 'AccessDeniedException' }) }]);
    expect(results.map(({ service }) => service)).toEqual([serviceArn('b'), serviceArn('c')]);
  });

  test('fails where the clusters can\'t be listed', async () => {
    ecs.failNext('ListClusters', 'AccessDeniedException');
    expect(await run({ kind: 'reconcile' })).toMatchObject({ results: [], failures: [{ service: SERVICE, error: { name: 'AccessDeniedException' } }] });
  });

  test('only plans on request', async () => {
    addCluster('blue', 3, 1);
    expect((await run({ kind: 'plan' })).results).toMatchObject([{ decision: 'scale', applied: false, newDesiredCount: 3 }]);
    expect((await run({ kind: 'reconcile' }, { dryRun: true })).results).toMatchObject([{ decision: 'scale', applied: false, newDesiredCount: 3 }]);
    expect(desiredCount('blue')).toBe(1);
  });

  test('scales and bounds each service alike', async () => {
    addCluster('blue', 30, 1);
    addCluster('green', 3, 1);
    const options = { scaling: { linear: { vcpusPerTask: 8 } }, maxTaskCount: 6 };
    expect((await run({ kind: 'reconcile' }, options)).results).toMatchObject([{ instances: 30, vcpus: 60, newDesiredCount: 6 }, { vcpus: 6, newDesiredCount: 1 }]);
  });
});

describe('an event', () => {
  const instanceEvent = (cluster: string): Trigger => ({ kind: 'containerInstance', clusterArn: cluster });

  test('of an instance concerns its cluster alone, one that came after the deployment included', async () => {
    addCluster('blue', 2, 1);
    addCluster('new', 2, 1);
    const { results, calls } = await run(instanceEvent(clusterArn('new')));
    expect(results).toMatchObject([{ cluster: clusterArn('new'), newDesiredCount: 2 }]);
    expect(calls).toEqual(['DescribeServices new', 'ListContainerInstances new', 'UpdateService new', 'ListContainerInstances new']);
  });

  test('of a cluster without the service costs one call', async () => {
    addCluster('empty', 2);
    expect(await run(instanceEvent(clusterArn('empty')))).toEqual({ results: [], failures: [], calls: ['DescribeServices empty'] });
  });

  test.each<[string, Trigger, Options]>([
    ['an instance of a cluster that isn\'t listed', { kind: 'containerInstance', clusterArn: clusterArn('blue') }, { clusterArns: [clusterArn('green')] }],
    ['an instance of another account', { kind: 'containerInstance', clusterArn: clusterArn('blue').replace(ACCOUNT, '111122223333') }, {}],
    ['an instance of another Region', { kind: 'containerInstance', clusterArn: clusterArn('blue').replace(REGION, 'eu-west-1') }, {}],
    ['a service of another name', { kind: 'deployment', serviceArn: serviceArn('blue', 'proxy') }, {}],
    ['a service of another account', { kind: 'deployment', serviceArn: serviceArn('blue').replace(ACCOUNT, '111122223333') }, {}],
    ['a service whose ARN names no cluster', { kind: 'deployment', serviceArn: `${PREFIX}:service/${SERVICE}` }, {}],
    ['a service of a cluster that isn\'t listed', { kind: 'deployment', serviceArn: serviceArn('blue') }, { clusterArns: [clusterArn('green')] }],
  ])('about %s costs no call', async (_, trigger, options) => {
    addCluster('blue', 2, 1);
    expect(await run(trigger, options)).toEqual({ results: [], failures: [], calls: [] });
  });

  test('of a deployment concerns that service alone', async () => {
    addCluster('blue', 2, 1);
    addCluster('green', 2, 1);
    expect((await run({ kind: 'deployment', serviceArn: serviceArn('blue') })).results).toMatchObject([{ service: serviceArn('blue'), newDesiredCount: 2 }]);
    expect(desiredCount('green')).toBe(1);
  });
});

test('1,000 clusters within the throttling limits, every count right, within the timeout of 15 minutes', async () => {
  begin({ throttling: true });
  const names = Array.from({ length: 1_000 }, (_, index) => `cluster-${index}`);
  for (const [index, name] of names.entries()) {
    // Every tenth cluster hasn't got the service; all other counts are wrong, as at a first adoption.
    addCluster(name, 1 + index % 7, index % 10 === 0 ? undefined : 10);
    clock.advance(1_000);
  }
  const started = clock.now().getTime();
  const { results, failures, calls } = await run({ kind: 'reconcile' });
  const seconds = (clock.now().getTime() - started) / 1000;
  process.stdout.write(`a fleet of 1,000 clusters, 900 counts to write: ${calls.length} calls in ${Math.round(seconds)} simulated seconds\n`);

  expect(failures).toEqual([]);
  expect(ecs.calls.filter(({ error }) => error === 'ThrottlingException')).toEqual([]);
  expect(results).toHaveLength(900);
  names.forEach((name, index) => expect(desiredCount(name)).toBe(index % 10 === 0 ? undefined : 1 + index % 7));
  expect(seconds).toBeLessThan(15 * 60);
}, 120_000);
