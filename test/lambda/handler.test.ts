import { createClient } from '../../lambda/ecs-gateway';
import type { ReconcilerResult } from '../../lambda/reconciler.lambda';
import { FaultOptions, LocalEcs, LocalEcsServer, startServer } from '../../local-ecs';
import { CONFIG_VARIABLE, ReconcilerConfig, ServiceConfig } from '../../src/contract';
import { fixture, samples } from '../events';

/** The handler in this process, with the real SDK over the wire to local-ecs. */

const [REGION, ACCOUNT, CLUSTER, SERVICE] = ['eu-central-1', '999988887777', 'edge', 'node-agent'];
const PREFIX = `arn:aws:ecs:${REGION}:${ACCOUNT}`;
const CLUSTER_ARN = `${PREFIX}:cluster/${CLUSTER}`;
const SERVICE_ARN = `${PREFIX}:service/${CLUSTER}/${SERVICE}`;

let ecs: LocalEcs;
let server: LocalEcsServer;
let handler: (payload: unknown) => Promise<ReconcilerResult>;
let logged: Record<'debug' | 'info' | 'warn', object[]>;

beforeAll(async () => {
  // One endpoint for all tests, behind which each has its own ECS.
  server = await startServer(new Proxy({} as LocalEcs, { get: (_, name) => (ecs[name as keyof LocalEcs] as () => unknown).bind(ecs) }));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_ECS: server.endpoint, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example',
  });
  // Loaded only now: the client reads its environment once.
  ({ handler } = jest.requireActual<typeof import('../../lambda/reconciler.lambda')>('../../lambda/reconciler.lambda'));
});
afterAll(() => server.close());

beforeEach(() => {
  ecs = cluster(3, 3);
  configure({});
  logged = { debug: [], info: [], warn: [] };
  for (const level of ['debug', 'info', 'warn'] as const) {
    jest.spyOn(console, level).mockImplementation((...args) => {
      expect(args).toHaveLength(1);
      logged[level].push(args[0]);
    });
  }
});

function cluster(instances: number, desiredCount: number): LocalEcs {
  const made = new LocalEcs({ region: REGION, accountId: ACCOUNT });
  made.call('CreateCluster', { clusterName: CLUSTER });
  made.launchInstances(CLUSTER, instances);
  made.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'agent', image: 'agent', cpu: 64, memory: 64 }] });
  made.call('CreateService', { cluster: CLUSTER, serviceName: SERVICE, taskDefinition: 'agent', desiredCount, launchType: 'EC2', placementConstraints: [{ type: 'distinctInstance' }] });
  made.calls.length = 0;
  return made;
}

function configure(options: Partial<ServiceConfig>, overrides: Partial<ReconcilerConfig> = {}): void {
  const service: ServiceConfig = { serviceArn: SERVICE_ARN, scaling: { tasksPerInstance: 1 }, ...options };
  const config: ReconcilerConfig = { clusterArn: CLUSTER_ARN, services: [service], ...overrides };
  process.env[CONFIG_VARIABLE] = JSON.stringify(config);
}

/** An instance event as ECS sends it for one of the instances. */
function instanceEvent(change: () => void): any {
  const events: any[] = [];
  ecs.onEvent((event) => events.push(event));
  change();
  return events.find((event) => event['detail-type'] === 'ECS Container Instance State Change');
}

const calls = () => ecs.calls.map((call) => call.action);
const desiredCount = () => ecs.call('DescribeServices', { cluster: CLUSTER, services: [SERVICE] }).services[0].desiredCount;

