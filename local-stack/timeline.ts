/** Time that moves only when told to. */
export interface AdvancingClock {
  now(): Date;
  advance(milliseconds: number): void;
}

interface Entry {
  readonly at: number;
  readonly task: () => void;
}

/** What is to happen at a later simulated time: retries and schedules, in order of time, then of entry. */
export class Timeline {
  private entries: Entry[] = [];

  constructor(private readonly clock: AdvancingClock) {}

  /** Runs `task` once the clock is `delay` milliseconds further. */
  public after(delay: number, task: () => void): void {
    this.entries.push({ at: this.clock.now().getTime() + delay, task });
    this.entries.sort((a, b) => a.at - b.at);
  }

  /** Takes the tasks that are due now. */
  public takeDue(): (() => void)[] {
    const now = this.clock.now().getTime();
    const due = this.entries.filter((entry) => entry.at <= now);
    this.entries = this.entries.filter((entry) => entry.at > now);
    return due.map((entry) => entry.task);
  }

  /** Moves the clock to the next entry's time if that is at most `end`; false if there is none. */
  public advanceToNext(end: Date): boolean {
    const [next] = this.entries;
    if (!next || next.at > end.getTime()) return false;
    this.clock.advance(Math.max(0, next.at - this.clock.now().getTime()));
    return true;
  }
}
