import { createRequire } from 'node:module';
import path from 'node:path';
import { Manifest } from 'aws-cdk-lib/cloud-assembly-schema';

/** Synthesizes an example of this repository as integ-runner wants it: with a manifest that says which stacks are compared. */
export function integExample(name: string, stacks: string[]): void {
  // Not imported: the example is an app of its own, which knows this library by its package's name.
  createRequire(__filename)(path.join('..', '..', 'examples', 'typescript', name, 'app'));
  Manifest.saveIntegManifest({
    version: Manifest.version(),
    // Asset hashes are pinned once, in test/src/calm-snapshot.test.ts; and without the update workflow no asset is kept.
    testCases: { [name]: { stacks, diffAssets: false, stackUpdateWorkflow: false } },
  }, path.join(process.env.CDK_OUTDIR!, 'integ.json'));
}
