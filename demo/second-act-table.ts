import { timeOfDay } from './history';
import { EventLabel } from './table';
import { Palette } from './terminal';

/** What one or more invocations of a function came to. */
export interface ClusterRow {
  readonly at: number;
  readonly event: EventLabel;
  /** One for each column. */
  readonly cells: readonly string[];
  /** Whether the function wrote a desired count, or failed. */
  readonly outcome: 'changed' | 'unchanged' | 'failed';
  readonly calls: number;
}

const EVENT_WIDTH = 40;
const CALLS_WIDTH = 12;

/** A part of the second act as it happens, with columns of its own. */
export class ClusterTable {
  /** Rows that came to the same. */
  private pending: ClusterRow[] = [];

  constructor(
    private readonly write: (line: string) => void,
    private readonly paint: Palette,
    /** Their titles. */
    private readonly columns: readonly string[],
    private readonly columnWidth: number,
  ) {}

  public header(): void {
    this.write(this.paint.bold(this.line('time', 'event', this.columns, 'API calls')));
  }

  /** A step of the story begins. */
  public section(at: number, name: string): void {
    this.flush();
    this.write(`${this.paint.dim(timeOfDay(at))}  ${this.paint.bold(name)}`);
  }

  /** An invocation has ended. */
  public row(row: ClusterRow): void {
    const [first] = this.pending;
    if (first && !same(first, row)) this.flush();
    this.pending.push(row);
  }

  /** Writes what is still held back. */
  public flush(): void {
    const rows = this.pending;
    if (rows.length === 0) return;
    this.pending = [];
    const [{ at, event, cells, outcome }] = rows;
    const details = [...new Set(rows.map((row) => row.event.detail))].join(' / ');
    const text = `${event.kind} ${details}`.trim();
    const line = this.line(timeOfDay(at), rows.length > 1 ? `${text} ×${rows.length}` : text, cells, multiply(rows));
    const paint = { changed: this.paint.green, unchanged: this.paint.dim, failed: this.paint.red }[outcome];
    this.write(paint(line));
  }

  private line(time: string, event: string, cells: readonly string[], calls: string): string {
    return [`  ${time}  `, event.padEnd(EVENT_WIDTH), ...cells.map((cell) => cell.padStart(this.columnWidth)), calls.padStart(CALLS_WIDTH)].join('');
  }
}

/** What came to the same, whatever it took. */
function same(one: ClusterRow, other: ClusterRow): boolean {
  return one.outcome === other.outcome && one.event.kind === other.event.kind && one.cells.join() === other.cells.join();
}

/** The API calls of several rows: each one's where they are equal, else all. */
function multiply(rows: readonly ClusterRow[]): string {
  const [{ calls }] = rows;
  const all = rows.reduce((sum, row) => sum + row.calls, 0);
  return rows.length > 1 && all === rows.length * calls ? `${rows.length} × ${calls}` : String(all);
}
