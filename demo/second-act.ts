import { ACCOUNT, REGION } from './app';
import { ClustersStage, Show } from './clusters-stage';
import { capacityOf, ladder, linear, onePerInstance } from './formulas';
import { instancesOf } from './observe';
import {
  AGENT, AGENT_INSTANCES, CACHE, CACHE_STEPS, DNS, DNS_RATIOS, FLEET_SERVICE, FLEET_STACK, MIXED_CLUSTER, MIXED_STACK,
} from './second-act-app';
import { ACT_BEGINS, ACT_ENDS, ActStep, FLEET_BEGINS, FLEET_CLUSTERS, FLEET_STORY, MEDIUM, MIXED_STORY, NEW_CLUSTER, SMALL } from './second-act-story';
import { conclude } from './second-act-summary';
import { ClusterTable } from './second-act-table';
import { resultsOf } from './table';
import { Palette } from './terminal';
import { LocalEcs, SimulatedClock } from '../local-ecs';
import { LocalStack } from '../local-stack';

const AGENT_TYPES = /^c7g/;

export interface SecondActOptions {
  /** The directory of the synthesized second app. */
  readonly assembly: string;
  readonly write: (line: string) => void;
  readonly paint: Palette;
  /** @default - the whole story */
  readonly mixed?: readonly ActStep[];
  /** @default - the whole story */
  readonly fleet?: readonly ActStep[];
}

/** Plays the second act: three services of one cluster under one function, then a fleet beside them. Returns what went wrong. */
export async function runSecondAct(options: SecondActOptions): Promise<readonly string[]> {
  const { assembly, write, paint, mixed = MIXED_STORY, fleet = FLEET_STORY } = options;
  const clock = new SimulatedClock(new Date(`2026-03-03T${ACT_BEGINS}:00Z`));
  const ecs = new LocalEcs({ clock, region: REGION, accountId: ACCOUNT });
  const stage = new ClustersStage(ecs, clock);
  const stacks: LocalStack[] = [];
  const deploy = async (stackName: string): Promise<LocalStack> => {
    const stack = await LocalStack.deploy({ assembly, stackName, ecs, clock, beside: stacks.at(-1) });
    stacks.push(stack);
    return stack;
  };
  try {
    write(`${paint.bold('Second act: three services of one cluster')} under one function: "${DNS}" linear with instances and vCPUs, `
      + `"${CACHE}" by a ladder,\n"${AGENT}" once on each instance whose type begins with c7g.\n`);
    stage.createCluster(MIXED_CLUSTER);
    await stage.launch(MIXED_CLUSTER, 2, SMALL);
    await stage.deployService(MIXED_CLUSTER, AGENT, AGENT_INSTANCES);
    stage.begin(mixedShow(await deploy(MIXED_STACK), ecs, write, paint));
    stage.expect(MIXED_CLUSTER, DNS, linear(DNS_RATIOS));
    stage.expect(MIXED_CLUSTER, CACHE, ladder(CACHE_STEPS));
    stage.expect(MIXED_CLUSTER, AGENT, onePerInstance, AGENT_TYPES);
    await play(stage, mixed);
    await stage.until(FLEET_BEGINS);
    stage.end();

    write(`\n${paint.bold('A fleet')}: "${FLEET_SERVICE}" once on each instance, in every cluster of the account that has it. `
      + 'Each cluster: instances, desired count.');
    write(paint.dim('The function of the first part goes on beside it, and its three services are compared, too.\n'));
    for (const [cluster, instances] of Object.entries(FLEET_CLUSTERS)) {
      stage.createCluster(cluster);
      await stage.launch(cluster, instances, MEDIUM);
      await stage.deployService(cluster, FLEET_SERVICE);
    }
    stage.begin(fleetShow(await deploy(FLEET_STACK), ecs, write, paint));
    for (const cluster of Object.keys(FLEET_CLUSTERS)) stage.expect(cluster, FLEET_SERVICE, onePerInstance);
    await play(stage, fleet);
    await stage.until(ACT_ENDS);
    stage.end();

    const problems = [...stage.problems, ...unasked(stacks[1]), ...await conclude(stacks, write)];
    if (problems.length === 0) {
      write(paint.green(`\nEach of the ${stage.checks} times that a desired count was compared after things had settled, it was what the formula says.`));
    }
    return problems;
  } finally {
    for (const stack of stacks) await stack.close();
  }
}

async function play(stage: ClustersStage, story: readonly ActStep[]): Promise<void> {
  for (const { at, name, play: playStep } of story) {
    await stage.until(at);
    stage.section(name);
    await playStep(stage);
    await stage.react();
  }
}

function mixedShow(stack: LocalStack, ecs: LocalEcs, write: (line: string) => void, paint: Palette): Show {
  const services = [DNS, CACHE, AGENT];
  return {
    stack,
    table: new ClusterTable(write, paint, ['instances', 'vCPUs', 'c7g', ...services], 10),
    cells: (desired) => {
      const instances = instancesOf(ecs, MIXED_CLUSTER);
      const draining = instances.filter(({ status }) => status === 'DRAINING').length;
      const all = capacityOf(instances);
      return [
        draining ? `${all.instances} + ${draining}` : String(all.instances),
        String(all.vcpus),
        String(capacityOf(instances, AGENT_TYPES).instances),
        ...services.map((service) => desired(MIXED_CLUSTER, service)),
      ];
    },
  };
}

function fleetShow(stack: LocalStack, ecs: LocalEcs, write: (line: string) => void, paint: Palette): Show {
  const clusters = [...Object.keys(FLEET_CLUSTERS), NEW_CLUSTER, MIXED_CLUSTER];
  return {
    stack,
    table: new ClusterTable(write, paint, clusters, 12),
    cells: (desired) => clusters.map((cluster) => {
      const exists = ecs.call('DescribeClusters', { clusters: [cluster] }).clusters.length > 0;
      return exists ? `${capacityOf(instancesOf(ecs, cluster)).instances}, ${desired(cluster, FLEET_SERVICE)}` : '';
    }),
  };
}

/** What the fleet's function said of the cluster without the service: it must pass it in silence. */
function unasked(fleet: LocalStack): string[] {
  const problems = fleet.invocations.flatMap((invocation) => resultsOf(invocation))
    .filter(({ service }) => service.includes(`/${MIXED_CLUSTER}/`))
    .map(({ service, decision, reason }) => 'The fleet\'s function must pass over a cluster without the service in silence, '
      + `but said of ${service}: ${decision}, ${reason}.`);
  return [...new Set(problems)];
}
