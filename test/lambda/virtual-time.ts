/** Time that passes only while everything waits for it: minutes of sleeping take no time, in the order they would have. */
export class VirtualTime {
  private sleepers: Array<{ readonly due: number; readonly wake: () => void }> = [];

  public constructor(private readonly advance: (milliseconds: number) => void, public readonly now: () => number) {}

  public readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((wake) => { this.sleepers.push({ due: this.now() + milliseconds, wake }); });

  /** Lets time pass until the work is done. */
  public async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => { done = true; };
    work.then(end, end);
    for (;;) {
      // All that can go on without time passing goes on first.
      await new Promise((resolve) => setImmediate(resolve));
      if (done) {
        return work;
      }
      const next = Math.min(...this.sleepers.map(({ due }) => due));
      if (next === Infinity) {
        throw new Error('the work waits for something other than time');
      }
      this.advance(Math.max(0, next - this.now()));
      const due = this.sleepers.filter((sleeper) => sleeper.due <= next);
      this.sleepers = this.sleepers.filter((sleeper) => sleeper.due > next);
      due.forEach(({ wake }) => wake());
    }
  }
}
