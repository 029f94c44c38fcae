import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KNOWN_DIFFERENCES, Resources } from './differences';
import { annotations } from '../support/annotations';
import { nodeBinary, npmInstall, packedTarball, ROOT, run } from '../support/installs';
import { VERSIONS } from '../support/versions';

/** One app, with the oldest and the newest peers that a user may have, must get the same resources from us. */

const NAME = 'cdk-daemon-service-autoscaler';
const NODES = [20, 22, 24] as const;
/** An autoscaler and what is below it. */
const OWN_PATH = /^Peers\/(AgentAutoscaler|DnsAutoscaler|ProxyAutoscaler|Fleet|ListedFleet)\//;
const LEAST_RESOURCES = 5 * 13;

const folder = mkdtempSync(path.join(tmpdir(), 'peer-range-'));
const { peerDependencies } = json(ROOT, 'package.json');
const floorOf = (range: string) => range.replace('^', '');
const cdkVersions = [VERSIONS.newestCdk, floorOf(peerDependencies['aws-cdk-lib'])];
/** From the newest aws-cdk-lib, which is therefore installed first. */
let recommendedFlags: object;
/** What everything is compared with: the first app's resources without flags. */
let reference: Resources | undefined;
/** With the recommended flags, by combination. */
const flagged = new Map<string, Resources>();

after(() => rmSync(folder, { recursive: true }));

for (const cdk of cdkVersions) {
  const app = path.join(folder, cdk);

  for (const constructs of ['newest', 'oldest'] as const) {
    describe(`aws-cdk-lib ${cdk} with the ${constructs} constructs`, () => {
      let peers: string;

      before(() => {
        const start = Date.now();
        mkdirSync(app, { recursive: true });
        npmInstall(app, {
          [NAME]: `file:${packedTarball()}`, 'aws-cdk-lib': cdk, '@types/node': '20', ...constructs === 'oldest' && { constructs: oldestConstructs(app) },
        });
        assert.equal(json(app, 'node_modules/aws-cdk-lib/package.json').version, cdk);
        recommendedFlags ??= json(app, 'node_modules/aws-cdk-lib/recommended-feature-flags.json');
        peers = `aws-cdk-lib ${cdk}, constructs ${json(app, 'node_modules/constructs/package.json').version}`;
        console.log(`${peers}: installed in ${seconds(start)} s`);
      });

      test('compiles strictly, declaration files included', () => {
        const start = Date.now();
        writeFileSync(path.join(app, 'app.ts'), readFileSync(path.join(__dirname, 'app.ts'), 'utf8').replace("'../../src'", `'${NAME}'`));
        run(process.execPath, [path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
          '--strict', '--noUncheckedIndexedAccess', '--noEmitOnError', '--types', 'node', '--module', 'node16', '--target', 'es2022', 'app.ts'], { cwd: app });
        console.log(`${peers}: compiled in ${seconds(start)} s`);
      });

      for (const node of NODES) {
        test(`synthesizes the same on Node.js ${node}, without a word`, () => {
          const combination = `${peers}, Node.js ${node}`;
          const plain = synthesize(app, node, {});
          const recommended = synthesize(app, node, recommendedFlags);
          console.log(`${combination}, no flags:          ${Object.keys(plain).length} resources, ${hash(plain)}`);
          console.log(`${combination}, recommended flags: ${Object.keys(recommended).length} resources, ${hash(recommended)}`);

          assert.ok(Object.keys(plain).length >= LEAST_RESOURCES, 'hardly any resource was found to be compared');
          reference ??= plain;
          flagged.set(combination, recommended);
          assert.deepEqual(plain, reference);
          assert.deepEqual(level(recommended), level(reference));
        });
      }
    });
  }
}

for (const { flag, why } of KNOWN_DIFFERENCES) {
  test(`known difference with ${flag}: ${why}`, () => {
    assert.ok((recommendedFlags as Record<string, unknown>)[flag], `${flag} is no longer recommended: take it off the list`);
    assert.equal(flagged.size, cdkVersions.length * 2 * NODES.length);
    const gone = [...flagged].filter(([, resources]) => hash(level(resources, flag)) === hash(level(reference!, flag))).map(([name]) => name);
    assert.deepEqual(gone, [], 'here it doesn\'t occur');
  });
}

/** Takes all known differences away, or all but one. */
function level(resources: Resources, except?: string): Resources {
  const differences = KNOWN_DIFFERENCES.filter(({ flag }) => flag !== except);
  return differences.reduce<unknown>((leveled, difference) => difference.level(leveled), resources) as Resources;
}

/** The oldest constructs that both we and the installed aws-cdk-lib allow. */
function oldestConstructs(app: string): string {
  const floors = [peerDependencies, json(app, 'node_modules/aws-cdk-lib/package.json').peerDependencies].map((peers) => floorOf(peers.constructs));
  return floors.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1)!;
}

/** The resources of the autoscalers, if nothing was complained about. */
function synthesize(app: string, node: typeof NODES[number], flags: object): Resources {
  const outdir = 'cdk.out';
  rmSync(path.join(app, outdir), { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync(nodeBinary(node), ['app.js', outdir, JSON.stringify(flags)], {
    cwd: app, encoding: 'utf8', env: { ...process.env, JSII_DEPRECATED: 'warn' },
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  assert.deepEqual(annotations(path.join(app, outdir)), []);

  const template = json(app, outdir, 'Peers.template.json');
  return Object.fromEntries(Object.entries<any>(template.Resources).filter(([, resource]) => OWN_PATH.test(resource.Metadata?.['aws:cdk:path'])));
}

function json(...names: string[]): any {
  return JSON.parse(readFileSync(path.join(...names), 'utf8'));
}

function hash(resources: Resources): string {
  return createHash('sha256').update(JSON.stringify(resources)).digest('hex').slice(0, 12);
}

function seconds(start: number): string {
  return ((Date.now() - start) / 1000).toFixed(1);
}
