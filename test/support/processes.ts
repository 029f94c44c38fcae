import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface RunningProcess {
  readonly process: ChildProcess;
  /** All it has written so far, both streams. */
  output(): string;
  /** Ends it and what it started, and waits until it is gone. */
  stop(): Promise<void>;
}

/** A port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a process and waits until `ready` says so; fails with its output if it ends before, or isn't ready in time. */
export async function startProcess(
  command: string, args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; ready: (output: string) => boolean | Promise<boolean>; timeoutMs?: number },
): Promise<RunningProcess> {
  const { env, cwd, ready, timeoutMs = 60_000 } = options;
  // A group of its own, so that stop() reaches what it started.
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let failure: Error | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { output += text; });
  child.on('error', (error) => { failure = error; });
  const killGroup = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch { /* already gone */ }
  };
  process.once('exit', killGroup);

  const stop = async () => {
    process.off('exit', killGroup);
    if (child.pid === undefined) return;
    const gone = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'close');
    killGroup();
    await gone;
  };

  const patience = Date.now() + timeoutMs;
  while (!(await ready(output))) {
    if (failure || child.exitCode !== null || Date.now() > patience) {
      await stop();
      throw new Error(`${command} ${failure ? `could not be started (${failure.message})` : child.exitCode !== null
        ? `ended with ${child.exitCode}` : `was not ready after ${timeoutMs / 1000} s`}\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { process: child, output: () => output, stop };
}
