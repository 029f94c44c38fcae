import { createHash } from 'node:crypto';

/** Where a stack lives. */
export interface Environment {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  readonly stackId: string;
}

/** What CloudFormation returns for a resource: its `Ref` and its attributes. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The property that names a resource of each type whose name may be chosen. */
export const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::ECS::Cluster': 'ClusterName',
  'AWS::ECS::Service': 'ServiceName',
  'AWS::ECS::TaskDefinition': 'Family',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SQS::Queue': 'QueueName',
};

/** A stack's ID: the same for the same stack on every run and machine. */
export function stackId(partition: string, region: string, accountId: string, stackName: string): string {
  return `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/${uuid(`stack ${accountId} ${region} ${stackName}`)}`;
}

/** The name CloudFormation would generate, with a suffix that is stable rather than random. */
export function generatedName(environment: Environment, logicalId: string): string {
  const suffix = hash(`${environment.stackId} ${logicalId}`).slice(0, 12).toUpperCase();
  // 64 characters is the shortest limit among the types above (functions, rules, roles).
  return `${environment.stackName.slice(0, 24)}-${logicalId.slice(0, 24)}-${suffix}`;
}

/**
 * A resource's identity, by type. `clusterName` is needed for services only: their ARN holds it.
 * Types not listed have a `Ref` and no attributes.
 */
export function identify(environment: Environment, type: string, name: string, clusterName?: string): Identity {
  const { partition, region, accountId } = environment;
  const arn = (service: string, resource: string): string => `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  switch (type) {
    case 'AWS::EC2::SecurityGroup': {
      const groupId = `sg-${hash(name).slice(0, 17)}`;
      return { ref: groupId, attributes: { GroupId: groupId } };
    }
    case 'AWS::ECS::Cluster':
      return { ref: name, attributes: { Arn: arn('ecs', `cluster/${name}`) } };
    case 'AWS::ECS::Service': {
      const serviceArn = arn('ecs', `service/${clusterName ?? 'default'}/${name}`);
      return { ref: serviceArn, attributes: { Name: name, ServiceArn: serviceArn } };
    }
    case 'AWS::ECS::TaskDefinition': {
      const taskDefinitionArn = arn('ecs', `task-definition/${name}:1`);
      return { ref: taskDefinitionArn, attributes: { TaskDefinitionArn: taskDefinitionArn } };
    }
    case 'AWS::Events::Rule':
      return { ref: name, attributes: { Arn: arn('events', `rule/${name}`) } };
    case 'AWS::IAM::ManagedPolicy': {
      const policyArn = `arn:${partition}:iam::${accountId}:policy/${name}`;
      return { ref: policyArn, attributes: { PolicyArn: policyArn } };
    }
    case 'AWS::IAM::Role':
      return {
        ref: name,
        attributes: { Arn: `arn:${partition}:iam::${accountId}:role/${name}`, RoleId: `AROA${hash(name).slice(0, 16).toUpperCase()}` },
      };
    case 'AWS::KMS::Key': {
      const keyId = uuid(name);
      return { ref: keyId, attributes: { Arn: arn('kms', `key/${keyId}`), KeyId: keyId } };
    }
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    case 'AWS::SQS::Queue': {
      const url = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
      return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
    }
    default:
      return { ref: name, attributes: {} };
  }
}

/** A UUID made from a seed, so that two runs produce the same bytes. */
export function uuid(seed: string): string {
  const hex = hash(seed);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
