import { CLUSTER, instance, ScriptedEcs, service } from './scripted-ecs';
import { ServiceState } from '../../lambda/decide';
import { EventInstance, Trigger } from '../../lambda/event';
import { Outcome, reconcile } from '../../lambda/reconcile';
import { ReconcilerConfig, ServiceConfig } from '../../src/contract';

type Options = Partial<ServiceConfig>;

interface Run {
  readonly outcome: Outcome;
  readonly calls: string[];
  readonly sleeps: number[];
  readonly warnings: object[];
}

const configOf = (services: Record<string, Options>, dryRun?: boolean): ReconcilerConfig => ({
  clusterArn: CLUSTER,
  services: Object.entries(services).map(([name, options]) => ({ serviceArn: service(name), scaling: { tasksPerInstance: 1 }, ...options })),
  dryRun,
});

async function run(ecs: ScriptedEcs, options: { trigger?: Trigger; config?: ReconcilerConfig } = {}): Promise<Run> {
  const sleeps: number[] = [];
  const warnings: object[] = [];
  const outcome = await reconcile(options.trigger ?? { kind: 'reconcile' }, options.config ?? configOf({ agent: {} }), {
    ecs,
    sleep: async (milliseconds) => { sleeps.push(milliseconds); },
    warn: (record) => warnings.push(record),
    random: () => 0,
  });
  expect(ecs.unread).toBe(0);
  return { outcome, calls: ecs.calls, sleeps, warnings };
}

const agent = (state: Partial<ServiceState>, ...readings: Array<number | string[] | Error>) => new ScriptedEcs(readings, { agent: state });
const item = (overrides: object) => ({ cluster: CLUSTER, service: service('agent'), vcpus: null, ...overrides });
const changed = (desiredCount: number, newDesiredCount: number, overrides: object = {}) => item({
  decision: 'scale', reason: 'countDiffers', applied: true, instances: newDesiredCount, desiredCount, newDesiredCount, ...overrides,
});

describe('one service', () => {
  test('in sync costs two calls', async () => {
    const { outcome, calls } = await run(agent({ desiredCount: 5 }, 5));
    expect(calls).toEqual(['describe 1', 'list ACTIVE']);
    expect(outcome).toEqual({
      results: [item({ decision: 'inSync', reason: 'countMatches', applied: false, instances: 5, desiredCount: 5, newDesiredCount: 5 })], failures: [],
    });
  });

  test.each([2 ** 31, Infinity])('whose scaling asks for %d tasks or more fails, and nothing is written', async (tasks) => {
    const scaling = tasks === Infinity ? { linear: { instancesPerTask: Number.MIN_VALUE } } : { tasksPerInstance: tasks };
    const config = configOf({ agent: { scaling } });
    const { outcome, calls } = await run(agent({ desiredCount: 5 }, 1), { config });
    expect(calls).toEqual(['describe 1', 'list ACTIVE']);
    const error = new Error(`the scaling asks for ${tasks} tasks, more than ECS can be asked for`);
    expect(outcome).toEqual({ results: [], failures: [{ service: service('agent'), error }] });
  });

  test('that changes costs three calls and one to confirm', async () => {
    const { outcome, calls, sleeps } = await run(agent({ desiredCount: 5 }, 6, 6));
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'update 6', 'list ACTIVE']);
    expect(outcome).toEqual({ results: [changed(5, 6)], failures: [] });
    expect(sleeps).toEqual([]);
  });

  test('whose cluster moves on is followed, with at most three writes', async () => {
    const { outcome, calls } = await run(agent({ desiredCount: 5 }, 6, 7, 8, 8));
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'update 6', 'list ACTIVE', 'update 7', 'list ACTIVE', 'update 8', 'list ACTIVE']);
    expect(outcome).toEqual({ results: [changed(5, 8)], failures: [] });
  });

  test('whose cluster still moves after the third write fails as not converged, and what was written is on record', async () => {
    const { outcome } = await run(agent({ desiredCount: 5 }, 6, 7, 8, 9));
    expect(outcome.results).toEqual([changed(5, 8, { instances: 9 })]);
    expect(outcome.failures).toEqual([{ service: service('agent'), error: expect.objectContaining({ name: 'NotConvergedError' }) }]);
    expect(outcome.failures[0]!.error.message).toBe('the cluster still changes after 3 writes: the desired count is 8, needed now is 9');
  });

  test('back where it was in the end was changed all the same', async () => {
    const { outcome } = await run(agent({ desiredCount: 5 }, 6, 5, 5));
    expect(outcome.results).toEqual([changed(5, 5)]);
  });

  test('keeps its bounds', async () => {
    const bounded = configOf({ agent: { minTaskCount: 2, maxTaskCount: 4 } });
    expect((await run(agent({ desiredCount: 2 }, 9, 9), { config: bounded })).outcome.results).toEqual([changed(2, 4, { instances: 9 })]);
    expect((await run(agent({ desiredCount: 3 }, 0, 0), { config: bounded })).outcome.results).toEqual([changed(3, 2, { instances: 0 })]);
  });

  test('lists DRAINING instances where they count', async () => {
    const { calls } = await run(agent({ desiredCount: 5 }, 5), { config: configOf({ agent: { countDrainingInstances: true } }) });
    expect(calls).toEqual(['describe 1', 'list ACTIVE+DRAINING']);
  });

  test('is listed with its constraints, its filter and its launch type', async () => {
    const ecs = agent({ desiredCount: 5, launchType: 'EC2', memberOf: ['attribute:stack == blue'] }, 5);
    const { calls } = await run(ecs, { config: configOf({ agent: { instanceFilters: ['agentConnected == true'] } }) });
    expect(calls[1]).toBe('list ACTIVE (attribute:stack == blue) and (agentConnected == true) and (attribute:ecs.capability.external !exists)');
  });
});

