import { actionsOf, describe, everyNth, fill, services, Turn } from './catalogue';
import { Request } from './judge';
import { Environment } from '../../../local-stack/identity';
import { Template } from '../../../local-stack/template';

/** Services whose every action is asked for, beside those that the policy names. */
const WHOLE = ['ecs', 'iam', 'sts', 'lambda', 'events'];

/**
 * What Lambda does for a function in a VPC with the function's role:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const NETWORK_INTERFACES = [
  'CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'DeleteNetworkInterface', 'AssignPrivateIpAddresses',
  'UnassignPrivateIpAddresses',
].map((name) => `ec2:${name}`);

/** What the role must allow, and nothing else. */
export interface Need extends Request {
  /** Container instances and log streams go by any name. */
  readonly form: string;
}

export const need = (request: Request): Need => ({ ...request, form: form(request.resource) });

export const form = (arn: string): string =>
  arn.replace(/(:container-instance\/[^/]+\/).+/, '$1*').replace(/(:log-stream:).+/, '$1*');

/** One need for each action and form of ARN. */
export function distinct(needs: readonly Need[]): Need[] {
  return [...new Map(needs.map((item) => [`${item.action} ${item.form}`, item])).values()];
}

export const isNeeded = (needs: readonly Need[], { action, resource }: Request): boolean =>
  needs.some((item) => item.action === action && (item.resource === '*' || item.form === form(resource)));

interface FunctionProperties {
  Role: string;
  KmsKeyArn?: string;
  VpcConfig?: object;
  DeadLetterConfig: { TargetArn: string };
  LoggingConfig: { LogGroup: string };
}

/** The template's only function. */
export function functionOf(template: Template): { arn: string; properties: FunctionProperties } {
  const ids = template.idsOf('AWS::Lambda::Function');
  if (ids.length !== 1) throw new Error(`expected one function in the template, found ${ids.length}`);
  return { arn: template.identity(ids[0]).attributes.Arn, properties: template.properties<FunctionProperties>(ids[0]) };
}

/** What Lambda does with the role by itself: logs, failed events, the environment's key, network interfaces. */
export function lambdasNeeds(template: Template): Need[] {
  const { partition, region, accountId } = template.environment;
  const { KmsKeyArn, VpcConfig, DeadLetterConfig, LoggingConfig } = functionOf(template).properties;
  const queueKey = template.idsOf('AWS::SQS::Queue').filter((id) => template.identity(id).attributes.Arn === DeadLetterConfig.TargetArn)
    .map((id) => template.properties<{ KmsMasterKeyId?: string }>(id).KmsMasterKeyId)[0];
  const logStream = `arn:${partition}:logs:${region}:${accountId}:log-group:${LoggingConfig.LogGroup}:log-stream:2026/04/09/1`;
  return [
    ...['CreateLogStream', 'PutLogEvents'].map((action) => ({ action: `logs:${action}`, resource: logStream })),
    { action: 'sqs:SendMessage', resource: DeadLetterConfig.TargetArn },
    ...(queueKey ? ['Decrypt', 'GenerateDataKey'].map((action) => ({ action: `kms:${action}`, resource: queueKey })) : []),
    ...(KmsKeyArn ? [{ action: 'kms:Decrypt', resource: KmsKeyArn }] : []),
    ...(VpcConfig ? NETWORK_INTERFACES.map((action) => ({ action, resource: '*' })) : []),
  ].map(need);
}

/** Requests that are near what is needed, by what was changed. */
export interface Neighbour extends Request {
  readonly changed: 'partition' | 'Region' | 'account' | 'cluster' | 'name' | 'context';
}

/** Of a need, the same action elsewhere: one part of the ARN or the context changed, and the context once as it was and once to match. */
export function neighbours({ action, resource, context }: Need): Neighbour[] {
  if (resource === '*') return [];
  const [, partition, service, region, account, ...rest] = resource.split(':');
  const changed: [Neighbour['changed'], string][] = [];
  const arn = (parts: { partition?: string; region?: string; account?: string; rest?: string }) =>
    ['arn', parts.partition ?? partition, service, parts.region ?? region, parts.account ?? account, parts.rest ?? rest.join(':')].join(':');
  changed.push(
    ['partition', arn({ partition: 'aws-cn' })], ['partition', arn({ partition: 'aws-us-gov' })],
    ['Region', arn({ region: 'us-east-1' })], ['account', arn({ account: '999988887777' })],
  );
  // A name ends at a slash or a colon: of a log stream the group's name, of a container instance the cluster's.
  const pattern = service === 'ecs' ? /^([\w-]+\/)([^/]+)(?:\/([^/]+))?$/ : service === 'logs' ? /^(log-group:)([^:]+)(:.*)$/ : /^((?:key\/)?)(.+)$/;
  const [, head, first, second] = pattern.exec(rest.join(':'))!;
  for (const name of similar(first)) {
    const tail = second === undefined ? '' : service === 'ecs' ? `/${second}` : second;
    changed.push([service === 'ecs' ? 'cluster' : 'name', arn({ rest: `${head}${name}${tail}` })]);
  }
  if (head === 'service/') similar(second).forEach((name) => changed.push(['name', arn({ rest: `${head}${first}/${name}` })]));

  const cluster = context?.['ecs:cluster'];
  const inContext = (clusterArn: string | undefined): Record<string, string> => clusterArn === undefined ? {} : { 'ecs:cluster': clusterArn };
  return [
    ...changed.flatMap(([what, elsewhere]): Neighbour[] => [
      { action, resource: elsewhere, context, changed: what },
      ...(cluster ? [{ action, resource: elsewhere, context: inContext(clusterOf(elsewhere)), changed: what }] : []),
    ]),
    ...(cluster ? [...similarArns(cluster), undefined].map((other): Neighbour => ({ action, resource, context: inContext(other), changed: 'context' })) : []),
  ];
}

