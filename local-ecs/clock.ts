/** Where the model takes the time from: a real endpoint uses `systemClock`, a simulation its own. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Time that moves only when told to, so that the same history gives the same bytes. */
export class SimulatedClock implements Clock {
  private milliseconds: number;

  constructor(start: Date = new Date('2026-01-05T08:00:00Z')) {
    this.milliseconds = start.getTime();
  }

  public now(): Date {
    return new Date(this.milliseconds);
  }

  /** Moves time forward by `milliseconds`, zero or more. */
  public advance(milliseconds: number): void {
    if (!(milliseconds >= 0)) {
      throw new Error(`Time moves forward only: got ${milliseconds} ms`);
    }
    this.milliseconds += milliseconds;
  }

  /** Sets the time; a test may go back on purpose. */
  public set(date: Date): void {
    this.milliseconds = date.getTime();
  }
}
