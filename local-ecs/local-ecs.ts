import { READS, WRITES } from './actions';
import { failDeployment } from './actions/services';
import { Clock, systemClock } from './clock';
import { EcsApiError, invalidParameter, serializationException, unknownOperation } from './errors';
import { EventBridgeEvent, EventFactory, EventShape, Place } from './events';
import { FaultOptions, TokenBuckets } from './faults';
import { Attribute, copyState, emptyState, EXTERNAL_ATTRIBUTE, InstanceStatus, State, Tag } from './model';
import { Random } from './random';
import { liveTasks, pass, stopTask } from './scheduler';
import { Input } from './validation';
import { changeInstance, findCluster, findInstance, findService, nowMs, World } from './world';

export interface LocalEcsOptions {
  /** Default: us-east-1 */
  readonly region?: string;
  /** Default: 111122223333 */
  readonly accountId?: string;
  /** Default: aws */
  readonly partition?: string;
  /** Default: the machine's clock */
  readonly clock?: Clock;
  /** Seeds ids, choices and faults: the same seed, clock and calls give the same bytes. Default: 1 */
  readonly seed?: number;
  /** Default: current */
  readonly eventShape?: EventShape;
  /** Default: none */
  readonly faults?: FaultOptions;
}

export interface ApiCall {
  readonly action: string;
  readonly input: any;
  /** The error code, where it failed. */
  readonly error?: string;
  readonly time: Date;
}

export interface LaunchOptions {
  /** Default: t3.medium */
  readonly instanceType?: string;
  /** Default: the zones a, b and c of the Region in turn */
  readonly availabilityZone?: string;
  /** Default: linux */
  readonly osType?: string;
  /** Default: x86_64 */
  readonly cpuArchitecture?: string;
  /** Further attributes by name; an empty value is an attribute without one. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** CPU units. Default: 2048 */
  readonly cpu?: number;
  /** MiB. Default: 3884 */
  readonly memory?: number;
  readonly capacityProviderName?: string;
  readonly agentVersion?: string;
  /** An ECS Anywhere host: id `mi-…`, attribute `ecs.capability.external`. Default: false */
  readonly external?: boolean;
  /** Default: ACTIVE */
  readonly status?: 'ACTIVE' | 'REGISTERING';
  readonly tags?: readonly Tag[];
}

/** The error name by which a call or the endpoint says that the connection ended without an answer. */
export const CONNECTION_DROPPED = 'ConnectionDropped';

interface NextFault { readonly action: string; readonly error: EcsApiError; readonly afterwards: boolean }

/**
 * ECS of one account and Region, in memory. Nothing happens by itself: API calls change the desired state, `step` and
 * `settle` let the scheduler and the agents follow.
 */
export class LocalEcs {
  /** Every API call received, in order. */
  public readonly calls: ApiCall[] = [];
  /** Which age of container-instance events to send from now on. */
  public eventShape: EventShape;

  private readonly place: Place;
  private readonly clock: Clock;
  private readonly faultOptions: FaultOptions;
  private state: State = emptyState();
  private ids: Random;
  private scheduling: Random;
  private faults: Random;
  private eventFactory: EventFactory;
  private buckets?: TokenBuckets;
  private listeners: ((event: EventBridgeEvent) => void)[] = [];
  private late: { readonly due: number; readonly event: EventBridgeEvent }[] = [];
  private nextFaults: NextFault[] = [];
  private history: { readonly at: number; readonly state: State }[] = [];
  private frozen?: { readonly state: State; reads: number };
  private world: World;

  constructor(options: LocalEcsOptions = {}) {
    const seed = options.seed ?? 1;
    this.place = { region: options.region ?? 'us-east-1', accountId: options.accountId ?? '111122223333', partition: options.partition ?? 'aws' };
    this.clock = options.clock ?? systemClock;
    this.faultOptions = options.faults ?? {};
    this.eventShape = options.eventShape ?? 'current';
    this.ids = new Random(seed, 'ids');
    this.scheduling = new Random(seed, 'scheduling');
    this.faults = new Random(seed, 'faults');
    this.eventFactory = new EventFactory(this.place, new Random(seed, 'events'));
    const { throttling } = this.faultOptions;
    if (throttling) this.buckets = new TokenBuckets(throttling === true ? {} : throttling, this.clock.now().getTime());
    this.world = this.makeWorld();
  }

