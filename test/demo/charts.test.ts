import * as fs from 'node:fs';
import * as path from 'node:path';
import { renderChart } from '../../demo/chart';
import { compact, DayRecord, sampleAt, timeOfDay } from '../../demo/history';
import { recordOf, renderSvg } from '../../demo/svg';
import { palette } from '../../demo/terminal';

const HOUR = 3_600_000;
const COMMITTED = fs.readFileSync(path.join(__dirname, '../../demo/cluster-day.svg'), 'utf8');

const RECORD: DayRecord = {
  start: 7 * HOUR,
  end: 11 * HOUR,
  samples: [
    { at: 0, active: 0, draining: 0, desired: 0, running: 0 },
    { at: HOUR, active: 3, draining: 0, desired: 3, running: 3 },
    { at: 2 * HOUR, active: 1, draining: 2, desired: 1, running: 1 },
    { at: 3 * HOUR, active: 1, draining: 0, desired: 2, running: 1 },
  ],
  marks: [{ at: HOUR, name: 'Three <of> them' }],
  spells: [{ from: 3 * HOUR, to: 4 * HOUR }],
};

describe('the SVG', () => {
  test('two renders are the same bytes', () => {
    expect(renderSvg(RECORD)).toBe(renderSvg(structuredClone(RECORD)));
  });

  test('the committed one is what this code draws of its record', () => {
    expect(renderSvg(recordOf(COMMITTED))).toBe(COMMITTED);
  });

  test('the committed one shows the whole day', () => {
    const { samples, marks, spells } = recordOf(COMMITTED);
    expect(Math.max(...samples.map(({ active }) => active))).toBe(12);
    expect(Math.max(...samples.map(({ draining }) => draining))).toBe(2);
    expect(marks.length).toBeGreaterThanOrEqual(10);
    expect(spells).toHaveLength(1);
  });

  test('a record keeps its way through the file', () => {
    expect(recordOf(renderSvg(RECORD))).toEqual(RECORD);
  });

  test('another record is drawn differently', () => {
    const other = { ...RECORD, samples: RECORD.samples.map((sample, index) => index === 1 ? { ...sample, desired: 2 } : sample) };
    const drawing = (record: DayRecord): string => renderSvg(record).replace(/<metadata>.*<\/metadata>/, '');
    expect(drawing(other)).not.toBe(drawing(RECORD));
  });

  test('coordinates have at most one decimal, and text is escaped', () => {
    const svg = renderSvg(RECORD).replace(/<metadata>.*<\/metadata>/, '');
    expect(svg.match(/ d="[^"]*"/g)!.join('')).not.toMatch(/\.\d\d/);
    expect(svg).toContain('Three &lt;of&gt; them');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('a file that was not drawn here is refused', () => {
    expect(() => recordOf('<svg/>')).toThrow(/holds no record/);
  });
});

describe('the terminal chart', () => {
  const plain = palette(false);
  const rows = renderChart(RECORD, plain).split('\n');

  test('draws instances, draining ones and the desired count at their heights', () => {
    // The middle of each hour's columns.
    const column = (hour: number): string => rows.slice(0, 3).map((row) => [...row][6 + hour * 21 + 10]).join('');
    expect([0, 1, 2, 3].map(column)).toEqual(['   ', '●██', '▒▒●', ' ●█']);
  });

  test('shows a desired count that was off for a moment only', () => {
    const [empty, three] = RECORD.samples;
    const spike = { ...RECORD, samples: [empty, three, { ...three, at: HOUR + 1, desired: 5 }, { ...three, at: HOUR + 2 }] };
    expect(renderChart(spike, plain).split('\n')[0]).toMatch(/^ {3}5 │ {21}● *$/);
  });

  test('names the times and has no colours without a terminal', () => {
    expect(rows.join('\n')).toMatch(/07:00 .*10:/);
    expect(rows.join('\n')).not.toContain('\u001b');
    expect(renderChart(RECORD, palette(true))).toContain('\u001b[34m●');
  });
});

describe('the history', () => {
  test('keeps what changed, and the last of several samples at one moment', () => {
    const sample = (at: number, active: number) => ({ at, active, draining: 0, desired: active, running: active });
    expect(compact([sample(0, 1), sample(0, 2), sample(1, 2), sample(2, 3), sample(3, 3)])).toEqual([sample(0, 2), sample(2, 3)]);
  });

  test('knows what held at a moment', () => {
    expect(sampleAt(RECORD.samples, 2 * HOUR - 1)?.active).toBe(3);
    expect(sampleAt(RECORD.samples, 2 * HOUR)?.active).toBe(1);
    expect(sampleAt(RECORD.samples, -1)).toBeUndefined();
  });

  test('tells the time of day', () => {
    expect(timeOfDay(7 * HOUR + 5 * 60_000 + 59_999)).toBe('07:05');
  });
});
