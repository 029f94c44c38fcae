import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { loadAssembly, parts, README } from './assembly';
import { decide } from '../../lambda/decide';
import { TaskScaling } from '../../src';
import { ROOT } from '../support/installs';

/** What README says of names, numbers, commands, files and other languages. */

const EXAMPLES = path.join(ROOT, 'examples');
/** README's name of a language → where its example is, and what its sources end with. */
const FOLDED = {
  python: { folder: 'python/basic', ending: '.py' },
  java: { folder: 'java/basic', ending: '.java' },
  go: { folder: 'go/basic', ending: '.go' },
  csharp: { folder: 'csharp/basic', ending: '.cs' },
};

function sources(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => plain(readFileSync(path.join(folder, file), 'utf8')));
}

function plain(code: string): string {
  return code.replace(/\s+/g, ' ').trim();
}

for (const [language, { folder, ending }] of Object.entries(FOLDED)) {
  test(`the quick start in ${language} is code of examples/${folder}`, () => {
    const snippets = [...README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code);
    assert.equal(snippets.length, 1);
    const files = sources(path.join(EXAMPLES, folder), ending);
    // An app imports more, in between.
    const pieces = snippets[0].split(/\n{2,}/)
      .flatMap((paragraph) => /^(import|from|using)\b/.test(paragraph) ? paragraph.split('\n') : [paragraph])
      .map(plain);
    console.log(`${language}: ${pieces.length} pieces looked for in ${files.length} files`);
    assert.deepEqual(pieces.filter((piece) => !files.some((file) => file.includes(piece))), []);
  });
}

test('the worked-out counts are those that the constructs and the function come to', () => {
  const [head, , ...rows] = /Worked out:\n\n((?:\|.*\n)+)/.exec(README)![1].trim().split('\n').map((row) => row.split(' | '));
  const capacities = head.slice(1).map((cell) => cell.match(/\d[\d,]*/g)!.map(number)).map(([instances, vcpus]) => ({ instances, vcpus }));
  for (const [inputs, ...counts] of rows) {
    const [scaling, ...bounds] = [...inputs.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
    const options = runInNewContext(`({ scaling: TaskScaling.${scaling}, ${bounds.join(', ')} })`, { TaskScaling });
    const config = { ...options, scaling: options.scaling._render() };
    assert.deepEqual(counts.map(number), capacities.map((capacity) => decide(0, capacity, config).taskCount), inputs);
  }
  console.log(`worked out: ${rows.length} × ${capacities.length} counts`);
  assert.ok(rows.length > 0 && capacities.length > 0);
});

function number(text: string): number {
  return Number(text.replace(/[,| ]/g, ''));
}

test('Properties names every property of the constructs and of what they take', () => {
  const section = /^## Properties\n(.*?)^## /ms.exec(README)![1];
  const assembly = loadAssembly();
  const names = parts(assembly)
    .filter(({ id, kind }) => ['property', 'method'].includes(kind) && /\.(Fleet)?DaemonServiceAutoscaler(Props)?\./.test(id))
    .map(({ id }) => id.split('.').at(-1)!);
  assert.ok(names.length > 0);
  console.log(`properties: ${names.length} looked for`);
  assert.deepEqual(names.filter((name) => !new RegExp(`\`${name}[\`(]`).test(section)), []);
});

test('every command that README names is there', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const tasks = [...README.matchAll(/\bnpm (?:run )?([a-z-]+:[a-z-]+|test|demo)\b|\bnpx projen ([a-z:-]+)/g)].map(([, script, task]) => script ?? task);
  assert.deepEqual(tasks.filter((task) => scripts[task] === undefined), []);
  const suites = [...README.matchAll(/\bnpx jest ([\w/.-]+)/g)].map(([, suite]) => suite);
  assert.deepEqual(suites.filter((suite) => !existsSync(path.join(ROOT, suite)) && !existsSync(path.join(ROOT, `${suite}.test.ts`))), []);
  console.log(`commands: ${tasks.join(', ')}; jest ${suites.join(', ')}`);
  assert.ok(tasks.length > 0 && suites.length > 0);
});

test('every link inside the repository leads somewhere', () => {
  const links = [...README.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, file, anchor]) => ({ file, anchor }));
  const headings = [...README.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-'));
  assert.ok(links.length > 0);
  console.log(`links: ${links.length} looked at`);
  assert.deepEqual(links.filter(({ file, anchor }) => file === '' ? !headings.includes(anchor) : !existsSync(path.join(ROOT, file))), []);
});
