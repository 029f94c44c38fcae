import * as fc from 'fast-check';
import { LaunchOptions, LocalEcs, SimulatedClock } from '../../local-ecs';

const CLUSTER = 'prod';
const DISTINCT = [{ type: 'distinctInstance' }];

function setUp(service: object = {}, definition: object = {}, seed = 1) {
  const ecs = new LocalEcs({ seed, clock: new SimulatedClock() });
  ecs.call('CreateCluster', { clusterName: CLUSTER });
  ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'app', image: 'app', cpu: 256, memory: 512 }], ...definition });
  const create = (overrides: object = {}) => ecs.call('CreateService', { cluster: CLUSTER, serviceName: 'agent', taskDefinition: 'agent', desiredCount: 0, ...service, ...overrides });
  return { ecs, create };
}

const describe1 = (ecs: LocalEcs, name = 'agent') => ecs.call('DescribeServices', { cluster: CLUSTER, services: [name] }).services[0];
const scale = (ecs: LocalEcs, desiredCount: number) => ecs.call('UpdateService', { cluster: CLUSTER, service: 'agent', desiredCount });
const messages = (ecs: LocalEcs): string => describe1(ecs).events.map(({ message }: { message: string }) => message).join('\n');

/** Instance ARN of each running task of the cluster, sorted. */
function placements(ecs: LocalEcs): string[] {
  const { taskArns } = ecs.call('ListTasks', { cluster: CLUSTER });
  if (taskArns.length === 0) return [];
  return ecs.call('DescribeTasks', { cluster: CLUSTER, tasks: taskArns }).tasks.map((task: any) => task.containerInstanceArn).sort();
}

const describeInstance = (ecs: LocalEcs, containerInstance: string) =>
  ecs.call('DescribeContainerInstances', { cluster: CLUSTER, containerInstances: [containerInstance] }).containerInstances[0];
const drain = (ecs: LocalEcs, ...containerInstances: string[]) =>
  ecs.call('UpdateContainerInstancesState', { cluster: CLUSTER, containerInstances, status: 'DRAINING' });

