import {
  CLUSTER_ARN, CLUSTER_ARN_FORM, CLUSTER_ARN_PREFIX, lastSegment, NAME, SERVICE_ARN, SERVICE_ARN_FORM, serviceArnIn,
} from './arn';
import { InvalidConfigurationError } from './errors';
import { Field } from './fields';
import {
  ClusterConfig, CONFIG_VARIABLE, FleetConfig, LadderConfig, LinearConfig, ReconcilerConfig, ScalingConfig, ScalingStep, ServiceConfig,
  ServiceScalingConfig,
} from '../src/contract';

const complain = (message: string) => new InvalidConfigurationError(
  `${message}. The construct writes this variable: deploy the stack again to restore it.`);

/**
 * Reads the function's configuration from its environment.
 *
 * @throws InvalidConfigurationError naming the field.
 */
export function parseConfig(environment: NodeJS.ProcessEnv): ReconcilerConfig {
  const root = new Field(parseJson(environment[CONFIG_VARIABLE]), CONFIG_VARIABLE, complain);
  const dryRun = root.member('dryRun').optional((field) => field.boolean());
  const fleet = root.member('fleet');
  return fleet.isAbsent
    ? { ...parseServices(root), dryRun }
    : { fleet: parseFleet(fleet), dryRun };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text; // not an object: rejected with the text that was received
  }
}

function parseCluster(field: Field): string {
  return field.matching(CLUSTER_ARN, CLUSTER_ARN_FORM);
}

function parseServices(root: Field): Pick<ClusterConfig, 'clusterArn' | 'services'> {
  const clusterArn = parseCluster(root.member('clusterArn'));
  const services = root.member('services').items('a list of at least one service').map((item) => parseService(item, clusterArn));
  // By name, as ECS may report a short ARN. Twice, a service would be scaled against itself.
  if (new Set(services.map(({ serviceArn }) => lastSegment(serviceArn))).size < services.length) {
    throw root.member('services').reject('no service twice');
  }
  return { clusterArn, services };
}

function parseService(service: Field, clusterArn: string): ServiceConfig {
  const arn = service.member('serviceArn');
  const serviceArn = arn.matching(SERVICE_ARN, SERVICE_ARN_FORM);
  const long = serviceArnIn(clusterArn, lastSegment(serviceArn));
  const short = long.replace(/\/.*\//, '/');
  if (serviceArn !== long && serviceArn !== short) {
    throw arn.reject(`${long}, a service of the cluster`);
  }
  return { serviceArn, ...parseServiceScaling(service) };
}

function parseFleet(fleet: Field): FleetConfig['fleet'] {
  return {
    serviceName: fleet.member('serviceName').matching(NAME, 'the name of a service'),
    clusterArnPrefix: fleet.member('clusterArnPrefix').matching(CLUSTER_ARN_PREFIX, 'the beginning of a cluster ARN, arn:PARTITION:ecs:REGION:ACCOUNT:cluster/'),
    clusterArns: fleet.member('clusterArns').optional((field) => field.items('a list of at least one cluster').map(parseCluster)),
    ...parseServiceScaling(fleet),
  };
}

function parseServiceScaling(service: Field): ServiceScalingConfig {
  const minTaskCount = service.member('minTaskCount').optional((field) => field.wholeNumber(0));
  return {
    scaling: parseScaling(service.member('scaling')),
    minTaskCount,
    maxTaskCount: service.member('maxTaskCount').optional((field) => field.wholeNumber(minTaskCount ?? 0)),
    instanceFilters: service.member('instanceFilters').optional((field) => field.items('a list of at least one expression').map((item) => item.string())),
    countDrainingInstances: service.member('countDrainingInstances').optional((field) => field.boolean()),
    capacityProviderNames: service.member('capacityProviderNames').optional((field) => field.items('a list of at least one name').map((item) => item.string())),
  };
}

function parseScaling(scaling: Field): ScalingConfig {
  const [linear, ladder] = [scaling.member('linear'), scaling.member('ladder')];
  if (!linear.isAbsent) {
    return { linear: parseLinear(linear) };
  }
  return ladder.isAbsent ? { tasksPerInstance: scaling.member('tasksPerInstance').wholeNumber(1) } : { ladder: parseLadder(ladder) };
}

function parseLinear(linear: Field): LinearConfig {
  const ratio = (name: string) => linear.member(name).optional((field) => field.positiveNumber());
  const config = {
    instancesPerTask: ratio('instancesPerTask'),
    vcpusPerTask: ratio('vcpusPerTask'),
    preventSinglePointOfFailure: linear.member('preventSinglePointOfFailure').optional((field) => field.boolean()),
  };
  if (config.instancesPerTask === undefined && config.vcpusPerTask === undefined) {
    throw linear.reject('instancesPerTask, vcpusPerTask or both');
  }
  return config;
}

function parseLadder(ladder: Field): LadderConfig {
  const steps = (name: string) => ladder.member(name).optional(parseSteps);
  const config = { instanceSteps: steps('instanceSteps'), vcpuSteps: steps('vcpuSteps') };
  if (!config.instanceSteps && !config.vcpuSteps) {
    throw ladder.reject('instanceSteps, vcpuSteps or both');
  }
  return config;
}

function parseSteps(field: Field): ScalingStep[] {
  const steps = field.items('a list of at least one step').map((step): ScalingStep => ({
    threshold: step.member('threshold').notNegativeNumber(),
    taskCount: step.member('taskCount').wholeNumber(0),
  }));
  if (new Set(steps.map((step) => step.threshold)).size < steps.length) {
    throw field.reject('no threshold twice');
  }
  return steps;
}
