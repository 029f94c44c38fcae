import { App, Environment, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { configOf, ENV, importCluster, resourceIn, statementsOf } from './app';
import { DaemonServiceAutoscaler } from '../../src';

const CLUSTER_ARN = `arn:aws:ecs:${ENV.region}:${ENV.account}:cluster/prod`;
const SERVICE_ARN = `arn:aws:ecs:${ENV.region}:${ENV.account}:service/prod/agent`;
const FLAG = '@aws-cdk/aws-ecs:arnFormatIncludesClusterName';

interface Case {
  readonly env?: Environment;
  readonly context?: Record<string, unknown>;
  readonly cluster?: (stack: Stack) => ecs.ICluster;
  readonly service?: (stack: Stack, cluster: ecs.ICluster) => ecs.IService;
}

/** What a template says of cluster and service, in each of the places that must agree. */
function places({ env = ENV, context, cluster: newCluster = clusterByName, service: newService = serviceByArn(SERVICE_ARN) }: Case) {
  const stack = new Stack(new App({ context }), 'Stack', { env });
  const cluster = newCluster(stack);
  const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service: newService(stack, cluster) });
  const template = Template.fromStack(stack);
  const [, , services, instances] = statementsOf(template);
  const [instanceRule, deploymentRule] = autoscaler.rules.map((rule) => resourceIn(template, rule));
  expect(services).toMatchObject({ Effect: 'Allow', Action: ['ecs:DescribeServices', 'ecs:UpdateService'] });
  expect(instances).toMatchObject({ Effect: 'Allow', Action: 'ecs:ListContainerInstances' });
  // What is imported isn't this stack's to delete, so there is nothing to wait for.
  expect(instanceRule!.DependsOn).toBeUndefined();
  return {
    service: {
      policy: services!.Resource,
      config: configOf(template).services[0].serviceArn,
    },
    cluster: {
      condition: services!.Condition.ArnEquals['ecs:cluster'],
      policy: instances!.Resource,
      pattern: instanceRule!.Properties.EventPattern.detail.clusterArn[0],
      config: configOf(template).clusterArn,
    },
    deployments: deploymentRule!.Properties.EventPattern.resources[0].prefix,
  };
}

const clusterByName = (stack: Stack) => importCluster(stack, 'prod');
const clusterByArn = (arn: string) => (stack: Stack) => ecs.Cluster.fromClusterArn(stack, 'Cluster', arn);
const serviceByArn = (arn: string) => (stack: Stack) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn);
const serviceByName = (serviceName: string) => (stack: Stack, cluster: ecs.ICluster) =>
  ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Service', { cluster, serviceName }) as ecs.IService;
const serviceByAttributes = (serviceArn: string) => (stack: Stack, cluster: ecs.ICluster) =>
  ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Service', { cluster, serviceArn }) as ecs.IService;

