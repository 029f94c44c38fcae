import { DayRecord, Sample, sampleAt, timeOfDay } from './history';
import { Palette } from './terminal';

const COLUMNS = 84;
/** Columns between two times on the axis. */
const TICK = 12;

/** The day in a terminal: bars are container instances, dots the desired count. */
export function renderChart(record: DayRecord, paint: Palette): string {
  const duration = record.end - record.start;
  const columns = Array.from({ length: COLUMNS }, (_, index) =>
    pick(record.samples, (duration * index) / COLUMNS, (duration * (index + 1)) / COLUMNS));
  const highest = Math.max(...columns.map(({ active, draining, desired }) => Math.max(active + draining, desired)));
  const lines: string[] = [];
  for (let level = highest; level >= 1; level--) {
    const cells = columns.map(({ active, draining, desired }) => {
      if (level === desired) return paint.blue('●');
      if (level <= active) return paint.dim('█');
      return level <= active + draining ? paint.yellow('▒') : ' ';
    });
    lines.push(`${String(level).padStart(4)} │${cells.join('')}`);
  }
  const times = Array.from({ length: COLUMNS / TICK }, (_, index) =>
    timeOfDay(record.start + (duration * index * TICK) / COLUMNS).padEnd(TICK));
  lines.push(`     └${'─'.repeat(COLUMNS)}`, `      ${times.join('').trimEnd()}`, '',
    `      ${paint.blue('●')} desired count   ${paint.dim('█')} ACTIVE instances   ${paint.yellow('▒')} DRAINING instances`);
  return lines.join('\n');
}

/** What a column shows: its latest sample, but rather one whose desired count is off, however short that was. */
function pick(samples: readonly Sample[], from: number, to: number): Sample {
  const candidates = [sampleAt(samples, from) ?? samples[0], ...samples.filter(({ at }) => at > from && at < to)];
  const off = ({ desired, active }: Sample): number => Math.abs(desired - active);
  return candidates.reduce((best, sample) => off(sample) >= off(best) ? sample : best);
}
