import {
  Annotations, CfnResource, DefaultTokenResolver, IAspect, IPostProcessor, IResolvable, IResolveContext, Reference, Stack, Token, Tokenization,
} from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';
import { FARGATE_PROVIDERS } from './contract';
import { TaskScaling } from './task-scaling';

/** What an autoscaler was told, as far as the checks need it. */
export interface CheckedService {
  readonly cluster: ecs.ICluster;
  readonly service: ecs.IService;
  readonly serviceArn: string;
  readonly scaling: TaskScaling;
  readonly maxTaskCount?: number;
  readonly capacityProviderNames?: string[];
}

/** Properties of a resource, by their CloudFormation names. Values that aren't known at synthesis are intrinsics. */
type Properties = Record<string, any>;

const ID_PREFIX = 'cdk-daemon-service-autoscaler';
/** Deployments that run the new tasks beside all old ones. */
const SIDE_BY_SIDE_STRATEGIES = ['BLUE_GREEN', 'LINEAR', 'CANARY'];
/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const ENVIRONMENT_LIMIT_BYTES = 4096;
/** What a value that only the deployment knows may come to: most ARNs are shorter. */
const UNKNOWN_VALUE_BYTES = 100;

/**
 * Judges an autoscaler and its services when the app is complete, for constraints and scaling may be added after them. Reads
 * only; says nothing about what isn't known at synthesis. Errors end in their id, warnings can be acknowledged by it.
 */
export class ServiceChecks implements IAspect {
  private readonly services: CheckedService[] = [];
  /**
   * Bears the warnings. Of those that come late aws-cdk-lib drops the acknowledged ones only below the construct that was
   * told so, not at it: this way `Annotations.of(autoscaler).acknowledgeWarning(id)` works.
   */
  private readonly warnings: Construct;

  /** @param clusters Those that are known beside the services' own. */
  public constructor(
    private readonly autoscaler: Construct, private readonly handler: lambda.Function, private readonly clusters: readonly ecs.ICluster[] = [],
  ) {
    this.warnings = new Construct(autoscaler, 'Checks');
    registrations.set(autoscaler, this.services);
  }

  public add(service: CheckedService): void {
    this.services.push(service);
  }

  public visit(node: IConstruct): void {
    if (node !== this.autoscaler) {
      return;
    }
    this.checkEnvironmentSize();
    for (const cluster of this.clusters) {
      otherEnvironments(`cluster ${cluster.node.path}`, cluster, cluster.clusterArn, Stack.of(this.autoscaler))
        .forEach((message) => this.error('otherEnvironment', message));
    }
    for (const checked of this.services) {
      // Which service it is about needs saying only where there are several.
      const subject = this.services.length > 1 ? `${checked.service.node.path}: ` : '';
      new ServiceCheck(this.autoscaler, checked, {
        error: (id, message) => this.error(id, `${subject}${message}`),
        warning: (id, message) => this.warning(id, `${subject}${message}`),
      }).run();
    }
  }

  private checkEnvironmentSize(): void {
    const variables: Properties = propertiesOf(this.handler.node.defaultChild as CfnResource).Environment.Variables;
    const sizes = Object.entries(variables)
      .map(([name, value]) => ({ bytes: Buffer.byteLength(name) + knownBytes(value), unknown: unknownValues(value) }));
    const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
    const unknown = sizes.reduce((sum, size) => sum + size.unknown, 0);
    const advice = `Lambda allows ${ENVIRONMENT_LIMIT_BYTES} bytes. Shorten instanceFilter, or spread the services or clusters over several autoscalers`;
    if (bytes > ENVIRONMENT_LIMIT_BYTES) {
      this.error('environmentSize', `the function's environment has ${bytes} bytes${unknown ? ' and more once deployed' : ''}. ${advice}`);
    } else if (bytes + unknown * UNKNOWN_VALUE_BYTES > ENVIRONMENT_LIMIT_BYTES) {
      this.warning('environmentSize', `the function's environment may come to ${bytes + unknown * UNKNOWN_VALUE_BYTES} bytes once ${unknown} values are known. ${advice}`);
    }
  }

