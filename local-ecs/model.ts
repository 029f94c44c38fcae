/*
 * The state of one account and Region. Records are immutable: a change replaces the record, so a copy of the state copies
 * maps only, and a stale read is just an older copy.
 */

export interface Tag { readonly key: string; readonly value: string }
export interface Attribute { readonly name: string; readonly value?: string }

export type InstanceStatus = 'REGISTERING' | 'REGISTRATION_FAILED' | 'ACTIVE' | 'DRAINING' | 'DEREGISTERING' | 'INACTIVE';
export const INSTANCE_STATUSES: readonly InstanceStatus[] =
  ['REGISTERING', 'REGISTRATION_FAILED', 'ACTIVE', 'DRAINING', 'DEREGISTERING', 'INACTIVE'];

/** CPU in units (1,024 a vCPU), memory in MiB, ports in use. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  readonly ports: readonly string[];
  readonly portsUdp: readonly string[];
}

export interface VersionInfo { readonly agentVersion?: string; readonly agentHash?: string; readonly dockerVersion?: string }

export interface ContainerInstance {
  readonly id: string;
  readonly arn: string;
  /** Grows with each registration: the order of listings and the cursor of their tokens. */
  readonly sequence: number;
  readonly ec2InstanceId?: string;
  readonly capacityProviderName?: string;
  readonly status: InstanceStatus;
  readonly statusReason?: string;
  readonly agentConnected: boolean;
  readonly versionInfo: VersionInfo;
  readonly attributes: readonly Attribute[];
  readonly registered: Resources;
  readonly remaining: Resources;
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  /** Grows with each change. */
  readonly version: number;
  readonly registeredAt: number;
  readonly updatedAt: number;
  readonly tags: readonly Tag[];
}

export interface PlacementConstraint { readonly type: 'distinctInstance' | 'memberOf'; readonly expression?: string }
export interface PlacementStrategy { readonly type: 'random' | 'spread' | 'binpack'; readonly field?: string }
export interface CapacityProviderStrategyItem { readonly capacityProvider: string; readonly weight?: number; readonly base?: number }

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

export interface Deployment {
  readonly id: string;
  readonly taskDefinition: string;
  readonly rolloutState: RolloutState;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ServiceEvent { readonly id: string; readonly createdAt: number; readonly message: string }

export interface Service {
  readonly name: string;
  readonly arn: string;
  readonly sequence: number;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly desiredCount: number;
  readonly taskDefinition?: string;
  readonly launchType?: 'EC2' | 'FARGATE' | 'EXTERNAL';
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly placementStrategy: readonly PlacementStrategy[];
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly deploymentController: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  readonly deploymentConfiguration: object;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly tags: readonly Tag[];
  readonly createdAt: number;
  /** The primary deployment first. */
  readonly deployments: readonly Deployment[];
  /** Newest first, at most 100, as DescribeServices shows them. */
  readonly events: readonly ServiceEvent[];
  /** The desired count fell since the scheduler last looked. */
  readonly scaleIn: boolean;
}

export interface Task {
  readonly id: string;
  readonly arn: string;
  readonly sequence: number;
  readonly group: string;
  readonly serviceName?: string;
  readonly deploymentId?: string;
  readonly taskDefinition: string;
  readonly launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** Absent for FARGATE. */
  readonly instanceId?: string;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly stoppedReason?: string;
  readonly version: number;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly needs: Resources;
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly needs: Resources;
  /** As registered: what RegisterTaskDefinition echoes. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Cluster {
  readonly name: string;
  readonly arn: string;
  readonly sequence: number;
  status: 'ACTIVE' | 'INACTIVE';
  tags: readonly Tag[];
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly settings: readonly object[];
  /** All but INACTIVE ones, by id, in order of registration. */
  readonly instances: Map<string, ContainerInstance>;
  /** Deregistered ones stay describable for a while ("remain discoverable"); the newest 100 here. */
  readonly inactiveInstances: Map<string, ContainerInstance>;
  readonly services: Map<string, Service>;
  /** All but STOPPED ones. */
  readonly tasks: Map<string, Task>;
  /** The newest 100; ECS shows them for about an hour. */
  readonly stoppedTasks: Map<string, Task>;
}

export interface State {
  readonly clusters: Map<string, Cluster>;
  /** By `family:revision`. */
  readonly taskDefinitions: Map<string, TaskDefinition>;
  /** The newest revision of each family. */
  readonly revisions: Map<string, number>;
  /** The last sequence number given out: the order of listings. */
  sequence: number;
}

export const emptyState = (): State => ({ clusters: new Map(), taskDefinitions: new Map(), revisions: new Map(), sequence: 0 });

export function copyState(state: State): State {
  const clusters = new Map<string, Cluster>();
  for (const [name, cluster] of state.clusters) {
    clusters.set(name, {
      ...cluster,
      instances: new Map(cluster.instances),
      inactiveInstances: new Map(cluster.inactiveInstances),
      services: new Map(cluster.services),
      tasks: new Map(cluster.tasks),
      stoppedTasks: new Map(cluster.stoppedTasks),
    });
  }
  return { clusters, taskDefinitions: new Map(state.taskDefinitions), revisions: new Map(state.revisions), sequence: state.sequence };
}

/** Adds to a map that keeps only its newest entries. */
export function remember<T>(map: Map<string, T>, key: string, value: T, limit = 100): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > limit) map.delete(map.keys().next().value!);
}

export const EXTERNAL_ATTRIBUTE = 'ecs.capability.external';

/** ECS Anywhere hosts carry this attribute; tasks of launch type EC2 don't run there. */
export const isExternal = (instance: ContainerInstance) => instance.attributes.some(({ name }) => name === EXTERNAL_ATTRIBUTE);
