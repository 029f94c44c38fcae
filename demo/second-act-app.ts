import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { ACCOUNT, REGION } from './app';
import { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler, TaskScaling } from '../src';

export const MIXED_STACK = 'MixedCluster';
export const MIXED_CLUSTER = 'mixed';
export const DNS = 'dns';
export const CACHE = 'cache';
export const AGENT = 'profiler';
export const FLEET_STACK = 'NodeAgents';
export const FLEET_SERVICE = 'node-agent';

export const DNS_RATIOS = { instancesPerTask: 4, vcpusPerTask: 16 };
export const CACHE_STEPS = [
  { threshold: 1, taskCount: 1 },
  { threshold: 3, taskCount: 2 },
  { threshold: 6, taskCount: 4 },
  { threshold: 9, taskCount: 6 },
];
export const AGENT_INSTANCES = 'attribute:ecs.instance-type =~ c7g.*';

const ENVIRONMENT = { account: ACCOUNT, region: REGION };

/** What a user would write: three services of a cluster, each with a count of its own, under one function. */
class MixedClusterStack extends Stack {
  constructor(app: App) {
    super(app, MIXED_STACK, { env: ENVIRONMENT });
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: 'vpc-0a1b2c3d4e5f67890', availabilityZones: [`${REGION}a`, `${REGION}b`] });
    const cluster = ecs.Cluster.fromClusterAttributes(this, 'Cluster', { clusterName: MIXED_CLUSTER, vpc });

    const autoscaler = new DaemonServiceAutoscaler(this, 'Autoscaler', {
      cluster,
      service: this.service(cluster, DNS),
      scaling: TaskScaling.linear({ ...DNS_RATIOS, preventSinglePointOfFailure: true }),
    });
    autoscaler.addService(this.service(cluster, CACHE), { scaling: TaskScaling.ladder({ instanceSteps: CACHE_STEPS }) });
    // The profiler is another team's. Its task definition, which this app doesn't see, allows these instances only.
    autoscaler.addService(ecs.Ec2Service.fromEc2ServiceAttributes(this, 'Profiler', { cluster, serviceName: AGENT }), {
      instanceFilter: AGENT_INSTANCES,
    });
  }

  private service(cluster: ecs.ICluster, serviceName: string): ecs.Ec2Service {
    const taskDefinition = new ecs.Ec2TaskDefinition(this, `${serviceName}-task`, { family: serviceName });
    taskDefinition.addContainer('main', {
      image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:stable'),
      memoryReservationMiB: 128,
    });
    return new ecs.Ec2Service(this, serviceName, { cluster, taskDefinition, serviceName, minHealthyPercent: 50, maxHealthyPercent: 200 });
  }
}

/** One line for every cluster of the account and Region, those included that come later. */
class NodeAgentsStack extends Stack {
  constructor(app: App) {
    super(app, FLEET_STACK, { env: ENVIRONMENT });
    new FleetDaemonServiceAutoscaler(this, 'Fleet', { serviceName: FLEET_SERVICE });
  }
}

/** Synthesizes the app into a new temporary directory, and fails on any warning or error of the constructs'. */
export function synthesizeSecondAct(): string {
  const app = new App({ outdir: fs.mkdtempSync(path.join(os.tmpdir(), 'daemon-service-autoscaler-demo-')) });
  new MixedClusterStack(app);
  new NodeAgentsStack(app);
  const assembly = app.synth();
  const complaints = assembly.stacks.flatMap(({ messages }) => messages).filter(({ level }) => level !== 'info').map(({ entry }) => String(entry.data));
  if (complaints.length) throw new Error(`The second example app isn't clean:\n${complaints.join('\n')}`);
  return assembly.directory;
}