  private error(id: string, message: string): void {
    Annotations.of(this.autoscaler).addError(`${message}. [${ID_PREFIX}:${id}]`);
  }

  private warning(id: string, message: string): void {
    Annotations.of(this.warnings).addWarningV2(`${ID_PREFIX}:${id}`, `${message}.`);
  }
}

interface Report {
  error(id: string, message: string): void;
  warning(id: string, message: string): void;
}

class ServiceCheck {
  private readonly stack: Stack;

  public constructor(private readonly autoscaler: Construct, private readonly checked: CheckedService, private readonly report: Report) {
    this.stack = Stack.of(autoscaler);
  }

  public run(): void {
    this.checkPlace();
    this.checkOtherScaling();
    const service = resourceOf(this.checked.service);
    if (service) {
      this.checkService(propertiesOf(service), service.stack);
    }
  }

  private checkService(service: Properties, serviceStack: Stack): void {
    if (service.SchedulingStrategy === 'DAEMON') {
      this.report.error('daemonStrategy', 'the service has the DAEMON scheduling strategy, so ECS itself keeps one task on each instance and the desired count can\'t be set. '
        + 'Remove daemon: true, or remove the autoscaler');
      return;
    }
    const strategy: Properties[] = Array.isArray(service.CapacityProviderStrategy) ? service.CapacityProviderStrategy : [];
    if (service.LaunchType === 'FARGATE' || (strategy.length > 0 && strategy.every((item) => FARGATE_PROVIDERS.includes(item.CapacityProvider)))) {
      this.report.error('fargate', 'the service runs on Fargate, which has no container instances to follow. '
        + 'Use an Ec2Service, or service auto scaling instead of this construct');
      return;
    }
    if (mustBePresent(service.DesiredCount)) {
      this.report.error('desiredCount', 'the service\'s template sets DesiredCount: every update of the stack would reset the count and stop tasks. '
        + 'Leave desiredCount out. The patterns of aws-ecs-patterns leave it out with the feature flag @aws-cdk/aws-ecs-patterns:removeDefaultDesiredCount set');
    }
    if (!this.checked.capacityProviderNames && strategy.some((item) => !FARGATE_PROVIDERS.includes(item.CapacityProvider))) {
      this.report.warning('capacityProvidersUnknown', 'the service has a capacity provider strategy, but its capacity providers were not known when the autoscaler was made: it will be skipped. '
        + 'Set capacityProviderNames');
    }
    this.checkPlacement(service);
    this.checkManagedScaling(service, strategy, serviceStack);
  }

  private checkPlacement(service: Properties): void {
    const distinct = hasDistinctInstance(service.PlacementConstraints);
    const perInstance = this.checked.scaling._tasksPerInstance();
    if (perInstance !== 1) {
      if (distinct && perInstance !== undefined && perInstance > 1) {
        this.report.error('severalPerDistinctInstance', 'the service should run several tasks on each instance, but its distinctInstance placement constraint allows one: the others can never be placed. '
          + 'Remove the constraint, or scale to one task per instance');
      }
      return;
    }
    if (distinct === false) {
      this.report.warning('distinctInstance', 'the service should run one task on each instance but has no distinctInstance placement constraint: ECS may put two tasks on one instance and none on another. '
        + 'Add placementConstraints: [ecs.PlacementConstraint.distinctInstances()]');
    }
    const rebalancing = service.AvailabilityZoneRebalancing;
    // ECS doesn't rebalance a service of launch type EXTERNAL.
    if (service.LaunchType !== 'EXTERNAL' && (rebalancing === undefined || rebalancing === 'ENABLED')) {
      this.report.warning('availabilityZoneRebalancing', 'Availability Zone rebalancing may move tasks although one on each instance is wanted (a service that doesn\'t say otherwise is created with it). '
        + 'Set availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED');
    }
    if (!distinct) {
      return;
    }
    const deployment: Properties = service.DeploymentConfiguration ?? {};
    const controller = service.DeploymentController?.Type;
    if (controller === 'CODE_DEPLOY' || SIDE_BY_SIDE_STRATEGIES.includes(deployment.Strategy)) {
      this.report.error('sideBySideDeployment', `a ${controller === 'CODE_DEPLOY' ? controller : deployment.Strategy} deployment starts the new tasks beside the old ones, but with distinctInstance and one task on each instance no instance is free for them. `
        + 'Use a rolling update, or remove the distinctInstance placement constraint');
    }
    // ECS takes 100 where a service doesn't say.
    if (!isIntrinsic(deployment) && (deployment.MinimumHealthyPercent ?? 100) === 100) {
      this.report.warning('minimumHealthyPercent', 'with distinctInstance and a minimum healthy percent of 100 no task may stop before its successor runs, and no instance is free for that: deployments and draining come to a halt. '
        + 'Set minHealthyPercent below 100 (0 for a cluster of a single instance)');
    }
  }

