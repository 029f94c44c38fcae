import { Aspects, AspectPriority, CfnResource, Token } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ServiceConfig } from './contract';
import { ReconcilerOptions, ServiceScalingOptions } from './options';
import { Reconciler } from './reconciler';
import { ServiceChecks } from './service-checks';
import { TaskScaling } from './task-scaling';

/**
 * Properties of a `DaemonServiceAutoscaler`.
 */
export interface DaemonServiceAutoscalerProps extends ServiceScalingOptions, ReconcilerOptions {
  /**
   * The cluster whose container instances are counted: of the same account and Region as the autoscaler's stack.
   */
  readonly cluster: ecs.ICluster;

  /**
   * The service whose desired count follows: an `Ec2Service` of this app without `desiredCount`, or one that was imported
   * with `Ec2Service.fromEc2ServiceArn` or `Ec2Service.fromEc2ServiceAttributes`. Its ARN must be of the long form
   * (`service/CLUSTER/NAME`); an import by name is taken to have it.
   */
  readonly service: ecs.IService;
}

/**
 * Makes an ECS service's desired count follow the size of its cluster.
 *
 * A Lambda function is woken by what happens to the cluster's container instances, by deployments and by a schedule, and sets
 * the desired count to what `scaling` asks for the instances that are ACTIVE and satisfy the service's placement constraints.
 *
 * Belongs in the stack of the service or in a later one.
 */
export class DaemonServiceAutoscaler extends Construct {
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

  /**
   * @throws Error if a property is out of its bounds. States of cluster and service that can't work are reported at synthesis,
   * as annotations: what is wrong may still be mended after this constructor ran.
   */
  public constructor(scope: Construct, id: string, props: DaemonServiceAutoscalerProps) {
    super(scope, id);
    const scaling = props.scaling ?? TaskScaling.tasksPerInstance(1);
    const serviceArn = longServiceArn(props.service.serviceArn, props.cluster.clusterName);
    const clusterArn = props.cluster.clusterArn;
    const ofCluster = { ArnEquals: { 'ecs:cluster': clusterArn } };

    const reconciler = new Reconciler(this,
      { clusterArn, services: [renderService(serviceArn, scaling, props)], dryRun: props.dryRun },
      [
        new iam.PolicyStatement({ actions: ['ecs:DescribeServices', 'ecs:UpdateService'], resources: [serviceArn], conditions: ofCluster }),
        // The condition key ecs:cluster does not apply to this action.
        new iam.PolicyStatement({ actions: ['ecs:ListContainerInstances'], resources: [clusterArn] }),
      ],
      props);
    const service = props.service.node.defaultChild;
    reconciler.addRules({
      clusterArn,
      clusterName: props.cluster.clusterName,
      removedAfterRules: CfnResource.isCfnResource(service) ? [service] : [],
    });

    this.handler = reconciler.handler;
    this.role = reconciler.role;
    this.logGroup = reconciler.logGroup;
    this.deadLetterQueue = reconciler.deadLetterQueue;
    this.rules = reconciler.rules;

    Aspects.of(this).add(new ServiceChecks(this, {
      cluster: props.cluster,
      service: props.service,
      serviceArn,
      scaling,
      maxTaskCount: props.maxTaskCount,
      handler: reconciler.handler,
    }), { priority: AspectPriority.READONLY });
  }

  /**
   * Allows a principal to invoke the function: `{"action":"plan"}` returns what would change, `{"action":"reconcile"}` does it.
   *
   * @param grantee Who may.
   */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.handler.grantInvoke(grantee);
  }
}

/**
 * An import by name has a short ARN unless a feature flag is set, and no policy or pattern of that ARN matches the service.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html#ecs-resource-ids
 */
function longServiceArn(arn: string, clusterName: string): string {
  return arn.replace(/:service\/([^/]+)$/, (_, name: string) => `:service/${clusterName}/${name}`);
}

function renderService(serviceArn: string, scaling: TaskScaling, options: ServiceScalingOptions): ServiceConfig {
  const { minTaskCount, maxTaskCount, instanceFilter, countDrainingInstances } = options;
  checkTaskCount('minTaskCount', minTaskCount, 0, 'a whole number of at least 0');
  checkTaskCount('maxTaskCount', maxTaskCount, known(minTaskCount) ?? 0, known(minTaskCount) === undefined
    ? 'a whole number of at least 0'
    : `a whole number of at least minTaskCount (${minTaskCount})`);
  if (instanceFilter !== undefined && instanceFilter.trim() === '') {
    throw new Error('instanceFilter: received an empty string, expected an expression of the cluster query language, '
      + 'such as attribute:ecs.instance-type =~ c7g.*. Leave it out to count every instance');
  }
  return { serviceArn, scaling: scaling._render(), minTaskCount, maxTaskCount, instanceFilter, countDrainingInstances };
}

function checkTaskCount(name: string, count: number | undefined, least: number, allowed: string): void {
  const value = known(count);
  if (value !== undefined && (!Number.isSafeInteger(value) || value < least)) {
    throw new Error(`${name}: received ${value}, expected ${allowed}`);
  }
}

/** A number that is known at synthesis. */
function known(value: number | undefined): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}
