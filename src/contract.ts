/**
 * What the constructs and the reconciler must agree on. Imports nothing, so that neither side pulls in the other:
 * the constructs never load the AWS SDK, and the bundle never loads aws-cdk-lib.
 */

/** The function's only environment variable: a `ReconcilerConfig` as JSON. */
export const CONFIG_VARIABLE = 'RECONCILER_CONFIG';

/** From this much of the resource on, this many tasks. */
export interface ScalingStep {
  /** Instances or vCPUs: at least 0, fractions allowed. */
  readonly threshold: number;
  /** A whole number of at least 0. */
  readonly taskCount: number;
}

/** How many tasks a service should run for what its cluster has. */
export type ScalingConfig =
  | { readonly tasksPerInstance: number }
  | { readonly linear: LinearConfig }
  | { readonly ladder: LadderConfig };

/** At least one of the ratios, each above 0, fractions allowed; the one that asks for more tasks decides. */
export interface LinearConfig {
  readonly instancesPerTask?: number;
  readonly vcpusPerTask?: number;
  /** At least 2 tasks where there is more than one instance. */
  readonly preventSinglePointOfFailure?: boolean;
}

/** At least one ladder, with at least one step each and no threshold twice; the one that asks for more tasks decides. */
export interface LadderConfig {
  readonly instanceSteps?: readonly ScalingStep[];
  readonly vcpuSteps?: readonly ScalingStep[];
}

/** How one service scales. */
export interface ServiceScalingConfig {
  readonly scaling: ScalingConfig;
  /** Lower bound of the desired count, 0 where absent. */
  readonly minTaskCount?: number;
  /** Upper bound of the desired count, none where absent. */
  readonly maxTaskCount?: number;
  /** Cluster query language expressions that must all hold, beside the service's own `memberOf` constraints. */
  readonly instanceFilters?: readonly string[];
  /** Whether DRAINING instances count too. */
  readonly countDrainingInstances?: boolean;
  /** Only instances of these capacity providers count. */
  readonly capacityProviderNames?: readonly string[];
}

/** One managed service of a known cluster. */
export interface ServiceConfig extends ServiceScalingConfig {
  readonly serviceArn: string;
}

/** Services of one cluster. */
export interface ClusterConfig {
  readonly clusterArn: string;
  readonly services: readonly ServiceConfig[];
  /** Decide and log, but write nothing. */
  readonly dryRun?: boolean;
}

/** The services of one name, in all clusters of the account and Region or in those listed. */
export interface FleetConfig {
  readonly fleet: ServiceScalingConfig & {
    readonly serviceName: string;
    /** What the ARNs of this account's and Region's clusters begin with, up to and with the slash. */
    readonly clusterArnPrefix: string;
    readonly clusterArns?: readonly string[];
  };
  readonly dryRun?: boolean;
}

/** What the construct tells the reconciler. */
export type ReconcilerConfig = ClusterConfig | FleetConfig;

/** Capacity providers without container instances. */
export const FARGATE_PROVIDERS: readonly string[] = ['FARGATE', 'FARGATE_SPOT'];

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
