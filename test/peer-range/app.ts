import { Annotations, App, Stack } from 'aws-cdk-lib';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler, TaskScaling } from '../../src';

/** An app with all shapes of autoscalers. A copy that imports the packed tarball is compiled and run: `app.js OUTDIR FLAGS`. */

const [outdir, flags] = process.argv.slice(2);
const app = new App({
  outdir,
  // The paths tell the autoscalers' resources from others; the CDK CLI asks for them, too.
  context: { ...JSON.parse(flags!), 'aws:cdk:enable-path-metadata': true },
});
const stack = new Stack(app, 'Peers', { env: { account: '999988887777', region: 'eu-central-1' } });
const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-central-1a'],
  privateSubnetIds: ['subnet-0123456789abcdef0'],
  privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
});
const cluster = new ecs.Cluster(stack, 'Cluster', { vpc });
cluster.addAsgCapacityProvider(new ecs.AsgCapacityProvider(stack, 'Provider', {
  autoScalingGroup: new AutoScalingGroup(stack, 'Group', {
    vpc,
    instanceType: new ec2.InstanceType('c7g.large'),
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(),
  }),
  enableManagedDraining: true,
  enableManagedScaling: false,
  enableManagedTerminationProtection: false,
}));
// Of the oldest aws-cdk-lib, about any capacity.
Annotations.of(cluster).acknowledgeWarning('@aws-cdk/aws-ecs:deprecatedImdsBlocking');
const edge = ecs.Cluster.fromClusterAttributes(stack, 'Edge', { clusterName: 'edge', vpc });

function newService(id: string, props?: Partial<ecs.Ec2ServiceProps>): ecs.Ec2Service {
  const taskDefinition = new ecs.Ec2TaskDefinition(stack, `${id}Task`, {
    placementConstraints: [ecs.PlacementConstraint.memberOf('attribute:ecs.os-type == linux')],
  });
  taskDefinition.addContainer('agent', { image: ecs.ContainerImage.fromRegistry('agent'), memoryLimitMiB: 64 });
  return new ecs.Ec2Service(stack, id, { cluster, taskDefinition, minHealthyPercent: 50, circuitBreaker: { rollback: true }, ...props });
}

const agent = newService('Agent', {
  placementConstraints: [ecs.PlacementConstraint.distinctInstances()],
  availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
});
new DaemonServiceAutoscaler(stack, 'AgentAutoscaler', { cluster, service: agent });

const several = new DaemonServiceAutoscaler(stack, 'DnsAutoscaler', {
  cluster,
  service: newService('Dns'),
  scaling: TaskScaling.linear({ instancesPerTask: 16, vcpusPerTask: 256, preventSinglePointOfFailure: true }),
  minTaskCount: 2,
  maxTaskCount: 50,
});
several.addService(newService('Cache'), { scaling: TaskScaling.ladder({ instanceSteps: [{ threshold: 1, taskCount: 2 }, { threshold: 20, taskCount: 5 }] }) });

new DaemonServiceAutoscaler(stack, 'ProxyAutoscaler', {
  cluster: edge,
  service: ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Proxy', { cluster: edge, serviceName: 'proxy' }),
  scaling: TaskScaling.tasksPerInstance(2),
  instanceFilter: 'attribute:ecs.instance-type =~ c7g.*',
});

new FleetDaemonServiceAutoscaler(stack, 'Fleet', { serviceName: 'node-agent' });
new FleetDaemonServiceAutoscaler(stack, 'ListedFleet', { serviceName: 'node-agent', clusters: [cluster, edge], maxTaskCount: 40 });

app.synth();
