import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ENV, importCluster, logicalId, newVpc, resourceIn } from './app';
import { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler, ReconcilerOptions } from '../../src';

/** Both constructs take the same options of the function. */
const SHAPES = {
  DaemonServiceAutoscaler: (stack: Stack, options: ReconcilerOptions) => {
    const cluster = importCluster(stack, 'prod');
    const service = ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', `arn:aws:ecs:${ENV.region}:${ENV.account}:service/prod/agent`);
    return new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service, ...options });
  },
  FleetDaemonServiceAutoscaler: (stack: Stack, options: ReconcilerOptions) =>
    new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', { serviceName: 'agent', ...options }),
};

const NETWORK_INTERFACES = {
  Effect: 'Allow',
  Action: [
    'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
};

const newStack = () => new Stack(new App(), 'Stack', { env: ENV });

const statements = (template: Template, type = 'AWS::IAM::Policy'): any[] =>
  Object.values(template.findResources(type)).flatMap((policy) => policy.Properties.PolicyDocument.Statement);

/** Statements of two stacks compare, whatever their resources are called. */
const withoutIds = (statement: any) => JSON.stringify(statement).replace(/"Autoscaler\w+"/g, '"part"');

const arnOf = (construct: any) => ({ 'Fn::GetAtt': [logicalId(construct), 'Arn'] });

describe.each(Object.entries(SHAPES))('%s', (_, make) => {
  describe('vpc', () => {
    test('puts the function into the private subnets, with HTTPS out and nothing in', () => {
      const stack = newStack();
      const autoscaler = make(stack, { vpc: newVpc(stack) });
      const template = Template.fromStack(stack);

      const group = autoscaler.node.findChild('SecurityGroup');
      expect(resourceIn(template, autoscaler.handler).Properties.VpcConfig).toEqual({
        SubnetIds: ['subnet-1', 'subnet-2'],
        SecurityGroupIds: [{ 'Fn::GetAtt': [logicalId(group), 'GroupId'] }],
      });
      expect(resourceIn(template, group).Properties).toEqual({
        GroupDescription: expect.any(String),
        VpcId: 'vpc-12345678',
        SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Description: 'The ECS API' }],
      });
    });

    test('allows Lambda its network interfaces, and no managed policy', () => {
      const stack = newStack();
      const autoscaler = make(stack, { vpc: newVpc(stack) });
      const template = Template.fromStack(stack);

      expect(statements(template).filter((statement) => JSON.stringify(statement).includes('ec2:'))).toEqual([NETWORK_INTERFACES]);
      expect(resourceIn(template, autoscaler.role).Properties).not.toHaveProperty('ManagedPolicyArns');
    });

    test('takes subnets and security groups of the user\'s own, and makes none', () => {
      const stack = newStack();
      const vpc = newVpc(stack);
      const autoscaler = make(stack, {
        vpc,
        vpcSubnets: { subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-9')] },
        securityGroups: ['sg-1', 'sg-2'].map((id) => ec2.SecurityGroup.fromSecurityGroupId(stack, id, id)),
      });
      const template = Template.fromStack(stack);

      expect(resourceIn(template, autoscaler.handler).Properties.VpcConfig).toEqual({ SubnetIds: ['subnet-9'], SecurityGroupIds: ['sg-1', 'sg-2'] });
      template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    });

    test('makes the construct connectable', () => {
      const stack = newStack();
      const vpc = newVpc(stack);
      const autoscaler = make(stack, { vpc });
      const endpoint = new ec2.SecurityGroup(stack, 'Endpoint', { vpc });

      endpoint.connections.allowFrom(autoscaler, ec2.Port.tcp(443));

      Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
        GroupId: { 'Fn::GetAtt': [logicalId(endpoint), 'GroupId'] },
        SourceSecurityGroupId: { 'Fn::GetAtt': [logicalId(autoscaler.node.findChild('SecurityGroup')), 'GroupId'] },
      });
    });

    test('left out leaves no connections to ask for', () => {
      expect(() => make(newStack(), {}).connections).toThrow('connections: the function is in no VPC and has no security group, expected the property vpc');
    });
  });

  test('environmentEncryption encrypts the environment, and the function may decrypt it', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const autoscaler = make(stack, { environmentEncryption: key });
    const template = Template.fromStack(stack);

    expect(resourceIn(template, autoscaler.handler).Properties.KmsKeyArn).toEqual(arnOf(key));
    expect(statements(template).filter((statement) => JSON.stringify(statement).includes('kms:'))).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: arnOf(key) },
    ]);
  });

  describe('a dead-letter queue with a key of the user\'s', () => {
    const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

    test('takes what the function and the rules send: both may use the key', () => {
      const stack = newStack();
      const key = new kms.Key(stack, 'Key');
      make(stack, { deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: key }) });
      const template = Template.fromStack(stack);

      expect(statements(template)).toContainEqual({ Effect: 'Allow', Action: KEY_ACTIONS, Resource: arnOf(key) });
      expect(resourceIn(template, key).Properties.KeyPolicy.Statement).toContainEqual({
        Effect: 'Allow',
        Action: KEY_ACTIONS,
        Resource: '*',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      });
    });

    test('that is imported is used, and the function may use its key', () => {
      const stack = newStack();
      const keyArn = `arn:aws:kms:${ENV.region}:${ENV.account}:key/1234`;
      const queueArn = `arn:aws:sqs:${ENV.region}:${ENV.account}:failed`;
      make(stack, { deadLetterQueue: sqs.Queue.fromQueueAttributes(stack, 'Queue', { queueArn, keyArn }) });

      expect(statements(Template.fromStack(stack))).toEqual(expect.arrayContaining([
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn },
        { Effect: 'Allow', Action: KEY_ACTIONS, Resource: keyArn },
      ]));
    });
  });

  test('one key for everything makes no cycle', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    make(stack, {
      vpc: newVpc(stack),
      environmentEncryption: key,
      deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: key }),
      logGroup: new logs.LogGroup(stack, 'Logs', { encryptionKey: key }),
    });

    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  describe('a role of the user\'s own', () => {
    const options = (stack: Stack) => {
      const key = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${ENV.region}:${ENV.account}:key/1234`);
      const deadLetterQueue = new sqs.Queue(stack, 'Queue', { encryptionMasterKey: key });
      return { vpc: newVpc(stack), environmentEncryption: key, deadLetterQueue };
    };
    const withRole = (role: (stack: Stack) => iam.IRole | undefined) => {
      const stack = newStack();
      make(stack, { ...options(stack), role: role(stack) });
      return statements(Template.fromStack(stack));
    };

    test.each<[string, (stack: Stack) => iam.IRole]>([
      ['that is made', (stack) => new iam.Role(stack, 'OwnRole', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') })],
      ['that is imported', (stack) => iam.Role.fromRoleArn(stack, 'OwnRole', `arn:aws:iam::${ENV.account}:role/reconciler`)],
    ])('%s gets what the made one would', (__, role) => {
      const expected = withRole(() => undefined);

      expect(withRole(role)).toEqual(expected);
      expect(expected).toContainEqual(NETWORK_INTERFACES);
    });
  });

  describe('managedPolicy', () => {
    test.each<[string, (stack: Stack) => iam.IRole | undefined, (role: iam.IRole) => unknown]>([
      ['the made role', () => undefined, (role) => ({ Ref: logicalId(role) })],
      ['a role of the user\'s own', (stack) => iam.Role.fromRoleArn(stack, 'OwnRole', `arn:aws:iam::${ENV.account}:role/reconciler`), () => 'reconciler'],
    ])('takes all statements, is attached to %s, and comes before the function', (__, role, name) => {
      const everything = (stack: Stack, managedPolicy?: iam.ManagedPolicy) => {
        const key = new kms.Key(stack, 'Key');
        return make(stack, {
          vpc: newVpc(stack),
          environmentEncryption: key,
          deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: key }),
          role: role(stack),
          managedPolicy,
        });
      };
      const inline = newStack();
      everything(inline);
      const stack = newStack();
      const managedPolicy = new iam.ManagedPolicy(stack, 'Policy');
      const autoscaler = everything(stack, managedPolicy);
      const template = Template.fromStack(stack);

      template.resourceCountIs('AWS::IAM::Policy', 0);
      expect(statements(template, 'AWS::IAM::ManagedPolicy').map(withoutIds)).toEqual(statements(Template.fromStack(inline)).map(withoutIds));
      template.hasResourceProperties('AWS::IAM::ManagedPolicy', { Roles: [name(autoscaler.role)] });
      expect(resourceIn(template, autoscaler.handler).DependsOn).toContain(logicalId(managedPolicy));
    });
  });

  describe('a bad property fails at construction, naming what was received and what is allowed', () => {
    test.each<[ReconcilerOptions, string]>([
      [{ vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } }, 'vpcSubnets: received without vpc, expected both: only a function in a VPC has them'],
      [{ securityGroups: [] }, 'securityGroups: received without vpc, expected both: only a function in a VPC has them'],
    ])('%j', (options, message) => {
      expect(() => make(newStack(), options)).toThrow(message);
    });

    test('securityGroups without one', () => {
      const stack = newStack();

      expect(() => make(stack, { vpc: newVpc(stack), securityGroups: [] })).toThrow(
        'securityGroups: received no security group, expected from one to five. Leave it out for one that only lets HTTPS out');
    });
  });

  test('nothing of this is there by default', () => {
    const stack = newStack();
    const autoscaler = make(stack, {});
    const { Properties } = resourceIn(Template.fromStack(stack), autoscaler.handler);

    expect(Properties).not.toHaveProperty('VpcConfig');
    expect(Properties).not.toHaveProperty('KmsKeyArn');
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });
});
