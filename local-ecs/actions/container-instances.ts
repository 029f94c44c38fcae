import { invalidParameter } from '../errors';
import { resourceList } from '../events';
import { ContainerInstance, INSTANCE_STATUSES, InstanceStatus, Resources, State, VersionInfo } from '../model';
import { matcher } from '../placement';
import { taskStopped } from '../scheduler';
import {
  Input, optionalBoolean, optionalInteger, optionalObject, optionalObjects, optionalOneOf, optionalString, optionalStrings, parseQuery,
  readAttributes, readTags, requiredString, requiredStrings,
} from '../validation';
import { announceInstance, arn, changeInstance, findCluster, findInstance, idWithin, nowMs, World } from '../world';
import { page } from './paging';

/** What the host and the agent themselves use: SSH, Docker, introspection and credentials endpoints. */
const RESERVED_PORTS = ['22', '2375', '2376', '51678', '51679'];

/**
 * The agent's own call. The EC2 instance id comes from `instanceIdentityDocument` (JSON text with `instanceId`). Two fields go
 * beyond AWS's input, because the endpoint knows them from elsewhere: `capacityProviderName` (of the Auto Scaling group) and
 * `status` REGISTERING (an instance that still attaches a trunk network interface).
 */
export function registerContainerInstance(world: World, input: Input): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'));
  const again = optionalString(input, 'containerInstanceArn');
  if (again !== undefined) {
    const known = findInstance(world, cluster, again);
    if (!known) throw invalidParameter('The container instance to register again was not found.');
    const versionInfo = { ...known.versionInfo, ...readVersionInfo(input) };
    return { containerInstance: instanceOutput(changeInstance(world, cluster, known, { agentConnected: true, versionInfo }), ['TAGS']) };
  }
  const id = world.ids.hex(32);
  const resources = readResources(input);
  const instance: ContainerInstance = {
    id,
    arn: arn(world, `container-instance/${cluster.name}/${id}`),
    sequence: ++world.state.sequence,
    ec2InstanceId: readInstanceId(input),
    capacityProviderName: optionalString(input, 'capacityProviderName'),
    status: optionalOneOf(input, 'status', ['ACTIVE', 'REGISTERING']) ?? 'ACTIVE',
    agentConnected: true,
    versionInfo: readVersionInfo(input),
    attributes: readAttributes(input),
    registered: resources,
    remaining: resources,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    version: 1,
    registeredAt: nowMs(world),
    updatedAt: nowMs(world),
    tags: readTags(input),
  };
  cluster.instances.set(id, instance);
  announceInstance(world, cluster, instance);
  return { containerInstance: instanceOutput(instance, ['TAGS']) };
}

/** Without `force` an instance with tasks stays. With it ECS forgets the tasks, and their services start others elsewhere. */
export function deregisterContainerInstance(world: World, input: Input): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'));
  const instance = findInstance(world, cluster, requiredString(input, 'containerInstance'));
  if (!instance) throw invalidParameter('Referenced container instance not found.');
  const tasks = [...cluster.tasks.values()].filter(({ instanceId }) => instanceId === instance.id);
  if (tasks.length > 0 && !optionalBoolean(input, 'force')) throw invalidParameter('Found running tasks on the instance.');
  for (const task of tasks) taskStopped(world, cluster, task, 'Container instance deregistration forced');
  const left = cluster.instances.get(instance.id)!;
  const gone = changeInstance(world, cluster, left, { status: 'INACTIVE', agentConnected: false });
  return { containerInstance: instanceOutput(gone, []) };
}

/** At most 10 instances a call, to ACTIVE or DRAINING, from ACTIVE or DRAINING: "UpdateContainerInstancesState", API Reference. */
export function updateContainerInstancesState(world: World, input: Input): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'));
  const identifiers = requiredStrings(input, 'containerInstances', 10);
  const status = optionalOneOf<InstanceStatus>(input, 'status', ['ACTIVE', 'DRAINING']);
  if (!status) throw invalidParameter('status cannot be empty.');
  const containerInstances: object[] = [];
  const failures: object[] = [];
  for (const identifier of identifiers) {
    const instance = findInstance(world, cluster, identifier);
    const id = idWithin(world, cluster, 'container-instance', identifier);
    if (!instance || !id) {
      const inactive = id !== undefined && cluster.inactiveInstances.has(id);
      failures.push({ arn: instanceArn(world, cluster.name, identifier), reason: inactive ? 'INACTIVE' : 'MISSING' });
    } else if (instance.status !== 'ACTIVE' && instance.status !== 'DRAINING') {
      throw invalidParameter(`A container instance in status ${instance.status} can't be set to ${status}.`);
    } else {
      const changed = instance.status === status ? instance : changeInstance(world, cluster, instance, { status });
      containerInstances.push(instanceOutput(changed, []));
    }
  }
  return { containerInstances, failures };
}

