import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, run } from '../../support/installs';

interface Entry {
  readonly version?: string;
  readonly license?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  /** Packed inside the package that it is under, whose hash covers it. */
  readonly inBundle?: boolean;
  readonly link?: boolean;
}

export interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
}

/**
 * Entries that could bring in something else than npm has under that name and version. None says where it comes from (.npmrc leaves that
 * out): it's the registry that npm is set to, and the hash decides.
 */
export function lockFindings({ packages }: Lock): string[] {
  return Object.entries(packages).filter(([place]) => place !== '').flatMap(([place, { resolved, integrity, inBundle, link }]) => {
    const parent = packages[place.slice(0, place.lastIndexOf('/node_modules/'))];
    const covered = inBundle === true && (parent?.integrity !== undefined || parent?.inBundle === true);
    return [
      ...(link || !place.startsWith('node_modules/') ? [`${place} is a link or a folder of its own`] : []),
      ...(resolved !== undefined ? [`${place} is resolved from ${resolved}`] : []),
      ...(covered || /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ? [] : [`${place} has no integrity by SHA-512`]),
    ];
  });
}

/** Lets npm judge a lockfile by package.json, as `npm ci` does before it installs, and returns the lockfile that npm itself writes then. */
export function lockByNpm(folder: string, lock: string): string {
  mkdirSync(folder);
  for (const own of ['package.json', '.npmrc']) copyFileSync(path.join(ROOT, own), path.join(folder, own));
  const file = path.join(folder, 'package-lock.json');
  writeFileSync(file, lock);
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['ci', '--dry-run', ...options], { cwd: folder });
  run('npm', ['install', '--package-lock-only', ...options], { cwd: folder });
  return readFileSync(file, 'utf8');
}
