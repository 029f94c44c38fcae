import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { Environment } from '../../../local-stack/identity';
import { NamedPolicy, RolePolicy } from '../../../local-stack/policy';
import { Template } from '../../../local-stack/template';

/** What IAM is asked: may this principal do this to that. */
export interface Request {
  /** @default - the role */
  readonly principal?: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Errors of the simulator that say: this action doesn't take such an ARN, or the ARN could be of several types. */
const OTHER_TYPE = ['no.resource.types', 'must.use.wildcard', 'multiple.resource.types'];

/** The policies of a role and of what it uses, with a simulator that judges requests by them. */
export class Judge {
  public static of(template: Template, roleArn: string, functionArn: string, invokePolicy: object): Judge {
    const ofResources = resourcePolicies(template).set(functionArn, invokePolicy);
    return new Judge(template.environment, roleArn, RolePolicy.of(template, roleArn).policies, ofResources);
  }

  public constructor(
    private readonly environment: Environment,
    private readonly role: string,
    readonly policies: readonly NamedPolicy[],
    readonly ofResources: ReadonlyMap<string, object> = new Map(),
  ) {}

  /** The same with other policies of the role. */
  public with(policies: readonly NamedPolicy[]): Judge {
    return new Judge(this.environment, this.role, policies, this.ofResources);
  }

  /** The same with another policy of a resource. */
  public withResource(arn: string, policy: object): Judge {
    return new Judge(this.environment, this.role, this.policies, new Map(this.ofResources).set(arn, policy));
  }

  public async allows({ principal = this.role, action, resource, context }: Request): Promise<boolean> {
    const { accountId } = this.environment;
    const simulation = {
      request: {
        principal,
        action,
        resource: { resource, accountId: resource.split(':')[4] || accountId },
        contextVariables: { 'aws:SecureTransport': 'true', ...context },
      },
      identityPolicies: principal === this.role ? [...this.policies] : [],
      resourcePolicy: this.ofResources.get(resource) ?? (resource.includes(':kms:') ? keyPolicyByDefault(resource) : undefined),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    };
    const answer = await runSimulation(simulation, {});
    if (answer.resultType !== 'error') return answer.overallResult === 'Allowed';
    if (!OTHER_TYPE.includes(answer.errors.message)) throw new Error(`${action} on ${resource} can't be simulated: ${JSON.stringify(answer.errors)}`);
    // By the role's statements alone then, whatever the action takes.
    return runUnsafeSimulation({ ...simulation, resourcePolicy: undefined }, {}) === 'Allowed';
  }
}

/** Policies of the template's queues and keys, by ARN. */
function resourcePolicies(template: Template): Map<string, object> {
  const queueArns = new Map(template.idsOf('AWS::SQS::Queue').map((id) => template.identity(id)).map(({ ref, attributes }) => [ref, attributes.Arn]));
  const ofQueues = template.idsOf('AWS::SQS::QueuePolicy').map((id) => template.properties<{ Queues: string[]; PolicyDocument: object }>(id))
    .flatMap(({ Queues, PolicyDocument }) => Queues.map((url) => [queueArns.get(url)!, PolicyDocument] as const));
  const ofKeys = template.idsOf('AWS::KMS::Key')
    .map((id) => [template.identity(id).attributes.Arn, template.properties<{ KeyPolicy: object }>(id).KeyPolicy] as const);
  return new Map([...ofQueues, ...ofKeys]);
}

/** What KMS and CDK give a key: the account's own policies decide. Nothing is allowed without a key policy. */
function keyPolicyByDefault(keyArn: string): object {
  const [, partition, , , account] = keyArn.split(':');
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:${partition}:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
  };
}
