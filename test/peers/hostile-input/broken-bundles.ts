import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleFunction, ROOT } from '../../support/installs';

/** A change of lambda/ that lets hostile input through, and what the campaign must find then. */
export interface Weakness {
  readonly campaign: 'events' | 'configurations' | 'answers';
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly finding: RegExp;
}

export const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  'follows an event into any cluster': {
    campaign: 'events',
    file: 'reconcile.ts',
    finding: /^a call that it must not make/,
    from: 'trigger.clusterArn === clusterArn ? [{ clusterArn, services }] : []',
    to: '[{ clusterArn: trigger.clusterArn, services }]',
  },
  'quotes whatever was received, whole': {
    campaign: 'events',
    file: 'fields.ts',
    finding: /^a message of \d{6,} characters/,
    from: 'printable(JSON.stringify(value), SHOWN_CHARACTERS)',
    to: 'JSON.stringify(value)',
  },
  'trusts the attributes of an event': {
    campaign: 'events',
    file: 'event.ts',
    finding: /^a raw TypeError/,
    from: 'Array.isArray(detail.attributes) ? parseAttributes(detail.attributes) : undefined',
    to: 'parseAttributes(detail.attributes as unknown[])',
  },
  'writes text of the event to its log': {
    campaign: 'events',
    file: 'reconciler.lambda.ts',
    finding: /^a log line that is no JSON object|^INFO lines|^a log line with other fields/,
    from: 'const trigger = parseEvent(payload);',
    to: 'process.stdout.write(`${(payload as any)?.source}\\n`); const trigger = parseEvent(payload);',
  },
  'copies the event member by member': {
    campaign: 'events',
    file: 'reconciler.lambda.ts',
    finding: /^a built-in prototype was changed/,
    from: 'const trigger = parseEvent(payload);',
    to: `const copy = (to: any, from: any) => { for (const key of Object.keys(from ?? {})) typeof from[key] === 'object' ? copy(to[key] ??= {}, from[key]) : to[key] = from[key]; };
      try { copy({}, payload); } catch { /* too deep */ }
      const trigger = parseEvent(payload);`,
  },
  'takes bounds that contradict each other': {
    campaign: 'configurations',
    file: 'config.ts',
    finding: /^expected InvalidConfigurationError, got a result/,
    from: 'field.wholeNumber(minTaskCount ?? 0)',
    to: 'field.wholeNumber(0)',
  },
  'rounds down': {
    campaign: 'configurations',
    file: 'decide.ts',
    finding: /^desired counts/,
    from: 'Math.ceil(',
    to: 'Math.floor(',
  },
  'takes an answer without a list for an empty cluster': {
    campaign: 'answers',
    file: 'ecs-gateway.ts',
    finding: /^a message that only a programmer understands/,
    from: 'answer.member(items).list()',
    to: '(answer.value as any)[items].map((item: unknown) => new Field(item, items, (message) => new Error(message)))',
  },
};

/** The bundle of lambda/ with this one change, made with the options of the real one. */
export function weakBundle({ file, from, to }: Weakness): { readonly bundle: string; readonly folder: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'weak-bundle-'));
  mkdirSync(path.join(folder, 'src'));
  for (const part of ['lambda', 'src/contract.ts', 'tsconfig.json', 'tsconfig.dev.json']) cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const source = path.join(folder, 'lambda', file);
  const text = readFileSync(source, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`lambda/${file} doesn't hold this once, so that it can't be broken on purpose: ${from}`);
  writeFileSync(source, text.replace(from, () => to));
  bundleFunction(folder);
  return { folder, bundle: path.join(folder, 'assets', 'lambda', 'reconciler.lambda', 'index.js') };
}