  public get region(): string {
    return this.place.region;
  }

  public get accountId(): string {
    return this.place.accountId;
  }

  /** How long the HTTP endpoint takes for the next answer, in milliseconds: split evenly before and after the effect. */
  public nextLatencyMs(): number {
    const latency = this.faultOptions.latencyMs ?? 0;
    return typeof latency === 'number' ? latency : latency.min + this.faults.next() * (latency.max - latency.min);
  }

  /**
   * Executes one API call, synchronously. Input and output are the wire's JSON (timestamps in seconds since the epoch).
   * Throws EcsApiError; one named `ConnectionDropped` stands for a connection that ended without an answer.
   */
  public call(action: string, input: object = {}): any {
    this.flushEvents();
    const record: { -readonly [key in keyof ApiCall]: ApiCall[key] } = { action, input, time: this.clock.now() };
    this.calls.push(record);
    try {
      return this.execute(action, input);
    } catch (error) {
      record.error = error instanceof EcsApiError ? error.name : 'ServerException';
      throw error;
    }
  }

  /** Calls the listener with each event, in order of delivery. Events that are sent while nobody listens are lost. */
  public onEvent(listener: (event: EventBridgeEvent) => void): void {
    this.listeners.push(listener);
  }

  /** One pass of agents and scheduler; returns whether anything changed. */
  public step(): boolean {
    this.remember();
    this.flushEvents();
    return pass(this.world);
  }

  /** Lets agents and scheduler run until nothing changes any more. */
  public settle(): void {
    // A deployment that replaces one task at a time takes a few passes for each.
    const tasks = [...this.state.clusters.values()].reduce((sum, cluster) => sum + cluster.tasks.size, 0);
    for (let passes = 0; this.step(); passes++) {
      if (passes > 1000 + 10 * tasks) throw new Error('The scheduler does not come to rest');
    }
  }

