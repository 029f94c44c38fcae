import { timeOfDay } from './history';
import { Observed } from './observe';
import { Palette } from './terminal';
import { Invocation } from '../local-stack';

/** What one or more invocations came to. */
interface Row {
  readonly at: number;
  readonly event: EventLabel;
  /** Each once. */
  readonly details: Set<string>;
  readonly decision: string;
  readonly observed: Observed;
  times: number;
  calls: number;
}

export interface EventLabel {
  /** Events of one kind that come to the same share a line. */
  readonly kind: string;
  readonly detail: string;
}

const WIDTHS = { time: 7, event: 38, instances: 11, desired: 9, running: 9, decision: 26 };

/** The day as it happens: one line for each invocation, or for several in a row that came to the same. */
export class Table {
  private pending?: Row;

  constructor(private readonly write: (line: string) => void, private readonly paint: Palette) {}

  public header(): void {
    this.write(this.paint.bold(this.line('time', 'event', 'instances', 'desired', 'running', 'decision', 'API calls')));
  }

  /** A step of the day begins. */
  public section(at: number, name: string): void {
    this.flush();
    this.write(`${this.paint.dim(timeOfDay(at))}  ${this.paint.bold(name)}`);
  }

  public note(text: string): void {
    this.flush();
    this.write(`       ${this.paint.dim(text)}`);
  }

  /** An invocation has ended, and `observed` is the cluster after it. */
  public invocation(at: number, invocation: Invocation, observed: Observed): void {
    const event = labelOf(invocation.payload);
    const decision = decisionOf(invocation);
    const last = this.pending;
    if (last && last.event.kind === event.kind && last.decision === decision && describe(last.observed) === describe(observed)) {
      last.times += 1;
      last.details.add(event.detail);
      last.calls += invocation.calls.length;
      return;
    }
    this.flush();
    this.pending = { at, event, details: new Set([event.detail]), decision, observed, times: 1, calls: invocation.calls.length };
  }

  /** Writes what is still held back. */
  public flush(): void {
    const row = this.pending;
    if (!row) return;
    this.pending = undefined;
    const { active, draining, desired, running } = row.observed;
    const each = row.calls / row.times;
    const event = `${row.event.kind} ${[...row.details].join(' / ')}`.trim();
    const text = this.line(
      timeOfDay(row.at),
      row.times > 1 ? `${event} ×${row.times}` : event,
      draining ? `${active} + ${draining}` : String(active),
      String(desired),
      String(running),
      row.decision,
      row.times > 1 && Number.isInteger(each) ? `${row.times} × ${each}` : String(row.calls),
    );
    this.write(this.colour(row.decision)(text));
  }

  private colour(decision: string): (text: string) => string {
    if (decision.startsWith('scale')) return this.paint.green;
    if (decision.startsWith('error')) return this.paint.red;
    return decision.startsWith('skip') ? this.paint.yellow : this.paint.dim;
  }

  private line(time: string, event: string, instances: string, desired: string, running: string, decision: string, calls: string): string {
    return [
      `  ${time}`.padEnd(WIDTHS.time + 2), event.padEnd(WIDTHS.event), instances.padStart(WIDTHS.instances), desired.padStart(WIDTHS.desired),
      running.padStart(WIDTHS.running), '   ', decision.padEnd(WIDTHS.decision), calls.padStart(9),
    ].join('');
  }
}

/** The function's result, as far as the demo shows it. */
export interface ResultItem {
  /** The service's ARN. */
  readonly service: string;
  readonly decision: 'scale' | 'inSync' | 'skip';
  readonly reason: string;
  readonly applied: boolean;
  readonly desiredCount: number;
  readonly newDesiredCount: number;
}

export function resultsOf({ outcome }: Invocation): readonly ResultItem[] {
  return (outcome.payload as { results: ResultItem[] } | undefined)?.results ?? [];
}

function decisionOf(invocation: Invocation): string {
  const { error } = invocation.outcome;
  if (error) return `error ${error.errorType}`;
  const [result] = resultsOf(invocation);
  if (!result) return 'not managed';
  switch (result.decision) {
    case 'scale': return `scale ${result.desiredCount} → ${result.newDesiredCount}`;
    case 'inSync': return 'in sync';
    default: return `skip: ${result.reason}`;
  }
}

/** What woke the function. */
export function labelOf(payload: unknown): EventLabel {
  const { action, detail = {}, ...event } = payload as Record<string, any>;
  if (action) return { kind: 'resync', detail: '' };
  switch (event['detail-type']) {
    case 'ECS Container Instance State Change':
      return { kind: 'instance', detail: detail.status === 'ACTIVE' && !detail.agentConnected ? 'agent off' : detail.status };
    case 'ECS Deployment State Change': return { kind: 'deployment of', detail: event.resources[0].split('/').pop() };
    case 'CloudFormation Stack Status Change': return { kind: 'stack', detail: detail['status-details'].status };
    default: return { kind: String(event['detail-type']), detail: '' };
  }
}

function describe({ active, draining, desired, running }: Observed): string {
  return [active, draining, desired, running].join();
}