describe('placement', () => {
  test('distinctInstance: one task an instance, the rest stays missing with a service event', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    const arns = ecs.launchInstances(CLUSTER, 3);
    create({ desiredCount: 5 });
    ecs.settle();
    expect(placements(ecs)).toEqual([...arns].sort());
    expect(describe1(ecs)).toMatchObject({ desiredCount: 5, runningCount: 3, pendingCount: 0 });
    expect(messages(ecs)).toContain('(service agent) was unable to place a task because no container instance met all of its requirements.');
    ecs.launchInstances(CLUSTER, 2);
    ecs.settle();
    expect(describe1(ecs).runningCount).toBe(5);
    expect(messages(ecs)).toContain('has reached a steady state.');
  });

  test('without it tasks share instances', () => {
    const { ecs, create } = setUp();
    const [only] = ecs.launchInstances(CLUSTER, 1);
    create({ desiredCount: 3 });
    ecs.settle();
    expect(placements(ecs)).toEqual([only, only, only]);
  });

  test('an empty cluster says so', () => {
    const { ecs, create } = setUp();
    create({ desiredCount: 1 });
    ecs.settle();
    expect(messages(ecs)).toContain('Reason: No Container Instances were found in your cluster.');
  });

  test.each<[string, object, object, LaunchOptions[], number]>([
    ['memberOf of the service', { placementConstraints: [{ type: 'memberOf', expression: 'attribute:stack == green' }] }, {},
      [{ attributes: { stack: 'green' } }, { attributes: { stack: 'blue' } }], 0],
    ['memberOf of the task definition', {}, { placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.os-type == windows' }] },
      [{}, { osType: 'windows' }], 1],
    ['EC2 tasks not on EXTERNAL hosts', { launchType: 'EC2' }, {}, [{ external: true }, {}], 1],
    ['EXTERNAL tasks on those only', { launchType: 'EXTERNAL' }, {}, [{}, { external: true }], 1],
    ['capacity providers', { capacityProviderStrategy: [{ capacityProvider: 'spot' }] }, {}, [{ capacityProviderName: 'on-demand' }, { capacityProviderName: 'spot' }, {}], 1],
    ['CPU', {}, {}, [{ cpu: 255 }, { cpu: 256 }], 1],
    ['memory', {}, {}, [{ memory: 512 }, { memory: 511 }], 0],
    ['the size of the task', {}, { cpu: '1 vCPU', memory: '1GB' }, [{ cpu: 1023 }, { cpu: 1024, memory: 1023 }, { cpu: 1024, memory: 1024 }], 2],
    ['registered status', {}, {}, [{ status: 'REGISTERING' }, {}], 1],
    ['the agent version', { placementConstraints: [{ type: 'memberOf', expression: 'agentVersion >= 1.80.0' }] }, {}, [{ agentVersion: '1.9.0' }, { agentVersion: '1.80.0' }], 1],
  ])('%s', (_, service, definition, hosts, expected) => {
    const { ecs, create } = setUp({ ...service, placementConstraints: [...DISTINCT, ...(service as any).placementConstraints ?? []] }, definition);
    const arns = hosts.map((options) => ecs.launchInstance(CLUSTER, options));
    create({ desiredCount: hosts.length });
    ecs.settle();
    expect(placements(ecs)).toEqual([arns[expected]]);
  });

  test('host ports: one task an instance, and free again when it stops', () => {
    const { ecs, create } = setUp({}, { containerDefinitions: [{ name: 'app', image: 'app', memory: 128, portMappings: [{ containerPort: 80, hostPort: 8080 }] }] });
    const arns = ecs.launchInstances(CLUSTER, 2);
    create({ desiredCount: 3 });
    ecs.settle();
    expect(placements(ecs)).toEqual([...arns].sort());
    scale(ecs, 0);
    ecs.settle();
    scale(ecs, 2);
    ecs.settle();
    expect(describe1(ecs).runningCount).toBe(2);
  });

  test('resources are taken and given back, and the version grows', () => {
    const { ecs, create } = setUp();
    const arn = ecs.launchInstance(CLUSTER, { cpu: 1024, memory: 2048 });
    create({ desiredCount: 2 });
    ecs.settle();
    const remaining = () => describeInstance(ecs, arn).remainingResources.slice(0, 2).map(({ integerValue }: any) => integerValue);
    expect(remaining()).toEqual([512, 1024]);
    expect(describeInstance(ecs, arn)).toMatchObject({ runningTasksCount: 2, pendingTasksCount: 0, version: 5 });
    scale(ecs, 1);
    ecs.settle();
    expect(remaining()).toEqual([768, 1536]);
    expect(describeInstance(ecs, arn)).toMatchObject({ runningTasksCount: 1, version: 6 });
  });

  test('task affinity: constraints see the groups on the instance', () => {
    const { ecs, create } = setUp();
    const arns = ecs.launchInstances(CLUSTER, 4);
    create({ desiredCount: 1 });
    ecs.settle();
    const [first] = placements(ecs);
    create({ serviceName: 'near', desiredCount: 4, placementConstraints: [...DISTINCT, { type: 'memberOf', expression: 'task:group == service:agent' }] });
    ecs.settle();
    expect(placements(ecs)).toEqual([first, first]);
    create({ serviceName: 'far', desiredCount: 4, placementConstraints: [...DISTINCT, { type: 'memberOf', expression: 'not (task:group == service:agent)' }] });
    ecs.settle();
    expect(placements(ecs)).toEqual([first, ...arns].sort());
  });

  test.each<[string, object[] | undefined, (zones: string[], instances: string[]) => void]>([
    ['spreads across zones by default', undefined, (zones) => expect(zones).toEqual(['a', 'b', 'c'])],
    ['spreads across instances', [{ type: 'spread', field: 'instanceId' }], (_, instances) => expect(new Set(instances).size).toBe(3)],
    ['packs by memory', [{ type: 'binpack', field: 'memory' }], (_, instances) => expect(new Set(instances).size).toBe(1)],
    ['spreads over an attribute', [{ type: 'spread', field: 'attribute:rack' }], (_, instances) => expect(new Set(instances).size).toBe(3)],
  ])('%s', (_, placementStrategy, check) => {
    const { ecs, create } = setUp({ placementStrategy });
    'aaabbbccc'.split('').forEach((zone, index) => ecs.launchInstance(CLUSTER, { availabilityZone: zone, attributes: { rack: `r${index % 3}` } }));
    create({ desiredCount: 3 });
    ecs.settle();
    const instances = placements(ecs);
    const zones = instances.map((arn) => describeInstance(ecs, arn).attributes.find(({ name }: any) => name === 'ecs.availability-zone').value);
    check(zones.sort(), instances);
  });

  test('Fargate tasks need no instance', () => {
    const { ecs, create } = setUp({ launchType: 'FARGATE' });
    create({ desiredCount: 2 });
    ecs.settle();
    expect(describe1(ecs).runningCount).toBe(2);
  });

  test('tasks are PENDING before they are RUNNING', () => {
    const { ecs, create } = setUp();
    const arn = ecs.launchInstance(CLUSTER);
    create({ desiredCount: 1 });
    expect(ecs.step()).toBe(true);
    expect(describe1(ecs)).toMatchObject({ pendingCount: 1, runningCount: 0 });
    expect(describeInstance(ecs, arn).pendingTasksCount).toBe(1);
    ecs.settle();
    expect(describe1(ecs)).toMatchObject({ pendingCount: 0, runningCount: 1 });
    expect(ecs.step()).toBe(false);
  });
});

