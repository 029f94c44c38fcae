// A stack for each shape of autoscaler. Runs where the packed tarball is installed; no stack knows where it will be deployed.
const { App, Stack, aws_ec2: ec2, aws_ecs: ecs } = require('aws-cdk-lib');
const { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler } = require('cdk-daemon-service-autoscaler');

const app = new App({ analyticsReporting: false });

function newStack(id) {
  const stack = new Stack(app, id);
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['eu-central-1a'] });
  const importCluster = (clusterName) => ecs.Cluster.fromClusterAttributes(stack, clusterName, { clusterName, vpc, hasEc2Capacity: true });
  const importService = (cluster, serviceName) => ecs.Ec2Service.fromEc2ServiceAttributes(stack, serviceName, { cluster, serviceName });
  return { stack, vpc, importCluster, importService };
}

{
  const { stack, importCluster, importService } = newStack('Bound');
  const cluster = importCluster('edge');
  new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service: importService(cluster, 'node-agent') });
}
{
  const { stack, vpc, importService } = newStack('BoundToOwnCluster');
  const cluster = new ecs.Cluster(stack, 'Cluster', { clusterName: 'edge', vpc });
  new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service: importService(cluster, 'node-agent') });
}
{
  const { stack, importCluster, importService } = newStack('SeveralServices');
  const cluster = importCluster('edge-2');
  const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service: importService(cluster, 'node-agent') });
  autoscaler.addService(importService(cluster, 'log-agent'), { maxTaskCount: 3 });
  autoscaler.addService(importService(cluster, 'dns'), { countDrainingInstances: true });
}
{
  const { stack } = newStack('Fleet');
  new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', { serviceName: 'node-agent' });
}
{
  const { stack, importCluster, vpc } = newStack('FleetWithClusters');
  const clusters = [importCluster('edge'), new ecs.Cluster(stack, 'Cluster', { clusterName: 'core', vpc })];
  new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', { serviceName: 'node-agent', clusters });
}
{
  // More than one pattern holds.
  const { stack, importCluster } = newStack('FleetWithManyClusters');
  const clusters = Array.from({ length: 60 }, (_, index) => importCluster(`site-${index}`));
  new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', { serviceName: 'log-agent', clusters: [importCluster('edge'), ...clusters] });
}
