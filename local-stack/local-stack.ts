import { Activity } from './activity';
import { readStack } from './assembly';
import { AsyncFunction, Invocation } from './async-function';
import { createEcsResources } from './ecs-resources';
import { BusEvent, Delivery, EventBus } from './event-bus';
import { readFunction } from './function-configuration';
import { FunctionProcess, LogLine, Outcome } from './function-process';
import { Environment, stackId, uuid } from './identity';
import { EcsCall, RolePolicy, Verdict } from './policy';
import { Queue } from './queue';
import { Template } from './template';
import { AdvancingClock, Timeline } from './timeline';
import { LocalEcs, startServer } from '../local-ecs';

/** Resource types that need no machinery here: read by others through Ref and Fn::GetAtt, or of no effect on one machine. */
const PASSIVE = /^AWS::(CDK::Metadata|IAM::\w+|KMS::\w+|Logs::\w+|SQS::QueuePolicy|CloudWatch::\w+|EC2::\w+|AutoScaling::\w+)$/;
const ACTIVE = new Set([
  'AWS::ECS::Cluster', 'AWS::ECS::Service', 'AWS::ECS::TaskDefinition', 'AWS::Events::Rule', 'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function', 'AWS::Lambda::Permission', 'AWS::SQS::Queue',
]);

export interface LocalStackOptions {
  /** The directory of the synthesized app. */
  readonly assembly: string;
  /** @default - the assembly's only stack */
  readonly stackName?: string;
  /** Where the template's ECS resources are created, and where the function's calls go. Its account and Region are the stack's. */
  readonly ecs: LocalEcs;
  /** The clock of `ecs`. */
  readonly clock: AdvancingClock;
  /**
   * A stack that was deployed to the same `ecs` before and still runs: time passes for both, so `drain` and `advance` of
   * either are those of both.
   *
   * @default - the stack is alone
   */
  readonly beside?: LocalStack;
}

/** An ECS call of the function's, with what became of it. */
export interface FunctionCall extends EcsCall {
  readonly time: Date;
  readonly error?: string;
}

