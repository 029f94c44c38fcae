/**
 * What the rule packs find in the constructs' resources, finding by finding, each with the reason why it stays or the property that
 * mends it. A finding that isn't here fails the tests, and so does one here that nobody makes.
 */

export interface Remaining {
  readonly tool: string;
  readonly rule: string;
  readonly stacks: readonly string[];
  /** The construct's path in its stack. */
  readonly path: string;
  readonly reason: string;
}

/** With and without options, but none of those that the hardened example has. */
const PLAIN = ['Default', 'Vcpus', 'ListedFleet', 'Fleet'];
const HARDENED = ['Hardened'];
const ECS = 'arn:<AWS::Partition>:ecs:eu-west-1:111122223333';

const mended = (tool: string, property: string, path: string, rules: readonly string[]): Remaining[] =>
  rules.map((rule) => ({ tool, rule, stacks: PLAIN, path, reason: `mended by the property ${property}, as in the hardened example` }));

const stays = (tool: string, rule: string, plain: string, hardened: string, reason: string): Remaining[] => [
  { tool, rule, stacks: PLAIN, path: plain, reason },
  { tool, rule, stacks: HARDENED, path: hardened, reason },
];

const pack = (tool: string, rules: readonly string[]): Remaining[] => [
  ...mended(tool, 'logGroup', 'Autoscaler/LogGroup', [`${tool}-CloudWatchLogGroupEncrypted`]),
  ...mended(tool, 'managedPolicy', 'Autoscaler/Role/DefaultPolicy', [`${tool}-IAMNoInlinePolicy`]),
  ...mended(tool, 'vpc', 'Autoscaler/Handler', [`${tool}-LambdaInsideVPC`]),
  ...mended(tool, 'reservedConcurrentExecutions', 'Autoscaler/Handler', rules),
];

const wildcard = (stack: string, path: string, resource: string, reason: string): Remaining =>
  ({ tool: 'AwsSolutions', rule: `AwsSolutions-IAM5[Resource::${resource}]`, stacks: [stack], path, reason });

export const REMAINING: readonly Remaining[] = [
  wildcard('Vcpus', 'Autoscaler/Role/DefaultPolicy', `${ECS}:container-instance/edge/*`, 'instances come and go; they are those of one cluster'),
  wildcard('Fleet', 'Autoscaler/Role/DefaultPolicy', `${ECS}:service/*/node-agent`, 'a fleet without clusters is every cluster, later ones included'),
  wildcard('Fleet', 'Autoscaler/Role/DefaultPolicy', `${ECS}:cluster/*`, 'a fleet without clusters is every cluster, later ones included'),
  wildcard('Fleet', 'Autoscaler/Role/DefaultPolicy', '*', 'ecs:ListClusters has no resource type'),
  wildcard('Hardened', 'Example/Policy', '*', 'what Lambda does with network interfaces works on no narrower resource'),

  ...stays('Serverless', 'Serverless-SQSRedrivePolicy', 'Autoscaler/DeadLetterQueue', 'Example/DeadLetterQueue', 'it is the dead-letter queue itself'),
  ...stays('Serverless', 'Serverless-LambdaAsyncFailureDestination', 'Autoscaler/Handler/EventInvokeConfig', 'Example/Autoscaler/Handler/EventInvokeConfig',
    'failed events go to the dead-letter queue, which another rule of this pack asks for'),
  ...stays('Serverless', 'Serverless-LambdaTracing', 'Autoscaler/Handler', 'Example/Autoscaler/Handler',
    'traces cost money and need permissions on every resource; one function that calls one API has no path to trace, and logs each change'),

  ...pack('HIPAA.Security', ['HIPAA.Security-LambdaConcurrency']),
  ...pack('NIST.800.53.R5', ['NIST.800.53.R5-LambdaConcurrency']),
  ...pack('PCI.DSS.321', []),

  ...mended('Control Tower', 'logGroup', 'Autoscaler/LogGroup', ['cloudwatch_log_group_retention_period_check', 'cloudwatch_log_group_encrypted_check']),
  ...mended('Control Tower', 'vpc', 'Autoscaler/Handler', ['lambda_inside_vpc_check']),
  ...mended('Control Tower', 'deadLetterQueue', 'Autoscaler/DeadLetterQueue', ['sqs_dlq_check']),

  ...stays('cfn-lint', 'W3005', 'Autoscaler/Handler', 'Example/Autoscaler/Handler',
    'aws-cdk-lib makes every function wait for its role as a whole; its own validation leaves this rule out, too'),
];

/** What each tool must find in the stack that is broken on purpose. */
export const BROKEN: Readonly<Record<string, readonly string[]>> = {
  'AwsSolutions': ['AwsSolutions-SQS2 Queue', 'AwsSolutions-SQS4 Queue', 'AwsSolutions-L1 Function'],
  'Serverless': ['Serverless-LambdaDLQ Function'],
  'HIPAA.Security': ['HIPAA.Security-LambdaDLQ Function'],
  'NIST.800.53.R5': ['NIST.800.53.R5-LambdaDLQ Function'],
  'PCI.DSS.321': ['PCI.DSS.321-LambdaInsideVPC Function'],
  'Control Tower': ['sqs_queue_encrypted_check Queue', 'lambda_inside_vpc_check Function'],
  'CloudFormation Validate': ['F3034 Function', 'W2531 Function'],
  'cfn-lint': ['E3034 Function'],
};
