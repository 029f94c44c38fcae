import {
  DescribeContainerInstancesCommand, DescribeServicesCommand, ECSClient, ListClustersCommand, ListContainerInstancesCommand, Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-jest';
import { EcsGateway } from '../../lambda/ecs-gateway';
import { Pacer } from '../../lambda/pacer';

const CLUSTER = 'arn:aws:ecs:eu-central-1:999988887777:cluster/edge';
const SERVICE = 'arn:aws:ecs:eu-central-1:999988887777:service/edge/node-agent';
const OTHER = 'arn:aws:ecs:eu-central-1:999988887777:service/edge/proxy';

const ecs = mockClient(ECSClient);
const gateway = () => new EcsGateway(new ECSClient({ region: 'eu-central-1' }));
const instances = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `arn:aws:ecs:eu-central-1:999988887777:container-instance/edge/${from + index}`);

beforeEach(() => ecs.reset());

describe('describeServices', () => {
  const describeOne = async (service: Partial<Service>) => {
    ecs.on(DescribeServicesCommand).resolves({ services: [{ serviceArn: SERVICE, desiredCount: 0, ...service }] });
    return (await gateway().describeServices(CLUSTER, [SERVICE]))[0];
  };

  test('asks for all at once, with tags', async () => {
    ecs.on(DescribeServicesCommand).resolves({});
    const port = gateway();
    await port.describeServices(CLUSTER, [SERVICE, OTHER]);
    expect(ecs).toHaveReceivedNthCommandWith(1, DescribeServicesCommand, { cluster: CLUSTER, services: [SERVICE, OTHER], include: ['TAGS'] });
    expect(port.apiCalls).toBe(1);
  });

  test('reports each service in the order asked for, with its state or its failure', async () => {
    ecs.on(DescribeServicesCommand).resolves({
      services: [{ serviceArn: OTHER, status: 'ACTIVE', desiredCount: 4 }],
      failures: [{ arn: SERVICE, reason: 'MISSING' }],
    });
    expect(await gateway().describeServices(CLUSTER, [SERVICE, OTHER, `${OTHER}-2`])).toEqual([
      { serviceArn: SERVICE, state: undefined, failure: 'MISSING' },
      { serviceArn: OTHER, state: expect.objectContaining({ desiredCount: 4 }), failure: undefined },
      { serviceArn: `${OTHER}-2`, state: undefined, failure: undefined },
    ]);
  });

  test('reads all that scaling depends on', async () => {
    expect(await describeOne({
      status: 'ACTIVE',
      desiredCount: 5,
      schedulingStrategy: 'REPLICA',
      launchType: 'EC2',
      placementConstraints: [{ type: 'distinctInstance' }, { type: 'memberOf', expression: 'attribute:stack == blue' }, { type: 'memberOf' }],
      tags: [{ key: 'daemon-service-autoscaler:suspended', value: 'true' }],
    })).toEqual({
      serviceArn: SERVICE,
      state: {
        status: 'ACTIVE', desiredCount: 5, schedulingStrategy: 'REPLICA', launchType: 'EC2', capacityProviders: [], memberOf: ['attribute:stack == blue'], suspended: true,
      },
      failure: undefined,
    });
  });

  test('takes what is missing for the least surprising value', async () => {
    expect((await describeOne({}))!.state).toEqual({
      status: 'unknown', desiredCount: 0, schedulingStrategy: 'REPLICA', launchType: undefined, capacityProviders: [], memberOf: [], suspended: false,
    });
  });

  test.each([
    [{ key: 'daemon-service-autoscaler:suspended', value: 'true' }, true],
    [{ key: 'daemon-service-autoscaler:suspended', value: 'True' }, false],
    [{ key: 'daemon-service-autoscaler:suspended' }, false],
    [{ key: 'suspended', value: 'true' }, false],
  ])('the tag %j suspends: %s', async (tag, suspended) => {
    expect((await describeOne({ tags: [tag] }))!.state!.suspended).toBe(suspended);
  });

  test('knows a service by its short ARN too', async () => {
    expect((await describeOne({ serviceArn: 'arn:aws:ecs:eu-central-1:999988887777:service/node-agent', desiredCount: 2 }))!.state!.desiredCount).toBe(2);
  });

  test('reads the providers of the strategy', async () => {
    expect((await describeOne({ capacityProviderStrategy: [{ capacityProvider: 'spot', weight: 1 }, { capacityProvider: undefined }] }))!.state!.capacityProviders).toEqual(['spot', '']);
  });

  test('looks into the primary task set where the service itself says nothing', async () => {
    const state = (await describeOne({
      taskSets: [{ status: 'ACTIVE', launchType: 'FARGATE' }, { status: 'PRIMARY', launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'spot' }] }],
    }))!.state!;
    expect(state).toMatchObject({ launchType: 'EC2', capacityProviders: ['spot'] });
  });
});

