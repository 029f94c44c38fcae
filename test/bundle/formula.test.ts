import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as fc from 'fast-check';
import { ACCOUNT, CLUSTER, deploy, REGION } from './app';
import { DaemonServiceAutoscaler, LadderScalingProps, LinearScalingProps, ServiceScalingOptions, TaskScaling } from '../../src';

/** Configurations written with the public API, synthesized, and run as the bundled function: the count is that of README's formulas. */

interface Written {
  readonly perInstance?: number;
  readonly linear?: LinearScalingProps;
  readonly ladder?: LadderScalingProps;
  readonly minTaskCount?: number;
  readonly maxTaskCount?: number;
  readonly only?: 'small' | 'large';
  readonly countDrainingInstances?: boolean;
}

interface Host {
  readonly size: 'small' | 'large';
  readonly draining: boolean;
}

const VCPUS = { small: 2, large: 16 };

const steps = fc.uniqueArray(
  fc.record({ threshold: fc.nat(40), taskCount: fc.nat(30) }), { minLength: 1, maxLength: 4, selector: (step) => step.threshold });
const ratio = fc.integer({ min: 1, max: 40 }).map((tenths) => tenths / 4);
const scaling: fc.Arbitrary<Written> = fc.oneof(
  fc.record({ perInstance: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    linear: fc.oneof(
      fc.record({ instancesPerTask: ratio, preventSinglePointOfFailure: fc.boolean() }),
      fc.record({ vcpusPerTask: ratio.map((value) => value * 4) }),
      fc.record({ instancesPerTask: ratio, vcpusPerTask: ratio.map((value) => value * 4), preventSinglePointOfFailure: fc.boolean() }),
    ),
  }),
  fc.record({
    ladder: fc.oneof(
      fc.record({ instanceSteps: steps }),
      fc.record({ vcpuSteps: steps }),
      fc.record({ instanceSteps: steps, vcpuSteps: steps }),
    ),
  }),
);
const written: fc.Arbitrary<Written> = fc.tuple(
  scaling,
  fc.record({
    minTaskCount: fc.nat(3),
    maxTaskCount: fc.integer({ min: 3, max: 60 }),
    only: fc.constantFrom('small' as const, 'large' as const),
    countDrainingInstances: fc.boolean(),
  }, { requiredKeys: [] }),
).map(([one, other]) => ({ ...one, ...other }));
const hosts = fc.array(fc.record({ size: fc.constantFrom('small' as const, 'large' as const), draining: fc.boolean() }), { maxLength: 12 });

/** README's formulas, once more and by other means. */
function formula(config: Written, cluster: readonly Host[]): number {
  const eligible = cluster.filter((host) => (!config.only || host.size === config.only) && (!host.draining || config.countDrainingInstances));
  const instances = eligible.length;
  const vcpus = eligible.reduce((sum, host) => sum + VCPUS[host.size], 0);
  const candidates: number[] = [];
  if (config.perInstance) {
    candidates.push(config.perInstance * instances);
  }
  for (const [resource, perTask] of [[instances, config.linear?.instancesPerTask], [vcpus, config.linear?.vcpusPerTask]] as const) {
    // All ratios here are quarters, so this is exact.
    candidates.push(perTask ? Math.floor((resource * 4 + perTask * 4 - 1) / (perTask * 4)) : 0);
  }
  if (config.linear?.preventSinglePointOfFailure && instances > 1) {
    candidates.push(2);
  }
  for (const [resource, ladder] of [[instances, config.ladder?.instanceSteps], [vcpus, config.ladder?.vcpuSteps]] as const) {
    if (ladder) {
      const lowest = ladder.reduce((one, other) => one.threshold < other.threshold ? one : other);
      const reached = ladder.filter((step) => step.threshold <= resource);
      candidates.push((reached.length ? reached.reduce((one, other) => one.threshold > other.threshold ? one : other) : lowest).taskCount);
    }
  }
  const bounded = Math.min(Math.max(...candidates), config.maxTaskCount ?? Infinity);
  return Math.max(bounded, config.minTaskCount ?? 0);
}

function options({ perInstance, linear, ladder, only, ...rest }: Written): ServiceScalingOptions {
  return {
    ...rest,
    scaling: perInstance ? TaskScaling.tasksPerInstance(perInstance) : linear ? TaskScaling.linear(linear) : TaskScaling.ladder(ladder!),
    instanceFilter: only && `attribute:size == ${only}`,
  };
}

function synthesize(configs: readonly Written[]): string {
  const app = new App({ outdir: mkdtempSync(path.join(tmpdir(), 'formula-test-')) });
  const stack = new Stack(app, 'Formulas', { env: { region: REGION, account: ACCOUNT } });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: [`${REGION}a`] });
  const { ref: clusterName } = new ecs.CfnCluster(stack, 'ClusterResource', { clusterName: CLUSTER });
  const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName, vpc });
  const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'TaskDefinition', { family: 'task' });
  taskDefinition.addContainer('task', { image: ecs.ContainerImage.fromRegistry('task'), cpu: 1, memoryReservationMiB: 4 });
  const services = configs.map((_, index) => new ecs.Ec2Service(stack, `Service${index}`, { cluster, taskDefinition, serviceName: `service-${index}` }));
  const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service: services[0]!, ...options(configs[0]!) });
  configs.slice(1).forEach((config, index) => autoscaler.addService(services[index + 1]!, options(config)));
  return app.synth().directory;
}

const SERVICES = 8;
const SEED = 20_260_409;
const cases = fc.sample(
  fc.tuple(fc.array(written, { minLength: SERVICES, maxLength: SERVICES }), fc.array(hosts, { minLength: 3, maxLength: 3 })),
  { seed: SEED, numRuns: 3 },
);

test.each(cases.map((each, index) => [index, ...each] as const))(`app ${'%d'}: ${SERVICES} services on each of 3 clusters`, async (_, configs, clusters) => {
  const assembly = synthesize(configs);
  for (const cluster of clusters) {
    const { stack, ecs: local } = await deploy(assembly);
    try {
      for (const { size, draining } of cluster) {
        const instance = local.launchInstance(CLUSTER, { attributes: { size }, cpu: VCPUS[size] * 1024 });
        if (draining) {
          local.setInstanceStatus(instance, 'DRAINING', CLUSTER);
        }
      }
      await stack.drain();
      const services = local.call('DescribeServices', { cluster: CLUSTER, services: configs.map((__, index) => `service-${index}`) }).services;
      expect(services.map((service: { desiredCount: number }) => service.desiredCount)).toEqual(configs.map((config) => formula(config, cluster)));
      for (const call of stack.functionCalls) {
        expect(await stack.judge(call)).toMatchObject({ allowed: true });
      }
    } finally {
      await stack.close();
    }
  }
});