describe('when the desired count falls', () => {
  test('tasks on healthy instances stop before those on draining ones', () => {
    // minimumHealthyPercent 100 and distinctInstance without room: the draining instances can't be emptied otherwise.
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    const arns = ecs.launchInstances(CLUSTER, 4);
    create({ desiredCount: 4 });
    ecs.settle();
    drain(ecs, arns[0], arns[1]);
    scale(ecs, 2);
    ecs.step();
    expect(placements(ecs)).toEqual([arns[0], arns[1]].sort());
    ecs.settle();
    expect(placements(ecs)).toEqual([arns[2], arns[3]].sort());
  });

  test('which ones stop depends on the seed', () => {
    const outcomes = Array.from({ length: 8 }, (_, seed) => {
      const { ecs, create } = setUp({ placementConstraints: DISTINCT }, {}, seed);
      const arns = ecs.launchInstances(CLUSTER, 6);
      create({ desiredCount: 6 });
      ecs.settle();
      scale(ecs, 1);
      ecs.settle();
      return arns.indexOf(placements(ecs)[0]);
    });
    expect(new Set(outcomes).size).toBeGreaterThan(2);
  });
});

describe('draining', () => {
  test.each([
    // With room elsewhere replacements run before anything stops.
    [100, 200, 6, 4, 'replaced', 4],
    // No room and nothing may stop: the tasks stay.
    [100, 200, 4, 4, 'stuck', 4],
    // No room, half may stop.
    [50, 200, 4, 4, 'stopped', 2],
    // Room, but never more than the desired count: stop first, then start.
    [50, 100, 6, 4, 'replaced', 2],
  ])('minimum %i, maximum %i, %i instances for %i tasks: %s', (minimumHealthyPercent, maximumPercent, hosts, desiredCount, outcome, lowest) => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT, deploymentConfiguration: { minimumHealthyPercent, maximumPercent } });
    const first = ecs.launchInstances(CLUSTER, desiredCount);
    create({ desiredCount });
    ecs.settle();
    const others = ecs.launchInstances(CLUSTER, hosts - desiredCount);
    drain(ecs, first[0], first[1]);
    let fewest = desiredCount;
    let most = desiredCount;
    while (ecs.step()) {
      const { runningCount, pendingCount } = describe1(ecs);
      fewest = Math.min(fewest, runningCount);
      most = Math.max(most, runningCount + pendingCount);
    }
    expect(fewest).toBe(lowest);
    expect(most).toBeLessThanOrEqual(Math.floor(desiredCount * maximumPercent / 100));
    const stay = { replaced: [first[2], first[3], ...others], stuck: first, stopped: [first[2], first[3]] }[outcome]!;
    expect(placements(ecs)).toEqual([...stay].sort());
  });

  test('a PENDING task on a draining instance stops at once', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    const [first] = ecs.launchInstances(CLUSTER, 1);
    create({ desiredCount: 1 });
    ecs.step();
    drain(ecs, first);
    // The agent disconnects before it can start the task.
    ecs.setAgentConnected(first, false, CLUSTER);
    ecs.settle();
    expect(describe1(ecs)).toMatchObject({ runningCount: 0, pendingCount: 0 });
  });

  test('a steady state is not claimed while a draining instance is stuck, and the scheduler comes to rest', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    const [first] = ecs.launchInstances(CLUSTER, 2);
    create({ desiredCount: 2 });
    ecs.settle();
    drain(ecs, first);
    ecs.settle();
    expect(describe1(ecs).events[0].message).toContain('was unable to place a task');
  });

  test('an instance set back to ACTIVE takes tasks again', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT, deploymentConfiguration: { minimumHealthyPercent: 0 } });
    const [only] = ecs.launchInstances(CLUSTER, 1);
    create({ desiredCount: 1 });
    drain(ecs, only);
    ecs.settle();
    expect(placements(ecs)).toEqual([]);
    ecs.call('UpdateContainerInstancesState', { cluster: CLUSTER, containerInstances: [only], status: 'ACTIVE' });
    ecs.settle();
    expect(placements(ecs)).toEqual([only]);
  });
});