describe('skips', () => {
  test.each<[string, Partial<ServiceState>]>([
    ['serviceNotActive', { status: 'DRAINING' }],
    ['daemonStrategy', { schedulingStrategy: 'DAEMON' }],
    ['fargate', { launchType: 'FARGATE' }],
    ['suspended', { suspended: true }],
    ['capacityProvidersUnknown', { capacityProviders: ['spot'] }],
  ])('%s, after one call', async (reason, state) => {
    const { outcome, calls } = await run(agent({ desiredCount: 3, ...state }));
    expect(calls).toEqual(['describe 1']);
    expect(outcome).toEqual({
      results: [item({ decision: 'skip', reason, applied: false, instances: null, desiredCount: 3, newDesiredCount: 3 })], failures: [],
    });
  });

  test('serviceNotFound knows no count', async () => {
    const { outcome } = await run(new ScriptedEcs([], {}));
    expect(outcome.results).toEqual([item({ decision: 'skip', reason: 'serviceNotFound', applied: false, instances: null, desiredCount: null, newDesiredCount: null })]);
  });

  test.each([['ServiceNotFoundException', 'serviceNotFound'], ['ServiceNotActiveException', 'serviceNotActive']])(
    '%s on writing is a skip: the service went away meanwhile', async (name, reason) => {
      const ecs = agent({ desiredCount: 5 }, 6);
      ecs.refusals.set(service('agent'), Object.assign(new Error('gone'), { name }));
      const { outcome } = await run(ecs);
      expect(outcome).toEqual({
        results: [item({ decision: 'skip', reason, applied: false, instances: null, desiredCount: 5, newDesiredCount: 5 })], failures: [],
      });
    });
});

describe('plan and dry run', () => {
  test.each<[string, { trigger?: Trigger; config?: ReconcilerConfig }]>([
    ['plan', { trigger: { kind: 'plan' } }],
    ['dry run', { config: configOf({ agent: {} }, true) }],
  ])('%s tells the real decision and writes nothing', async (_, options) => {
    const { outcome, calls } = await run(agent({ desiredCount: 5 }, 8), options);
    expect(calls).toEqual(['describe 1', 'list ACTIVE']);
    expect(outcome.results).toEqual([changed(5, 8, { applied: false })]);
  });
});

