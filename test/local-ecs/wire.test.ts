import { request } from 'node:http';
import {
  CreateClusterCommand, CreateServiceCommand, DeleteClusterCommand, DeleteServiceCommand, DeregisterContainerInstanceCommand,
  DescribeClustersCommand, DescribeContainerInstancesCommand, DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand,
  ECSClient, ListClustersCommand, ListContainerInstancesCommand, ListServicesCommand, ListTagsForResourceCommand, ListTasksCommand,
  paginateListClusters, paginateListContainerInstances, PutAttributesCommand, RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand, ServiceNotFoundException, StopTaskCommand, TagResourceCommand, UntagResourceCommand,
  UpdateContainerInstancesStateCommand, UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { LocalEcs, LocalEcsServer, SimulatedClock, startServer } from '../../local-ecs';

let clock: SimulatedClock;
let ecs: LocalEcs;
let server: LocalEcsServer;
let client: ECSClient;

const CONTAINER = { name: 'app', image: 'app', cpu: 128, memory: 256 };
const fails = (name: string, message?: string) => expect.objectContaining({ name, ...(message && { message }) });

beforeEach(async () => {
  clock = new SimulatedClock(new Date('2026-04-01T00:00:00.250Z'));
  ecs = new LocalEcs({ clock });
  server = await startServer(ecs);
  client = new ECSClient({
    endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await client.send(new CreateClusterCommand({ clusterName: 'prod' }));
});

afterEach(async () => {
  await server.close();
  client.destroy();
});

async function withService(input: object = {}) {
  await client.send(new RegisterTaskDefinitionCommand({ family: 'agent', containerDefinitions: [CONTAINER] }));
  const { service } = await client.send(new CreateServiceCommand({ cluster: 'prod', serviceName: 'agent', taskDefinition: 'agent', desiredCount: 1, ...input }));
  return service!;
}

const describeService = async () => (await client.send(new DescribeServicesCommand({ cluster: 'prod', services: ['agent'] }))).services![0];

describe('clusters', () => {
  test('are created once, under their name or as default', async () => {
    const again = await client.send(new CreateClusterCommand({ clusterName: 'prod' }));
    const unnamed = await client.send(new CreateClusterCommand({}));
    expect(again.cluster).toMatchObject({ clusterArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/prod', clusterName: 'prod', status: 'ACTIVE' });
    expect(unnamed.cluster!.clusterName).toBe('default');
    await expect(client.send(new CreateClusterCommand({ clusterName: 'no blanks' }))).rejects.toEqual(fails('InvalidParameterException'));
  });

  test('are listed in pages and described 100 at a time', async () => {
    for (let index = 0; index < 120; index++) ecs.call('CreateCluster', { clusterName: `c${index}` });
    const pages = [];
    for await (const { clusterArns } of paginateListClusters({ client }, {})) pages.push(clusterArns!);
    expect(pages.map(({ length }) => length)).toEqual([100, 21]);
    expect(new Set(pages.flat()).size).toBe(121);
    const described = await client.send(new DescribeClustersCommand({ clusters: pages[0] }));
    expect(described.clusters).toHaveLength(100);
    await expect(client.send(new DescribeClustersCommand({ clusters: pages.flat() }))).rejects.toEqual(fails('InvalidParameterException'));
    expect((await client.send(new ListClustersCommand({ maxResults: 7 }))).clusterArns).toHaveLength(7);
  });

  test('count ACTIVE and DRAINING instances as registered', async () => {
    const [first, second] = ecs.launchInstances('prod', 4);
    await client.send(new UpdateContainerInstancesStateCommand({ cluster: 'prod', containerInstances: [first], status: 'DRAINING' }));
    ecs.setInstanceStatus(second, 'DEREGISTERING', 'prod');
    const { clusters, failures } = await client.send(new DescribeClustersCommand({ clusters: ['prod', 'nowhere'] }));
    expect(clusters).toEqual([expect.objectContaining({ registeredContainerInstancesCount: 3 })]);
    expect(failures).toEqual([{ arn: 'arn:aws:ecs:us-east-1:111122223333:cluster/nowhere', reason: 'MISSING' }]);
  });

  test('are deleted only when empty, and unknown afterwards', async () => {
    const instance = ecs.launchInstance('prod');
    await expect(client.send(new DeleteClusterCommand({ cluster: 'prod' }))).rejects.toEqual(fails('ClusterContainsContainerInstancesException'));
    ecs.terminateInstance(instance, 'prod');
    await withService({ desiredCount: 0 });
    await expect(client.send(new DeleteClusterCommand({ cluster: 'prod' }))).rejects.toEqual(fails('ClusterContainsServicesException'));
    await client.send(new DeleteServiceCommand({ cluster: 'prod', service: 'agent' }));
    ecs.settle();
    await client.send(new DeleteClusterCommand({ cluster: 'prod' }));
    await expect(client.send(new ListContainerInstancesCommand({ cluster: 'prod' }))).rejects.toEqual(fails('ClusterNotFoundException', 'Cluster not found.'));
    expect((await client.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    expect((await client.send(new DescribeClustersCommand({ clusters: ['prod'] }))).clusters![0].status).toBe('INACTIVE');
  });
});

describe('container instances', () => {
  test('register with what the agent reports', async () => {
    const { containerInstance } = await client.send(new RegisterContainerInstanceCommand({
      cluster: 'prod',
      instanceIdentityDocument: '{"instanceId":"i-0123456789abcdef0"}',
      attributes: [{ name: 'ecs.instance-type', value: 'm7g.large' }, { name: 'gpu' }],
      totalResources: [{ name: 'CPU', type: 'INTEGER', integerValue: 4096 }, { name: 'MEMORY', type: 'INTEGER', integerValue: 7900 }],
      versionInfo: { agentVersion: '1.90.0' },
      tags: [{ key: 'team', value: 'ops' }],
    }));
    expect(containerInstance).toMatchObject({
      containerInstanceArn: expect.stringMatching(/^arn:aws:ecs:us-east-1:111122223333:container-instance\/prod\/[0-9a-f]{32}$/),
      ec2InstanceId: 'i-0123456789abcdef0',
      status: 'ACTIVE',
      agentConnected: true,
      version: 1,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      registeredAt: clock.now(),
      attributes: [{ name: 'ecs.instance-type', value: 'm7g.large' }, { name: 'gpu' }],
    });
    expect(containerInstance!.registeredResources!.map(({ name, integerValue }) => [name, integerValue]).slice(0, 2)).toEqual([['CPU', 4096], ['MEMORY', 7900]]);
    const arn = containerInstance!.containerInstanceArn!;
    const again = await client.send(new RegisterContainerInstanceCommand({ cluster: 'prod', containerInstanceArn: arn, versionInfo: { agentVersion: '1.91.0' } }));
    expect(again.containerInstance).toMatchObject({ containerInstanceArn: arn, version: 2, versionInfo: { agentVersion: '1.91.0' } });
  });

  test.each([
    ['an attribute name with a blank', { attributes: [{ name: 'a b' }] }],
    ['an attribute value with a parenthesis', { attributes: [{ name: 'a', value: 'b(' }] }],
    ['a malformed identity document', { instanceIdentityDocument: 'i-1' }],
    ['a reserved tag', { tags: [{ key: 'aws:x', value: '' }] }],
    ['an instance that never was', { containerInstanceArn: 'arn:aws:ecs:us-east-1:111122223333:container-instance/prod/0' }],
  ])('reject %s', async (_, input) => {
    await expect(client.send(new RegisterContainerInstanceCommand({ cluster: 'prod', ...input }))).rejects.toEqual(fails('InvalidParameterException'));
  });

  test('are listed over pages of 100, filtered by status and expression', async () => {
    const arns = ecs.launchInstances('prod', 240, { attributes: { stack: 'green' } });
    const others = ecs.launchInstances('prod', 5, { attributes: { stack: 'blue' } });
    await client.send(new UpdateContainerInstancesStateCommand({ cluster: 'prod', containerInstances: arns.slice(0, 10), status: 'DRAINING' }));
    const pages = [];
    const query = { cluster: 'prod', status: 'ACTIVE' as const, filter: 'attribute:stack == green' };
    for await (const { containerInstanceArns } of paginateListContainerInstances({ client }, query)) pages.push(containerInstanceArns!);
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 30]);
    expect(new Set(pages.flat())).toEqual(new Set(arns.slice(10)));
    const draining = await client.send(new ListContainerInstancesCommand({ cluster: 'prod', status: 'DRAINING' }));
    expect(draining.containerInstanceArns).toEqual(arns.slice(0, 10));
    const blue = await client.send(new ListContainerInstancesCommand({ cluster: 'prod', filter: 'attribute:stack != green' }));
    expect(blue).toMatchObject({ containerInstanceArns: others });
    expect(blue.nextToken).toBeUndefined();
  });

  test('are listed in every status but INACTIVE where none is asked for', async () => {
    const [active, draining, registering, gone] = ecs.launchInstances('prod', 4);
    ecs.setInstanceStatus(draining, 'DRAINING', 'prod');
    ecs.setInstanceStatus(registering, 'REGISTERING', 'prod');
    ecs.terminateInstance(gone, 'prod');
    const { containerInstanceArns } = await client.send(new ListContainerInstancesCommand({ cluster: 'prod' }));
    expect(containerInstanceArns).toEqual([active, draining, registering]);
    const described = await client.send(new DescribeContainerInstancesCommand({ cluster: 'prod', containerInstances: [gone] }));
    expect(described.containerInstances![0]).toMatchObject({ status: 'INACTIVE', agentConnected: false });
  });

  test('a token works for its own query only', async () => {
    ecs.launchInstances('prod', 3);
    ecs.call('CreateCluster', { clusterName: 'other' });
    const { nextToken } = await client.send(new ListContainerInstancesCommand({ cluster: 'prod', status: 'ACTIVE', maxResults: 1 }));
    const next = await client.send(new ListContainerInstancesCommand({ cluster: 'prod', status: 'ACTIVE', nextToken }));
    expect(next.containerInstanceArns).toHaveLength(2);
    for (const query of [
      { cluster: 'other', status: 'ACTIVE' as const, nextToken },
      { cluster: 'prod', nextToken },
      { cluster: 'prod', status: 'ACTIVE' as const, filter: 'agentConnected == true', nextToken },
      { cluster: 'prod', status: 'ACTIVE' as const, nextToken: `${nextToken}A` },
      { cluster: 'prod', status: 'ACTIVE' as const, nextToken: 'x' },
    ]) {
      await expect(client.send(new ListContainerInstancesCommand(query))).rejects.toEqual(fails('InvalidParameterException'));
    }
  });

  test.each([
    ['maxResults 0', { maxResults: 0 }], ['maxResults 101', { maxResults: 101 }], ['a bad filter', { filter: 'cpu > 1' }],
    ['status INACTIVE', { status: 'INACTIVE' as 'ACTIVE' }],
  ])('listing rejects %s', async (_, input) => {
    await expect(client.send(new ListContainerInstancesCommand({ cluster: 'prod', ...input }))).rejects.toEqual(fails('InvalidParameterException'));
  });

  test('are described up to 100 at a time, missing ones as failures', async () => {
    const arns = ecs.launchInstances('prod', 101, { capacityProviderName: 'spot' });
    const id = arns[0].split('/')[2];
    const { containerInstances, failures } = await client.send(new DescribeContainerInstancesCommand({ cluster: 'prod', containerInstances: [id, 'nope'] }));
    expect(containerInstances).toEqual([expect.objectContaining({ containerInstanceArn: arns[0], capacityProviderName: 'spot', tags: [] })]);
    expect(failures).toEqual([{ arn: 'arn:aws:ecs:us-east-1:111122223333:container-instance/prod/nope', reason: 'MISSING' }]);
    for (const wrong of [arns, []]) {
      await expect(client.send(new DescribeContainerInstancesCommand({ cluster: 'prod', containerInstances: wrong }))).rejects.toEqual(fails('InvalidParameterException'));
    }
  });

  test('change state up to 10 at a time, and only between ACTIVE and DRAINING', async () => {
    const arns = ecs.launchInstances('prod', 11);
    const update = (containerInstances: string[], status: 'ACTIVE' | 'DRAINING' | 'DEREGISTERING' = 'DRAINING') =>
      client.send(new UpdateContainerInstancesStateCommand({ cluster: 'prod', containerInstances, status }));
    const { containerInstances, failures } = await update([arns[0], 'nope']);
    expect(containerInstances).toEqual([expect.objectContaining({ containerInstanceArn: arns[0], status: 'DRAINING', version: 2 })]);
    expect(failures).toEqual([{ arn: expect.stringContaining('/nope'), reason: 'MISSING' }]);
    await expect(update(arns)).rejects.toEqual(fails('InvalidParameterException'));
    await expect(update([arns[1]], 'DEREGISTERING')).rejects.toEqual(fails('InvalidParameterException'));
    ecs.setInstanceStatus(arns[2], 'REGISTERING', 'prod');
    await expect(update([arns[2]])).rejects.toEqual(fails('InvalidParameterException'));
    ecs.terminateInstance(arns[3], 'prod');
    expect((await update([arns[3]])).failures).toEqual([expect.objectContaining({ reason: 'INACTIVE' })]);
  });

  test('deregister with running tasks only by force', async () => {
    const arn = ecs.launchInstance('prod');
    await withService();
    ecs.settle();
    const deregister = (force?: boolean) => client.send(new DeregisterContainerInstanceCommand({ cluster: 'prod', containerInstance: arn, force }));
    await expect(deregister()).rejects.toEqual(fails('InvalidParameterException', 'Found running tasks on the instance.'));
    expect((await deregister(true)).containerInstance).toMatchObject({ status: 'INACTIVE', agentConnected: false, runningTasksCount: 0 });
    await expect(deregister(true)).rejects.toEqual(fails('InvalidParameterException'));
    expect((await describeService()).runningCount).toBe(0);
  });
});

describe('task definitions and tasks', () => {
  test('revisions count up from 1', async () => {
    const register = () => client.send(new RegisterTaskDefinitionCommand({
      family: 'agent', containerDefinitions: [CONTAINER], requiresCompatibilities: ['EC2'], runtimePlatform: { cpuArchitecture: 'ARM64' },
    }));
    await register();
    expect((await register()).taskDefinition).toMatchObject({
      taskDefinitionArn: 'arn:aws:ecs:us-east-1:111122223333:task-definition/agent:2',
      revision: 2,
      status: 'ACTIVE',
      requiresCompatibilities: ['EC2'],
      runtimePlatform: { cpuArchitecture: 'ARM64' },
    });
    expect((await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'agent' }))).taskDefinition!.revision).toBe(2);
    await expect(client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'agent:3' }))).rejects.toEqual(fails('ClientException'));
  });

  test.each([
    ['no container', { containerDefinitions: [] }, 'ClientException'],
    ['distinctInstance', { placementConstraints: [{ type: 'distinctInstance' as 'memberOf' }] }, 'ClientException'],
    ['a bad expression', { placementConstraints: [{ type: 'memberOf' as const, expression: 'cpu > 1' }] }, 'InvalidParameterException'],
    ['a bad size', { cpu: '2 GB' }, 'ClientException'],
    ['a bad family', { family: 'a b' }, 'InvalidParameterException'],
  ])('definitions reject %s', async (_, input, name) => {
    const definition = { family: 'agent', containerDefinitions: [CONTAINER], ...input };
    await expect(client.send(new RegisterTaskDefinitionCommand(definition))).rejects.toEqual(fails(name));
  });

  test('tasks are listed, described and stopped, and the service replaces them', async () => {
    const instance = ecs.launchInstance('prod');
    await withService();
    ecs.settle();
    const { taskArns } = await client.send(new ListTasksCommand({ cluster: 'prod', serviceName: 'agent', containerInstance: instance, family: 'agent' }));
    const described = await client.send(new DescribeTasksCommand({ cluster: 'prod', tasks: [taskArns![0], 'nope'] }));
    expect(described.tasks).toEqual([expect.objectContaining({ lastStatus: 'RUNNING', containerInstanceArn: instance, group: 'service:agent' })]);
    expect(described.failures).toHaveLength(1);
    const { task } = await client.send(new StopTaskCommand({ cluster: 'prod', task: taskArns![0], reason: 'by hand' }));
    expect(task).toMatchObject({ desiredStatus: 'STOPPED', lastStatus: 'RUNNING', stoppedReason: 'by hand' });
    ecs.settle();
    expect((await client.send(new ListTasksCommand({ cluster: 'prod', desiredStatus: 'STOPPED' }))).taskArns).toEqual(taskArns);
    expect((await client.send(new ListTasksCommand({ cluster: 'prod' }))).taskArns).not.toEqual(taskArns);
    await expect(client.send(new StopTaskCommand({ cluster: 'prod', task: 'nope' }))).rejects.toEqual(fails('InvalidParameterException'));
    await expect(client.send(new ListTasksCommand({ cluster: 'prod', serviceName: 'nope' }))).rejects.toEqual(fails('ServiceNotFoundException'));
  });
});

