/** The cluster at one moment of simulated time. */
export interface Sample {
  /** Milliseconds since the day began. */
  readonly at: number;
  readonly active: number;
  readonly draining: number;
  readonly desired: number;
  readonly running: number;
}

/** A named step of the day. */
export interface Mark {
  readonly at: number;
  readonly name: string;
}

/** A time during which the service's scaling was suspended. */
export interface Spell {
  readonly from: number;
  readonly to: number;
}

/** All that the charts are drawn from: simulated time only, so that every run draws the same. */
export interface DayRecord {
  /** Milliseconds of UTC midnight to the day's first moment. */
  readonly start: number;
  readonly end: number;
  readonly samples: readonly Sample[];
  readonly marks: readonly Mark[];
  readonly spells: readonly Spell[];
}

/** The value that held at a moment: that of the last sample not after it. */
export function sampleAt(samples: readonly Sample[], at: number): Sample | undefined {
  let found: Sample | undefined;
  for (const sample of samples) {
    if (sample.at > at) break;
    found = sample;
  }
  return found;
}

/** Drops samples that say nothing new; the last of several at one moment wins. */
export function compact(samples: readonly Sample[]): Sample[] {
  const kept: Sample[] = [];
  for (const sample of samples) {
    if (kept.at(-1)?.at === sample.at) kept.pop();
    if (!same(kept.at(-1), sample)) kept.push(sample);
  }
  return kept;
}

function same(a: Sample | undefined, b: Sample): boolean {
  return a !== undefined && a.active === b.active && a.draining === b.draining && a.desired === b.desired && a.running === b.running;
}

/** HH:MM of a moment of the day. */
export function timeOfDay(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
