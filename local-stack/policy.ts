import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Environment } from './identity';
import { Queue } from './queue';
import { Template } from './template';

/** An IAM request: who wants to do what, to which resource, in which context. */
export interface AccessRequest {
  /** An ARN, or a service principal such as events.amazonaws.com. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly action: string;
  /** The first resource that was denied; where none was, the first of the call. */
  readonly resource: string;
  /** The request and the simulator's result in words. */
  readonly detail: string;
}

/** An ECS API call as its request was. */
export interface EcsCall {
  readonly action: string;
  readonly input: Readonly<Record<string, any>>;
}

export interface NamedPolicy {
  readonly name: string;
  readonly policy: object;
}

/** The function's role: its policies from the template, and a judge for what it asks of other services. */
export class RolePolicy {
  public static of(template: Template, roleArn: string): RolePolicy {
    return new RolePolicy(template.environment, roleArn, rolePolicies(template, roleArn));
  }

  private constructor(
    private readonly environment: Environment,
    private readonly roleArn: string,
    readonly policies: readonly NamedPolicy[],
  ) {}

  /** Judges an ECS API call: allowed only if it is for each of the resources that the call names. */
  public async judge(call: EcsCall): Promise<Verdict> {
    return this.judgeAll(ecsRequests(call, this.environment).map((request) => ({ ...request, principal: this.roleArn })));
  }

  /** Judges a message to a queue. */
  public async judgeSendMessage(queue: Queue): Promise<Verdict> {
    const request = { principal: this.roleArn, action: 'sqs:SendMessage', resource: queue.arn, context: SECURE };
    return simulate(request, this.environment.accountId, this.policies, queue.policy);
  }

  private async judgeAll(requests: readonly AccessRequest[]): Promise<Verdict> {
    const verdicts = await Promise.all(requests.map(async (request) => simulate(request, this.environment.accountId, this.policies)));
    return verdicts.find((verdict) => !verdict.allowed) ?? verdicts[0];
  }
}

const SECURE = { 'aws:SecureTransport': 'true' };

/** Judges a service's request to a resource by the resource's own policy. */
export async function judgeService(
  environment: Environment, action: string, resource: string, sourceArn: string, resourcePolicy: object | undefined,
): Promise<Verdict> {
  const context = { ...SECURE, 'aws:SourceArn': sourceArn, 'aws:SourceAccount': environment.accountId };
  return simulate({ principal: 'events.amazonaws.com', action, resource, context }, environment.accountId, [], resourcePolicy);
}

async function simulate(
  request: AccessRequest, accountId: string, identityPolicies: readonly NamedPolicy[], resourcePolicy?: object,
): Promise<Verdict> {
  const { principal, action, resource, context = {} } = request;
  const simulation = await runSimulation({
    request: { principal, action, resource: { resource, accountId }, contextVariables: { ...context } },
    identityPolicies: [...identityPolicies],
    resourcePolicy,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {});
  if (simulation.resultType === 'error') {
    throw new Error(`${action} on ${resource} can't be simulated: ${JSON.stringify(simulation.errors)}`);
  }
  const result = simulation.overallResult;
  const where = Object.entries(context).map(([key, value]) => `${key}=${value}`).join(' ');
  return { allowed: result === 'Allowed', action, resource, detail: `${action} on ${resource}${where && ` (${where})`}: ${result}` };
}

/** Every policy of the template that the role carries. Of a role that was made elsewhere these are the ones attached here. */
function rolePolicies(template: Template, roleArn: string): NamedPolicy[] {
  const roleId = template.idsOf('AWS::IAM::Role').find((id) => template.identity(id).attributes.Arn === roleArn);
  const role = roleId ? template.properties<RoleProperties>(roleId) : {};
  if (role.ManagedPolicyArns?.length) {
    throw new Error(`Resources.${roleId}: what ${role.ManagedPolicyArns.join(', ')} allow isn't in the template.`);
  }
  const roleName = roleArn.split('/').pop()!;
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    template.idsOf(type).map((id) => template.properties<AttachedPolicy>(id))
      .filter((policy) => policy.Roles?.includes(roleName) || policy.RoleName === roleName));
  const policies = [...role.Policies ?? [], ...attached];
  if (!roleId && !policies.length) throw new Error(`The template neither has the role ${roleArn} nor attaches a policy to it.`);
  return policies.map(({ PolicyName, PolicyDocument }, index) => ({ name: PolicyName ?? `policy-${index}`, policy: PolicyDocument }));
}

interface RoleProperties {
  Policies?: InlinePolicy[];
  ManagedPolicyArns?: string[];
}

interface InlinePolicy {
  PolicyName?: string;
  PolicyDocument: object;
}

interface AttachedPolicy extends InlinePolicy {
  Roles?: string[];
  RoleName?: string;
}

/**
 * The IAM requests ECS makes of a call, by the Service Authorization Reference: names become ARNs; `ecs:cluster` is in the
 * context only of actions that know it.
 */
export function ecsRequests({ action, input }: EcsCall, { partition, region, accountId }: Environment): Omit<AccessRequest, 'principal'>[] {
  const arn = (type: string, id: string): string => id.startsWith('arn:') ? id : `arn:${partition}:ecs:${region}:${accountId}:${type}/${id}`;
  const cluster = arn('cluster', input.cluster ?? 'default');
  const clusterName = cluster.split('/').pop();
  const inCluster = (type: string, ids: string[]): Omit<AccessRequest, 'principal'>[] => ids.map((id) => ({
    action: `ecs:${action}`, resource: arn(type, id.startsWith('arn:') ? id : `${clusterName}/${id}`), context: { 'ecs:cluster': cluster },
  }));
  switch (action) {
    case 'DescribeServices': return inCluster('service', input.services);
    case 'UpdateService': return inCluster('service', [input.service]);
    case 'DescribeContainerInstances': return inCluster('container-instance', input.containerInstances);
    case 'ListContainerInstances': return [{ action: 'ecs:ListContainerInstances', resource: cluster }];
    case 'ListClusters': return [{ action: 'ecs:ListClusters', resource: '*' }];
    default:
      throw new Error(`How IAM judges ecs:${action} isn't implemented, only DescribeServices, UpdateService, DescribeContainerInstances, `
        + 'ListContainerInstances and ListClusters.');
  }
}
