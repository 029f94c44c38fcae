import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleFunction, ROOT } from '../../support/installs';

/** The npm packages with bytes in the bundle, name → version: asked of esbuild anew, by source map where the notices go by its metafile. */
export function bundledPackages(shipped: string): ReadonlyMap<string, string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bundle-contents-'));
  try {
    const built = path.join(folder, 'index.js');
    bundleFunction(ROOT, `--outfile=${built}`, '--sourcemap=external', '--sources-content=false');
    assert.ok(readFileSync(built).equals(readFileSync(shipped)), 'the tarball holds another bundle than the sources give: build it again');
    const { sources } = JSON.parse(readFileSync(`${built}.map`, 'utf8'));
    const names = (sources as string[]).map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined);
    return new Map([...new Set(names)].sort().map((name) => [name, JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Notice { readonly name: string; readonly version: string; readonly licence: string; readonly text: string }

/** Sections of packages, a dashed line, and the text that they share. */
export function noticesOf(file: string): Notice[] {
  return file.split(/^={80}$/m).slice(1).flatMap((section) => {
    const [packages, text] = section.split(/^-{80}$/m);
    return packages.trim().split('\n').map((line) => {
      const [, name, version, licence] = /^(\S+)@(\S+) \((.+)\)$/.exec(line) ?? assert.fail(`no package, version and licence: ${line}`);
      return { name, version, licence, text };
    });
  });
}
