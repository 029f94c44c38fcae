import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';

export interface FixtureOptions {
  /** @default Fixture */
  readonly stackName?: string;
  readonly code?: 'function' | 'broken';
  readonly handler?: string;
  readonly retryAttempts?: number;
  readonly maxEventAge?: Duration;
  readonly logLevel?: lambda.ApplicationLogLevel;
  /** Changes the stack before it is synthesized. */
  readonly change?: (stack: FixtureStack) => void;
}

/** A function behind two rules, with nothing of this library: local-stack is tested on its own. */
export class FixtureStack extends Stack {
  readonly cluster = new ecs.CfnCluster(this, 'Cluster');
  readonly queue = new sqs.Queue(this, 'Dead', { enforceSSL: true });
  readonly role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  readonly function: lambda.Function;
  readonly orders: events.Rule;
  readonly schedule: events.Rule;

  constructor(app: App, options: FixtureOptions) {
    super(app, options.stackName ?? 'Fixture');
    this.function = new lambda.Function(this, 'Function', {
      runtime: lambda.Runtime.NODEJS_24_X,
      code: lambda.Code.fromAsset(path.join(__dirname, 'fixtures', options.code ?? 'function')),
      handler: options.handler ?? 'index.handler',
      role: this.role,
      timeout: Duration.seconds(2),
      memorySize: 256,
      environment: { CLUSTER: this.cluster.attrArn },
      deadLetterQueue: this.queue,
      retryAttempts: options.retryAttempts,
      maxEventAge: options.maxEventAge,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: options.logLevel,
    });
    this.role.addToPolicy(new iam.PolicyStatement({
      actions: ['ecs:UpdateService', 'ecs:DescribeServices', 'ecs:DescribeContainerInstances'],
      resources: ['service', 'container-instance'].map((type) =>
        this.formatArn({ service: 'ecs', resource: type, resourceName: `${this.cluster.ref}/*` })),
      conditions: { ArnEquals: { 'ecs:cluster': this.cluster.attrArn } },
    }));
    this.role.addToPolicy(new iam.PolicyStatement({ actions: ['ecs:ListContainerInstances'], resources: [this.cluster.attrArn] }));
    this.orders = new events.Rule(this, 'Orders', {
      eventPattern: { source: ['shop'], detailType: ['Order'] },
      targets: [new targets.LambdaFunction(this.function, { deadLetterQueue: this.queue })],
    });
    this.schedule = new events.Rule(this, 'Schedule', {
      schedule: events.Schedule.rate(Duration.minutes(5)),
      targets: [new targets.LambdaFunction(this.function, { event: events.RuleTargetInput.fromObject({ tick: true }) })],
    });
    options.change?.(this);
  }
}

/** Synthesizes the fixture into a new directory under the system's temporary one. */
export function synthesize(options: FixtureOptions = {}): string {
  const app = new App({ outdir: fs.mkdtempSync(path.join(os.tmpdir(), 'local-stack-')) });
  new FixtureStack(app, options);
  return app.synth().directory;
}
