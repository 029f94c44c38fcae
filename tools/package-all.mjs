#!/usr/bin/env node
// Builds the package of each language into dist/, and says what is missing where one can't be built.
// The arguments choose languages, all without any: node tools/package-all.mjs java python
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'cdk-daemon-service-autoscaler');

/** Per language: programs with the least version that does, how to get them, further options of jsii-pacmak, and what comes out. */
const LANGUAGES = {
  js: {
    tools: [['npm', ['--version'], '9']],
    get: 'Comes with Node.js 20 or later.',
    product: /\.tgz$/,
  },
  python: {
    // ensurepip is what a virtual environment needs; Debian has it in a package of its own.
    tools: [['python3', ['-c', 'import ensurepip, platform; print(platform.python_version())'], '3.10']],
    get: 'Install Python 3.10 or later with its venv module (Debian, Ubuntu: apt-get install python3-venv).',
    product: /\.whl$/,
  },
  java: {
    tools: [['javac', ['-version'], '11'], ['mvn', ['--version'], '3.6']],
    get: 'Install a JDK of version 11 or later and Maven 3.6 or later (Debian, Ubuntu: apt-get install default-jdk-headless maven).',
    // jsii-pacmak would download everything anew into a temporary folder.
    options: ['--maven-local-repository', path.join(cache, 'maven')],
    product: /\d\.jar$/,
  },
  go: {
    tools: [['go', ['version'], '1.25']],
    get: 'Install Go 1.25 or later (https://go.dev/dl).',
    product: /^go\.mod$/,
  },
  dotnet: {
    tools: [['dotnet', ['--list-sdks'], '6']],
    get: 'Install a .NET SDK, 6.0 or later (https://dotnet.microsoft.com/download).',
    // The generator runs on Node.js alone.
    otherwise: ['--code-only'],
    product: /\.nupkg$/,
    otherwiseProduct: /\.csproj$/,
  },
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((language) => !(language in LANGUAGES));
if (unknown.length > 0) {
  stop(`Unknown: ${unknown.join(', ')}. The languages are ${Object.keys(LANGUAGES).join(', ')}.`);
}
for (const [needed, task] of [['assets/lambda/reconciler.lambda/index.js', 'bundle'], ['.jsii', 'compile'], ['lib/index.js', 'compile']]) {
  if (!existsSync(path.join(root, needed))) {
    stop(`${needed} is missing. Run first: npx projen bundle && npx projen compile (here: ${task})`);
  }
}

let failed = false;
const builds = [];
for (const language of chosen.length > 0 ? chosen : Object.keys(LANGUAGES)) {
  const { tools, get, otherwise } = LANGUAGES[language];
  const missing = tools.map(missingTool).filter(Boolean);
  if (missing.length > 0) {
    console.log(`${language.padEnd(6)}          ${missing.join('; ')}. ${get} ${otherwise ? 'Only the sources are generated.' : 'NOT BUILT.'}`);
    failed ||= !otherwise;
  }
  if (missing.length === 0 || otherwise) builds.push({ language, complete: missing.length === 0 });
}

for (const { language, complete } of builds) {
  const { options = [], otherwise, product, otherwiseProduct } = LANGUAGES[language];
  // What is left from an earlier build must not pass for this one's.
  const folder = path.join(root, 'dist', language);
  rmSync(folder, { recursive: true, force: true });
  const start = Date.now();
  // It finds the translated snippets, which the compile task left beside the assembly, by itself.
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    path.join(root, 'node_modules', 'jsii-pacmak', 'bin', 'jsii-pacmak'), '--verbose', '--target', language, ...options, ...complete ? [] : otherwise,
  ], { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  const seconds = `${((Date.now() - start) / 1000).toFixed(1)} s`.padStart(7);
  const files = status === 0 ? find(folder, complete ? product : otherwiseProduct) : [];
  if (files.length === 1) {
    console.log(`${language.padEnd(6)} ${seconds}  ${path.relative(root, files[0])}`);
  } else {
    failed = true;
    console.log(`${stdout}${stderr}`);
    console.log(`${language.padEnd(6)} ${seconds}  FAILED: ${status === 0 ? `${files.length} products` : `jsii-pacmak ended with ${status}`}`);
  }
}
process.exitCode = failed ? 1 : 0;

/** What is wrong with a program, if something is. */
function missingTool([command, args, least]) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) return `${command} was not found`;
  // Maven colours its version.
  const version = /\d+\.\d+|\d+/.exec(`${stdout}${stderr}`.replace(/\x1b\[\d*m/g, ''))?.[0];
  if (status !== 0 || !version) return `${[command, ...args].join(' ')} failed`;
  return compare(version, least) < 0 ? `${command} is of version ${version}` : undefined;
}

function compare(one, other) {
  const [[a, b = 0], [c, d = 0]] = [one, other].map((version) => version.split('.').map(Number));
  return a - c || b - d;
}

function find(folder, pattern) {
  return readdirSync(folder, { recursive: true }).filter((file) => pattern.test(path.basename(file))).map((file) => path.join(folder, file));
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
