import {
  ContainerInstance, DescribeContainerInstancesCommand, DescribeServicesCommand, ECSClient, ListClustersCommand, ListContainerInstancesCommand,
  Service, UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { lastSegment } from './arn';
import { ServiceState } from './decide';
import { PacedAction, Pacer } from './pacer';
import { EcsPort, InstanceDetails, InstanceStatus, ServiceAnswer } from './reconcile';
import { SUSPENDED_TAG } from '../src/contract';

/** The only file that touches the ECS client. */

/** The largest page, and the most instances to describe at once: https://docs.aws.amazon.com/AmazonECS/latest/APIReference */
const PAGE_SIZE = 100;
const CPU_UNITS_PER_VCPU = 1024;

export function createClient(): ECSClient {
  return new ECSClient({
    // Throttling is expected while a cluster grows fast. Six attempts wait up to about 16 s in all, well within the function's timeout.
    maxAttempts: 6,
    // Once throttled, it sends no faster than ECS lets it.
    retryMode: 'adaptive',
    // Without these a dead connection would hold the invocation until its timeout.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

export class EcsGateway implements EcsPort {
  /** API calls made; attempts that the SDK retries count once. */
  public apiCalls = 0;

  /** Without a pacer calls are sent at once. */
  public constructor(private readonly client: ECSClient, private readonly pacer?: Pacer) {}

  public async listClusters(): Promise<string[]> {
    return this.pages('ListClusters', async (nextToken) => {
      const page = await this.client.send(new ListClustersCommand({ maxResults: PAGE_SIZE, nextToken }));
      return [page.clusterArns, page.nextToken];
    });
  }

  public async describeServices(clusterArn: string, serviceArns: readonly string[]): Promise<ServiceAnswer[]> {
    await this.begin('DescribeServices');
    const answer = await this.client.send(new DescribeServicesCommand({ cluster: clusterArn, services: [...serviceArns], include: ['TAGS'] }));
    return serviceArns.map((serviceArn) => {
      // By name: a service of before 2021 is reported with a short ARN.
      const isThis = (arn: string | undefined) => arn !== undefined && lastSegment(arn) === lastSegment(serviceArn);
      const service = answer.services?.find((candidate) => isThis(candidate.serviceArn));
      return {
        serviceArn,
        state: service && toState(service),
        failure: answer.failures?.find((candidate) => isThis(candidate.arn))?.reason,
      };
    });
  }

  public async listContainerInstances(clusterArn: string, statuses: readonly InstanceStatus[], filter?: string): Promise<ReadonlySet<string>> {
    // A set: an instance that starts to drain between two listings, or moves between two pages, counts once.
    const instances = new Set<string>();
    for (const status of statuses) {
      const listed = await this.pages('ListContainerInstances', async (nextToken) => {
        const request = { cluster: clusterArn, status, filter, maxResults: PAGE_SIZE, nextToken };
        const page = await this.client.send(new ListContainerInstancesCommand(request));
        return [page.containerInstanceArns, page.nextToken];
      });
      listed.forEach((arn) => instances.add(arn));
    }
    return instances;
  }

  public async describeContainerInstances(clusterArn: string, instanceArns: ReadonlySet<string>): Promise<InstanceDetails[]> {
    const arns = [...instanceArns];
    const details: InstanceDetails[] = [];
    for (let start = 0; start < arns.length; start += PAGE_SIZE) {
      await this.begin('DescribeContainerInstances');
      const request = { cluster: clusterArn, containerInstances: arns.slice(start, start + PAGE_SIZE) };
      const answer = await this.client.send(new DescribeContainerInstancesCommand(request));
      details.push(...(answer.containerInstances ?? []).map(toDetails));
      const other = answer.failures?.find((failure) => failure.reason !== 'MISSING');
      if (other) {
        throw new Error(`DescribeContainerInstances answered ${other.reason} for ${other.arn}`);
      }
    }
    return details;
  }

  public async updateDesiredCount(clusterArn: string, serviceArn: string, desiredCount: number): Promise<void> {
    await this.begin('UpdateService');
    await this.client.send(new UpdateServiceCommand({ cluster: clusterArn, service: serviceArn, desiredCount }));
  }

  private async begin(action: PacedAction): Promise<void> {
    await this.pacer?.turn(action);
    this.apiCalls += 1;
  }

  private async pages(action: PacedAction, page: (nextToken?: string) => Promise<[items?: string[], nextToken?: string]>): Promise<string[]> {
    const all: string[] = [];
    let nextToken: string | undefined;
    do {
      await this.begin(action);
      const [items, following] = await page(nextToken);
      all.push(...items ?? []);
      nextToken = following;
    } while (nextToken);
    return all;
  }
}

function toDetails(instance: ContainerInstance): InstanceDetails {
  const cpu = instance.registeredResources?.find((resource) => resource.name === 'CPU')?.integerValue ?? 0;
  return { vcpus: cpu / CPU_UNITS_PER_VCPU, capacityProviderName: instance.capacityProviderName };
}

function toState(service: Service): ServiceState {
  // Under an external deployment controller only the task sets know how tasks are launched.
  const taskSet = service.taskSets?.find((candidate) => candidate.status === 'PRIMARY');
  const strategy = service.capacityProviderStrategy?.length ? service.capacityProviderStrategy : taskSet?.capacityProviderStrategy;
  return {
    status: service.status ?? 'unknown',
    desiredCount: service.desiredCount ?? 0,
    schedulingStrategy: service.schedulingStrategy ?? 'REPLICA',
    launchType: service.launchType ?? taskSet?.launchType,
    capacityProviders: (strategy ?? []).map((item) => item.capacityProvider ?? ''),
    memberOf: (service.placementConstraints ?? []).flatMap(({ type, expression }) => type === 'memberOf' && expression ? [expression] : []),
    suspended: (service.tags ?? []).some((tag) => tag.key === SUSPENDED_TAG && tag.value === 'true'),
  };
}
