import { complaints } from './complaints';
import { FLEET_SERVICE, FLEET_STACK, MIXED_CLUSTER, MIXED_STACK } from './second-act-app';
import { decided, judgeCalls } from './summary';
import { EcsCall, LocalStack } from '../local-stack';

/** Calls that the roles must not be allowed: services of other names, in clusters that are managed. */
const FORBIDDEN: Readonly<Record<string, EcsCall>> = {
  [MIXED_STACK]: { action: 'UpdateService', input: { cluster: MIXED_CLUSTER, service: FLEET_SERVICE, desiredCount: 0 } },
  [FLEET_STACK]: { action: 'UpdateService', input: { cluster: 'shop', service: 'checkout', desiredCount: 0 } },
};

/** The functions in numbers, and what they did wrong. */
export async function conclude(stacks: readonly LocalStack[], write: (line: string) => void): Promise<string[]> {
  const problems: string[] = [];
  write(`\n${line('function of the stack', 'invocations', 'changes', 'API calls', 'allowed', 'denied, as it must be')}`);
  for (const stack of stacks) {
    const { stackName } = stack.template.environment;
    const { allowed, denial, problems: judged } = await judgeCalls(stack, FORBIDDEN[stackName]);
    const { invocations, functionCalls } = stack;
    const changes = invocations.filter((invocation) => decided(invocation, 'scale')).length;
    write(line(stackName, invocations.length, changes, functionCalls.length, `${allowed} of ${functionCalls.length}`,
      denial.allowed ? 'no' : `${denial.action} on ${denial.resource}`));
    problems.push(...[...judged, ...complaints(stack)].map((problem) => `${stackName}: ${problem}`));
  }
  return problems;
}

function line(name: string, invocations: number | string, changes: number | string, calls: number | string, allowed: string, denied: string): string {
  return [name.padEnd(24), ...[invocations, changes, calls, allowed].map((value) => String(value).padStart(13)), '   ', denied].join('');
}
