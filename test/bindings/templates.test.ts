import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { hasDotnet, Installed, LANGUAGES, readJson, TYPESCRIPT } from './languages';
import { annotations } from '../support/annotations';
import { ROOT } from '../support/installs';

/**
 * The examples, in copies of their own beside the built package of their language: what they synthesize is compared with what TypeScript's
 * do, and what they are told of a bad property, too.
 */

const work = mkdtempSync(path.join(tmpdir(), 'bindings-'));
after(() => rmSync(work, { recursive: true }));

/** What the CDK CLI adds to the context of cdk.json, where it puts something into templates. */
const CLI_CONTEXT = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };
const MESSAGES = [/^maxTaskCount: received -1, expected /, /^maxTaskCount: received 2, expected .*minTaskCount \(5\)/];
const reference: { templates: Record<string, string>; messages: string[] } = { templates: {}, messages: [] };

for (const language of LANGUAGES) {
  const folder = path.join(work, language.folder);
  let installed: Installed;

  test(`${language.name}: installs the built package`, () => {
    mkdirSync(folder);
    const start = Date.now();
    installed = language.install(folder);
    console.log(`${language.name}: installed in ${seconds(start)}`);
  });

  for (const example of readdirSync(path.join(ROOT, 'examples', language.folder))) {
    test(`${language.name}, ${example}: the template of TypeScript's app, and no warning`, () => {
      const app = path.join(folder, example);
      cpSync(path.join(ROOT, 'examples', language.folder, example), app, { recursive: true });
      installed.prepare?.(app);

      const start = Date.now();
      const { app: command, context } = readJson(path.join(app, 'cdk.json'));
      const outdir = path.join(app, 'cdk.out');
      const output = execute(command, app, {
        ...installed.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...CLI_CONTEXT }),
      });
      assert.deepEqual(context, readJson(path.join(ROOT, 'examples', 'typescript', example, 'cdk.json')).context, 'the feature flags');
      assert.doesNotMatch(output, /\bwarning\b|deprecated/i);
      assert.deepEqual(annotations(outdir), []);

      const templates = normalizedTemplates(outdir);
      const hash = createHash('sha256').update(templates).digest('hex');
      console.log(`${example.padEnd(8)} ${language.name.padEnd(10)} ${hash}  ${(templates.length / 1024).toFixed(0)} KiB, ${seconds(start)}`);
      if (language === TYPESCRIPT) {
        assert.match(templates, /"RECONCILER_CONFIG":/);
        reference.templates[example] = templates;
      }
      assert.ok(reference.templates[example], "TypeScript's app did not synthesize");
      // Lines, so that a difference is shown and not two whole templates.
      assert.deepEqual(templates.split('\n'), reference.templates[example].split('\n'));
    });
  }

  if (language.name === 'C#') continue;
  test(`${language.name}: a bad maxTaskCount can be caught, with the same message`, () => {
    const app = path.join(folder, 'basic');
    const output = execute(installed.addErrors(app), app, installed.env);
    if (language === TYPESCRIPT) {
      reference.messages = [...output.matchAll(/^caught \w+: (.*)$/gm)].map(([, message]) => message);
      assert.equal(reference.messages.length, MESSAGES.length, output);
      MESSAGES.forEach((message, index) => assert.match(reference.messages[index], message));
    }
    assert.equal(reference.messages.length, MESSAGES.length, "TypeScript's messages are missing");
    const caught = output.split(/^(?=caught )/m).filter((text) => text.startsWith('caught '));
    assert.equal(caught.length, MESSAGES.length, output);
    reference.messages.forEach((message, index) => assert.ok(caught[index].includes(message), `${message} is not in:\n${caught[index]}`));
    assert.match(output, /^still running$/m);
    console.log(`${language.name}: ${caught.length} errors caught: ${caught.map((text) => text.split('\n')[0]).join(' | ')}`);
  });
}

if (!hasDotnet) {
  console.log('basic    C#         NOT COMPILED, NOT RUN: no .NET SDK here. Only its names are looked up, in assemblies and generated sources.');
}

function execute(command: string, cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, TS_NODE_PROJECT: undefined, NODE_TEST_CONTEXT: undefined, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20', ...env },
  });
  assert.equal(status, 0, `${command} ended with ${status}\n${stdout}\n${stderr}`);
  // Without Maven's colours.
  return `${stdout}\n${stderr}`.replace(/\x1b\[\d*m/g, '');
}

/** All templates of an assembly, each with its file's name, with sorted keys. Nothing is left out. */
function normalizedTemplates(outdir: string): string {
  const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json')).sort();
  assert.notEqual(files.length, 0, 'no template');
  return files.map((file) => `${file}\n${JSON.stringify(sorted(readJson(path.join(outdir, file))), undefined, 1)}`).join('\n');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}

function seconds(start: number): string {
  return `${((Date.now() - start) / 1000).toFixed(0)} s`;
}
