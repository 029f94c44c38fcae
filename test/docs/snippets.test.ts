import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { loadAssembly, parts, README } from './assembly';
import { ROOT, run } from '../support/installs';

/** README's TypeScript blocks and the examples of the docstrings: compiled against the built assembly, and translated. */

const LANGUAGES = ['python', 'java', 'csharp', 'go'];
const NEEDED = ['.jsii', 'package.json', 'lib', 'rosetta'];

interface Tablet {
  readonly snippets: Record<string, {
    readonly location: { readonly api: { readonly api: string } };
    readonly didCompile: boolean;
    readonly translations: Record<string, { readonly source: string }>;
  }>;
}

const assembly = loadAssembly();
const folder = mkdtempSync(path.join(tmpdir(), 'snippets-'));

before(() => {
  for (const name of NEEDED) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
});

after(() => rmSync(folder, { recursive: true }));

test("the assembly carries today's README", () => {
  assert.equal(assembly.readme.markdown, README, 'run `npx projen compile`: the snippets are read from .jsii');
});

test("README's TypeScript is marked as ts, so that it is compiled", () => {
  const kinds = [...README.matchAll(/^```([^\n]+)\n/gm)].map(([, info]) => info.split(' ')[0]);
  assert.deepEqual(kinds.filter((kind) => !['ts', 'python', 'java', 'go', 'csharp', 'sh', 'json'].includes(kind)), []);
});

test('every snippet compiles strictly, and is translated', () => {
  const start = Date.now();
  run(path.join(ROOT, 'node_modules', '.bin', 'jsii-rosetta'), ['extract', '--strict', folder], { cwd: folder });
  const { snippets }: Tablet = JSON.parse(readFileSync(path.join(folder, '.jsii.tabl.json'), 'utf8'));
  const found = Object.values(snippets);

  const ofReadme = [...README.matchAll(/^```ts\b/gm)].length;
  const ofDocstrings = parts(assembly).filter(({ docs, inherited }) => docs.example && !inherited).length;
  assert.ok(ofReadme > 0 && ofDocstrings > 0);
  assert.equal(found.filter(({ location }) => location.api.api === 'moduleReadme').length, ofReadme);
  assert.equal(found.length, ofReadme + ofDocstrings);
  for (const { didCompile, translations } of found) {
    assert.equal(didCompile, true);
    assert.deepEqual(LANGUAGES.filter((language) => !translations[language]?.source.trim()), []);
  }
  console.log(`${ofReadme} snippets of README and ${ofDocstrings} of docstrings compiled, and translated to ${LANGUAGES.join(', ')}: `
    + `${Math.round((Date.now() - start) / 1000)} s`);
});
