import { Token } from 'aws-cdk-lib';
import { ScalingConfig } from './contract';

/**
 * Properties of `TaskScaling.linear`: at least one of the two ratios.
 */
export interface LinearScalingProps {
  /**
   * Container instances for each task: a number above 0, fractions allowed.
   *
   * @default - instances don't matter
   */
  readonly instancesPerTask?: number;

  /**
   * vCPUs of the eligible container instances for each task: a number above 0, fractions allowed. An instance's vCPUs are its
   * registered CPU units / 1024.
   *
   * @default - vCPUs don't matter
   */
  readonly vcpusPerTask?: number;

  /**
   * Whether to run at least 2 tasks where there is more than one instance.
   *
   * @default false
   */
  readonly preventSinglePointOfFailure?: boolean;
}

/**
 * A step of `TaskScaling.ladder`.
 */
export interface ScalingStep {
  /**
   * The instances or vCPUs from which on the step holds: a number of at least 0, fractions allowed.
   */
  readonly threshold: number;

  /**
   * The tasks to run then: a whole number of at least 0.
   */
  readonly taskCount: number;
}

/**
 * Properties of `TaskScaling.ladder`: at least one of the two ladders.
 */
export interface LadderScalingProps {
  /**
   * Steps by container instances, in any order, no threshold twice.
   *
   * @default - instances don't matter
   */
  readonly instanceSteps?: ScalingStep[];

  /**
   * Steps by vCPUs of the eligible container instances (registered CPU units / 1024), in any order, no threshold twice.
   *
   * @default - vCPUs don't matter
   */
  readonly vcpuSteps?: ScalingStep[];
}

/**
 * How many tasks a service runs for what its cluster has. `minTaskCount` and `maxTaskCount` bound what comes out.
 */
export class TaskScaling {
  /**
   * A fixed number of tasks for each eligible container instance: `count` × instances.
   *
   * @param count Tasks for each instance: a whole number of at least 1.
   * @throws Error if `count` is no whole number of at least 1.
   */
  public static tasksPerInstance(count: number): TaskScaling {
    check('tasksPerInstance', count, isWholeFrom(1), 'a whole number of at least 1. '
      + 'For less than one task per instance use TaskScaling.linear; to pause a service, set enabled: false or tag it daemon-service-autoscaler:suspended = true');
    return new TaskScaling({ tasksPerInstance: count });
  }

  /**
   * One task for so many instances or vCPUs: the larger of ⌈instances / instancesPerTask⌉ and ⌈vCPUs / vcpusPerTask⌉.
   *
   * @example
   * // 40 instances with 1,600 vCPUs in all run 7 tasks
   * TaskScaling.linear({ instancesPerTask: 16, vcpusPerTask: 256, preventSinglePointOfFailure: true });
   *
   * @param props The ratios.
   * @throws Error if no ratio is given or one isn't above 0.
   */
  public static linear(props: LinearScalingProps): TaskScaling {
    const { instancesPerTask, vcpusPerTask, preventSinglePointOfFailure } = props;
    if (instancesPerTask === undefined && vcpusPerTask === undefined) {
      throw new Error('TaskScaling.linear: received no ratio, expected instancesPerTask, vcpusPerTask or both');
    }
    for (const [name, ratio] of Object.entries({ instancesPerTask, vcpusPerTask })) {
      check(`linear: ${name}`, ratio, (value) => Number.isFinite(value) && value > 0, 'a number above 0');
    }
    return new TaskScaling({ linear: { instancesPerTask, vcpusPerTask, preventSinglePointOfFailure } });
  }

  /**
   * The task count of the last step that the instances or vCPUs have reached, or of the first step below that one. With both
   * ladders, the larger count.
   *
   * @example
   * // 2 tasks, and from 20 instances on 5
   * TaskScaling.ladder({ instanceSteps: [{ threshold: 1, taskCount: 2 }, { threshold: 20, taskCount: 5 }] });
   *
   * @param props The ladders.
   * @throws Error if no step is given, a threshold is there twice or below 0, or a task count is no whole number of at least 0.
   */
  public static ladder(props: LadderScalingProps): TaskScaling {
    const { instanceSteps, vcpuSteps } = props;
    if (instanceSteps === undefined && vcpuSteps === undefined) {
      throw new Error('TaskScaling.ladder: received no ladder, expected instanceSteps, vcpuSteps or both');
    }
    return new TaskScaling({ ladder: { instanceSteps: checkSteps('instanceSteps', instanceSteps), vcpuSteps: checkSteps('vcpuSteps', vcpuSteps) } });
  }

  private constructor(private readonly config: ScalingConfig) {}

  /**
   * What the reconciler is told.
   *
   * @internal
   */
  public _render(): ScalingConfig {
    return this.config;
  }

  /**
   * Whether the instances' registered CPU must be known.
   *
   * @internal
   */
  public _countsVcpus(): boolean {
    return 'linear' in this.config ? this.config.linear.vcpusPerTask !== undefined
      : 'ladder' in this.config && this.config.ladder.vcpuSteps !== undefined;
  }

  /**
   * Tasks for each instance, where that is one number however large the cluster is.
   *
   * @internal
   */
  public _tasksPerInstance(): number | undefined {
    if ('tasksPerInstance' in this.config) {
      return this.config.tasksPerInstance;
    }
    const { instancesPerTask, vcpusPerTask } = 'linear' in this.config ? this.config.linear : {};
    return instancesPerTask !== undefined && vcpusPerTask === undefined ? 1 / instancesPerTask : undefined;
  }

  /**
   * Whether another instance may always ask for another task, so that with tasks that start instances there is no end.
   *
   * @internal
   */
  public _mayLoop(): boolean {
    if ('tasksPerInstance' in this.config) {
      return true;
    }
    const perInstance = this._tasksPerInstance();
    return perInstance !== undefined ? perInstance >= 1 : 'linear' in this.config;
  }
}

function isWholeFrom(least: number): (value: number) => boolean {
  return (value) => Number.isSafeInteger(value) && value >= least;
}

function check(name: string, value: number | undefined, isAllowed: (value: number) => boolean, allowed: string): void {
  if (value !== undefined && !Token.isUnresolved(value) && !isAllowed(value)) {
    throw new Error(`TaskScaling.${name}: received ${value}, expected ${allowed}`);
  }
}

function checkSteps(name: string, steps: ScalingStep[] | undefined): ScalingStep[] | undefined {
  if (steps === undefined) {
    return undefined;
  }
  if (steps.length === 0) {
    throw new Error(`TaskScaling.ladder: ${name}: received no step, expected at least one`);
  }
  steps.forEach((step, index) => {
    check(`ladder: ${name}[${index}].threshold`, step.threshold, (value) => Number.isFinite(value) && value >= 0, 'a number of at least 0');
    check(`ladder: ${name}[${index}].taskCount`, step.taskCount, isWholeFrom(0), 'a whole number of at least 0');
  });
  const thresholds = steps.map((step) => step.threshold);
  const twice = thresholds.find((threshold, index) => thresholds.indexOf(threshold) < index);
  if (twice !== undefined) {
    throw new Error(`TaskScaling.ladder: ${name}: received the threshold ${twice} twice, expected each once`);
  }
  return steps.map(({ threshold, taskCount }) => ({ threshold, taskCount }));
}
