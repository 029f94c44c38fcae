import { NotConvergedError, ReconcileError } from './errors';
import { Trigger } from './event';
import { printable } from './fields';
import { Outcome } from './reconcile';

const SHOWN_CHARACTERS = 1000;

/**
 * Logs one record for each decision, then throws if any service failed. A record is the single argument of its console call,
 * so that Lambda's JSON format puts its fields under `$.message`. An event that changes nothing is only DEBUG.
 */
export function report(trigger: Trigger, { results, failures }: Outcome): void {
  for (const item of results) {
    const record = { ...item, trigger: trigger.kind };
    if (item.decision === 'scale' || trigger.kind === 'reconcile') {
      console.info(record);
    } else {
      console.debug(record);
    }
  }
  if (failures.length > 0) {
    const message = failures.map(({ service, error }) => `${service}: ${printable(`${error.name}: ${error.message}`, SHOWN_CHARACTERS)}`).join('\n');
    throw failures.every(({ error }) => error instanceof NotConvergedError) ? new NotConvergedError(message) : new ReconcileError(message);
  }
}
