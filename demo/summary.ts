import { resultsOf } from './table';
import { EcsCall, Invocation, LocalStack, Verdict } from '../local-stack';

/** The day in numbers. */
export function summarize(stack: LocalStack): string[] {
  const { events, deliveries, invocations, functionCalls } = stack;
  const delivered = deliveries.filter(({ denied }) => !denied).length;
  const resyncs = invocations.filter(({ payload }) => 'action' in (payload as object));
  const unchanged = invocations.filter((invocation) => decided(invocation, 'inSync'));
  const changed = invocations.filter((invocation) => decided(invocation, 'scale'));
  return [
    row('events on the bus', events.length, 'container instances, tasks, deployments, stacks, foreign ones'),
    row('deliveries to the function', delivered, `${delivered - resyncs.length} events that a rule matched, ${resyncs.length} resyncs`),
    row('invocations', invocations.length, `${changed.length} changed the count, ${unchanged.length} found it right`),
    row('ECS API calls', functionCalls.length, byAction(functionCalls)),
    row('API calls per unchanged event', perInvocation(unchanged), `per change ${perInvocation(changed)}`),
  ];
}

export interface Judgement {
  readonly lines: readonly string[];
  /** How many of the function's calls are allowed. */
  readonly allowed: number;
  readonly denial: Verdict;
  readonly problems: readonly string[];
}

/** Judges each call the function made, and one that must be denied, by the policies of its role in the template. */
export async function judgeCalls(stack: Pick<LocalStack, 'judge' | 'functionCalls'>, forbidden: EcsCall): Promise<Judgement> {
  const verdicts = new Map<string, Promise<Verdict>>();
  const problems: string[] = [];
  let allowed = 0;
  for (const { action, input } of stack.functionCalls) {
    const key = JSON.stringify([action, input]);
    if (!verdicts.has(key)) verdicts.set(key, stack.judge({ action, input }));
    const verdict = await verdicts.get(key)!;
    if (verdict.allowed) allowed += 1;
    else problems.push(`The function made a call that its role doesn't allow: ${verdict.detail}`);
  }
  if (stack.functionCalls.length === 0) problems.push('The function made no API call at all: nothing was shown.');
  const denial = await stack.judge(forbidden);
  if (denial.allowed) problems.push(`The role allows what it must not: ${denial.detail}`);
  return {
    lines: [
      row('allowed by the role\'s policy', `${allowed} of ${stack.functionCalls.length}`, 'judged by @cloud-copilot/iam-simulate: action, ARN, ecs:cluster'),
      row('denied, as it must be', denial.allowed ? 'no' : 'yes', `${denial.action} on ${denial.resource}`),
    ],
    allowed,
    denial,
    problems: [...new Set(problems)],
  };
}

export function decided(invocation: Invocation, decision: string): boolean {
  return resultsOf(invocation).some((result) => result.decision === decision);
}

function perInvocation(invocations: readonly Invocation[]): string {
  const counts = invocations.map(({ calls }) => calls.length);
  if (counts.length === 0) return 'none';
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return least === most ? String(least) : `${mean.toFixed(2)} (${least} to ${most})`;
}

function byAction(calls: readonly EcsCall[]): string {
  const counts = new Map<string, number>();
  for (const { action } of calls) counts.set(action, (counts.get(action) ?? 0) + 1);
  return [...counts].map(([action, count]) => `${count} ${action}`).join(', ');
}

function row(label: string, value: number | string, explanation: string): string {
  return `${label.padEnd(32)}${String(value).padStart(13)}   ${explanation}`;
}
