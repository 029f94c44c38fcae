import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { npmInstall, packedTarball, ROOT } from '../support/installs';

/** The packed tarball, installed into an empty CDK app beside the oldest peers that it allows. */

const MAX_UNPACKED_BYTES = 300 * 1000;
const NAME = 'cdk-daemon-service-autoscaler';
const app = mkdtempSync(path.join(tmpdir(), 'consumer-'));
const installed = path.join(app, 'node_modules', NAME);

before(() => {
  const { peerDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const floor = (peer: string) => peerDependencies[peer].replace('^', '');
  npmInstall(app, {
    [NAME]: `file:${packedTarball()}`, 'aws-cdk-lib': floor('aws-cdk-lib'), 'constructs': floor('constructs'), '@types/node': '20',
  });
});

after(() => rmSync(app, { recursive: true }));

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(path.join(folder, entry.name)) : [path.join(folder, entry.name)]);
}

test('holds the compiled constructs, the bundle, its assembly and documents, and nothing else', () => {
  const names = files(installed).map((file) => path.relative(installed, file));
  const expected = /^(lib\/[a-z-]+\.(js|d\.ts)|assets\/lambda\/reconciler\.lambda(\/index\.js|\.licenses\.txt)|package\.json|\.jsii|\.jsii\.tabl\.json\.gz|API\.md|README\.md|LICENSE)$/;
  assert.deepEqual(names.filter((name) => !expected.test(name)), []);
  for (const needed of ['assets/lambda/reconciler.lambda/index.js', 'assets/lambda/reconciler.lambda.licenses.txt', '.jsii.tabl.json.gz']) assert.ok(names.includes(needed), `${needed} is missing`);
});

test(`has at most ${MAX_UNPACKED_BYTES} bytes without documents and the jsii assembly`, () => {
  const bytes = files(installed).filter((file) => !/\.md$|\.jsii$|\.jsii\.tabl|LICENSE$|\.licenses\.txt$/.test(file)).reduce((sum, file) => sum + statSync(file).size, 0);
  console.log(`unpacked: ${bytes} bytes`);
  assert.ok(bytes <= MAX_UNPACKED_BYTES, `${bytes} bytes`);
});

test('brings no dependency but its two peers', () => {
  const { dependencies = {}, bundledDependencies = [], peerDependencies } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  assert.deepEqual(dependencies, {});
  assert.deepEqual(bundledDependencies, []);
  assert.deepEqual(Object.keys(peerDependencies).sort(), ['aws-cdk-lib', 'constructs']);
});

test('carries the bundle that was built here', () => {
  const bundle = path.join('assets', 'lambda', 'reconciler.lambda', 'index.js');
  assert.ok(readFileSync(path.join(installed, bundle)).equals(readFileSync(path.join(ROOT, bundle))));
});

test('compiles and synthesizes in an app, without loading the AWS SDK', () => {
  writeFileSync(path.join(app, 'app.ts'), `
    import { App, Stack } from 'aws-cdk-lib';
    import { Vpc } from 'aws-cdk-lib/aws-ec2';
    import { Cluster, Ec2Service } from 'aws-cdk-lib/aws-ecs';
    import { DaemonServiceAutoscaler, TaskScaling } from '${NAME}';

    const app = new App({ outdir: 'cdk.out' });
    const stack = new Stack(app, 'Agents', { env: { account: '999988887777', region: 'eu-central-1' } });
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['eu-central-1a'] });
    const cluster = Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'edge', vpc });
    const service = Ec2Service.fromEc2ServiceAttributes(stack, 'Service', { cluster, serviceName: 'node-agent' });
    new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service, scaling: TaskScaling.tasksPerInstance(2), maxTaskCount: 40 });
    app.synth();
    if (Object.keys(require.cache).some((file) => file.includes('@aws-sdk'))) throw new Error('the AWS SDK was loaded');
  `);
  execFileSync(process.execPath, [path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '--strict', '--skipLibCheck', '--types', 'node', '--module', 'node16', '--target', 'es2022', 'app.ts'],
    { cwd: app, stdio: 'inherit' });
  execFileSync(process.execPath, ['app.js'], { cwd: app, stdio: 'inherit' });

  const output = path.join(app, 'cdk.out');
  const { Resources } = JSON.parse(readFileSync(path.join(output, 'Agents.template.json'), 'utf8'));
  const functions = Object.values<any>(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  assert.equal(functions.length, 1);
  const { files: assets } = JSON.parse(readFileSync(path.join(output, 'Agents.assets.json'), 'utf8'));
  const asset = assets[functions[0].Properties.Code.S3Key.replace('.zip', '')];
  assert.deepEqual(readdirSync(path.join(output, asset.source.path)), ['index.js']);
});
