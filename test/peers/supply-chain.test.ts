import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { audit, deprecations } from './supply-chain/audit';
import { bundledPackages, noticesOf } from './supply-chain/bundle-contents';
import { Lock, lockByNpm, lockFindings } from './supply-chain/lockfile';
import { npmInstall, packedTarball, ROOT, run, unpackTarball } from '../support/installs';
import { VERSIONS } from '../support/versions';

/** What ships besides our own code: its licences, its known vulnerabilities, and where it comes from. */

const NOTICES = 'package/assets/lambda/reconciler.lambda.licenses.txt';
const ALLOWED = ['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'ISC'];

const folder = mkdtempSync(path.join(tmpdir(), 'supply-chain-'));
const lockText = readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8');
const lock: Lock = JSON.parse(lockText);
let bundled: ReadonlyMap<string, string>;

before(() => {
  unpackTarball(path.join(folder, 'package'));
  bundled = bundledPackages(path.join(folder, 'package', 'assets', 'lambda', 'reconciler.lambda', 'index.js'));
});
after(() => rmSync(folder, { recursive: true }));

test('the notices beside the bundle list exactly the packages whose code is in it, with an allowed licence and its text', () => {
  const notices = noticesOf(readFileSync(path.join(folder, NOTICES), 'utf8'));
  assert.deepEqual(notices.map(({ name, version }) => `${name}@${version}`).sort(), [...bundled].map(([name, version]) => `${name}@${version}`).sort());
  for (const { name, version, licence, text } of notices) {
    assert.ok(ALLOWED.includes(licence), `${name} has licence ${licence}`);
    assert.equal(lock.packages[`node_modules/${name}`].version, version, `${name}: another version than the lockfile's`);
    assert.equal(lock.packages[`node_modules/${name}`].license, licence, `${name}: another licence than the lockfile's`);
    // From the first words to the last clause; what follows in some is an appendix.
    const whole = licence === 'Apache-2.0' ? /Apache License\s+Version 2\.0[^]*\s9\. Accepting Warranty[^]*any such warranty or additional liability\./ : /"AS IS"/;
    assert.ok(whole.test(text), `${name}: the licence's text is cut short`);
  }
  console.log(`notices: ${notices.length} packages, all in the bundle and all that are: ${notices.map(({ name, version, licence }) => `${name} ${version} ${licence}`).join(', ')}`);
});

test('no known vulnerability of level high in what ships', (t) => {
  const app = path.join(folder, 'app');
  const contents = path.join(folder, 'contents');
  run('mkdir', [app, contents]);
  npmInstall(app, { 'cdk-daemon-service-autoscaler': `file:${packedTarball()}`, 'aws-cdk-lib': VERSIONS.newestCdk, 'constructs': '^10.5.0' });
  npmInstall(contents, Object.fromEntries(bundled));
  const reports = { 'an app with the tarball and the newest aws-cdk-lib': audit(app), 'the packages in the bundle': audit(contents) };
  for (const [what, report] of Object.entries(reports)) {
    if ('refused' in report) {
      console.log(`NOT AUDITED: ${what}. The registry has no answer to npm audit: ${report.refused}`);
      assert.notEqual(process.env.NPM_AUDIT, 'required', `${what} could not be audited, and NPM_AUDIT=required`);
      t.skip('not audited');
    } else {
      console.log(`audited: ${what}: ${JSON.stringify(report.counts)}`);
      assert.deepEqual([report.counts.high, report.counts.critical], [0, 0], `${what}: run npm audit`);
    }
  }
});

// The least that any registry tells: a maintainer who knows of a hole deprecates the version.
test('no version in the bundle is deprecated', () => {
  const withdrawn = deprecations(bundled);
  console.log(`deprecations: ${bundled.size} packages of the bundle asked for, ${withdrawn.length} deprecated`);
  assert.deepEqual(withdrawn, []);
});

test('nothing but the two peers comes with the package', () => {
  const { dependencies = {}, optionalDependencies = {}, bundleDependencies = [], scripts = {}, peerDependencies } = JSON.parse(readFileSync(path.join(folder, 'package', 'package.json'), 'utf8'));
  assert.deepEqual([dependencies, optionalDependencies, bundleDependencies], [{}, {}, []]);
  assert.deepEqual(Object.keys(peerDependencies).sort(), ['aws-cdk-lib', 'constructs']);
  assert.deepEqual(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare)$|^prepublish$/.test(name)), [], 'scripts that run where it is installed');
});

test('the lockfile has a hash for each package, names no other source than npm, and is what npm makes of package.json', () => {
  assert.deepEqual(lockFindings(lock), []);
  const started = Date.now();
  assert.equal(lockByNpm(path.join(folder, 'lock'), lockText), lockText, 'npm makes another lockfile of package.json');
  console.log(`lockfile: ${Object.keys(lock.packages).length - 1} entries, and npm writes the same again; ${((Date.now() - started) / 1000).toFixed(1)} s`);
});

test('finds what would be wrong with a lockfile', () => {
  const [place, entry] = Object.entries(lock.packages).find(([, { integrity }]) => integrity)!;
  const cases: [change: object, finding: RegExp][] = [
    [{ ...entry, integrity: undefined }, /has no integrity/],
    [{ ...entry, integrity: 'sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }, /has no integrity/],
    [{ ...entry, integrity: undefined, inBundle: true }, /has no integrity/],
    [{ ...entry, resolved: 'https://npm.example.com/a/-/a-1.0.0.tgz' }, /is resolved from https:/],
    [{ ...entry, resolved: 'http://npm.example.com/a/-/a-1.0.0.tgz' }, /is resolved from http:/],
    [{ ...entry, resolved: 'git+ssh://git@github.com/a/a.git#0123456' }, /is resolved from git/],
    [{ link: true, resolved: '../elsewhere' }, /is a link/],
  ];
  for (const [change, finding] of cases) {
    assert.match(lockFindings({ packages: { ...lock.packages, [place]: change } }).join('\n'), finding);
  }
  const older = structuredClone(lock) as any;
  older.packages['node_modules/fast-check'].version = '1.0.0';
  assert.throws(() => lockByNpm(path.join(folder, 'older'), JSON.stringify(older)), /fast-check@1\.0\.0 does not satisfy fast-check@/);
});
