import { Cluster, ContainerInstance, isExternal, Resources, Service, TaskDefinition } from './model';
import { evaluate, mentionsTaskGroup, QueryableInstance, QueryExpression } from './query-language';
import { parseQuery } from './validation';
import { World } from './world';

/*
 * Which container instances may hold a task, and in which order they are tried.
 *
 * Source: "How Amazon ECS places tasks on container instances" and its pages on constraints and strategies, Amazon ECS
 * Developer Guide.
 */

/** What the query language sees of an instance; groups are gathered only where the expression asks for them. */
export function queryable(instance: ContainerInstance, taskGroups: readonly string[] = []): QueryableInstance {
  return {
    agentConnected: instance.agentConnected,
    agentVersion: instance.versionInfo.agentVersion,
    attributes: instance.attributes,
    ec2InstanceId: instance.ec2InstanceId,
    registeredAt: instance.registeredAt,
    runningTasksCount: instance.runningTasksCount,
    taskGroups,
  };
}

/** A test of instances of the cluster against expressions that must all hold. */
export function matcher(cluster: Cluster, expressions: readonly QueryExpression[]): (instance: ContainerInstance) => boolean {
  const groups = new Map<string, string[]>();
  if (expressions.some(mentionsTaskGroup)) {
    for (const { instanceId, group } of cluster.tasks.values()) {
      if (instanceId !== undefined) groups.set(instanceId, [...groups.get(instanceId) ?? [], group]);
    }
  }
  return (instance) => {
    const view = queryable(instance, groups.get(instance.id));
    return expressions.every((expression) => evaluate(expression, view));
  };
}

/** The constraints, launch type or capacity providers of the service admit the instance, whatever its state and resources. */
export function admits(cluster: Cluster, service: Service, definition: TaskDefinition | undefined): (instance: ContainerInstance) => boolean {
  const constraints = [...service.placementConstraints, ...definition?.placementConstraints ?? []];
  const matches = matcher(cluster, constraints.flatMap(({ expression }) => (expression ? [parseQuery(expression)] : [])));
  const providers = service.capacityProviderStrategy.map(({ capacityProvider }) => capacityProvider);
  return (instance) => isExternal(instance) === (service.launchType === 'EXTERNAL')
    && (providers.length === 0 || providers.includes(instance.capacityProviderName ?? ''))
    && matches(instance);
}

/** New tasks start on ACTIVE instances with a connected agent and enough of everything. */
export function canHost({ status, agentConnected, remaining }: ContainerInstance, needs: Resources): boolean {
  return status === 'ACTIVE' && agentConnected
    && remaining.cpu >= needs.cpu && remaining.memory >= needs.memory
    && !needs.ports.some((port) => remaining.ports.includes(port))
    && !needs.portsUdp.some((port) => remaining.portsUdp.includes(port));
}

export const occupy = (remaining: Resources, needs: Resources): Resources => ({
  cpu: remaining.cpu - needs.cpu,
  memory: remaining.memory - needs.memory,
  ports: needs.ports.length ? [...remaining.ports, ...needs.ports] : remaining.ports,
  portsUdp: needs.portsUdp.length ? [...remaining.portsUdp, ...needs.portsUdp] : remaining.portsUdp,
});

export const release = (remaining: Resources, needs: Resources): Resources => ({
  cpu: remaining.cpu + needs.cpu,
  memory: remaining.memory + needs.memory,
  ports: remaining.ports.filter((port) => !needs.ports.includes(port)),
  portsUdp: remaining.portsUdp.filter((port) => !needs.portsUdp.includes(port)),
});

interface Candidate { readonly id: string; readonly group: Group; readonly rank: readonly number[] }
interface Group { tasks: number; readonly candidates: Candidate[] }

/**
 * The instances for the next tasks of a service, best first. Without a strategy tasks spread across Availability Zones, as ECS
 * does. The first rule groups the instances where it spreads over an attribute (a later rule of that kind is ignored); the
 * others rank them within a group.
 */
export class Placer {
  private readonly groups = new Map<string, Group>();
  private readonly tasksOn = new Map<string, number>();
  private readonly distinct: boolean;

  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
    private readonly service: Service,
    private readonly needs: Resources,
    instances: readonly ContainerInstance[],
  ) {
    this.distinct = service.placementConstraints.some(({ type }) => type === 'distinctInstance');
    for (const { serviceName, instanceId } of cluster.tasks.values()) {
      if (serviceName === service.name && instanceId !== undefined) this.tasksOn.set(instanceId, this.count(instanceId) + 1);
    }
    for (const instance of instances) this.add(instance);
    for (const { candidates } of this.groups.values()) candidates.sort(worstFirst);
  }

  /** The instance for one more task, or undefined where none will do. */
  public next(): ContainerInstance | undefined {
    for (;;) {
      let best: Group | undefined;
      for (const group of this.groups.values()) {
        if (group.candidates.length > 0 && (!best || group.tasks < best.tasks)) best = group;
      }
      const candidate = best?.candidates.pop();
      if (!candidate) return undefined;
      const instance = this.cluster.instances.get(candidate.id)!;
      // One that can't take this task can't take the next, equal one either: it isn't put back.
      if (!canHost(instance, this.needs) || this.distinct && this.count(instance.id) > 0) continue;
      return instance;
    }
  }

  /** To be told after the task is there, with the instance's new record. */
  public placed(instance: ContainerInstance): void {
    this.tasksOn.set(instance.id, this.count(instance.id) + 1);
    const group = this.groups.get(this.groupKey(instance))!;
    group.tasks++;
    const candidate = { id: instance.id, group, rank: this.rank(instance) };
    let [low, high] = [0, group.candidates.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (worstFirst(group.candidates[middle], candidate) < 0) low = middle + 1;
      else high = middle;
    }
    group.candidates.splice(low, 0, candidate);
  }

  private add(instance: ContainerInstance): void {
    const key = this.groupKey(instance);
    const group = this.groups.get(key) ?? { tasks: 0, candidates: [] };
    this.groups.set(key, group);
    group.tasks += this.count(instance.id);
    if (canHost(instance, this.needs)) group.candidates.push({ id: instance.id, group, rank: this.rank(instance) });
  }

  private groupKey(instance: ContainerInstance): string {
    const first = this.service.placementStrategy[0] ?? { type: 'spread', field: 'attribute:ecs.availability-zone' };
    if (first.type !== 'spread' || !first.field?.startsWith('attribute:')) return '';
    const attribute = first.field.slice('attribute:'.length);
    return instance.attributes.find(({ name }) => name === attribute)?.value ?? '';
  }

  private rank(instance: ContainerInstance): number[] {
    const ranks = this.service.placementStrategy.map(({ type, field }) => {
      if (type === 'random') return this.world.scheduling.next();
      if (type === 'binpack') return field?.toLowerCase() === 'cpu' ? instance.remaining.cpu : instance.remaining.memory;
      return field?.startsWith('attribute:') ? 0 : this.count(instance.id);
    });
    return [...ranks, this.count(instance.id), instance.sequence];
  }

  private count(instanceId: string): number {
    return this.tasksOn.get(instanceId) ?? 0;
  }
}

/** Best last, where it is cheap to take. */
function worstFirst(left: Candidate, right: Candidate): number {
  for (let index = 0; index < left.rank.length; index++) {
    const difference = right.rank[index] - left.rank[index];
    if (difference !== 0) return difference;
  }
  return 0;
}
