import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { DaemonServiceAutoscaler } from '../src';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const STACK_NAME = 'Monitoring';
export const CLUSTER_NAME = 'production';
export const SERVICE_NAME = 'log-agent';

/** What a user would write: an agent that should run once on every instance of a cluster. */
class MonitoringStack extends Stack {
  constructor(app: App) {
    super(app, STACK_NAME, { env: { account: ACCOUNT, region: REGION } });

    // The instances are launched by other means, so nothing but the cluster itself is created here.
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: 'vpc-0a1b2c3d4e5f67890', availabilityZones: [`${REGION}a`, `${REGION}b`] });
    const { ref: clusterName } = new ecs.CfnCluster(this, 'ClusterResource', { clusterName: CLUSTER_NAME });
    const cluster = ecs.Cluster.fromClusterAttributes(this, 'Cluster', { clusterName, vpc });

    const taskDefinition = new ecs.Ec2TaskDefinition(this, 'LogAgent', { family: SERVICE_NAME });
    taskDefinition.addContainer('agent', {
      image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:stable'),
      cpu: 64,
      memoryReservationMiB: 64,
    });
    const service = new ecs.Ec2Service(this, 'Service', {
      cluster,
      taskDefinition,
      serviceName: SERVICE_NAME,
      placementConstraints: [ecs.PlacementConstraint.distinctInstances()],
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
      minHealthyPercent: 50,
      maxHealthyPercent: 200,
    });

    new DaemonServiceAutoscaler(this, 'Autoscaler', { cluster, service });
  }
}

/** Synthesizes the app into a new temporary directory, and fails on any warning or error of the construct's. */
export function synthesize(): string {
  const app = new App({ outdir: fs.mkdtempSync(path.join(os.tmpdir(), 'daemon-service-autoscaler-demo-')) });
  new MonitoringStack(app);
  const assembly = app.synth();
  const complaints = assembly.getStackByName(STACK_NAME).messages.filter(({ level }) => level !== 'info').map(({ entry }) => String(entry.data));
  if (complaints.length) throw new Error(`The example app isn't clean:\n${complaints.join('\n')}`);
  return assembly.directory;
}
