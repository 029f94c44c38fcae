import { App, Stack, StackProps } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing, Cluster, ContainerImage, Ec2Service, Ec2TaskDefinition, EcsOptimizedImage, LogDrivers, PlacementConstraint,
} from 'aws-cdk-lib/aws-ecs';
import { DaemonServiceAutoscaler } from 'cdk-daemon-service-autoscaler';
import { Construct } from 'constructs';

/** A cluster with a log agent on each of its container instances. */
class LogAgentStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const cluster = new Cluster(this, 'Cluster', { vpc: new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
    cluster.addCapacity('Hosts', {
      instanceType: new InstanceType('t3.small'),
      machineImage: EcsOptimizedImage.amazonLinux2023(),
      minCapacity: 2,
      maxCapacity: 10,
    });

    const taskDefinition = new Ec2TaskDefinition(this, 'LogAgentTask');
    taskDefinition.addContainer('agent', {
      image: ContainerImage.fromRegistry('fluent/fluent-bit:4.1'),
      memoryReservationMiB: 64,
      logging: LogDrivers.awsLogs({ streamPrefix: 'log-agent' }),
    });

    const service = new Ec2Service(this, 'LogAgent', {
      cluster,
      taskDefinition,
      // No desiredCount: each update of the stack would reset it.
      placementConstraints: [PlacementConstraint.distinctInstances()],
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.DISABLED,
      minHealthyPercent: 50,
    });

    new DaemonServiceAutoscaler(this, 'LogAgentAutoscaler', { cluster, service });
  }
}

const app = new App();
new LogAgentStack(app, 'LogAgent');
app.synth();
