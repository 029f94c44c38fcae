import { EventBridgeEvent, EventShape, LocalEcs, SimulatedClock } from '../../local-ecs';

const INSTANCE_EVENT = 'ECS Container Instance State Change';
const DEPLOYMENT_EVENT = 'ECS Deployment State Change';
const TASK_EVENT = 'ECS Task State Change';

function setUp(options: { seed?: number; eventShape?: EventShape; faults?: object } = {}) {
  const clock = new SimulatedClock(new Date('2026-04-01T12:00:00.750Z'));
  const ecs = new LocalEcs({ clock, ...options });
  const events: EventBridgeEvent[] = [];
  ecs.onEvent((event) => events.push(event));
  ecs.call('CreateCluster', { clusterName: 'prod' });
  ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'app', image: 'app', cpu: 256, memory: 512 }] });
  /** What was sent since the last call. */
  const take = (type?: string) => events.splice(0).filter((event) => !type || event['detail-type'] === type);
  const createService = (desiredCount = 1) => ecs.call('CreateService', { cluster: 'prod', serviceName: 'agent', taskDefinition: 'agent', desiredCount });
  return { ecs, clock, take, createService };
}

describe('container-instance events', () => {
  test('a registration, in the current shape', () => {
    const { ecs, take } = setUp();
    const arn = ecs.launchInstance('prod', { instanceType: 'm7g.large', availabilityZone: 'us-east-1b', attributes: { gpu: '' }, cpu: 4096 });
    expect(take()).toEqual([{
      'version': '0',
      'id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
      'detail-type': INSTANCE_EVENT,
      'source': 'aws.ecs',
      'account': '111122223333',
      'time': '2026-04-01T12:00:00Z',
      'region': 'us-east-1',
      'resources': [arn],
      'detail': {
        accountType: expect.any(String),
        agentConnected: true,
        agentUpdateStatus: expect.any(String),
        attachments: [],
        attributes: [
          { name: 'ecs.availability-zone', value: 'us-east-1b' },
          { name: 'ecs.instance-type', value: 'm7g.large' },
          { name: 'ecs.os-type', value: 'linux' },
          { name: 'ecs.cpu-architecture', value: 'x86_64' },
          { name: 'gpu' },
        ],
        clusterArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/prod',
        containerInstanceArn: arn,
        ec2InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
        pendingTasksCount: 0,
        registeredAt: '2026-04-01T12:00:00.750Z',
        registeredResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: 4096 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: 3884 },
          { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '2375', '2376', '51678', '51679'] },
          { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
        ],
        remainingResources: expect.any(Array),
        runningTasksCount: 0,
        status: 'ACTIVE',
        updatedAt: '2026-04-01T12:00:00.750Z',
        version: 1,
        versionInfo: { agentVersion: '1.99.0', agentHash: expect.any(String), dockerVersion: expect.any(String) },
      },
    }]);
    expect(arn).toMatch(/container-instance\/prod\/[0-9a-f]{32}$/);
  });

  test.each<[EventShape, string[], boolean]>([
    ['2017', ['attributes', 'ec2InstanceId', 'registeredAt', 'versionInfo'], true],
    ['2016', ['attributes', 'ec2InstanceId', 'versionInfo'], true],
    ['2016-minimal', ['runningTasksCount', 'pendingTasksCount', 'versionInfo'], false],
  ])('the shape of %s has short ARNs and lacks newer fields', (eventShape, fields, first) => {
    const { ecs, take } = setUp({ eventShape });
    const arn = ecs.launchInstance('prod');
    const [{ detail, resources }] = take();
    const always = ['agentConnected', 'clusterArn', 'containerInstanceArn', 'registeredResources', 'remainingResources', 'status', 'version', 'updatedAt'];
    expect(Object.keys(detail).sort()).toEqual([...always, ...fields].sort());
    expect(resources).toEqual([arn.replace('/prod/', '/')]);
    expect(detail.containerInstanceArn).toBe(resources[0]);
    expect(first ? detail.attributes.length : detail.versionInfo).toEqual(first ? (eventShape === '2017' ? 0 : 4) : {});
    ecs.eventShape = 'current';
    ecs.setAgentConnected(arn, false, 'prod');
    expect(take()[0].resources).toEqual([arn]);
  });

  test('each change sends one, with a growing version', () => {
    const { ecs, take } = setUp();
    const arn = ecs.launchInstance('prod');
    const sent = () => take(INSTANCE_EVENT).map(({ detail }) => [detail.version, detail.status, detail.agentConnected, detail.statusReason]);
    expect(sent()).toEqual([[1, 'ACTIVE', true, undefined]]);
    ecs.setAgentConnected(arn, false, 'prod');
    expect(sent()).toEqual([[2, 'ACTIVE', false, undefined]]);
    ecs.setAgentConnected(arn, false, 'prod');
    expect(sent()).toEqual([]);
    ecs.setAgentConnected(arn, true, 'prod');
    expect(sent()).toEqual([[3, 'ACTIVE', true, undefined]]);
    ecs.call('UpdateContainerInstancesState', { cluster: 'prod', containerInstances: [arn], status: 'DRAINING' });
    ecs.call('UpdateContainerInstancesState', { cluster: 'prod', containerInstances: [arn], status: 'DRAINING' });
    expect(sent()).toEqual([[4, 'DRAINING', true, undefined]]);
    ecs.setInstanceStatus(arn, 'DEREGISTERING', 'prod', 'detaching the trunk interface');
    expect(sent()).toEqual([[5, 'DEREGISTERING', true, 'detaching the trunk interface']]);
    ecs.terminateInstance(arn, 'prod');
    expect(sent()).toEqual([[6, 'INACTIVE', false, 'detaching the trunk interface']]);
  });

  test('each start and stop of a task sends some, with counts', () => {
    const { ecs, take, createService } = setUp();
    ecs.launchInstance('prod');
    createService();
    take();
    const counts = () => take(INSTANCE_EVENT).map(({ detail }) =>
      [detail.pendingTasksCount, detail.runningTasksCount, detail.remainingResources[0].integerValue]);
    ecs.settle();
    expect(counts()).toEqual([[1, 0, 1792], [0, 1, 1792]]);
    ecs.churnTask('agent', 'prod');
    expect(counts().map(([pending, running]) => pending + running)).toEqual(expect.arrayContaining([0, 1]));
    expect(ecs.call('DescribeServices', { cluster: 'prod', services: ['agent'] }).services[0].runningCount).toBe(1);
  });
});