describe('services', () => {
  test('are created with the defaults of the API', async () => {
    expect(await withService({ tags: [{ key: 'a', value: 'b' }] })).toMatchObject({
      serviceArn: 'arn:aws:ecs:us-east-1:111122223333:service/prod/agent',
      clusterArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/prod',
      status: 'ACTIVE',
      launchType: 'EC2',
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
      availabilityZoneRebalancing: 'ENABLED',
      taskDefinition: 'arn:aws:ecs:us-east-1:111122223333:task-definition/agent:1',
      desiredCount: 1,
      runningCount: 0,
      createdAt: clock.now(),
      deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS', desiredCount: 1 }],
      tags: [{ key: 'a', value: 'b' }],
    });
  });

  test.each([
    ['no desired count', { desiredCount: undefined }],
    ['a negative one', { desiredCount: -1 }],
    ['no task definition', { taskDefinition: undefined }],
    ['launch type and capacity providers', { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'a' }] }],
    ['11 constraints', { placementConstraints: Array(11).fill({ type: 'memberOf', expression: 'attribute:a exists' }) }],
    ['distinctInstance with an expression', { placementConstraints: [{ type: 'distinctInstance', expression: 'attribute:a exists' }] }],
    ['memberOf without one', { placementConstraints: [{ type: 'memberOf' }] }],
    ['a constraint of no type', { placementConstraints: [{}] }],
    ['memberOf with a bad one', { placementConstraints: [{ type: 'memberOf', expression: 'attribute:a =' }] }],
    ['6 strategy rules', { placementStrategy: Array(6).fill({ type: 'random' }) }],
    ['a strategy of no type', { placementStrategy: [{}] }],
    ['binpack by ports', { placementStrategy: [{ type: 'binpack', field: 'ports' }] }],
    ['100 and 100 percent', { deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }],
    ['DAEMON with a desired count', { schedulingStrategy: 'DAEMON', desiredCount: 1 }],
    ['DAEMON with a strategy', { schedulingStrategy: 'DAEMON', desiredCount: undefined, placementStrategy: [{ type: 'random' }] }],
    ['DAEMON on Fargate', { schedulingStrategy: 'DAEMON', desiredCount: undefined, launchType: 'FARGATE' }],
    ['DAEMON by CodeDeploy', { schedulingStrategy: 'DAEMON', desiredCount: undefined, deploymentController: { type: 'CODE_DEPLOY' } }],
    ['51 tags', { tags: Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: '' })) }],
    ['a bad name', { serviceName: 'a/b' }],
  ])('creation rejects %s', async (_, input) => {
    await expect(withService(input)).rejects.toEqual(fails('InvalidParameterException'));
  });

  test('creation says what is missing elsewhere', async () => {
    await expect(withService({ taskDefinition: 'nope' })).rejects.toEqual(fails('ClientException', 'TaskDefinition not found.'));
    await expect(withService({ cluster: 'nope' })).rejects.toEqual(fails('ClusterNotFoundException'));
    await expect(withService({ launchType: 'FARGATE', placementStrategy: [{ type: 'random' }] })).rejects.toEqual(fails('ClientException'));
    await withService();
    await expect(withService()).rejects.toEqual(fails('InvalidParameterException', 'Creation of service was not idempotent.'));
  });

  test('are described up to 10 at a time, by name or ARN, with tags on request; others are missing', async () => {
    const { serviceArn } = await withService({ tags: [{ key: 'a', value: 'b' }] });
    await client.send(new CreateClusterCommand({ clusterName: 'other' }));
    const { services, failures } = await client.send(new DescribeServicesCommand({
      cluster: 'arn:aws:ecs:us-east-1:111122223333:cluster/prod',
      services: ['agent', serviceArn!, 'arn:aws:ecs:us-east-1:111122223333:service/agent', 'nope', 'arn:aws:ecs:us-east-1:111122223333:service/other/agent'],
    }));
    expect(services!.map((service) => [service.serviceName, service.tags])).toEqual(Array(3).fill(['agent', undefined]));
    expect(failures).toEqual([
      { arn: 'arn:aws:ecs:us-east-1:111122223333:service/nope', reason: 'MISSING' },
      { arn: 'arn:aws:ecs:us-east-1:111122223333:service/other/agent', reason: 'MISSING' },
    ]);
    const tagged = await client.send(new DescribeServicesCommand({ cluster: 'prod', services: ['agent'], include: ['TAGS'] }));
    expect(tagged.services![0].tags).toEqual([{ key: 'a', value: 'b' }]);
    const elsewhere = await client.send(new DescribeServicesCommand({ cluster: 'other', services: ['agent'] }));
    expect(elsewhere.failures).toHaveLength(1);
    for (const input of [{ services: Array(11).fill('agent') }, { services: [] }, { services: ['agent'], include: ['EVENTS' as 'TAGS'] }]) {
      await expect(client.send(new DescribeServicesCommand({ cluster: 'prod', ...input }))).rejects.toEqual(fails('InvalidParameterException'));
    }
    const abroad = new DescribeServicesCommand({ cluster: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod', services: ['agent'] });
    await expect(client.send(abroad)).rejects.toEqual(fails('InvalidParameterException'));
    expect((await client.send(new ListServicesCommand({ cluster: 'prod' }))).serviceArns).toEqual([serviceArn]);
  });

  test('the default cluster is meant where none is named', async () => {
    await expect(client.send(new DescribeServicesCommand({ services: ['agent'] }))).rejects.toEqual(fails('ClusterNotFoundException'));
    await client.send(new CreateClusterCommand({}));
    expect((await client.send(new DescribeServicesCommand({ services: ['agent'] }))).failures).toHaveLength(1);
  });

  test('an update of the desired count starts no deployment; a new definition or force does', async () => {
    const { deployments } = await withService();
    const update = async (input: object) => (await client.send(new UpdateServiceCommand({ cluster: 'prod', service: 'agent', ...input }))).service!;
    expect(await update({ desiredCount: 7 })).toMatchObject({ desiredCount: 7, deployments: [{ id: deployments![0].id }] });
    const changed = await update({ placementConstraints: [{ type: 'distinctInstance' }], deploymentConfiguration: { minimumHealthyPercent: 50 } });
    expect(changed).toMatchObject({
      desiredCount: 7,
      placementConstraints: [{ type: 'distinctInstance' }],
      deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 200 },
    });
    expect(changed.deployments).toHaveLength(1);
    expect((await update({ taskDefinition: 'agent:1' })).deployments).toHaveLength(1);
    expect((await update({ forceNewDeployment: true })).deployments).toMatchObject([{ status: 'PRIMARY' }, { status: 'ACTIVE', id: deployments![0].id }]);
    expect(await update({ placementConstraints: [], capacityProviderStrategy: [{ capacityProvider: 'spot', weight: 1 }] }))
      .toMatchObject({ placementConstraints: [], capacityProviderStrategy: [{ capacityProvider: 'spot', weight: 1, base: 0 }] });
  });

  test('updates fail as documented', async () => {
    const update = (input: object) => client.send(new UpdateServiceCommand({ cluster: 'prod', service: 'agent', ...input }));
    const missing = update({ desiredCount: 1 });
    await expect(missing).rejects.toEqual(fails('ServiceNotFoundException', 'Service not found.'));
    await expect(missing).rejects.toBeInstanceOf(ServiceNotFoundException);
    await withService();
    await expect(update({ desiredCount: -1 })).rejects.toEqual(fails('InvalidParameterException'));
    await expect(update({ taskDefinition: 'nope' })).rejects.toEqual(fails('ClientException'));
    await client.send(new DeleteServiceCommand({ cluster: 'prod', service: 'agent', force: true }));
    await expect(update({ desiredCount: 1 })).rejects.toEqual(fails('ServiceNotActiveException', 'Service was not ACTIVE.'));
  });

  test('a DAEMON service takes no desired count', async () => {
    await withService({ schedulingStrategy: 'DAEMON', desiredCount: undefined });
    const update = client.send(new UpdateServiceCommand({ cluster: 'prod', service: 'agent', desiredCount: 3 }));
    await expect(update).rejects.toEqual(fails('InvalidParameterException'));
  });

  test('deletion drains, and the name is free again afterwards', async () => {
    ecs.launchInstance('prod');
    await withService();
    ecs.settle();
    const remove = (force?: boolean) => client.send(new DeleteServiceCommand({ cluster: 'prod', service: 'agent', force }));
    await expect(remove()).rejects.toEqual(fails('InvalidParameterException', 'The service cannot be stopped while it is scaled above 0.'));
    expect((await remove(true)).service).toMatchObject({ status: 'DRAINING', desiredCount: 0 });
    await expect(withService()).rejects.toEqual(fails('InvalidParameterException', 'Unable to Start a service that is still Draining.'));
    ecs.settle();
    expect(await describeService()).toMatchObject({ status: 'INACTIVE', runningCount: 0 });
    expect(await withService()).toMatchObject({ status: 'ACTIVE' });
  });

  test('tags come and go', async () => {
    const { serviceArn } = await withService({ tags: [{ key: 'a', value: '1' }] });
    await client.send(new TagResourceCommand({ resourceArn: serviceArn, tags: [{ key: 'a', value: '2' }, { key: 'b', value: '3' }] }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn: serviceArn }))).tags).toEqual([{ key: 'a', value: '2' }, { key: 'b', value: '3' }]);
    await client.send(new UntagResourceCommand({ resourceArn: serviceArn, tagKeys: ['a'] }));
    const { services } = await client.send(new DescribeServicesCommand({ cluster: 'prod', services: ['agent'], include: ['TAGS'] }));
    expect(services![0].tags).toEqual([{ key: 'b', value: '3' }]);
    await expect(client.send(new TagResourceCommand({ resourceArn: `${serviceArn}x`, tags: [{ key: 'a', value: '' }] }))).rejects.toEqual(fails('ResourceNotFoundException'));
    await expect(client.send(new TagResourceCommand({ resourceArn: 'agent', tags: [{ key: 'a', value: '' }] }))).rejects.toEqual(fails('InvalidParameterException'));
  });
});

