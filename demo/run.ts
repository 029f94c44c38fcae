import { ACCOUNT, CLUSTER_NAME, REGION, SERVICE_NAME, STACK_NAME } from './app';
import { renderChart } from './chart';
import { complaints } from './complaints';
import { Step } from './day';
import { DayRecord } from './history';
import { Stage } from './stage';
import { judgeCalls, summarize } from './summary';
import { Table } from './table';
import { Palette } from './terminal';
import { LocalEcs, SimulatedClock } from '../local-ecs';
import { LocalStack } from '../local-stack';

/** A call that the role must not be allowed: the same service name in a cluster that isn't managed. */
const FORBIDDEN_CALL = { action: 'UpdateService', input: { cluster: 'staging', service: SERVICE_NAME, desiredCount: 0 } };

export interface RunOptions {
  /** The directory of the synthesized example app. */
  readonly assembly: string;
  readonly day: readonly Step[];
  /** HH:MM */
  readonly begins: string;
  readonly ends: string;
  readonly write: (line: string) => void;
  readonly paint: Palette;
}

export interface RunResult {
  readonly record: DayRecord;
  /** Whatever went wrong: none on a good day. */
  readonly problems: readonly string[];
}

/** Plays a day against the synthesized app, and judges it. */
export async function run({ assembly, day, begins, ends, write, paint }: RunOptions): Promise<RunResult> {
  const clock = new SimulatedClock(new Date(`2026-03-02T${begins}:00Z`));
  const ecs = new LocalEcs({ clock, region: REGION, accountId: ACCOUNT });
  write(`${paint.bold('A day of the cluster')} "${CLUSTER_NAME}", in simulated time: the bundled Lambda keeps one task of "${SERVICE_NAME}" on each instance.`);
  write(paint.dim('Function, environment, rules and policies are those of the synthesized template; ECS is local-ecs; the function runs in a process of its own.\n'));

  const stack = await LocalStack.deploy({ assembly, stackName: STACK_NAME, ecs, clock });
  try {
    const table = new Table(write, paint);
    const stage = new Stage(stack, ecs, clock, table);
    table.header();
    for (const { at, name, play } of day) {
      await stage.until(at);
      stage.begin(name);
      await play(stage);
      await stage.react();
    }
    await stage.until(ends);
    table.flush();

    write(`\n${renderChart(stage.record, paint)}\n`);
    const judged = await judgeCalls(stack, FORBIDDEN_CALL);
    for (const line of [...summarize(stack), ...judged.lines]) write(line);
    const problems = [...stage.problems, ...judged.problems, ...complaints(stack)];
    if (problems.length === 0) {
      write(paint.green(`\nThe desired count was right each of the ${stage.checks} times it was compared after things had settled.`));
    }
    return { record: stage.record, problems };
  } finally {
    await stack.close();
  }
}