/** Without a status: all states but INACTIVE. */
export function listContainerInstances(world: World, input: Input, state: State): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'), state);
  const filter = optionalString(input, 'filter');
  const status = optionalOneOf(input, 'status', INSTANCE_STATUSES.filter((value) => value !== 'INACTIVE'));
  const matches = matcher(cluster, filter ? [parseQuery(filter)] : []);
  const accepts = (instance: ContainerInstance) => (status === undefined || instance.status === status) && matches(instance);
  const query = ['containerInstances', cluster.name, filter, status];
  const { items, nextToken } = page(world, input, query, cluster.instances.values(), accepts);
  return { containerInstanceArns: items.map((instance) => instance.arn), ...(nextToken && { nextToken }) };
}

/** At most 100 a call: "DescribeContainerInstances", API Reference. A deregistered one is still found for a while, as INACTIVE. */
export function describeContainerInstances(world: World, input: Input, state: State): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'), state);
  const include = optionalStrings(input, 'include') ?? [];
  const containerInstances: object[] = [];
  const failures: object[] = [];
  for (const identifier of requiredStrings(input, 'containerInstances', 100)) {
    const id = idWithin(world, cluster, 'container-instance', identifier);
    const instance = id === undefined ? undefined : cluster.instances.get(id) ?? cluster.inactiveInstances.get(id);
    if (instance) containerInstances.push(instanceOutput(instance, include));
    else failures.push({ arn: instanceArn(world, cluster.name, identifier), reason: 'MISSING' });
  }
  return { containerInstances, failures };
}

function instanceOutput(instance: ContainerInstance, include: readonly string[]): object {
  return {
    containerInstanceArn: instance.arn,
    ...(instance.ec2InstanceId && { ec2InstanceId: instance.ec2InstanceId }),
    ...(instance.capacityProviderName && { capacityProviderName: instance.capacityProviderName }),
    version: instance.version,
    versionInfo: instance.versionInfo,
    remainingResources: resourcesOutput(instance.remaining),
    registeredResources: resourcesOutput(instance.registered),
    status: instance.status,
    ...(instance.statusReason && { statusReason: instance.statusReason }),
    agentConnected: instance.agentConnected,
    runningTasksCount: instance.runningTasksCount,
    pendingTasksCount: instance.pendingTasksCount,
    attributes: instance.attributes,
    registeredAt: instance.registeredAt / 1000,
    attachments: [],
    tags: include.includes('TAGS') ? instance.tags : [],
  };
}

const resourcesOutput = (resources: Resources) =>
  resourceList(resources).map((resource) => ({ doubleValue: 0, longValue: 0, integerValue: 0, ...resource }));

function instanceArn(world: World, cluster: string, identifier: string): string {
  return identifier.startsWith('arn:') ? identifier : arn(world, `container-instance/${cluster}/${identifier}`);
}

function readInstanceId(input: Input): string | undefined {
  const document = optionalString(input, 'instanceIdentityDocument');
  if (document === undefined) return undefined;
  try {
    const { instanceId } = JSON.parse(document);
    if (typeof instanceId === 'string') return instanceId;
  } catch {
    // Reported below.
  }
  throw invalidParameter('The instance identity document is malformed.');
}

function readResources(input: Input): Resources {
  const resources = optionalObjects(input, 'totalResources') ?? [];
  const find = (name: string) => resources.find((resource) => requiredString(resource, 'name') === name);
  const integer = (name: string, fallback: number) => optionalInteger(find(name) ?? {}, 'integerValue', 0) ?? fallback;
  return {
    cpu: integer('CPU', 2048),
    memory: integer('MEMORY', 3884),
    ports: optionalStrings(find('PORTS') ?? {}, 'stringSetValue') ?? RESERVED_PORTS,
    portsUdp: optionalStrings(find('PORTS_UDP') ?? {}, 'stringSetValue') ?? [],
  };
}

function readVersionInfo(input: Input): VersionInfo {
  const info = optionalObject(input, 'versionInfo') ?? {};
  return {
    agentVersion: optionalString(info, 'agentVersion') ?? '1.99.0',
    agentHash: optionalString(info, 'agentHash') ?? '2b8f1e04',
    dockerVersion: optionalString(info, 'dockerVersion') ?? 'DockerVersion: 25.0.8',
  };
}