describe('listContainerInstances', () => {
  test('follows the pages of more than 100 instances', async () => {
    ecs.on(ListContainerInstancesCommand)
      .resolvesOnce({ containerInstanceArns: instances(0, 100), nextToken: 'second' })
      .resolvesOnce({ containerInstanceArns: instances(100, 200), nextToken: 'third' })
      .resolvesOnce({ containerInstanceArns: instances(200, 203) });
    const port = gateway();
    expect((await port.listContainerInstances(CLUSTER, ['ACTIVE'], 'agentConnected == true')).size).toBe(203);
    const request = { cluster: CLUSTER, status: 'ACTIVE', filter: 'agentConnected == true', maxResults: 100 } as const;
    expect(ecs).toHaveReceivedNthCommandWith(1, ListContainerInstancesCommand, request);
    expect(ecs).toHaveReceivedNthCommandWith(2, ListContainerInstancesCommand, { ...request, nextToken: 'second' });
    expect(ecs).toHaveReceivedNthCommandWith(3, ListContainerInstancesCommand, { ...request, nextToken: 'third' });
    expect(port.apiCalls).toBe(3);
  });

  test('counts an instance once that shows up in two statuses or on two pages', async () => {
    ecs.on(ListContainerInstancesCommand, { status: 'ACTIVE' })
      .resolvesOnce({ containerInstanceArns: instances(0, 3), nextToken: 'more' })
      .resolvesOnce({ containerInstanceArns: instances(2, 4) });
    ecs.on(ListContainerInstancesCommand, { status: 'DRAINING' }).resolves({ containerInstanceArns: instances(3, 6) });
    expect((await gateway().listContainerInstances(CLUSTER, ['ACTIVE', 'DRAINING'])).size).toBe(6);
  });

  test('is empty where ECS lists nothing', async () => {
    ecs.on(ListContainerInstancesCommand).resolves({ containerInstanceArns: [] });
    expect((await gateway().listContainerInstances(CLUSTER, ['ACTIVE'])).size).toBe(0);
  });

  test('holds pages of any size', async () => {
    ecs.on(ListContainerInstancesCommand).resolves({ containerInstanceArns: instances(0, 200_000) });
    expect((await gateway().listContainerInstances(CLUSTER, ['ACTIVE'])).size).toBe(200_000);
  });

  test.each([
    ['the same token again', () => ({ containerInstanceArns: [], nextToken: 'again' }), 2],
    ['ever new tokens', () => ({ containerInstanceArns: [], nextToken: `${ecs.calls().length}` }), 1000],
  ])('gives up where ECS answers with %s', async (_, page, pages) => {
    ecs.on(ListContainerInstancesCommand).callsFake(page);
    const port = gateway();
    await expect(port.listContainerInstances(CLUSTER, ['ACTIVE'])).rejects.toThrow(`does not come to an end: ${pages} pages, and a token for one more`);
    expect(port.apiCalls).toBe(pages);
  });
});

describe('an answer that is no answer is an error that names the field, never an empty cluster', () => {
  const calls = {
    ListClusters: (port: EcsGateway) => port.listClusters(),
    DescribeServices: (port: EcsGateway) => port.describeServices(CLUSTER, [SERVICE]),
    ListContainerInstances: (port: EcsGateway) => port.listContainerInstances(CLUSTER, ['ACTIVE']),
    DescribeContainerInstances: (port: EcsGateway) => port.describeContainerInstances(CLUSTER, new Set(['here'])),
  };

  test.each<[keyof typeof calls, unknown, string]>([
    ['ListClusters', {}, '.clusterArns: received nothing, expected a list'],
    ['ListClusters', { clusterArns: ['edge'] }, '.clusterArns[0]: received "edge", expected the ARN of a cluster'],
    ['ListContainerInstances', {}, '.containerInstanceArns: received nothing, expected a list'],
    ['ListContainerInstances', { containerInstanceArns: 'none' }, '.containerInstanceArns: received "none", expected a list'],
    ['ListContainerInstances', { containerInstanceArns: [null] }, '.containerInstanceArns[0]: received null, expected a string'],
    ['ListContainerInstances', { containerInstanceArns: [], nextToken: 7 }, '.nextToken: received 7, expected a string'],
    ['DescribeServices', { services: 'none' }, '.services: received "none", expected a list'],
    ['DescribeServices', { services: [null] }, '.services[0]: received null, expected an object'],
    ['DescribeServices', { services: [{ serviceArn: 7 }] }, '.services[0].serviceArn: received 7, expected a string'],
    ['DescribeServices', { services: [{ serviceArn: SERVICE }] }, '.services[0].desiredCount: received nothing, expected a whole number of at least 0'],
    ['DescribeServices', { services: [{ serviceArn: SERVICE, desiredCount: '3' }] }, '.services[0].desiredCount: received "3"'],
    ['DescribeServices', { services: [{ serviceArn: SERVICE, desiredCount: 3, placementConstraints: {} }] }, '.services[0].placementConstraints: received {}, expected a list'],
    ['DescribeContainerInstances', {}, '.containerInstances: received nothing, expected a list'],
    ['DescribeContainerInstances', { containerInstances: [{ registeredResources: [{ name: 'CPU', integerValue: 'many' }] }] },
      '.containerInstances[0].registeredResources[0].integerValue: received "many", expected a whole number of at least 0'],
  ])('%s: %j', async (action, answer, message) => {
    ecs.onAnyCommand().resolves(answer as object);
    await expect(calls[action](gateway())).rejects.toThrow(`${action}${message}`);
  });
});

