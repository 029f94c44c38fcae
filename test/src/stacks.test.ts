import { App, CfnElement, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { cfnService, findings, goodApp, importingApp, logicalId, newCluster, newService, NOTHING, resourceIn } from './app';
import { DaemonServiceAutoscaler } from '../../src';

/** What CloudFormation creates before each resource, and so deletes after it: DependsOn, Ref, Fn::GetAtt and Fn::Sub, transitively. */
function prerequisites(template: Template): (id: string) => Set<string> {
  const resources: Record<string, any> = template.toJSON().Resources;
  const direct = (id: string): string[] => [
    ...[resources[id].DependsOn ?? []].flat(),
    ...references(resources[id].Properties),
  ].filter((name) => name in resources);
  const collect = (id: string, seen: Set<string>): Set<string> => {
    direct(id).filter((name) => !seen.has(name)).forEach((name) => collect(name, seen.add(name)));
    return seen;
  };
  return (id) => collect(id, new Set());
}

function references(value: any): string[] {
  if (value === null || typeof value !== 'object') {
    return [];
  }
  return Object.entries<any>(value).flatMap(([key, inner]) => {
    switch (key) {
      case 'Ref': return [inner];
      case 'Fn::GetAtt': return [Array.isArray(inner) ? inner[0] : inner.split('.')[0]];
      case 'Fn::Sub': return [...[inner].flat()[0].matchAll(/\$\{([\w:]+)/g)].map(([, name]) => name);
      default: return references(inner);
    }
  });
}

/** Fails unless every rule is deleted before the service, and nothing waits for itself. */
function expectRulesGoFirst(stack: Stack, autoscaler: DaemonServiceAutoscaler, service: ecs.IService): void {
  const template = Template.fromStack(stack);
  const before = prerequisites(template);
  const resources = Object.keys(template.toJSON().Resources);
  expect(autoscaler.rules).toHaveLength(4);
  for (const rule of autoscaler.rules) {
    expect([...before(logicalId(rule))]).toContain(logicalId(cfnService(service)));
  }
  expect(resources.filter((id) => before(id).has(id))).toEqual([]);
  expect([...before(logicalId(cfnService(service)))].filter((id) => autoscaler.rules.map(logicalId).includes(id))).toEqual([]);
}

test('in the service\'s stack no rule outlives the service', () => {
  const { stack, autoscaler, service } = goodApp();

  expectRulesGoFirst(stack, autoscaler, service);
  expect(findings(autoscaler)).toEqual(NOTHING);
});

test('a rule without a way to the service would outlive it, or the test above shows nothing', () => {
  const { stack, autoscaler, service } = goodApp();
  const rule = autoscaler.rules[2]!.node.defaultChild as CfnResource;
  rule.addDeletionOverride('DependsOn');
  // The function knows the service's ARN, so the target is a way, too.
  rule.addPropertyDeletionOverride('Targets');

  expect(() => expectRulesGoFirst(stack, autoscaler, service)).toThrow(logicalId(cfnService(service)));
});

test.each<[string, (service: ecs.Ec2Service, cluster: ecs.Cluster, stack: Stack) => Construct]>([
  ['the service itself', (service) => service],
  ['the cluster', (_, cluster) => cluster],
  ['a nested construct', (_, __, stack) => new Construct(new Construct(stack, 'Outer'), 'Inner')],
])('scoped inside %s there is no cycle, and no rule outlives the service', (_, scopeOf) => {
  const stack = new Stack(new App(), 'Stack');
  const cluster = newCluster(stack);
  const service = newService(stack, cluster);
  const autoscaler = new DaemonServiceAutoscaler(scopeOf(service, cluster, stack), 'Autoscaler', { cluster, service });

  expectRulesGoFirst(stack, autoscaler, service);
  expect(findings(autoscaler)).toEqual(NOTHING);
});

test('what depends on the service as a whole may hold the autoscaler inside it', () => {
  const stack = new Stack(new App(), 'Stack');
  const cluster = newCluster(stack);
  const service = newService(stack, cluster);
  new DaemonServiceAutoscaler(service, 'Autoscaler', { cluster, service });
  const after = new CfnResource(stack, 'After', { type: 'AWS::SNS::Topic' });
  after.node.addDependency(service);

  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('in a later stack the dependency is the stack\'s, and the service\'s stack knows nothing of it', () => {
  const app = new App();
  const first = new Stack(app, 'Service');
  const cluster = newCluster(first);
  const service = newService(first, cluster);
  const later = new Stack(app, 'Scaling');
  const autoscaler = new DaemonServiceAutoscaler(later, 'Autoscaler', { cluster, service });
  const assembly = app.synth();

  expect(assembly.getStackArtifact('Scaling').dependencies.map((artifact) => artifact.id)).toContain('Service');
  expect(assembly.getStackArtifact('Service').dependencies.map((artifact) => artifact.id)).not.toContain('Scaling');
  const template = Template.fromStack(later);
  for (const rule of autoscaler.rules) {
    expect(resourceIn(template, rule).DependsOn).toBeUndefined();
  }
  expect(JSON.stringify(template.toJSON())).toMatch(/"Fn::ImportValue":"Service:ExportsOutputRefAgentService/);
  expect(findings(autoscaler)).toEqual(NOTHING);
});

test('cluster, service and autoscaler may each have a stack', () => {
  const app = new App();
  const cluster = newCluster(new Stack(app, 'Infra'));
  const service = newService(new Stack(app, 'Service'), cluster);
  const autoscaler = new DaemonServiceAutoscaler(new Stack(app, 'Scaling'), 'Autoscaler', { cluster, service });
  const assembly = app.synth();

  expect(assembly.getStackArtifact('Scaling').dependencies.map((artifact) => artifact.id)).toEqual(expect.arrayContaining(['Infra', 'Service']));
  expect(findings(autoscaler)).toEqual(NOTHING);
});

test('a nested stack may hold the autoscaler', () => {
  const { stack, cluster } = goodApp();
  const service = newService(stack, cluster, {}, 'Other');
  const nested = new NestedStack(stack, 'Nested');
  const autoscaler = new DaemonServiceAutoscaler(nested, 'NestedAutoscaler', { cluster, service });

  expect(findings(autoscaler)).toEqual(NOTHING);
  const nestedStack = nested.nestedStackResource as CfnElement;
  // The nested stack as a whole is deleted before the service.
  expect([...prerequisites(Template.fromStack(stack))(stack.resolve(nestedStack.logicalId))]).toContain(logicalId(cfnService(service)));
});

test('a service in a nested stack may be followed from its parent', () => {
  const { stack, cluster } = goodApp();
  const nested = new NestedStack(stack, 'Nested');
  const service = newService(nested, cluster, {}, 'Other');
  const autoscaler = new DaemonServiceAutoscaler(stack, 'ParentAutoscaler', { cluster, service });

  expect(findings(autoscaler)).toEqual(NOTHING);
  const before = prerequisites(Template.fromStack(stack));
  for (const rule of autoscaler.rules) {
    expect([...before(logicalId(rule))]).toContain(stack.resolve((nested.nestedStackResource as CfnElement).logicalId));
  }
});

test('two services of one cluster have an autoscaler each, side by side', () => {
  const { stack, cluster, service, autoscaler } = goodApp();
  const otherService = newService(stack, cluster, {}, 'Other');
  const other = new DaemonServiceAutoscaler(stack, 'OtherAutoscaler', { cluster, service: otherService });

  expectRulesGoFirst(stack, autoscaler, service);
  expectRulesGoFirst(stack, other, otherService);
  expect(findings(autoscaler)).toEqual(NOTHING);
  expect(findings(other)).toEqual(NOTHING);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Events::Rule', 8);
  // Each knows its own service only.
  const text = JSON.stringify(resourceIn(template, other.handler));
  expect(text).toContain(logicalId(cfnService(otherService)));
  expect(text).not.toContain(logicalId(cfnService(service)));
});

test('in a stack that the service\'s stack depends on it fails: the reference would be a cycle', () => {
  const app = new App();
  const earlier = new Stack(app, 'Scaling');
  const later = new Stack(app, 'Service');
  later.addDependency(earlier);
  const cluster = newCluster(later);
  const service = newService(later, cluster);

  new DaemonServiceAutoscaler(earlier, 'Autoscaler', { cluster, service });

  expect(() => app.synth()).toThrow(/cyclic/i);
});

test('in the cluster\'s stack, which the service\'s stack needs, it fails', () => {
  const app = new App();
  const infra = new Stack(app, 'Infra');
  const cluster = newCluster(infra);
  const service = newService(new Stack(app, 'Service'), cluster);
  new DaemonServiceAutoscaler(infra, 'Autoscaler', { cluster, service });

  expect(() => app.synth()).toThrow(/cyclic/i);
});

test('for imports there is nothing to be deleted after the rules', () => {
  const { stack, autoscaler } = importingApp();
  const template = Template.fromStack(stack);

  expect(autoscaler.rules.map((rule) => resourceIn(template, rule).DependsOn)).toEqual(Array(4).fill(undefined));
});