describe('the cases of the 2017 implementation', () => {
  test('no event', async () => {
    await expect(handler(undefined)).rejects.toMatchObject({ name: 'InvalidEventError', message: expect.stringContaining('event: received nothing') });
    expect(calls()).toEqual([]);
  });

  test('foreign source', async () => {
    await expect(handler(fixture('foreign-ec2-instance-state-change'))).rejects.toMatchObject({ name: 'InvalidEventError', message: expect.stringContaining('source') });
    expect(calls()).toEqual([]);
  });

  test('no configured service', async () => {
    configure({}, { services: [] });
    await expect(handler(fixture('container-instance-2026-registration'))).rejects.toMatchObject({ name: 'InvalidConfigurationError', message: expect.stringContaining('RECONCILER_CONFIG.services') });
    expect(calls()).toEqual([]);
  });

  test('other detail-type', async () => {
    await expect(handler(fixture('foreign-task-state-change'))).rejects.toMatchObject({ name: 'InvalidEventError', message: expect.stringContaining('detail-type') });
    expect(calls()).toEqual([]);
  });

  test('match: an event of the managed cluster is taken', async () => {
    expect((await handler(fixture('container-instance-2016-registration'))).results).toHaveLength(1);
    expect(calls()).not.toEqual([]);
  });

  test('service not in the cluster', async () => {
    configure({ serviceArn: `${PREFIX}:service/${CLUSTER}/other` });
    expect(await handler({ action: 'reconcile' })).toMatchObject({ results: [{ decision: 'skip', reason: 'serviceNotFound' }], apiCalls: 1 });
  });

  test('mismatch adjusted, at three calls and one to confirm', async () => {
    const event = instanceEvent(() => ecs.launchInstance(CLUSTER));
    expect(await handler(event)).toEqual({
      results: [{ cluster: CLUSTER_ARN, service: SERVICE_ARN, decision: 'scale', reason: 'countDiffers', applied: true, instances: 4, vcpus: null, desiredCount: 3, newDesiredCount: 4 }],
      apiCalls: 4,
    });
    expect(calls()).toEqual(['DescribeServices', 'ListContainerInstances', 'UpdateService', 'ListContainerInstances']);
    expect(desiredCount()).toBe(4);
    expect(logged.info).toMatchObject([{ decision: 'scale', trigger: 'containerInstance' }]);
  });

  test('match left alone, at two calls and not a line', async () => {
    const event = instanceEvent(() => ecs.setAgentConnected(ecs.call('ListContainerInstances', { cluster: CLUSTER }).containerInstanceArns[0], false, CLUSTER));
    ecs.calls.length = 0;
    expect(await handler(event)).toMatchObject({ results: [{ decision: 'inSync', applied: false }], apiCalls: 2 });
    expect(calls()).toEqual(['DescribeServices', 'ListContainerInstances']);
    expect(logged.info).toEqual([]);
  });
});

describe.each(samples())('$name', ({ event }) => {
  const kind = event.action ?? event['detail-type'];

  test('as it is: a named error or an answer, and no call for another cluster', async () => {
    configure({}, { clusterArn: `${PREFIX}:cluster/managed`, services: [{ serviceArn: `${PREFIX}:service/managed/agent`, scaling: { tasksPerInstance: 1 } }] });
    switch (kind) {
      case 'ECS Container Instance State Change':
      case 'ECS Deployment State Change':
        expect(await handler(event)).toEqual({ results: [], apiCalls: 0 });
        break;
      case 'CloudFormation Stack Status Change':
      case 'reconcile':
      case 'plan':
        await expect(handler(event)).rejects.toMatchObject({ name: 'ReconcileError', message: expect.stringContaining('ClusterNotFoundException') });
        break;
      default:
        await expect(handler(event)).rejects.toMatchObject({ name: 'InvalidEventError' });
        expect(calls()).toEqual([]);
    }
  });

  test('rewritten to the managed cluster: the count is right afterwards', async () => {
    ecs = cluster(5, 3);
    const rewritten = JSON.parse(JSON.stringify(event)
      .replace(/arn:aws:ecs:[a-z0-9-]+:\d{12}:cluster\/[A-Za-z0-9_-]+/g, CLUSTER_ARN)
      .replace(/arn:aws:ecs:[a-z0-9-]+:\d{12}:service\/[A-Za-z0-9_-]+\/[A-Za-z0-9_-]+/g, SERVICE_ARN));
    if (/^(ECS (Container Instance|Deployment) State Change|CloudFormation Stack Status Change|reconcile)$/.test(kind)) {
      expect(await handler(rewritten)).toMatchObject({ results: [{ decision: 'scale', applied: true, desiredCount: 3, newDesiredCount: 5 }] });
      expect(desiredCount()).toBe(5);
    } else if (kind === 'plan') {
      expect(await handler(rewritten)).toMatchObject({ results: [{ decision: 'scale', applied: false, desiredCount: 3, newDesiredCount: 5 }], apiCalls: 2 });
      expect(desiredCount()).toBe(3);
    } else {
      await expect(handler(rewritten)).rejects.toMatchObject({ name: 'InvalidEventError' });
      expect(calls()).toEqual([]);
    }
  });
});

