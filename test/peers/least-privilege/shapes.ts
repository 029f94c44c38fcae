import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler, ReconcilerOptions, ServiceScalingOptions, TaskScaling } from '../../../src';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const SERVICE = 'node-agent';
export const PROVIDER = 'spot';
const LAMBDA = new iam.ServicePrincipal('lambda.amazonaws.com');

/** One way to use the constructs, as far as the role's policy depends on it. */
export interface Shape {
  readonly name: string;
  readonly build: (stack: Stack) => void;
  /** What there is in ECS: clusters by name, with their services' names. */
  readonly clusters: Readonly<Record<string, readonly string[]>>;
  readonly fleet?: boolean;
  /** Whether clusters that came after the deployment are managed as well. */
  readonly anyCluster?: boolean;
}

const cluster = (scope: Construct, clusterName: string): ecs.ICluster =>
  ecs.Cluster.fromClusterAttributes(scope, `Cluster-${clusterName}`, { clusterName, vpc: vpc(scope, `VpcOf-${clusterName}`), hasEc2Capacity: true });

const service = (scope: Construct, owner: ecs.ICluster, serviceName: string): ecs.IBaseService =>
  ecs.Ec2Service.fromEc2ServiceAttributes(scope, serviceName, { cluster: owner, serviceName });

const vpc = (scope: Construct, id = 'Vpc'): ec2.IVpc =>
  ec2.Vpc.fromVpcAttributes(scope, id, { vpcId: 'vpc-12345678', availabilityZones: [`${REGION}a`], privateSubnetIds: ['subnet-1'] });

const role = (scope: Construct): iam.Role => new iam.Role(scope, 'OwnRole', { assumedBy: LAMBDA });

function bound(name: string, options: (stack: Stack) => ReconcilerOptions & ServiceScalingOptions, more: readonly string[] = []): Shape {
  return {
    name,
    build: (stack) => {
      const owner = cluster(stack, 'edge');
      const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster: owner, service: service(stack, owner, SERVICE), ...options(stack) });
      for (const serviceName of more) autoscaler.addService(service(stack, owner, serviceName));
    },
    clusters: { edge: [SERVICE, ...more] },
  };
}

function fleet(name: string, options: ReconcilerOptions & ServiceScalingOptions, listed?: readonly string[]): Shape {
  const clusters = listed ?? ['edge', 'core'];
  return {
    name,
    build: (stack) => {
      new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', {
        serviceName: SERVICE, clusters: listed?.map((clusterName) => cluster(stack, clusterName)), ...options,
      });
    },
    clusters: Object.fromEntries(clusters.map((clusterName) => [clusterName, [SERVICE]])),
    fleet: true,
    anyCluster: !listed,
  };
}

const ownQueue = (scope: Construct, encryption: sqs.QueueProps = { encryptionMasterKey: new kms.Key(scope, 'QueueKey') }): sqs.Queue =>
  new sqs.Queue(scope, 'OwnQueue', { enforceSSL: true, ...encryption });

const vcpus = { scaling: TaskScaling.linear({ vcpusPerTask: 4 }) };
const managedPolicy = (scope: Construct): iam.ManagedPolicy => new iam.ManagedPolicy(scope, 'ManagedPolicy');

export const SHAPES: readonly Shape[] = [
  bound('bound', () => ({})),
  bound('several services', () => ({}), ['dns', 'cache']),
  bound('vCPUs', () => vcpus),
  bound('capacity providers', () => ({ capacityProviderNames: [PROVIDER] })),
  fleet('fleet', {}),
  fleet('fleet with vCPUs', vcpus),
  fleet('fleet with clusters', {}, ['edge', 'core']),
  fleet('fleet with clusters and vCPUs', vcpus, ['edge', 'core']),
  bound('VPC', (stack) => ({ vpc: vpc(stack) })),
  bound('own role', (stack) => ({ role: role(stack) })),
  bound('own role, VPC', (stack) => ({ role: role(stack), vpc: vpc(stack) })),
  bound('imported role', (stack) => ({ role: iam.Role.fromRoleName(stack, 'ImportedRole', 'reconciler') })),
  bound('managed policy', (stack) => ({ managedPolicy: managedPolicy(stack) })),
  bound('key for the environment', (stack) => ({ environmentEncryption: new kms.Key(stack, 'Key') })),
  bound('imported key for the environment', (stack) => ({
    environmentEncryption: kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`),
  })),
  bound('own log group', (stack) => ({ logGroup: new logs.LogGroup(stack, 'OwnLogGroup', { logGroupName: '/agents/scaling' }) })),
  bound('own queue', (stack) => ({ deadLetterQueue: ownQueue(stack, {}) })),
  bound('own queue with a key', (stack) => ({ deadLetterQueue: ownQueue(stack) })),
  bound('all of it', (stack) => ({
    ...vcpus,
    vpc: vpc(stack),
    role: role(stack),
    managedPolicy: managedPolicy(stack),
    environmentEncryption: new kms.Key(stack, 'Key'),
    logGroup: new logs.LogGroup(stack, 'OwnLogGroup'),
    deadLetterQueue: ownQueue(stack),
  }), ['dns']),
];
