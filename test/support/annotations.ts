import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Errors, warnings and notes of an assembly that the CDK CLI would show. */
export function annotations(assembly: string): string[] {
  const json = (file: string) => JSON.parse(readFileSync(path.join(assembly, file), 'utf8'));
  return Object.values<any>(json('manifest.json').artifacts).flatMap(({ metadata, additionalMetadataFile }) => {
    const byPath: Record<string, any[]> = { ...metadata, ...additionalMetadataFile && json(additionalMetadataFile) };
    return Object.entries(byPath).flatMap(([construct, entries]) => entries
      .filter(({ type }) => /^aws:cdk:(error|warning|info)$/.test(type))
      .map(({ type, data }) => `${construct}: ${type}: ${data}`));
  });
}
