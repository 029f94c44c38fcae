/**
 * What the constructs and the reconciler must agree on. Imports nothing, so that neither side pulls in the other:
 * the constructs never load the AWS SDK, and the bundle never loads aws-cdk-lib.
 */

/** The function's only environment variable: a `ReconcilerConfig` as JSON. */
export const CONFIG_VARIABLE = 'RECONCILER_CONFIG';

/** How many tasks a service should run for what its cluster has. */
export interface ScalingConfig {
  /** Tasks for each eligible container instance: a whole number of at least 1. */
  readonly tasksPerInstance: number;
}

/** One managed service. */
export interface ServiceConfig {
  readonly serviceArn: string;
  readonly scaling: ScalingConfig;
  /** Lower bound of the desired count, 0 where absent. */
  readonly minTaskCount?: number;
  /** Upper bound of the desired count, none where absent. */
  readonly maxTaskCount?: number;
  /** Cluster query language expression, ANDed with the service's own `memberOf` constraints. */
  readonly instanceFilter?: string;
  /** Whether DRAINING instances count too. */
  readonly countDrainingInstances?: boolean;
}

/** What the construct tells the reconciler. */
export interface ReconcilerConfig {
  readonly clusterArn: string;
  readonly services: ServiceConfig[];
  /** Decide and log, but write nothing. */
  readonly dryRun?: boolean;
}

/** The value `true` of this tag on a service suspends its scaling. */
export const SUSPENDED_TAG = 'daemon-service-autoscaler:suspended';

/** What the handler can be asked for by hand; the resync asks for `reconcile`. */
export type Action = 'reconcile' | 'plan';

/** The input that makes the reconciler look at everything it manages. */
export const RECONCILE_INPUT: { readonly action: Action } = { action: 'reconcile' };

/** Events that wake the reconciler: `source` and `detail-type`. */
export const CONTAINER_INSTANCE_EVENT = { source: 'aws.ecs', detailType: 'ECS Container Instance State Change' } as const;
export const DEPLOYMENT_EVENT = { source: 'aws.ecs', detailType: 'ECS Deployment State Change' } as const;
export const STACK_EVENT = { source: 'aws.cloudformation', detailType: 'CloudFormation Stack Status Change' } as const;
