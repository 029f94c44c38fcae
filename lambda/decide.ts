import { FARGATE_PROVIDERS, LadderConfig, LinearConfig, ScalingConfig, ScalingStep, ServiceScalingConfig } from '../src/contract';

/** What ECS reports of a service, as far as scaling depends on it. */
export interface ServiceState {
  readonly status: string;
  readonly desiredCount: number;
  readonly schedulingStrategy: string;
  readonly launchType?: string;
  /** Names in the capacity provider strategy; empty where the service has none. */
  readonly capacityProviders: readonly string[];
  /** Expressions of the `memberOf` placement constraints. */
  readonly memberOf: readonly string[];
  /** Whether the suspending tag is `true`. */
  readonly suspended: boolean;
}

/** What the cluster has for a service. */
export interface Capacity {
  readonly instances: number;
  /** Registered CPU units / 1024; null where the scaling doesn't need them. */
  readonly vcpus: number | null;
}

export type SkipReason =
  'serviceNotFound' | 'serviceNotActive' | 'daemonStrategy' | 'fargate' | 'suspended' | 'capacityProvidersUnknown';

export type Decision =
  | { readonly decision: 'scale'; readonly reason: 'countDiffers'; readonly taskCount: number }
  | { readonly decision: 'inSync'; readonly reason: 'countMatches'; readonly taskCount: number };

/** Why a service must be left alone whatever its cluster has, or nothing. `undefined` stands for a service that ECS doesn't know. */
export function skipReason(service: ServiceState | undefined, config: Pick<ServiceScalingConfig, 'capacityProviderNames'>): SkipReason | undefined {
  if (service === undefined) {
    return 'serviceNotFound';
  }
  if (service.status !== 'ACTIVE') {
    return 'serviceNotActive';
  }
  if (service.schedulingStrategy === 'DAEMON') {
    return 'daemonStrategy';
  }
  const providers = service.capacityProviders;
  if (service.launchType === 'FARGATE' || (providers.length > 0 && providers.every((name) => FARGATE_PROVIDERS.includes(name)))) {
    return 'fargate';
  }
  if (service.suspended) {
    return 'suspended';
  }
  // Without the providers' names a guess could count hosts that the service itself makes its provider start: a loop.
  return providers.length > 0 && !config.capacityProviderNames ? 'capacityProvidersUnknown' : undefined;
}

/** What to do with a service that isn't skipped, given what its cluster has. */
export function decide(
  desiredCount: number,
  capacity: Capacity,
  config: Pick<ServiceScalingConfig, 'scaling' | 'minTaskCount' | 'maxTaskCount'>,
): Decision {
  const wanted = tasksFor(config.scaling, capacity);
  // First to the maximum, then to the minimum.
  const taskCount = Math.max(config.minTaskCount ?? 0, Math.min(config.maxTaskCount ?? Infinity, wanted));
  return taskCount === desiredCount
    ? { decision: 'inSync', reason: 'countMatches', taskCount }
    : { decision: 'scale', reason: 'countDiffers', taskCount };
}

/** Whether a scaling needs the instances' registered CPU. */
export function countsVcpus(scaling: ScalingConfig): boolean {
  return ('linear' in scaling && scaling.linear.vcpusPerTask !== undefined) || ('ladder' in scaling && scaling.ladder.vcpuSteps !== undefined);
}

function tasksFor(scaling: ScalingConfig, capacity: Capacity): number {
  if ('linear' in scaling) {
    return linear(scaling.linear, capacity);
  }
  return 'ladder' in scaling ? ladder(scaling.ladder, capacity) : scaling.tasksPerInstance * capacity.instances;
}

function linear({ instancesPerTask, vcpusPerTask, preventSinglePointOfFailure }: LinearConfig, { instances, vcpus }: Capacity): number {
  const tasks = Math.max(quotientUp(instances, instancesPerTask), quotientUp(vcpus, vcpusPerTask));
  return preventSinglePointOfFailure && instances > 1 ? Math.max(2, tasks) : tasks;
}

/** Rounded up, but not over an error of binary fractions: 1.1 / 0.1 is 11. */
function quotientUp(resource: number | null, perTask: number | undefined): number {
  return resource === null || perTask === undefined ? 0 : Math.ceil(Number((resource / perTask).toPrecision(12)));
}

function ladder({ instanceSteps, vcpuSteps }: LadderConfig, { instances, vcpus }: Capacity): number {
  return Math.max(step(instances, instanceSteps), step(vcpus, vcpuSteps));
}

/** The task count of the last step that the resource has reached; below the first step, the first step's. */
function step(resource: number | null, steps: readonly ScalingStep[] | undefined): number {
  if (resource === null || steps === undefined) {
    return 0;
  }
  const descending = [...steps].sort((one, other) => other.threshold - one.threshold);
  return (descending.find(({ threshold }) => threshold <= resource) ?? descending.at(-1)!).taskCount;
}

/** Whether a change stops so many tasks that one reading isn't enough: to below half, which 0 always is. */
export function isDrasticCut(desiredCount: number, taskCount: number): boolean {
  return taskCount < desiredCount / 2;
}
