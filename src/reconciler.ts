import * as path from 'path';
import { Aws, CfnResource, Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  CONFIG_VARIABLE, CONTAINER_INSTANCE_EVENT, DEPLOYMENT_EVENT, RECONCILE_INPUT, ReconcilerConfig, STACK_EVENT,
} from './contract';
import { ReconcilerOptions } from './options';

const BUNDLE = path.join(__dirname, '..', 'assets', 'lambda', 'reconciler.lambda');
const OLDEST_NODE = 20; // the target of the bundle
const RETRIES = 2;
/** Bounds of the age at which an event is given up: below the first EventBridge takes none, above the second it is stale. */
const EVENT_AGE_SECONDS = { least: 60, most: 3600 };
/** A stack operation that ended in one of these leaves services that run. */
const FINISHED_STACK = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE'];

/**
 * What Lambda does with the role to connect a function to a VPC: as its documentation asks, on all resources.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
];
/** What whoever sends to an encrypted queue needs of its key. */
const SENDER_KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Defaults that a fleet has differently. */
export interface ReconcilerDefaults {
  readonly resyncInterval: Duration;
  readonly timeout: Duration;
}

/** What in a stack tells the events of managed clusters from others. */
export interface EventSources {
  /** One rule for each. */
  readonly containerInstances: events.EventPattern[];
  readonly deployments: events.EventPattern;
}

/**
 * The function with its role, log group, dead-letter queue and rules. Its parts are children of `scope` itself: their ids are
 * part of the public contract, for another id replaces the resource in every user's stack.
 */
export class Reconciler {
  public readonly handler: lambda.Function;
  public readonly role: iam.IRole;
  public readonly logGroup: logs.ILogGroup;
  public readonly deadLetterQueue: sqs.IQueue;
  public readonly rules: events.Rule[] = [];

  /** Takes the function's statements. */
  private readonly permissions: iam.IGrantable;
  private readonly resyncInterval: Duration;
  private readonly eventAge: Duration;

  public constructor(
    private readonly scope: Construct,
    /** Called at synthesis: services may be added until then. */
    config: () => ReconcilerConfig,
    private readonly options: ReconcilerOptions,
    defaults: ReconcilerDefaults,
  ) {
    checkOptions(options);
    this.resyncInterval = options.resyncInterval ?? defaults.resyncInterval;
    // An event that waited longer than a resync has nothing new to say.
    this.eventAge = this.resyncInterval.isUnresolved()
      ? Duration.seconds(EVENT_AGE_SECONDS.most)
      : Duration.seconds(Math.min(Math.max(this.resyncInterval.toSeconds(), EVENT_AGE_SECONDS.least), EVENT_AGE_SECONDS.most));

    this.logGroup = options.logGroup ?? new logs.LogGroup(scope, 'LogGroup', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deadLetterQueue = options.deadLetterQueue ?? new sqs.Queue(scope, 'DeadLetterQueue', {
      enforceSSL: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
    });
    // Given to the function, so that CDK adds no managed policy of its own.
    this.role = options.role ?? new iam.Role(scope, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: 'Reads an ECS cluster and sets the desired count of its managed services',
    });
    options.managedPolicy?.attachToRole(this.role);
    this.permissions = options.managedPolicy ?? this.role;
    this.logGroup.grantWrite(this.permissions);

    this.handler = new lambda.Function(scope, 'Handler', {
      description: 'Keeps the desired count of ECS services on the size of their cluster',
      code: lambda.Code.fromAsset(BUNDLE),
      handler: 'index.handler',
      runtime: options.runtime ?? lambda.Runtime.NODEJS_24_X,
      architecture: options.architecture ?? lambda.Architecture.ARM_64,
      memorySize: options.memorySize ?? 256,
      timeout: options.timeout ?? defaults.timeout,
      reservedConcurrentExecutions: options.reservedConcurrentExecutions,
      environment: { [CONFIG_VARIABLE]: Lazy.string({ produce: () => Stack.of(scope).toJsonString(config()) }) },
      environmentEncryption: options.environmentEncryption,
      role: this.role,
      ...this.network(),
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: options.applicationLogLevel ?? lambda.ApplicationLogLevel.INFO,
      // START, END and REPORT lines off: an event that changes nothing writes nothing.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      retryAttempts: RETRIES,
      maxEventAge: this.eventAge,
    });
    options.environmentEncryption?.grantDecrypt(this.permissions);
    this.sendFailedEventsToQueue();
    if (options.managedPolicy) {
      this.handler.node.addDependency(options.managedPolicy); // as it would wait for an inline policy
    }
  }

  /** Permits the function to do this. */
  public allow(statement: iam.PolicyStatement): void {
    this.permissions.grantPrincipal.addToPrincipalPolicy(statement);
  }

  /** The function's security groups. */
  public get connections(): ec2.Connections {
    if (!this.options.vpc) {
      throw new Error('connections: the function is in no VPC and has no security group, expected the property vpc');
    }
    return this.handler.connections;
  }