describe('what a trigger concerns', () => {
  test('another cluster\'s instance: nothing, at no call', async () => {
    const trigger: Trigger = { kind: 'containerInstance', clusterArn: `${CLUSTER}-2` };
    expect(await run(agent({}), { trigger })).toMatchObject({ outcome: { results: [], failures: [] }, calls: [] });
  });

  test('another service\'s deployment: nothing, at no call', async () => {
    const trigger: Trigger = { kind: 'deployment', serviceArn: service('agent-2') };
    expect(await run(agent({}), { trigger })).toMatchObject({ outcome: { results: [], failures: [] }, calls: [] });
  });

  test('a service\'s deployment: that service alone', async () => {
    const ecs = new ScriptedEcs([4], { agent: { desiredCount: 4 }, proxy: { desiredCount: 1 } });
    const { outcome } = await run(ecs, { trigger: { kind: 'deployment', serviceArn: service('agent') }, config: configOf({ agent: {}, proxy: {} }) });
    expect(outcome.results.map((result) => result.service)).toEqual([service('agent')]);
  });

  test('an instance of the cluster, a finished stack operation, a resync: everything', async () => {
    for (const trigger of [{ kind: 'containerInstance', clusterArn: CLUSTER }, { kind: 'stack' }, { kind: 'reconcile' }] as Trigger[]) {
      const ecs = new ScriptedEcs([4], { agent: { desiredCount: 4 }, proxy: { desiredCount: 4 } });
      const { outcome } = await run(ecs, { trigger, config: configOf({ agent: {}, proxy: {} }) });
      expect(outcome.results).toHaveLength(2);
    }
  });
});

describe('an event that contradicts the listing', () => {
  const listed = [instance(1), instance(2)];
  const event = (overrides: Partial<EventInstance>): Trigger => ({
    kind: 'containerInstance', clusterArn: CLUSTER, instance: { arn: instance(3), status: 'ACTIVE', attributes: new Map(), ...overrides },
  });

  test('ACTIVE but not listed: one more listing, a second later, decides', async () => {
    const { outcome, calls, sleeps } = await run(agent({ desiredCount: 2 }, listed, 3, 3), { trigger: event({}) });
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'list ACTIVE', 'update 3', 'list ACTIVE']);
    expect(sleeps).toEqual([1000]);
    expect(outcome.results).toEqual([changed(2, 3)]);
  });

  test('ACTIVE and still not listed: an old event, and no third listing', async () => {
    const { calls } = await run(agent({ desiredCount: 2 }, listed, listed), { trigger: event({}) });
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'list ACTIVE']);
  });

  test.each(['DRAINING', 'DEREGISTERING', 'INACTIVE'])('%s but still listed: one more listing', async (status) => {
    const { outcome, calls } = await run(agent({ desiredCount: 2 }, listed, 1, 1), { trigger: event({ arn: instance(2), status }) });
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'list ACTIVE', 'update 1', 'list ACTIVE']);
    expect(outcome.results).toEqual([changed(2, 1)]);
  });

  test('an old ARN and a new one of the same instance are one', async () => {
    const arn = 'arn:aws:ecs:eu-central-1:999988887777:container-instance/2';
    expect((await run(agent({ desiredCount: 2 }, listed), { trigger: event({ arn }) })).calls).toHaveLength(2);
  });

  test.each<[string, Trigger]>([
    ['agreement that it is ACTIVE', event({ arn: instance(1) })],
    ['agreement that it is gone', event({ status: 'INACTIVE' })],
    ['an instance that isn\'t registered yet', event({ status: 'REGISTERING' })],
    ['an event without status', event({ status: undefined })],
    ['an event without instance', { kind: 'containerInstance', clusterArn: CLUSTER }],
  ])('%s: no further listing', async (_, trigger) => {
    expect((await run(agent({ desiredCount: 2 }, listed), { trigger })).calls).toHaveLength(2);
  });

  test('an instance that the filter excludes, or may exclude: no further listing', async () => {
    for (const memberOf of [['attribute:stack == blue'], ['attribute:stack =~ bl.*']]) {
      expect((await run(agent({ desiredCount: 2, memberOf }, listed), { trigger: event({}) })).calls).toHaveLength(2);
    }
  });

  test('DRAINING and not listed is a contradiction where DRAINING counts', async () => {
    const config = configOf({ agent: { countDrainingInstances: true } });
    expect((await run(agent({ desiredCount: 2 }, listed, 3, 3), { trigger: event({ status: 'DRAINING' }), config })).calls).toHaveLength(5);
  });
});

