import { ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { FunctionConfiguration, processEnvironment } from './function-configuration';
import { FunctionError, RuntimeApi } from './runtime-api';

/** A line of the function's log, in Lambda's JSON format. */
export interface LogLine {
  readonly timestamp?: string;
  readonly level?: string;
  readonly requestId?: string;
  /** The object itself where a single object was logged; the raw line where it isn't JSON. */
  readonly message: unknown;
}

export type Outcome = { readonly payload: unknown; readonly error?: undefined } | { readonly payload?: undefined; readonly error: FunctionError };

/** How long Lambda lets a function initialize before it gives up on the environment. */
const MAX_INIT_SECONDS = 10;

interface Running {
  readonly requestId: string;
  readonly finish: (outcome: Outcome) => void;
  readonly timer: NodeJS.Timeout;
  outcome?: Outcome;
  /** All of its lines were read. */
  logged: boolean;
}

/** A process started once and kept warm, as Lambda keeps an execution environment: state in module scope survives invocations. */
class Sandbox {
  public static async start(
    configuration: FunctionConfiguration, endpoints: Readonly<Record<string, string>>, onLine: (line: LogLine) => void,
  ): Promise<Sandbox> {
    const sandbox = new Sandbox(configuration, onLine);
    const api = await RuntimeApi.start({
      onResponse: (_, payload) => sandbox.settle({ payload }),
      onError: (_, error) => sandbox.settle({ error }),
      onInitError: (error) => { sandbox.initError = error; },
    });
    sandbox.launch(api, processEnvironment(configuration, api.address, endpoints));
    return sandbox;
  }

  public dead = false;
  public initError?: FunctionError;
  private api!: RuntimeApi;
  private child!: ChildProcess;
  private closed!: Promise<void>;
  private running?: Running;

  private constructor(private readonly configuration: FunctionConfiguration, private readonly onLine: (line: LogLine) => void) {}

  public async invoke(requestId: string, payload: string): Promise<Outcome> {
    const initTimer = setTimeout(() => this.child.kill('SIGKILL'), MAX_INIT_SECONDS * 1000);
    await Promise.race([this.api.ready(), this.closed]);
    clearTimeout(initTimer);
    if (this.dead) return { error: this.initError ?? exitError(requestId, this.child) };
    const { timeoutSeconds, arn } = this.configuration;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.timeOut(requestId), timeoutSeconds * 1000);
      this.running = { requestId, timer, logged: false, finish: resolve };
      this.api.send({ requestId, payload, functionArn: arn, deadline: new Date(Date.now() + timeoutSeconds * 1000) });
    });
  }

  public async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
    await this.api.close();
  }

  private launch(api: RuntimeApi, environment: Record<string, string>): void {
    this.api = api;
    this.child = spawn(process.execPath, [path.join(__dirname, 'bootstrap.cjs')], {
      cwd: this.configuration.taskRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      readline.createInterface({ input: stream }).on('line', (line) => this.read(line));
    }
    this.closed = new Promise((resolve) => this.child.once('close', () => {
      this.dead = true;
      if (this.running) this.finish(this.running, this.running.outcome ?? { error: exitError(this.running.requestId, this.child) });
      resolve();
    }));
  }

  private read(line: string): void {
    if (this.running && line === `END ${this.running.requestId}`) {
      this.running.logged = true;
      if (this.running.outcome) this.finish(this.running, this.running.outcome);
      return;
    }
    this.onLine(parseLine(line));
  }

  private settle(outcome: Outcome): void {
    if (!this.running || this.running.outcome) return; // a response that comes after the timeout is too late
    this.running.outcome = outcome;
    if (this.running.logged) this.finish(this.running, outcome);
  }

  private timeOut(requestId: string): void {
    const seconds = this.configuration.timeoutSeconds.toFixed(2);
    this.settle({ error: { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds` } });
    this.child.kill('SIGKILL');
  }

  private finish(running: Running, outcome: Outcome): void {
    clearTimeout(running.timer);
    this.running = undefined;
    running.finish(outcome);
  }
}

/** A function's execution environment: started on the first invocation, replaced after a crash or a timeout. One invocation at a time. */
export class FunctionProcess {
  private sandbox?: Promise<Sandbox>;
  private tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly configuration: FunctionConfiguration,
    /** Variables that lead the SDK to local services, such as AWS_ENDPOINT_URL_ECS. */
    private readonly endpoints: Readonly<Record<string, string>>,
    private readonly onLine: (line: LogLine) => void,
  ) {}

  /** Runs one invocation and returns what the function returned or threw; never rejects because of the function. */
  public async invoke(requestId: string, payload: unknown, onStart: () => void = () => undefined): Promise<Outcome> {
    const turn = this.tail.then(async () => {
      onStart();
      return this.run(requestId, JSON.stringify(payload));
    });
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  public async close(): Promise<void> {
    await (await this.sandbox)?.close();
    this.sandbox = undefined;
  }

  private async run(requestId: string, payload: string): Promise<Outcome> {
    this.sandbox ??= Sandbox.start(this.configuration, this.endpoints, this.onLine);
    const sandbox = await this.sandbox;
    const outcome = await sandbox.invoke(requestId, payload);
    if (sandbox.dead || outcome.error?.errorType === 'Sandbox.Timedout') await this.close();
    return outcome;
  }
}

function parseLine(line: string): LogLine {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return parsed as LogLine;
  } catch {
    // Not of the runtime's console: kept as it is.
  }
  return { message: line };
}

function exitError(requestId: string, child: ChildProcess): FunctionError {
  const how = child.signalCode ? `signal: ${child.signalCode}` : `exit status ${child.exitCode}`;
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}` };
}
