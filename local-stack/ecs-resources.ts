import { Template } from './template';
import { LocalEcs } from '../local-ecs';

/** API parameters whose names aren't the CloudFormation property's in lower camel case. */
const RENAMED: Readonly<Record<string, string>> = { PlacementStrategies: 'placementStrategy' };
/** Maps of the user's own keys: only their values are properties. */
const FREE_FORM = new Set(['Options', 'DockerLabels', 'DriverOpts', 'Labels', 'LogDriverOptions']);

/** Creates the template's clusters, task definitions and services through the API, as CloudFormation would. */
export function createEcsResources(template: Template, ecs: LocalEcs): void {
  for (const id of template.idsOf('AWS::ECS::Cluster')) {
    expectIdentity(id, template.identity(id).attributes.Arn,
      ecs.call('CreateCluster', { ...parameters(template, id), clusterName: template.identity(id).ref }).cluster.clusterArn);
  }
  for (const id of template.idsOf('AWS::ECS::TaskDefinition')) {
    const family = template.identity(id).ref.split('/').pop()!.split(':')[0];
    expectIdentity(id, template.identity(id).ref,
      ecs.call('RegisterTaskDefinition', { ...parameters(template, id), family }).taskDefinition.taskDefinitionArn);
  }
  for (const id of template.idsOf('AWS::ECS::Service')) {
    // Without a desired count in the template ECS creates a replica service with one task.
    const input = { desiredCount: 1, ...parameters(template, id), serviceName: template.identity(id).attributes.Name };
    expectIdentity(id, template.identity(id).ref, ecs.call('CreateService', input).service.serviceArn);
  }
}

/** A resource's properties as API parameters: the same tree with lower-case initials. */
function parameters(template: Template, logicalId: string): Record<string, unknown> {
  return camelCase(template.properties(logicalId)) as Record<string, unknown>;
}

function camelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) =>
    [RENAMED[name] ?? name[0].toLowerCase() + name.slice(1), FREE_FORM.has(name) ? item : camelCase(item)]));
}

/** The template was resolved with ARNs computed here: ECS must have given the same. */
function expectIdentity(logicalId: string, expected: string, actual: string): void {
  if (actual !== expected) {
    throw new Error(`${logicalId} is ${actual}, but the template was resolved with ${expected}: is this local-ecs new?`);
  }
}
