import { LocalEcs } from '../local-ecs';

/** What is true of the cluster, read from local-ecs with nothing of the library. */
export interface Observed {
  readonly active: number;
  readonly draining: number;
  readonly desired: number;
  readonly running: number;
}

/** ECS describes at most 100 container instances a call. */
const DESCRIBE_LIMIT = 100;

export function observe(ecs: LocalEcs, cluster: string, service: string): Observed {
  const statuses = instancesOf(ecs, cluster).map(({ status }) => status);
  const [{ desiredCount, runningCount }] = ecs.call('DescribeServices', { cluster, services: [service] }).services;
  return {
    active: statuses.filter((status) => status === 'ACTIVE').length,
    draining: statuses.filter((status) => status === 'DRAINING').length,
    desired: desiredCount,
    running: runningCount,
  };
}

/** A container instance as ECS describes it. */
export interface Instance {
  readonly containerInstanceArn: string;
  readonly status: string;
  readonly attributes: readonly { readonly name: string; readonly value?: string }[];
  readonly registeredResources: readonly { readonly name: string; readonly integerValue: number }[];
}

/** All container instances of a cluster, in order of registration. */
export function instancesOf(ecs: LocalEcs, cluster: string): Instance[] {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = ecs.call('ListContainerInstances', { cluster, nextToken });
    arns.push(...page.containerInstanceArns);
    nextToken = page.nextToken;
  } while (nextToken);
  const described: Instance[] = [];
  for (let first = 0; first < arns.length; first += DESCRIBE_LIMIT) {
    const containerInstances = arns.slice(first, first + DESCRIBE_LIMIT);
    described.push(...ecs.call('DescribeContainerInstances', { cluster, containerInstances }).containerInstances);
  }
  return described;
}
