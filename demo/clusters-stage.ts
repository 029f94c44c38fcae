import { capacityOf, Formula, typeOf } from './formulas';
import { timeOfDay } from './history';
import { Instance, instancesOf } from './observe';
import { ClusterTable } from './second-act-table';
import { EventLabel, labelOf, ResultItem, resultsOf } from './table';
import { LaunchOptions, LocalEcs, SimulatedClock } from '../local-ecs';
import { Invocation, LocalStack } from '../local-stack';

const MINUTE = 60_000;

/** A service whose desired count is compared with a formula once things have settled. */
interface ManagedService {
  readonly cluster: string;
  readonly service: string;
  readonly formula: Formula;
  /** The instance types that count. */
  readonly types?: RegExp;
  /** The count that someone set by hand, as long as it must stand. */
  held?: number;
  /** What was wrong at the last comparison: said once, not every minute. */
  problem?: string;
}

/** A function at work, and the table that shows its invocations. */
export interface Show {
  readonly stack: LocalStack;
  readonly table: ClusterTable;
  /** One for each column; `desired` tells a service's count, and from which one the invocation changed it. */
  readonly cells: (desired: (cluster: string, service: string) => string) => readonly string[];
}

/**
 * Several clusters and what happens to them. After each happening the functions react, ECS follows, and every managed
 * service's desired count is compared with its formula; whatever was wrong is in `problems`.
 */
export class ClustersStage {
  public readonly problems: string[] = [];
  /** How often a desired count was compared. */
  public checks = 0;
  private readonly managed: ManagedService[] = [];
  private stack?: LocalStack;
  private show?: Show;
  private shown = 0;
  private step = '';

  constructor(private readonly ecs: LocalEcs, private readonly clock: SimulatedClock) {}

  /** From now on the invocations of one function are shown. */
  public begin(show: Show): void {
    this.end();
    this.stack = show.stack;
    this.show = show;
    this.shown = 0;
    show.table.header();
  }

  /** Nothing of the function is left to be shown. */
  public end(): void {
    this.show?.table.flush();
    this.show = undefined;
  }

  /** A step of the story begins. */
  public section(name: string): void {
    this.step = name;
    this.show?.table.section(this.now, name);
  }

  /** From the next moment on a service's desired count must be what the formula says. */
  public expect(cluster: string, service: string, formula: Formula, types?: RegExp): void {
    this.managed.push({ cluster, service, formula, types });
  }

  /** Lets time pass, minute by minute, up to HH:MM. */
  public async until(time: string): Promise<void> {
    const [hours, minutes] = time.split(':').map(Number);
    const target = (hours * 60 + minutes) * MINUTE;
    if (target < this.now) throw new Error(`${time} is over: it is ${timeOfDay(this.now)}.`);
    while (this.now < target) {
      await this.stack?.advance(Math.min(MINUTE, target - this.now));
      await this.react();
    }
  }

  public createCluster(clusterName: string): void {
    this.ecs.call('CreateCluster', { clusterName });
  }

  /** A service that another team deploys: one task on each of the instances that its task definition allows. */
  public async deployService(cluster: string, serviceName: string, onlyOn?: string): Promise<void> {
    const { taskDefinition } = this.ecs.call('RegisterTaskDefinition', {
      family: serviceName,
      containerDefinitions: [{ name: 'main', image: 'public.ecr.aws/docker/library/busybox:stable', memoryReservation: 64 }],
      placementConstraints: onlyOn ? [{ type: 'memberOf', expression: onlyOn }] : [],
    });
    this.ecs.call('CreateService', {
      cluster,
      serviceName,
      taskDefinition: taskDefinition.taskDefinitionArn,
      desiredCount: 1,
      launchType: 'EC2',
      placementConstraints: [{ type: 'distinctInstance' }],
    });
    await this.react();
  }

  /** Instances are launched in the same second. */
  public async launch(cluster: string, count: number, instance: LaunchOptions): Promise<void> {
    this.ecs.launchInstances(cluster, count, instance);
    await this.react();
  }

  /** The oldest active instances of a type are set to DRAINING. */
  public async drain(cluster: string, count: number, type?: string): Promise<void> {
    const containerInstances = this.pick(cluster, count, 'ACTIVE', type);
    this.ecs.call('UpdateContainerInstancesState', { cluster, containerInstances, status: 'DRAINING' });
    await this.react();
  }

