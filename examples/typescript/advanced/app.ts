import { App, Stack, StackProps } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing, Cluster, ContainerImage, Ec2Service, Ec2TaskDefinition, EcsOptimizedImage, LogDrivers, PlacementConstraint,
} from 'aws-cdk-lib/aws-ecs';
import { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler, TaskScaling } from 'cdk-daemon-service-autoscaler';
import { Construct } from 'constructs';

/** A cluster with three services under one function, each of which scales in a way of its own. */
class ClusterServicesStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const cluster = new Cluster(this, 'Cluster', { vpc: new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
    cluster.addCapacity('Hosts', {
      instanceType: new InstanceType('m7i.xlarge'),
      machineImage: EcsOptimizedImage.amazonLinux2023(),
      minCapacity: 2,
      maxCapacity: 100,
    });

    // One task for 16 instances or 64 vCPUs, whichever asks for more.
    const autoscaler = new DaemonServiceAutoscaler(this, 'Autoscaler', {
      cluster,
      service: this.addAgent(cluster, 'Dns', 'coredns/coredns:1.13.1'),
      scaling: TaskScaling.linear({ instancesPerTask: 16, vcpusPerTask: 64, preventSinglePointOfFailure: true }),
      minTaskCount: 1,
      maxTaskCount: 50,
    });

    // One on every instance.
    autoscaler.addService(this.addAgent(cluster, 'LogAgent', 'fluent/fluent-bit:4.1'));

    // In steps, and only where it is fast.
    autoscaler.addService(this.addAgent(cluster, 'Cache', 'valkey/valkey:8.1'), {
      scaling: TaskScaling.ladder({ instanceSteps: [{ threshold: 1, taskCount: 2 }, { threshold: 20, taskCount: 5 }] }),
      instanceFilter: 'attribute:ecs.instance-type =~ m7i.*',
    });
  }

  private addAgent(cluster: Cluster, id: string, image: string): Ec2Service {
    const taskDefinition = new Ec2TaskDefinition(this, `${id}Task`);
    taskDefinition.addContainer('main', {
      image: ContainerImage.fromRegistry(image),
      memoryReservationMiB: 128,
      logging: LogDrivers.awsLogs({ streamPrefix: id }),
    });
    return new Ec2Service(this, id, {
      cluster,
      taskDefinition,
      // No desiredCount: each update of the stack would reset it.
      placementConstraints: [PlacementConstraint.distinctInstances()],
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.DISABLED,
      minHealthyPercent: 50,
    });
  }
}

/** The services named node-agent, in every cluster of the account and Region, whoever deploys them. */
class FleetStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    new FleetDaemonServiceAutoscaler(this, 'NodeAgentAutoscaler', { serviceName: 'node-agent', maxTaskCount: 500 });
  }
}

const app = new App();
new ClusterServicesStack(app, 'ClusterServices');
new FleetStack(app, 'Fleet');
app.synth();
