import { clusterOfService, lastSegment, serviceArnIn } from './arn';
import { converge } from './converge';
import { Capacity, Decision, ServiceState, SkipReason, skipReason } from './decide';
import { Trigger } from './event';
import { filterTerms } from './instance-filter';
import { FleetConfig, ReconcilerConfig, ServiceConfig } from '../src/contract';

/**
 * observe → decide → apply → confirm, level-triggered: the trigger says when to look, ECS says what is true.
 *
 * Nothing here is locked, nor remembered between invocations: see converge.ts for why races end well all the same.
 */

/** The part of ECS that the reconciler needs. */
export interface EcsPort {
  /** ARNs of all clusters of the account and Region. */
  listClusters(): Promise<string[]>;
  /** At most `DESCRIBE_SERVICES_LIMIT` services. */
  describeServices(clusterArn: string, serviceArns: readonly string[]): Promise<ServiceAnswer[]>;
  /** ARNs of the container instances in one of the statuses that satisfy the filter. */
  listContainerInstances(clusterArn: string, statuses: readonly InstanceStatus[], filter?: string): Promise<ReadonlySet<string>>;
  /** What is only known of an instance by describing it. Instances that are gone meanwhile are left out. */
  describeContainerInstances(clusterArn: string, instanceArns: ReadonlySet<string>): Promise<InstanceDetails[]>;
  updateDesiredCount(clusterArn: string, serviceArn: string, desiredCount: number): Promise<void>;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
export const DESCRIBE_SERVICES_LIMIT = 10;
/** Clusters of a fleet at work at once. What paces them is the API's limits, this only keeps them busy. */
const PARALLEL_CLUSTERS = 10;

export type InstanceStatus = 'ACTIVE' | 'DRAINING';

export interface InstanceDetails {
  /** Registered CPU units / 1024. */
  readonly vcpus: number;
  readonly capacityProviderName?: string;
}

export interface ServiceAnswer {
  readonly serviceArn: string;
  readonly state?: ServiceState;
  /** Why there is no state: `MISSING` where ECS doesn't know the service. */
  readonly failure?: string;
}

export interface Dependencies {
  readonly ecs: EcsPort;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly warn: (record: object) => void;
  /** From 0 to below 1: where in a fleet to start. */
  readonly random: () => number;
}

export interface ResultItem {
  readonly cluster: string;
  readonly service: string;
  readonly decision: Decision['decision'] | 'skip';
  readonly reason: Decision['reason'] | SkipReason;
  /** Whether the desired count was written. */
  readonly applied: boolean;
  /** Eligible container instances; null in a skip, which doesn't list them. */
  readonly instances: number | null;
  /** Their vCPUs; null where the scaling doesn't need them. */
  readonly vcpus: number | null;
  /** The value first read; null where ECS doesn't know the service. */
  readonly desiredCount: number | null;
  /** The value after a write; where nothing was written, the one that would be. */
  readonly newDesiredCount: number | null;
}

export interface Outcome {
  readonly results: ResultItem[];
  readonly failures: Array<{ readonly service: string; readonly error: Error }>;
}

/** One service on its way through an invocation. */
export interface ServiceRun {
  readonly clusterArn: string;
  readonly config: ServiceConfig;
  /** As first read. */
  state?: ServiceState;
  /** As last written, or else as first read. */
  desiredCount: number;
  writes: number;
  capacity?: Capacity;
  decision?: Decision;
  skip?: SkipReason;
  error?: Error;
}

/** Services with the same filter: one listing serves them all. */
export interface ServiceGroup {
  readonly clusterArn: string;
  readonly statuses: readonly InstanceStatus[];
  /** Expressions that must all hold. */
  readonly terms: readonly string[];
  readonly services: ServiceRun[];
}

/** Services of one cluster that a trigger is about. */
interface Target {
  readonly clusterArn: string;
  readonly services: readonly ServiceConfig[];
}

/** Brings every service that the trigger concerns to its count. One service's failure never stops the others. */
export async function reconcile(trigger: Trigger, config: ReconcilerConfig, dependencies: Dependencies): Promise<Outcome> {
  const readOnly = config.dryRun === true || trigger.kind === 'plan';
  const isFleet = 'fleet' in config;
  let targets: Target[];
  try {
    targets = isFleet ? await targetsInFleet(trigger, config.fleet, dependencies) : targetsInCluster(trigger, config);
  } catch (error) {
    return { results: [], failures: [{ service: (config as FleetConfig).fleet.serviceName, error: error as Error }] };
  }

  const runs: ServiceRun[][] = [];
  await eachAtMost(PARALLEL_CLUSTERS, targets, async (target, index) => {
    runs[index] = await reconcileCluster(target, trigger, readOnly, dependencies);
    if (isFleet) {
      // Most clusters of an account have no such service, and clusters come and go.
      runs[index] = runs[index].filter((run) => run.skip !== 'serviceNotFound' && run.error?.name !== 'ClusterNotFoundException');
    }
  });
  const all = runs.flat();
  return {
    // What was written is on record even where a later step failed.
    results: all.filter((run) => !run.error || run.writes > 0).map(toResult),
    failures: all.flatMap((run) => run.error ? [{ service: run.config.serviceArn, error: run.error }] : []),
  };
}

/** The services of the one cluster; none where the trigger names another cluster or service. */
function targetsInCluster(trigger: Trigger, { clusterArn, services }: Target): Target[] {
  switch (trigger.kind) {
    case 'containerInstance':
      return trigger.clusterArn === clusterArn ? [{ clusterArn, services }] : [];
    case 'deployment':
      return [{ clusterArn, services: services.filter((service) => service.serviceArn === trigger.serviceArn) }];
    default:
      return [{ clusterArn, services }];
  }
}

/** The service of that name in the cluster that the trigger names, or in every cluster. */
async function targetsInFleet(trigger: Trigger, fleet: FleetConfig['fleet'], { ecs, random }: Dependencies): Promise<Target[]> {
  const { serviceName, clusterArnPrefix, clusterArns, ...scaling } = fleet;
  const inClusters = (arns: readonly (string | undefined)[]) => [...new Set(arns)]
    .filter((arn) => arn !== undefined && arn.startsWith(clusterArnPrefix) && clusterArns?.includes(arn) !== false)
    .map((arn): Target => ({ clusterArn: arn!, services: [{ ...scaling, serviceArn: serviceArnIn(arn!, serviceName) }] }));
  switch (trigger.kind) {
    case 'containerInstance':
      return inClusters([trigger.clusterArn]);
    case 'deployment':
      return lastSegment(trigger.serviceArn) === serviceName ? inClusters([clusterOfService(trigger.serviceArn)]) : [];
    default: {
      const all = inClusters(clusterArns ?? await ecs.listClusters());
      // Each time from another one on: should the invocation run out of time, it isn't always the same ones that wait.
      const start = Math.floor(random() * all.length);
      return [...all.slice(start), ...all.slice(0, start)];
    }
  }
}

async function eachAtMost<T>(limit: number, items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

async function reconcileCluster(
  { clusterArn, services }: Target, trigger: Trigger, readOnly: boolean, dependencies: Dependencies,
): Promise<ServiceRun[]> {
  const runs = services.map((config): ServiceRun => ({ clusterArn, config, desiredCount: 0, writes: 0 }));
  for (let start = 0; start < runs.length; start += DESCRIBE_SERVICES_LIMIT) {
    const batch = runs.slice(start, start + DESCRIBE_SERVICES_LIMIT);
    await blame(batch, () => observe(clusterArn, batch, dependencies.ecs));
  }
  // At once: each group may have to wait for a second reading.
  await Promise.all(groupByListing(clusterArn, runs).map((group) =>
    blame(group.services, () => converge(group, trigger, readOnly, dependencies))));
  return runs;
}

/** Whatever goes wrong for several services at once is the failure of each that has no end of its own yet. */
async function blame(runs: readonly ServiceRun[], step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    runs.filter((run) => !run.skip && !run.error).forEach((run) => { run.error = error as Error; });
  }
}

async function observe(clusterArn: string, runs: readonly ServiceRun[], ecs: EcsPort): Promise<void> {
  const answers = await ecs.describeServices(clusterArn, runs.map((run) => run.config.serviceArn));
  for (const run of runs) {
    const answer = answers.find((candidate) => candidate.serviceArn === run.config.serviceArn);
    if (!answer?.state && answer?.failure !== 'MISSING') {
      run.error = new Error(`DescribeServices answered ${answer?.failure ?? 'nothing'} for this service`);
    } else {
      run.state = answer.state;
      run.desiredCount = answer.state?.desiredCount ?? 0;
      run.skip = skipReason(answer.state, run.config);
    }
  }
}

function groupByListing(clusterArn: string, runs: readonly ServiceRun[]): ServiceGroup[] {
  const groups = new Map<string, ServiceGroup>();
  for (const run of runs) {
    if (run.state && !run.skip) {
      const statuses: InstanceStatus[] = run.config.countDrainingInstances ? ['ACTIVE', 'DRAINING'] : ['ACTIVE'];
      const terms = filterTerms(run.state, run.config.instanceFilters);
      const key = JSON.stringify([statuses, terms]);
      const group = groups.get(key) ?? { clusterArn, statuses, terms, services: [] };
      group.services.push(run);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

function toResult(run: ServiceRun): ResultItem {
  const item = {
    cluster: run.clusterArn,
    service: run.config.serviceArn,
    applied: run.writes > 0,
    instances: run.capacity?.instances ?? null,
    vcpus: run.capacity?.vcpus ?? null,
    desiredCount: run.state?.desiredCount ?? null,
  };
  if (run.writes > 0) {
    return { ...item, decision: 'scale', reason: 'countDiffers', newDesiredCount: run.desiredCount };
  }
  if (run.skip) {
    return { ...item, decision: 'skip', reason: run.skip, instances: null, vcpus: null, newDesiredCount: item.desiredCount };
  }
  const { decision, reason, taskCount } = run.decision!;
  return { ...item, decision, reason, newDesiredCount: taskCount };
}
