/** Work under way that nobody awaits one by one: deliveries and invocations. */
export class Activity {
  private readonly running = new Set<Promise<unknown>>();
  private readonly failures: unknown[] = [];

  /** Whether anything is under way. */
  public get busy(): boolean {
    return this.running.size > 0;
  }

  public run(work: Promise<unknown>): void {
    const guarded = work.catch((error: unknown) => this.failures.push(error)).finally(() => this.running.delete(guarded));
    this.running.add(guarded);
  }

  /** Resolves once all that is under way has ended, and what that started; throws the first failure. */
  public async idle(): Promise<void> {
    while (this.busy) await Promise.all(this.running);
    if (this.failures.length) throw this.failures.shift();
  }
}