describe('deployment events', () => {
  test('begin with the service and end with its steady state; the service is in resources only', () => {
    const { ecs, clock, take, createService } = setUp();
    ecs.launchInstance('prod');
    const { serviceArn, deployments } = createService().service;
    const [began] = take(DEPLOYMENT_EVENT);
    expect(began).toMatchObject({ source: 'aws.ecs', resources: [serviceArn] });
    expect(began.detail).toEqual({
      eventType: 'INFO',
      eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
      deploymentId: deployments[0].id,
      updatedAt: '2026-04-01T12:00:00.750Z',
      reason: `ECS deployment ${deployments[0].id} in progress.`,
    });
    expect(deployments[0].id).toMatch(/^ecs-svc\/\d{19}$/);
    clock.advance(5000);
    ecs.settle();
    expect(take(DEPLOYMENT_EVENT)).toMatchObject([{ time: '2026-04-01T12:00:05Z', detail: { eventName: 'SERVICE_DEPLOYMENT_COMPLETED', eventType: 'INFO' } }]);
  });

  test('are not sent for a desired count, but for a forced deployment and its failure', () => {
    const { ecs, take, createService } = setUp();
    ecs.launchInstance('prod');
    createService();
    ecs.settle();
    take();
    ecs.call('UpdateService', { cluster: 'prod', service: 'agent', desiredCount: 3 });
    ecs.settle();
    expect(take(DEPLOYMENT_EVENT)).toEqual([]);
    ecs.call('UpdateService', { cluster: 'prod', service: 'agent', forceNewDeployment: true });
    ecs.failDeployment('agent', 'prod');
    expect(take(DEPLOYMENT_EVENT).map(({ detail }) => [detail.eventName, detail.eventType]))
      .toEqual([['SERVICE_DEPLOYMENT_IN_PROGRESS', 'INFO'], ['SERVICE_DEPLOYMENT_FAILED', 'ERROR']]);
  });
});

test('task events follow a task from PENDING to STOPPED', () => {
  const { ecs, take, createService } = setUp();
  const containerInstanceArn = ecs.launchInstance('prod');
  createService();
  ecs.settle();
  ecs.call('UpdateService', { cluster: 'prod', service: 'agent', desiredCount: 0 });
  ecs.settle();
  const sent = take(TASK_EVENT);
  expect(sent.map(({ detail }) => [detail.version, detail.lastStatus, detail.desiredStatus]))
    .toEqual([[1, 'PENDING', 'RUNNING'], [2, 'RUNNING', 'RUNNING'], [3, 'RUNNING', 'STOPPED'], [4, 'STOPPED', 'STOPPED']]);
  expect(sent[3]).toMatchObject({
    resources: [sent[0].detail.taskArn],
    detail: { containerInstanceArn, group: 'service:agent', launchType: 'EC2', stoppedReason: expect.stringContaining('Scaling activity') },
  });
});

describe('determinism', () => {
  const day = (seed: number, listen = true) => {
    const ecs = new LocalEcs({ seed, clock: new SimulatedClock() });
    const events: EventBridgeEvent[] = [];
    if (listen) ecs.onEvent((event) => events.push(event));
    ecs.call('CreateCluster', {});
    ecs.launchInstances('default', 5);
    ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'app', image: 'app' }] });
    ecs.call('CreateService', { serviceName: 'agent', taskDefinition: 'agent', desiredCount: 5 });
    ecs.settle();
    ecs.churnTask('agent', 'default');
    ecs.call('UpdateService', { service: 'agent', desiredCount: 2 });
    ecs.settle();
    return { events: JSON.stringify(events), tasks: ecs.call('ListTasks', {}).taskArns };
  };

  test('the same seed gives the same bytes, another one others', () => {
    expect(day(7).events).toBe(day(7).events);
    expect(day(8).events).not.toBe(day(7).events);
  });

  test('listening changes nothing', () => {
    expect(day(7, false).tasks).toEqual(day(7).tasks);
  });
});
