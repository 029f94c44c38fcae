import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../support/installs';

/** As much of a jsii assembly as these tests read. */
export interface Assembly {
  readonly targets: { readonly dotnet: { readonly namespace: string } };
  readonly submodules?: Record<string, { readonly targets?: Assembly['targets'] }>;
  readonly types: Record<string, Type>;
}

export interface Type {
  readonly fqn: string;
  readonly name: string;
  readonly namespace?: string;
  readonly kind: 'class' | 'interface' | 'enum';
  /** Of an interface: whether it is a struct. */
  readonly datatype?: boolean;
  readonly base?: string;
  readonly interfaces?: string[];
  readonly initializer?: { readonly parameters?: Parameter[] };
  readonly properties?: Array<{ readonly name: string; readonly optional?: boolean; readonly static?: boolean }>;
  readonly methods?: Array<{ readonly name: string; readonly static?: boolean; readonly parameters?: Parameter[] }>;
  readonly members?: Array<{ readonly name: string }>;
}

export interface Parameter {
  readonly name: string;
  readonly type: { readonly fqn?: string };
}

/** The assembly of an npm package's folder; a large one is kept compressed. */
export function readAssembly(folder: string): Assembly {
  const compressed = path.join(folder, '.jsii.gz');
  return JSON.parse((existsSync(compressed) ? gunzipSync(readFileSync(compressed)) : readFileSync(path.join(folder, '.jsii'))).toString('utf8'));
}

export const OWN = readAssembly(ROOT);

export const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
export const snake = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
