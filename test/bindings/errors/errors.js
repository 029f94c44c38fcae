const { App, Stack } = require('aws-cdk-lib');
const { Cluster, Ec2Service } = require('aws-cdk-lib/aws-ecs');
const { DaemonServiceAutoscaler } = require('cdk-daemon-service-autoscaler');

const stack = new Stack(new App(), 'Errors');
const cluster = Cluster.fromClusterArn(stack, 'Cluster', 'arn:aws:ecs:us-east-1:111122223333:cluster/edge');
const service = Ec2Service.fromEc2ServiceAttributes(stack, 'Service', { cluster, serviceName: 'agent' });

function attempt(id, minTaskCount, maxTaskCount) {
  try {
    new DaemonServiceAutoscaler(stack, id, { cluster, service, minTaskCount, maxTaskCount });
    console.log(`nothing thrown for ${id}`);
  } catch (error) {
    console.log(`caught ${error.name}: ${error.message}`);
  }
}

attempt('Negative', undefined, -1);
attempt('BelowMinimum', 5, 2);
console.log('still running');
