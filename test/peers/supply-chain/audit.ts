import { spawnSync } from 'node:child_process';
import { run } from '../../support/installs';

export type AuditReport = { readonly counts: Readonly<Record<string, number>> } | { readonly refused: string };

/** What `npm audit` says of what is installed in a folder, development dependencies left out. */
export function audit(folder: string): AuditReport {
  // A finding is an exit code above 0, too.
  const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const report = JSON.parse(stdout || '{}');
  const counts = report.metadata?.vulnerabilities;
  if (counts) return { counts };
  const line = [report.message, report.error?.summary, ...stderr.split('\n')].find((text) => /\S/.test(text ?? '')) ?? 'nothing';
  // The registry's host is the machine's own affair.
  return { refused: line.replace(/https?:\/\/[^/\s]+/g, '') };
}

/** The packages whose version is deprecated, each with its reason. */
export function deprecations(packages: ReadonlyMap<string, string>): string[] {
  return [...packages].flatMap(([name, version]) => {
    const known = JSON.parse(run('npm', ['view', `${name}@${version}`, 'name', 'version', 'deprecated', '--json', '--prefer-offline']));
    if (known.version !== version) throw new Error(`the registry doesn't know ${name}@${version}`);
    return known.deprecated ? [`${name}@${version}: ${known.deprecated}`] : [];
  });
}
