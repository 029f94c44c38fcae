import { App, CfnResource, Environment, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct, IConstruct } from 'constructs';
import { DaemonServiceAutoscaler, DaemonServiceAutoscalerProps } from '../../src';

/** An account and Region that are known at synthesis. */
export const ENV = { account: '111122223333', region: 'eu-west-1' };

export const { ENABLED, DISABLED } = ecs.AvailabilityZoneRebalancing;

type Properties = Record<string, any>;

export function newVpc(scope: Construct): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: 'vpc-12345678', availabilityZones: ['a', 'b'], privateSubnetIds: ['subnet-1', 'subnet-2'],
  });
}

/** A cluster with room for services of launch type EC2. */
export function newCluster(scope: Construct, id = 'Cluster', props?: ecs.ClusterProps): ecs.Cluster {
  const construct = new Construct(scope, `${id}Scope`);
  const cluster = new ecs.Cluster(construct, id, { vpc: newVpc(construct), ...props });
  cluster.addCapacity('Capacity', { instanceType: new ec2.InstanceType('c7g.large') });
  return cluster;
}

export function importCluster(scope: Construct, clusterName: string, id = 'ImportedCluster'): ecs.ICluster {
  const construct = new Construct(scope, id);
  return ecs.Cluster.fromClusterAttributes(construct, 'Cluster', { clusterName, vpc: newVpc(construct), hasEc2Capacity: true });
}

export function newTaskDefinition(scope: Construct, id = 'TaskDefinition'): ecs.Ec2TaskDefinition {
  const taskDefinition = new ecs.Ec2TaskDefinition(scope, id);
  taskDefinition.addContainer('agent', { image: ecs.ContainerImage.fromRegistry('agent'), memoryLimitMiB: 64 });
  return taskDefinition;
}

/** A service that nothing is to be said about. */
export function newService(scope: Construct, cluster: ecs.ICluster, props?: Partial<ecs.Ec2ServiceProps>, id = 'Agent'): ecs.Ec2Service {
  return new ecs.Ec2Service(scope, id, {
    cluster,
    taskDefinition: newTaskDefinition(scope, `${id}Task`),
    placementConstraints: [ecs.PlacementConstraint.distinctInstances()],
    minHealthyPercent: 0,
    maxHealthyPercent: 100,
    availabilityZoneRebalancing: DISABLED,
    ...props,
  });
}

export function newCapacityProvider(
  scope: Construct, cluster: ecs.Cluster, props?: Partial<ecs.AsgCapacityProviderProps>, id = 'Provider',
): ecs.AsgCapacityProvider {
  const provider = new ecs.AsgCapacityProvider(scope, id, {
    autoScalingGroup: new autoscaling.AutoScalingGroup(scope, `${id}Group`, {
      vpc: newVpc(new Construct(scope, `${id}Scope`)),
      instanceType: new ec2.InstanceType('c7g.large'),
      machineImage: ecs.EcsOptimizedImage.amazonLinux2(),
    }),
    enableManagedTerminationProtection: false,
    ...props,
  });
  cluster.addAsgCapacityProvider(provider);
  return provider;
}

/** The service as CloudFormation knows it, for what only an escape hatch can say. */
export function cfnService(service: ecs.IService): ecs.CfnService {
  return service.node.defaultChild as ecs.CfnService;
}

export interface GoodApp {
  readonly app: App;
  readonly stack: Stack;
  readonly cluster: ecs.Cluster;
  readonly service: ecs.Ec2Service;
  readonly autoscaler: DaemonServiceAutoscaler;
}

export interface GoodAppOptions {
  readonly service?: Partial<ecs.Ec2ServiceProps>;
  readonly autoscaler?: Partial<DaemonServiceAutoscalerProps>;
  readonly env?: Environment;
}

