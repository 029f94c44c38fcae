const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The interval of a `rate(...)` expression in milliseconds. */
export function parseRate(expression: string, path: string): number {
  const [, count, unit, plural] = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  // EventBridge insists on "1 minute" and "2 minutes".
  if (!count || (count === '1') === (plural === 's')) {
    throw new Error(`${path}: expected rate(1 minute), rate(N minutes), hours or days (cron isn't implemented); received ${expression}.`);
  }
  return Number(count) * UNITS[unit];
}