describe('the protocol', () => {
  const post = (target: string, body: string) => fetch(server.endpoint, { method: 'POST', headers: { 'x-amz-target': target }, body });
  const PREFIX = 'AmazonEC2ContainerServiceV20141113';

  test('errors name their type and carry a request id', async () => {
    const response = await post(`${PREFIX}.DescribeServices`, '{"cluster":"nope","services":["a"]}');
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await response.json()).toEqual({ __type: 'ClusterNotFoundException', message: 'Cluster not found.' });
  });

  test.each([
    ['an action that ECS has and this endpoint lacks', `${PREFIX}.PutAttributes`, '{}', 'UnknownOperationException'],
    ['an unknown action', `${PREFIX}.constructor`, '{}', 'UnknownOperationException'],
    ['another service', 'DynamoDB_20120810.ListTables', '{}', 'UnknownOperationException'],
    ['broken JSON', `${PREFIX}.ListClusters`, '{', 'SerializationException'],
    ['no structure', `${PREFIX}.ListClusters`, '[]', 'SerializationException'],
    ['a number for a name', `${PREFIX}.ListContainerInstances`, '{"cluster":1}', 'SerializationException'],
    ['text for a number', `${PREFIX}.UpdateService`, '{"cluster":"prod","service":"agent","desiredCount":"3"}', 'SerializationException'],
    ['a fraction', `${PREFIX}.UpdateService`, '{"cluster":"prod","service":"agent","desiredCount":1.5}', 'SerializationException'],
    ['a name for a list', `${PREFIX}.DescribeServices`, '{"cluster":"prod","services":"agent"}', 'SerializationException'],
    ['a list of numbers', `${PREFIX}.DescribeServices`, '{"cluster":"prod","services":[1]}', 'SerializationException'],
    ['a list for a structure', `${PREFIX}.CreateService`, '{"cluster":"prod","serviceName":"a","deploymentController":[]}', 'SerializationException'],
    ['a missing field', `${PREFIX}.DescribeServices`, '{"cluster":"prod"}', 'InvalidParameterException'],
  ])('%s is refused', async (_, target, body, name) => {
    ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [CONTAINER] });
    ecs.call('CreateService', { cluster: 'prod', serviceName: 'agent', taskDefinition: 'agent', desiredCount: 1 });
    const response = await post(target, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: name });
  });

  test('GET is no API call', async () => {
    expect((await fetch(server.endpoint)).status).toBe(400);
    expect(ecs.calls.map(({ action }) => action)).toEqual(['CreateCluster']);
  });

  test('calls are recorded with their errors', async () => {
    await expect(client.send(new PutAttributesCommand({ attributes: [] }))).rejects.toEqual(fails('UnknownOperationException'));
    await client.send(new ListClustersCommand({ maxResults: 2 }));
    expect(ecs.calls.slice(1)).toEqual([
      { action: 'PutAttributes', input: { attributes: [] }, error: 'UnknownOperationException', time: clock.now() },
      { action: 'ListClusters', input: { maxResults: 2 }, time: clock.now() },
    ]);
  });

  test('closing does not wait for idle or half-sent requests', async () => {
    await client.send(new ListClustersCommand({}));
    const half = request(server.endpoint, { method: 'POST', headers: { 'content-length': 100 } });
    const ended = new Promise((resolve) => half.once('error', resolve));
    await new Promise((resolve) => half.write('{', resolve));
    const started = Date.now();
    await server.close();
    expect(Date.now() - started).toBeLessThan(1000);
    await ended;
    server = await startServer(ecs);
  });
});
