import { CreateClusterCommand, CreateServiceCommand, DescribeServicesCommand, ECSClient, RegisterContainerInstanceCommand, RegisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { EventBridgeEvent, LocalEcs, startServer } from '../../../local-ecs';
import { startMoto } from '../moto/server';

export const CLUSTER = 'production';
export const SERVICE = 'log-agent';

/** An ECS endpoint that holds the app's cluster and service, so that the deployed function finds them there. */
export interface EcsPeer {
  readonly endpoint: string;
  /** Adds a container instance, and returns the event that ECS sends of it. */
  launchInstance(): Promise<EventBridgeEvent>;
  desiredCount(): Promise<number>;
  setDesiredCount(count: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startLocalEcs(accountId: string, region: string): Promise<EcsPeer> {
  const ecs = new LocalEcs({ accountId, region });
  const { endpoint, close } = await startServer(ecs);
  const events: EventBridgeEvent[] = [];
  ecs.onEvent((event) => events.push(event));
  const service = await createService(endpoint, region);
  const launchInstance = async () => {
    ecs.launchInstance(CLUSTER);
    return events.at(-1)!;
  };
  return { endpoint, ...service, launchInstance, stop: async () => { service.destroy(); await close(); } };
}

/** moto sends no events of container instances: it borrows those of a local-ecs, under the ARN of its own instance. */
export async function startMotoEcs(accountId: string, region: string): Promise<EcsPeer> {
  const moto = await startMoto(accountId, region);
  const { endpoint } = moto;
  const service = await createService(endpoint, region);
  const template = await startLocalEcs(accountId, region);
  const launchInstance = async () => {
    const { containerInstance } = await service.client.send(new RegisterContainerInstanceCommand({
      cluster: CLUSTER, instanceIdentityDocument: JSON.stringify({ instanceId: await moto.launchHost() }),
    }));
    const event = await template.launchInstance();
    return JSON.parse(JSON.stringify(event).replaceAll(String(event.resources[0]), containerInstance!.containerInstanceArn!));
  };
  return { endpoint, ...service, launchInstance, stop: async () => { service.destroy(); await template.stop(); await moto.stop(); } };
}

async function createService(endpoint: string, region: string) {
  const client = new ECSClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await client.send(new CreateClusterCommand({ clusterName: CLUSTER }));
  const containerDefinitions = [{ name: 'agent', image: 'agent', memory: 64 }];
  await client.send(new RegisterTaskDefinitionCommand({ family: SERVICE, containerDefinitions }));
  await client.send(new CreateServiceCommand({ cluster: CLUSTER, serviceName: SERVICE, taskDefinition: SERVICE, desiredCount: 1 }));
  return {
    client,
    desiredCount: async () =>
      (await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [SERVICE] }))).services![0].desiredCount!,
    setDesiredCount: async (desiredCount: number) => {
      await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, desiredCount }));
    },
    destroy: () => client.destroy(),
  };
}
