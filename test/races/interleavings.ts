/**
 * Runs concurrent programs under every order of their steps: a step is what one of them does between two points at which
 * another could come in. Depth first, each order from a fresh start, so that nothing is remembered between two of them.
 */

/** What a step touches. Two steps that only read the same things, or touch different things, may swap without a difference. */
export interface Access {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
}

/** Performs an effect as one step: it happens when the scheduler picks this program. */
export type Step = <T>(access: Access, effect: () => T) => Promise<T>;

export type Program = (step: Step) => Promise<void>;

export interface Scenario {
  /** Starts the scenario anew: `spawn` adds a program, at the start or from within a step. */
  start(spawn: (program: Program) => void): void;
  /** Called when all programs are done. */
  check(): void;
}

class Actor {
  /** The step this program waits at; absent where it is done. */
  public next?: { readonly access: Access; readonly resume: () => void };
  /** Settles when the program is at its next step, or done. */
  public arrival!: Promise<void>;
  private arrive!: () => void;

  public constructor(program: Program) {
    this.depart();
    void program((access, effect) => this.step(access, effect)).finally(() => this.arrive());
  }

  public go(): void {
    const { resume } = this.next!;
    this.next = undefined;
    this.depart();
    resume();
  }

  private depart(): void {
    this.arrival = new Promise((resolve) => { this.arrive = resolve; });
  }

  private async step<T>(access: Access, effect: () => T): Promise<T> {
    await new Promise<void>((resume) => {
      this.next = { access, resume };
      this.arrive();
    });
    return effect();
  }
}

function maySwap(one: Access, other: Access): boolean {
  const clash = (writes: readonly string[] = [], touched: Access) =>
    writes.some((thing) => touched.reads?.includes(thing) || touched.writes?.includes(thing));
  return !clash(one.writes, other) && !clash(other.writes, one);
}

/** A point at which the scheduler picks one of the waiting programs, which are numbered by their start. */
interface Choice {
  readonly waiting: readonly number[];
  /** Picked here before, and the last one now. */
  readonly tried: number[];
  /** Not to be tried here: an order that differs only in steps that may swap was run already. */
  readonly asleep: ReadonlySet<number>;
}

/** The next pick that is left at a point, if any. */
function untried({ waiting, tried, asleep }: Choice): number | undefined {
  return waiting.find((program) => !tried.includes(program) && !asleep.has(program));
}

/** Runs the scenario as `path` says and then on, making it longer; whether it came to its end. */
async function run(scenario: Scenario, path: Choice[], everyOrder: boolean): Promise<boolean> {
  const actors: Actor[] = [];
  scenario.start((program) => actors.push(new Actor(program)));
  let asleep: ReadonlySet<number> = new Set();
  for (let depth = 0; ; depth += 1) {
    // Programs may be added meanwhile, so one by one.
    for (let index = 0; index < actors.length; index += 1) {
      await actors[index]!.arrival;
    }
    if (depth === path.length) {
      const choice: Choice = { waiting: actors.flatMap((actor, index) => actor.next ? [index] : []), tried: [], asleep };
      if (choice.waiting.length === 0) {
        scenario.check();
        return true;
      }
      const first = untried(choice);
      if (first === undefined) {
        return false;
      }
      choice.tried.push(first);
      path.push(choice);
    }
    const choice = path[depth]!;
    const picked = choice.tried[choice.tried.length - 1]!;
    const { access } = actors[picked]!.next!;
    if (!everyOrder) {
      // What was tried here before needs no further try until a step comes that it can't swap with.
      asleep = new Set([...choice.asleep, ...choice.tried.slice(0, -1)].filter((program) => maySwap(actors[program]!.next!.access, access)));
    }
    actors[picked]!.go();
  }
}

/**
 * Runs the scenario under every order of steps, and returns how many were run. Of orders that differ only in steps that may
 * swap one is run, unless `everyOrder` asks for all.
 */
export async function explore(scenario: Scenario, everyOrder = false): Promise<number> {
  const path: Choice[] = [];
  let orders = 0;
  do {
    if (await run(scenario, path, everyOrder)) {
      orders += 1;
    }
    let next: number | undefined;
    while (path.length > 0 && (next = untried(path[path.length - 1]!)) === undefined) {
      path.pop();
    }
    if (next !== undefined) {
      path[path.length - 1]!.tried.push(next);
    }
  } while (path.length > 0);
  return orders;
}
