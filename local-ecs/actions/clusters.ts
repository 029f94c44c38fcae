import { EcsApiError, invalidParameter } from '../errors';
import { CapacityProviderStrategyItem, Cluster, State } from '../model';
import { Input, optionalInteger, optionalObjects, optionalString, optionalStrings, readTags, requiredString } from '../validation';
import { arn, clusterName, findCluster, World } from '../world';
import { page } from './paging';

/** Names: "CreateCluster", Amazon ECS API Reference. Creating an existing cluster answers with it. */
export function createCluster(world: World, input: Input): object {
  const name = optionalString(input, 'clusterName') ?? 'default';
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalidParameter(`Invalid cluster name '${name}'.`);
  const existing = world.state.clusters.get(name);
  if (existing?.status === 'ACTIVE') return { cluster: clusterOutput(existing, ['TAGS', 'SETTINGS']) };
  const cluster: Cluster = {
    name,
    arn: arn(world, `cluster/${name}`),
    sequence: ++world.state.sequence,
    status: 'ACTIVE',
    tags: readTags(input),
    capacityProviders: optionalStrings(input, 'capacityProviders') ?? [],
    defaultCapacityProviderStrategy: readCapacityProviderStrategy(input, 'defaultCapacityProviderStrategy') ?? [],
    settings: optionalObjects(input, 'settings') ?? [],
    instances: new Map(),
    inactiveInstances: new Map(),
    services: new Map(),
    tasks: new Map(),
    stoppedTasks: new Map(),
  };
  world.state.clusters.delete(name);
  world.state.clusters.set(name, cluster);
  return { cluster: clusterOutput(cluster, ['TAGS', 'SETTINGS']) };
}

/** A deleted cluster stays describable as INACTIVE; every other action says ClusterNotFoundException. */
export function deleteCluster(world: World, input: Input): object {
  const cluster = findCluster(world, requiredString(input, 'cluster'));
  const refuse = (code: string, what: string) => new EcsApiError(code, `The Cluster cannot be deleted while ${what} are active.`);
  if (cluster.instances.size > 0) throw refuse('ClusterContainsContainerInstancesException', 'Container Instances');
  if ([...cluster.services.values()].some(({ status }) => status !== 'INACTIVE')) throw refuse('ClusterContainsServicesException', 'Services');
  if (cluster.tasks.size > 0) throw refuse('ClusterContainsTasksException', 'Tasks');
  cluster.status = 'INACTIVE';
  return { cluster: clusterOutput(cluster, []) };
}

export function describeClusters(world: World, input: Input, state: State): object {
  const identifiers = optionalStrings(input, 'clusters') ?? [];
  if (identifiers.length > 100) throw invalidParameter(`clusters can have at most 100 entries, got ${identifiers.length}.`);
  const include = optionalStrings(input, 'include') ?? [];
  const clusters: object[] = [];
  const failures: object[] = [];
  for (const identifier of identifiers.length > 0 ? identifiers : ['default']) {
    const name = clusterName(world, identifier);
    const cluster = state.clusters.get(name);
    if (cluster) clusters.push(clusterOutput(cluster, include));
    else failures.push({ arn: arn(world, `cluster/${name}`), reason: 'MISSING' });
  }
  return { clusters, failures };
}

export function listClusters(world: World, input: Input, state: State): object {
  const { items, nextToken } = page(world, input, ['clusters'], state.clusters.values(), ({ status }) => status === 'ACTIVE');
  return { clusterArns: items.map((cluster) => cluster.arn), ...(nextToken && { nextToken }) };
}

export function readCapacityProviderStrategy(input: Input, name: string): CapacityProviderStrategyItem[] | undefined {
  return optionalObjects(input, name)?.map((item) => ({
    capacityProvider: requiredString(item, 'capacityProvider'),
    weight: optionalInteger(item, 'weight', 0, 1000) ?? 0,
    base: optionalInteger(item, 'base', 0, 100_000) ?? 0,
  }));
}

function clusterOutput(cluster: Cluster, include: readonly string[]): object {
  const tasks = [...cluster.tasks.values()];
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    // "This includes container instances in both ACTIVE and DRAINING status": Cluster, Amazon ECS API Reference.
    registeredContainerInstancesCount: [...cluster.instances.values()].filter(({ status }) => status === 'ACTIVE' || status === 'DRAINING').length,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'PENDING').length,
    activeServicesCount: [...cluster.services.values()].filter(({ status }) => status === 'ACTIVE').length,
    statistics: [],
    tags: include.includes('TAGS') ? cluster.tags : [],
    settings: include.includes('SETTINGS') ? cluster.settings : [],
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
  };
}