  /** The oldest instances of a status and a type end, half a minute apart. */
  public async terminate(cluster: string, count: number, status: 'ACTIVE' | 'DRAINING', type?: string): Promise<void> {
    for (const arn of this.pick(cluster, count, status, type)) {
      this.ecs.terminateInstance(arn, cluster);
      await this.react();
      await this.stack?.advance(MINUTE / 2);
    }
  }

  /** Someone sets a desired count by hand, which sends no event: it must stand until it is expected to be healed. */
  public async setDesiredCount(cluster: string, service: string, desiredCount: number): Promise<void> {
    this.ecs.call('UpdateService', { cluster, service, desiredCount });
    this.find(cluster, service).held = desiredCount;
    await this.react();
  }

  public expectHealing(cluster: string, service: string): void {
    this.find(cluster, service).held = undefined;
  }

  /** Lets functions and ECS answer each other until neither has more to say, then compares. */
  public async react(): Promise<void> {
    if (!this.stack) return;
    for (let events = -1; events !== this.stack.events.length;) {
      events = this.stack.events.length;
      await this.stack.drain();
      this.ecs.settle();
      await this.stack.drain();
    }
    this.display();
    for (const managed of this.managed) this.compare(managed);
  }

  private display(): void {
    if (!this.show) return;
    const { stack, table, cells } = this.show;
    for (const invocation of stack.invocations.slice(this.shown)) {
      const results = resultsOf(invocation);
      table.row({
        at: this.now,
        event: eventOf(invocation),
        cells: cells((cluster, service) => this.describeCount(cluster, service, results)),
        outcome: invocation.outcome.error ? 'failed' : results.some(({ applied }) => applied) ? 'changed' : 'unchanged',
        calls: invocation.calls.length,
      });
    }
    this.shown = stack.invocations.length;
  }

  private describeCount(cluster: string, service: string, results: readonly ResultItem[]): string {
    const change = results.find((result) => result.applied && result.service.endsWith(`/${cluster}/${service}`));
    return change ? `${change.desiredCount} → ${change.newDesiredCount}` : String(this.desiredCount(cluster, service) ?? '–');
  }

  private compare(managed: ManagedService): void {
    const { cluster, service, formula, types, held } = managed;
    const capacity = capacityOf(instancesOf(this.ecs, cluster), types);
    const expected = held ?? formula(capacity);
    const desired = this.desiredCount(cluster, service);
    const problem = desired === expected ? undefined : `the desired count of ${cluster}/${service} is ${desired} after things settled, `
      + `but must be ${expected} (${capacity.instances} instances, ${capacity.vcpus} vCPUs).`;
    if (problem && problem !== managed.problem) this.problems.push(`${timeOfDay(this.now)} ${this.step}: ${problem}`);
    managed.problem = problem;
    this.checks += 1;
  }

  /** Undefined where the cluster has no such service. */
  private desiredCount(cluster: string, service: string): number | undefined {
    return this.ecs.call('DescribeServices', { cluster, services: [service] }).services[0]?.desiredCount;
  }

  private pick(cluster: string, count: number, status: string, type?: string): string[] {
    const suitable = (instance: Instance): boolean => instance.status === status && (type === undefined || typeOf(instance) === type);
    return instancesOf(this.ecs, cluster).filter(suitable).slice(0, count).map(({ containerInstanceArn }) => containerInstanceArn);
  }

  private find(cluster: string, service: string): ManagedService {
    const found = this.managed.find((candidate) => candidate.cluster === cluster && candidate.service === service);
    if (!found) throw new Error(`Nothing is expected of ${cluster}/${service}, so it can't be held or healed.`);
    return found;
  }

  /** Milliseconds since midnight UTC. */
  private get now(): number {
    return this.clock.now().getTime() % (24 * 60 * MINUTE);
  }
}

function eventOf({ payload }: Invocation): EventLabel {
  const { kind, detail } = labelOf(payload);
  const cluster = (payload as { detail?: { clusterArn?: string } }).detail?.clusterArn?.split('/').pop();
  return { kind: cluster ? `${cluster}: ${kind}` : kind, detail };
}
