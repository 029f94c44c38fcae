import * as path from 'path';
import { Aws, CfnResource, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
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
const DEFAULT_RESYNC_INTERVAL = Duration.minutes(5);
/** Bounds of the age at which an event is given up: below the first EventBridge takes none, above the second it is stale. */
const EVENT_AGE_SECONDS = { least: 60, most: 3600 };
/** A stack operation that ended in one of these leaves services that run. */
const FINISHED_STACK = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE'];

/** The names by which events of a cluster are told. */
export interface EventSources {
  readonly clusterArn: string;
  readonly clusterName: string;
  /** Resources that must outlive the rules: a service that is being deleted must not be scaled any more. */
  readonly removedAfterRules: CfnResource[];
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

  private readonly eventAge: Duration;

  public constructor(
    private readonly scope: Construct,
    config: ReconcilerConfig,
    statements: iam.PolicyStatement[],
    private readonly options: ReconcilerOptions,
  ) {
    checkOptions(options);
    const resyncInterval = options.resyncInterval ?? DEFAULT_RESYNC_INTERVAL;
    // An event that waited longer than a resync has nothing new to say.
    this.eventAge = resyncInterval.isUnresolved()
      ? Duration.seconds(EVENT_AGE_SECONDS.most)
      : Duration.seconds(Math.min(Math.max(resyncInterval.toSeconds(), EVENT_AGE_SECONDS.least), EVENT_AGE_SECONDS.most));

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
    this.logGroup.grantWrite(this.role);
    statements.forEach((statement) => this.role.addToPrincipalPolicy(statement));

    this.handler = new lambda.Function(scope, 'Handler', {
      description: 'Keeps the desired count of ECS services on the size of their cluster',
      code: lambda.Code.fromAsset(BUNDLE),
      handler: 'index.handler',
      runtime: options.runtime ?? lambda.Runtime.NODEJS_24_X,
      architecture: options.architecture ?? lambda.Architecture.ARM_64,
      memorySize: options.memorySize ?? 256,
      timeout: options.timeout ?? Duration.minutes(1),
      reservedConcurrentExecutions: options.reservedConcurrentExecutions,
      environment: { [CONFIG_VARIABLE]: Stack.of(scope).toJsonString(config) },
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: options.applicationLogLevel ?? lambda.ApplicationLogLevel.INFO,
      // START, END and REPORT lines off: an event that changes nothing writes nothing.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      deadLetterQueue: this.deadLetterQueue,
      retryAttempts: RETRIES,
      maxEventAge: this.eventAge,
    });
  }

  /** The rules for one cluster: its container instances, its deployments, this stack's operations, and the resync. */
  public addRules(sources: EventSources): void {
    const services = Stack.of(this.scope).formatArn({ service: 'ecs', resource: 'service', resourceName: `${sources.clusterName}/` });
    const wholeEvent = undefined;

    this.addRule('ContainerInstanceRule', sources, wholeEvent, {
      description: 'A container instance of the cluster changed',
      eventPattern: {
        source: [CONTAINER_INSTANCE_EVENT.source],
        detailType: [CONTAINER_INSTANCE_EVENT.detailType],
        detail: { clusterArn: [sources.clusterArn] },
      },
    });
    this.addRule('DeploymentRule', sources, wholeEvent, {
      description: 'A service of the cluster was deployed, which may have reset its desired count',
      eventPattern: {
        source: [DEPLOYMENT_EVENT.source],
        detailType: [DEPLOYMENT_EVENT.detailType],
        // By prefix: a pattern holds 2,048 characters, which a list of ARNs would soon exceed.
        resources: events.Match.prefix(services),
      },
    });
    this.addRule('StackRule', sources, wholeEvent, {
      description: 'An operation on this stack is done: the first count, and a new configuration, take effect',
      eventPattern: {
        source: [STACK_EVENT.source],
        detailType: [STACK_EVENT.detailType],
        detail: { 'stack-id': [Aws.STACK_ID], 'status-details': { status: FINISHED_STACK } },
      },
    });
    this.addRule('ResyncRule', sources, events.RuleTargetInput.fromObject(RECONCILE_INPUT), {
      description: 'Compares everything with its cluster, whatever events said',
      schedule: events.Schedule.rate(this.options.resyncInterval ?? DEFAULT_RESYNC_INTERVAL),
    });
  }

  private addRule(id: string, sources: EventSources, event: events.RuleTargetInput | undefined, props: events.RuleProps): void {
    const rule = new events.Rule(this.scope, id, {
      ...props,
      enabled: this.options.enabled ?? true,
      targets: [new targets.LambdaFunction(this.handler, {
        event,
        deadLetterQueue: this.deadLetterQueue,
        retryAttempts: RETRIES,
        maxEventAge: this.eventAge,
      })],
    });
    // On the L1 alone: a dependency on a whole service would be a cycle where the autoscaler is scoped inside it.
    sources.removedAfterRules.forEach((resource) => (rule.node.defaultChild as CfnResource).addDependency(resource));
    this.rules.push(rule);
  }
}

function checkOptions(options: ReconcilerOptions): void {
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
