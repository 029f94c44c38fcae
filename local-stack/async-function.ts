import { Activity } from './activity';
import { BusTarget } from './event-bus';
import { FunctionConfiguration } from './function-configuration';
import { FunctionProcess, Outcome } from './function-process';
import { uuid } from './identity';
import { EcsCall, RolePolicy } from './policy';
import { Queue } from './queue';
import { Template } from './template';
import { AdvancingClock, Timeline } from './timeline';

/** Lambda waits a minute before the first retry of a function error and two before the second. */
const RETRY_DELAYS = [60_000, 120_000];
const DEFAULT_EVENT_AGE_SECONDS = 6 * 3600;
/** Lambda cuts longer messages in the attributes of a dead letter. */
const MAX_ERROR_MESSAGE = 1024;

export interface Invocation {
  readonly requestId: string;
  readonly payload: unknown;
  /** 1, and 2 or 3 for a retry. */
  readonly attempt: number;
  readonly at: Date;
  readonly outcome: Outcome;
  /** The ECS calls that came in while it ran. */
  readonly calls: readonly EcsCall[];
}

interface AsyncEvent {
  readonly requestId: string;
  readonly payload: unknown;
  readonly acceptedAt: Date;
}

interface InvokeConfigProperties {
  FunctionName: string;
  MaximumRetryAttempts?: number;
  MaximumEventAgeInSeconds?: number;
  DestinationConfig?: object;
}

interface PermissionProperties {
  Action: string;
  FunctionName: string;
  Principal: string;
  SourceArn?: string;
  SourceAccount?: string;
}

/** A function with Lambda's asynchronous invocation in front: retries on the simulated clock, then the dead-letter queue. */
export class AsyncFunction implements BusTarget {
  /** Every attempt, in order. */
  public readonly invocations: Invocation[] = [];
  /** Dead letters the role wasn't allowed to send: Lambda loses them. */
  public readonly lost: string[] = [];
  public readonly resourcePolicy: object;
  private readonly retries: number;
  private readonly maxAge: number;
  private requests = 0;
  private closed = false;

  constructor(
    readonly configuration: FunctionConfiguration,
    template: Template,
    readonly role: RolePolicy,
    private readonly process: FunctionProcess,
    private readonly queues: ReadonlyMap<string, Queue>,
    private readonly clock: AdvancingClock,
    private readonly timeline: Timeline,
    private readonly activity: Activity,
    /** All ECS calls over HTTP so far: the function's. */
    private readonly ecsCalls: readonly EcsCall[],
  ) {
    const names = [configuration.name, configuration.arn];
    const config = template.idsOf('AWS::Lambda::EventInvokeConfig')
      .map((id) => template.properties<InvokeConfigProperties>(id)).find(({ FunctionName }) => names.includes(FunctionName));
    if (Object.keys(config?.DestinationConfig ?? {}).length) throw new Error('Destinations of asynchronous invocations aren\'t implemented.');
    this.retries = config?.MaximumRetryAttempts ?? RETRY_DELAYS.length;
    this.maxAge = 1000 * (config?.MaximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_SECONDS);
    this.resourcePolicy = {
      Version: '2012-10-17',
      Statement: template.idsOf('AWS::Lambda::Permission').map((id) => template.properties<PermissionProperties>(id))
        .filter(({ FunctionName }) => names.includes(FunctionName)).map(permissionStatement(configuration.arn)),
    };
    const queue = configuration.deadLetterQueueArn;
    if (queue && !queues.has(queue)) throw new Error(`The dead-letter queue ${queue} of ${configuration.logicalId} isn't in the template.`);
  }

  public get arn(): string {
    return this.configuration.arn;
  }

  /** Asynchronous invocation: returns at once. */
  public accept(payload: unknown): void {
    this.start({ requestId: this.nextRequestId(), payload, acceptedAt: this.clock.now() }, 1);
  }

  /** Synchronous invocation: no retries, no dead letter. */
  public async invoke(payload: unknown): Promise<Outcome> {
    return this.run(this.nextRequestId(), payload, 1);
  }

  /** Ends the process. What is still due, such as a retry, starts no other. */
  public async close(): Promise<void> {
    this.closed = true;
    await this.process.close();
  }

  private start(event: AsyncEvent, attempt: number): void {
    if (this.closed) return;
    this.activity.run(this.attempt(event, attempt));
  }

  private async attempt(event: AsyncEvent, attempt: number): Promise<void> {
    const { error } = await this.run(event.requestId, event.payload, attempt);
    if (!error) return;
    const delay = RETRY_DELAYS[attempt - 1];
    const age = this.clock.now().getTime() - event.acceptedAt.getTime();
    if (attempt <= this.retries && age + delay <= this.maxAge) {
      this.timeline.after(delay, () => this.start(event, attempt + 1));
      return;
    }
    await this.bury(event, error.errorMessage);
  }

  private async bury(event: AsyncEvent, errorMessage: string): Promise<void> {
    const queue = this.queues.get(this.configuration.deadLetterQueueArn ?? '');
    if (!queue) return;
    const verdict = await this.role.judgeSendMessage(queue);
    if (!verdict.allowed) {
      this.lost.push(verdict.detail);
      return;
    }
    queue.messages.push({
      body: JSON.stringify(event.payload),
      attributes: { RequestID: event.requestId, ErrorCode: '200', ErrorMessage: errorMessage.slice(0, MAX_ERROR_MESSAGE) },
      sentAt: this.clock.now(),
    });
  }

  private async run(requestId: string, payload: unknown, attempt: number): Promise<Outcome> {
    let first = 0;
    let at = this.clock.now();
    const outcome = await this.process.invoke(requestId, payload, () => {
      first = this.ecsCalls.length;
      at = this.clock.now();
    });
    this.invocations.push({ requestId, payload, attempt, at, outcome, calls: this.ecsCalls.slice(first) });
    return outcome;
  }

  private nextRequestId(): string {
    return uuid(`${this.arn} request ${this.requests++}`);
  }
}

function permissionStatement(functionArn: string): (permission: PermissionProperties) => object {
  return ({ Action, Principal, SourceArn, SourceAccount }) => ({
    Effect: 'Allow',
    Action,
    Principal: Principal.startsWith('arn:') || /^\d{12}$/.test(Principal) ? { AWS: Principal } : { Service: Principal },
    Resource: functionArn,
    Condition: {
      ...(SourceArn && { ArnLike: { 'aws:SourceArn': SourceArn } }),
      ...(SourceAccount && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
    },
  });
}
