import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Judge } from './judge';
import { functionOf, need, Need } from './requests';
import { ACCOUNT, PROVIDER, REGION, Shape } from './shapes';
import { LocalEcs, SimulatedClock } from '../../../local-ecs';
import { LocalStack } from '../../../local-stack';
import { ecsRequests } from '../../../local-stack/policy';
import { Template } from '../../../local-stack/template';

const LONGER_THAN_A_RESYNC_MS = 16 * 60_000;

export interface Played {
  readonly template: Template;
  readonly judge: Judge;
  /** How many calls the function made of ECS. */
  readonly calls: number;
  readonly needs: readonly Need[];
}

/** Deploys a shape on this machine and lets its clusters grow. */
export async function play(shape: Shape): Promise<Played> {
  const assembly = mkdtempSync(path.join(tmpdir(), 'least-privilege-'));
  const clock = new SimulatedClock(new Date('2026-04-09T06:00:00Z'));
  const ecs = new LocalEcs({ clock, region: REGION, accountId: ACCOUNT });
  try {
    const app = new App({ outdir: assembly });
    shape.build(new Stack(app, 'Stack', { env: { account: ACCOUNT, region: REGION } }));
    app.synth();
    ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'agent', image: 'agent', cpu: 64, memory: 64 }] });
    for (const [cluster, services] of Object.entries(shape.clusters)) {
      ecs.call('CreateCluster', { clusterName: cluster });
      for (const serviceName of services) ecs.call('CreateService', { cluster, serviceName, taskDefinition: 'agent', desiredCount: 1, launchType: 'EC2' });
    }
    const stack = await LocalStack.deploy({ assembly, ecs, clock });
    try {
      await stack.drain();
      for (const cluster of Object.keys(shape.clusters)) ecs.launchInstances(cluster, 5, { capacityProviderName: PROVIDER });
      await stack.advance(LONGER_THAN_A_RESYNC_MS);
      const failed = stack.invocations.filter(({ outcome }) => outcome.error);
      if (failed.length) throw new Error(`${shape.name}: the function failed: ${JSON.stringify(failed[0].outcome.error)}`);
      const { arn, properties } = functionOf(stack.template);
      return {
        template: stack.template,
        judge: Judge.of(stack.template, properties.Role, arn, stack.function.resourcePolicy),
        calls: stack.functionCalls.length,
        needs: stack.functionCalls.flatMap((call) => ecsRequests(call, stack.template.environment)).map(need),
      };
    } finally {
      await stack.close();
    }
  } finally {
    rmSync(assembly, { recursive: true });
  }
}
