import { Cluster, ContainerInstance, Deployment, Service, Task, TaskDefinition } from './model';
import { admits, occupy, Placer, release } from './placement';
import { announceDeployment, announceTask, arn, changeInstance, changeTask, noteEvent, nowMs, World } from './world';

/*
 * The service scheduler: starts missing tasks, stops surplus ones, replaces those on draining instances and of old
 * deployments within minimumHealthyPercent and maximumPercent, and moves tasks from PENDING to RUNNING to STOPPED.
 *
 * Sources: "UpdateContainerInstancesState" and "DeploymentConfiguration", Amazon ECS API Reference; "Amazon ECS services",
 * Amazon ECS Developer Guide.
 *
 * Where ECS documents no choice, the scheduler is unkind on purpose: when the desired count falls, it stops tasks on healthy
 * instances first and leaves those on draining ones, so that nothing comes to rely on the kinder choice.
 */

/** One pass over everything: agents report first, then each service takes a step. Returns whether anything changed. */
export function pass(world: World): boolean {
  let changed = false;
  for (const cluster of world.state.clusters.values()) {
    for (const task of [...cluster.tasks.values()]) changed = report(world, cluster, task) || changed;
    for (const name of [...cluster.services.keys()]) changed = schedule(world, cluster, name) || changed;
  }
  return changed;
}

/** Lets a task reach STOPPED soon, or now where no agent is needed for it. */
export function stopTask(world: World, cluster: Cluster, task: Task, stoppedReason: string): Task {
  return changeTask(world, cluster, task, { desiredStatus: 'STOPPED', stoppedReason });
}

/** The task is gone and its resources are free. */
export function taskStopped(world: World, cluster: Cluster, task: Task, reason?: string): void {
  changeTask(world, cluster, task, {
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    stoppedAt: nowMs(world),
    ...(reason && { stoppedReason: reason }),
  });
  const instance = task.instanceId === undefined ? undefined : cluster.instances.get(task.instanceId);
  if (!instance) return;
  changeInstance(world, cluster, instance, {
    remaining: release(instance.remaining, task.needs),
    ...(task.lastStatus === 'RUNNING'
      ? { runningTasksCount: instance.runningTasksCount - 1 }
      : { pendingTasksCount: instance.pendingTasksCount - 1 }),
  });
}

/** What the agent reports about one task; a disconnected agent reports nothing, so its tasks stay as they are. */
function report(world: World, cluster: Cluster, task: Task): boolean {
  const instance = task.instanceId === undefined ? undefined : cluster.instances.get(task.instanceId);
  if (instance && !instance.agentConnected) return false;
  if (task.desiredStatus === 'STOPPED') {
    taskStopped(world, cluster, task);
    return true;
  }
  if (task.lastStatus !== 'PENDING') return false;
  changeTask(world, cluster, task, { lastStatus: 'RUNNING', startedAt: nowMs(world) });
  if (instance) {
    changeInstance(world, cluster, instance, {
      pendingTasksCount: instance.pendingTasksCount - 1,
      runningTasksCount: instance.runningTasksCount + 1,
    });
  }
  return true;
}

function schedule(world: World, cluster: Cluster, name: string): boolean {
  const service = cluster.services.get(name)!;
  // Task sets of the EXTERNAL controller aren't modelled.
  if (service.status === 'INACTIVE' || service.deploymentController === 'EXTERNAL') return false;
  const before = cluster.services.get(name);
  let changed = false;
  if (service.status === 'DRAINING') changed = wind(world, cluster, service);
  else if (service.schedulingStrategy === 'DAEMON') changed = scheduleDaemon(world, cluster, service);
  else changed = scheduleReplicas(world, cluster, service);
  return changed || cluster.services.get(name) !== before;
}

/** A deleted service stops everything, then becomes INACTIVE. */
function wind(world: World, cluster: Cluster, service: Service): boolean {
  const tasks = [...cluster.tasks.values()].filter(({ serviceName }) => serviceName === service.name);
  const running = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  stop(world, cluster, service, running);
  if (tasks.length === 0) cluster.services.set(service.name, { ...service, status: 'INACTIVE', deployments: [] });
  return running.length > 0;
}

