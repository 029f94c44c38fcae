import { Activity } from './activity';
import { compilePattern, EventMatcher } from './event-pattern';
import { uuid } from './identity';
import { judgeService } from './policy';
import { Queue } from './queue';
import { parseRate } from './schedule';
import { Template } from './template';
import { AdvancingClock, Timeline } from './timeline';

/** An event as EventBridge delivers it. */
export interface BusEvent {
  readonly 'version': string;
  readonly 'id': string;
  readonly 'detail-type': string;
  readonly 'source': string;
  readonly 'account': string;
  readonly 'time': string;
  readonly 'region': string;
  readonly 'resources': readonly string[];
  readonly 'detail': Readonly<Record<string, any>>;
}

/** Something a rule can wake. */
export interface BusTarget {
  readonly arn: string;
  /** Who may invoke it. */
  readonly resourcePolicy: object;
  accept(payload: unknown): void;
}

export interface Delivery {
  readonly rule: string;
  readonly event: BusEvent;
  /** What the target received: the event, or the target's constant input. */
  readonly payload: unknown;
  /** Why it didn't arrive. */
  readonly denied?: string;
}

interface RuleProperties {
  EventBusName?: string;
  EventPattern?: object;
  ScheduleExpression?: string;
  State?: string;
  Targets?: TargetProperties[];
}

interface TargetProperties {
  Arn: string;
  Id: string;
  Input?: string;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: object;
}

interface Rule {
  readonly arn: string;
  readonly matches: EventMatcher;
  readonly targets: readonly TargetProperties[];
}

/** The account's default event bus with the template's rules. */
export class EventBus {
  /** Every delivery to a target, in order: those that arrived and those that were denied. */
  public readonly deliveries: Delivery[] = [];
  private readonly rules: Rule[] = [];
  private scheduled = 0;

  constructor(
    private readonly template: Template,
    private readonly targets: ReadonlyMap<string, BusTarget>,
    private readonly queues: ReadonlyMap<string, Queue>,
    private readonly clock: AdvancingClock,
    private readonly timeline: Timeline,
    private readonly activity: Activity,
  ) {
    for (const logicalId of template.idsOf('AWS::Events::Rule')) this.addRule(logicalId);
  }

  /** Delivers the event to every target of every enabled rule whose pattern it matches. Returns how many rules did. */
  public put(event: BusEvent): number {
    const rules = this.rules.filter((rule) => rule.matches(event));
    for (const rule of rules) this.activity.run(this.deliver(rule, event));
    return rules.length;
  }

  private addRule(logicalId: string): void {
    const properties = this.template.properties<RuleProperties>(logicalId);
    const path = `Resources.${logicalId}.Properties`;
    if (properties.EventBusName && properties.EventBusName !== 'default') {
      throw new Error(`${path}.EventBusName: only the default bus is implemented; received ${properties.EventBusName}.`);
    }
    for (const target of properties.Targets ?? []) {
      const unknown = Object.keys(target).filter((key) => !['Arn', 'Id', 'Input', 'DeadLetterConfig', 'RetryPolicy'].includes(key));
      if (unknown.length) throw new Error(`${path}.Targets: ${unknown.join(', ')} of ${target.Id} isn't implemented, only Input.`);
      if (!this.targets.has(target.Arn)) throw new Error(`${path}.Targets: ${target.Arn} is no function of this template.`);
    }
    // Compiled and parsed even where the rule is disabled: what isn't implemented is said at once.
    const rule: Rule = {
      arn: this.template.identity(logicalId).attributes.Arn,
      matches: properties.EventPattern ? compilePattern(properties.EventPattern) : () => false,
      targets: properties.Targets ?? [],
    };
    const interval = properties.ScheduleExpression && parseRate(properties.ScheduleExpression, `${path}.ScheduleExpression`);
    if (properties.State === 'DISABLED') return;
    this.rules.push(rule);
    // A rate counts from the moment the rule is made.
    if (interval) this.timeline.after(interval, () => this.fire(rule, interval));
  }

  private fire(rule: Rule, interval: number): void {
    this.timeline.after(interval, () => this.fire(rule, interval));
    const { region, accountId } = this.template.environment;
    this.activity.run(this.deliver(rule, {
      'version': '0',
      'id': uuid(`${rule.arn} ${this.scheduled++}`),
      'detail-type': 'Scheduled Event',
      'source': 'aws.events',
      'account': accountId,
      'time': this.clock.now().toISOString().replace(/\.\d+/, ''),
      region,
      'resources': [rule.arn],
      'detail': {},
    }));
  }

  private async deliver(rule: Rule, event: BusEvent): Promise<void> {
    for (const target of rule.targets) {
      const function_ = this.targets.get(target.Arn)!;
      const payload: unknown = target.Input === undefined ? event : JSON.parse(target.Input);
      const verdict = await judgeService(this.template.environment, 'lambda:InvokeFunction', target.Arn, rule.arn, function_.resourcePolicy);
      this.deliveries.push({ rule: rule.arn, event, payload, ...(!verdict.allowed && { denied: verdict.detail }) });
      if (verdict.allowed) function_.accept(payload);
      else await this.bury(rule, target, payload, verdict.detail);
    }
  }

  /** A delivery that isn't permitted is not retried: it goes to the target's queue, if that lets EventBridge send. */
  private async bury(rule: Rule, target: TargetProperties, payload: unknown, reason: string): Promise<void> {
    const queue = this.queues.get(target.DeadLetterConfig?.Arn ?? '');
    if (!queue) return;
    const verdict = await judgeService(this.template.environment, 'sqs:SendMessage', queue.arn, rule.arn, queue.policy);
    if (!verdict.allowed) return;
    queue.messages.push({
      body: JSON.stringify(payload),
      attributes: { RULE_ARN: rule.arn, TARGET_ARN: target.Arn, ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: reason },
      sentAt: this.clock.now(),
    });
  }
}
