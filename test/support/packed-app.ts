import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { packedTarball, ROOT, run } from './installs';

/** Synthesizes an app in `folder` with the packed construct beside the oldest peers that it allows; returns the assembly. */
export function synthesizePacked(folder: string, app: string, env: NodeJS.ProcessEnv = {}): string {
  const modules = path.join(folder, 'node_modules');
  const packed = path.join(modules, 'cdk-daemon-service-autoscaler');
  mkdirSync(packed, { recursive: true });
  run('tar', ['-xzf', packedTarball(), '-C', packed, '--strip-components=1']);
  // The development dependencies are the peer floor.
  for (const peer of ['aws-cdk-lib', 'constructs']) symlinkSync(path.join(ROOT, 'node_modules', peer), path.join(modules, peer));
  const assembly = path.join(folder, 'cdk.out');
  run(process.execPath, [app], { cwd: folder, env: { ...env, NODE_PATH: modules, CDK_OUTDIR: assembly } });
  return assembly;
}
