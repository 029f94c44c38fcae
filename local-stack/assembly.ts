import * as fs from 'node:fs';
import * as path from 'node:path';

/** One stack of a synthesized cloud assembly, as the CDK CLI would find it: nothing here looks at the app's sources. */
export interface StackArtifact {
  /** The name CloudFormation gives the stack. */
  readonly stackName: string;
  /** Undefined where the stack is environment-agnostic. */
  readonly accountId?: string;
  readonly region?: string;
  readonly template: TemplateDocument;
  /** S3 object key → the asset's directory on this machine. */
  readonly assets: ReadonlyMap<string, string>;
}

export interface TemplateDocument {
  readonly Parameters?: Record<string, { Type: string; Default?: string }>;
  readonly Resources: Record<string, ResourceDocument>;
}

export interface ResourceDocument {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly Condition?: string;
}

interface Manifest {
  artifacts: Record<string, {
    type: string;
    environment?: string;
    dependencies?: string[];
    properties?: { templateFile?: string; stackName?: string; file?: string };
  }>;
}

interface AssetManifest {
  files?: Record<string, {
    source: { path?: string; packaging?: string };
    destinations: Record<string, { objectKey: string }>;
  }>;
}

/** Reads the stack named `stackName` (or the only one) from a `cdk.out` directory. */
export function readStack(assembly: string, stackName?: string): StackArtifact {
  const manifest = readJson<Manifest>(path.join(assembly, 'manifest.json'));
  const stacks = Object.entries(manifest.artifacts)
    .filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
    .map(([id, artifact]) => ({ ...artifact, name: artifact.properties?.stackName ?? id }));
  const names = stacks.map((stack) => stack.name).join(', ');
  const wanted = stackName === undefined ? stacks : stacks.filter((stack) => stack.name === stackName);
  if (wanted.length !== 1) {
    throw new Error(stackName === undefined
      ? `The assembly ${assembly} holds ${stacks.length} stacks (${names}): pass stackName to choose one.`
      : `The assembly ${assembly} holds no stack "${stackName}", only: ${names || 'none'}.`);
  }
  const stack = wanted[0];
  const assets = new Map<string, string>();
  for (const id of stack.dependencies ?? []) {
    const dependency = manifest.artifacts[id];
    if (dependency?.type !== 'cdk:asset-manifest') continue;
    for (const [key, directory] of readAssets(assembly, dependency.properties!.file!)) assets.set(key, directory);
  }
  const [, accountId, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(stack.environment ?? '') ?? [];
  return {
    stackName: stack.name,
    accountId: accountId === 'unknown-account' ? undefined : accountId,
    region: region === 'unknown-region' ? undefined : region,
    template: readJson<TemplateDocument>(path.join(assembly, stack.properties!.templateFile!)),
    assets,
  };
}

function readAssets(assembly: string, file: string): [string, string][] {
  const { files = {} } = readJson<AssetManifest>(path.join(assembly, file));
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ objectKey }): [string, string] => [objectKey, path.resolve(assembly, source.path ?? '')]));
}

function readJson<T>(file: string): T {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
}
