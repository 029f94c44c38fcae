import { clientException, invalidParameter, serviceNotActive, serviceNotFound } from '../errors';
import { CapacityProviderStrategyItem, Cluster, Deployment, Service, State, TaskDefinition } from '../model';
import {
  Input, optionalBoolean, optionalInteger, optionalObject, optionalOneOf, optionalString, optionalStrings, readConstraints, readStrategy, readTags,
  requiredString, requiredStrings,
} from '../validation';
import { announceDeployment, arn, findCluster, findService, idWithin, noteEvent, nowMs, World } from '../world';
import { readCapacityProviderStrategy } from './clusters';
import { page } from './paging';
import { findTaskDefinition } from './task-definitions';

/**
 * The raw API requires desiredCount of a REPLICA service ("This is required if schedulingStrategy is REPLICA or isn't
 * specified": CreateService, API Reference). It is CloudFormation that fills in 1 where a template has none: whoever plays
 * CloudFormation against this endpoint sends the 1.
 */
export function createService(world: World, input: Input): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'));
  const name = requiredString(input, 'serviceName');
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalidParameter(`Invalid service name '${name}'.`);
  const existing = cluster.services.get(name);
  if (existing?.status === 'ACTIVE') throw invalidParameter('Creation of service was not idempotent.');
  if (existing?.status === 'DRAINING') throw invalidParameter('Unable to Start a service that is still Draining.');

  const schedulingStrategy = optionalOneOf(input, 'schedulingStrategy', ['REPLICA', 'DAEMON']) ?? 'REPLICA';
  const deploymentController = optionalOneOf(optionalObject(input, 'deploymentController') ?? {}, 'type', ['ECS', 'CODE_DEPLOY', 'EXTERNAL']) ?? 'ECS';
  const identifier = optionalString(input, 'taskDefinition');
  if (!identifier && deploymentController !== 'EXTERNAL') throw invalidParameter('TaskDefinition cannot be empty.');
  const definition = identifier ? findTaskDefinition(world, identifier) : undefined;
  const desiredCount = optionalInteger(input, 'desiredCount', 0);
  if (schedulingStrategy === 'REPLICA' && desiredCount === undefined) throw invalidParameter('desiredCount is required for the REPLICA strategy.');

  const deploymentConfiguration = optionalObject(input, 'deploymentConfiguration') ?? {};
  const service: Service = {
    name,
    arn: arn(world, `service/${cluster.name}/${name}`),
    sequence: ++world.state.sequence,
    status: 'ACTIVE',
    desiredCount: desiredCount ?? 0,
    taskDefinition: definition?.arn,
    ...readCapacity(cluster, input),
    placementConstraints: readConstraints(input, definition?.placementConstraints),
    placementStrategy: readStrategy(input),
    schedulingStrategy,
    deploymentController,
    ...readDeploymentConfiguration(deploymentConfiguration, schedulingStrategy),
    availabilityZoneRebalancing: optionalOneOf(input, 'availabilityZoneRebalancing', ['ENABLED', 'DISABLED'])
      ?? (schedulingStrategy === 'DAEMON' ? 'DISABLED' : 'ENABLED'),
    tags: readTags(input),
    createdAt: nowMs(world),
    deployments: [],
    events: [],
    scaleIn: false,
  };
  if (schedulingStrategy === 'DAEMON') checkDaemon(service, desiredCount);
  checkFargate(service);
  cluster.services.set(name, service);
  const created = definition ? startDeployment(world, cluster, service, definition) : service;
  return { service: serviceOutput(cluster, created, ['TAGS']) };
}

/** At most 10 a call; a name or ARN that isn't in the cluster is a MISSING failure. INACTIVE services are still described. */
export function describeServices(world: World, input: Input, state: State): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'), state);
  const include = optionalStrings(input, 'include') ?? [];
  if (include.some((field) => field !== 'TAGS')) throw invalidParameter('include takes TAGS only.');
  const services: object[] = [];
  const failures: object[] = [];
  for (const identifier of requiredStrings(input, 'services', 10)) {
    const name = idWithin(world, cluster, 'service', identifier);
    const service = name === undefined ? undefined : cluster.services.get(name);
    if (service) services.push(serviceOutput(cluster, service, include));
    // Of a name ECS makes an ARN of the short form, whatever the form of the services' own.
    else failures.push({ arn: identifier.startsWith('arn:') ? identifier : arn(world, `service/${identifier}`), reason: 'MISSING' });
  }
  return { services, failures };
}

/** 10 a page unless maxResults says otherwise: "ListServices", API Reference. */
export function listServices(world: World, input: Input, state: State): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'), state);
  const { items, nextToken } = page(world, input, ['services', cluster.name], cluster.services.values(), ({ status }) => status !== 'INACTIVE', 10);
  return { serviceArns: items.map((service) => service.arn), ...(nextToken && { nextToken }) };
}

