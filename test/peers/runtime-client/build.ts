import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../../support/cache';
import { nodeBinary, npmInstall, pythonEnvironment, run } from '../../support/installs';
import { VERSIONS } from '../../support/versions';

/** What the native build calls, and the Debian package that has it. */
const TOOLS: Record<string, string> = {
  'autoconf': 'autoconf', 'automake': 'automake', 'libtoolize': 'libtool', 'cmake': 'cmake', 'make': 'make', 'g++': 'g++', 'python3': 'python3', 'tar': 'tar',
};

/** Lambda's runtime interface client, built for a major version of Node.js with that version's headers; returns its program. */
export function runtimeClient(major: 22 | 24): string {
  const node = nodeBinary(major);
  const version = VERSIONS.awsLambdaRic;
  const folder = cached(`aws-lambda-ric-node${major}`, { version, node: VERSIONS.node[major] }, (target) => {
    const began = Date.now();
    installTools();
    npmInstall(target, { 'aws-lambda-ric': version }, {
      // npm and node-gyp run on the Node.js that they build for.
      PATH: `${path.dirname(node)}:${process.env.PATH}`,
      // Python 3.12 has no distutils any more, which its node-gyp needs; setuptools brings it.
      npm_config_python: path.join(pythonEnvironment('node-gyp', ['setuptools<81']), 'python3'),
      npm_config_nodedir: path.resolve(node, '..', '..'),
      MAKEFLAGS: '-j2',
    });
    // The package leaves the objects of its build behind, 145 MB.
    const sources = path.join(target, 'node_modules', 'aws-lambda-ric', 'deps');
    for (const name of readdirSync(sources)) if (!name.endsWith('.gz')) rmSync(path.join(sources, name), { recursive: true });
    console.log(`aws-lambda-ric ${version} built for Node.js ${major}: ${((Date.now() - began) / 1000).toFixed(0)} s`);
  });
  return path.join(folder, 'node_modules', 'aws-lambda-ric', 'bin', 'index.mjs');
}

function installTools(): void {
  const missing = () => Object.keys(TOOLS).filter((tool) => !isInstalled(tool)).map((tool) => TOOLS[tool]);
  const packages = missing();
  if (packages.length === 0) return;
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    console.log(`installing ${packages.join(' ')} with apt-get`);
    run('apt-get', ['update', '--quiet']);
    run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', ...packages], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  }
  if (missing().length > 0) throw new Error(`aws-lambda-ric is built from source, which needs: ${missing().join(' ')} (names of Debian's packages)`);
}

function isInstalled(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