/** Names that a pattern which is a bit too wide would take for this one. */
const similar = (name: string): string[] => [`${name}-2`, `${name}2`, `my-${name}`, name.slice(0, -1), 'other'];

/** The same of ARNs that end with a slash and a name; and ARNs of the same name elsewhere. */
export function similarArns(arn: string): string[] {
  const [, head, name] = /^(.*\/)([^/]+)$/.exec(arn)!;
  const elsewhere = [[1, 'aws-cn'], [3, 'us-east-1'], [4, '999988887777']] as const;
  return [...similar(name).map((other) => head + other), ...elsewhere.map(([place, value]) => arn.split(':').map((part, index) => index === place ? value : part).join(':'))];
}

const clusterOf = (arn: string): string => arn.replace(/:(service|container-instance)\/([^/]+)\/.*/, ':cluster/$2');

/** Every ECS action on each of the ARNs, whether the action takes such an ARN or not. */
export async function ecsActionsOn(arns: readonly string[]): Promise<Request[]> {
  const actions = await actionsOf('ecs');
  return arns.flatMap((resource) => actions.map((action) => ({ action, resource, context: { 'ecs:cluster': clusterOf(resource) } })));
}

/** Every action of the services near at hand, what only a VPC needs, and this turn of all others, each on the stack's own resources where they are of its type. */
export async function everythingElse(
  template: Template, clusters: Readonly<Record<string, readonly string[]>>, named: readonly string[], turn: Turn,
): Promise<Request[]> {
  const names = ownNames(template);
  const { partition, region, accountId } = template.environment;
  const ecsArn = `arn:${partition}:ecs:${region}:${accountId}`;
  const nearby = new Set([...WHOLE, ...named]);
  const share = everyNth((await Promise.all((await services()).map(actionsOf))).flat(), turn);
  const whole = (await Promise.all([...nearby].map(actionsOf))).flat();
  const places = Object.entries(clusters).flatMap(([ClusterName, owned]) => owned.map((ServiceName) => ({ ClusterName, ServiceName })));
  const requests = await Promise.all([...new Set([...share, ...whole, ...NETWORK_INTERFACES])].map(async (action): Promise<Request[]> => {
    const { patterns } = await describe(action);
    if (patterns.length === 0) return [{ action, resource: '*' }];
    return (action.startsWith('ecs:') ? places : [places[0]]).flatMap((place) => {
      const context = action.startsWith('ecs:') ? { 'ecs:cluster': `${ecsArn}:cluster/${place.ClusterName}` } : undefined;
      return patterns.flatMap((pattern) => names.map((own) => ({ action, resource: fill(pattern, { ...own, ...place }), context })));
    });
  }));
  return [...new Map(requests.flat().map((request) => [`${request.action} ${request.resource}`, request])).values()];
}

/** Values for the variables of ARNs: the names of the stack's own resources, in as many sets as it has of one type. */
function ownNames(template: Template): Record<string, string>[] {
  const { partition, region, accountId }: Environment = template.environment;
  const lastOf = (arns: string | string[]) => [arns].flat().map((arn) => arn.split(/[:/]/).pop()!);
  const last = (type: string) => lastOf(template.idsOf(type).map((id) => template.identity(id).attributes.Arn));
  const lists: Record<string, string[]> = {
    FunctionName: last('AWS::Lambda::Function'),
    QueueName: last('AWS::SQS::Queue'),
    KeyId: [...new Set([...last('AWS::KMS::Key'), ...lastOf(functionOf(template).properties.KmsKeyArn ?? [])])],
    RuleName: last('AWS::Events::Rule'),
    RoleNameWithPath: [functionOf(template).properties.Role.split('/').pop()!],
    LogGroupName: [functionOf(template).properties.LoggingConfig.LogGroup],
  };
  const fixed = { Partition: partition, Region: region, Account: accountId };
  return Array.from({ length: Math.max(...Object.values(lists).map(({ length }) => length)) }, (_, index) => ({
    ...fixed, ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length).map(([name, list]) => [name, list[index % list.length]])),
  }));
}
