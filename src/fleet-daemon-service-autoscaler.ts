import { Aspects, AspectPriority, Aws, Duration, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ReconcilerOptions, ServiceScalingOptions } from './options';
import { Reconciler } from './reconciler';
import { ServiceChecks } from './service-checks';
import { ServiceScaling } from './service-scaling';

/** Characters of cluster ARNs in one pattern: EventBridge allows 2,048 in all. */
const PATTERN_CHARACTERS = 1_800;
/** What a cluster ARN may come to that only the deployment knows. */
const UNKNOWN_ARN_CHARACTERS = 150;
/** What partition, Region and account may come to where only they are unknown. */
const UNKNOWN_PARTS_CHARACTERS = 40;

/**
 * Properties of a `FleetDaemonServiceAutoscaler`.
 */
export interface FleetDaemonServiceAutoscalerProps extends ServiceScalingOptions, ReconcilerOptions {
  /**
   * The name that the services have in their clusters: 1 to 255 letters, digits, hyphens and underscores, as ECS allows.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
   */
  readonly serviceName: string;

  /**
   * The clusters, of the account and Region of the autoscaler's stack.
   *
   * @default - every cluster of the account and Region, those included that come later
   */
  readonly clusters?: ecs.ICluster[];
}

/**
 * Makes the desired count of all services of one name follow the size of each one's cluster, in every cluster of the account
 * and Region or in those that are listed. A cluster without such a service is skipped in silence.
 *
 * By default it resyncs every 15 minutes and has a timeout of 15 minutes: a resync goes through the clusters in one
 * invocation, uses a quarter of the account's API limits and starts at another cluster each time.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 * @example
 * new FleetDaemonServiceAutoscaler(this, 'FleetAgent', { serviceName: 'node-agent' });
 */
export class FleetDaemonServiceAutoscaler extends Construct implements ec2.IConnectable {
  /** The reconciler's function. Invoke it with `{"action":"plan"}` to see what it would do. */
  public readonly handler: lambda.IFunction;
  /** The function's role. */
  public readonly role: iam.IRole;
  /** The function's log group: one JSON line for each decision. */
  public readonly logGroup: logs.ILogGroup;
  /** Where events end that could not be handled. */
  public readonly deadLetterQueue: sqs.IQueue;
  /** What wakes the function: container instance events, deployments, operations on the stack, and the resync. */
  public readonly rules: events.IRule[];

  private readonly reconciler: Reconciler;

  /**
   * Creates the function with its role, log group, dead-letter queue and rules.
   *
   * @param scope The construct to put it under, usually the stack.
   * @param id Its name there. Another id replaces all that was created.
   * @param props Its properties.
   * @throws Error if a property is out of its bounds.
   */
  public constructor(scope: Construct, id: string, props: FleetDaemonServiceAutoscalerProps) {
    super(scope, id);
    const { serviceName, clusters } = props;
    checkProps(props);
    const scaling = new ServiceScaling(props);
    const clusterArns = clusters?.map((cluster) => cluster.clusterArn);
    const clusterArnPrefix = this.arn('cluster', '');

    this.reconciler = new Reconciler(this, () => ({
      fleet: { serviceName, clusterArnPrefix, clusterArns, ...scaling.render() },
      dryRun: props.dryRun,
    }), props, { resyncInterval: Duration.minutes(15), timeout: Duration.minutes(15) });
    this.handler = this.reconciler.handler;
    this.role = this.reconciler.role;
    this.logGroup = this.reconciler.logGroup;
    this.deadLetterQueue = this.reconciler.deadLetterQueue;
    this.rules = this.reconciler.rules;

    const ofAccount = { account: [Aws.ACCOUNT_ID], region: [Aws.REGION] };
    this.reconciler.addRules({
      containerInstances: clusterArns ? chunks(clusterArns).map((chunk) => ({ detail: { clusterArn: chunk } })) : [ofAccount],
      deployments: { ...ofAccount, resources: events.Match.suffix(`/${serviceName}`) },
    });

    const named = (name: (cluster: string) => string) => clusters?.map((cluster) => name(cluster.clusterName)) ?? [name('*')];
    this.allow(['ecs:DescribeServices', 'ecs:UpdateService'], named((cluster) => this.arn('service', `${cluster}/${serviceName}`)));
    this.allow(['ecs:ListContainerInstances'], clusterArns ?? [`${clusterArnPrefix}*`]);
    if (scaling.needsDetails) {
      this.allow(['ecs:DescribeContainerInstances'], clusters ? named((cluster) => this.arn('container-instance', `${cluster}/*`)) : [this.arn('container-instance', '*')]);
    }
    if (!clusters) {
      // This action has no resource type.
      this.allow(['ecs:ListClusters'], ['*']);
    }
    Aspects.of(this).add(new ServiceChecks(this, this.reconciler.handler, clusters), { priority: AspectPriority.READONLY });
  }

  /**
   * Allows a principal to invoke the function: `{"action":"plan"}` returns what would change, `{"action":"reconcile"}` does it.
   *
   * @param grantee Who may.
   */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.handler.grantInvoke(grantee);
  }

  /**
   * The network connections of the function, which has a security group only with `vpc`.
   *
   * @throws Error without `vpc`.
   */
  public get connections(): ec2.Connections {
    return this.reconciler.connections;
  }

  private allow(actions: string[], resources: string[]): void {
    this.reconciler.allow(new iam.PolicyStatement({ actions, resources }));
  }

  private arn(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'ecs', resource, resourceName });
  }
}

function checkProps({ serviceName, clusters }: FleetDaemonServiceAutoscalerProps): void {
  if (!Token.isUnresolved(serviceName) && !/^[A-Za-z0-9_-]{1,255}$/.test(serviceName)) {
    throw new Error(`serviceName: received ${JSON.stringify(serviceName)}, expected 1 to 255 letters, digits, hyphens and underscores: a name, neither an ARN nor a pattern`);
  }
  if (clusters?.length === 0) {
    throw new Error('clusters: received no cluster, expected at least one. Leave it out for every cluster of the account and Region');
  }
  const arns = clusters?.map((cluster) => cluster.clusterArn) ?? [];
  const twice = clusters?.find((cluster, index) => arns.indexOf(cluster.clusterArn) < index);
  if (twice) {
    throw new Error(`clusters: received ${twice.node.path} twice, expected each cluster once`);
  }
}

/** Cluster ARNs in as many lists as patterns are needed to hold them. */
function chunks(arns: string[]): string[][] {
  const lists: string[][] = [];
  let room = 0;
  for (const arn of arns) {
    // With its quotes and comma.
    const characters = 3 + (Token.isUnresolved(arn)
      ? Math.max(UNKNOWN_ARN_CHARACTERS, arn.replace(/\$\{Token\[[^\]]*\]\}/g, '').length + UNKNOWN_PARTS_CHARACTERS)
      : arn.length);
    if (characters > room) {
      lists.push([]);
      room = PATTERN_CHARACTERS;
    }
    lists.at(-1)!.push(arn);
    room -= characters;
  }
  return lists;
}