/** A synthesized stack at work on one machine: everything is taken from its template and assets. */
export class LocalStack {
  /**
   * Creates the stack: ECS resources first, then function and rules, then the event that says the stack is complete.
   * Close it when done: it holds a server and a process.
   */
  public static async deploy(options: LocalStackOptions): Promise<LocalStack> {
    const artifact = readStack(options.assembly, options.stackName);
    const partition = 'aws';
    const { beside } = options;
    const { region, accountId } = options.ecs;
    const { stackName } = artifact;
    if ((artifact.region ?? region) !== region || (artifact.accountId ?? accountId) !== accountId) {
      throw new Error(`The stack ${stackName} is for ${artifact.accountId} ${artifact.region}, local-ecs for ${accountId} ${region}.`);
    }
    if (beside && beside.clock !== options.clock) {
      throw new Error(`The stack ${stackName} must have the clock of the stack ${beside.template.environment.stackName}, which it is beside.`);
    }
    const environment: Environment = { partition, region, accountId, stackName, stackId: stackId(partition, region, accountId, stackName) };
    const template = new Template(artifact.template, environment);
    const unknown = template.types.filter((type) => !ACTIVE.has(type) && !PASSIVE.test(type));
    if (unknown.length) throw new Error(`The stack ${stackName} has resources of types that aren't implemented: ${unknown.join(', ')}.`);

    const functionCalls: FunctionCall[] = [];
    createEcsResources(template, options.ecs);
    const server = await startServer(recording(options.ecs, options.clock, functionCalls));
    try {
      const endpoints = { AWS_ENDPOINT_URL_ECS: server.endpoint };
      const stack = new LocalStack(template, options.clock, functionCalls, async () => server.close(), beside);
      for (const id of template.idsOf('AWS::Lambda::Function')) {
        const configuration = readFunction(template, artifact, id);
        const process = new FunctionProcess(configuration, endpoints, (line) => stack.logs.push(line));
        stack.functions.set(configuration.arn, new AsyncFunction(configuration, template, RolePolicy.of(template, configuration.roleArn),
          process, stack.queuesByArn, options.clock, stack.timeline, stack.activity, functionCalls));
      }
      // Rules exist only from here on: what ECS said of the service's creation is over.
      stack.bus = new EventBus(template, stack.functions, stack.queuesByArn, options.clock, stack.timeline, stack.activity);
      options.ecs.onEvent((event) => stack.putEvent(event));
      const complete = stack.statusEvent('CREATE_COMPLETE');
      beside?.putEvent(complete);
      stack.putEvent(complete);
      return stack;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** All lines the functions logged. */
  public readonly logs: LogLine[] = [];
  /** Every event put on the bus, ECS's own included, with the number of rules that it matched. */
  public readonly events: { readonly event: BusEvent; readonly matchedRules: number }[] = [];
  private readonly queuesByArn = new Map<string, Queue>();
  private readonly functions = new Map<string, AsyncFunction>();
  private readonly activity: Activity;
  private readonly timeline: Timeline;
  private bus!: EventBus;
  private closed = false;

  private constructor(
    readonly template: Template,
    private readonly clock: AdvancingClock,
    /** The ECS calls that came over HTTP: the functions', not those made on the LocalEcs object. */
    readonly functionCalls: readonly FunctionCall[],
    private readonly closeServer: () => Promise<void>,
    beside?: LocalStack,
  ) {
    this.timeline = beside?.timeline ?? new Timeline(clock);
    this.activity = beside?.activity ?? new Activity();
    const policies = template.idsOf('AWS::SQS::QueuePolicy')
      .map((id) => template.properties<{ Queues: string[]; PolicyDocument: object }>(id));
    for (const id of template.idsOf('AWS::SQS::Queue')) {
      const { ref: url, attributes } = template.identity(id);
      this.queuesByArn.set(attributes.Arn, new Queue(attributes.Arn, policies.find(({ Queues }) => Queues.includes(url))?.PolicyDocument));
    }
  }

  /** The only function; a stack with several has no default. */
  public get function(): AsyncFunction {
    const [first, ...others] = this.functions.values();
    if (!first || others.length) throw new Error(`Expected one function in the template, found ${this.functions.size}.`);
    return first;
  }

  /** Every attempt to run the function, in order. */
  public get invocations(): readonly Invocation[] {
    return this.function.invocations;
  }

  /** Every delivery of a rule to its target, those that weren't permitted included. */
  public get deliveries(): readonly Delivery[] {
    return this.bus.deliveries;
  }

  /** The template's queues by logical ID. */
  public get queues(): Readonly<Record<string, Queue>> {
    return Object.fromEntries(this.template.idsOf('AWS::SQS::Queue')
      .map((id) => [id, this.queuesByArn.get(this.template.identity(id).attributes.Arn)!]));
  }

  /** Invokes the function synchronously. */
  public async invoke(payload: unknown): Promise<Outcome> {
    return this.function.invoke(payload);
  }

  /** Judges an ECS call by the policies of the function's role. */
  public async judge(call: EcsCall): Promise<Verdict> {
    return this.function.role.judge(call);
  }

  /** Puts an event on the bus. Returns the number of rules that it matched; `drain` awaits what they start. */
  public putEvent(event: BusEvent): number {
    if (this.closed) return 0;
    const matchedRules = this.bus.put(event);
    this.events.push({ event, matchedRules });
    return matchedRules;
  }

  /** Resolves when nothing runs and nothing is due at the current simulated time. */
  public async drain(): Promise<void> {
    for (;;) {
      const due = this.timeline.takeDue();
      for (const task of due) task();
      if (!due.length && !this.activity.busy) break;
      await this.activity.idle();
    }
  }

  /** Moves the simulated clock through every schedule and retry on the way, draining at each. */
  public async advance(milliseconds: number): Promise<void> {
    const end = new Date(this.clock.now().getTime() + milliseconds);
    await this.drain();
    while (this.timeline.advanceToNext(end)) await this.drain();
    this.clock.advance(end.getTime() - this.clock.now().getTime());
  }

  /** The event CloudFormation sends when this stack reaches a status. */
  public statusEvent(status: string): BusEvent {
    const { stackId: id, region, accountId } = this.template.environment;
    return {
      'version': '0',
      'id': uuid(`${id} ${status} ${this.clock.now().getTime()}`),
      'detail-type': 'CloudFormation Stack Status Change',
      'source': 'aws.cloudformation',
      'account': accountId,
      'time': this.clock.now().toISOString().replace(/\.\d+/, ''),
      region,
      'resources': [id],
      'detail': { 'stack-id': id, 'status-details': { 'status': status, 'status-reason': '' }, 'client-request-token': '' },
    };
  }

  /** Ends the function's process and the server. */
  public async close(): Promise<void> {
    this.closed = true;
    for (const fn of this.functions.values()) await fn.close();
    await this.closeServer();
  }
}

/** The same LocalEcs, with each call that is made through this view noted: the server's, hence the function's. */
function recording(ecs: LocalEcs, clock: AdvancingClock, calls: FunctionCall[]): LocalEcs {
  return new Proxy(ecs, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      if (property !== 'call') return member.bind(target) as unknown;
      return (action: string, input: object): unknown => {
        const time = clock.now();
        try {
          const output: unknown = target.call(action, input);
          calls.push({ action, input, time });
          return output;
        } catch (error) {
          calls.push({ action, input, time, error: (error as Error).name });
          throw error;
        }
      };
    },
  });
}
