import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { App as AppType, AppProps, Stack as StackType } from 'aws-cdk-lib';

/**
 * Synthesizes the stacks in the folder that it runs in, which has the packed tarball, one aws-cdk-lib and its rule packs, under all
 * of the packs there, and writes what each of them says into report.json. Run with `floor` or `newest`.
 */

export interface Report {
  readonly tools: Record<string, Findings>;
  /** Of each resource: `STACK LOGICAL_ID` to its path in the stack. */
  readonly paths: Record<string, string>;
}

/** What one tool says of all stacks. */
export interface Findings {
  /** `STACK RULE PATH`. */
  readonly found: string[];
  /** How often a rule was asked and content, and how many rules there are, of tools that tell. */
  compliant?: number;
  rules?: number;
  /** Rules that broke or were suppressed. */
  readonly errors: string[];
}

const load = createRequire(path.join(process.cwd(), 'program.js'));
const { App, Aspects, CfnResource, Stack }: typeof import('aws-cdk-lib') = load('aws-cdk-lib');
const ec2: typeof import('aws-cdk-lib/aws-ec2') = load('aws-cdk-lib/aws-ec2');
const ecs: typeof import('aws-cdk-lib/aws-ecs') = load('aws-cdk-lib/aws-ecs');
const lambda: typeof import('aws-cdk-lib/aws-lambda') = load('aws-cdk-lib/aws-lambda');
const sqs: typeof import('aws-cdk-lib/aws-sqs') = load('aws-cdk-lib/aws-sqs');
const { DaemonServiceAutoscaler, FleetDaemonServiceAutoscaler, TaskScaling }: typeof import('../../../src') = load('cdk-daemon-service-autoscaler');
const { HardenedAutoscaler }: typeof import('./hardened') = load('./hardened');
const nag = load('cdk-nag');

const PACKS = ['AwsSolutionsChecks', 'ServerlessChecks', 'HIPAASecurityChecks', 'NIST80053R5Checks', 'PCIDSS321Checks'];

const report: Report = { tools: {}, paths: {} };
const of = (tool: string): Findings => report.tools[tool] ??= { found: [], errors: [] };

function imported(stack: StackType) {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-12345678', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'] });
  const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'edge', vpc, hasEc2Capacity: true });
  return { vpc, cluster, service: ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Service', { cluster, serviceName: 'node-agent' }) };
}

/** Clusters and services are imported: every resource is one of the autoscaler's, or of the hardened example. */
const STACKS: Record<string, (stack: StackType) => void> = {
  Default: (stack) => {
    const { cluster, service } = imported(stack);
    new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service });
  },
  Vcpus: (stack) => {
    const { cluster, service } = imported(stack);
    new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service, scaling: TaskScaling.linear({ vcpusPerTask: 4 }) });
  },
  ListedFleet: (stack) => {
    new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', { serviceName: 'node-agent', clusters: [imported(stack).cluster] });
  },
  Fleet: (stack) => {
    new FleetDaemonServiceAutoscaler(stack, 'Autoscaler', { serviceName: 'node-agent' });
  },
  Hardened: (stack) => {
    const { vpc, cluster, service } = imported(stack);
    new HardenedAutoscaler(stack, 'Example', cluster, service, vpc);
  },
  // What every tool must find, or it didn't look.
  Broken: (stack) => {
    new sqs.CfnQueue(stack, 'Queue', { sqsManagedSseEnabled: false });
    new lambda.CfnFunction(stack, 'Function', {
      code: { zipFile: 'x' }, handler: 'index.handler', runtime: 'nodejs16.x', memorySize: 5, role: 'arn:aws:iam::111122223333:role/broken',
    });
  },
};

/** A construct's stack, and its path from there. */
function pathOf(constructPath: string): [string, string] {
  const [stack, ...rest] = constructPath.split('/');
  return [stack, rest.filter((id) => id !== 'Resource').join('/')];
}

function app(props: AppProps): AppType {
  const made = new App({ outdir: 'cdk.out', ...props });
  for (const [name, build] of Object.entries(STACKS)) {
    const stack = new Stack(made, name, { env: { account: '111122223333', region: 'eu-west-1' } });
    build(stack);
    for (const resource of stack.node.findAll()) {
      if (CfnResource.isCfnResource(resource)) report.paths[`${name} ${stack.resolve(resource.logicalId)}`] = pathOf(resource.node.path)[1];
    }
  }
  return made;
}

/** cdk-nag 2 as an aspect, and Control Tower's rules as a plugin: the oldest aws-cdk-lib takes both. */
function floor(): void {
  const { CfnGuardValidator } = load('@cdklabs/cdk-validator-cfnguard');
  const guard = new CfnGuardValidator();
  const made = app({
    policyValidationBeta1: [{
      name: guard.name,
      validate: (context) => {
        for (const { ruleName, violatingResources } of guard.validate(context).violations) {
          for (const { resourceLogicalId, templatePath } of violatingResources) {
            const stack = path.basename(templatePath).split('.')[0];
            of('Control Tower').found.push([stack, ruleName, report.paths[`${stack} ${resourceLogicalId}`]].join(' '));
          }
        }
        return { success: true, violations: [] };
      },
    }],
  });
  of('Control Tower').rules = guard.ruleIds.length;
  const inWords = ({ ruleId, findingId, resource }: any) => {
    const [stack, rest] = pathOf(resource.node.path);
    return [stack, findingId ? `${ruleId}[${findingId}]` : ruleId, rest].join(' ');
  };
  const logger = {
    onCompliance: ({ nagPackName }: any) => { of(nagPackName).compliant = (of(nagPackName).compliant ?? 0) + 1; },
    onNonCompliance: (data: any) => of(data.nagPackName).found.push(inWords(data)),
    onError: (data: any) => of(data.nagPackName).errors.push(`${inWords(data)}: ${data.errorMessage}`),
    onSuppressed: (data: any) => of(data.nagPackName).errors.push(`${inWords(data)} is suppressed`),
    onSuppressedError: (data: any) => of(data.nagPackName).errors.push(`${inWords(data)} is suppressed`),
    onNotApplicable: () => {},
  };
  for (const pack of PACKS) Aspects.of(made).add(new nag[pack]({ reports: false, additionalLoggers: [logger] }));
  made.synth();
}

/** cdk-nag 3 as plugins, beside the validation that aws-cdk-lib does by itself. */
function newest(): void {
  const made = app({});
  load('aws-cdk-lib').Validations.of(made).addPlugins(...PACKS.map((pack) => new nag[pack](made)));
  // Findings of a plugin are an error once the report is written.
  assert.throws(() => made.synth(), /Validation failed/);
  const { pluginReports } = JSON.parse(readFileSync('cdk.out/validation-report.json', 'utf8'));
  for (const { pluginName, violations } of pluginReports) {
    const tool = of(pluginName);
    for (const { ruleName, violatingConstructs } of violations) {
      for (const { constructPath } of violatingConstructs) {
        const [stack, rest] = pathOf(constructPath);
        tool.found.push([stack, ruleName, rest].join(' '));
      }
    }
  }
}

({ floor, newest })[process.argv[2] as 'floor' | 'newest']();
writeFileSync('report.json', JSON.stringify(report));