/**
 * A new task definition or forceNewDeployment starts a deployment; the desired count, constraints, strategy, capacity
 * providers and rebalancing don't ("This parameter doesn't trigger a new service deployment": UpdateService, API Reference).
 */
export function updateService(world: World, input: Input): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'));
  const before = findService(world, cluster, requiredString(input, 'service'));
  if (!before) throw serviceNotFound();
  if (before.status !== 'ACTIVE') throw serviceNotActive();
  const desiredCount = optionalInteger(input, 'desiredCount', 0);
  if (before.schedulingStrategy === 'DAEMON') checkDaemon(before, desiredCount);
  const identifier = optionalString(input, 'taskDefinition');
  const definition = identifier ? findTaskDefinition(world, identifier) : undefined;
  const force = optionalBoolean(input, 'forceNewDeployment');
  if (before.deploymentController !== 'ECS' && (definition || force)) {
    throw invalidParameter(`Unable to update the task definition of a service with a ${before.deploymentController} deployment controller.`);
  }
  const configuration = optionalObject(input, 'deploymentConfiguration');
  let service: Service = {
    ...before,
    desiredCount: desiredCount ?? before.desiredCount,
    scaleIn: before.scaleIn || desiredCount !== undefined && desiredCount < before.desiredCount,
    placementConstraints: input.placementConstraints ? readConstraints(input, definition?.placementConstraints) : before.placementConstraints,
    placementStrategy: input.placementStrategy ? readStrategy(input) : before.placementStrategy,
    capacityProviderStrategy: readCapacityProviderStrategy(input, 'capacityProviderStrategy') ?? before.capacityProviderStrategy,
    ...(configuration && readDeploymentConfiguration({ ...before.deploymentConfiguration, ...configuration }, before.schedulingStrategy)),
    availabilityZoneRebalancing: optionalOneOf(input, 'availabilityZoneRebalancing', ['ENABLED', 'DISABLED']) ?? before.availabilityZoneRebalancing,
    ...(definition && { taskDefinition: definition.arn }),
  };
  if (service.capacityProviderStrategy.length > 0) service = { ...service, launchType: undefined };
  cluster.services.set(service.name, service);
  const deployed = definition ?? (force && before.taskDefinition ? findTaskDefinition(world, before.taskDefinition) : undefined);
  if (deployed && (force || deployed.arn !== before.taskDefinition)) service = startDeployment(world, cluster, service, deployed);
  return { service: serviceOutput(cluster, service, ['TAGS']) };
}

/** The service drains, then is INACTIVE. Without force a REPLICA service must be at 0. */
export function deleteService(world: World, input: Input): object {
  const cluster = findCluster(world, optionalString(input, 'cluster'));
  const service = findService(world, cluster, requiredString(input, 'service'));
  if (!service) throw serviceNotFound();
  if (service.status !== 'ACTIVE') throw serviceNotActive();
  if (service.schedulingStrategy === 'REPLICA' && service.desiredCount > 0 && !optionalBoolean(input, 'force')) {
    throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
  }
  const draining: Service = { ...service, status: 'DRAINING', desiredCount: 0 };
  cluster.services.set(service.name, draining);
  return { service: serviceOutput(cluster, draining, ['TAGS']) };
}

/** The new deployment is primary; older ones stay until their tasks are gone. */
function startDeployment(world: World, cluster: Cluster, service: Service, definition: TaskDefinition): Service {
  const deployment: Deployment = {
    id: `ecs-svc/${String(1 + world.ids.below(9)) + Array.from({ length: 18 }, () => world.ids.below(10)).join('')}`,
    taskDefinition: definition.arn,
    rolloutState: 'IN_PROGRESS',
    createdAt: nowMs(world),
    updatedAt: nowMs(world),
  };
  const deployed = { ...service, taskDefinition: definition.arn, deployments: [deployment, ...service.deployments] };
  cluster.services.set(service.name, deployed);
  announceDeployment(world, deployed, deployment);
  return deployed;
}

/** The primary deployment fails, as the deployment circuit breaker makes it: there is no API call for that. */
export function failDeployment(world: World, cluster: Cluster, service: Service): void {
  const [primary, ...others] = service.deployments;
  if (primary?.rolloutState !== 'IN_PROGRESS') throw new Error(`${service.name} has no deployment in progress`);
  const failed: Deployment = { ...primary, rolloutState: 'FAILED', updatedAt: nowMs(world) };
  const changed = { ...service, deployments: [failed, ...others] };
  cluster.services.set(service.name, changed);
  noteEvent(world, cluster, changed, `(deployment ${primary.id}) deployment failed: tasks failed to start.`);
  announceDeployment(world, changed, failed);
}

