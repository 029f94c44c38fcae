/** Programs that tests install by themselves, outside of package.json, each at the version it was tried with. */
export const VERSIONS = {
  /** The newest aws-cdk-lib 2.x, and the CLI that goes with it: aws-cdk 3 rejects its assemblies. */
  newestCdk: '2.276.0',
  cdkCli: '2.1148.1',
  node: { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' },
} as const;
