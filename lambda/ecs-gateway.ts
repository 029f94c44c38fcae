import {
  DescribeContainerInstancesCommand, DescribeServicesCommand, ECSClient, ListClustersCommand, ListContainerInstancesCommand, UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { CLUSTER_ARN, CLUSTER_ARN_FORM, lastSegment } from './arn';
import { ServiceState } from './decide';
import { Field } from './fields';
import { PacedAction, Pacer } from './pacer';
import { EcsPort, InstanceDetails, InstanceStatus, ServiceAnswer } from './reconcile';
import { SUSPENDED_TAG } from '../src/contract';

/**
 * The only file that touches the ECS client.
 *
 * Answers are read like any input. One that is cut short or of the wrong form is an error, never an empty cluster: that would stop all tasks.
 */

/** The largest page, and the most instances to describe at once: https://docs.aws.amazon.com/AmazonECS/latest/APIReference */
const PAGE_SIZE = 100;
const CPU_UNITS_PER_VCPU = 1024;
/** Far more than the largest cluster has, so that tokens without an end don't keep the function listing until its timeout. */
const MAX_PAGES = 1000;

export function createClient(): ECSClient {
  return new ECSClient({
    // Throttling is expected while a cluster grows fast. Six attempts wait up to about 16 s in all, well within the function's timeout.
    maxAttempts: 6,
    // Once throttled, it sends no faster than ECS lets it.
    retryMode: 'adaptive',
    // Without these a dead connection would hold the invocation until its timeout: before the answer begins, or in the midst of it. An API
    // that never answers is given up on within a minute, with an error that says so.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 7_000, throwOnRequestTimeout: true, socketTimeout: 7_000 },
  });
}

export class EcsGateway implements EcsPort {
  /** API calls made; attempts that the SDK retries count once. */
  public apiCalls = 0;

  /** Without a pacer calls are sent at once. */
  public constructor(private readonly client: ECSClient, private readonly pacer?: Pacer) {}

  public async listClusters(): Promise<string[]> {
    const clusters = await this.pages('ListClusters', 'clusterArns', (nextToken) =>
      this.client.send(new ListClustersCommand({ maxResults: PAGE_SIZE, nextToken })));
    return clusters.map((arn) => arn.matching(CLUSTER_ARN, CLUSTER_ARN_FORM));
  }

  public async describeServices(clusterArn: string, serviceArns: readonly string[]): Promise<ServiceAnswer[]> {
    await this.begin('DescribeServices');
    const request = new DescribeServicesCommand({ cluster: clusterArn, services: [...serviceArns], include: ['TAGS'] });
    const answer = read('DescribeServices', await this.client.send(request));
    const [services, failures] = [list(answer, 'services'), list(answer, 'failures')];
    return serviceArns.map((serviceArn) => {
      // By name: a service of before 2021 is reported with a short ARN.
      const named = (items: Field[], member: string) => items.find((item) => lastSegment(text(item, member) ?? '') === lastSegment(serviceArn));
      const [service, failure] = [named(services, 'serviceArn'), named(failures, 'arn')];
      return { serviceArn, state: service && toState(service), failure: failure && text(failure, 'reason') };
    });
  }

  public async listContainerInstances(clusterArn: string, statuses: readonly InstanceStatus[], filter?: string): Promise<ReadonlySet<string>> {
    // A set: an instance that starts to drain between two listings, or moves between two pages, counts once.
    const instances = new Set<string>();
    for (const status of statuses) {
      const listed = await this.pages('ListContainerInstances', 'containerInstanceArns', (nextToken) =>
        this.client.send(new ListContainerInstancesCommand({ cluster: clusterArn, status, filter, maxResults: PAGE_SIZE, nextToken })));
      listed.forEach((arn) => instances.add(arn.string()));
    }
    return instances;
  }

  public async describeContainerInstances(clusterArn: string, instanceArns: ReadonlySet<string>): Promise<InstanceDetails[]> {
    const arns = [...instanceArns];
    const details: InstanceDetails[] = [];
    for (let start = 0; start < arns.length; start += PAGE_SIZE) {
      await this.begin('DescribeContainerInstances');
      const request = { cluster: clusterArn, containerInstances: arns.slice(start, start + PAGE_SIZE) };
      const answer = read('DescribeContainerInstances', await this.client.send(new DescribeContainerInstancesCommand(request)));
      details.push(...answer.member('containerInstances').list().map(toDetails));
      const other = list(answer, 'failures').find((failure) => text(failure, 'reason') !== 'MISSING');
      if (other) {
        throw new Error(`DescribeContainerInstances answered ${text(other, 'reason')} for ${text(other, 'arn')}`);
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

  /** What all pages of a list hold. */
  private async pages(action: PacedAction, items: string, page: (nextToken?: string) => Promise<unknown>): Promise<Field[]> {
    const all: Field[][] = [];
    let nextToken: string | undefined;
    do {
      await this.begin(action);
      const answer = read(action, await page(nextToken));
      all.push(answer.member(items).list());
      const following = text(answer, 'nextToken');
      if (following && (following === nextToken || all.length === MAX_PAGES)) {
        throw new Error(`${action} does not come to an end: ${all.length} pages, and a token for one more`);
      }
      nextToken = following;
    } while (nextToken);
    return all.flat();
  }
}

function read(action: PacedAction, answer: unknown): Field {
  return new Field(answer, action, (message) => new Error(message));
}

function text(owner: Field, name: string): string | undefined {
  return owner.member(name).optional((field) => field.matching(/^/, 'a string'));
}

function list(owner: Field, name: string): Field[] {
  return owner.member(name).optional((field) => field.list()) ?? [];
}

function toDetails(instance: Field): InstanceDetails {
  const cpu = list(instance, 'registeredResources').find((resource) => text(resource, 'name') === 'CPU');
  return {
    vcpus: (cpu ? cpu.member('integerValue').wholeNumber(0) : 0) / CPU_UNITS_PER_VCPU,
    capacityProviderName: text(instance, 'capacityProviderName'),
  };
}

function toState(service: Field): ServiceState {
  // Under an external deployment controller only the task sets know how tasks are launched.
  const taskSet = list(service, 'taskSets').find((candidate) => text(candidate, 'status') === 'PRIMARY');
  const own = list(service, 'capacityProviderStrategy');
  const strategy = own.length > 0 || !taskSet ? own : list(taskSet, 'capacityProviderStrategy');
  return {
    status: text(service, 'status') ?? 'unknown',
    desiredCount: service.member('desiredCount').wholeNumber(0),
    schedulingStrategy: text(service, 'schedulingStrategy') ?? 'REPLICA',
    launchType: text(service, 'launchType') ?? (taskSet && text(taskSet, 'launchType')),
    capacityProviders: strategy.map((item) => text(item, 'capacityProvider') ?? ''),
    memberOf: list(service, 'placementConstraints').flatMap((constraint) =>
      text(constraint, 'type') === 'memberOf' ? text(constraint, 'expression') ?? [] : []),
    suspended: list(service, 'tags').some((tag) => tag.member('key').value === SUSPENDED_TAG && tag.member('value').value === 'true'),
  };
}
