#!/usr/bin/env node
// Compares the public API with the last release's (the last tag v*): what would break its users' code fails. Run after npx projen compile.
// A break that is meant is accepted by a line with its key in .compatignore, until the next release.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const modules = path.join(root, 'node_modules');

process.on('uncaughtException', ({ message }) => {
  console.error(message);
  process.exitCode = 1;
});

const tag = lastRelease();
if (!tag && git('rev-parse', '--is-shallow-repository') === 'true') {
  console.log('API: nothing was compared, for this is a shallow clone without release tags. To compare: git fetch --unshallow --tags');
} else if (!tag) {
  console.log('API: no release yet: nothing to compare with');
} else {
  if (!existsSync(path.join(root, '.jsii'))) stop('.jsii is missing. Run first: npx projen compile');
  const released = mkdtempSync(path.join(tmpdir(), 'released-api-'));
  try {
    compile(tag, released);
    compare(tag, released);
  } finally {
    rmSync(released, { recursive: true });
  }
}

function lastRelease() {
  const { status, stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*'], { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** The assembly of a tag, made with what is installed here: only declarations count, and the network isn't needed. */
function compile(tag, folder) {
  execFileSync('tar', ['-x', '-C', folder], { input: execFileSync('git', ['archive', tag], { cwd: root, maxBuffer: 1 << 30 }) });
  symlinkSync(modules, path.join(folder, 'node_modules'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(modules, 'jsii', 'bin', 'jsii'), '--silence-warnings=reserved-word'], {
    cwd: folder, encoding: 'utf8',
  });
  if (status !== 0) stop(`API: ${tag} doesn't compile with the development dependencies of now:\n${stdout}${stderr}`);
}

function compare(tag, folder) {
  // The whole API is marked experimental before 1.0, which jsii-diff would let break.
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(modules, 'jsii-diff', 'bin', 'jsii-diff'), folder, root,
    '--error-on', 'all', '--keys', '--ignore-file', path.join(root, '.compatignore')], { encoding: 'utf8' });
  console.log(`${stdout}${stderr}`.trim());
  if (status !== 0) {
    stop(`API: this breaks code that was written for ${tag}. Keep what was there (deprecate it), or, where the break is meant: commit it as `
      + '"feat!: …" and add the keys in brackets to .compatignore, one a line, until the release');
  }
  console.log(`API: compatible with ${tag}`);
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

function stop(message) {
  throw new Error(message);
}