/** All places name the same cluster and service. */
const agreeing = (clusterArn: unknown, serviceArn: unknown, deployments: unknown) => ({
  service: { policy: serviceArn, config: textOf(serviceArn) },
  cluster: { condition: clusterArn, policy: clusterArn, pattern: clusterArn, config: textOf(clusterArn) },
  deployments,
});
/** A value of a template as text, with intrinsics written as `configOf` does. */
function textOf(value: any): string {
  const parts: unknown[] = value['Fn::Join']?.[1] ?? [value];
  return parts.map((part) => typeof part === 'string' ? part : `<${JSON.stringify(part)}>`).join('');
}
const join = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
const PARTITION = { Ref: 'AWS::Partition' };
const inPartition = (resource: string) => join('arn:', PARTITION, `:ecs:${ENV.region}:${ENV.account}:${resource}`);
const inThisEnvironment = (resource: string) =>
  join('arn:', PARTITION, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${resource}`);

describe('in a stack with account and Region', () => {
  test('literal ARNs stay what they are', () => {
    expect(places({ cluster: clusterByArn(CLUSTER_ARN) })).toEqual(agreeing(CLUSTER_ARN, SERVICE_ARN, inPartition('service/prod/')));
    expect(places({ cluster: clusterByArn(CLUSTER_ARN), service: serviceByAttributes(SERVICE_ARN) }))
      .toEqual(agreeing(CLUSTER_ARN, SERVICE_ARN, inPartition('service/prod/')));
  });

  test.each([[true], [false], [undefined]])('a service by name has the long ARN, whatever the feature flag says: %s', (flag) => {
    expect(places({ context: { [FLAG]: flag }, service: serviceByName('agent') }))
      .toEqual(agreeing(inPartition('cluster/prod'), inPartition('service/prod/agent'), inPartition('service/prod/')));
  });

  test('the feature flag does make a difference in aws-cdk-lib, or the test above shows nothing', () => {
    const arnWith = (flag: boolean) => {
      const stack = new Stack(new App({ context: { [FLAG]: flag } }), 'Stack', { env: { ...ENV } });
      return JSON.stringify(stack.resolve(serviceByName('agent')(stack, clusterByName(stack)).serviceArn));
    };

    expect(arnWith(true)).toContain(':service/prod/agent');
    expect(arnWith(false)).toContain(':service/agent');
  });

  test('a service by a literal ARN of the short form has the long ARN', () => {
    const { service } = places({ service: serviceByArn(SERVICE_ARN.replace('/prod/', '/')) });

    expect(service).toEqual({ policy: SERVICE_ARN, config: SERVICE_ARN });
  });

  test('a cluster by attributes with a name has the ARN of this environment', () => {
    expect(places({}).cluster).toEqual(agreeing(inPartition('cluster/prod'), '', '').cluster);
  });

  test('a cluster by attributes with an ARN keeps it', () => {
    const cluster = (stack: Stack) => ecs.Cluster.fromClusterAttributes(stack, 'Cluster', {
      clusterName: 'prod', clusterArn: CLUSTER_ARN, vpc: importCluster(stack, 'x').vpc,
    });

    expect(places({ cluster }).cluster).toEqual(agreeing(CLUSTER_ARN, '', '').cluster);
  });

  test('the deployment pattern follows the stack\'s environment', () => {
    expect(places({ env: { ...ENV, region: 'cn-north-1' } }).deployments)
      .toEqual(join('arn:', PARTITION, `:ecs:cn-north-1:${ENV.account}:service/prod/`));
  });
});

describe('in a stack that only the deployment gives an environment', () => {
  test.each([[true], [false]])('a service by name has the long ARN, whatever the feature flag says: %s', (flag) => {
    expect(places({ env: {}, context: { [FLAG]: flag }, service: serviceByName('agent') }))
      .toEqual(agreeing(inThisEnvironment('cluster/prod'), inThisEnvironment('service/prod/agent'), inThisEnvironment('service/prod/')));
  });

  test('literal ARNs stay what they are', () => {
    expect(places({ env: {}, cluster: clusterByArn(CLUSTER_ARN) }))
      .toEqual(agreeing(CLUSTER_ARN, SERVICE_ARN, inThisEnvironment('service/prod/')));
  });
});

describe('of what another stack exports', () => {
  const CLUSTER = { 'Fn::ImportValue': 'ClusterArn' };
  const SERVICE = { 'Fn::ImportValue': 'ServiceArn' };
  const NAME = { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::Select': [5, { 'Fn::Split': [':', CLUSTER] }] }] }] };

  test('ARNs go through as they are, and the pattern takes the cluster\'s name from its ARN', () => {
    expect(places({ env: {}, cluster: clusterByArn(Fn.importValue('ClusterArn')), service: serviceByArn(Fn.importValue('ServiceArn')) })).toEqual(
      agreeing(CLUSTER, SERVICE, join('arn:', PARTITION, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':service/', NAME, '/')));
  });

  test.each([[true], [false]])('a service by name gets the imported cluster\'s name, whatever the feature flag says: %s', (flag) => {
    const { service } = places({ env: {}, context: { [FLAG]: flag }, cluster: clusterByArn(Fn.importValue('ClusterArn')), service: serviceByName('agent') });

    expect(service.policy).toEqual(
      join('arn:', PARTITION, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':service/', NAME, '/agent'));
  });

  test.each([[true], [false]])('a service by an imported name gets the cluster\'s name, whatever the feature flag says: %s', (flag) => {
    const { service } = places({ context: { [FLAG]: flag }, service: serviceByName(Fn.importValue('ServiceName')) });

    expect(service.policy).toEqual(
      join('arn:', PARTITION, `:ecs:${ENV.region}:${ENV.account}:service/prod/`, { 'Fn::ImportValue': 'ServiceName' }));
  });
});
