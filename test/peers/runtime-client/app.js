// One service on one cluster. Runs where the packed tarball is installed.
const { App, Stack, aws_ec2: ec2, aws_ecs: ecs } = require('aws-cdk-lib');
const { DaemonServiceAutoscaler } = require('cdk-daemon-service-autoscaler');

const stack = new Stack(new App({ analyticsReporting: false }), 'Agents', { env: { account: '999988887777', region: 'eu-central-1' } });
const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['eu-central-1a'] });
const { ref: clusterName } = new ecs.CfnCluster(stack, 'ClusterResource', { clusterName: 'edge' });
const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName, vpc, hasEc2Capacity: true });
const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'TaskDefinition', { family: 'node-agent' });
taskDefinition.addContainer('agent', { image: ecs.ContainerImage.fromRegistry('agent'), cpu: 64, memoryReservationMiB: 64 });
const service = new ecs.Ec2Service(stack, 'Service', {
  cluster,
  taskDefinition,
  serviceName: 'node-agent',
  placementConstraints: [ecs.PlacementConstraint.distinctInstances()],
  availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
});
new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service });