  private checkManagedScaling(service: Properties, strategy: Properties[], serviceStack: Stack): void {
    if (!this.checked.scaling._mayLoop()) {
      return; // Fewer tasks than instances: some instances are free to go.
    }
    if (strategy.some((item) => this.isManaged(item.CapacityProvider, serviceStack))) {
      if (this.checked.maxTaskCount === undefined) {
        this.report.error('scalingLoop', 'the service\'s capacity provider has managed scaling and there is no maxTaskCount: a task that can\'t be placed adds an instance, and an instance adds a task, without end. '
          + 'Set maxTaskCount, or give the service a launch type instead of a capacity provider strategy');
        return;
      }
    } else if (service.LaunchType !== 'EC2' || !this.hasManagedProvider(service.Cluster, serviceStack)) {
      // Only a service of launch type EC2 runs on whatever instances the cluster has.
      return;
    }
    this.report.warning('managedScaling', 'the cluster has a capacity provider with managed scaling: a task of this service on every instance keeps each one in use, so the cluster doesn\'t scale in. '
      + 'Where one task on each instance is all you need, use daemon: true, whose tasks don\'t count as use; else give the service the launch type EC2 and maxHealthyPercent 100, and scale the Auto Scaling group yourself');
  }

  /** Whether this app gives a cluster, so named in a template of `stack`, a capacity provider with managed scaling. */
  private hasManagedProvider(cluster: unknown, stack: Stack): boolean {
    return this.resources('AWS::ECS::ClusterCapacityProviderAssociations').some((association) => {
      const { Cluster, CapacityProviders } = propertiesOf(association);
      return isSame(Cluster, association.stack, cluster, stack)
        && Array.isArray(CapacityProviders) && CapacityProviders.some((name) => this.isManaged(name, association.stack));
    });
  }

  /** Whether a capacity provider that is named so in a template of `stack` has managed scaling; false where this app doesn't own it. */
  private isManaged(name: unknown, stack: Stack): boolean {
    return this.resources('AWS::ECS::CapacityProvider').some((provider) => {
      const properties = propertiesOf(provider);
      const managed = properties.AutoScalingGroupProvider?.ManagedScaling;
      const isNamed = isSame(resolve(provider.ref, provider.stack), provider.stack, name, stack)
        || (typeof name === 'string' && isSame(properties.Name, provider.stack, name, stack));
      return isNamed && managed?.Status === 'ENABLED';
    });
  }