  /** The rules: container instances, deployments, this stack's operations, and the resync. */
  public addRules(sources: EventSources): void {
    const wholeEvent = undefined;

    sources.containerInstances.forEach((pattern, index) => this.addRule(`ContainerInstanceRule${index === 0 ? '' : index + 1}`, wholeEvent, {
      description: 'A container instance changed',
      eventPattern: { source: [CONTAINER_INSTANCE_EVENT.source], detailType: [CONTAINER_INSTANCE_EVENT.detailType], ...pattern },
    }));
    this.addRule('DeploymentRule', wholeEvent, {
      description: 'A service was deployed, which may have reset its desired count',
      eventPattern: { source: [DEPLOYMENT_EVENT.source], detailType: [DEPLOYMENT_EVENT.detailType], ...sources.deployments },
    });
    this.addRule('StackRule', wholeEvent, {
      description: 'An operation on this stack is done: the first count, and a new configuration, take effect',
      eventPattern: {
        source: [STACK_EVENT.source],
        detailType: [STACK_EVENT.detailType],
        detail: { 'stack-id': [Aws.STACK_ID], 'status-details': { status: FINISHED_STACK } },
      },
    });
    this.addRule('ResyncRule', events.RuleTargetInput.fromObject(RECONCILE_INPUT), {
      description: 'Compares everything with its cluster, whatever events said',
      schedule: events.Schedule.rate(this.resyncInterval),
    });
  }

  /** A resource that must outlive the rules: a service that is being deleted must not be scaled any more. */
  public removeRulesBefore(resource: CfnResource): void {
    // On the L1 alone: a dependency on a whole service would be a cycle where the autoscaler is scoped inside it.
    this.rules.forEach((rule) => rule.node.defaultChild!.node.addDependency(resource));
  }

  private network(): Pick<lambda.FunctionProps, 'vpc' | 'vpcSubnets' | 'securityGroups'> {
    const { vpc, vpcSubnets, securityGroups } = this.options;
    if (!vpc) return {};
    this.allow(new iam.PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] }));
    return { vpc, vpcSubnets, securityGroups: securityGroups ?? [this.makeSecurityGroup(vpc)] };
  }

  private makeSecurityGroup(vpc: ec2.IVpc): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this.scope, 'SecurityGroup', {
      vpc,
      description: 'The reconciler of ECS desired counts: HTTPS out',
      allowAllOutbound: false,
    });
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'The ECS API');
    return group;
  }

  private sendFailedEventsToQueue(): void {
    const { queueArn, encryptionMasterKey } = this.deadLetterQueue;
    // Not by the function's own property, which adds its statement to the role whatever else should take it.
    (this.handler.node.defaultChild as lambda.CfnFunction).deadLetterConfig = { targetArn: queueArn };
    this.allow(new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn] }));
    if (!encryptionMasterKey) return;
    encryptionMasterKey.grant(this.permissions, ...SENDER_KEY_ACTIONS);
    // The rules send to it as well. Their ARNs would make a cycle: a rule needs the function, and the function may need this key.
    encryptionMasterKey.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: SENDER_KEY_ACTIONS,
      resources: ['*'], // of a key policy: this key
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }));
  }

  private addRule(id: string, event: events.RuleTargetInput | undefined, props: events.RuleProps): void {
    this.rules.push(new events.Rule(this.scope, id, {
      ...props,
      enabled: this.options.enabled ?? true,
      targets: [new targets.LambdaFunction(this.handler, {
        event,
        deadLetterQueue: this.deadLetterQueue,
        retryAttempts: RETRIES,
        maxEventAge: this.eventAge,
      })],
    }));
  }
}

function checkOptions(options: ReconcilerOptions): void {
  for (const name of ['vpcSubnets', 'securityGroups'] as const) {
    if (options[name] && !options.vpc) {
      throw new Error(`${name}: received without vpc, expected both: only a function in a VPC has them`);
    }
  }
  if (options.securityGroups?.length === 0) {
    throw new Error('securityGroups: received no security group, expected from one to five. Leave it out for one that only lets HTTPS out');
  }
  const { resyncInterval, timeout, runtime, reservedConcurrentExecutions } = options;
  if (resyncInterval && !resyncInterval.isUnresolved() && !isWholeMinutes(resyncInterval)) {
    throw new Error(`resyncInterval: received ${resyncInterval.toHumanString()}, expected a whole number of minutes, at least 1 `
      + '(EventBridge schedules by the minute). Example: Duration.minutes(5)');
  }
  if (timeout && !timeout.isUnresolved() && (timeout.toSeconds() < 10 || timeout.toSeconds() > 900)) {
    throw new Error(`timeout: received ${timeout.toHumanString()}, expected from 10 seconds to 15 minutes: `
      + 'an invocation may wait for a second reading and for retries of throttled calls');
  }
  if (runtime && !(Number(/^nodejs(\d+)\.x$/.exec(runtime.name)?.[1]) >= OLDEST_NODE)) {
    throw new Error(`runtime: received ${runtime.name}, expected a Node.js runtime, nodejs${OLDEST_NODE}.x or newer`);
  }
  if (reservedConcurrentExecutions !== undefined && !Token.isUnresolved(reservedConcurrentExecutions) && reservedConcurrentExecutions < 1) {
    throw new Error(`reservedConcurrentExecutions: received ${reservedConcurrentExecutions}, expected at least 1. `
      + 'With none the function never runs; to pause it, set enabled: false');
  }
}

function isWholeMinutes(duration: Duration): boolean {
  const minutes = duration.toMinutes({ integral: false });
  return Number.isInteger(minutes) && minutes >= 1;
}