  /** Registers instances as an agent would, and returns their ARNs. */
  public launchInstance(cluster: string, options: LaunchOptions = {}): string {
    const external = options.external ?? false;
    const id = `${external ? 'mi' : 'i'}-${this.ids.hex(17)}`;
    const zone = options.availabilityZone ?? `${this.place.region}${'abc'[findCluster(this.world, cluster).instances.size % 3]}`;
    const attributes: Attribute[] = [
      ...(external ? [{ name: EXTERNAL_ATTRIBUTE }] : [
        { name: 'ecs.availability-zone', value: zone },
        { name: 'ecs.instance-type', value: options.instanceType ?? 't3.medium' },
      ]),
      { name: 'ecs.os-type', value: options.osType ?? 'linux' },
      { name: 'ecs.cpu-architecture', value: options.cpuArchitecture ?? 'x86_64' },
      ...Object.entries(options.attributes ?? {}).map(([name, value]) => (value === '' ? { name } : { name, value })),
    ];
    return this.mutate('RegisterContainerInstance', {
      cluster,
      instanceIdentityDocument: JSON.stringify({ instanceId: id }),
      attributes,
      totalResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: options.cpu ?? 2048 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: options.memory ?? 3884 },
      ],
      ...(options.agentVersion && { versionInfo: { agentVersion: options.agentVersion } }),
      ...(options.capacityProviderName && { capacityProviderName: options.capacityProviderName }),
      ...(options.status && { status: options.status }),
      ...(options.tags && { tags: options.tags }),
    }).containerInstance.containerInstanceArn;
  }

  /** `count` times `launchInstance`. */
  public launchInstances(cluster: string, count: number, options: LaunchOptions = {}): string[] {
    return Array.from({ length: count }, () => this.launchInstance(cluster, options));
  }

  /**
   * The host is terminated: with a connected agent it deregisters and its tasks are lost; with a disconnected one it stays
   * behind as a ghost ("instances with disconnected agents aren't automatically deregistered when terminated":
   * DeregisterContainerInstance, API Reference).
   */
  public terminateInstance(containerInstance: string, cluster: string): void {
    if (this.instance(containerInstance, cluster).agentConnected) {
      this.mutate('DeregisterContainerInstance', { cluster, containerInstance, force: true });
    }
  }

  /** The host is gone without a word: its agent disconnects, the instance stays ACTIVE, its tasks seem to run. */
  public loseInstance(containerInstance: string, cluster: string): void {
    this.setAgentConnected(containerInstance, false, cluster);
  }

  /** The agent connects or disconnects, which sends an event; nothing happens where it already is as asked. */
  public setAgentConnected(containerInstance: string, connected: boolean, cluster: string): void {
    const instance = this.instance(containerInstance, cluster);
    if (instance.agentConnected !== connected) this.change(containerInstance, cluster, { agentConnected: connected });
  }

  /** For states that no API call sets, such as DEREGISTERING, or REGISTERING to ACTIVE. */
  public setInstanceStatus(containerInstance: string, status: Exclude<InstanceStatus, 'INACTIVE'>, cluster: string, statusReason?: string): void {
    this.change(containerInstance, cluster, { status, statusReason });
  }

  /** Task churn: one running task of the service exits, and the scheduler replaces it. Returns the ARN of the one that exited. */
  public churnTask(service: string, cluster: string): string {
    this.remember();
    const found = findCluster(this.world, cluster);
    const tasks = liveTasks(found, this.service(service, cluster)).filter(({ lastStatus }) => lastStatus === 'RUNNING');
    if (tasks.length === 0) throw new Error(`${service} has no running task`);
    const task = tasks[this.scheduling.below(tasks.length)];
    stopTask(this.world, found, task, 'Essential container in task exited');
    this.settle();
    return task.arn;
  }

  /** The primary deployment fails, as the deployment circuit breaker makes it. */
  public failDeployment(service: string, cluster: string): void {
    this.remember();
    failDeployment(this.world, findCluster(this.world, cluster), this.service(service, cluster));
  }

  /**
   * The next call of `action` fails once: with an error of that name or that object, or, for `ConnectionDropped`, without an
   * answer. With `afterwards` the call takes effect all the same, and only its answer is lost.
   */
  public failNext(action: string, error: string | EcsApiError, options: { readonly afterwards?: boolean } = {}): void {
    const statusCode = error === 'ServerException' || error === 'ServiceUnavailableException' ? 500 : 400;
    this.nextFaults.push({
      action,
      error: typeof error === 'string' ? new EcsApiError(error, `Injected ${error}`, statusCode) : error,
      afterwards: options.afterwards ?? false,
    });
  }

  /** The next `reads` List and Describe calls answer from the state as it is now, whatever changes meanwhile. */
  public freezeReads(reads: number): void {
    this.frozen = { state: copyState(this.state), reads };
  }

  /** Delivers late events that are due, or with `all` every one. Calls and steps do so, too. */
  public flushEvents(all = false): void {
    if (this.late.length === 0) return;
    const now = this.clock.now().getTime();
    const due = this.late.filter((item) => all || item.due <= now).sort((left, right) => left.due - right.due);
    this.late = this.late.filter((item) => !due.includes(item));
    for (const { event } of due) this.listeners.forEach((listener) => listener(event));
  }

  /** An independent copy: state, calls, random streams, buckets and pending faults; not the listeners. The clock is shared unless given. */
  public clone(clock: Clock = this.clock): LocalEcs {
    const copy = new LocalEcs({ ...this.place, clock, eventShape: this.eventShape, faults: this.faultOptions });
    copy.calls.push(...this.calls);
    copy.state = copyState(this.state);
    copy.ids = this.ids.clone();
    copy.scheduling = this.scheduling.clone();
    copy.faults = this.faults.clone();
    copy.eventFactory = this.eventFactory.clone();
    copy.buckets = this.buckets?.clone();
    copy.late = [...this.late];
    copy.nextFaults = [...this.nextFaults];
    copy.history = [...this.history];
    copy.frozen = this.frozen && { ...this.frozen };
    copy.world = copy.makeWorld();
    return copy;
  }

  private execute(action: string, input: object): object {
    const read = READS.get(action);
    const write = WRITES.get(action);
    if (!read && !write) throw unknownOperation();
    if (typeof input !== 'object' || input === null || Array.isArray(input)) throw serializationException('Expected a structure.');
    this.buckets?.take(action, nowMs(this.world));
    const planned = this.takeNextFault(action);
    if (planned && !planned.afterwards) throw planned.error;
    const { serverErrorProbability = 0, dropProbability = 0, lostResponseProbability = 0 } = this.faultOptions;
    if (this.faults.chance(serverErrorProbability)) throw new EcsApiError('ServerException', 'Service Unavailable. Please try again later.', 500);
    if (this.faults.chance(dropProbability)) throw dropped();
    const lost = this.faults.chance(lostResponseProbability);
    const output = read ? read(this.world, input as Input, this.readableState()) : this.mutate(action, input);
    if (planned) throw planned.error;
    if (lost) throw dropped();
    return output;
  }

  /** A write, not recorded as an API call and free of faults: helpers are the world's doing, not the client's. */
  private mutate(action: string, input: object): any {
    this.remember();
    return WRITES.get(action)!(this.world, input as Input);
  }

  private takeNextFault(action: string): NextFault | undefined {
    const index = this.nextFaults.findIndex((fault) => fault.action === action);
    return index < 0 ? undefined : this.nextFaults.splice(index, 1)[0];
  }

  private instance(identifier: string, cluster: string) {
    const instance = findInstance(this.world, findCluster(this.world, cluster), identifier);
    if (!instance) throw invalidParameter(`Container instance ${identifier} not found.`);
    return instance;
  }

  private service(identifier: string, cluster: string) {
    const service = findService(this.world, findCluster(this.world, cluster), identifier);
    if (!service) throw new Error(`There is no service ${identifier} in ${cluster}`);
    return service;
  }

  private change(containerInstance: string, cluster: string, change: Parameters<typeof changeInstance>[3]): void {
    this.remember();
    changeInstance(this.world, findCluster(this.world, cluster), this.instance(containerInstance, cluster), change);
  }

  /** Keeps the state before a change, only where stale reads may ask for it, and only as long as they may. */
  private remember(): void {
    const stale = this.faultOptions.staleReads;
    if (!stale) return;
    const now = this.clock.now().getTime();
    this.history.push({ at: now, state: copyState(this.state) });
    while (this.history.length > 1 && this.history[1].at <= now - stale.ageMs) this.history.shift();
  }

  private readableState(): State {
    if (this.frozen && this.frozen.reads > 0) {
      this.frozen.reads--;
      return this.frozen.state;
    }
    const stale = this.faultOptions.staleReads;
    if (!stale || !this.faults.chance(stale.probability ?? 1)) return this.state;
    // What the first change after that moment found is what there was at that moment.
    const asOf = this.clock.now().getTime() - stale.ageMs;
    return this.history.find(({ at }) => at > asOf)?.state ?? this.state;
  }

  private deliver(event: EventBridgeEvent): void {
    const { lost = 0, duplicate = 0, late = 0, lateMs = 30_000 } = this.faultOptions.events ?? {};
    if (this.faults.chance(lost)) return;
    const copies = this.faults.chance(duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.faults.chance(late)) this.late.push({ due: this.clock.now().getTime() + 1 + this.faults.below(lateMs), event });
      else this.listeners.forEach((listener) => listener(event));
    }
  }

  private makeWorld(): World {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- getters of an object literal have a `this` of their own
    const self = this;
    return {
      place: this.place,
      clock: this.clock,
      state: this.state,
      ids: this.ids,
      scheduling: this.scheduling,
      faults: this.faults,
      eventFactory: this.eventFactory,
      shortPageProbability: this.faultOptions.shortPageProbability ?? 0,
      get eventShape() { return self.eventShape; },
      get listening() { return self.listeners.length > 0; },
      deliver: (event) => this.deliver(event),
    };
  }
}

const dropped = () => new EcsApiError(CONNECTION_DROPPED, 'The connection ended without an answer.', 0);
