import { App, Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { calm, configOf, ENV, findings, goodApp, importCluster, logicalId, newCluster, NOTHING, resourceIn, statementsOf } from './app';
import { FleetDaemonServiceAutoscaler, FleetDaemonServiceAutoscalerProps, TaskScaling } from '../../src';

interface Made {
  readonly stack: Stack;
  readonly autoscaler: FleetDaemonServiceAutoscaler;
  readonly template: Template;
}

type Props = Partial<FleetDaemonServiceAutoscalerProps>;

/** A fleet of services `agent` and its template; props may need the stack. */
function made(props: Props | ((stack: Stack) => Props) = {}, env?: typeof ENV): Made {
  const stack = new Stack(new App(), 'Stack', { env });
  const autoscaler = new FleetDaemonServiceAutoscaler(stack, 'Fleet', {
    serviceName: 'agent', ...(typeof props === 'function' ? props(stack) : props),
  });
  return { stack, autoscaler, template: Template.fromStack(stack) };
}

const arnOf = (construct: Parameters<typeof logicalId>[0]) => ({ 'Fn::GetAtt': [logicalId(construct), 'Arn'] });
const refTo = (construct: Parameters<typeof logicalId>[0]) => ({ Ref: logicalId(construct) });
const join = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
/** An ARN of ECS in the stack's environment, which only the deployment knows. */
const ecsArn = (...parts: unknown[]) => {
  const [first, ...rest] = parts;
  return join('arn:', { Ref: 'AWS::Partition' }, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${first}`, ...rest);
};
const rulesIn = ({ template, autoscaler }: Made): Record<string, any> => Object.fromEntries(
  autoscaler.rules.map((rule) => [rule.node.id, resourceIn(template, rule).Properties]));
const patternsIn = (fleet: Made): Record<string, any> => Object.fromEntries(
  Object.entries(rulesIn(fleet)).map(([id, rule]) => [id, rule.EventPattern]));
const handlerIn = ({ template, autoscaler }: Made) => resourceIn(template, autoscaler.handler).Properties;

/** Clusters of the account and Region that are known by their literal ARNs. */
const literalArn = (name: string) => `arn:aws:ecs:${ENV.region}:${ENV.account}:cluster/${name}`;
const literalClusters = (stack: Stack, names: string[]) => names.map((name) => ecs.Cluster.fromClusterArn(stack, name, literalArn(name)));

test('the default template of a fleet is what users have deployed', () => {
  expect(calm(made({}, ENV).template)).toMatchSnapshot();
});

describe('construct ids', () => {
  const childrenOf = ({ autoscaler }: { autoscaler: FleetDaemonServiceAutoscaler | ReturnType<typeof goodApp>['autoscaler'] }) =>
    autoscaler.node.children.map((child) => child.node.id);
  const IDS = ['LogGroup', 'DeadLetterQueue', 'Role', 'Handler', 'ContainerInstanceRule', 'DeploymentRule', 'StackRule', 'ResyncRule', 'Checks'];

  test('are public contract, and those of an autoscaler that is bound to a cluster', () => {
    expect(childrenOf(made())).toEqual(IDS);
    expect(childrenOf(goodApp())).toEqual(IDS);
  });

  test('of further rules go by number, so that the first rule stays when clusters are added', () => {
    const fleet = made((stack) => ({ clusters: literalClusters(stack, Array.from({ length: 70 }, (_, i) => `cluster-${i}`)) }));

    expect(childrenOf(fleet)).toEqual([
      ...IDS.slice(0, 5), 'ContainerInstanceRule2', 'ContainerInstanceRule3', ...IDS.slice(5),
    ]);
  });
});

describe('the function', () => {
  test('is the bound one\'s but for a timeout of 15 minutes', () => {
    const { stack, autoscaler } = goodApp();
    // What names its own resources differs.
    const comparable = (properties: Record<string, any>) => {
      const { Timeout, Role: _, DeadLetterConfig: __, Environment: ___, LoggingConfig: { LogGroup: ____, ...logging }, ...others } = properties;
      return { Timeout, logging, ...others };
    };

    const bound = resourceIn(Template.fromStack(stack), autoscaler.handler).Properties;
    expect(comparable(handlerIn(made()))).toEqual({ ...comparable(bound), Timeout: 900 });
  });

  test('and its rules give up events after a resync interval of 15 minutes', () => {
    const fleet = made();

    expect(fleet.template.findResources('AWS::Lambda::EventInvokeConfig')).toEqual({
      [logicalId(fleet.autoscaler.handler.node.findChild('EventInvokeConfig'))]: expect.objectContaining({
        Properties: { FunctionName: refTo(fleet.autoscaler.handler), Qualifier: '$LATEST', MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 900 },
      }),
    });
    for (const rule of Object.values(rulesIn(fleet))) {
      expect(rule.Targets[0].RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 2 });
    }
  });

  test('takes another timeout', () => {
    expect(handlerIn(made({ timeout: Duration.minutes(5) })).Timeout).toBe(300);
  });
});

describe('the configuration', () => {
  const PREFIX = `arn:aws:ecs:${ENV.region}:${ENV.account}:cluster/`;
  const configWith = (props: Props | ((stack: Stack) => Props) = {}) => configOf(made(props, ENV).template, () => 'aws');

  test('of all clusters has the name, what cluster ARNs begin with and the scaling, and nothing else', () => {
    expect(configWith()).toEqual({ fleet: { serviceName: 'agent', clusterArnPrefix: PREFIX, scaling: { tasksPerInstance: 1 } } });
  });

  test('of listed clusters has their ARNs, in order', () => {
    expect(configWith((stack) => ({ clusters: [...literalClusters(stack, ['prod', 'dev']), importCluster(stack, 'by-name')] }))).toEqual({
      fleet: {
        serviceName: 'agent',
        clusterArnPrefix: PREFIX,
        clusterArns: ['prod', 'dev', 'by-name'].map(literalArn),
        scaling: { tasksPerInstance: 1 },
      },
    });
  });

  test('has all options of scaling', () => {
    expect(configWith({
      scaling: TaskScaling.linear({ vcpusPerTask: 64 }),
      minTaskCount: 1,
      maxTaskCount: 9,
      instanceFilter: 'attribute:a == b',
      countDrainingInstances: true,
      capacityProviderNames: ['hosts'],
      dryRun: true,
    })).toEqual({
      fleet: {
        serviceName: 'agent',
        clusterArnPrefix: PREFIX,
        scaling: { linear: { vcpusPerTask: 64 } },
        minTaskCount: 1,
        maxTaskCount: 9,
        instanceFilters: ['attribute:a == b'],
        countDrainingInstances: true,
        capacityProviderNames: ['hosts'],
      },
      dryRun: true,
    });
  });

  test('of more clusters than it has room for is an error that says what to do', () => {
    const findingsWith = (count: number) => findings(
      made((stack) => ({ clusters: literalClusters(stack, Array.from({ length: count }, (_, i) => `cluster-number-${i}`)) }), ENV).autoscaler);

    expect(findingsWith(70).errors.environmentSize).toMatch(/Lambda allows 4096 bytes\. .*spread the services or clusters over several autoscalers/);
    expect(findingsWith(50)).toEqual(NOTHING);
  });
});

describe('the rules', () => {
  const ACCOUNT = { account: [{ Ref: 'AWS::AccountId' }], region: [{ Ref: 'AWS::Region' }] };
  const DEPLOYMENTS = { 'source': ['aws.ecs'], 'detail-type': ['ECS Deployment State Change'], ...ACCOUNT, 'resources': [{ suffix: '/agent' }] };
  const STACK = {
    'source': ['aws.cloudformation'],
    'detail-type': ['CloudFormation Stack Status Change'],
    'detail': {
      'stack-id': [{ Ref: 'AWS::StackId' }],
      'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE'] },
    },
  };
  const INSTANCES = { 'source': ['aws.ecs'], 'detail-type': ['ECS Container Instance State Change'] };

  test('of all clusters hear every instance and the deployments of the name, in the account and Region alone', () => {
    expect(patternsIn(made())).toEqual({
      ContainerInstanceRule: { ...INSTANCES, ...ACCOUNT }, DeploymentRule: DEPLOYMENTS, StackRule: STACK, ResyncRule: undefined,
    });
  });

  test('of listed clusters hear their instances alone: literal ARNs', () => {
    expect(patternsIn(made((stack) => ({ clusters: literalClusters(stack, ['prod', 'dev']) })))).toEqual({
      ContainerInstanceRule: { ...INSTANCES, detail: { clusterArn: [literalArn('prod'), literalArn('dev')] } },
      DeploymentRule: DEPLOYMENTS,
      StackRule: STACK,
      ResyncRule: undefined,
    });
  });

  test('of listed clusters hear their instances alone: clusters of the app', () => {
    const clusters: ecs.ICluster[] = [];
    const fleet = made((stack) => {
      clusters.push(newCluster(stack, 'One'), newCluster(stack, 'Two'));
      return { clusters };
    });

    expect(patternsIn(fleet).ContainerInstanceRule).toEqual({ ...INSTANCES, detail: { clusterArn: clusters.map(arnOf) } });
  });

  test('resync every 15 minutes, or as often as one likes', () => {
    const resync = (props?: Props) => {
      const { ScheduleExpression, Targets } = rulesIn(made(props)).ResyncRule;
      return [ScheduleExpression, Targets[0].Input];
    };

    expect(resync()).toEqual(['rate(15 minutes)', '{"action":"reconcile"}']);
    expect(resync({ resyncInterval: Duration.minutes(1) })).toEqual(['rate(1 minute)', '{"action":"reconcile"}']);
  });

  test('pass the whole event to the function and what can\'t be delivered to the queue', () => {
    const fleet = made();

    for (const { Targets: [{ Input: _, ...target }, ...others] } of Object.values(rulesIn(fleet))) {
      expect(others).toEqual([]);
      expect(target).toEqual({
        Id: 'Target0',
        Arn: arnOf(fleet.autoscaler.handler),
        DeadLetterConfig: { Arn: arnOf(fleet.autoscaler.deadLetterQueue) },
        RetryPolicy: { MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 2 },
      });
    }
    expect(Object.entries(rulesIn(fleet)).filter(([, rule]) => rule.Targets[0].Input !== undefined).map(([id]) => id)).toEqual(['ResyncRule']);
  });

  /** Patterns of rules for container instances, once each intrinsic has a value. */
  function instancePatterns(fleet: Made, valueOf: (intrinsic: any) => string): any[] {
    return Object.entries(patternsIn(fleet))
      .filter(([id]) => id.startsWith('ContainerInstanceRule'))
      .map(([, pattern]) => ({
        ...pattern, detail: { clusterArn: pattern.detail.clusterArn.map((arn: any) => typeof arn === 'string' ? arn : valueOf(arn)) },
      }));
  }

  /** The longest name that a cluster may have. */
  const longName = (i: number) => `${'c'.repeat(252)}${100 + i}`;

  test.each<[string, number, (stack: Stack, i: number) => ecs.ICluster, (i: number) => string]>([
    ['short literal ARNs', 60, (stack, i) => literalClusters(stack, [`c${i}`])[0]!, (i) => literalArn(`c${i}`)],
    ['literal ARNs of the greatest length', 13, (stack, i) => literalClusters(stack, [longName(i)])[0]!, (i) => literalArn(longName(i))],
    ['ARNs that only the deployment knows', 25,
      (stack, i) => ecs.Cluster.fromClusterArn(stack, `C${i}`, Fn.importValue(`Cluster${i}`)), (i) => literalArn(`Production-ClusterScopeCluster0A1B2C3D-${i}-0a1B2c3D4e5F`)],
  ])('hold a long list within the 2,048 characters of a pattern: %s', (_, count, cluster, arn) => {
    const indexes = Array.from({ length: count }, (__, i) => i);
    const fleet = made((stack) => ({ clusters: indexes.map((i) => cluster(stack, i)) }));
    const patterns = instancePatterns(fleet, (intrinsic) => arn(Number(/\d+$/.exec(intrinsic['Fn::ImportValue'])![0])));

    expect(patterns.length).toBeGreaterThan(1);
    for (const pattern of patterns) {
      expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2048);
      expect(pattern).toEqual({ ...INSTANCES, detail: { clusterArn: expect.any(Array) } });
    }
    // Each cluster is heard, and by one rule.
    expect(patterns.flatMap((pattern) => pattern.detail.clusterArn)).toEqual(indexes.map(arn));
  });

  test('hold a long list within the 2,048 characters of a pattern: long names in ARNs of which the deployment knows the partition', () => {
    const fleet = made((stack) => ({ clusters: Array.from({ length: 11 }, (_, i) => importCluster(stack, longName(i), `C${i}`)) }), ENV);

    for (const pattern of instancePatterns(fleet, (intrinsic) => intrinsic['Fn::Join'][1].map((part: any) => part.Ref ? 'aws' : part).join(''))) {
      expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2048);
    }
  });

  test('are no more than a long list needs', () => {
    const rules = (count: number) => Object.keys(rulesIn(made((stack) => ({
      clusters: literalClusters(stack, Array.from({ length: count }, (_, i) => `cluster-${100 + i}`)),
    })))).length;

    // ARNs of 55 characters each, and quotes and a comma.
    expect([rules(1), rules(31), rules(32), rules(62), rules(63)]).toEqual([4, 4, 5, 5, 6]);
  });

  test('are the only ones that may invoke the function, those of a long list included', () => {
    const fleet = made((stack) => ({ clusters: literalClusters(stack, Array.from({ length: 40 }, (_, i) => `cluster-${i}`)) }));

    expect(fleet.autoscaler.rules).toHaveLength(5);
    expect(Object.values(fleet.template.findResources('AWS::Lambda::Permission')).map((permission) => permission.Properties))
      .toEqual(fleet.autoscaler.rules.map((rule) => ({
        Action: 'lambda:InvokeFunction', FunctionName: arnOf(fleet.autoscaler.handler), Principal: 'events.amazonaws.com', SourceArn: arnOf(rule),
      })));
  });
});

describe('the role', () => {
  /** The whole policy: what every shape has, and then this. */
  function expectPolicy(fleet: Made, ...statements: object[]): void {
    expect(Object.values(fleet.template.findResources('AWS::IAM::Policy')).map((policy) => policy.Properties)).toEqual([{
      PolicyName: expect.any(String),
      Roles: [refTo(fleet.autoscaler.role)],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arnOf(fleet.autoscaler.logGroup) },
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf(fleet.autoscaler.deadLetterQueue) },
          ...statements,
        ],
      },
    }]);
    expect(resourceIn(fleet.template, fleet.autoscaler.role).Properties).not.toHaveProperty('ManagedPolicyArns');
  }

  const services = (resource: unknown) => ({ Effect: 'Allow', Action: ['ecs:DescribeServices', 'ecs:UpdateService'], Resource: resource });
  const listing = (resource: unknown) => ({ Effect: 'Allow', Action: 'ecs:ListContainerInstances', Resource: resource });
  const details = (resource: unknown) => ({ Effect: 'Allow', Action: 'ecs:DescribeContainerInstances', Resource: resource });
  const CLUSTERS = { Effect: 'Allow', Action: 'ecs:ListClusters', Resource: '*' };
  const VCPUS = { scaling: TaskScaling.linear({ instancesPerTask: 8, vcpusPerTask: 64 }) };

  test('of all clusters is narrowed by the service\'s name', () => {
    expectPolicy(made(), services(ecsArn('service/*/agent')), listing(ecsArn('cluster/*')), CLUSTERS);
  });

  test.each<[string, Props]>([
    ['vCPUs', VCPUS],
    ['a ladder of vCPUs', { scaling: TaskScaling.ladder({ vcpuSteps: [{ threshold: 1, taskCount: 1 }] }) }],
    ['capacityProviderNames', { capacityProviderNames: ['hosts'] }],
  ])('of all clusters may look at instances for %s', (_, props) => {
    expectPolicy(made(props), services(ecsArn('service/*/agent')), listing(ecsArn('cluster/*')), details(ecsArn('container-instance/*')), CLUSTERS);
  });

  test('has the account and Region of a stack that has them', () => {
    const inEnv = (resource: string) => join('arn:', { Ref: 'AWS::Partition' }, `:ecs:${ENV.region}:${ENV.account}:${resource}`);

    expectPolicy(made({}, ENV), services(inEnv('service/*/agent')), listing(inEnv('cluster/*')), CLUSTERS);
  });

  test('of listed clusters has exact ARNs and may list no clusters: literal ARNs', () => {
    const clusters = (stack: Stack) => literalClusters(stack, ['prod', 'dev']);
    const both = (of: (name: string) => unknown) => ['prod', 'dev'].map(of);

    expectPolicy(made((stack) => ({ clusters: clusters(stack) })),
      services(both((name) => ecsArn(`service/${name}/agent`))), listing(both(literalArn)));
    expectPolicy(made((stack) => ({ clusters: clusters(stack), ...VCPUS })),
      services(both((name) => ecsArn(`service/${name}/agent`))), listing(both(literalArn)), details(both((name) => ecsArn(`container-instance/${name}/*`))));
  });

  test('of listed clusters has exact ARNs and may list no clusters: clusters of the app', () => {
    const clusters: ecs.ICluster[] = [];
    const stack = new Stack(new App(), 'Stack');
    const infra = new Stack(stack.node.root as App, 'Infra');
    // Alone in its stack: clusters bring roles of their own.
    clusters.push(newCluster(infra, 'One'), newCluster(infra, 'Two'));
    const autoscaler = new FleetDaemonServiceAutoscaler(stack, 'Fleet', { serviceName: 'agent', clusters, capacityProviderNames: ['hosts'] });
    const exported = (cluster: ecs.ICluster, attribute: 'Arn' | 'Ref') => ({
      'Fn::ImportValue': expect.stringMatching(`^Infra:ExportsOutput${attribute === 'Ref' ? 'Ref' : 'FnGetAtt'}${logicalId(cluster)}${attribute === 'Ref' ? '' : 'Arn'}`),
    });

    expectPolicy({ stack, autoscaler, template: Template.fromStack(stack) },
      services(clusters.map((cluster) => ecsArn('service/', exported(cluster, 'Ref'), '/agent'))),
      listing(clusters.map((cluster) => exported(cluster, 'Arn'))),
      details(clusters.map((cluster) => ecsArn('container-instance/', exported(cluster, 'Ref'), '/*'))));
  });

  test('of the user\'s own is granted the same', () => {
    const fleet = made((stack) => ({ role: new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }));

    expect(fleet.autoscaler.role.node.path).toBe('Stack/Mine');
    expect(statementsOf(fleet.template)).toEqual(statementsOf(made().template));
  });
});

describe('what is created', () => {
  const countsIn = (template: Template) => {
    const counts: Record<string, number> = {};
    Object.values<any>(template.toJSON().Resources).forEach(({ Type }) => (counts[Type] = (counts[Type] ?? 0) + 1));
    return counts;
  };
  const EXPECTED = {
    'AWS::Events::Rule': 4,
    'AWS::IAM::Policy': 1,
    'AWS::IAM::Role': 1,
    'AWS::Lambda::EventInvokeConfig': 1,
    'AWS::Lambda::Function': 1,
    'AWS::Lambda::Permission': 4,
    'AWS::Logs::LogGroup': 1,
    'AWS::SQS::Queue': 1,
    'AWS::SQS::QueuePolicy': 1,
  };

  test('is one function for the whole account, and nothing that costs monthly', () => {
    expect(countsIn(made().template)).toEqual(EXPECTED);
  });

  test('is no more for a list of clusters that fits one pattern', () => {
    expect(countsIn(made((stack) => ({ clusters: literalClusters(stack, ['prod', 'dev']) })).template)).toEqual(EXPECTED);
  });

  test('hears nothing from the checks', () => {
    expect(findings(made().autoscaler)).toEqual(NOTHING);
    expect(findings(made((stack) => ({ clusters: literalClusters(stack, ['prod']) }), ENV).autoscaler)).toEqual(NOTHING);
  });

  test.each([['account', '444455556666'], ['region', 'us-east-1']])(
    'hears of a listed cluster of another %s, whose events its rules never hear', (dimension, value) => {
      const elsewhere = { ...ENV, [dimension]: value };
      const { autoscaler } = made((stack) => ({
        clusters: [ecs.Cluster.fromClusterArn(stack, 'Cluster', `arn:aws:ecs:${elsewhere.region}:${elsewhere.account}:cluster/prod`)],
      }), ENV);

      expect(findings(autoscaler).errors).toEqual({ otherEnvironment: expect.stringContaining(value) });
    });

  test('is exposed by the construct', () => {
    const { autoscaler } = made();

    expect(autoscaler.handler).toBeInstanceOf(lambda.Function);
    expect(autoscaler.role).toBeInstanceOf(iam.Role);
    expect(autoscaler.logGroup).toBeInstanceOf(logs.LogGroup);
    expect(autoscaler.deadLetterQueue).toBeInstanceOf(sqs.Queue);
    expect(autoscaler.rules).toHaveLength(4);
    expect(autoscaler.rules.every((rule) => rule instanceof events.Rule)).toBe(true);
  });
});

describe('options', () => {
  test('enabled: false switches all rules off, those of a long list included, and keeps the rest', () => {
    const props = (stack: Stack) => ({ clusters: literalClusters(stack, Array.from({ length: 40 }, (_, i) => `cluster-${i}`)) });
    const fleet = made((stack) => ({ ...props(stack), enabled: false }));

    expect(Object.values(rulesIn(fleet)).map((rule) => rule.State)).toEqual(Array(5).fill('DISABLED'));
    expect(Object.values(rulesIn(made(props))).map((rule) => rule.State)).toEqual(Array(5).fill('ENABLED'));
    expect(handlerIn(fleet)).toEqual(handlerIn(made(props)));
  });

  test('dryRun takes no permission and no rule away', () => {
    expect(statementsOf(made({ dryRun: true }).template)).toEqual(statementsOf(made().template));
    expect(rulesIn(made({ dryRun: true }))).toEqual(rulesIn(made()));
  });

  test('grantInvoke allows the grantee to invoke the function and nothing else', () => {
    const app = new App();
    const autoscaler = new FleetDaemonServiceAutoscaler(new Stack(app, 'Stack'), 'Fleet', { serviceName: 'agent' });
    const other = new Stack(app, 'Other');
    const operator = new iam.Role(other, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
    autoscaler.grantInvoke(operator);
    const handler = { 'Fn::ImportValue': expect.stringContaining(logicalId(autoscaler.handler)) };

    expect(Object.values(Template.fromStack(other).findResources('AWS::IAM::Policy', Match.objectLike({ Properties: { Roles: [refTo(operator)] } })))
      .map((policy) => policy.Properties.PolicyDocument.Statement)).toEqual([[{
      Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: [handler, join(handler, ':*')],
    }]]);
  });

  test('a service name that only the deployment knows is left to it', () => {
    const { template } = made({ serviceName: Fn.ref('Name') });

    expect(JSON.stringify(template.findResources('AWS::Events::Rule'))).toContain(JSON.stringify([{ suffix: join('/', { Ref: 'Name' }) }]));
    expect(statementsOf(template)).toContainEqual(expect.objectContaining({ Resource: ecsArn('service/*/', { Ref: 'Name' }) }));
  });
});

