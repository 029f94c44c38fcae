import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { npmPackages, ROOT } from '../support/installs';
import { VERSIONS } from '../support/versions';

/** The examples' templates are those of the snapshots beside this file, asset hashes aside. */

const ACCEPTS = process.env.INTEG_SNAPSHOT === 'accept';
const EXAMPLES = readdirSync(__dirname).filter((file) => /^integ\.\w+\.ts$/.test(file)).map((file) => path.basename(file, '.ts'));
const MEANING = `What the examples synthesize is not what the snapshot has: with the next release, every user's deployment changes like this.
- A resource with another logical id, or one that must be replaced: the old one is deleted. A queue's messages and a log group's
  lines are lost, and no event is handled meanwhile. Ids are never changed without need.
- Anything else: users see it in their diff and in their own snapshots, and must be told why.
If that is meant, release it as a fix or feat that says so, and accept it: INTEG_SNAPSHOT=accept npx projen test:integ`;

/** Where the examples find this library by its package's name. */
const modules = mkdtempSync(path.join(tmpdir(), 'integ-'));

before(() => symlinkSync(ROOT, path.join(modules, JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).name)));
after(() => {
  rmSync(modules, { recursive: true });
  readdirSync(__dirname).filter((name) => name.startsWith('cdk-integ.out.')).forEach((name) => rmSync(path.join(__dirname, name), { recursive: true }));
});

test(`templates of ${EXAMPLES.join(', ')}`, () => {
  if (ACCEPTS) {
    const { output } = integRunner('--dry-run', '--update-on-failed', '--parallel-regions', 'us-east-1');
    console.log(output);
    EXAMPLES.forEach(slim);
  }
  const { status, output } = integRunner();
  const unchanged = EXAMPLES.filter((example) => new RegExp(`UNCHANGED\\s+${example}\\s`).test(output));
  console.log(`integ-runner ${VERSIONS.integRunner}: ${unchanged.length} of ${EXAMPLES.length} snapshots unchanged`);
  if (status !== 0 || unchanged.length < EXAMPLES.length) assert.fail(`${output}\n${MEANING}`);
  assert.ok(EXAMPLES.length >= 2);
});

/** Needs neither credentials nor a network. */
function integRunner(...args: string[]): { status: number | null; output: string } {
  const runner = path.join(npmPackages('integ-runner', { '@aws-cdk/integ-runner': VERSIONS.integRunner }), 'node_modules', '.bin', 'integ-runner');
  const tsNode = path.join(ROOT, 'node_modules', 'ts-node', 'register', 'transpile-only.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    runner, ...args,
    '--directory', __dirname,
    '--test-regex', '/integ\\.\\w+\\.ts$',
    '--language', 'typescript',
    '--app', `"${process.execPath}" --require "${tsNode}" {filePath}`,
  ], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: modules, TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.dev.json'), CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
  return { status, output: stdout + stderr };
}

/** Leaves out of a new snapshot what is never compared. */
function slim(example: string): void {
  const snapshot = path.join(__dirname, `${example}.ts.snapshot`);
  const file = path.join(snapshot, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const artifacts = Object.entries<any>(manifest.artifacts).filter(([, { type }]) => type !== 'cdk:tree' && type !== 'cdk:feature-flag-report');
  artifacts.forEach(([, artifact]) => delete artifact.metadata);
  writeFileSync(file, `${JSON.stringify({ ...manifest, artifacts: Object.fromEntries(artifacts) }, undefined, 2)}\n`);
  rmSync(path.join(snapshot, 'tree.json'), { force: true });
}
