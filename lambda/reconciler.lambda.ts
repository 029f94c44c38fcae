import { setTimeout as sleep } from 'timers/promises';
import { parseConfig } from './config';
import { createClient, EcsGateway } from './ecs-gateway';
import { parseEvent } from './event';
import { Pacer } from './pacer';
import { reconcile, ResultItem } from './reconcile';
import { report } from './report';

const client = createClient();

export interface ReconcilerResult {
  readonly results: ResultItem[];
  readonly apiCalls: number;
}

/** environment → gateway → reconcile → report. A failed invocation is retried by Lambda, then sent to the dead-letter queue. */
export async function handler(payload: unknown): Promise<ReconcilerResult> {
  const config = parseConfig(process.env);
  const trigger = parseEvent(payload);
  const ecs = new EcsGateway(client, 'fleet' in config ? new Pacer(sleep, Date.now) : undefined);
  const outcome = await reconcile(trigger, config, { ecs, sleep, warn: (record) => console.warn(record), random: Math.random });
  report(trigger, outcome);
  return { results: outcome.results, apiCalls: ecs.apiCalls };
}
