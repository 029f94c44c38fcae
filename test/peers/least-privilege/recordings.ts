import assert from 'node:assert/strict';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Judge } from './judge';
import { Recorded } from './record';
import { functionOf, need } from './requests';
import { Environment } from '../../../local-stack/identity';
import { ecsRequests } from '../../../local-stack/policy';
import { Template } from '../../../local-stack/template';
import { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler, TaskScaling } from '../../../src';
import { CONFIG_VARIABLE, ReconcilerConfig, ScalingConfig, ServiceScalingConfig } from '../../../src/contract';

/** Judges each recorded call by the policy of the app that made it, or of one whose construct writes the same configuration. */
export async function judgeRecorded(calls: readonly Recorded[]): Promise<{ forms: number; denied: string[] }> {
  const judges = new Map<string, { judge: Judge; environment: Environment }>();
  const verdicts = new Map<string, Promise<boolean>>();
  const forms = new Set<string>();
  for (const call of calls) {
    const source = JSON.stringify('config' in call ? call.config : [call.role, call.environment, call.policies]);
    if (!judges.has(source)) judges.set(source, judgeOf(call));
    const { judge, environment } = judges.get(source)!;
    for (const request of ecsRequests(call, environment).map(need)) {
      const key = JSON.stringify([source, request.action, request.resource, request.context]);
      if (!verdicts.has(key)) verdicts.set(key, judge.allows(request));
      forms.add(`${request.action} ${request.form}`);
    }
  }
  const denied: string[] = [];
  for (const [key, verdict] of verdicts) if (!await verdict) denied.push(key);
  return { forms: forms.size, denied };
}

function judgeOf(call: Recorded): { judge: Judge; environment: Environment } {
  if (!('config' in call)) {
    const environment = call.environment as Environment;
    return { judge: new Judge(environment, call.role, call.policies), environment };
  }
  const template = templateOf(call.config as ReconcilerConfig);
  const { arn, properties } = functionOf(template);
  return { judge: Judge.of(template, properties.Role, arn, { Version: '2012-10-17', Statement: [] }), environment: template.environment };
}

/** A stack whose construct writes this configuration. */
function templateOf(config: ReconcilerConfig): Template {
  const wanted = 'fleet' in config
    ? { ...config, fleet: { ...config.fleet, clusterArns: config.fleet.clusterArns && [...new Set(config.fleet.clusterArns)] } }
    : config;
  const [, partition, , region, account] = ('fleet' in wanted ? wanted.fleet.clusterArnPrefix : wanted.clusterArn).split(':');
  const stack = new Stack(new App(), 'Recorded', { env: { account, region } });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-12345678', availabilityZones: [`${region}a`] });
  const clusterOf = (arn: string): ecs.ICluster => ecs.Cluster.fromClusterAttributes(stack, arn.split('/')[1], {
    clusterArn: arn, clusterName: arn.split('/')[1], vpc, hasEc2Capacity: true,
  });
  if ('fleet' in wanted) {
    const { serviceName, clusterArns } = wanted.fleet;
    const clusters = clusterArns?.map(clusterOf);
    new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', { serviceName, clusters, dryRun: wanted.dryRun, ...optionsOf(wanted.fleet) });
  } else {
    const [first, ...more] = wanted.services;
    const cluster = clusterOf(wanted.clusterArn);
    const service = (arn: string) => ecs.Ec2Service.fromEc2ServiceAttributes(stack, arn.split('/').slice(1).join('.'), { cluster, serviceArn: arn });
    const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', {
      cluster, service: service(first.serviceArn), dryRun: wanted.dryRun, ...optionsOf(first),
    });
    for (const other of more) autoscaler.addService(service(other.serviceArn), optionsOf(other));
  }
  const synthesized = (stack.node.root as App).synth().getStackByName('Recorded').template;
  const environment = { partition, region, accountId: account, stackName: 'Recorded', stackId: 'Recorded' };
  const template = new Template(synthesized, environment);
  const [id] = template.idsOf('AWS::Lambda::Function');
  const written = template.properties<{ Environment: { Variables: Record<string, string> } }>(id).Environment.Variables[CONFIG_VARIABLE];
  assert.deepEqual(JSON.parse(written), JSON.parse(JSON.stringify(wanted)), 'no construct writes a configuration that a test uses');
  return template;
}

function optionsOf({ scaling, instanceFilters, ...rest }: ServiceScalingConfig) {
  return {
    ...rest,
    scaling: scalingOf(scaling),
    instanceFilter: instanceFilters?.[0],
    capacityProviderNames: rest.capacityProviderNames && [...rest.capacityProviderNames],
  };
}

function scalingOf(scaling: ScalingConfig): TaskScaling {
  if ('linear' in scaling) return TaskScaling.linear(scaling.linear);
  if ('ladder' in scaling) {
    const { instanceSteps, vcpuSteps } = scaling.ladder;
    return TaskScaling.ladder({ instanceSteps: instanceSteps && [...instanceSteps], vcpuSteps: vcpuSteps && [...vcpuSteps] });
  }
  return TaskScaling.tasksPerInstance(scaling.tasksPerInstance);
}