  private checkOtherScaling(): void {
    const { service } = this.checked;
    const resourceId = resolve(`service/${(clusterOf(service) ?? this.checked.cluster).clusterName}/${service.serviceName}`, this.stack);
    if (this.resources('AWS::ApplicationAutoScaling::ScalableTarget')
      .some((target) => isSame(propertiesOf(target).ResourceId, target.stack, resourceId, this.stack))) {
      this.report.error('serviceAutoScaling', 'service auto scaling (AWS::ApplicationAutoScaling::ScalableTarget) sets the desired count of the same service: the two would undo each other\'s changes. Remove one');
    }
    const others = this.autoscaler.node.root.node.findAll()
      .filter((other) => other !== this.autoscaler && registrations.get(other)?.some((checked) => this.isSameService(other, checked)));
    if (others.length > 0) {
      this.report.error('twoAutoscalers', `${others.map((other) => other.node.path).join(', ')} scales the same service: the two would undo each other's changes. Remove one`);
    }
  }

  private isSameService(other: IConstruct, { serviceArn }: CheckedService): boolean {
    const otherStack = Stack.of(other);
    return isSame(resolve(this.checked.serviceArn, this.stack), this.stack, resolve(serviceArn, otherStack), otherStack);
  }

  /** One cluster's instances say nothing about another's services. */
  private checkPlace(): void {
    const { cluster, service, serviceArn } = this.checked;
    for (const [what, resource, arn] of [['cluster', cluster, cluster.clusterArn], ['service', service, serviceArn]] as const) {
      otherEnvironments(what, resource, arn, this.stack).forEach((message) => this.report.error('otherEnvironment', message));
    }
    const [actual, expected] = this.differingClusters();
    if (actual !== expected) {
      this.report.error('otherCluster', `the service belongs to the cluster ${actual} but the autoscaler counts the instances of ${expected}. `
        + 'Pass the service\'s own cluster');
    }
  }

  /** What the service's cluster and the autoscaler's are called; the same where they may be one. */
  private differingClusters(): [string?, string?] {
    const { cluster, service } = this.checked;
    const own = clusterOf(service);
    if (own && resourceOf(own) && resourceOf(cluster)) {
      return resourceOf(own) === resourceOf(cluster) ? [] : [own.node.path, cluster.node.path];
    }
    const name = own?.clusterName ?? clusterInArn(service.serviceArn);
    return Token.isUnresolved(name) || name === undefined || Token.isUnresolved(cluster.clusterName) ? [] : [name, cluster.clusterName];
  }

  private resources(type: string): CfnResource[] {
    return this.autoscaler.node.root.node.findAll()
      .filter((node): node is CfnResource => CfnResource.isCfnResource(node) && node.cfnResourceType === type);
  }
}

/** What each autoscaler of this process was told: finds two of one service. */
const registrations = new WeakMap<IConstruct, readonly CheckedService[]>();

/** The resource behind a construct, where this app owns it. */
function resourceOf(construct: IConstruct): CfnResource | undefined {
  const resource = construct.node.defaultChild;
  return CfnResource.isCfnResource(resource) ? resource : undefined;
}

/** The cluster that a service knows: Ec2Service and imports by attributes do, an import by ARN doesn't. */
function clusterOf(service: ecs.IService): ecs.ICluster | undefined {
  return (service as { cluster?: ecs.ICluster }).cluster;
}

/** As the template will have them, overrides included, but with references as `resolve` gives them. */
function propertiesOf(resource: CfnResource): Properties {
  // Internal to aws-cdk-lib but stable since its first version, and the only way to see overrides of properties.
  const rendered = resolve((resource as unknown as { _toCloudFormation(): object })._toCloudFormation(), resource.stack);
  return (Object.values<Properties>(rendered.Resources)[0]!).Properties ?? {};
}

/** A value with its tokens resolved. References name the construct: its logical id may mean something else in another stack. */
function resolve(value: unknown, stack: Stack): any {
  return Tokenization.resolve(value, { scope: stack, resolver: new ConstructReferences() });
}

const REFERENCE = 'Fn::Construct';

class ConstructReferences extends DefaultTokenResolver {
  public constructor() {
    super({ join: concatenate });
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    return Reference.isReference(token)
      ? { [REFERENCE]: [token.target.node.path, token.displayName] }
      : super.resolveToken(token, context, postProcessor);
  }
}

