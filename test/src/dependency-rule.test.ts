import * as fs from 'fs';
import { builtinModules } from 'module';
import * as path from 'path';
import * as ts from 'typescript';

const ROOT = path.join(__dirname, '..', '..');

interface Import {
  /** The importing file, from the project's root. */
  readonly file: string;
  /** What is imported: a package or built-in by name, a file of the project from its root and without extension. */
  readonly target: string;
  readonly reExport: boolean;
}

/** Everything that a source loads or takes types from: import and export declarations, import(), require(), import types. */
function importsOf(file: string, source: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, reExport = false) => {
    if (specifier === undefined) {
      return;
    }
    // What can't be read can't be allowed.
    const name = ts.isStringLiteralLike(specifier) ? specifier.text : `computed: ${specifier.getText()}`;
    found.push({ file, reExport, target: name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name.replace(/^node:/, '') });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, true);
    } else if (ts.isExternalModuleReference(node)) {
      add(node.expression);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument);
    } else if (ts.isCallExpression(node)
      && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require'))) {
      add(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
  return found;
}

const CONTRACT = 'src/contract';
const ALLOWED_SDK: Record<string, string> = {
  'lambda/ecs-gateway.ts': '@aws-sdk/client-ecs',
  'lambda/environment-credentials.ts': '@aws-sdk/credential-provider-env',
};
/** What the constructs may load besides each other: the two peers, and what Node.js has. */
const PEERS = /^(aws-cdk-lib(\/.+)?|constructs)$/;

/** Why an import breaks the dependency rule, or undefined. */
function violation({ file, target, reExport }: Import): string | undefined {
  const what = `${file} imports ${target}`;
  if (file === `${CONTRACT}.ts`) {
    return `${what}: the contract imports nothing, so that neither side pulls in the other`;
  }
  if (file.startsWith('src/')) {
    if (reExport && target === CONTRACT) {
      return `${file} re-exports the contract: it is no public API`;
    }
    return target.startsWith('src/') || PEERS.test(target) || builtinModules.includes(target) ? undefined
      : `${what}: constructs load each other, their two peers and nothing else, or every user's synth loads it`;
  }
  return target.startsWith('lambda/') || target === CONTRACT || builtinModules.includes(target) || ALLOWED_SDK[file] === target ? undefined
    : `${what}: the reconciler loads itself, the contract, and the AWS SDK in one place only`;
}

function sources(folder: string): string[] {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sources(name) : /\.[cm]?[jt]sx?$/.test(name) ? [name] : [];
  });
}

describe.each([['src', 'src/index.ts'], ['lambda', 'lambda/reconciler.lambda.ts']])('%s', (folder, known) => {
  const files = sources(folder);
  const imports = files.flatMap((file) => importsOf(file, fs.readFileSync(path.join(ROOT, file), 'utf8')));

  test('has sources with imports', () => {
    expect(files).toContain(known);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  test('keeps the dependency rule', () => {
    expect(imports.map(violation).filter(Boolean)).toEqual([]);
  });

  test('imports only files that exist', () => {
    const own = imports.filter(({ target }) => /^(src|lambda)\//.test(target));
    expect(own.filter(({ target }) => !fs.existsSync(path.join(ROOT, `${target}.ts`)))).toEqual([]);
  });
});

test('the SDK is where the rule expects it', () => {
  const packages = sources('lambda')
    .flatMap((file) => importsOf(file, fs.readFileSync(path.join(ROOT, file), 'utf8')))
    .filter(({ target }) => target.startsWith('@'))
    .map(({ file, target }) => [file, target]);

  expect(packages).toEqual(expect.arrayContaining(Object.entries(ALLOWED_SDK)));
});

describe('the rule catches', () => {
  const reasons = (file: string, source: string) => importsOf(file, source).map(violation).filter(Boolean);

  test.each([
    ['src/reconciler.ts', "import { decide } from '../lambda/decide';"],
    ['src/reconciler.ts', "import type { Decision } from '../lambda/decide';"],
    ['src/reconciler.ts', "export * from '../lambda/decide';"],
    ['src/reconciler.ts', "import decide = require('../lambda/decide');"],
    ['src/reconciler.ts', "const decide = require('../lambda/decide');"],
    ['src/reconciler.ts', "async function f() { return (await import('../lambda/decide')).decide; }"],
    ['src/reconciler.ts', "let decision: import('../lambda/decide').Decision;"],
    ['src/reconciler.ts', "import '../local-ecs/world';"],
    ['src/reconciler.ts', "import { LocalStack } from '../local-stack';"],
    ['src/reconciler.ts', "import { day } from '../demo/day';"],
    ['src/deep/file.ts', "import { decide } from '../../lambda/decide';"],
    ['src/reconciler.ts', "import { ECSClient } from '@aws-sdk/client-ecs';"],
    ['src/reconciler.ts', "import { ECS } from 'aws-sdk';"],
    ['src/reconciler.ts', "import * as ts from 'typescript';"],
    ['src/reconciler.ts', 'const name = "x"; require(name);'],
    ['src/index.ts', "export * from './contract';"],
    ['src/index.ts', "export { SUSPENDED_TAG } from './contract';"],
    ['src/contract.ts', "import { Duration } from 'aws-cdk-lib';"],
    ['src/contract.ts', "import type { TaskScaling } from './task-scaling';"],
    ['src/contract.ts', "import 'fs';"],
    ['lambda/decide.ts', "import { TaskScaling } from '../src/task-scaling';"],
    ['lambda/decide.ts', "import { TaskScaling } from '../src';"],
    ['lambda/decide.ts', "import { Duration } from 'aws-cdk-lib';"],
    ['lambda/decide.ts', "import type { Service } from '@aws-sdk/client-ecs';"],
    ['lambda/ecs-gateway.ts', "import { fromEnv } from '@aws-sdk/credential-provider-env';"],
    ['lambda/environment-credentials.ts', "import { ECSClient } from '@aws-sdk/client-ecs';"],
    ['lambda/reconcile.ts', "import { World } from '../local-ecs/world';"],
  ])('%s: %s', (file, source) => {
    expect(reasons(file, source)).toHaveLength(1);
  });

  test.each([
    ['src/reconciler.ts', "import * as path from 'path'; import { Stack } from 'aws-cdk-lib'; import { ServiceConfig } from './contract';"],
    ['src/index.ts', "export * from './task-scaling';"],
    ['src/reconciler.ts', "// import { decide } from '../lambda/decide';\nconst text = \"import '../lambda/decide'\";"],
    ['lambda/reconciler.lambda.ts', "import { setTimeout } from 'timers/promises'; import 'node:fs'; import { decide } from './decide';"],
    ['lambda/ecs-gateway.ts', "import { ECSClient } from '@aws-sdk/client-ecs'; import { SUSPENDED_TAG } from '../src/contract';"],
  ])('nothing in %s: %s', (file, source) => {
    expect(reasons(file, source)).toEqual([]);
  });
});