describe('faults', () => {
  test('throttling is retried and counts once', async () => {
    ecs.failNext('ListContainerInstances', 'ThrottlingException');
    ecs.failNext('DescribeServices', 'ThrottlingException');
    expect(await handler({ action: 'reconcile' })).toMatchObject({ results: [{ decision: 'inSync' }], apiCalls: 2 });
    expect(calls()).toEqual(['DescribeServices', 'DescribeServices', 'ListContainerInstances', 'ListContainerInstances']);
  });

  test('a lost answer to a write is retried: writing the same count twice does no harm', async () => {
    ecs.launchInstance(CLUSTER);
    ecs.failNext('UpdateService', 'ConnectionDropped', { afterwards: true });
    expect(await handler({ action: 'reconcile' })).toMatchObject({ results: [{ newDesiredCount: 4 }], apiCalls: 4 });
    expect(desiredCount()).toBe(4);
  });

  test('a listing of before the event is read again', async () => {
    ecs.freezeReads(2);
    const event = instanceEvent(() => ecs.launchInstance(CLUSTER));
    expect(await handler(event)).toMatchObject({ results: [{ applied: true, instances: 4, newDesiredCount: 4 }], apiCalls: 5 });
  });

  test('a listing that is empty for a moment stops no task', async () => {
    const instances = ecs.call('ListContainerInstances', { cluster: CLUSTER }).containerInstanceArns;
    const empty = cluster(0, 3);
    const full = ecs;
    let listings = 0;
    ecs = new Proxy(full, {
      get: (target, name) => name !== 'call' ? Reflect.get(target, name) : (action: string, input: object) =>
        (action === 'ListContainerInstances' && ++listings === 1 ? empty : full).call(action, input),
    });
    expect(await handler({ action: 'reconcile' })).toMatchObject({ results: [{ decision: 'inSync', instances: instances.length }], apiCalls: 3 });
    expect(full.calls.map((call) => call.action)).not.toContain('UpdateService');
  });

  test('a refused call fails the invocation, naming the service', async () => {
    ecs.launchInstance(CLUSTER);
    ecs.failNext('UpdateService', 'AccessDeniedException');
    await expect(handler({ action: 'reconcile' })).rejects.toMatchObject({ name: 'ReconcileError', message: `${SERVICE_ARN}: AccessDeniedException: Injected AccessDeniedException` });
  });

  test('an expression that ECS refuses fails the invocation, naming it', async () => {
    configure({ instanceFilters: ['attribute:stack =='] });
    await expect(handler({ action: 'reconcile' })).rejects.toMatchObject({ name: 'ReconcileError', message: expect.stringContaining('InvalidParameterException') });
  });
});

test('a cluster of 250 instances is paged through', async () => {
  ecs = cluster(250, 3);
  expect(await handler({ action: 'reconcile' })).toMatchObject({ results: [{ instances: 250, newDesiredCount: 250 }], apiCalls: 8 });
  expect(desiredCount()).toBe(250);
}, 120_000);

test('DRAINING instances count only on request', async () => {
  const [first] = ecs.call('ListContainerInstances', { cluster: CLUSTER }).containerInstanceArns;
  ecs.call('UpdateContainerInstancesState', { cluster: CLUSTER, containerInstances: [first], status: 'DRAINING' });
  configure({ countDrainingInstances: true });
  expect((await handler({ action: 'plan' })).results).toMatchObject([{ instances: 3, newDesiredCount: 3 }]);
  configure({});
  expect((await handler({ action: 'plan' })).results).toMatchObject([{ instances: 2, newDesiredCount: 2 }]);
});

