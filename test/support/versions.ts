/** Programs that tests install by themselves, outside of package.json, each at the version it was tried with. */
export const VERSIONS = {
  /** The newest aws-cdk-lib 2.x, and the CLI that goes with it: aws-cdk 3 rejects its assemblies. */
  newestCdk: '2.276.0',
  cdkCli: '2.1148.1',
  /** Accepts assemblies of the peer floor, not of the newest aws-cdk-lib. */
  integRunner: '2.197.10',
  node: { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' },
  /** Each @aws-sdk/client-… */
  awsSdk: '3.1164.0',
  ministack: '1.5.33',
  moto: '5.2.5',
  /** In the apps of all languages: the oldest that aws-cdk-lib's Go module takes at our floor. */
  bindingsConstructs: '10.4.2',
  awsLambdaRic: '3.3.0',
  eventRuler: '2.1.0',
  /** cdk-nag 2 takes the peer floor, 3 the newest aws-cdk-lib; both want constructs as new as this. */
  rulePacks: { constructs: '10.6.0', cdkNag: { floor: '2.38.2', newest: '3.0.2' }, cfnguard: '0.0.62', cfnLint: '1.58.0' },
} as const;
