import { PREFIX, ask } from './world';
import type { LocalEcs } from '../../../local-ecs';

/**
 * What must come of a configuration and an event, written from the documentation alone: nothing of lambda/ is used here, and
 * instances are counted by asking ECS anew.
 */

export type Expectation =
  | { readonly error: 'InvalidConfigurationError' | 'InvalidEventError' }
  | {
    readonly trigger: string;
    readonly results: readonly object[];
    /** ARNs of services that can't be reconciled: a ReconcileError that lists them. */
    readonly failing: readonly string[];
    /** The desired count of each service that must have been written, and no other. */
    readonly written: ReadonlyMap<string, number>;
    /** ARNs of clusters and services that calls may name. */
    readonly clusters: ReadonlySet<string>;
    readonly services: ReadonlySet<string>;
  };

type Json = Record<string, any>;

export function expectation(configText: string, eventText: string, ecs: LocalEcs): Expectation {
  let config: unknown;
  try {
    config = JSON.parse(configText);
  } catch { /* stays undefined */ }
  if (!isValidConfig(config)) return { error: 'InvalidConfigurationError' };
  const trigger = triggerOf(JSON.parse(eventText));
  return trigger ? reconcile(config, trigger, ecs) : { error: 'InvalidEventError' };
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (object: Json, name: string): any => (Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined);
const isName = (text: string) => text.length > 0 && text.length <= 255 && [...text].every((letter) => /[a-zA-Z0-9_-]/.test(letter));

/** The parts of an ARN of ECS, or nothing: prefix up to the account, kind, names. */
function arnParts(value: unknown): { prefix: string; kind: string; names: string[] } | undefined {
  if (typeof value !== 'string') return undefined;
  const [arn, partition, service, region, account, ...rest] = value.split(':');
  if (arn !== 'arn' || service !== 'ecs' || rest.length !== 1) return undefined;
  if (!/^[a-z][a-z0-9-]*(?!\n)$/.test(partition) || !/^[a-z0-9-]+(?!\n)$/.test(region) || account.length !== 12 || /[^0-9]/.test(account)) return undefined;
  const [kind, ...names] = rest[0].split('/');
  return { prefix: [arn, partition, service, region, account].join(':'), kind, names };
}

function isArn(value: unknown, kind: string, ...counts: number[]): boolean {
  const parts = arnParts(value);
  return parts?.kind === kind && counts.includes(parts.names.length) && parts.names.every(isName);
}

// --- events

type Trigger = { kind: 'reconcile' | 'plan' | 'stack' } | { kind: 'containerInstance'; cluster: string } | { kind: 'deployment'; service: string };

function triggerOf(event: unknown): Trigger | undefined {
  if (!isObject(event)) return undefined;
  const action = own(event, 'action');
  if (action !== undefined) return action === 'reconcile' || action === 'plan' ? { kind: action } : undefined;
  switch (JSON.stringify([own(event, 'source'), own(event, 'detail-type')].map((value) => (typeof value === 'string' ? value : null)))) {
    case '["aws.ecs","ECS Container Instance State Change"]': {
      const detail = own(event, 'detail');
      const cluster = isObject(detail) ? own(detail, 'clusterArn') : undefined;
      return isArn(cluster, 'cluster', 1) ? { kind: 'containerInstance', cluster } : undefined;
    }
    case '["aws.ecs","ECS Deployment State Change"]': {
      const resources = own(event, 'resources');
      return Array.isArray(resources) && isArn(resources[0], 'service', 1, 2) ? { kind: 'deployment', service: resources[0] } : undefined;
    }
    case '["aws.cloudformation","CloudFormation Stack Status Change"]':
      return { kind: 'stack' };
    default:
      return undefined;
  }
}

// --- configurations

function isValidConfig(config: unknown): config is Json {
  if (!isObject(config) || ![undefined, true, false].includes(own(config, 'dryRun'))) return false;
  const fleet = own(config, 'fleet');
  if (fleet !== undefined) {
    const prefix = isObject(fleet) && own(fleet, 'clusterArnPrefix');
    const listed = isObject(fleet) ? own(fleet, 'clusterArns') : undefined;
    return isObject(fleet) && typeof own(fleet, 'serviceName') === 'string' && isName(fleet.serviceName)
      && typeof prefix === 'string' && prefix.endsWith('/') && isArn(`${prefix}x`, 'cluster', 1)
      && (listed === undefined || isListOf(listed, (arn) => isArn(arn, 'cluster', 1)))
      && isValidScaling(fleet);
  }
  const [cluster, services] = [own(config, 'clusterArn'), own(config, 'services')];
  if (!isArn(cluster, 'cluster', 1) || !isListOf(services, (service) => isObject(service) && isValidScaling(service) && isServiceOf(cluster, own(service, 'serviceArn')))) return false;
  const names = services.map((service: Json) => service.serviceArn.split('/').pop());
  return new Set(names).size === names.length;
}

function isServiceOf(cluster: string, service: unknown): boolean {
  if (!isArn(service, 'service', 1, 2)) return false;
  const [theirs, ours] = [arnParts(service)!, arnParts(cluster)!];
  return theirs.prefix === ours.prefix && (theirs.names.length === 1 || theirs.names[0] === ours.names[0]);
}

function isListOf(value: unknown, holds: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(holds);
}

const isOptional = (value: unknown, holds: (value: any) => boolean) => value === undefined || holds(value);
const isCount = (value: unknown, least: number) => typeof value === 'number' && Math.floor(value) === value && value >= least && value < 2 ** 53;
const isText = (value: unknown) => typeof value === 'string' && value.trim().length > 0;
const isPositive = (value: unknown) => typeof value === 'number' && value > 0 && value < Infinity;

function isValidScaling(service: Json): boolean {
  const minimum = own(service, 'minTaskCount');
  const scaling = own(service, 'scaling');
  return isOptional(minimum, (value) => isCount(value, 0))
    && isOptional(own(service, 'maxTaskCount'), (value) => isCount(value, minimum ?? 0))
    && isOptional(own(service, 'instanceFilters'), (value) => isListOf(value, isText))
    && isOptional(own(service, 'capacityProviderNames'), (value) => isListOf(value, isText))
    && [undefined, true, false].includes(own(service, 'countDrainingInstances'))
    && isObject(scaling) && isValidFunction(scaling);
}

function isValidFunction(scaling: Json): boolean {
  const [linear, ladder] = [own(scaling, 'linear'), own(scaling, 'ladder')];
  if (linear !== undefined) {
    return isObject(linear)
      && isOptional(own(linear, 'instancesPerTask'), isPositive) && isOptional(own(linear, 'vcpusPerTask'), isPositive)
      && [undefined, true, false].includes(own(linear, 'preventSinglePointOfFailure'))
      && (own(linear, 'instancesPerTask') !== undefined || own(linear, 'vcpusPerTask') !== undefined);
  }
  if (ladder === undefined) return isCount(own(scaling, 'tasksPerInstance'), 1);
  const isThreshold = (value: unknown) => isPositive(value) || value === 0;
  const isStep = (step: unknown) => isObject(step) && isThreshold(own(step, 'threshold')) && isCount(own(step, 'taskCount'), 0);
  const thresholds = (steps: unknown) => (steps as Json[]).map(({ threshold }) => threshold);
  const isLadder = (steps: unknown) => isListOf(steps, isStep) && new Set(thresholds(steps)).size === thresholds(steps).length;
  return isObject(ladder)
    && isOptional(own(ladder, 'instanceSteps'), isLadder) && isOptional(own(ladder, 'vcpuSteps'), isLadder)
    && (own(ladder, 'instanceSteps') !== undefined || own(ladder, 'vcpuSteps') !== undefined);
}

// --- decisions

function reconcile(config: Json, trigger: Trigger, ecs: LocalEcs): Expectation {
  const results: object[] = [];
  const failing: string[] = [];
  const written = new Map<string, number>();
  const inFleet = own(config, 'fleet') !== undefined;
  const targets = inFleet ? inFleetOf(config.fleet, trigger) : inCluster(config, trigger);
  for (const { cluster, service, options } of targets) {
    const verdict = judge(cluster, service, options, ecs);
    if (verdict === 'noCluster' && inFleet) continue;
    if (typeof verdict === 'string') {
      failing.push(service);
    } else if (!inFleet || verdict.reason !== 'serviceNotFound') {
      const applied = verdict.decision === 'scale' && trigger.kind !== 'plan' && own(config, 'dryRun') !== true;
      results.push({ cluster, service, ...verdict, applied });
      if (applied) written.set(service, verdict.newDesiredCount);
    }
  }
  return {
    trigger: trigger.kind,
    results,
    failing,
    written,
    clusters: new Set(targets.map(({ cluster }) => cluster)),
    services: new Set(targets.map(({ service }) => service)),
  };
}

interface Target { readonly cluster: string; readonly service: string; readonly options: Json }

function inCluster(config: Json, trigger: Trigger): Target[] {
  if (trigger.kind === 'containerInstance' && trigger.cluster !== config.clusterArn) return [];
  return config.services
    .filter((service: Json) => trigger.kind !== 'deployment' || trigger.service === service.serviceArn)
    .map((service: Json) => ({ cluster: config.clusterArn, service: service.serviceArn, options: service }));
}

function inFleetOf(fleet: Json, trigger: Trigger): Target[] {
  let clusters: string[] = own(fleet, 'clusterArns') ?? ['edge', 'core', 'lab'].map((name) => `${PREFIX}:cluster/${name}`);
  if (trigger.kind === 'containerInstance' || trigger.kind === 'deployment') {
    const parts = arnParts(trigger.kind === 'deployment' ? trigger.service : trigger.cluster)!;
    if (trigger.kind === 'deployment' && (parts.names.length < 2 || parts.names[1] !== fleet.serviceName)) return [];
    const named = `${parts.prefix}:cluster/${parts.names[0]}`;
    clusters = own(fleet, 'clusterArns')?.includes(named) ?? true ? [named] : [];
  }
  return [...new Set(clusters)]
    .filter((cluster) => cluster.slice(0, cluster.lastIndexOf('/') + 1) === fleet.clusterArnPrefix)
    .map((cluster) => ({ cluster, service: `${cluster.replace(':cluster/', ':service/')}/${fleet.serviceName}`, options: fleet }));
}

/** The fields of a result that depend on ECS; `noCluster` where it has none of that name, `failed` where it refuses or too many tasks are asked for. */
function judge(cluster: string, arn: string, options: Json, ecs: LocalEcs): 'noCluster' | 'failed' | Json {
  let service: Json | undefined;
  try {
    service = ask(ecs, 'DescribeServices', { cluster, services: [arn], include: ['TAGS'] }).services[0];
  } catch {
    return 'noCluster';
  }
  const desiredCount = service?.desiredCount ?? null;
  const skip = (reason: string) => ({ decision: 'skip', reason, instances: null, vcpus: null, desiredCount, newDesiredCount: desiredCount });
  if (!service) return skip('serviceNotFound');
  if (service.schedulingStrategy === 'DAEMON') return skip('daemonStrategy');
  if (service.tags?.some((tag: Json) => tag.key === 'daemon-service-autoscaler:suspended' && tag.value === 'true')) return skip('suspended');

  const expressions = [
    ...service.placementConstraints.filter((constraint: Json) => constraint.type === 'memberOf').map((constraint: Json) => constraint.expression),
    ...own(options, 'instanceFilters') ?? [],
    'attribute:ecs.capability.external !exists', // all services of this world have launch type EC2
  ];
  const filter = expressions.map((expression: string) => `(${expression})`).join(' and ');
  let arns: string[];
  try {
    arns = (own(options, 'countDrainingInstances') ? ['ACTIVE', 'DRAINING'] : ['ACTIVE'])
      .flatMap((status) => ask(ecs, 'ListContainerInstances', { cluster, status, filter }).containerInstanceArns);
  } catch {
    return 'failed';
  }
  const names = own(options, 'capacityProviderNames');
  const described: Json[] = arns.length === 0 ? [] : ask(ecs, 'DescribeContainerInstances', { cluster, containerInstances: arns }).containerInstances;
  const counted = described.filter((instance) => !names || names.includes(instance.capacityProviderName));
  const units = counted.map((instance) => instance.registeredResources.find((resource: Json) => resource.name === 'CPU').integerValue);
  const [instances, vcpus] = [counted.length, units.reduce((sum, cpu) => sum + cpu, 0) / 1024];

  const tasks = tasksFor(options.scaling, instances, vcpus);
  const bounded = Math.max(own(options, 'minTaskCount') ?? 0, Math.min(own(options, 'maxTaskCount') ?? Infinity, tasks));
  if (bounded > 2147483647) return 'failed';
  const usesVcpus = own(own(options.scaling, 'linear') ?? {}, 'vcpusPerTask') !== undefined
    || own(options.scaling, 'linear') === undefined && own(own(options.scaling, 'ladder') ?? {}, 'vcpuSteps') !== undefined;
  const base = { instances, vcpus: usesVcpus ? vcpus : null, desiredCount, newDesiredCount: bounded };
  return bounded === desiredCount ? { ...base, decision: 'inSync', reason: 'countMatches' } : { ...base, decision: 'scale', reason: 'countDiffers' };
}

function tasksFor(scaling: Json, instances: number, vcpus: number): number {
  const [linear, ladder] = [own(scaling, 'linear'), own(scaling, 'ladder')];
  if (linear !== undefined) {
    // The least number of tasks that serve them all, but for what binary fractions are off.
    const tasks = (resource: number, each: number | undefined) => {
      if (each === undefined) return 0;
      const quotient = resource / each;
      return Math.abs(quotient - Math.round(quotient)) <= quotient * 1e-13 ? Math.round(quotient) : Math.floor(quotient) + 1;
    };
    const needed = Math.max(tasks(instances, own(linear, 'instancesPerTask')), tasks(vcpus, own(linear, 'vcpusPerTask')));
    return own(linear, 'preventSinglePointOfFailure') === true && instances > 1 && needed < 2 ? 2 : needed;
  }
  if (ladder === undefined) return scaling.tasksPerInstance * instances;
  const climbed = (resource: number, steps: Json[] | undefined) => {
    if (steps === undefined) return 0;
    const lowest = steps.reduce((low, step) => (step.threshold < low.threshold ? step : low));
    return steps.reduce((best, step) => (step.threshold <= resource && step.threshold >= best.threshold ? step : best), lowest).taskCount;
  };
  return Math.max(climbed(instances, own(ladder, 'instanceSteps')), climbed(vcpus, own(ladder, 'vcpuSteps')));
}
