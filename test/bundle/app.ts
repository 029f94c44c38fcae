import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { LocalEcs, SimulatedClock } from '../../local-ecs';
import { LocalStack } from '../../local-stack';
import { DaemonServiceAutoscaler, DaemonServiceAutoscalerProps } from '../../src';

export const REGION = 'eu-central-1';
export const ACCOUNT = '999988887777';
export const CLUSTER = 'edge';
export const SERVICE = 'node-agent';

/** An app with one cluster, one service and its autoscaler, synthesized; returns the assembly's folder. */
export function synthesize(props: Partial<DaemonServiceAutoscalerProps> = {}): string {
  const app = new App({ outdir: mkdtempSync(path.join(tmpdir(), 'bundle-test-')) });
  const stack = new Stack(app, 'EdgeAgents', { env: { region: REGION, account: ACCOUNT } });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: [`${REGION}a`] });
  const { ref: clusterName } = new ecs.CfnCluster(stack, 'ClusterResource', { clusterName: CLUSTER });
  const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName, vpc, hasEc2Capacity: true });
  const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'TaskDefinition', { family: SERVICE });
  taskDefinition.addContainer('agent', { image: ecs.ContainerImage.fromRegistry('agent'), cpu: 64, memoryReservationMiB: 64 });
  const service = new ecs.Ec2Service(stack, 'Service', {
    cluster,
    taskDefinition,
    serviceName: SERVICE,
    placementConstraints: [ecs.PlacementConstraint.distinctInstances()],
    availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
  });
  new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service, ...props });
  return app.synth().directory;
}

const assemblies = new Set<string>();
afterAll(() => assemblies.forEach((assembly) => rmSync(assembly, { recursive: true })));

/** The app at work on this machine: the bundle in a process of its own. The caller closes it. */
export async function deploy(assembly = synthesize()): Promise<{ stack: LocalStack; ecs: LocalEcs }> {
  assemblies.add(assembly);
  const clock = new SimulatedClock(new Date('2026-04-09T06:00:00Z'));
  const local = new LocalEcs({ clock, region: REGION, accountId: ACCOUNT });
  return { stack: await LocalStack.deploy({ assembly, ecs: local, clock }), ecs: local };
}
