import { ACCOUNT, CLUSTER_NAME, REGION, SERVICE_NAME } from './app';
import { foreignEvents } from './foreign-events';
import { compact, DayRecord, Mark, Sample, Spell, timeOfDay } from './history';
import { instancesOf, observe, Observed } from './observe';
import { Table } from './table';
import { EventShape, LocalEcs, SimulatedClock } from '../local-ecs';
import { LocalStack } from '../local-stack';

const MINUTE = 60_000;
const SUSPENDED_TAG = 'daemon-service-autoscaler:suspended';
const SERVICE_ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}:service/${CLUSTER_NAME}/${SERVICE_NAME}`;

/** What the desired count must be once things have settled. */
type Expectation = (observed: Observed) => number;

const eligibleInstances: Expectation = ({ active }) => active;

/**
 * The cluster and what happens to it. After each happening the function reacts, ECS follows, and the desired count is
 * compared with what it must be; whatever was wrong is in `problems`.
 */
export class Stage {
  public readonly problems: string[] = [];
  /** How often the desired count was compared. */
  public checks = 0;
  private readonly samples: Sample[] = [];
  private readonly marks: Mark[] = [];
  private readonly spells: Spell[] = [];
  private readonly start: number;
  private expected: Expectation = eligibleInstances;
  private step = '';
  private shown = 0;

  constructor(
    private readonly stack: LocalStack,
    private readonly ecs: LocalEcs,
    private readonly clock: SimulatedClock,
    private readonly table: Table,
  ) {
    this.start = this.now;
  }

  public get record(): DayRecord {
    return { start: this.start, end: this.now, samples: compact(this.samples), marks: this.marks, spells: this.spells };
  }

  /** Lets time pass, minute by minute, up to HH:MM. */
  public async until(time: string): Promise<void> {
    const [hours, minutes] = time.split(':').map(Number);
    const target = (hours * 60 + minutes) * MINUTE;
    if (target < this.now) throw new Error(`${time} is over: it is ${timeOfDay(this.now)}.`);
    while (this.now < target) await this.pass(Math.min(MINUTE, target - this.now));
  }

  /** A step of the day begins. */
  public begin(name: string): void {
    this.step = name;
    this.marks.push({ at: this.elapsed, name });
    this.table.section(this.now, name);
  }

  /** Instances are launched in the same second. */
  public async launchAtOnce(count: number): Promise<void> {
    this.ecs.launchInstances(CLUSTER_NAME, count);
    await this.react();
  }

  /** Instances are launched, seconds apart. */
  public async launch(count: number, secondsApart: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      if (index > 0) await this.pass(secondsApart * 1000);
      this.ecs.launchInstance(CLUSTER_NAME);
      await this.react();
    }
  }

  /** The oldest active instances are set to DRAINING. */
  public async drain(count: number): Promise<void> {
    const containerInstances = this.instances('ACTIVE').slice(0, count);
    this.ecs.call('UpdateContainerInstancesState', { cluster: CLUSTER_NAME, containerInstances, status: 'DRAINING' });
    await this.react();
  }

  /** The oldest instances of a status end, seconds apart. */
  public async terminate(count: number, status: 'ACTIVE' | 'DRAINING', secondsApart: number): Promise<void> {
    for (const arn of this.instances(status).slice(0, count)) {
      this.ecs.terminateInstance(arn, CLUSTER_NAME);
      await this.react();
      await this.pass(secondsApart * 1000);
    }
  }

  /** Tasks exit and are replaced: each sends several container-instance events. */
  public async churn(tasks: number): Promise<void> {
    for (let index = 0; index < tasks; index++) {
      this.ecs.churnTask(SERVICE_NAME, CLUSTER_NAME);
      await this.react();
      await this.pass(20_000);
    }
  }

  /** The agents of the oldest instances drop and come back half a minute later. */
  public async reconnectAgents(count: number, shape: EventShape = 'current'): Promise<void> {
    this.ecs.eventShape = shape;
    this.table.note(`agents drop and come back, told in events of the shape: ${shape}`);
    for (const arn of this.instances('ACTIVE').slice(0, count)) {
      this.ecs.setAgentConnected(arn, false, CLUSTER_NAME);
      await this.pass(30_000);
      this.ecs.setAgentConnected(arn, true, CLUSTER_NAME);
      await this.react();
    }
    this.ecs.eventShape = 'current';
  }

  /** Someone sets the desired count by hand. No instance changes, so no event tells of it: it stands until the next resync. */
  public async setDesiredCount(desiredCount: number): Promise<void> {
    this.ecs.call('UpdateService', { cluster: CLUSTER_NAME, service: SERVICE_NAME, desiredCount });
    this.expected = () => desiredCount;
    await this.react();
  }

  /** The service is tagged: until it is resumed, and a resync has come, the count stands. */
  public async suspend(): Promise<void> {
    this.ecs.call('TagResource', { resourceArn: SERVICE_ARN, tags: [{ key: SUSPENDED_TAG, value: 'true' }] });
    const { desired } = this.observed;
    this.expected = () => desired;
    this.spells.push({ from: this.elapsed, to: this.elapsed });
    await this.react();
  }

  public async resume(): Promise<void> {
    this.ecs.call('UntagResource', { resourceArn: SERVICE_ARN, tagKeys: [SUSPENDED_TAG] });
    this.spells.push({ ...this.spells.pop()!, to: this.elapsed });
    await this.react();
  }

  /** From the next moment on the count must follow the instances again. */
  public expectFollowing(): void {
    this.expected = eligibleInstances;
  }

  /** Events that no rule may match. */
  public async sendForeignEvents(): Promise<void> {
    for (const { why, event } of foreignEvents(this.clock.now(), this.stack.template.environment.stackId)) {
      const matched = this.stack.putEvent(event);
      this.table.note(`${why}: matched by ${matched} rules`);
      if (matched) this.problems.push(`${this.step}: ${why} must match no rule, but matched ${matched}.`);
    }
    await this.react();
  }

  /** A deployment of another service of the cluster: its event passes the rule's prefix, and costs no API call. */
  public async deployAnotherService(serviceName: string): Promise<void> {
    const taskDefinition: unknown = this.ecs.call('DescribeServices', { cluster: CLUSTER_NAME, services: [SERVICE_NAME] }).services[0].taskDefinition;
    this.ecs.call('CreateService', { cluster: CLUSTER_NAME, serviceName, taskDefinition, desiredCount: 2, launchType: 'EC2' });
    await this.react();
  }

  /** Lets the function and ECS answer each other until neither has more to say, then compares. */
  public async react(): Promise<void> {
    for (let events = -1; events !== this.stack.events.length;) {
      events = this.stack.events.length;
      await this.stack.drain();
      this.ecs.settle();
      await this.stack.drain();
    }
    const observed = this.observed;
    this.samples.push({ at: this.elapsed, ...observed });
    for (const invocation of this.stack.invocations.slice(this.shown)) this.table.invocation(this.now, invocation, observed);
    this.shown = this.stack.invocations.length;
    this.checks += 1;
    const problem = findProblem(observed, this.expected(observed));
    if (problem) this.problems.push(`${timeOfDay(this.now)} ${this.step}: ${problem}`);
  }

  private async pass(milliseconds: number): Promise<void> {
    await this.stack.advance(milliseconds);
    await this.react();
  }

  private instances(status: string): string[] {
    return instancesOf(this.ecs, CLUSTER_NAME).filter((instance) => instance.status === status).map((instance) => instance.containerInstanceArn);
  }

  private get observed(): Observed {
    return observe(this.ecs, CLUSTER_NAME, SERVICE_NAME);
  }

  /** Milliseconds since midnight UTC. */
  private get now(): number {
    return this.clock.now().getTime() % (24 * 60 * MINUTE);
  }

  private get elapsed(): number {
    return this.now - this.start;
  }
}

/** Says what is wrong with a settled cluster, if anything is. */
export function findProblem(observed: Observed, expected: number): string | undefined {
  if (observed.desired === expected) return undefined;
  return `the desired count is ${observed.desired} after things settled, but must be ${expected}`
    + ` (${observed.active} ACTIVE, ${observed.draining} DRAINING, ${observed.running} running).`;
}