describe('a drastic cut', () => {
  test('is written if a second reading agrees, with a warning', async () => {
    const { outcome, calls, sleeps, warnings } = await run(agent({ desiredCount: 10 }, 4, 4, 4));
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'list ACTIVE', 'update 4', 'list ACTIVE']);
    expect(sleeps).toEqual([1000]);
    expect(outcome.results).toEqual([changed(10, 4)]);
    expect(warnings).toEqual([{ warning: 'drasticCut', cluster: CLUSTER, service: service('agent'), desiredCount: 10, newDesiredCount: 4 }]);
  });

  test('is not written if the second reading is fine after all', async () => {
    const { outcome, calls, warnings } = await run(agent({ desiredCount: 10 }, 0, 10));
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'list ACTIVE']);
    expect(outcome.results).toMatchObject([{ decision: 'inSync', applied: false }]);
    expect(warnings).toEqual([]);
  });

  test('gives way to a change that is not drastic', async () => {
    expect((await run(agent({ desiredCount: 10 }, 0, 9, 9))).outcome.results).toEqual([changed(10, 9)]);
    expect((await run(agent({ desiredCount: 10 }, 0, 12, 12))).outcome.results).toEqual([changed(10, 12)]);
  });

  test('on which two readings differ is not written, and the invocation fails to be retried', async () => {
    const ecs = agent({ desiredCount: 10 }, 3, 2);
    const { outcome } = await run(ecs);
    expect(ecs.writes).toEqual([]);
    expect(outcome.results).toEqual([]);
    expect(outcome.failures[0]!.error).toMatchObject({ name: 'NotConvergedError', message: expect.stringContaining('ask for 3 and then for 2 tasks') });
  });

  test('to half is none', async () => {
    expect((await run(agent({ desiredCount: 10 }, 5, 5))).sleeps).toEqual([]);
  });

  test('needs two readings in the confirmation too', async () => {
    const { calls } = await run(agent({ desiredCount: 9 }, 10, 2, 2, 2));
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'update 10', 'list ACTIVE', 'list ACTIVE', 'update 2', 'list ACTIVE']);
  });

  test('uses the second reading that a contradicting event already asked for', async () => {
    const trigger: Trigger = { kind: 'containerInstance', clusterArn: CLUSTER, instance: { arn: instance(0), status: 'INACTIVE' } };
    const { calls, warnings } = await run(agent({ desiredCount: 10 }, [instance(0), instance(7)], 2, 2), { trigger });
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'list ACTIVE', 'update 2', 'list ACTIVE']);
    expect(warnings).toHaveLength(1);
  });

  test('asks for a third reading where that second one differs from the first', async () => {
    const trigger: Trigger = { kind: 'containerInstance', clusterArn: CLUSTER, instance: { arn: instance(0), status: 'INACTIVE' } };
    const { calls } = await run(agent({ desiredCount: 10 }, 3, 2, 2, 2), { trigger });
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'list ACTIVE', 'list ACTIVE', 'update 2', 'list ACTIVE']);
  });

  test('is doubted in a plan as well, so that the plan is what would be done', async () => {
    expect((await run(agent({ desiredCount: 10 }, 0, 10), { trigger: { kind: 'plan' } })).outcome.results).toMatchObject([{ decision: 'inSync' }]);
  });
});