describe('hosts come and go', () => {
  test('tasks of a terminated host are lost and start elsewhere', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    const [first, second] = ecs.launchInstances(CLUSTER, 2);
    create({ desiredCount: 1 });
    ecs.settle();
    const [host] = placements(ecs);
    ecs.terminateInstance(host, CLUSTER);
    ecs.settle();
    expect(placements(ecs)).toEqual([host === first ? second : first]);
  });

  test('a disconnected agent keeps its task and gets no new one', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    const [first, second] = ecs.launchInstances(CLUSTER, 2);
    create({ desiredCount: 1 });
    ecs.settle();
    const [host] = placements(ecs);
    const other = host === first ? second : first;
    ecs.setAgentConnected(host, false, CLUSTER);
    ecs.setAgentConnected(other, false, CLUSTER);
    scale(ecs, 2);
    ecs.settle();
    expect(placements(ecs)).toEqual([host]);
    ecs.setAgentConnected(other, true, CLUSTER);
    ecs.settle();
    expect(placements(ecs)).toEqual([first, second].sort());
  });

  test('a host terminated while disconnected stays as a ghost', () => {
    const { ecs } = setUp();
    const [ghost] = ecs.launchInstances(CLUSTER, 1);
    ecs.loseInstance(ghost, CLUSTER);
    ecs.terminateInstance(ghost, CLUSTER);
    expect(describeInstance(ecs, ghost)).toMatchObject({ status: 'ACTIVE', agentConnected: false });
    expect(ecs.call('ListContainerInstances', { cluster: CLUSTER, status: 'ACTIVE' }).containerInstanceArns).toEqual([ghost]);
  });

  test('churn replaces one task', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    ecs.launchInstances(CLUSTER, 3);
    create({ desiredCount: 3 });
    ecs.settle();
    const before: string[] = ecs.call('ListTasks', { cluster: CLUSTER }).taskArns;
    const exited = ecs.churnTask('agent', CLUSTER);
    const after: string[] = ecs.call('ListTasks', { cluster: CLUSTER }).taskArns;
    expect(before.filter((arn) => !after.includes(arn))).toEqual([exited]);
    expect(after).toHaveLength(3);
    scale(ecs, 0);
    ecs.settle();
    expect(() => ecs.churnTask('agent', CLUSTER)).toThrow('no running task');
  });

  test('misspelt names are errors', () => {
    const { ecs } = setUp();
    expect(() => ecs.launchInstance('nope')).toThrow('Cluster not found.');
    expect(() => ecs.terminateInstance('nope', CLUSTER)).toThrow('not found');
    expect(() => ecs.churnTask('nope', CLUSTER)).toThrow('no service nope');
  });
});

