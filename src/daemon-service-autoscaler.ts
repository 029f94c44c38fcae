import { Aspects, AspectPriority, CfnResource, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
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
import { ServiceScaling } from './service-scaling';

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
 *
 * @example
 * new DaemonServiceAutoscaler(this, 'AgentAutoscaler', { cluster, service });
 */
export class DaemonServiceAutoscaler extends Construct implements ec2.IConnectable {
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

  private readonly cluster: ecs.ICluster;
  private readonly reconciler: Reconciler;
  private readonly checks: ServiceChecks;
  private readonly services = new Map<string, ServiceScaling>();
  private readonly onServices: iam.PolicyStatement;
  private describesInstances = false;

  /**
   * Creates the function with its role, log group, dead-letter queue and rules.
   *
   * @param scope The construct to put it under, usually the stack.
   * @param id Its name there. Another id replaces all that was created.
   * @param props Its properties.
   * @throws Error if a property is out of its bounds. States of cluster and service that can't work are reported at synthesis,
   * as annotations: what is wrong may still be mended after this constructor ran.
   */
  public constructor(scope: Construct, id: string, props: DaemonServiceAutoscalerProps) {
    super(scope, id);
    this.cluster = props.cluster;
    const { clusterArn } = props.cluster;
    this.reconciler = new Reconciler(this, () => ({ clusterArn, services: this.renderServices(), dryRun: props.dryRun }), props, {
      resyncInterval: Duration.minutes(5),
      timeout: Duration.minutes(1),
    });
    this.handler = this.reconciler.handler;
    this.role = this.reconciler.role;
    this.logGroup = this.reconciler.logGroup;
    this.deadLetterQueue = this.reconciler.deadLetterQueue;
    this.rules = this.reconciler.rules;

    this.reconciler.addRules({
      containerInstances: [{ detail: { clusterArn: [clusterArn] } }],
      // By prefix: a pattern holds 2,048 characters, which a list of ARNs would soon exceed.
      deployments: { resources: events.Match.prefix(this.arnInCluster('service', '')) },
    });
    this.onServices = new iam.PolicyStatement({
      actions: ['ecs:DescribeServices', 'ecs:UpdateService'],
      conditions: this.ofCluster,
    });
    this.reconciler.allow(this.onServices);
    // The condition key ecs:cluster does not apply to this action.
    this.reconciler.allow(new iam.PolicyStatement({ actions: ['ecs:ListContainerInstances'], resources: [clusterArn] }));

    this.checks = new ServiceChecks(this, this.reconciler.handler);
    Aspects.of(this).add(this.checks, { priority: AspectPriority.READONLY });
    this.addService(props.service, props);
  }

  /**
   * Puts a further service of the same cluster under the same function. Services with the same constraints, filter and launch
   * type share one listing of the instances.
   *
   * The function's configuration holds 4 KB: about 20 services, fewer with long filters. More is an error at synthesis; give
   * those services an autoscaler of their own.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   * @param service An `Ec2Service` of this app or an import, like the property `service`.
   * @param options How it scales, by default with one task for each instance: nothing is taken over from the first service.
   * @throws Error if an option is out of its bounds, or the service is managed already.
   */
  public addService(service: ecs.IService, options: ServiceScalingOptions = {}): void {
    const scaling = new ServiceScaling(options, service);
    const serviceArn = longServiceArn(service.serviceArn, this.cluster.clusterName);
    if (this.services.has(serviceArn)) {
      throw new Error(`addService: received ${service.node.path}, which ${this.node.path} manages already, expected another service`);
    }
    this.services.set(serviceArn, scaling);

    this.onServices.addResources(serviceArn);
    if (scaling.needsDetails && !this.describesInstances) {
      this.describesInstances = true;
      this.reconciler.allow(new iam.PolicyStatement({
        actions: ['ecs:DescribeContainerInstances'],
        resources: [this.arnInCluster('container-instance', '*')],
        conditions: this.ofCluster,
      }));
    }
    const resource = service.node.defaultChild;
    if (CfnResource.isCfnResource(resource)) {
      this.reconciler.removeRulesBefore(resource);
    }
    this.checks.add({
      cluster: this.cluster,
      service,
      serviceArn,
      scaling: scaling.scaling,
      maxTaskCount: options.maxTaskCount,
      capacityProviderNames: scaling.capacityProviderNames,
    });
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

  private get ofCluster() {
    return { ArnEquals: { 'ecs:cluster': this.cluster.clusterArn } };
  }

  private arnInCluster(resource: string, name: string): string {
    return Stack.of(this).formatArn({ service: 'ecs', resource, resourceName: `${this.cluster.clusterName}/${name}` });
  }

  private renderServices(): ServiceConfig[] {
    return [...this.services].map(([serviceArn, scaling]) => ({ serviceArn, ...scaling.render() }));
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
