/**
 * Keeps a fleet's resync within a share of what ECS allows the whole account: the rest is left to deployments and consoles.
 *
 * ECS throttles by token buckets that the actions of a category share. A quarter of each is used here.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */

const SHARE = 1 / 4;

/** Calls at once, and calls per second from then on, for the whole account and Region. */
const BUCKETS = {
  clusterRead: { capacity: 50, refill: 20 },
  clusterResourceRead: { capacity: 100, refill: 20 },
  serviceRead: { capacity: 100, refill: 20 },
  serviceModify: { capacity: 50, refill: 5 },
};

const CATEGORY = {
  ListClusters: 'clusterRead',
  ListContainerInstances: 'clusterResourceRead',
  DescribeContainerInstances: 'clusterResourceRead',
  DescribeServices: 'serviceRead',
  UpdateService: 'serviceModify',
} as const;

export type PacedAction = keyof typeof CATEGORY;

export class Pacer {
  /** When the next token of each category is there, in milliseconds. */
  private readonly next = new Map<string, number>();

  public constructor(private readonly sleep: (milliseconds: number) => Promise<void>, private readonly now: () => number) {}

  /** Waits until the action may be called. */
  public async turn(action: PacedAction): Promise<void> {
    const category = CATEGORY[action];
    const { capacity, refill } = BUCKETS[category];
    const interval = 1000 / (refill * SHARE);
    const now = this.now();
    // Tokens pile up while none is taken, up to the capacity.
    const token = Math.max(this.next.get(category) ?? -Infinity, now - (Math.floor(capacity * SHARE) - 1) * interval);
    this.next.set(category, token + interval);
    if (token > now) {
      await this.sleep(token - now);
    }
  }
}
