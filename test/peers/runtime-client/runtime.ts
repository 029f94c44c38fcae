import { setTimeout as sleep } from 'node:timers/promises';
import { FunctionConfiguration, processEnvironment } from '../../../local-stack/function-configuration';
import { LogLine } from '../../../local-stack/function-process';
import { FunctionError, RuntimeApi } from '../../../local-stack/runtime-api';
import { RunningProcess, startProcess } from '../../support/processes';

/** What the runtime posted for an invocation. */
export interface Posted {
  readonly requestId: string;
  readonly response?: any;
  readonly error?: FunctionError;
  /** Nothing came until the invocation's deadline. */
  readonly timedOut?: true;
}

/** A program that serves a function: Lambda's own client, or local-stack's stand-in for it. */
export type Command = (configuration: FunctionConfiguration) => readonly string[];

/** A runtime at work behind local-stack's Runtime API, in a process with a function's environment and nothing else. */
export class Runtime {
  public static async start(command: Command, configuration: FunctionConfiguration, ecsEndpoint: string): Promise<Runtime> {
    const runtime = new Runtime();
    runtime.api = await RuntimeApi.start({
      onResponse: (requestId, response) => runtime.settle({ requestId, response }),
      onError: (requestId, error) => runtime.settle({ requestId, error }),
      onInitError: (error) => { runtime.initError = error; },
    });
    const environment = processEnvironment(configuration, runtime.api.address, { AWS_ENDPOINT_URL_ECS: ecsEndpoint });
    const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    let waiting = false;
    void runtime.api.ready().then(() => { waiting = true; });
    try {
      runtime.process = await startProcess('env', ['-i', ...assignments, ...command(configuration)], {
        cwd: configuration.taskRoot,
        ready: () => waiting || runtime.initError !== undefined,
      });
    } catch (error) {
      await runtime.api.close();
      throw error;
    }
    return runtime;
  }

  /** What it reported instead of asking for its first invocation. */
  public initError?: FunctionError;
  private api!: RuntimeApi;
  private process!: RunningProcess;
  private invocations = 0;
  private settle: (posted: Posted) => void = () => undefined;

  /** Sends an invocation; resolves with what is posted before its deadline. */
  public async invoke(payload: unknown, timeoutMs = 30_000): Promise<Posted> {
    const requestId = `00000000-0000-4000-8000-${String(++this.invocations).padStart(12, '0')}`;
    await this.api.ready();
    const posted = new Promise<Posted>((resolve) => { this.settle = resolve; });
    const deadline = new Date(Date.now() + timeoutMs);
    const functionArn = 'arn:aws:lambda:eu-central-1:999988887777:function:reconciler';
    this.api.send({ requestId, payload: JSON.stringify(payload), functionArn, deadline });
    const patience = new AbortController();
    const late = sleep(timeoutMs, { requestId, timedOut: true } as const, { signal: patience.signal }).catch(() => ({ requestId }));
    const outcome = await Promise.race([posted, late]);
    patience.abort();
    return outcome;
  }

  /** Ends the process, as Lambda does with one that has timed out; returns all lines that it wrote. */
  public async stop(): Promise<string[]> {
    await this.process.stop();
    await this.api.close();
    return this.process.output().split('\n').filter((line) => line !== '');
  }
}

export function parseLine(line: string): LogLine {
  return JSON.parse(line) as LogLine;
}
