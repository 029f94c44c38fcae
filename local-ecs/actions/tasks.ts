import { invalidParameter, serviceNotFound } from '../errors';
import { Cluster, State, Task } from '../model';
import { stopTask as halt } from '../scheduler';
import { Input, optionalOneOf, optionalString, requiredString, requiredStrings } from '../validation';
import { arn, findCluster, findService, idWithin, World } from '../world';
import { page } from './paging';

/** Without desiredStatus: RUNNING ones, which includes those still PENDING. */
export function listTasks(world: World, input: Input, state: State): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'), state);
  const [instance, service, family] = ['containerInstance', 'serviceName', 'family'].map((name) => optionalString(input, name));
  const desiredStatus = optionalOneOf(input, 'desiredStatus', ['RUNNING', 'PENDING', 'STOPPED']) ?? 'RUNNING';
  const instanceId = instance === undefined ? undefined : idWithin(world, cluster, 'container-instance', instance);
  if (instance !== undefined && !cluster.instances.has(instanceId ?? '')) throw invalidParameter('Container instance not found.');
  const serviceName = service === undefined ? undefined : findService(world, cluster, service)?.name;
  if (service !== undefined && serviceName === undefined) throw serviceNotFound();
  const accepts = (task: Task) => task.desiredStatus === desiredStatus
    && (instanceId === undefined || task.instanceId === instanceId)
    && (serviceName === undefined || task.serviceName === serviceName)
    && (family === undefined || task.taskDefinition.includes(`/${family}:`));
  const query = ['tasks', cluster.name, instance, service, family, desiredStatus];
  const all = [...cluster.stoppedTasks.values(), ...cluster.tasks.values()].sort((left, right) => left.sequence - right.sequence);
  const { items, nextToken } = page(world, input, query, all, accepts);
  return { taskArns: items.map((task) => task.arn), ...(nextToken && { nextToken }) };
}

/** At most 100 a call. */
export function describeTasks(world: World, input: Input, state: State): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'), state);
  const tasks: object[] = [];
  const failures: object[] = [];
  for (const identifier of requiredStrings(input, 'tasks', 100)) {
    const task = findTask(world, cluster, identifier);
    if (task) tasks.push(taskOutput(cluster, task));
    else failures.push({ arn: identifier.startsWith('arn:') ? identifier : arn(world, `task/${cluster.name}/${identifier}`), reason: 'MISSING' });
  }
  return { tasks, failures };
}

export function stopTask(world: World, input: Input): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'));
  const task = findTask(world, cluster, requiredString(input, 'task'));
  if (!task) throw invalidParameter('The referenced task was not found.');
  const reason = optionalString(input, 'reason') ?? 'Task stopped by user';
  return { task: taskOutput(cluster, task.desiredStatus === 'STOPPED' ? task : halt(world, cluster, task, reason)) };
}

function findTask(world: World, cluster: Cluster, identifier: string): Task | undefined {
  const id = idWithin(world, cluster, 'task', identifier) ?? '';
  return cluster.tasks.get(id) ?? cluster.stoppedTasks.get(id);
}

function taskOutput(cluster: Cluster, task: Task): object {
  const instance = task.instanceId === undefined ? undefined
    : cluster.instances.get(task.instanceId) ?? cluster.inactiveInstances.get(task.instanceId);
  return {
    taskArn: task.arn,
    clusterArn: cluster.arn,
    taskDefinitionArn: task.taskDefinition,
    ...(instance && { containerInstanceArn: instance.arn }),
    group: task.group,
    launchType: task.launchType,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    ...(task.deploymentId && { startedBy: task.deploymentId }),
    version: task.version,
    createdAt: task.createdAt / 1000,
    ...(task.startedAt !== undefined && { startedAt: task.startedAt / 1000 }),
    ...(task.stoppedAt !== undefined && { stoppedAt: task.stoppedAt / 1000 }),
    ...(task.stoppedReason && { stoppedReason: task.stoppedReason }),
    cpu: String(task.needs.cpu),
    memory: String(task.needs.memory),
    containers: [],
    attachments: [],
    tags: [],
  };
}
