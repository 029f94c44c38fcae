// What a user would write; a copy of it runs in a folder where the packed tarball is installed.
const { App, Stack, aws_ec2: ec2, aws_ecs: ecs } = require('aws-cdk-lib');
const { DaemonServiceAutoscaler } = require('cdk-daemon-service-autoscaler');

const app = new App({ analyticsReporting: false });
// Without an environment: account, Region and stack ID are resolved where the stack is deployed.
const stack = new Stack(app, 'Monitoring');

const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0a1b2c3d4e5f67890', availabilityZones: ['eu-west-1a'] });
const { ref: clusterName } = new ecs.CfnCluster(stack, 'ClusterResource', { clusterName: 'production' });
const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName, vpc });

const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'LogAgent', { family: 'log-agent' });
taskDefinition.addContainer('agent', {
  image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:stable'),
  cpu: 64,
  memoryReservationMiB: 64,
});
const service = new ecs.Ec2Service(stack, 'Service', {
  cluster,
  taskDefinition,
  serviceName: 'log-agent',
  placementConstraints: [ecs.PlacementConstraint.distinctInstances()],
  availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
  minHealthyPercent: 50,
});

const maxTaskCount = app.node.tryGetContext('maxTaskCount');
new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service, ...(maxTaskCount && { maxTaskCount: Number(maxTaskCount) }) });
