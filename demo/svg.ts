import { DayRecord, Sample, timeOfDay } from './history';

const WIDTH = 1080;
const PLOT = { left: 64, right: 1048, top: 128, bottom: 408 };
const LABELS = { top: 466, columns: 3, rowHeight: 24 };
const HOUR = 3_600_000;

const COLOR = {
  background: '#ffffff',
  border: '#d0d7de',
  text: '#1f2328',
  quiet: '#59636e',
  grid: '#e7ebef',
  active: '#cfe3fb',
  activeEdge: '#8fbdf0',
  draining: '#e08a00',
  desired: '#0b4fb3',
  running: '#5ee0ac',
  suspended: '#f1eef6',
  suspendedText: '#6b5b8a',
};

/** Drawn inside the line of the desired count: where the two part, each is seen alone. */
const RUNNING_DASH = 'stroke-width="1.6" stroke-dasharray="3 4"';

/**
 * The day as an SVG: a pure function of the record. No clock, no random, coordinates of at most one decimal, so the same bytes
 * everywhere. The record itself is kept in the file, so that a test can draw it again. The background is its own: readable in
 * light and dark.
 */
export function renderSvg(record: DayRecord): string {
  const highest = Math.max(4, ...record.samples.map(({ active, draining, desired }) => Math.max(active + draining, desired)));
  const ceiling = Math.ceil((highest + 1) / 2) * 2;
  const x = (at: number): number => PLOT.left + (at / (record.end - record.start)) * (PLOT.right - PLOT.left);
  const y = (count: number): number => PLOT.bottom - (count / ceiling) * (PLOT.bottom - PLOT.top);
  const rows = Math.ceil(record.marks.length / LABELS.columns);
  const height = LABELS.top + rows * LABELS.rowHeight + 12;
  const line = (value: (sample: Sample) => number): string => steps(record, value, x, y);

  const total = ({ active, draining }: Sample): number => active + draining;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    '<title id="title">A cluster\'s day: the desired count follows the container instances</title>',
    '<desc id="desc">Step chart of ACTIVE and DRAINING container instances, of the service\'s desired count and of its running tasks over simulated time.</desc>',
    `<metadata>${JSON.stringify(record)}</metadata>`,
    '<defs>',
    '  <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
    `    <rect width="6" height="6" fill="${COLOR.draining}" fill-opacity="0.18"/><rect width="2.5" height="6" fill="${COLOR.draining}" fill-opacity="0.75"/>`,
    '  </pattern>',
    '</defs>',
    `<style>text{font-family:ui-sans-serif,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:${COLOR.text}}.quiet{fill:${COLOR.quiet};font-size:12px}.label{font-size:13px}.number{font-size:10.5px;font-weight:600;fill:${COLOR.background};text-anchor:middle}</style>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="${COLOR.background}" stroke="${COLOR.border}"/>`,
    '<text x="32" y="36" font-size="18" font-weight="600">A cluster\'s day</text>',
    '<text x="32" y="57" class="quiet">One task per container instance: the bundled Lambda, woken by the template\'s rules, against local-ecs. Simulated time.</text>',
    ...legend(),
    ...spells(record, x),
    ...grid(record, ceiling, x, y),
    `<path d="${area(record, total, x, y)}" fill="url(#hatch)"/>`,
    `<path d="${area(record, ({ active }) => active, x, y)}" fill="${COLOR.active}"/>`,
    `<path d="${line(({ active }) => active)}" fill="none" stroke="${COLOR.activeEdge}" stroke-width="1"/>`,
    ...guides(record, x),
    `<path d="${line(({ desired }) => desired)}" fill="none" stroke="${COLOR.desired}" stroke-width="4" stroke-linejoin="round"/>`,
    `<path d="${line(({ running }) => running)}" fill="none" stroke="${COLOR.running}" ${RUNNING_DASH}/>`,
    ...spellNames(record, x),
    ...badges(record, x),
    ...labels(record),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

/** The record that an SVG was drawn from. */
export function recordOf(svg: string): DayRecord {
  const [, json] = /<metadata>(.*)<\/metadata>/.exec(svg) ?? [];
  if (!json) throw new Error('The SVG holds no record: it was not drawn by the demo. Run `npm run demo` to draw it.');
  return JSON.parse(json) as DayRecord;
}

type Scale = (value: number) => number;

function steps(record: DayRecord, value: (sample: Sample) => number, x: Scale, y: Scale): string {
  let path = '';
  let level: string | undefined;
  for (const sample of record.samples) {
    const next = fixed(y(value(sample)));
    if (next === level) continue;
    path += level === undefined ? `M${fixed(x(sample.at))} ${next}` : `H${fixed(x(sample.at))}V${next}`;
    level = next;
  }
  return `${path}H${fixed(x(record.end - record.start))}`;
}

function area(record: DayRecord, value: (sample: Sample) => number, x: Scale, y: Scale): string {
  return `${steps(record, value, x, y)}V${fixed(y(0))}H${fixed(x(record.samples[0].at))}Z`;
}

function grid(record: DayRecord, ceiling: number, x: Scale, y: Scale): string[] {
  const parts: string[] = [];
  for (let count = 0; count <= ceiling; count += 2) {
    parts.push(`<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${fixed(y(count))}" y2="${fixed(y(count))}" stroke="${COLOR.grid}"/>`,
      `<text x="${PLOT.left - 10}" y="${fixed(y(count) + 4)}" class="quiet" text-anchor="end">${count}</text>`);
  }
  for (let at = Math.ceil(record.start / HOUR) * HOUR; at <= record.end; at += HOUR) {
    const position = fixed(x(at - record.start));
    parts.push(`<line x1="${position}" x2="${position}" y1="${PLOT.bottom}" y2="${PLOT.bottom + 5}" stroke="${COLOR.quiet}"/>`,
      `<text x="${position}" y="${PLOT.bottom + 21}" class="quiet" text-anchor="middle">${timeOfDay(at)}</text>`);
  }
  return parts;
}

function spells(record: DayRecord, x: Scale): string[] {
  return record.spells.map(({ from, to }) =>
    `<rect x="${fixed(x(from))}" y="${PLOT.top}" width="${fixed(x(to) - x(from))}" height="${PLOT.bottom - PLOT.top}" fill="${COLOR.suspended}"/>`);
}

function spellNames(record: DayRecord, x: Scale): string[] {
  return record.spells.map(({ from, to }) =>
    `<text x="${fixed((x(from) + x(to)) / 2)}" y="${PLOT.top + 17}" font-size="11.5" text-anchor="middle" style="fill:${COLOR.suspendedText};stroke:${COLOR.suspended};stroke-width:5px;paint-order:stroke">suspended</text>`);
}

function guides(record: DayRecord, x: Scale): string[] {
  return record.marks.map(({ at }) => `<line x1="${fixed(x(at))}" x2="${fixed(x(at))}" y1="${PLOT.top - 8}" y2="${PLOT.bottom}" stroke="${COLOR.quiet}" stroke-width="0.75" stroke-dasharray="1 4"/>`);
}

function badges(record: DayRecord, x: Scale): string[] {
  return record.marks.map(({ at }, index) => badge(x(at), PLOT.top - 16, index + 1));
}

function labels(record: DayRecord): string[] {
  const rows = Math.ceil(record.marks.length / LABELS.columns);
  const width = (WIDTH - 64) / LABELS.columns;
  return record.marks.map(({ at, name }, index) => {
    const left = 42 + Math.floor(index / rows) * width;
    const top = LABELS.top + (index % rows) * LABELS.rowHeight;
    return `${badge(left, top, index + 1)}<text x="${fixed(left + 16)}" y="${top + 4}" class="label"><tspan class="quiet">${timeOfDay(record.start + at)}</tspan> ${escape(name)}</text>`;
  });
}

function badge(centre: number, middle: number, number: number): string {
  return `<circle cx="${fixed(centre)}" cy="${middle}" r="9" fill="${COLOR.quiet}"/><text x="${fixed(centre)}" y="${middle + 3.7}" class="number">${number}</text>`;
}

function legend(): string[] {
  const entries: [string, string][] = [
    [`<rect y="-10" width="22" height="12" fill="${COLOR.active}" stroke="${COLOR.activeEdge}"/>`, 'ACTIVE instances'],
    ['<rect y="-10" width="22" height="12" fill="url(#hatch)"/>', 'DRAINING instances'],
    [`<line x2="22" y1="-4" y2="-4" stroke="${COLOR.desired}" stroke-width="4"/>`, 'desired count'],
    [`<line x2="22" y1="-4" y2="-4" stroke="${COLOR.desired}" stroke-width="4"/><line x2="22" y1="-4" y2="-4" stroke="${COLOR.running}" ${RUNNING_DASH}/>`, 'desired and running'],
    [`<line x2="22" y1="-4" y2="-4" stroke="${COLOR.running}" ${RUNNING_DASH}/>`, 'running tasks'],
  ];
  return entries.map(([swatch, text], index) =>
    `<g transform="translate(${32 + index * 190} 84)">${swatch}<text x="30" class="label">${text}</text></g>`);
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