function concatenate(left: unknown, right: unknown): unknown {
  const parts = joined(left) ?? [left];
  const last = parts.at(-1);
  return typeof last === 'string' && typeof right === 'string'
    ? concatenation([...parts.slice(0, -1), last + right])
    : concatenation([...parts, right]);
}

function concatenation(parts: unknown[]): unknown {
  return parts.length === 1 ? parts[0] : { 'Fn::Join': ['', parts] };
}

/**
 * Whether resolved values of two stacks are known to name one thing: names are unique only within an account and Region, and
 * so are values that only the deployment knows. A reference to a construct means the same everywhere.
 */
function isSame(one: unknown, oneStack: Stack, other: unknown, otherStack: Stack): boolean {
  const text = JSON.stringify(one);
  return text !== undefined && text === JSON.stringify(other)
    && (oneStack === otherStack || isSameEnvironment(oneStack, otherStack) || text.includes(`"${REFERENCE}"`));
}

/** Whether there is a distinctInstance constraint; undefined where only the deployment knows. */
function hasDistinctInstance(constraints: unknown): boolean | undefined {
  if (constraints === undefined) {
    return false;
  }
  const types: unknown[] = Array.isArray(constraints) ? constraints.map((constraint) => constraint.Type) : [undefined];
  return types.includes('distinctInstance') || (types.every((type) => typeof type === 'string') ? false : undefined);
}

/** Whether a property is set, whatever to: a condition may leave it out. */
function mustBePresent(value: any): boolean {
  return value !== undefined && value['Fn::If'] === undefined && value.Ref !== 'AWS::NoValue';
}

/** Whether a value is a function of CloudFormation's, which only the deployment evaluates. */
function isIntrinsic(value: object): boolean {
  return Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));
}

function isKnownToDiffer(one: string | undefined, other: string): boolean {
  return one !== undefined && !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}

/** Whether two stacks are known to have one account and Region. */
function isSameEnvironment(one: Stack, other: Stack): boolean {
  return ![one.account, one.region].some(Token.isUnresolved) && one.environment === other.environment;
}

/** Where a resource is: what its ARN says if it was imported (the `env` of an import may be the importing stack's), else its stack. */
function environmentOf(resource: IConstruct, arn: string): { account?: string; region?: string } {
  const owner = resourceOf(resource);
  if (owner) {
    return { account: owner.stack.account, region: owner.stack.region };
  }
  const [, , , region, account] = arn.split(':');
  return { account, region };
}

/** What to say of a resource in another environment than the autoscaler's: rules hear only events of their own account and Region. */
function otherEnvironments(what: string, resource: IConstruct, arn: string, stack: Stack): string[] {
  const own = environmentOf(resource, arn);
  return (['account', 'region'] as const).filter((dimension) => isKnownToDiffer(own[dimension], stack[dimension])).map((dimension) =>
    `the ${what} is in ${dimension} ${own[dimension]} but the autoscaler's stack is in ${stack[dimension]}, and EventBridge rules hear only events of their own account and Region. `
      + `Put the autoscaler into a stack in the environment of the ${what}`);
}

function clusterInArn(arn: string): string | undefined {
  return /:service\/([^/]+)\/[^/]+$/.exec(arn)?.[1];
}

function knownBytes(value: unknown): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value);
  }
  const parts = joined(value);
  return parts ? parts.reduce<number>((sum, part) => sum + knownBytes(part), 0) : 0;
}

function unknownValues(value: unknown): number {
  if (typeof value === 'string') {
    return 0;
  }
  const parts = joined(value);
  return parts ? parts.reduce<number>((sum, part) => sum + unknownValues(part), 0) : 1;
}

/** The parts of an `Fn::Join` without delimiter. */
function joined(value: unknown): unknown[] | undefined {
  const join = (value as Properties)?.['Fn::Join'];
  return Array.isArray(join) && join[0] === '' && Array.isArray(join[1]) ? join[1] : undefined;
}