function scheduleReplicas(world: World, cluster: Cluster, service: Service): boolean {
  const { desiredCount } = service;
  let tasks = liveTasks(cluster, service);
  const isGood = (task: Task) => task.deploymentId === service.deployments[0]?.id && onActiveInstance(cluster, task);
  const stopped = new Set<Task>();
  const halt = (victims: Task[]) => {
    victims.forEach((task) => stopped.add(task));
    tasks = tasks.filter((task) => !stopped.has(task));
  };

  if (service.scaleIn) {
    service = { ...service, scaleIn: false };
    cluster.services.set(service.name, service);
    const unkindOrder = [...shuffled(world, tasks.filter(isGood)), ...shuffled(world, tasks.filter((task) => !isGood(task)))];
    halt(unkindOrder.slice(0, Math.max(0, tasks.length - desiredCount)));
  }
  halt(shuffled(world, tasks.filter(isGood)).slice(desiredCount));

  const good = tasks.filter(isGood);
  const unwanted = tasks.filter((task) => !isGood(task));
  // "Service tasks on the container instance that are in the PENDING state are stopped immediately."
  halt(unwanted.filter(({ lastStatus }) => lastStatus === 'PENDING'));
  const atMost = Math.floor(desiredCount * service.maximumPercent / 100);
  const missing = Math.min(desiredCount - good.length, Math.max(0, atMost - tasks.length));
  const atLeast = Math.ceil(desiredCount * service.minimumHealthyPercent / 100);
  const allHealthy = good.filter(isRunning).length >= desiredCount;
  const mayStop = allHealthy ? unwanted.length : Math.max(0, tasks.filter(isRunning).length - atLeast);
  halt(unwanted.filter(isRunning).slice(0, mayStop));

  stop(world, cluster, service, [...stopped]);
  const started = start(world, cluster, service, missing);
  complete(world, cluster, service.name, desiredCount);
  return stopped.size > 0 || started > 0;
}

/** One task on each ACTIVE instance that the constraints admit; a disconnected one keeps its task and gets no new one. */
function scheduleDaemon(world: World, cluster: Cluster, service: Service): boolean {
  const admitted = admits(cluster, service, definitionOf(world, service));
  const eligible = [...cluster.instances.values()].filter((instance) => instance.status === 'ACTIVE' && admitted(instance));
  if (eligible.length !== service.desiredCount) {
    service = { ...service, desiredCount: eligible.length };
    cluster.services.set(service.name, service);
  }
  const ids = new Set(eligible.map(({ id }) => id));
  const tasks = liveTasks(cluster, service);
  const surplus = tasks.filter(({ instanceId, deploymentId }) => !ids.has(instanceId!) || deploymentId !== service.deployments[0]?.id);
  stop(world, cluster, service, surplus);
  const occupied = new Set([...cluster.tasks.values()].filter(({ serviceName }) => serviceName === service.name).map(({ instanceId }) => instanceId));
  const vacant = eligible.filter(({ id }) => !occupied.has(id));
  const started = start(world, cluster, service, vacant.length, vacant);
  complete(world, cluster, service.name, eligible.length);
  return surplus.length > 0 || started > 0;
}

function stop(world: World, cluster: Cluster, service: Service, tasks: readonly Task[]): void {
  if (tasks.length === 0) return;
  const parent = service.deployments[0]?.id ?? service.name;
  for (const task of tasks) stopTask(world, cluster, task, `Scaling activity initiated by (deployment ${parent})`);
  const current = cluster.services.get(service.name)!;
  noteEvent(world, cluster, current, `has stopped ${tasks.length} running tasks: ${tasks.map(({ id }) => `(task ${id})`).join(' ')}.`);
}