test('constraints of the service, the filter and the launch type exclude instances, a disconnected agent does not', async () => {
  ecs.launchInstance(CLUSTER, { attributes: { stack: 'blue' } });
  const disconnected = ecs.launchInstance(CLUSTER, { attributes: { stack: 'blue' } });
  ecs.setAgentConnected(disconnected, false, CLUSTER);
  ecs.launchInstance(CLUSTER, { external: true, attributes: { stack: 'blue' } });
  configure({ instanceFilters: ['attribute:stack == blue'] });
  expect((await handler({ action: 'plan' })).results).toMatchObject([{ instances: 2 }]);
  configure({ instanceFilters: ['attribute:stack == blue or attribute:stack !exists'] });
  expect((await handler({ action: 'plan' })).results).toMatchObject([{ instances: 5 }]);
  configure({ instanceFilters: ['attribute:stack == blue and agentConnected == true'] });
  expect((await handler({ action: 'plan' })).results).toMatchObject([{ instances: 1 }]);
});

test('a suspended service is left alone until the tag goes', async () => {
  ecs.launchInstance(CLUSTER);
  ecs.call('TagResource', { resourceArn: SERVICE_ARN, tags: [{ key: 'daemon-service-autoscaler:suspended', value: 'true' }] });
  expect((await handler({ action: 'reconcile' })).results).toMatchObject([{ decision: 'skip', reason: 'suspended', desiredCount: 3 }]);
  ecs.call('UntagResource', { resourceArn: SERVICE_ARN, tagKeys: ['daemon-service-autoscaler:suspended'] });
  expect((await handler({ action: 'reconcile' })).results).toMatchObject([{ applied: true, newDesiredCount: 4 }]);
});

test('a dry run decides and logs, and writes nothing', async () => {
  ecs.launchInstance(CLUSTER);
  configure({}, { dryRun: true });
  expect(await handler({ action: 'reconcile' })).toMatchObject({ results: [{ decision: 'scale', applied: false, newDesiredCount: 4 }], apiCalls: 2 });
  expect(logged.info).toHaveLength(1);
  expect(desiredCount()).toBe(3);
});

test('a deep cut is logged as a warning', async () => {
  ecs = cluster(1, 3);
  expect(await handler({ action: 'reconcile' })).toMatchObject({ results: [{ applied: true, newDesiredCount: 1 }], apiCalls: 5 });
  expect(logged.warn).toMatchObject([{ warning: 'drasticCut', desiredCount: 3, newDesiredCount: 1 }]);
});

describe('a fleet', () => {
  function fleetOf(clusters: number, faults?: FaultOptions): void {
    ecs = new LocalEcs({ region: REGION, accountId: ACCOUNT, faults });
    ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'agent', image: 'agent', cpu: 64, memory: 64 }] });
    for (let index = 0; index < clusters; index += 1) {
      ecs.call('CreateCluster', { clusterName: `cluster-${index}` });
      ecs.launchInstances(`cluster-${index}`, 2);
      ecs.call('CreateService', { cluster: `cluster-${index}`, serviceName: SERVICE, taskDefinition: 'agent', desiredCount: 1 });
    }
    process.env[CONFIG_VARIABLE] = JSON.stringify({ fleet: { serviceName: SERVICE, clusterArnPrefix: `${PREFIX}:cluster/`, scaling: { tasksPerInstance: 1 } } });
  }

  test('that is throttled is slowed down, not stopped', async () => {
    fleetOf(8, { throttling: { serviceRead: { capacity: 2, refill: 4 } } });
    const { results, apiCalls } = await handler({ action: 'reconcile' });
    expect(results).toHaveLength(8);
    expect(results.every(({ applied, newDesiredCount }) => applied && newDesiredCount === 2)).toBe(true);
    expect(apiCalls).toBe(33);
    expect(ecs.calls.filter(({ error }) => error === 'ThrottlingException').length).toBeGreaterThan(0);
  });

  test('writes no faster than its share of the limits, even where nothing throttles it', async () => {
    fleetOf(14);
    const start = Date.now();
    expect((await handler({ action: 'reconcile' })).results).toHaveLength(14);
    const written = ecs.calls.filter(({ action }) => action === 'UpdateService').map(({ time }) => time.getTime());
    expect(written).toHaveLength(14);
    // Twelve at once, then one each 800 ms: never earlier, however slow the machine.
    expect(written.at(-1)! - start).toBeGreaterThan(1550);
  });

  test('is asked for by a client that adapts to throttling', () => {
    expect(createClient().config.retryMode).toBe('adaptive');
  });
});