/** A cluster, a service and its autoscaler in one stack; nothing is to be said about it. */
export function goodApp(options: GoodAppOptions = {}): GoodApp {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: options.env });
  const cluster = newCluster(stack);
  const service = newService(stack, cluster, options.service);
  const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service, ...options.autoscaler });
  return { app, stack, cluster, service, autoscaler };
}

/** An autoscaler for an imported cluster and service, alone in its stack. */
export function importingApp(props: Partial<DaemonServiceAutoscalerProps> = {}): { stack: Stack; autoscaler: DaemonServiceAutoscaler } {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', {
    cluster: importCluster(stack, 'prod'),
    service: ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', `arn:aws:ecs:${ENV.region}:${ENV.account}:service/prod/agent`),
    ...props,
  });
  return { stack, autoscaler };
}

/** Annotations of an autoscaler once the app is synthesized, by their ids. */
export interface Findings {
  readonly errors: Record<string, string>;
  readonly warnings: Record<string, string>;
}

export const NOTHING: Findings = { errors: {}, warnings: {} };

/** What the checks say about an autoscaler. An annotation without a stable id goes by its whole text. */
export function findings(autoscaler: IConstruct): Findings {
  (autoscaler.node.root as App).synth();
  const of = (type: string, id: RegExp) => Object.fromEntries(autoscaler.node.findAll()
    .flatMap((construct) => construct.node.metadata)
    .filter((entry) => entry.type === type)
    .map((entry) => [id.exec(entry.data)?.[1] ?? `no id: ${entry.data}`, entry.data as string]));
  return {
    errors: of('aws:cdk:error', /\. \[cdk-daemon-service-autoscaler:(\w+)\]$/),
    warnings: of('aws:cdk:warning', /\. \[ack: cdk-daemon-service-autoscaler:(\w+)\]$/),
  };
}

/** The ids of what the checks say, errors before warnings. */
export function ids(autoscaler: IConstruct): string[] {
  const { errors, warnings } = findings(autoscaler);
  return [...Object.keys(errors).map((id) => `error ${id}`), ...Object.keys(warnings).map((id) => `warning ${id}`)];
}

/** The logical id of a construct's resource. */
export function logicalId(construct: IConstruct): string {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild as CfnResource;
  return resource.stack.resolve(resource.logicalId);
}

/** A construct's resource as the template has it. */
export function resourceIn(template: Template, construct: IConstruct): Properties {
  return template.toJSON().Resources[logicalId(construct)];
}

/** The configuration as the function reads it, once every intrinsic has a value. */
export function configOf(template: Template, values: (intrinsic: any) => unknown = (intrinsic) => `<${JSON.stringify(intrinsic)}>`): any {
  const [handler] = Object.values(template.findResources('AWS::Lambda::Function', Match.objectLike({ Properties: { Handler: 'index.handler' } })));
  const variables = handler!.Properties.Environment.Variables;
  expect(Object.keys(variables)).toEqual(['RECONCILER_CONFIG']);
  const value = variables.RECONCILER_CONFIG;
  const parts: any[] = typeof value === 'string' ? [value] : value['Fn::Join'][1];
  // As CloudFormation does: a value stands where its intrinsic stood, within the quotes of a string or as a number.
  return JSON.parse(parts.map((part) => typeof part === 'string' ? part : JSON.stringify(values(part)).replace(/^"|"$/g, '')).join(''));
}

/** A template without what changes when the bundle does. */
export function calm(template: Template): unknown {
  return JSON.parse(JSON.stringify(template.toJSON()).replace(/[0-9a-f]{64}/g, 'ASSET_HASH'));
}

/** All statements of a stack's own policies, in order. */
export function statementsOf(template: Template): Properties[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter((policy) => JSON.stringify(policy).includes('ecs:UpdateService'))
    .flatMap((policy) => policy.Properties.PolicyDocument.Statement);
}

export function newStage(app: App, id: string): Stage {
  return new Stage(app, id, { env: ENV });
}