describe('several services', () => {
  const two = configOf({ agent: {}, proxy: {} });

  test('with the same instances share one listing', async () => {
    const ecs = new ScriptedEcs([3, 3], { agent: { desiredCount: 3 }, proxy: { desiredCount: 2 } });
    const { calls, outcome } = await run(ecs, { config: two });
    expect(calls).toEqual(['describe 2', 'list ACTIVE', 'update 3', 'list ACTIVE']);
    expect(outcome.results).toMatchObject([{ decision: 'inSync' }, { decision: 'scale', applied: true }]);
  });

  test('with different instances are listed apart', async () => {
    const ecs = new ScriptedEcs([3, 1], { agent: { desiredCount: 3 }, proxy: { desiredCount: 1, memberOf: ['attribute:edge exists'] } });
    expect((await run(ecs, { config: two })).calls).toEqual(['describe 2', 'list ACTIVE', 'list ACTIVE attribute:edge exists']);
  });

  test('are described in tens', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `s${index}`);
    const ecs = new ScriptedEcs([3], Object.fromEntries(names.map((name) => [name, { desiredCount: 3 }])));
    const { calls, outcome } = await run(ecs, { config: configOf(Object.fromEntries(names.map((name) => [name, {}]))) });
    expect(calls).toEqual(['describe 10', 'describe 10', 'describe 3', 'list ACTIVE']);
    expect(outcome.results.map((result) => result.service)).toEqual(names.map(service));
  });

  test('go on where one is refused', async () => {
    const ecs = new ScriptedEcs([3, 3], { agent: { desiredCount: 2 }, proxy: { desiredCount: 2 } });
    ecs.refusals.set(service('agent'), Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
    const { outcome } = await run(ecs, { config: two });
    expect(outcome.results).toMatchObject([{ service: service('proxy'), applied: true, newDesiredCount: 3 }]);
    expect(outcome.failures).toEqual([{ service: service('agent'), error: expect.objectContaining({ name: 'AccessDeniedException' }) }]);
  });

  test('go on where one went away, which is not asked for again', async () => {
    const ecs = new ScriptedEcs([3, 4, 4], { agent: { desiredCount: 2 }, proxy: { desiredCount: 2 } });
    ecs.refusals.set(service('agent'), Object.assign(new Error('gone'), { name: 'ServiceNotFoundException' }));
    const { calls, outcome } = await run(ecs, { config: two });
    expect(calls).toEqual(['describe 2', 'list ACTIVE', 'update 3', 'update 3', 'list ACTIVE', 'update 4', 'list ACTIVE']);
    expect(outcome.results).toMatchObject([{ decision: 'skip', reason: 'serviceNotFound' }, { applied: true, newDesiredCount: 4 }]);
  });

  test('keep each its own failure', async () => {
    const ecs = new ScriptedEcs([3, new Error('broken pipe')], { agent: { desiredCount: 2 }, proxy: { desiredCount: 2 } });
    ecs.refusals.set(service('agent'), Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
    const { outcome } = await run(ecs, { config: two });
    expect(outcome.failures.map(({ error }) => error.message)).toEqual(['not authorized', 'broken pipe']);
  });

  test('go on where the listing of one fails', async () => {
    const ecs = new ScriptedEcs([new Error('invalid filter'), 4, 4], { agent: { desiredCount: 2, memberOf: ['x'] }, proxy: { desiredCount: 3 } });
    const { outcome } = await run(ecs, { config: two });
    expect(outcome.results).toMatchObject([{ service: service('proxy'), newDesiredCount: 4 }]);
    expect(outcome.failures).toMatchObject([{ service: service('agent'), error: { message: 'invalid filter' } }]);
  });

  test('go on where ECS reports a failure for one, and where it forgets one', async () => {
    const ecs = new ScriptedEcs([4, 4], { agent: { desiredCount: 3 } });
    ecs.describeServices = async () => [
      { serviceArn: service('agent'), state: { status: 'ACTIVE', desiredCount: 3, schedulingStrategy: 'REPLICA', capacityProviders: [], memberOf: [], suspended: false } },
      { serviceArn: service('proxy'), failure: 'INTERNAL' },
    ];
    const { outcome } = await run(ecs, { config: configOf({ agent: {}, proxy: {}, dns: {} }) });
    expect(outcome.results).toMatchObject([{ service: service('agent'), newDesiredCount: 4 }]);
    expect(outcome.failures.map(({ error }) => error.message)).toEqual([
      'DescribeServices answered INTERNAL for this service', 'DescribeServices answered nothing for this service',
    ]);
  });

  test('all fail where the cluster is missing', async () => {
    const ecs = new ScriptedEcs([], {});
    ecs.describeError = Object.assign(new Error('Cluster not found.'), { name: 'ClusterNotFoundException' });
    const { outcome } = await run(ecs, { config: two });
    expect(outcome.results).toEqual([]);
    expect(outcome.failures).toHaveLength(2);
  });

  test('keep their write on record where the confirming listing fails', async () => {
    const { outcome } = await run(agent({ desiredCount: 5 }, 6, new Error('broken pipe')));
    expect(outcome.results).toMatchObject([{ applied: true, desiredCount: 5, newDesiredCount: 6 }]);
    expect(outcome.failures).toMatchObject([{ error: { message: 'broken pipe' } }]);
  });
});

