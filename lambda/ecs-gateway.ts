import {
  DescribeServicesCommand, ECSClient, ListContainerInstancesCommand, Service, UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { lastSegment } from './arn';
import { ServiceState } from './decide';
import { EcsPort, InstanceStatus, ServiceAnswer } from './reconcile';
import { SUSPENDED_TAG } from '../src/contract';

/** The only file that touches the ECS client. */

/** The largest page ECS gives: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html */
const PAGE_SIZE = 100;

export function createClient(): ECSClient {
  return new ECSClient({
    // Throttling is expected while a cluster grows fast. Six attempts wait up to about 16 s in all, well within the function's timeout.
    maxAttempts: 6,
    // Without these a dead connection would hold the invocation until its timeout.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

export class EcsGateway implements EcsPort {
  /** API calls made; attempts that the SDK retries count once. */
  public apiCalls = 0;

  public constructor(private readonly client: ECSClient) {}

  public async describeServices(clusterArn: string, serviceArns: readonly string[]): Promise<ServiceAnswer[]> {
    this.apiCalls += 1;
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
      let nextToken: string | undefined;
      do {
        this.apiCalls += 1;
        const request = { cluster: clusterArn, status, filter, maxResults: PAGE_SIZE, nextToken };
        const page = await this.client.send(new ListContainerInstancesCommand(request));
        page.containerInstanceArns?.forEach((arn) => instances.add(arn));
        nextToken = page.nextToken;
      } while (nextToken);
    }
    return instances;
  }

  public async updateDesiredCount(clusterArn: string, serviceArn: string, desiredCount: number): Promise<void> {
    this.apiCalls += 1;
    await this.client.send(new UpdateServiceCommand({ cluster: clusterArn, service: serviceArn, desiredCount }));
  }
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
