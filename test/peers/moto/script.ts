import {
  CreateClusterCommand, CreateServiceCommand, DeleteServiceCommand, DescribeContainerInstancesCommand, DescribeServicesCommand, ECSClient,
  ListClustersCommand, ListContainerInstancesCommand, RegisterContainerInstanceCommand, RegisterTaskDefinitionCommand,
  UpdateContainerInstancesStateCommand, UpdateServiceCommand,
} from '@aws-sdk/client-ecs';

/*
 * The calls that the reconciler makes, as it makes them, and what can go wrong with them: one script for every endpoint. The calls
 * that prepare an endpoint aren't compared.
 */

export interface Subject {
  readonly client: ECSClient;
  readonly endpoint: string;
  /** An EC2 instance's ID, for a container instance that registers. */
  launchHost(): Promise<string>;
}

/** Keeps the answer of what `call` sends under a name. */
export type Step = (name: string, call: () => Promise<unknown>) => Promise<void>;

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
const arn = (resource: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;

export async function runScript({ client, endpoint, launchHost }: Subject, step: Step): Promise<void> {
  const cluster = arn('cluster/production');
  const service = arn('service/production/log-agent');
  for (const clusterName of ['production', 'empty']) await client.send(new CreateClusterCommand({ clusterName }));
  await client.send(new RegisterTaskDefinitionCommand({ family: 'log-agent', containerDefinitions: [{ name: 'agent', image: 'agent', memory: 64 }] }));
  for (const serviceName of ['log-agent', 'retired']) {
    await client.send(new CreateServiceCommand({
      cluster,
      serviceName,
      taskDefinition: 'log-agent',
      desiredCount: 1,
      launchType: 'EC2',
      schedulingStrategy: 'REPLICA',
      tags: [{ key: 'daemon-service-autoscaler:suspended', value: 'false' }],
    }));
  }
  // CreateService would do, but moto drops the constraints there.
  await client.send(new UpdateServiceCommand({
    cluster,
    service,
    placementConstraints: [{ type: 'distinctInstance' }, { type: 'memberOf', expression: 'attribute:ecs.os-type == linux' }],
    placementStrategy: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }],
  }));
  await client.send(new DeleteServiceCommand({ cluster, service: 'retired', force: true }));
  // What moto makes up of the EC2 instance, the agent reports.
  const agent = {
    attributes: [
      { name: 'ecs.ami-id', value: 'ami-0123456789abcdef0' },
      { name: 'ecs.availability-zone', value: `${REGION}a` },
      { name: 'ecs.instance-type', value: 'm7g.large' },
      { name: 'ecs.os-type', value: 'linux' },
    ],
    totalResources: [{ name: 'CPU', type: 'INTEGER', integerValue: 4096 }, { name: 'MEMORY', type: 'INTEGER', integerValue: 7482 }],
    versionInfo: { agentVersion: '1.0.0', agentHash: '4023248', dockerVersion: 'DockerVersion: 1.5.0' },
  };
  const instances: string[] = [];
  for (let count = 0; count < 3; count++) {
    const instanceIdentityDocument = JSON.stringify({ instanceId: await launchHost() });
    const { containerInstance } = await client.send(new RegisterContainerInstanceCommand({ cluster, instanceIdentityDocument, ...agent }));
    instances.push(containerInstance!.containerInstanceArn!);
  }
  await client.send(new UpdateContainerInstancesStateCommand({ cluster, containerInstances: [instances[2]], status: 'DRAINING' }));

  await step('the clusters', async () => client.send(new ListClustersCommand({ maxResults: 100 })));

  const describe = async (services: string[], inCluster = cluster) =>
    client.send(new DescribeServicesCommand({ cluster: inCluster, services, include: ['TAGS'] }));
  await step('a service', async () => describe([service]));
  await step('a service by name, without tags', async () => client.send(new DescribeServicesCommand({ cluster: 'production', services: ['log-agent'] })));
  await step('a service and one that is missing', async () => describe([service, arn('service/production/missing')]));
  await step('a missing service by name', async () => describe(['missing']));
  await step('a service, asked for in another cluster', async () => describe([service], arn('cluster/empty')));
  await step('services of a missing cluster', async () => describe([arn('service/missing/log-agent')], arn('cluster/missing')));
  await step('eleven services', async () => describe(Array.from({ length: 11 }, (_, index) => arn(`service/production/number-${index}`))));
  await step('no services', async () => describe([]));

  const list = async (input: object = {}) => client.send(new ListContainerInstancesCommand({ cluster, status: 'ACTIVE', maxResults: 100, ...input }));
  await step('the instances', async () => list());
  await step('the draining instances', async () => list({ status: 'DRAINING' }));
  await step('instances of an empty cluster', async () => list({ cluster: arn('cluster/empty') }));
  await step('instances that match a filter', async () => list({ filter: `ec2InstanceId != ${await launchHost()}` }));
  await step('instances that no filter matches', async () => list({ filter: 'attribute:ecs.os-type == windows' }));
  await step('a page of instances', async () => list({ maxResults: 1 }));
  await step('a malformed filter', async () => list({ filter: 'attribute:' }));
  await step('an unknown status', async () => list({ status: 'SLEEPING' }));
  await step('instances of a missing cluster', async () => list({ cluster: arn('cluster/missing') }));

  const missing = arn('container-instance/production/00000000000000000000000000000000');
  const detail = async (containerInstances: string[], inCluster = cluster) =>
    client.send(new DescribeContainerInstancesCommand({ cluster: inCluster, containerInstances }));
  await step('details of instances', async () => detail(instances));
  await step('details of a missing instance', async () => detail([missing]));
  await step('details of no instances', async () => detail([]));
  await step('details of an instance of a missing cluster', async () => detail([missing], arn('cluster/missing')));
  await step('details of an instance in an empty cluster', async () => detail([missing], arn('cluster/empty')));

  const update = async (input: object) => client.send(new UpdateServiceCommand({ cluster, service, desiredCount: 3, ...input }));
  await step('a new desired count', async () => update({}));
  await step('the service after that', async () => describe([service]));
  await step('the same desired count again', async () => update({}));
  await step('a desired count of 0', async () => update({ desiredCount: 0 }));
  await step('a desired count for a missing service', async () => update({ service: arn('service/production/missing') }));
  await step('a desired count in a missing cluster', async () => update({ cluster: arn('cluster/missing') }));
  await step('a desired count for a deleted service', async () => update({ service: arn('service/production/retired') }));
  await step('a negative desired count', async () => update({ desiredCount: -1 }));

  // What the SDK doesn't send.
  const post = async (action: string, body: string) => fetch(endpoint, {
    method: 'POST',
    headers: {
      'authorization': `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/ecs/aws4_request, SignedHeaders=host, Signature=none`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${action}`,
    },
    body,
  });
  await step('an unknown action', async () => post('ScaleService', '{}'));
  await step('a body that is no JSON', async () => post('ListClusters', '{"maxResults":'));
  await step('a count of the wrong type', async () => post('UpdateService', JSON.stringify({ cluster, service, desiredCount: 'three' })));
}
