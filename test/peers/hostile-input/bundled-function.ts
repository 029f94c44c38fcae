import { ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** What came of one invocation. */
export interface Answer {
  /** The JSON that Lambda would send on. */
  readonly result?: string;
  readonly error?: { readonly name: unknown; readonly message: unknown; readonly stack: unknown };
  /** Whether a built-in prototype has other properties than before. */
  readonly polluted: boolean;
  /** Each line of stdout and stderr. */
  readonly lines: readonly string[];
}

/** The bundle in a process of its own, one invocation at a time. Warm: a process that doesn't answer in time is replaced. */
export class BundledFunction {
  private child?: ChildProcess;
  private invocations = 0;

  constructor(private readonly bundle: string, private readonly endpoint: string) {}

  /** Undefined where the process ended, or had no answer before the deadline. */
  public async invoke(config: string, event: string, deadlineMs: number): Promise<Answer | undefined> {
    const child = this.child ??= this.start();
    const end = `END request-${++this.invocations}`;
    const lines: string[] = [];
    const over = new AbortController();
    /** All lines of a stream up to the end of this invocation: streams and messages race. */
    const read = (stream: NodeJS.ReadableStream) => new Promise<void>((resolve) => {
      let rest = '';
      const onData = (chunk: string) => {
        const complete = (rest + chunk).split('\n');
        rest = complete.pop()!;
        for (const line of complete) if (line !== end) lines.push(line); // too many to spread, perhaps
        if (complete.includes(end)) resolve();
      };
      stream.on('data', onData);
      over.signal.addEventListener('abort', () => stream.off('data', onData));
    });
    const answer = Promise.all([once(child, 'message', over), read(child.stdout!), read(child.stderr!)]).then(([[message]]) => message as Omit<Answer, 'lines'>);
    const noAnswer = Promise.race([once(child, 'exit', over), setTimeout(deadlineMs, undefined, { signal: over.signal })]).then(() => undefined);
    answer.catch(() => undefined);
    noAnswer.catch(() => undefined);
    child.send({ id: this.invocations, config, event });
    const outcome = await Promise.race([answer, noAnswer]);
    over.abort();
    if (!outcome) await this.stop();
    return outcome && { ...outcome, lines };
  }

  public async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  private start(): ChildProcess {
    const child = fork(path.join(__dirname, 'function-process.cjs'), [this.bundle], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      env: {
        PATH: process.env.PATH,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_ENDPOINT_URL_ECS: this.endpoint,
      },
    });
    child.stdout!.setEncoding('utf8');
    child.stderr!.setEncoding('utf8');
    return child;
  }
}
