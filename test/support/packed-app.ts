import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { ROOT, run, unpackTarball } from './installs';

/** Synthesizes an app in `folder` with the packed construct beside the oldest peers that it allows; returns the assembly. */
export function synthesizePacked(folder: string, app: string, env: NodeJS.ProcessEnv = {}): string {
  const modules = path.join(folder, 'node_modules');
  const packed = path.join(modules, 'cdk-daemon-service-autoscaler');
  unpackTarball(packed);
  // The development dependencies are the peer floor.
  for (const peer of ['aws-cdk-lib', 'constructs']) symlinkSync(path.join(ROOT, 'node_modules', peer), path.join(modules, peer));
  const assembly = path.join(folder, 'cdk.out');
  run(process.execPath, [app], { cwd: folder, env: { ...env, NODE_PATH: modules, CDK_OUTDIR: assembly } });
  return assembly;
}
