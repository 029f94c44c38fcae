import { Token } from 'aws-cdk-lib';
import { ScalingConfig } from './contract';

/**
 * How many tasks a service runs for what its cluster has.
 */
export class TaskScaling {
  /**
   * A fixed number of tasks for each eligible container instance: `count` × instances.
   *
   * @param count Tasks for each instance: a whole number of at least 1.
   * @throws Error if `count` is no whole number of at least 1.
   */
  public static tasksPerInstance(count: number): TaskScaling {
    if (!Token.isUnresolved(count) && (!Number.isSafeInteger(count) || count < 1)) {
      throw new Error(`TaskScaling.tasksPerInstance: received ${count}, expected a whole number of at least 1. `
        + 'To pause a service, set enabled: false or tag it daemon-service-autoscaler:suspended = true.');
    }
    return new TaskScaling({ tasksPerInstance: count });
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
   * Whether exactly one task should run on each instance.
   *
   * @internal
   */
  public _isOnePerInstance(): boolean {
    return this.config.tasksPerInstance === 1;
  }
}