describe('a bad property fails at construction, naming what was received and what is allowed', () => {
  const NAME = 'expected 1 to 255 letters, digits, hyphens and underscores: a name, neither an ARN nor a pattern';

  test.each([
    '', ' ', '*', 'agent*', 'ag?nt', 'prod/agent', 'agent ', 'agent\n', 'agént', `arn:aws:ecs:${ENV.region}:${ENV.account}:service/prod/agent`, 'a'.repeat(256),
  ])('serviceName %j', (serviceName) => {
    expect(() => made({ serviceName })).toThrow(expect.objectContaining({
      name: 'Error', message: `serviceName: received ${JSON.stringify(serviceName)}, ${NAME}`,
    }));
  });

  test('a cluster that is listed twice', () => {
    const stack = new Stack(undefined, 'Twice');
    const clusters = ['One', 'Two', 'Again'].map((id) => ecs.Cluster.fromClusterArn(stack, id, `arn:aws:ecs:eu-central-1:999988887777:cluster/${id === 'Again' ? 'One' : id}`));
    expect(() => made({ clusters })).toThrow('clusters: received Twice/Again twice, expected each cluster once');
  });

  test.each(['a', 'A-b_9', '-', '0', 'a'.repeat(255)])('but serviceName %j is taken', (serviceName) => {
    expect(() => made({ serviceName })).not.toThrow();
  });

  test.each<[string, Props, string]>([
    ['no clusters', { clusters: [] }, 'clusters: received no cluster, expected at least one. Leave it out for every cluster of the account and Region'],
    ['minTaskCount', { minTaskCount: -1 }, 'minTaskCount: received -1, expected a whole number of at least 0'],
    ['maxTaskCount', { minTaskCount: 3, maxTaskCount: 2 }, 'maxTaskCount: received 2, expected a whole number of at least minTaskCount (3)'],
    ['instanceFilter', { instanceFilter: '' }, 'instanceFilter: received an empty string, expected an expression of the cluster query language, '
      + 'such as attribute:ecs.instance-type =~ c7g.*. Leave it out to count every instance'],
    ['capacityProviderNames', { capacityProviderNames: [] }, 'capacityProviderNames: received no name, expected at least one. Leave it out to count every instance'],
    ['resyncInterval', { resyncInterval: Duration.seconds(59) }, 'resyncInterval: received 59 seconds, expected a whole number of minutes, at least 1 '
      + '(EventBridge schedules by the minute). Example: Duration.minutes(5)'],
  ])('%s', (_, props, message) => {
    expect(() => made(props)).toThrow(expect.objectContaining({ name: 'Error', message }));
  });

  test('but numbers that only the deployment knows are left to it', () => {
    const unknown = Token.asNumber({ Ref: 'Count' });

    expect(() => made({ minTaskCount: unknown, maxTaskCount: 0 })).not.toThrow();
    expect(() => made({ timeout: Duration.seconds(unknown), resyncInterval: Duration.minutes(unknown) })).not.toThrow();
  });
});
