import { Clock } from './clock';
import { clusterNotFound, invalidParameter } from './errors';
import { EventBridgeEvent, EventFactory, EventShape, Place } from './events';
import { Cluster, ContainerInstance, Deployment, remember, Service, State, Task } from './model';
import { Random } from './random';

/** What actions and the scheduler work on: the state, and the changes to it that also send events. */
export interface World {
  readonly place: Place;
  readonly clock: Clock;
  readonly state: State;
  readonly ids: Random;
  readonly scheduling: Random;
  readonly faults: Random;
  readonly shortPageProbability: number;
  readonly eventShape: EventShape;
  /** True where someone listens; events that nobody hears aren't built. */
  readonly listening: boolean;
  readonly eventFactory: EventFactory;
  deliver(event: EventBridgeEvent): void;
}

export const arn = (world: World, resource: string) =>
  `arn:${world.place.partition}:ecs:${world.place.region}:${world.place.accountId}:${resource}`;

export const nowMs = (world: World) => world.clock.now().getTime();

/** The resource part of an ARN of this account and Region; a plain name stays as it is. */
export function resourceOf(world: World, identifier: string): string {
  if (!identifier.startsWith('arn:')) return identifier;
  const prefix = arn(world, '');
  if (!identifier.startsWith(prefix)) throw invalidParameter(`Invalid identifier: ${identifier} is not an ECS resource of this account and Region.`);
  return identifier.slice(prefix.length);
}

/** A cluster by name or ARN, `default` where absent: every action's `cluster` parameter. */
export function findCluster(world: World, identifier: string | undefined, state = world.state): Cluster {
  const cluster = state.clusters.get(clusterName(world, identifier ?? 'default'));
  if (!cluster || cluster.status !== 'ACTIVE') throw clusterNotFound();
  return cluster;
}

export const clusterName = (world: World, identifier: string) => resourceOf(world, identifier).replace(/^cluster\//, '');

/** An id from an id, a long ARN of this cluster (`kind/CLUSTER/ID`) or a short one (`kind/ID`); undefined where it is another's. */
export function idWithin(world: World, cluster: Cluster, kind: string, identifier: string): string | undefined {
  const parts = resourceOf(world, identifier).split('/');
  if (parts.length === 1) return parts[0];
  if (parts[0] !== kind) return undefined;
  if (parts.length === 2) return parts[1];
  return parts.length === 3 && parts[1] === cluster.name ? parts[2] : undefined;
}

export function findInstance(world: World, cluster: Cluster, identifier: string): ContainerInstance | undefined {
  const id = idWithin(world, cluster, 'container-instance', identifier);
  return id === undefined ? undefined : cluster.instances.get(id);
}

export function findService(world: World, cluster: Cluster, identifier: string): Service | undefined {
  const name = idWithin(world, cluster, 'service', identifier);
  return name === undefined ? undefined : cluster.services.get(name);
}

/** Replaces the instance's record, raises its version and sends the event. */
export function changeInstance(
  world: World, cluster: Cluster, instance: ContainerInstance, change: Partial<ContainerInstance>,
): ContainerInstance {
  const changed = { ...instance, ...change, version: instance.version + 1, updatedAt: nowMs(world) };
  if (changed.status === 'INACTIVE') {
    cluster.instances.delete(instance.id);
    remember(cluster.inactiveInstances, instance.id, changed);
  } else {
    cluster.instances.set(instance.id, changed);
  }
  announceInstance(world, cluster, changed);
  return changed;
}

export function announceInstance(world: World, cluster: Cluster, instance: ContainerInstance): void {
  if (world.listening) world.deliver(world.eventFactory.containerInstance(cluster, instance, world.eventShape, world.clock.now()));
}

export function changeTask(world: World, cluster: Cluster, task: Task, change: Partial<Task>): Task {
  const changed = { ...task, ...change, version: task.version + 1 };
  if (changed.lastStatus === 'STOPPED') {
    cluster.tasks.delete(task.id);
    remember(cluster.stoppedTasks, task.id, changed);
  } else {
    cluster.tasks.set(task.id, changed);
  }
  announceTask(world, cluster, changed);
  return changed;
}

export function announceTask(world: World, cluster: Cluster, task: Task): void {
  if (!world.listening) return;
  const instance = task.instanceId === undefined ? undefined
    : cluster.instances.get(task.instanceId) ?? cluster.inactiveInstances.get(task.instanceId);
  world.deliver(world.eventFactory.task(cluster, task, instance, world.clock.now()));
}

export function announceDeployment(world: World, service: Service, deployment: Deployment): void {
  if (world.listening) world.deliver(world.eventFactory.deployment(service, deployment, world.clock.now()));
}

/** Adds a service event, as DescribeServices shows them: newest first, the last 100; not the same message twice in a row. */
export function noteEvent(world: World, cluster: Cluster, service: Service, text: string): Service {
  const message = `(service ${service.name}) ${text}`;
  if (service.events[0]?.message === message) return service;
  const event = { id: world.ids.uuid(), createdAt: nowMs(world), message };
  const noted = { ...service, events: [event, ...service.events.slice(0, 99)] };
  cluster.services.set(service.name, noted);
  return noted;
}