/** Starts up to `count` tasks; notes the service event where not all found an instance. Returns how many started. */
function start(world: World, cluster: Cluster, service: Service, count: number, among?: readonly ContainerInstance[]): number {
  const definition = definitionOf(world, service);
  if (count <= 0 || !definition) return 0;
  const started = [];
  if (onFargate(service)) {
    while (started.length < count) started.push(placeTask(world, cluster, service, definition));
  } else {
    const admitted = admits(cluster, service, definition);
    const instances = among ?? [...cluster.instances.values()].filter(admitted);
    const placer = new Placer(world, cluster, service, definition.needs, instances);
    while (started.length < count) {
      const instance = placer.next();
      if (!instance) break;
      started.push(placeTask(world, cluster, service, definition, instance));
      placer.placed(cluster.instances.get(instance.id)!);
    }
  }
  let current = cluster.services.get(service.name)!;
  if (started.length > 0) {
    current = noteEvent(world, cluster, current, `has started ${started.length} tasks: ${started.map(({ id }) => `(task ${id})`).join(' ')}.`);
  }
  if (started.length < count) {
    const none = ![...cluster.instances.values()].some(({ status }) => status === 'ACTIVE');
    const reason = none ? ' Reason: No Container Instances were found in your cluster.' : '';
    noteEvent(world, cluster, current, `was unable to place a task because no container instance met all of its requirements.${reason}`);
  }
  return started.length;
}

function placeTask(world: World, cluster: Cluster, service: Service, definition: TaskDefinition, instance?: ContainerInstance): Task {
  const id = world.ids.hex(32);
  const task: Task = {
    id,
    arn: arn(world, `task/${cluster.name}/${id}`),
    sequence: ++world.state.sequence,
    group: `service:${service.name}`,
    serviceName: service.name,
    deploymentId: service.deployments[0]?.id,
    taskDefinition: definition.arn,
    launchType: !instance ? 'FARGATE' : service.launchType ?? 'EC2',
    instanceId: instance?.id,
    lastStatus: 'PENDING',
    desiredStatus: 'RUNNING',
    version: 1,
    createdAt: nowMs(world),
    needs: definition.needs,
  };
  cluster.tasks.set(id, task);
  announceTask(world, cluster, task);
  if (instance) {
    changeInstance(world, cluster, instance, {
      remaining: occupy(instance.remaining, definition.needs),
      pendingTasksCount: instance.pendingTasksCount + 1,
    });
  }
  return task;
}

/** Ends the deployment, and notes the steady state, once every desired task runs and no other does. */
function complete(world: World, cluster: Cluster, name: string, desiredCount: number): void {
  let service = cluster.services.get(name)!;
  const [primary] = service.deployments;
  const tasks = [...cluster.tasks.values()].filter(({ serviceName }) => serviceName === name);
  const steady = tasks.length === desiredCount
    && tasks.every((task) => isRunning(task) && task.desiredStatus === 'RUNNING' && task.deploymentId === primary?.id
      && onActiveInstance(cluster, task));
  if (!steady) return;
  if (primary?.rolloutState === 'IN_PROGRESS') {
    const completed: Deployment = { ...primary, rolloutState: 'COMPLETED', updatedAt: nowMs(world) };
    service = { ...service, deployments: [completed] };
    cluster.services.set(name, service);
    announceDeployment(world, service, completed);
    service = noteEvent(world, cluster, service, `(deployment ${primary.id}) deployment completed.`);
  }
  noteEvent(world, cluster, service, 'has reached a steady state.');
}

export const definitionOf = (world: World, { taskDefinition }: Service): TaskDefinition | undefined =>
  (taskDefinition === undefined ? undefined : world.state.taskDefinitions.get(taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1)));

/** Those that ECS means to keep. */
export const liveTasks = (cluster: Cluster, service: Service): Task[] =>
  [...cluster.tasks.values()].filter(({ serviceName, desiredStatus }) => serviceName === service.name && desiredStatus === 'RUNNING');

const isRunning = ({ lastStatus }: Task) => lastStatus === 'RUNNING';

const onActiveInstance = (cluster: Cluster, { instanceId }: Task) =>
  instanceId === undefined || cluster.instances.get(instanceId)?.status === 'ACTIVE';

const onFargate = ({ launchType, capacityProviderStrategy }: Service) => launchType === 'FARGATE'
  || capacityProviderStrategy.length > 0
    && capacityProviderStrategy.every(({ capacityProvider }) => /^FARGATE(_SPOT)?$/.test(capacityProvider));

function shuffled<T>(world: World, items: readonly T[]): T[] {
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index--) {
    const other = world.scheduling.below(index + 1);
    [copy[index], copy[other]] = [copy[other], copy[index]];
  }
  return copy;
}
