import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const LOCK_WAIT_MS = 15 * 60_000;

/** Downloads live here between runs, outside of the clone. It may be deleted at any time. */
export const CACHE = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'cdk-daemon-service-autoscaler');

/**
 * A folder that `fill` made once for these ingredients. Half-filled folders are made anew; of processes that ask at the same
 * time one fills it and the others wait.
 */
export function cached(name: string, ingredients: unknown, fill: (folder: string) => void): string {
  const key = createHash('sha256').update(JSON.stringify([ingredients, process.platform, process.arch])).digest('hex').slice(0, 12);
  const folder = path.join(CACHE, `${name}-${key}`);
  const complete = path.join(folder, '.complete');
  if (existsSync(complete)) return folder;

  mkdirSync(CACHE, { recursive: true });
  const unlock = lock(`${folder}.lock`);
  try {
    if (!existsSync(complete)) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      fill(folder);
      writeFileSync(complete, '');
    }
  } finally {
    unlock();
  }
  return folder;
}

function lock(file: string): () => void {
  const patience = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      mkdirSync(file);
      return () => rmSync(file, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Date.now() > patience) throw new Error(`${file} has been held for ${LOCK_WAIT_MS / 60_000} minutes: delete it if no other run is at work`);
      // A run that was killed leaves its lock behind.
      const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > LOCK_WAIT_MS) rmSync(file, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}
