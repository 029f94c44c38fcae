import { converge } from './converge';
import { Decision, ServiceState, SkipReason, skipReason } from './decide';
import { Trigger } from './event';
import { filterTerms } from './instance-filter';
import { ReconcilerConfig, ServiceConfig } from '../src/contract';

/**
 * observe → decide → apply → confirm, level-triggered: the trigger says when to look, ECS says what is true.
 *
 * Nothing here is locked, nor remembered between invocations: see converge.ts for why races end well all the same.
 */

/** The part of ECS that the reconciler needs. */
export interface EcsPort {
  /** At most `DESCRIBE_SERVICES_LIMIT` services. */
  describeServices(clusterArn: string, serviceArns: readonly string[]): Promise<ServiceAnswer[]>;
  /** ARNs of the container instances in one of the statuses that satisfy the filter. */
  listContainerInstances(clusterArn: string, statuses: readonly InstanceStatus[], filter?: string): Promise<ReadonlySet<string>>;
  updateDesiredCount(clusterArn: string, serviceArn: string, desiredCount: number): Promise<void>;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
export const DESCRIBE_SERVICES_LIMIT = 10;

export type InstanceStatus = 'ACTIVE' | 'DRAINING';

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
  readonly config: ServiceConfig;
  /** As first read. */
  state?: ServiceState;
  /** As last written, or else as first read. */
  desiredCount: number;
  writes: number;
  instances: number | null;
  decision?: Decision;
  skip?: SkipReason;
  error?: Error;
}

/** Services with the same eligible instances: one listing serves them all. */
export interface ServiceGroup {
  readonly clusterArn: string;
  readonly statuses: readonly InstanceStatus[];
  /** Expressions that must all hold. */
  readonly terms: readonly string[];
  readonly services: ServiceRun[];
}

/** Brings every service that the trigger concerns to its count. One service's failure never stops the others. */
export async function reconcile(trigger: Trigger, config: ReconcilerConfig, dependencies: Dependencies): Promise<Outcome> {
  const runs = concerned(trigger, config).map((service): ServiceRun => ({ config: service, desiredCount: 0, writes: 0, instances: null }));
  for (let start = 0; start < runs.length; start += DESCRIBE_SERVICES_LIMIT) {
    const batch = runs.slice(start, start + DESCRIBE_SERVICES_LIMIT);
    await blame(batch, () => observe(config.clusterArn, batch, dependencies.ecs));
  }
  for (const group of groupByListing(config.clusterArn, runs)) {
    await blame(group.services, () => converge(group, trigger, config.dryRun === true || trigger.kind === 'plan', dependencies));
  }
  return {
    // What was written is on record even where a later step failed.
    results: runs.filter((run) => !run.error || run.writes > 0).map((run) => toResult(config.clusterArn, run)),
    failures: runs.flatMap((run) => run.error ? [{ service: run.config.serviceArn, error: run.error }] : []),
  };
}

/** The services that a trigger is about; none where it names a cluster or a service that isn't managed. */
function concerned(trigger: Trigger, config: ReconcilerConfig): readonly ServiceConfig[] {
  switch (trigger.kind) {
    case 'containerInstance':
      return trigger.clusterArn === config.clusterArn ? config.services : [];
    case 'deployment':
      return config.services.filter((service) => service.serviceArn === trigger.serviceArn);
    default:
      return config.services;
  }
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
      run.skip = skipReason(answer.state);
    }
  }
}

function groupByListing(clusterArn: string, runs: readonly ServiceRun[]): ServiceGroup[] {
  const groups = new Map<string, ServiceGroup>();
  for (const run of runs) {
    if (run.state && !run.skip) {
      const statuses: InstanceStatus[] = run.config.countDrainingInstances ? ['ACTIVE', 'DRAINING'] : ['ACTIVE'];
      const terms = filterTerms(run.state, run.config.instanceFilter);
      const key = JSON.stringify([statuses, terms]);
      const group = groups.get(key) ?? { clusterArn, statuses, terms, services: [] };
      group.services.push(run);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

function toResult(cluster: string, run: ServiceRun): ResultItem {
  const item = { cluster, service: run.config.serviceArn, applied: run.writes > 0, vcpus: null, desiredCount: run.state?.desiredCount ?? null };
  if (run.writes > 0) {
    return { ...item, decision: 'scale', reason: 'countDiffers', instances: run.instances, newDesiredCount: run.desiredCount };
  }
  if (run.skip) {
    return { ...item, decision: 'skip', reason: run.skip, instances: null, newDesiredCount: item.desiredCount };
  }
  const { decision, reason, taskCount } = run.decision!;
  return { ...item, decision, reason, instances: run.instances, newDesiredCount: taskCount };
}
