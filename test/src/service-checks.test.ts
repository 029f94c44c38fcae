import { Annotations, App, Aws, CfnCondition, CfnParameter, CfnResource, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import {
  cfnService, ENABLED, ENV, findings, GoodApp, goodApp, GoodAppOptions, ids, importCluster, importingApp, newCapacityProvider, newCluster, newService,
  newStage, NOTHING,
} from './app';
import { DaemonServiceAutoscaler, TaskScaling } from '../../src';
import { ServiceChecks } from '../../src/service-checks';

const { distinctInstances, memberOf } = ecs.PlacementConstraint;

/** The autoscaler of an app whose service was changed by an escape hatch after the autoscaler was made. */
function overridden(property: string, value: unknown, service?: Partial<ecs.Ec2ServiceProps>): DaemonServiceAutoscaler {
  const made = goodApp({ service });
  cfnService(made.service).addPropertyOverride(property, typeof value === 'function' ? value(made) : value);
  return made.autoscaler;
}

/** A service as one gets it without saying more. */
const CARELESS: Partial<ecs.Ec2ServiceProps> = {
  placementConstraints: [], availabilityZoneRebalancing: undefined, minHealthyPercent: undefined, maxHealthyPercent: undefined,
};

/** A value that only the deployment knows. */
const parameter = ({ stack }: GoodApp) => new CfnParameter(stack, 'Parameter').valueAsString;

describe('a good app', () => {
  test.each([
    ['in one stack', {}],
    ['with account and Region', { env: ENV }],
    ['with bounds and a filter', { autoscaler: { minTaskCount: 1, maxTaskCount: 9, instanceFilter: 'attribute:ecs.os-type == linux' } }],
    ['with a second constraint', { service: { placementConstraints: [distinctInstances(), memberOf('attribute:ecs.os-type == linux')] } }],
    ['with more tasks on each instance, no distinctInstance and all defaults', {
      autoscaler: { scaling: TaskScaling.tasksPerInstance(2) },
      service: CARELESS,
    }],
  ])('hears nothing: %s', (_, options) => {
    expect(findings(goodApp(options).autoscaler)).toEqual(NOTHING);
  });

  test('hears nothing about imports by literal ARN', () => {
    expect(findings(importingApp().autoscaler)).toEqual(NOTHING);
  });

  test('hears nothing about what the deployment will import', () => {
    const { stack, autoscaler } = importingApp();
    const unknown = new DaemonServiceAutoscaler(stack, 'Unknown', {
      cluster: ecs.Cluster.fromClusterArn(stack, 'UnknownCluster', Fn.importValue('ClusterArn')),
      service: ecs.Ec2Service.fromEc2ServiceArn(stack, 'UnknownService', Fn.importValue('ServiceArn')),
    });

    expect(findings(autoscaler)).toEqual(NOTHING);
    expect(findings(unknown)).toEqual(NOTHING);
  });

  test('hears nothing about the blanket service of ECS Anywhere beyond its placement', () => {
    const { stack, cluster } = goodApp();
    newCapacityProvider(stack, cluster);
    const taskDefinition = new ecs.ExternalTaskDefinition(stack, 'ExternalTask');
    taskDefinition.addContainer('agent', { image: ecs.ContainerImage.fromRegistry('agent'), memoryLimitMiB: 64 });
    const service = new ecs.ExternalService(stack, 'External', { cluster, taskDefinition });
    cfnService(service).addPropertyOverride('PlacementConstraints', [{ Type: 'distinctInstance' }]);

    expect(findings(new DaemonServiceAutoscaler(stack, 'ExternalAutoscaler', { cluster, service }))).toEqual(NOTHING);
  });
});

describe('errors', () => {
  test('reports the DAEMON strategy alone and says what to remove', () => {
    const { autoscaler } = goodApp({ service: { daemon: true, availabilityZoneRebalancing: undefined } });

    expect(ids(autoscaler)).toEqual(['error daemonStrategy']);
    expect(findings(autoscaler).errors.daemonStrategy).toContain('Remove daemon: true');
  });

  test('reports a desired count, and names the feature flag of the patterns', () => {
    const { autoscaler } = goodApp({ service: { desiredCount: 3 } });

    expect(ids(autoscaler)).toEqual(['error desiredCount']);
    expect(findings(autoscaler).errors.desiredCount).toMatch(/Leave desiredCount out\..*@aws-cdk\/aws-ecs-patterns:removeDefaultDesiredCount/);
  });

  test('reports a desired count of 0', () => {
    expect(ids(goodApp({ service: { desiredCount: 0 } }).autoscaler)).toEqual(['error desiredCount']);
  });

  test('reports a desired count that an escape hatch sets after the autoscaler', () => {
    expect(ids(overridden('DesiredCount', 2))).toEqual(['error desiredCount']);
  });

  test('reports a desired count from a parameter: whatever its value, each update sets it', () => {
    expect(ids(overridden('DesiredCount', parameter))).toEqual(['error desiredCount']);
    const { stack, cluster } = goodApp();
    const count = new CfnParameter(stack, 'Count', { type: 'Number' }).valueAsNumber;
    const service = newService(stack, cluster, { desiredCount: count }, 'Counted');
    expect(ids(new DaemonServiceAutoscaler(stack, 'Other', { cluster, service }))).toEqual(['error desiredCount']);
  });

  test('says nothing about a desired count that is deleted again', () => {
    const { autoscaler, service } = goodApp({ service: { desiredCount: 3 } });
    cfnService(service).addPropertyDeletionOverride('DesiredCount');

    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('says nothing about a desired count that a condition may leave out', () => {
    expect(findings(overridden('DesiredCount', ({ stack }: GoodApp) =>
      Fn.conditionIf(new CfnCondition(stack, 'Fixed').logicalId, 3, Aws.NO_VALUE)))).toEqual(NOTHING);
    expect(findings(overridden('DesiredCount', Aws.NO_VALUE))).toEqual(NOTHING);
  });

  test.each([
    ['by launch type', ({ stack, cluster }: GoodApp) => new ecs.FargateService(stack, 'Fargate', { cluster, taskDefinition: fargateTask(stack) })],
    ['by providers', ({ stack, cluster }: GoodApp) => new ecs.FargateService(stack, 'Fargate', {
      cluster, taskDefinition: fargateTask(stack), capacityProviderStrategies: [{ capacityProvider: 'FARGATE' }, { capacityProvider: 'FARGATE_SPOT' }],
    })],
  ])('reports Fargate %s alone', (_, create) => {
    const made = goodApp();
    const autoscaler = new DaemonServiceAutoscaler(made.stack, 'FargateAutoscaler', { cluster: made.cluster, service: create(made) });

    expect(ids(autoscaler)).toEqual(['error fargate']);
    expect(findings(autoscaler).errors.fargate).toContain('Use an Ec2Service');
  });

  test('says nothing of Fargate where a provider may be one of instances, only that it came too late to be known', () => {
    const { autoscaler } = goodApp();
    expect(ids(autoscaler)).toEqual([]);
    expect(ids(overridden('CapacityProviderStrategy', (made: GoodApp) => [{ CapacityProvider: 'FARGATE' }, { CapacityProvider: parameter(made) }])))
      .toEqual(['warning capacityProvidersUnknown']);
    expect(findings(overridden('LaunchType', parameter))).toEqual(NOTHING);
  });

  test('doesn\'t take a FargateService on other providers for Fargate: Managed Instances have no class of their own', () => {
    const { stack, cluster } = goodApp();
    const service = new ecs.FargateService(stack, 'Managed', {
      cluster, taskDefinition: fargateTask(stack), capacityProviderStrategies: [{ capacityProvider: 'managed-instances' }],
    });

    expect(findings(new DaemonServiceAutoscaler(stack, 'ManagedAutoscaler', { cluster, service })).errors).toEqual({});
  });

  describe('deployments beside the old tasks', () => {
    test.each<[string, string, (made: GoodApp) => void]>([
      ['CODE_DEPLOY', 'CODE_DEPLOY', ({ service }) => cfnService(service).addPropertyOverride('DeploymentController.Type', 'CODE_DEPLOY')],
      ...['BLUE_GREEN', 'LINEAR', 'CANARY'].map((strategy): [string, string, (made: GoodApp) => void] =>
        [strategy, strategy, ({ service }) => cfnService(service).addPropertyOverride('DeploymentConfiguration.Strategy', strategy)]),
    ])('are reported with distinctInstance: %s', (_, name, change) => {
      const made = goodApp();
      change(made);

      expect(ids(made.autoscaler)).toEqual(['error sideBySideDeployment']);
      expect(findings(made.autoscaler).errors.sideBySideDeployment).toMatch(new RegExp(`a ${name} deployment.*Use a rolling update`));
    });

    test('are reported where the L2 asks for them', () => {
      expect(ids(goodApp({ service: { deploymentStrategy: ecs.DeploymentStrategy.BLUE_GREEN } }).autoscaler)).toEqual(['error sideBySideDeployment']);
      expect(ids(goodApp({ service: { deploymentController: { type: ecs.DeploymentControllerType.CODE_DEPLOY } } }).autoscaler))
        .toEqual(['error sideBySideDeployment']);
    });

    test('are nobody\'s concern without distinctInstance', () => {
      expect(ids(goodApp({ service: { deploymentStrategy: ecs.DeploymentStrategy.BLUE_GREEN, placementConstraints: [] } }).autoscaler))
        .toEqual(['warning distinctInstance']);
    });

    test('are nobody\'s concern with a rolling update, another controller or a value of the deployment\'s', () => {
      expect(findings(goodApp({ service: { deploymentStrategy: ecs.DeploymentStrategy.ROLLING } }).autoscaler)).toEqual(NOTHING);
      expect(findings(overridden('DeploymentController.Type', 'ECS'))).toEqual(NOTHING);
      expect(findings(overridden('DeploymentController.Type', parameter))).toEqual(NOTHING);
      expect(findings(overridden('DeploymentConfiguration.Strategy', parameter))).toEqual(NOTHING);
    });
  });
});

describe('placement warnings for one task on each instance', () => {
  test('warns of a missing distinctInstance', () => {
    const { autoscaler } = goodApp({ service: { placementConstraints: undefined } });

    expect(ids(autoscaler)).toEqual(['warning distinctInstance']);
    expect(findings(autoscaler).warnings.distinctInstance).toContain('Add placementConstraints: [ecs.PlacementConstraint.distinctInstances()]');
  });

  test('warns of a constraint that is only memberOf', () => {
    expect(ids(goodApp({ service: { placementConstraints: [memberOf('attribute:a == b')] } }).autoscaler)).toEqual(['warning distinctInstance']);
  });

  test('sees a constraint that is added after the autoscaler', () => {
    const { autoscaler, service } = goodApp({ service: { placementConstraints: undefined } });
    service.addPlacementConstraints(distinctInstances());

    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('sees a constraint that is removed after the autoscaler', () => {
    const { autoscaler, service } = goodApp();
    cfnService(service).addPropertyDeletionOverride('PlacementConstraints');

    expect(ids(autoscaler)).toEqual(['warning distinctInstance']);
  });

  test('says nothing about constraints that only the deployment knows', () => {
    expect(findings(overridden('PlacementConstraints', ({ stack }: GoodApp) =>
      Fn.conditionIf(new CfnCondition(stack, 'Distinct').logicalId, [{ Type: 'distinctInstance' }], Aws.NO_VALUE)))).toEqual(NOTHING);
    expect(findings(overridden('PlacementConstraints', (made: GoodApp) => [{ Type: parameter(made) }]))).toEqual(NOTHING);
    expect(findings(overridden('PlacementConstraints', (made: GoodApp) => [
      Fn.conditionIf(new CfnCondition(made.stack, 'Distinct').logicalId, { Type: 'distinctInstance' }, Aws.NO_VALUE),
    ]))).toEqual(NOTHING);
  });

  test.each([['undefined', undefined], ['ENABLED', ENABLED]])('warns of Availability Zone rebalancing: %s', (_, availabilityZoneRebalancing) => {
    const { autoscaler } = goodApp({ service: { availabilityZoneRebalancing, maxHealthyPercent: 150 } });

    expect(ids(autoscaler)).toEqual(['warning availabilityZoneRebalancing']);
    expect(findings(autoscaler).warnings.availabilityZoneRebalancing).toContain('Set availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED');
  });

  test('says nothing about rebalancing that only the deployment knows', () => {
    expect(findings(overridden('AvailabilityZoneRebalancing', parameter))).toEqual(NOTHING);
  });

  test('warns of a minimum healthy percent of 100', () => {
    const { autoscaler } = goodApp({ service: { minHealthyPercent: 100, maxHealthyPercent: 200 } });

    expect(ids(autoscaler)).toEqual(['warning minimumHealthyPercent']);
    expect(findings(autoscaler).warnings.minimumHealthyPercent).toContain('Set minHealthyPercent below 100');
  });

  test('warns where the minimum healthy percent is left to ECS', () => {
    const made = goodApp();
    cfnService(made.service).addPropertyDeletionOverride('DeploymentConfiguration.MinimumHealthyPercent');
    expect(ids(made.autoscaler)).toEqual(['warning minimumHealthyPercent']);

    const other = goodApp();
    cfnService(other.service).addPropertyDeletionOverride('DeploymentConfiguration');
    expect(ids(other.autoscaler)).toEqual(['warning minimumHealthyPercent']);
  });

  test('says nothing about a minimum healthy percent that leaves room, or that only the deployment knows', () => {
    expect(findings(goodApp({ service: { minHealthyPercent: 99 } }).autoscaler)).toEqual(NOTHING);
    expect(findings(overridden('DeploymentConfiguration.MinimumHealthyPercent', parameter))).toEqual(NOTHING);

    const whole = goodApp();
    cfnService(whole.service).deploymentConfiguration =
      Fn.conditionIf(new CfnCondition(whole.stack, 'Careful').logicalId, { MinimumHealthyPercent: 50 }, { MinimumHealthyPercent: 0 });
    expect(findings(whole.autoscaler)).toEqual(NOTHING);
  });

  test('says nothing about 100 without distinctInstance', () => {
    expect(ids(goodApp({ service: { placementConstraints: [], minHealthyPercent: 100, maxHealthyPercent: 200 } }).autoscaler))
      .toEqual(['warning distinctInstance']);
  });

  test('are gone once acknowledged', () => {
    const { autoscaler } = goodApp({ service: { placementConstraints: undefined, availabilityZoneRebalancing: undefined } });
    Annotations.of(autoscaler).acknowledgeWarning('cdk-daemon-service-autoscaler:distinctInstance', 'the ports are fixed');

    expect(ids(autoscaler)).toEqual(['warning availabilityZoneRebalancing']);
  });

  test('are gone once acknowledged for the whole stack, and only there', () => {
    const service = { placementConstraints: undefined };
    const { stack, autoscaler } = goodApp({ service });
    Annotations.of(stack).acknowledgeWarning('cdk-daemon-service-autoscaler:distinctInstance');

    expect(findings(autoscaler)).toEqual(NOTHING);
    expect(ids(goodApp({ service }).autoscaler)).toEqual(['warning distinctInstance']);
  });
});

describe('capacity providers', () => {
  test.each([[undefined, ['error scalingLoop']], [5, ['warning managedScaling']]])(
    'with managed scaling in the strategy, maxTaskCount %s: %s', (maxTaskCount, expected) => {
      const app = providerApp({}, maxTaskCount);

      expect(ids(app.autoscaler)).toEqual(expected);
    });

  test('tell how to end the loop and how to let the cluster scale in', () => {
    expect(findings(providerApp({}).autoscaler).errors.scalingLoop).toContain('Set maxTaskCount');
    expect(findings(providerApp({}, 5).autoscaler).warnings.managedScaling).toMatch(/daemon: true.*launch type EC2 and maxHealthyPercent 100/);
  });

  test('without managed scaling in the strategy make no loop', () => {
    expect(ids(providerApp({ enableManagedScaling: false }).autoscaler)).toEqual([]);
  });

  test('are found by a literal name in one stack', () => {
    const app = providerApp({ capacityProviderName: 'hosts' }, undefined, () => 'hosts');
    expect(ids(app.autoscaler)).toEqual(['error scalingLoop']);
  });

  test('of another name make no loop', () => {
    expect(ids(providerApp({ capacityProviderName: 'hosts' }, undefined, () => 'others').autoscaler)).toEqual([]);
    expect(ids(providerApp({}, undefined, () => Fn.importValue('Provider')).autoscaler)).toEqual([]);
  });

  test('whose managed scaling only the deployment knows make no loop', () => {
    const app = providerApp({});
    (app.provider.node.findAll().find((node) => node instanceof ecs.CfnCapacityProvider) as ecs.CfnCapacityProvider)
      .addPropertyOverride('AutoScalingGroupProvider.ManagedScaling.Status', parameter(app));
    expect(ids(app.autoscaler)).toEqual([]);
  });

  test('with managed scaling that are only associated with the cluster are warned of', () => {
    const { stack, cluster, autoscaler } = goodApp();
    newCapacityProvider(stack, cluster);

    expect(ids(autoscaler)).toEqual(['warning managedScaling']);
  });

  test('without managed scaling that are only associated with the cluster are not', () => {
    const { stack, cluster, autoscaler } = goodApp();
    newCapacityProvider(stack, cluster, { enableManagedScaling: false });

    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('of another cluster don\'t concern the service', () => {
    const { stack, cluster } = goodApp();
    newCapacityProvider(stack, newCluster(stack, 'Other'));
    // Made after the other cluster, so that its capacity providers are known by then.
    const service = newService(stack, cluster, {}, 'Late');

    expect(findings(new DaemonServiceAutoscaler(stack, 'LateAutoscaler', { cluster, service }))).toEqual(NOTHING);
  });

  test('that the service\'s own strategy leaves out don\'t concern it', () => {
    const app = providerApp({ enableManagedScaling: false });
    newCapacityProvider(app.stack, app.cluster, {}, 'Managed');

    expect(ids(app.autoscaler)).toEqual([]);
  });

  test('are seen where cluster and provider are in an earlier stack', () => {
    const app = new App();
    const infra = new Stack(app, 'Infra');
    const stack = new Stack(app, 'Stack');
    const cluster = newCluster(infra);
    newCapacityProvider(infra, cluster);
    const service = newService(stack, cluster);

    expect(ids(new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service }))).toEqual(['warning managedScaling']);
  });

  test('without any property make no trouble', () => {
    const { stack, autoscaler } = goodApp();
    for (const type of ['AWS::ECS::CapacityProvider', 'AWS::ECS::ClusterCapacityProviderAssociations', 'AWS::ApplicationAutoScaling::ScalableTarget']) {
      new CfnResource(stack, type.replace(/:/g, ''), { type });
    }

    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('that only the deployment knows to be the cluster\'s say nothing', () => {
    const { stack, cluster, autoscaler } = goodApp();
    new ecs.CfnClusterCapacityProviderAssociations(stack, 'Associations', {
      cluster: cluster.clusterName, capacityProviders: Token.asList({ 'Fn::Split': [',', Fn.importValue('Providers')] }), defaultCapacityProviderStrategy: [],
    });

    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('of equal name in another account\'s stack make no loop', () => {
    const app = new App();
    const autoscalers = [ENV, { ...ENV, account: '444455556666' }].map((env, i) => {
      const stack = new Stack(app, `Stack${i}`, { env });
      const cluster = newCluster(stack);
      newCapacityProvider(stack, cluster, { capacityProviderName: 'hosts', enableManagedScaling: i === 1 });
      const service = newService(stack, cluster, { capacityProviderStrategies: [{ capacityProvider: 'hosts' }] });
      return new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service });
    });

    expect(autoscalers.map(ids)).toEqual([[], ['error scalingLoop']]);
  });

  test('of equal logical id in another stack make no loop', () => {
    const app = new App();
    const autoscalers = ['Dev', 'Prod'].map((name) => {
      const infra = new Stack(app, `${name}Infra`);
      const stack = new Stack(app, name);
      const cluster = newCluster(infra);
      const provider = newCapacityProvider(infra, cluster, { enableManagedScaling: name === 'Prod' });
      const service = newService(stack, cluster, { capacityProviderStrategies: [{ capacityProvider: provider.capacityProviderName }] });
      return new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service });
    });

    expect(autoscalers.map(ids)).toEqual([[], ['error scalingLoop']]);
  });
});

describe('others that scale the service', () => {
  test('service auto scaling is reported, also if it comes after the autoscaler', () => {
    const { autoscaler, service } = goodApp();
    service.autoScaleTaskCount({ maxCapacity: 4 });

    expect(ids(autoscaler)).toEqual(['error serviceAutoScaling']);
    expect(findings(autoscaler).errors.serviceAutoScaling).toContain('Remove one');
  });

  test('service auto scaling is reported where the autoscaler was given an import of the cluster', () => {
    const { stack, cluster, service } = goodApp();
    service.autoScaleTaskCount({ maxCapacity: 4 });
    const again = ecs.Cluster.fromClusterArn(stack, 'Again', cluster.clusterArn);

    expect(ids(new DaemonServiceAutoscaler(stack, 'Second', { cluster: again, service }))).toContain('error serviceAutoScaling');
  });

  test('service auto scaling is reported however its name was put together', () => {
    const { stack, cluster } = goodApp();
    const service = ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Named', { cluster, serviceName: 'agent' }) as ecs.IService;
    const autoscaler = new DaemonServiceAutoscaler(stack, 'NamedAutoscaler', { cluster, service });
    scalableTarget(stack, `service/${cluster.clusterName}/${Lazy.string({ produce: () => 'agent' })}`);

    const literal = importingApp();
    scalableTarget(literal.stack, `${Lazy.string({ produce: () => 'service' })}/prod/agent`);

    expect([autoscaler, literal.autoscaler].map(ids)).toEqual([['error serviceAutoScaling'], ['error serviceAutoScaling']]);
  });

  test('service auto scaling of an imported service is reported in the same stack', () => {
    const { stack, autoscaler } = importingApp();
    scalableTarget(stack, 'service/prod/agent');

    expect(ids(autoscaler)).toEqual(['error serviceAutoScaling']);
  });

  test('service auto scaling of an imported service is reported across stacks of one environment', () => {
    const { stack, autoscaler } = importingApp();
    scalableTarget(new Stack(stack.node.root, 'Scaling', { env: ENV }), 'service/prod/agent');

    expect(ids(autoscaler)).toEqual(['error serviceAutoScaling']);
  });

  test.each([
    ['another service', ENV, 'service/prod/other'],
    ['another cluster', ENV, 'service/dev/agent'],
    ['another Region', { ...ENV, region: 'us-east-1' }, 'service/prod/agent'],
    ['another account', { ...ENV, account: '444455556666' }, 'service/prod/agent'],
    ['an environment that only the deployment knows', {}, 'service/prod/agent'],
  ])('service auto scaling of %s is not', (_, env, resourceId) => {
    const { stack, autoscaler } = importingApp();
    scalableTarget(new Stack(stack.node.root, 'Scaling', { env }), resourceId);

    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('service auto scaling of another service of the app is not', () => {
    const { stack, autoscaler, cluster } = goodApp();
    newService(stack, cluster, {}, 'Other').autoScaleTaskCount({ maxCapacity: 4 });

    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  /** Twice the same stacks, and scaling by AWS in the second. */
  function twins(scope: (name: string) => Construct, scalingStack: boolean): DaemonServiceAutoscaler[] {
    return ['Dev', 'Prod'].map((name) => {
      const stack = new Stack(scope(name), `${name}Service`);
      const cluster = newCluster(stack);
      const service = newService(stack, cluster);
      if (name === 'Prod') {
        const target = scalingStack ? new Stack(scope(name), `${name}Scaling`) : stack;
        scalableTarget(target, `service/${cluster.clusterName}/${service.serviceName}`);
      }
      return new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service });
    });
  }

  test.each([[false], [true]])('service auto scaling of a look-alike with equal logical ids is not (in a stack of its own: %s)', (scalingStack) => {
    const app = new App();
    expect(twins(() => app, scalingStack).map(ids)).toEqual([[], ['error serviceAutoScaling']]);
  });

  test.each([[false], [true]])('service auto scaling of a look-alike in another stage is not (in a stack of its own: %s)', (scalingStack) => {
    const app = new App();
    const stages = { Dev: newStage(app, 'DevStage'), Prod: newStage(app, 'ProdStage') };
    expect(twins((name) => stages[name as 'Dev' | 'Prod'], scalingStack).map(ids)).toEqual([[], ['error serviceAutoScaling']]);
  });

  test('a second autoscaler of one service is reported at both, by path', () => {
    const { stack, cluster, service, autoscaler } = goodApp();
    const second = new DaemonServiceAutoscaler(stack, 'Second', { cluster, service });

    expect(ids(autoscaler)).toEqual(['error twoAutoscalers']);
    expect(findings(autoscaler).errors.twoAutoscalers).toMatch(/^Stack\/Second scales the same service.*Remove one/);
    expect(findings(second).errors.twoAutoscalers).toMatch(/^Stack\/Autoscaler scales/);
  });

  test('a second autoscaler is reported where it was given an import of the service', () => {
    const { stack, cluster, service, autoscaler } = goodApp();
    new DaemonServiceAutoscaler(stack, 'Second', { cluster, service: ecs.Ec2Service.fromEc2ServiceArn(stack, 'Again', service.serviceArn) });

    expect(ids(autoscaler)).toEqual(['error twoAutoscalers']);
  });

  test('a second autoscaler is reported where both have the service from addService', () => {
    const { stack, cluster, autoscaler } = goodApp();
    const shared = newService(stack, cluster, {}, 'Shared');
    const other = new DaemonServiceAutoscaler(stack, 'Other', { cluster, service: newService(stack, cluster, {}, 'OtherAgent') });
    autoscaler.addService(shared);
    other.addService(shared);

    expect([autoscaler, other].map(ids)).toEqual([['error twoAutoscalers'], ['error twoAutoscalers']]);
    expect(findings(autoscaler).errors.twoAutoscalers).toMatch(/^Stack\/Shared: Stack\/Other scales the same service/);
    expect(findings(other).errors.twoAutoscalers).toMatch(/^Stack\/Shared: Stack\/Autoscaler scales the same service/);
  });

  test('a second autoscaler is reported where one has as its first service what the other was added', () => {
    const { stack, cluster, service, autoscaler } = goodApp();
    const other = new DaemonServiceAutoscaler(stack, 'Other', { cluster, service: newService(stack, cluster, {}, 'OtherAgent') });
    other.addService(newService(stack, cluster, {}, 'Third'));
    other.addService(service);

    expect([autoscaler, other].map(ids)).toEqual([['error twoAutoscalers'], ['error twoAutoscalers']]);
    // Which of its services it is about, an autoscaler says only if it has several.
    expect(findings(autoscaler).errors.twoAutoscalers).toMatch(/^Stack\/Other scales the same service/);
    expect(findings(other).errors.twoAutoscalers).toMatch(/^Stack\/Agent: Stack\/Autoscaler scales the same service/);
  });

  test('service auto scaling of an added service is reported, and of which', () => {
    const { stack, cluster, autoscaler } = goodApp();
    const added = newService(stack, cluster, {}, 'Added');
    autoscaler.addService(added);
    added.autoScaleTaskCount({ maxCapacity: 4 });

    expect(ids(autoscaler)).toEqual(['error serviceAutoScaling']);
    expect(findings(autoscaler).errors.serviceAutoScaling).toMatch(/^Stack\/Added: service auto scaling/);
  });

  test('autoscalers with several services each, and none in common, are not reported', () => {
    const { stack, cluster, autoscaler } = goodApp();
    const other = new DaemonServiceAutoscaler(stack, 'Other', { cluster, service: newService(stack, cluster, {}, 'OtherAgent') });
    autoscaler.addService(newService(stack, cluster, {}, 'Second'));
    other.addService(newService(stack, cluster, {}, 'OtherSecond'));

    expect([autoscaler, other].map(findings)).toEqual([NOTHING, NOTHING]);
  });

  test.each([
    ['in one stack', ENV, undefined, ['error twoAutoscalers']],
    ['in one stack without environment', {}, undefined, ['error twoAutoscalers']],
    ['in two stacks of one environment', ENV, ENV, ['error twoAutoscalers']],
    ['in another Region by name', ENV, { ...ENV, region: 'us-east-1' }, []],
    ['in another account by name', ENV, { ...ENV, account: '444455556666' }, []],
    ['in a stack without environment', ENV, {}, []],
    // Such stacks may well be deployed to two accounts.
    ['in two stacks without environment', {}, {}, []],
    ['in two stacks with a Region alone', { region: ENV.region }, { region: ENV.region }, []],
  ])('a second import of one service: %s', (_, env, otherEnv, expected) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env });
    const [autoscaler] = [stack, otherEnv ? new Stack(app, 'Other', { env: otherEnv }) : stack].map((parent, i) => {
      const cluster = importCluster(parent, 'prod', `Cluster${i}`);
      const service = ecs.Ec2Service.fromEc2ServiceAttributes(parent, `Service${i}`, { cluster, serviceName: 'agent' });
      return new DaemonServiceAutoscaler(parent, `Autoscaler${i}`, { cluster, service });
    });

    expect(ids(autoscaler!)).toEqual(expected);
  });

  test('two autoscalers of two services, or of look-alikes in two stacks, are not reported', () => {
    const { app, stack, cluster, autoscaler } = goodApp();
    const other = new DaemonServiceAutoscaler(stack, 'Other', { cluster, service: newService(stack, cluster, {}, 'OtherAgent') });
    const prod = new Stack(app, 'Prod');
    const prodCluster = newCluster(prod);
    const twin = new DaemonServiceAutoscaler(prod, 'Autoscaler', { cluster: prodCluster, service: newService(prod, prodCluster) });

    expect([autoscaler, other, twin].map(findings)).toEqual([NOTHING, NOTHING, NOTHING]);
  });
});

describe('place', () => {
  test('another cluster of the app is reported by path', () => {
    const { stack, service } = goodApp();
    const autoscaler = new DaemonServiceAutoscaler(stack, 'Wrong', { cluster: newCluster(stack, 'Other'), service });

    expect(ids(autoscaler)).toContain('error otherCluster');
    expect(findings(autoscaler).errors.otherCluster)
      .toMatch(/belongs to the cluster Stack\/ClusterScope\/Cluster but .* of Stack\/OtherScope\/Other\. Pass the service's own cluster/);
  });

  test.each<[string, (stack: Stack) => ecs.IService, string[]]>([
    ['a literal ARN of another cluster', (stack) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/dev/agent')), ['error otherCluster']],
    ['attributes with another cluster', (stack) => imported(stack, 'dev'), ['error otherCluster']],
    ['a literal ARN of this cluster', (stack) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/prod/agent')), []],
    ['attributes with this cluster', (stack) => imported(stack, 'prod'), []],
    ['a cluster that only the deployment knows', (stack) => imported(stack, Fn.importValue('ClusterName')), []],
    ['a short ARN', (stack) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/agent')), []],
    ['another Region', (stack) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/prod/agent', { region: 'us-east-1' })), ['error otherEnvironment']],
    ['another account', (stack) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/prod/agent', { account: '444455556666' })), ['error otherEnvironment']],
    ['a Region that only the deployment knows', (stack) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/prod/agent', { region: Aws.REGION })), []],
  ])('imported service: %s', (_, service, expected) => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });

    expect(ids(new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster: importCluster(stack, 'prod'), service: service(stack) }))).toEqual(expected);
  });

  test.each([
    ['another Region', arn('cluster/prod', { region: 'us-east-1' }), ['error otherEnvironment']],
    ['another account', arn('cluster/prod', { account: '444455556666' }), ['error otherEnvironment']],
    ['this environment', arn('cluster/prod'), []],
    ['another partition\'s own Region', arn('cluster/prod').replace('arn:aws:', 'arn:aws-cn:'), []],
  ])('imported cluster: %s', (_, clusterArn, expected) => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });

    expect(ids(new DaemonServiceAutoscaler(stack, 'Autoscaler', {
      cluster: ecs.Cluster.fromClusterArn(stack, 'Cluster', clusterArn),
      service: ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/prod/agent')),
    }))).toEqual(expected);
  });

  test('tells both environments and what to do', () => {
    const { autoscaler } = importingApp({ service: elsewhere() });

    expect(findings(autoscaler).errors.otherEnvironment)
      .toMatch(/the service is in region us-east-1 but the autoscaler's stack is in eu-west-1.*Put the autoscaler into a stack in the environment of the service/);
  });

  test('a literal ARN says nothing in a stack without environment', () => {
    const stack = new Stack(new App(), 'Stack');

    expect(findings(new DaemonServiceAutoscaler(stack, 'Autoscaler', {
      cluster: ecs.Cluster.fromClusterArn(stack, 'Cluster', arn('cluster/prod')),
      service: ecs.Ec2Service.fromEc2ServiceArn(stack, 'Service', arn('service/prod/agent')),
    }))).toEqual(NOTHING);
  });

  test.each([['region', 'us-east-1'], ['account', '444455556666']] as const)('cluster and service of the app in another %s are reported', (dimension, value) => {
    const app = new App();
    const there = new Stack(app, 'There', { env: { ...ENV, [dimension]: value } });
    const cluster = newCluster(there, 'Cluster', { clusterName: 'prod' });
    const service = newService(there, cluster, { serviceName: 'agent' });
    const here = new Stack(app, 'Here', { env: ENV });
    const autoscaler = new DaemonServiceAutoscaler(here, 'Autoscaler', { cluster, service });

    expect(ids(autoscaler)).toEqual(['error otherEnvironment']);
  });
});

describe('environment size', () => {
  const filterOf = (length: number) => 'a'.repeat(length);
  const sizeWith = (filter: string) => Buffer.byteLength(JSON.stringify({
    clusterArn: arn('cluster/prod'), services: [{ serviceArn: arn('service/prod/agent'), scaling: { tasksPerInstance: 1 }, instanceFilters: [filter] }],
  })) + 'RECONCILER_CONFIG'.length;
  const cluster = (stack: Construct) => ecs.Cluster.fromClusterArn(stack, 'LiteralCluster', arn('cluster/prod'));

  function sized(instanceFilter: string): DaemonServiceAutoscaler {
    const { stack } = importingApp();
    return new DaemonServiceAutoscaler(stack, 'Sized', {
      cluster: cluster(stack), service: ecs.Ec2Service.fromEc2ServiceArn(stack, 'Literal', arn('service/prod/agent')), instanceFilter,
    });
  }

  test('is an error above 4096 bytes and nothing at 4096', () => {
    const room = 4096 - sizeWith('');

    expect(findings(sized(filterOf(room))).errors.environmentSize).toBeUndefined();
    expect(findings(sized(filterOf(room + 1))).errors.environmentSize).toMatch(/has 4097 bytes\. Lambda allows 4096 bytes\. Shorten instanceFilter/);
  });

  test('is counted in bytes, not characters', () => {
    expect(findings(sized('é'.repeat(2040))).errors.environmentSize).toBeDefined();
  });

  test('is a warning where it depends on values of the deployment', () => {
    expect(findings(goodApp({ autoscaler: { instanceFilter: filterOf(3800) } }).autoscaler).warnings.environmentSize)
      .toMatch(/may come to \d+ bytes once 2 values are known\. .*Shorten instanceFilter/);
    expect(findings(goodApp({ autoscaler: { instanceFilter: filterOf(3600) } }).autoscaler)).toEqual(NOTHING);
  });

  test('is an error where what is known is too much already', () => {
    const { autoscaler } = goodApp({ autoscaler: { instanceFilter: filterOf(4096) } });

    expect(ids(autoscaler)).toEqual(['error environmentSize']);
    expect(findings(autoscaler).errors.environmentSize).toMatch(/has \d+ bytes and more once deployed/);
  });
});

test('the checks change nothing in any template', () => {
  const templates = () => {
    const { stack } = goodApp({ service: { placementConstraints: undefined, desiredCount: 1 } });
    return Template.fromStack(stack).toJSON();
  };
  const checked = templates();
  const visit = jest.spyOn(ServiceChecks.prototype, 'visit').mockImplementation(() => {});
  const unchecked = templates();

  expect(visit).toHaveBeenCalled();
  expect(checked).toEqual(unchecked);
  visit.mockRestore();
});

function fargateTask(scope: Construct): ecs.FargateTaskDefinition {
  const taskDefinition = new ecs.FargateTaskDefinition(scope, 'FargateTask');
  taskDefinition.addContainer('agent', { image: ecs.ContainerImage.fromRegistry('agent') });
  return taskDefinition;
}

/** A service with a capacity provider strategy; the cluster is built before the autoscaler. */
function providerApp(
  props: Partial<ecs.AsgCapacityProviderProps>, maxTaskCount?: number, nameOf = (provider: ecs.AsgCapacityProvider) => provider.capacityProviderName,
  scaling?: TaskScaling, placement?: Partial<ecs.Ec2ServiceProps>,
) {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const cluster = newCluster(stack);
  const provider = newCapacityProvider(stack, cluster, props);
  const service = newService(stack, cluster, {
    capacityProviderStrategies: [{ capacityProvider: nameOf(provider), weight: 1 }], ...placement,
  });
  const autoscaler = new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service, maxTaskCount, scaling });
  return { app, stack, cluster, provider, service, autoscaler };
}

function scalableTarget(scope: Construct, resourceId: string): CfnResource {
  return new CfnResource(scope, 'Target', {
    type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    properties: {
      ResourceId: resourceId, MinCapacity: 1, MaxCapacity: 2, ScalableDimension: 'ecs:service:DesiredCount', ServiceNamespace: 'ecs',
    },
  });
}

function arn(resource: string, env: { account?: string; region?: string } = {}): string {
  const { account, region } = { ...ENV, ...env };
  return `arn:aws:ecs:${region}:${account}:${resource}`;
}

function imported(stack: Stack, clusterName: string): ecs.IService {
  const cluster = importCluster(stack, clusterName, 'ServicesCluster');
  return ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Service', { cluster, serviceName: 'agent' }) as ecs.IService;
}

/** A service of another Region. */
function elsewhere(): ecs.IService {
  return ecs.Ec2Service.fromEc2ServiceArn(new Stack(), 'Service', arn('service/prod/agent', { region: 'us-east-1' }));
}

describe('several tasks on each instance', () => {
  const { tasksPerInstance, linear } = TaskScaling;

  test.each([
    ['tasksPerInstance(2)', tasksPerInstance(2)],
    ['half an instance for each task', linear({ instancesPerTask: 0.5 })],
    ['barely more than one task', linear({ instancesPerTask: 0.99 })],
  ])('with distinctInstance are an error: only one of them can be placed (%s)', (_, scaling) => {
    const { autoscaler } = goodApp({ autoscaler: { scaling } });

    expect(ids(autoscaler)).toEqual(['error severalPerDistinctInstance']);
    expect(findings(autoscaler).errors.severalPerDistinctInstance).toMatch(/Remove the constraint, or scale to one task per instance/);
  });

  test('without distinctInstance are nobody\'s concern', () => {
    for (const scaling of [tasksPerInstance(2), linear({ instancesPerTask: 0.5 })]) {
      expect(findings(goodApp({ autoscaler: { scaling }, service: CARELESS }).autoscaler)).toEqual(NOTHING);
    }
  });

  test('say nothing about constraints that only the deployment knows', () => {
    const made = goodApp({ autoscaler: { scaling: tasksPerInstance(2) } });
    cfnService(made.service).addPropertyOverride('PlacementConstraints', { 'Fn::If': ['Condition', [{ Type: 'distinctInstance' }], Aws.NO_VALUE] });
    expect(ids(made.autoscaler)).toEqual([]);
  });

  test('say nothing where only the deployment knows how many', () => {
    const unknown = Token.asNumber({ Ref: 'Count' });
    for (const scaling of [tasksPerInstance(unknown), linear({ instancesPerTask: unknown })]) {
      expect(findings(goodApp({ autoscaler: { scaling } }).autoscaler)).toEqual(NOTHING);
      expect(findings(goodApp({ autoscaler: { scaling }, service: CARELESS }).autoscaler)).toEqual(NOTHING);
    }
  });
});

describe('scaling that isn\'t by the instance', () => {
  const { linear, ladder, tasksPerInstance } = TaskScaling;
  const STEPS = [{ threshold: 1, taskCount: 1 }, { threshold: 10, taskCount: 20 }];
  const FEW: [string, TaskScaling][] = [
    ['linear, 10 instances', linear({ instancesPerTask: 10 })],
    ['linear, 1.5 instances', linear({ instancesPerTask: 1.5 })],
    ['linear, protected', linear({ instancesPerTask: 10, preventSinglePointOfFailure: true })],
    ['a ladder of instances', ladder({ instanceSteps: STEPS })],
    ['a ladder of vCPUs', ladder({ vcpuSteps: STEPS })],
    ['both ladders', ladder({ instanceSteps: STEPS, vcpuSteps: STEPS })],
  ];
  const VCPUS: [string, TaskScaling][] = [
    ['linear, vCPUs', linear({ vcpusPerTask: 64 })],
    ['linear, instances and vCPUs', linear({ instancesPerTask: 10, vcpusPerTask: 64 })],
  ];

  test.each([...FEW, ...VCPUS])('has no opinion on placement: %s', (_, scaling) => {
    // Where distinctInstance is missing, and where it is there.
    for (const service of [CARELESS, { ...CARELESS, placementConstraints: [distinctInstances()] }]) {
      expect(findings(goodApp({ autoscaler: { scaling }, service }).autoscaler)).toEqual(NOTHING);
    }
  });

  test.each([...FEW, ...VCPUS])('is not said to leave no instance for deployments beside the old tasks: %s', (_, scaling) => {
    const service = { deploymentStrategy: ecs.DeploymentStrategy.BLUE_GREEN };

    expect(ids(goodApp({ service }).autoscaler)).toEqual(['error sideBySideDeployment']);
    expect(findings(goodApp({ service, autoscaler: { scaling } }).autoscaler)).toEqual(NOTHING);
  });

  test.each(FEW)('leaves instances free, so that managed scaling comes to an end: %s', (_, scaling) => {
    expect(findings(providerApp({}, undefined, undefined, scaling).autoscaler)).toEqual(NOTHING);
    expect(findings(providerApp({}, 5, undefined, scaling).autoscaler)).toEqual(NOTHING);
    const { stack, cluster, autoscaler } = goodApp({ autoscaler: { scaling } });
    newCapacityProvider(stack, cluster);
    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test.each<[string, TaskScaling]>([
    // An instance may have vCPUs enough for the next task.
    ...VCPUS,
    ['linear, 1 instance', linear({ instancesPerTask: 1 })],
    ['linear, half an instance', linear({ instancesPerTask: 0.5 })],
    ['two tasks on each instance', tasksPerInstance(2)],
  ])('makes a loop with managed scaling where an instance may always ask for a task: %s', (_, scaling) => {
    const loop = (maxTaskCount?: number) => ids(providerApp({}, maxTaskCount, undefined, scaling, CARELESS).autoscaler)
      .filter((id) => /scalingLoop|managedScaling/.test(id));

    expect(loop()).toEqual(['error scalingLoop']);
    expect(loop(5)).toEqual(['warning managedScaling']);
  });

  // Whatever number it turns out to be, it is at least 1.
  test('makes a loop with managed scaling where only the deployment knows how many tasks an instance asks for', () => {
    const scaling = tasksPerInstance(Token.asNumber({ Ref: 'Count' }));

    expect(ids(providerApp({}, undefined, undefined, scaling).autoscaler)).toEqual(['error scalingLoop']);
  });

  test('is none where linear asks for one task on each instance: all is said of it that is said of tasksPerInstance(1)', () => {
    const shapes: GoodAppOptions[] = [
      {},
      { service: CARELESS },
      { service: { placementConstraints: undefined } },
      { service: { minHealthyPercent: 100, maxHealthyPercent: 200 } },
      { service: { deploymentStrategy: ecs.DeploymentStrategy.BLUE_GREEN } },
    ];
    const all = (scaling: TaskScaling) => shapes.map((shape) => ids(goodApp({ ...shape, autoscaler: { scaling } }).autoscaler));

    const said = all(linear({ instancesPerTask: 1 }));

    expect(said).toEqual(all(tasksPerInstance(1)));
    expect(said).toEqual([
      [],
      ['warning distinctInstance', 'warning availabilityZoneRebalancing'],
      ['warning distinctInstance'],
      ['warning minimumHealthyPercent'],
      ['error sideBySideDeployment'],
    ]);
  });
});
