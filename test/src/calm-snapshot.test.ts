import { CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { IConstruct } from 'constructs';
import { calm, goodApp, importCluster, importingApp, newVpc } from './app';
import { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler } from '../../src';

/*
 * Each hint says what a change means for users, and is shown where the test fails. If the change is meant, say so in the commit, and
 * accept it: npx jest test/src/calm-snapshot --coverage=false --ci=false -u
 */

test('the default template is what users have deployed', () => {
  expect(calm(Template.fromStack(importingApp().stack))).toMatchSnapshot(
    'on their next upgrade users see this in cdk diff and in their own snapshots, and a logical id that changed replaces its resource');
});

test('the bundle has the hash that users have deployed', () => {
  const [handler] = Object.values(Template.fromStack(importingApp().stack).findResources('AWS::Lambda::Function'));

  expect(handler!.Properties.Code.S3Key).toMatchSnapshot(
    'on their next upgrade all functions are deployed anew: right where lambda/ or the SDK in package-lock.json changed, else noise');
});

test('a changed bundle leaves the snapshot alone', () => {
  const withHash = (hash: string) => {
    const { stack, autoscaler } = importingApp();
    const handler = autoscaler.handler.node.defaultChild as CfnResource;
    handler.addPropertyOverride('Code.S3Key', `${hash}.zip`);
    return Template.fromStack(stack);
  };
  const [one, other] = [withHash('a'.repeat(64)), withHash('b'.repeat(64))];

  expect(one.toJSON()).not.toEqual(other.toJSON());
  expect(calm(one)).toEqual(calm(other));
  expect(calm(one)).toEqual(calm(Template.fromStack(importingApp().stack)));
});

describe('construct ids', () => {
  const childrenOf = (construct: IConstruct) => construct.node.children.map((child) => child.node.id);

  test.each<[string, () => IConstruct]>([
    ['a DaemonServiceAutoscaler', () => goodApp().autoscaler],
    ['one in a VPC', () => {
      const stack = new Stack();
      const cluster = importCluster(stack, 'prod');
      const service = ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Service', { cluster, serviceName: 'agent' });
      return new DaemonServiceAutoscaler(stack, 'InVpc', { cluster, service, vpc: newVpc(stack) });
    }],
    ['a FleetDaemonServiceAutoscaler', () => new FleetDaemonServiceAutoscaler(new Stack(), 'Fleet', { serviceName: 'agent' })],
    ['one of many clusters', () => {
      const stack = new Stack();
      const clusters = Array.from({ length: 30 }, (_, index) => importCluster(stack, `cluster-${index}`, `Cluster${index}`));
      return new FleetDaemonServiceAutoscaler(stack, 'Fleet', { serviceName: 'agent', clusters });
    }],
  ])('of %s are public contract', (_, make) => {
    expect(childrenOf(make())).toMatchSnapshot(
      'another id replaces the resource in every user\'s stack: a queue\'s messages and a group\'s logs are lost');
  });

  test('are the same for imports', () => {
    const { autoscaler } = importingApp();

    expect(childrenOf(autoscaler)).toEqual(childrenOf(goodApp().autoscaler));
  });
});