test('listClusters follows the pages', async () => {
  ecs.on(ListClustersCommand).resolvesOnce({ clusterArns: [`${CLUSTER}-a`, `${CLUSTER}-b`], nextToken: 'second' })
    .resolvesOnce({ clusterArns: [], nextToken: 'third' }).resolvesOnce({ clusterArns: [CLUSTER] });
  const port = gateway();
  expect(await port.listClusters()).toEqual([`${CLUSTER}-a`, `${CLUSTER}-b`, CLUSTER]);
  expect(ecs).toHaveReceivedNthCommandWith(2, ListClustersCommand, { maxResults: 100, nextToken: 'second' });
  expect(port.apiCalls).toBe(3);
});

describe('describeContainerInstances', () => {
  test('asks for a hundred at a time and tells vCPUs and capacity provider', async () => {
    ecs.on(DescribeContainerInstancesCommand).callsFake(({ containerInstances }) => ({
      containerInstances: containerInstances.map((arn: string) => ({
        containerInstanceArn: arn,
        capacityProviderName: 'spot',
        registeredResources: [{ name: 'MEMORY', integerValue: 7710 }, { name: 'CPU', integerValue: 4608 }],
      })),
    }));
    const port = gateway();
    const details = await port.describeContainerInstances(CLUSTER, new Set(instances(0, 201)));
    expect(details).toHaveLength(201);
    expect(details[200]).toEqual({ vcpus: 4.5, capacityProviderName: 'spot' });
    expect(ecs).toHaveReceivedNthCommandWith(3, DescribeContainerInstancesCommand, { cluster: CLUSTER, containerInstances: instances(200, 201) });
    expect(port.apiCalls).toBe(3);
  });

  test('makes no call for no instance', async () => {
    const port = gateway();
    expect(await port.describeContainerInstances(CLUSTER, new Set())).toEqual([]);
    expect(port.apiCalls).toBe(0);
  });

  test('leaves out what is missing, and an instance without CPU has none', async () => {
    ecs.on(DescribeContainerInstancesCommand).resolves({ containerInstances: [{}], failures: [{ arn: 'gone', reason: 'MISSING' }] });
    expect(await gateway().describeContainerInstances(CLUSTER, new Set(['here', 'gone']))).toEqual([{ vcpus: 0, capacityProviderName: undefined }]);
  });

  test('fails on any other failure: a count without those would be wrong', async () => {
    ecs.on(DescribeContainerInstancesCommand).resolves({ containerInstances: [], failures: [{ arn: 'here', reason: 'INTERNAL' }] });
    await expect(gateway().describeContainerInstances(CLUSTER, new Set(['here']))).rejects.toThrow('DescribeContainerInstances answered INTERNAL for here');
  });
});

test('with a pacer each call takes its turn first', async () => {
  ecs.on(UpdateServiceCommand).resolves({});
  const turns: string[] = [];
  const pacer = { turn: async (action: string) => { turns.push(`${action} ${ecs.calls().length}`); } } as unknown as Pacer;
  await new EcsGateway(new ECSClient({ region: 'eu-central-1' }), pacer).updateDesiredCount(CLUSTER, SERVICE, 1);
  expect(turns).toEqual(['UpdateService 0']);
});

test('updateDesiredCount sends the desired count and nothing else', async () => {
  ecs.on(UpdateServiceCommand).resolves({});
  const port = gateway();
  await port.updateDesiredCount(CLUSTER, SERVICE, 7);
  expect(ecs.commandCalls(UpdateServiceCommand)[0]!.args[0].input).toEqual({ cluster: CLUSTER, service: SERVICE, desiredCount: 7 });
  expect(port.apiCalls).toBe(1);
});

test('a refused call counts, and its error goes on', async () => {
  ecs.on(UpdateServiceCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
  const port = gateway();
  await expect(port.updateDesiredCount(CLUSTER, SERVICE, 7)).rejects.toThrow('no');
  expect(port.apiCalls).toBe(1);
});