describe('deployments', () => {
  test('replace tasks within the percentages and leave one deployment', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT, deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 200 } });
    ecs.launchInstances(CLUSTER, 4);
    create({ desiredCount: 4 });
    ecs.settle();
    const old = describe1(ecs).deployments[0].id;
    ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'app', image: 'app:2', cpu: 256, memory: 512 }] });
    ecs.call('UpdateService', { cluster: CLUSTER, service: 'agent', taskDefinition: 'agent' });
    let fewest = 4;
    while (ecs.step()) fewest = Math.min(fewest, describe1(ecs).runningCount);
    expect(fewest).toBe(2);
    const { deployments, runningCount, taskDefinition } = describe1(ecs);
    expect(runningCount).toBe(4);
    expect(taskDefinition).toMatch(/agent:2$/);
    expect(deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED', runningCount: 4 }]);
    expect(deployments[0].id).not.toBe(old);
  });

  test('one that cannot place its tasks stays in progress, and may be failed', () => {
    const { ecs, create } = setUp({ placementConstraints: DISTINCT });
    ecs.launchInstances(CLUSTER, 1);
    create({ desiredCount: 2 });
    ecs.settle();
    expect(describe1(ecs).deployments[0].rolloutState).toBe('IN_PROGRESS');
    ecs.failDeployment('agent', CLUSTER);
    expect(describe1(ecs).deployments[0].rolloutState).toBe('FAILED');
    expect(() => ecs.failDeployment('agent', CLUSTER)).toThrow('no deployment in progress');
  });

  test('by CodeDeploy or others: tasks are kept, deployments are not ours', () => {
    const { ecs, create } = setUp();
    ecs.launchInstances(CLUSTER, 1);
    create({ desiredCount: 1, deploymentController: { type: 'CODE_DEPLOY' } });
    create({ desiredCount: 1, serviceName: 'external', deploymentController: { type: 'EXTERNAL' }, taskDefinition: undefined });
    ecs.settle();
    expect(describe1(ecs)).toMatchObject({ runningCount: 1, deployments: [] });
    expect(describe1(ecs, 'external')).toMatchObject({ runningCount: 0, deployments: [] });
    expect(() => ecs.call('UpdateService', { cluster: CLUSTER, service: 'agent', forceNewDeployment: true })).toThrow('CODE_DEPLOY deployment controller');
  });
});

test('a DAEMON service runs one task on each eligible instance', () => {
  const { ecs, create } = setUp({ schedulingStrategy: 'DAEMON', desiredCount: undefined, placementConstraints: [{ type: 'memberOf', expression: 'attribute:stack !exists' }] });
  const [first, second, third] = ecs.launchInstances(CLUSTER, 3);
  ecs.launchInstance(CLUSTER, { attributes: { stack: 'blue' } });
  ecs.launchInstance(CLUSTER, { external: true });
  create();
  ecs.settle();
  expect(placements(ecs)).toEqual([first, second, third].sort());
  expect(describe1(ecs)).toMatchObject({ desiredCount: 3, runningCount: 3 });
  drain(ecs, first);
  ecs.setAgentConnected(second, false, CLUSTER);
  const fourth = ecs.launchInstance(CLUSTER);
  ecs.settle();
  expect(placements(ecs)).toEqual([second, third, fourth].sort());
});

