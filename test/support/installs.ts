import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from './cache';
import { VERSIONS } from './versions';

export const ROOT = path.join(__dirname, '..', '..');

/** Installs npm packages (name → version, alias or file) into a folder of their own, and returns it. */
export function npmInstall(folder: string, dependencies: Record<string, string>, env: NodeJS.ProcessEnv = {}): string {
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'installed-by-a-test', private: true, dependencies }, undefined, 2));
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], { cwd: folder, env });
  return folder;
}

/** npm packages that don't change between runs: the folder that has them in node_modules. */
export function npmPackages(name: string, dependencies: Record<string, string>): string {
  return cached(`npm-${name}`, dependencies, (folder) => npmInstall(folder, dependencies));
}

/** The node binary of a major version: the running one's if it is that, else npm's package of it. */
export function nodeBinary(major: 20 | 22 | 24): string {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = npmPackages(`node${major}`, { [name]: VERSIONS.node[major] });
  return path.join(folder, 'node_modules', name, 'bin', 'node');
}

/** A Python virtual environment with these requirements; returns its bin folder. */
export function pythonEnvironment(name: string, requirements: readonly string[]): string {
  const folder = cached(`python-${name}`, requirements, (venv) => {
    run('python3', ['-m', 'venv', venv]);
    run(path.join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...requirements]);
  });
  return path.join(folder, 'bin');
}

/** The tarball that `npx projen package:js` packed. */
export function packedTarball(): string {
  const folder = path.join(ROOT, 'dist', 'js');
  let tarballs: string[] = [];
  try {
    tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  } catch { /* the error below says what to do */ }
  if (tarballs.length !== 1) {
    throw new Error(`expected one tarball in dist/js, found ${tarballs.length}. Run: CI=true npx projen compile && npx projen package:js`);
  }
  return path.join(folder, tarballs[0]);
}

/** What the tarball holds, in `folder`. */
export function unpackTarball(folder: string): void {
  mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', packedTarball(), '-C', folder, '--strip-components=1']);
}

/** Bundles the function as projen's task does, of the sources in `cwd`. A further option overrules the task's. */
export function bundleFunction(cwd: string, ...options: string[]): void {
  const { tasks } = JSON.parse(readFileSync(path.join(ROOT, '.projen', 'tasks.json'), 'utf8'));
  const [command, ...taskOptions] = tasks['bundle:lambda/reconciler.lambda'].steps[0].execArgs as string[];
  run(path.join(ROOT, 'node_modules', '.bin', command!), [...taskOptions, ...options], { cwd });
}

/** Runs a command to its end. Its output is shown only if it fails. */
export function run(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {}): string {
  try {
    return execFileSync(command, args, {
      ...options, env: { ...process.env, ...options.env }, encoding: 'utf8', stdio: 'pipe', maxBuffer: 256 * 1024 * 1024,
    });
  } catch (error) {
    const { code, status, stdout = '', stderr = '' } = error as NodeJS.ErrnoException & { status?: number; stdout?: string; stderr?: string };
    if (code === 'ENOENT') throw new Error(`${command} was not found: install it, or put it on the PATH`);
    throw new Error(`${[command, ...args].join(' ')} ended with ${status ?? code}\n${stdout}\n${stderr}`);
  }
}
