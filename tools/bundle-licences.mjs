/*
 * Writes the licence notices of the npm packages whose code is in the bundled function beside the bundle, not into its folder: what is in
 * there is the Lambda asset. The packages are those that esbuild says it put into the output, with the options of projen's own task.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const TASK = 'bundle:lambda/reconciler.lambda';
const MODULES = 'node_modules/';

const { outfile, inputs } = bundleAgain();
const packages = [...new Set(inputs.map(packageFolder).filter(Boolean))]
  .map(describe)
  .sort((one, other) => (one.title < other.title ? -1 : 1));
const notices = outfile.replace(/\/index\.js$/, '.licenses.txt');
writeFileSync(path.join(ROOT, notices), render(packages));
console.log(`${notices}: ${packages.length} packages`);

/** Which files went into the bundle. It must be the one that is there: notices of another one would be worth nothing. */
function bundleAgain() {
  const { tasks } = JSON.parse(readFileSync(path.join(ROOT, '.projen', 'tasks.json'), 'utf8'));
  const [command, ...options] = tasks[TASK].steps[0].execArgs;
  const shipped = options.find((option) => option.startsWith('--outfile=')).slice('--outfile='.length);
  const folder = mkdtempSync(path.join(tmpdir(), 'bundle-licences-'));
  try {
    const [built, meta] = ['index.js', 'meta.json'].map((file) => path.join(folder, file));
    // The last option of a name counts.
    execFileSync(path.join(ROOT, MODULES, '.bin', command), [...options, `--outfile=${built}`, `--metafile=${meta}`, '--log-level=warning'], { cwd: ROOT, stdio: 'inherit' });
    if (!readFileSync(built).equals(readFileSync(path.join(ROOT, shipped)))) {
      throw new Error(`${shipped} is not what the sources give now: run npx projen bundle`);
    }
    const [output] = Object.values(JSON.parse(readFileSync(meta, 'utf8')).outputs);
    return { outfile: shipped, inputs: Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The folder of the npm package that a source file belongs to; none for our own. */
function packageFolder(file) {
  const start = file.lastIndexOf(MODULES) + MODULES.length;
  if (start < MODULES.length) return undefined;
  const [first, second] = file.slice(start).split('/');
  return file.slice(0, start) + (first.startsWith('@') ? `${first}/${second}` : first);
}

function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'));
  const files = readdirSync(path.join(ROOT, folder)).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file)).sort();
  const texts = files.map((file) => readFileSync(path.join(ROOT, folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  // Our own licence is the standard text.
  if (texts.length === 0 && license === 'Apache-2.0') texts.push(readFileSync(path.join(ROOT, 'LICENSE'), 'utf8').trim());
  if (typeof license !== 'string' || texts.length === 0) throw new Error(`${name}@${version} names no licence, or has no file with its text`);
  return { title: `${name}@${version} (${license})`, text: texts.join('\n\n') };
}

/** Each text once, under the packages that have it. */
function render(all) {
  const texts = [...new Set(all.map(({ text }) => text))];
  return [
    'The bundled function (reconciler.lambda/index.js) contains code of these packages, each under its licence.',
    ...texts.map((text) => [
      '='.repeat(80),
      ...all.filter((one) => one.text === text).map(({ title }) => title),
      '-'.repeat(80),
      text,
    ].join('\n')),
  ].join('\n\n') + '\n';
}