test('5,000 instances are no trouble', () => {
  const { ecs, create } = setUp({ placementConstraints: DISTINCT });
  const started = performance.now();
  ecs.launchInstances(CLUSTER, 5000);
  create({ desiredCount: 5000 });
  ecs.settle();
  let listed = 0;
  let nextToken: string | undefined;
  do {
    const page: any = ecs.call('ListContainerInstances', { cluster: CLUSTER, status: 'ACTIVE', filter: 'attribute:ecs.os-type == linux', nextToken });
    listed += page.containerInstanceArns.length;
    nextToken = page.nextToken;
  } while (nextToken);
  expect([listed, describe1(ecs).runningCount]).toEqual([5000, 5000]);
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('whatever happens, the books balance after it has settled', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('launch' as const) }),
    fc.record({ do: fc.constantFrom('drain' as const, 'activate' as const, 'terminate' as const, 'connect' as const, 'disconnect' as const), which: fc.nat(9) }),
    fc.record({ do: fc.constant('scale' as const), to: fc.nat(6) }),
    fc.record({ do: fc.constantFrom('deploy' as const, 'step' as const, 'settle' as const) }),
  );
  const percents = fc.constantFrom([0, 100], [50, 100], [50, 200], [100, 200]);
  const history = fc.array(step, { maxLength: 30 });
  fc.assert(fc.property(history, percents, fc.nat(), fc.boolean(), (steps, [minimumHealthyPercent, maximumPercent], seed, distinct) => {
    const { ecs, create } = setUp({
      placementConstraints: distinct ? DISTINCT : [],
      deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
    }, {}, seed);
    create();
    const hosts: string[] = [];
    for (const action of steps) {
      const live = hosts.filter((arn) => describeInstance(ecs, arn).status !== 'INACTIVE');
      const host = 'which' in action ? live[action.which % live.length] : undefined;
      if (action.do === 'launch') hosts.push(ecs.launchInstance(CLUSTER, { cpu: 600 }));
      if (action.do === 'scale') scale(ecs, action.to);
      if (action.do === 'deploy') ecs.call('UpdateService', { cluster: CLUSTER, service: 'agent', forceNewDeployment: true });
      if (action.do === 'step') ecs.step();
      if (action.do === 'settle') ecs.settle();
      if (!host) continue;
      if (action.do === 'drain') drain(ecs, host);
      if (action.do === 'activate') ecs.call('UpdateContainerInstancesState', { cluster: CLUSTER, containerInstances: [host], status: 'ACTIVE' });
      if (action.do === 'terminate') ecs.terminateInstance(host, CLUSTER);
      if (action.do === 'connect') ecs.setAgentConnected(host, true, CLUSTER);
      if (action.do === 'disconnect') ecs.setAgentConnected(host, false, CLUSTER);
    }
    for (const host of hosts) if (describeInstance(ecs, host).status !== 'INACTIVE') ecs.setAgentConnected(host, true, CLUSTER);
    ecs.settle();

    const on = placements(ecs);
    const service = describe1(ecs);
    expect(service.pendingCount).toBe(0);
    expect(service.runningCount).toBe(on.length);
    let room = 0;
    for (const host of hosts) {
      const { status, runningTasksCount, pendingTasksCount, remainingResources } = describeInstance(ecs, host);
      const here = on.filter((arn) => arn === host).length;
      expect([runningTasksCount, pendingTasksCount]).toEqual([here, 0]);
      expect(remainingResources[0].integerValue).toBe(600 - 256 * here);
      if (status === 'INACTIVE') expect(here).toBe(0);
      if (distinct) expect(here).toBeLessThanOrEqual(1);
      if (status === 'ACTIVE') room += distinct ? 1 : 2;
    }
    const onActive = on.filter((host) => describeInstance(ecs, host).status === 'ACTIVE').length;
    expect(onActive).toBeLessThanOrEqual(service.desiredCount);
    // With room for all, and a minimum that lets one stop, all run where they should; none old or on a draining host is left.
    const { desiredCount } = service;
    const oneMayStop = desiredCount === 0 || Math.ceil(desiredCount * minimumHealthyPercent / 100) < desiredCount;
    if (room >= desiredCount && oneMayStop) {
      expect([onActive, on.length, service.deployments.length]).toEqual([desiredCount, desiredCount, 1]);
    }
  }), { numRuns: 400 });
});
