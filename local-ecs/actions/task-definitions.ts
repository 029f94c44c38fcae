import { clientException, invalidParameter } from '../errors';
import { Resources, TaskDefinition } from '../model';
import { Input, optionalInteger, optionalObjects, optionalOneOf, optionalString, optionalStrings, readConstraints, requiredString } from '../validation';
import { arn, nowMs, resourceOf, World } from '../world';

/** Each registration of a family is its next revision, from 1. */
export function registerTaskDefinition(world: World, input: Input): object {
  const family = requiredString(input, 'family');
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(family)) throw invalidParameter(`Invalid family '${family}'.`);
  const containers = optionalObjects(input, 'containerDefinitions') ?? [];
  if (containers.length === 0) throw clientException('Container list cannot be empty.');
  const networkMode = optionalOneOf(input, 'networkMode', ['bridge', 'host', 'awsvpc', 'none']) ?? 'bridge';
  const placementConstraints = readConstraints(input);
  if (placementConstraints.some(({ type }) => type !== 'memberOf')) throw clientException('A task definition takes memberOf constraints only.');
  const revision = (world.state.revisions.get(family) ?? 0) + 1;
  const definition: TaskDefinition = {
    arn: arn(world, `task-definition/${family}:${revision}`),
    family,
    revision,
    placementConstraints,
    needs: readNeeds(input, containers, networkMode),
    input: {
      ...input,
      networkMode,
      compatibilities: optionalStrings(input, 'requiresCompatibilities') ?? ['EXTERNAL', 'EC2'],
      registeredAt: nowMs(world) / 1000,
    },
  };
  world.state.revisions.set(family, revision);
  world.state.taskDefinitions.set(`${family}:${revision}`, definition);
  return { taskDefinition: definitionOutput(definition), tags: [] };
}

export function describeTaskDefinition(world: World, input: Input): object {
  return { taskDefinition: definitionOutput(findTaskDefinition(world, requiredString(input, 'taskDefinition'))), tags: [] };
}

/** By `family` (its newest revision), `family:revision` or ARN. */
export function findTaskDefinition(world: World, identifier: string): TaskDefinition {
  const name = resourceOf(world, identifier).replace(/^task-definition\//, '');
  const definition = world.state.taskDefinitions.get(name.includes(':') ? name : `${name}:${world.state.revisions.get(name)}`);
  if (!definition) throw clientException('TaskDefinition not found.');
  return definition;
}

function definitionOutput({ arn: taskDefinitionArn, revision, placementConstraints, input }: TaskDefinition): object {
  const { tags: _, ...echoed } = input;
  return { volumes: [], ...echoed, taskDefinitionArn, revision, placementConstraints, status: 'ACTIVE' };
}

/**
 * What a task takes from its instance: the task's own cpu and memory, else the sum over its containers (the soft limit of
 * memory where there is one); host ports in modes `bridge` (hostPort, unless 0) and `host` (containerPort). Tasks in mode
 * `awsvpc` take none; their network interfaces aren't counted here.
 */
function readNeeds(input: Input, containers: readonly Input[], networkMode: string): Resources {
  const sum = (value: (container: Input) => number | undefined) => containers.reduce((total, container) => total + (value(container) ?? 0), 0);
  const mappings = networkMode === 'bridge' || networkMode === 'host'
    ? containers.flatMap((container) => optionalObjects(container, 'portMappings') ?? []) : [];
  const ports = (protocol: string) => mappings
    .filter((mapping) => (optionalOneOf(mapping, 'protocol', ['tcp', 'udp']) ?? 'tcp') === protocol)
    .map((mapping) => optionalInteger(mapping, networkMode === 'host' ? 'containerPort' : 'hostPort', 0, 65_535) ?? 0)
    .filter((port) => port > 0)
    .map(String);
  return {
    cpu: amount(input, 'cpu') ?? sum((container) => optionalInteger(container, 'cpu', 0)),
    memory: amount(input, 'memory')
      ?? sum((container) => optionalInteger(container, 'memoryReservation', 0) ?? optionalInteger(container, 'memory', 0)),
    ports: ports('tcp'),
    portsUdp: ports('udp'),
  };
}

/** Task-level sizes are text: units or MiB, or `1 vCPU`, `2 GB`. */
function amount(input: Input, name: 'cpu' | 'memory'): number | undefined {
  const text = optionalString(input, name);
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(vcpu|gb)?$/i.exec(text);
  if (!match || match[2] && (name === 'cpu') !== /vcpu/i.test(match[2])) throw clientException(`Invalid '${name}' setting for task: ${text}.`);
  return Number(match[1]) * (match[2] ? 1024 : 1);
}
