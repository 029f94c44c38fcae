import { throttlingException } from './errors';

export interface FaultOptions {
  /** Enforces API throttling by token buckets; an object replaces single buckets. Default: false */
  readonly throttling?: boolean | Readonly<Partial<Record<BucketName, BucketSize>>>;
  /** How long the HTTP endpoint takes to answer, in milliseconds: a number, or bounds to draw from. Default: 0 */
  readonly latencyMs?: number | { readonly min: number; readonly max: number };
  /** Eventual consistency: with this probability a List or Describe call answers from the state of `ageMs` ago. Default: none */
  readonly staleReads?: { readonly ageMs: number; /** Default: 1 */ readonly probability?: number };
  /** With this probability a page holds fewer results than asked for, though more follow: the API permits it. Default: 0 */
  readonly shortPageProbability?: number;
  /** With this probability a call is answered with ServerException, status 500, before it has any effect. Default: 0 */
  readonly serverErrorProbability?: number;
  /** With this probability the connection ends before the call has any effect. Default: 0 */
  readonly dropProbability?: number;
  /** With this probability the call takes effect, but its answer is lost with the connection. Default: 0 */
  readonly lostResponseProbability?: number;
  readonly events?: EventFaultOptions;
}

export interface EventFaultOptions {
  /** Probability that an event is never delivered. Default: 0 */
  readonly lost?: number;
  /** Probability that an event is delivered twice. Default: 0 */
  readonly duplicate?: number;
  /** Probability that an event is late, so that later ones overtake it. Default: 0 */
  readonly late?: number;
  /** How late at most, in milliseconds of the clock. Default: 30 000 */
  readonly lateMs?: number;
}

export interface BucketSize {
  /** Tokens the bucket holds: the burst. */
  readonly capacity: number;
  /** Tokens that arrive each second: the sustained rate. */
  readonly refill: number;
}

export type BucketName = 'clusterRead' | 'clusterResourceRead' | 'serviceRead' | 'serviceModify' | 'taskDefinitionModify';

/**
 * Buckets per account and Region, shared by the actions of a category. Actions that are in none aren't throttled here.
 *
 * Source: "Request throttling for the Amazon ECS API", Amazon ECS Developer Guide.
 */
export const BUCKETS: Readonly<Record<BucketName, BucketSize & { readonly actions: readonly string[] }>> = {
  clusterRead: { capacity: 50, refill: 20, actions: ['DescribeClusters', 'ListClusters'] },
  clusterResourceRead: {
    capacity: 100,
    refill: 20,
    actions: ['ListContainerInstances', 'DescribeContainerInstances', 'ListTasks', 'DescribeTasks'],
  },
  serviceRead: { capacity: 100, refill: 20, actions: ['DescribeServices', 'ListServices'] },
  serviceModify: { capacity: 50, refill: 5, actions: ['CreateService', 'UpdateService', 'DeleteService'] },
  taskDefinitionModify: { capacity: 20, refill: 1, actions: ['RegisterTaskDefinition'] },
};

interface Bucket extends BucketSize { tokens: number; filledAt: number }

export class TokenBuckets {
  private buckets = new Map<string, Bucket>();

  constructor(overrides: Readonly<Partial<Record<BucketName, BucketSize>>>, now: number) {
    for (const [name, { actions, ...size }] of Object.entries(BUCKETS)) {
      const { capacity, refill } = overrides[name as BucketName] ?? size;
      const bucket = { capacity, refill, tokens: capacity, filledAt: now };
      for (const action of actions) this.buckets.set(action, bucket);
    }
  }

  /** Takes a token for one call; throws ThrottlingException where none is left. Refills come once a whole second. */
  public take(action: string, now: number): void {
    const bucket = this.buckets.get(action);
    if (!bucket) return;
    const elapsed = Math.floor((now - bucket.filledAt) / 1000);
    if (elapsed > 0) {
      bucket.tokens = Math.min(bucket.capacity, bucket.tokens + elapsed * bucket.refill);
      bucket.filledAt += elapsed * 1000;
    }
    if (bucket.tokens < 1) throw throttlingException();
    bucket.tokens--;
  }

  public clone(): TokenBuckets {
    const copy = new TokenBuckets({}, 0);
    const copies = new Map<Bucket, Bucket>();
    copy.buckets = new Map([...this.buckets].map(([action, bucket]) => {
      if (!copies.has(bucket)) copies.set(bucket, { ...bucket });
      return [action, copies.get(bucket)!];
    }));
    return copy;
  }
}