/** Launch type or capacity provider strategy, never both; with neither the cluster's default strategy, else EC2. */
function readCapacity(cluster: Cluster, input: Input): {
  launchType?: Service['launchType'];
  capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
} {
  const launchType = optionalOneOf(input, 'launchType', ['EC2', 'FARGATE', 'EXTERNAL']);
  const capacityProviderStrategy = readCapacityProviderStrategy(input, 'capacityProviderStrategy') ?? [];
  if (launchType && capacityProviderStrategy.length > 0) {
    throw invalidParameter('Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.');
  }
  if (launchType) return { launchType, capacityProviderStrategy };
  const strategy = capacityProviderStrategy.length > 0 ? capacityProviderStrategy : cluster.defaultCapacityProviderStrategy;
  return strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType: 'EC2', capacityProviderStrategy: [] };
}

/** Defaults of the API: 100 and 200 for REPLICA, 0 and 100 for DAEMON: "DeploymentConfiguration", API Reference. */
function readDeploymentConfiguration(configuration: Input, schedulingStrategy: Service['schedulingStrategy']): {
  deploymentConfiguration: object; minimumHealthyPercent: number; maximumPercent: number;
} {
  const daemon = schedulingStrategy === 'DAEMON';
  const minimumHealthyPercent = optionalInteger(configuration, 'minimumHealthyPercent', 0, 100) ?? (daemon ? 0 : 100);
  const maximumPercent = optionalInteger(configuration, 'maximumPercent', 0) ?? (daemon ? 100 : 200);
  if (minimumHealthyPercent === 100 && maximumPercent === 100) {
    throw invalidParameter('Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.');
  }
  return {
    deploymentConfiguration: { ...configuration, minimumHealthyPercent, maximumPercent },
    minimumHealthyPercent,
    maximumPercent,
  };
}

function checkDaemon(service: Service, desiredCount: number | undefined): void {
  if (desiredCount !== undefined) {
    throw invalidParameter('The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.');
  }
  if (service.placementStrategy.length > 0) throw invalidParameter('The daemon scheduling strategy does not support placement strategies.');
  if (service.launchType === 'FARGATE') throw invalidParameter('The daemon scheduling strategy does not support the Fargate launch type.');
  if (service.deploymentController !== 'ECS') {
    throw invalidParameter(`The daemon scheduling strategy does not support the ${service.deploymentController} deployment controller.`);
  }
}

function checkFargate({ launchType, placementConstraints, placementStrategy }: Service): void {
  if (launchType === 'FARGATE' && placementConstraints.length + placementStrategy.length > 0) {
    throw clientException('Placement constraints and strategies are not supported with the Fargate launch type.');
  }
}

function serviceOutput(cluster: Cluster, service: Service, include: readonly string[]): object {
  const tasks = [...cluster.tasks.values()].filter(({ serviceName, desiredStatus }) => serviceName === service.name && desiredStatus === 'RUNNING');
  const count = (status: string, deploymentId?: string) => tasks.filter((task) => task.lastStatus === status
    && (deploymentId === undefined || task.deploymentId === deploymentId)).length;
  const daemon = service.schedulingStrategy === 'DAEMON';
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: cluster.arn,
    loadBalancers: [],
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: count('RUNNING'),
    pendingCount: count('PENDING'),
    ...(service.launchType && { launchType: service.launchType }),
    ...(service.capacityProviderStrategy.length > 0 && { capacityProviderStrategy: service.capacityProviderStrategy }),
    ...(service.taskDefinition && { taskDefinition: service.taskDefinition }),
    deploymentConfiguration: service.deploymentConfiguration,
    // Only services of the rolling update type have deployments; the others have task sets, which aren't modelled.
    deployments: service.deploymentController !== 'ECS' ? [] : service.deployments.map((deployment, index) => ({
      id: deployment.id,
      status: index === 0 ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: deployment.taskDefinition,
      desiredCount: index === 0 ? service.desiredCount : 0,
      runningCount: count('RUNNING', deployment.id),
      pendingCount: count('PENDING', deployment.id),
      failedTasks: 0,
      createdAt: deployment.createdAt / 1000,
      updatedAt: deployment.updatedAt / 1000,
      ...(service.launchType && { launchType: service.launchType }),
      ...(service.capacityProviderStrategy.length > 0 && { capacityProviderStrategy: service.capacityProviderStrategy }),
      rolloutState: deployment.rolloutState,
      rolloutStateReason: `ECS deployment ${deployment.id} ${deployment.rolloutState.toLowerCase().replace('_', ' ')}.`,
    })),
    events: service.events.map(({ id, createdAt, message }) => ({ id, createdAt: createdAt / 1000, message })),
    createdAt: service.createdAt / 1000,
    placementConstraints: service.placementConstraints,
    // An empty list for DAEMON: "no placement strategy" there.
    placementStrategy: daemon ? [] : service.placementStrategy,
    schedulingStrategy: service.schedulingStrategy,
    deploymentController: { type: service.deploymentController },
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
    ...(include.includes('TAGS') && { tags: service.tags }),
    enableECSManagedTags: false,
    propagateTags: 'NONE',
    enableExecuteCommand: false,
  };
}