describe('what only a description tells', () => {
  const hosts = [instance('small'), instance('large'), instance('spot'), instance('nobody')];
  function described(state: Partial<ServiceState>, ...readings: string[][]): ScriptedEcs {
    const ecs = new ScriptedEcs(readings, { agent: state, proxy: { desiredCount: 4 } });
    ecs.details.set(hosts[0]!, { vcpus: 2, capacityProviderName: 'on-demand' });
    ecs.details.set(hosts[1]!, { vcpus: 16, capacityProviderName: 'on-demand' });
    ecs.details.set(hosts[2]!, { vcpus: 4, capacityProviderName: 'spot' });
    ecs.details.set(hosts[3]!, { vcpus: 4 });
    return ecs;
  }
  const byVcpus = { scaling: { linear: { vcpusPerTask: 8 } } };

  test('vCPUs: one more call for each reading', async () => {
    const { outcome, calls } = await run(described({ desiredCount: 2 }, hosts, hosts), { config: configOf({ agent: byVcpus }) });
    expect(calls).toEqual(['describe 1', 'list ACTIVE', 'describe instances 4', 'update 4', 'list ACTIVE', 'describe instances 4']);
    expect(outcome.results).toEqual([changed(2, 4, { instances: 4, vcpus: 26 })]);
  });

  test('capacity providers: only instances of the named ones count, with their vCPUs', async () => {
    const config = configOf({ agent: { ...byVcpus, capacityProviderNames: ['on-demand'] } });
    const { outcome } = await run(described({ desiredCount: 3, capacityProviders: ['on-demand'] }, hosts), { config });
    expect(outcome.results).toMatchObject([{ decision: 'inSync', instances: 2, vcpus: 18 }]);
  });

  test('names count where the service has a launch type, too', async () => {
    const config = configOf({ agent: { capacityProviderNames: ['spot', 'on-demand'] } });
    expect((await run(described({ desiredCount: 3, launchType: 'EC2' }, hosts), { config })).outcome.results).toMatchObject([{ decision: 'inSync', instances: 3, vcpus: null }]);
  });

  test('services that need it share it with those that do not', async () => {
    const { outcome, calls } = await run(described({ desiredCount: 4 }, hosts), { config: configOf({ agent: byVcpus, proxy: {} }) });
    expect(calls).toEqual(['describe 2', 'list ACTIVE', 'describe instances 4']);
    expect(outcome.results).toMatchObject([{ decision: 'inSync', vcpus: 26 }, { decision: 'inSync', instances: 4, vcpus: null }]);
  });

  test('an instance that is gone when it is described does not count', async () => {
    const { outcome } = await run(described({ desiredCount: 4 }, [...hosts, instance('gone')]), { config: configOf({ agent: byVcpus }) });
    expect(outcome.results).toMatchObject([{ instances: 4, vcpus: 26 }]);
  });
});
