import { Cluster, ContainerInstance, Deployment, Resources, Service, Task } from './model';
import { Random } from './random';

/** The envelope that EventBridge delivers. */
export interface EventBridgeEvent {
  readonly 'version': '0';
  readonly 'id': string;
  readonly 'detail-type': string;
  readonly 'source': 'aws.ecs';
  readonly 'account': string;
  /** Whole seconds, UTC. */
  readonly 'time': string;
  readonly 'region': string;
  readonly 'resources': readonly string[];
  readonly 'detail': Record<string, any>;
}

/**
 * Which age of container-instance event to send. The fields have grown over the years, and rules and handlers must take all:
 * - `current`: long ARNs and every field.
 * - `2017`: short ARNs, no attributes yet at first registration, no task counts.
 * - `2016`: as documented then: short ARNs; no registration time, no task counts.
 * - `2016-minimal`: from a non-EC2 host: neither EC2 instance id nor attributes, empty version information.
 */
export type EventShape = 'current' | '2017' | '2016' | '2016-minimal';

export interface Place { readonly region: string; readonly accountId: string; readonly partition: string }

/** Builds envelopes. Ids come from a stream of their own, so the same seed gives the same bytes. */
export class EventFactory {
  constructor(private readonly place: Place, private readonly ids: Random) {}

  /** Source: "Amazon ECS container instance state change events", Amazon ECS Developer Guide. */
  public containerInstance(cluster: Cluster, instance: ContainerInstance, shape: EventShape, now: Date): EventBridgeEvent {
    const arn = shape === 'current' ? instance.arn : shortArn(instance.arn);
    return this.envelope('ECS Container Instance State Change', [arn], now, instanceDetail(cluster, instance, arn, shape));
  }

  /**
   * The service is known by `resources` alone: the detail names no cluster.
   *
   * Source: "Amazon ECS service deployment state change events", Amazon ECS Developer Guide.
   */
  public deployment(service: Service, deployment: Deployment, now: Date): EventBridgeEvent {
    const state = deployment.rolloutState;
    const outcome = { IN_PROGRESS: 'in progress', COMPLETED: 'completed', FAILED: 'failed: tasks failed to start' }[state];
    return this.envelope('ECS Deployment State Change', [service.arn], now, {
      eventType: state === 'FAILED' ? 'ERROR' : 'INFO',
      eventName: `SERVICE_DEPLOYMENT_${state}`,
      deploymentId: deployment.id,
      updatedAt: iso(deployment.updatedAt),
      reason: `ECS deployment ${deployment.id} ${outcome}.`,
    });
  }

  /** Source: "Amazon ECS task state change events", Amazon ECS Developer Guide. */
  public task(cluster: Cluster, task: Task, instance: ContainerInstance | undefined, now: Date): EventBridgeEvent {
    const zone = instance?.attributes.find(({ name }) => name === 'ecs.availability-zone')?.value;
    return this.envelope('ECS Task State Change', [task.arn], now, {
      attachments: [],
      ...(zone && { availabilityZone: zone }),
      clusterArn: cluster.arn,
      ...(instance && { containerInstanceArn: instance.arn }),
      containers: [],
      createdAt: iso(task.createdAt),
      cpu: String(task.needs.cpu),
      memory: String(task.needs.memory),
      desiredStatus: task.desiredStatus,
      group: task.group,
      lastStatus: task.lastStatus,
      launchType: task.launchType,
      overrides: { containerOverrides: [] },
      ...(task.startedAt !== undefined && { startedAt: iso(task.startedAt) }),
      ...(task.deploymentId && { startedBy: task.deploymentId }),
      ...(task.stoppedAt !== undefined && { stoppedAt: iso(task.stoppedAt) }),
      ...(task.stoppedReason && { stoppedReason: task.stoppedReason }),
      taskArn: task.arn,
      taskDefinitionArn: task.taskDefinition,
      updatedAt: iso(now.getTime()),
      version: task.version,
    });
  }

  public clone(): EventFactory {
    return new EventFactory(this.place, this.ids.clone());
  }

  private envelope(detailType: string, resources: string[], now: Date, detail: Record<string, any>): EventBridgeEvent {
    return {
      'version': '0',
      'id': this.ids.uuid(),
      'detail-type': detailType,
      'source': 'aws.ecs',
      'account': this.place.accountId,
      'time': `${now.toISOString().slice(0, 19)}Z`,
      'region': this.place.region,
      'resources': resources,
      'detail': detail,
    };
  }
}

function instanceDetail(cluster: Cluster, instance: ContainerInstance, arn: string, shape: EventShape): Record<string, any> {
  const common = {
    agentConnected: instance.agentConnected,
    clusterArn: cluster.arn,
    containerInstanceArn: arn,
    registeredResources: resourceList(instance.registered),
    remainingResources: resourceList(instance.remaining),
    status: instance.status,
    version: instance.version,
    updatedAt: iso(instance.updatedAt),
  };
  const counts = { runningTasksCount: instance.runningTasksCount, pendingTasksCount: instance.pendingTasksCount };
  const ec2 = instance.ec2InstanceId ? { ec2InstanceId: instance.ec2InstanceId } : {};
  switch (shape) {
    case 'current':
      return {
        ...common,
        ...counts,
        ...ec2,
        // The field is known from captures, its values aren't documented: this one is made up.
        accountType: 'AWS',
        agentUpdateStatus: 'UPDATED',
        attachments: [],
        attributes: instance.attributes,
        registeredAt: iso(instance.registeredAt),
        ...(instance.statusReason && { statusReason: instance.statusReason }),
        versionInfo: instance.versionInfo,
      };
    case '2017':
      return {
        ...common,
        ...ec2,
        attributes: instance.version === 1 ? [] : instance.attributes,
        registeredAt: iso(instance.registeredAt),
        versionInfo: instance.versionInfo,
      };
    case '2016':
      return { ...common, ...ec2, attributes: instance.attributes, versionInfo: instance.versionInfo };
    case '2016-minimal':
      return { ...common, ...counts, versionInfo: {} };
  }
}

/** Resources as events list them; DescribeContainerInstances adds zeros for the types a resource isn't of. */
export function resourceList(resources: Resources): object[] {
  return [
    { name: 'CPU', type: 'INTEGER', integerValue: resources.cpu },
    { name: 'MEMORY', type: 'INTEGER', integerValue: resources.memory },
    { name: 'PORTS', type: 'STRINGSET', stringSetValue: resources.ports },
    { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: resources.portsUdp },
  ];
}

/** The format before clusters were part of the ARN: `container-instance/ID`. */
const shortArn = (arn: string) => arn.replace(/\/.*\//, '/');

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
