import { App, CfnParameter, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  cfnService, configOf, ENV, findings, GoodApp, goodApp, ids, importingApp, logicalId, newCapacityProvider, newCluster, newService,
  newTaskDefinition, NOTHING, resourceIn, statementsOf,
} from './app';
import { DaemonServiceAutoscaler, DaemonServiceAutoscalerProps, ServiceScalingOptions, TaskScaling } from '../../src';

interface Made extends GoodApp {
  readonly template: Template;
}

type Props = Partial<DaemonServiceAutoscalerProps>;

/** A good app and its template; props may need the stack. */
function made(props: Props | ((stack: Stack) => Props) = {}): Made {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const cluster = newCluster(stack);
  const service = newService(stack, cluster);
  const construct = new DaemonServiceAutoscaler(stack, 'Autoscaler', {
    cluster, service, ...(typeof props === 'function' ? props(stack) : props),
  });
  return { app, stack, cluster, service, autoscaler: construct, template: Template.fromStack(stack) };
}

const arnOf = (construct: Parameters<typeof logicalId>[0]) => ({ 'Fn::GetAtt': [logicalId(construct), 'Arn'] });
const refTo = (construct: Parameters<typeof logicalId>[0]) => ({ Ref: logicalId(construct) });
const handlerIn = ({ template, autoscaler }: Made) => resourceIn(template, autoscaler.handler);
const invokeConfigIn = ({ template, autoscaler }: Made) => resourceIn(template, autoscaler.handler.node.findChild('EventInvokeConfig')).Properties;
const rulesIn = ({ template, autoscaler }: Made): Record<string, any> => Object.fromEntries(
  autoscaler.rules.map((rule) => [rule.node.id, resourceIn(template, rule)]));

describe('the function', () => {
  test('is the bundle on arm64 and Node.js 24 with 256 MB and a minute, without reserved concurrency', () => {
    const app = made();
    const { autoscaler } = app;

    expect(handlerIn(app)).toEqual({
      Type: 'AWS::Lambda::Function',
      Properties: {
        Description: 'Keeps the desired count of ECS services on the size of their cluster',
        Code: { S3Bucket: expect.anything(), S3Key: expect.stringMatching(/^[0-9a-f]{64}\.zip$/) },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 256,
        Timeout: 60,
        Role: arnOf(autoscaler.role),
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN', LogGroup: refTo(autoscaler.logGroup) },
        DeadLetterConfig: { TargetArn: arnOf(autoscaler.deadLetterQueue) },
        Environment: { Variables: { RECONCILER_CONFIG: expect.anything() } },
      },
      // Before its role may do anything, the function must not run.
      DependsOn: [logicalId(autoscaler.role.node.findChild('DefaultPolicy')), logicalId(autoscaler.role)],
    });
  });

  test('is told cluster, service and scaling, and nothing else', () => {
    const { template, cluster, service } = made();
    const values = new Map<string, string>([[JSON.stringify(arnOf(cluster)), 'the cluster'], [JSON.stringify(refTo(service)), 'the service']]);

    expect(configOf(template, (intrinsic) => values.get(JSON.stringify(intrinsic))!)).toEqual({
      clusterArn: 'the cluster', services: [{ serviceArn: 'the service', scaling: { tasksPerInstance: 1 } }],
    });
  });

  test('is retried twice for no longer than a resync interval', () => {
    const app = made();

    expect(invokeConfigIn(app)).toEqual({
      FunctionName: refTo(app.autoscaler.handler), Qualifier: '$LATEST', MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300,
    });
  });

  test.each([[1, 60], [2, 120], [60, 3600], [61, 3600], [24 * 60, 3600]])('gives up events after a resync interval of %s min: %s s', (minutes, seconds) => {
    const app = made({ resyncInterval: Duration.minutes(minutes) });

    expect(invokeConfigIn(app).MaximumEventAgeInSeconds).toBe(seconds);
    for (const rule of Object.values(rulesIn(app))) {
      expect(rule.Properties.Targets[0].RetryPolicy).toEqual({ MaximumEventAgeInSeconds: seconds, MaximumRetryAttempts: 2 });
    }
  });

  test('gives up events after an hour where only the deployment knows the interval', () => {
    const age = (app: Made) => invokeConfigIn(app).MaximumEventAgeInSeconds;
    const resyncInterval = Duration.minutes(Lazy.number({ produce: () => 7 }));
    const app = made({ resyncInterval });

    expect(age(app)).toBe(3600);
    expect(rulesIn(app).ResyncRule.Properties.ScheduleExpression).toBe('rate(7 minutes)');
  });
});

describe('the rules', () => {
  const target = (app: Made) => ({
    Id: 'Target0',
    Arn: arnOf(app.autoscaler.handler),
    DeadLetterConfig: { Arn: arnOf(app.autoscaler.deadLetterQueue) },
    RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 2 },
  });

  test('are four, on, with one target each, and are deleted before the service', () => {
    const app = made();
    const rules = rulesIn(app);

    expect(Object.keys(rules)).toEqual(['ContainerInstanceRule', 'DeploymentRule', 'StackRule', 'ResyncRule']);
    for (const rule of Object.values(rules)) {
      expect(rule.Properties.State).toBe('ENABLED');
      expect(rule.DependsOn).toEqual([logicalId(cfnService(app.service))]);
    }
    app.template.resourceCountIs('AWS::Events::Rule', 4);
  });

  test('ContainerInstanceRule hears exactly the instances of the cluster, and passes the whole event', () => {
    const app = made();

    expect(rulesIn(app).ContainerInstanceRule.Properties).toEqual({
      Description: expect.any(String),
      State: 'ENABLED',
      EventPattern: {
        'source': ['aws.ecs'], 'detail-type': ['ECS Container Instance State Change'], 'detail': { clusterArn: [arnOf(app.cluster)] },
      },
      Targets: [target(app)],
    });
  });

  test('DeploymentRule hears exactly the deployments in the cluster, by prefix', () => {
    const app = made();

    expect(rulesIn(app).DeploymentRule.Properties).toEqual({
      Description: expect.any(String),
      State: 'ENABLED',
      EventPattern: {
        'source': ['aws.ecs'],
        'detail-type': ['ECS Deployment State Change'],
        'resources': [{
          prefix: {
            'Fn::Join': ['', [
              'arn:', { Ref: 'AWS::Partition' }, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':service/', refTo(app.cluster), '/',
            ]],
          },
        }],
      },
      Targets: [target(app)],
    });
  });

  test('StackRule hears exactly operations of its own stack that leave services running', () => {
    const app = made();

    expect(rulesIn(app).StackRule.Properties).toEqual({
      Description: expect.any(String),
      State: 'ENABLED',
      EventPattern: {
        'source': ['aws.cloudformation'],
        'detail-type': ['CloudFormation Stack Status Change'],
        'detail': {
          'stack-id': [{ Ref: 'AWS::StackId' }],
          'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE'] },
        },
      },
      Targets: [target(app)],
    });
  });

  test('ResyncRule asks for a reconcile every five minutes', () => {
    const app = made();

    expect(rulesIn(app).ResyncRule.Properties).toEqual({
      Description: expect.any(String),
      State: 'ENABLED',
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ ...target(app), Input: '{"action":"reconcile"}' }],
    });
  });

  test('are the only ones that may invoke the function', () => {
    const app = made();
    const permissions = Object.values(app.template.findResources('AWS::Lambda::Permission'))
      .map((permission) => permission.Properties)
      .filter((permission) => JSON.stringify(permission.FunctionName).includes(logicalId(app.autoscaler.handler)));

    expect(permissions).toHaveLength(4);
    expect(permissions).toEqual(app.autoscaler.rules.map((rule) => ({
      Action: 'lambda:InvokeFunction', FunctionName: arnOf(app.autoscaler.handler), Principal: 'events.amazonaws.com', SourceArn: arnOf(rule),
    })));
  });
});

describe('the dead-letter queue', () => {
  test('is encrypted, keeps two weeks and is removed with the stack', () => {
    const { template, autoscaler } = made();

    expect(resourceIn(template, autoscaler.deadLetterQueue)).toEqual({
      Type: 'AWS::SQS::Queue',
      Properties: { SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  test('takes TLS only, and messages of its own rules only', () => {
    const { template, autoscaler } = made();
    const [policy, ...others] = Object.values(template.findResources('AWS::SQS::QueuePolicy'));
    const queue = arnOf(autoscaler.deadLetterQueue);

    expect(others).toEqual([]);
    expect(policy!.Properties.Queues).toEqual([refTo(autoscaler.deadLetterQueue)]);
    expect(policy!.Properties.PolicyDocument.Statement).toEqual([
      { Effect: 'Deny', Action: 'sqs:*', Principal: { AWS: '*' }, Resource: queue, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ...autoscaler.rules.map((rule) => ({
        Sid: expect.any(String),
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Resource: queue,
        Condition: { ArnEquals: { 'aws:SourceArn': arnOf(rule) } },
      })),
    ]);
  });
});

test('the log group keeps a month, is removed with the stack and has a name that Lambda doesn\'t make for itself', () => {
  const { template, autoscaler } = made();

  expect(resourceIn(template, autoscaler.logGroup)).toEqual({
    Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete',
  });
  expect(JSON.stringify(template.toJSON())).not.toContain('/aws/lambda');
});

describe('the role', () => {
  test('can be assumed by Lambda alone and has no managed policy', () => {
    const { template, autoscaler } = made();

    expect(resourceIn(template, autoscaler.role).Properties).toEqual({
      Description: expect.any(String),
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      },
    });
  });

  test('may do what the table of least privilege says, and nothing else', () => {
    const { template, autoscaler, cluster, service } = made();
    const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter((policy) =>
      JSON.stringify(policy.Properties.Roles).includes(logicalId(autoscaler.role)));

    expect(policies.map((policy) => policy.Properties)).toEqual([{
      PolicyName: expect.any(String),
      Roles: [refTo(autoscaler.role)],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arnOf(autoscaler.logGroup) },
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf(autoscaler.deadLetterQueue) },
          {
            Effect: 'Allow',
            Action: ['ecs:DescribeServices', 'ecs:UpdateService'],
            Resource: refTo(service),
            Condition: { ArnEquals: { 'ecs:cluster': arnOf(cluster) } },
          },
          { Effect: 'Allow', Action: 'ecs:ListContainerInstances', Resource: arnOf(cluster) },
        ],
      },
    }]);
    expect(JSON.stringify(policies)).not.toContain('*');
  });
});

describe('what is created', () => {
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

  function added(props?: Props): Record<string, any> {
    const resources = (template: Template) => template.toJSON().Resources as Record<string, any>;
    const stack = new Stack(new App(), 'Stack');
    const cluster = newCluster(stack);
    newService(stack, cluster);
    const without = resources(Template.fromStack(stack));
    const after = resources(made(props).template);
    const { AgentServiceD4A97827: _, ...untouched } = without;
    // Nothing else in the stack changes: neither service nor cluster.
    expect(after).toMatchObject(untouched);
    return Object.fromEntries(Object.entries(after).filter(([id]) => !(id in without)));
  }

  test('is this, and nothing that costs monthly, no custom resource and no reserved concurrency', () => {
    const resources = Object.values(added());
    const counts: Record<string, number> = {};
    resources.forEach(({ Type }) => (counts[Type] = (counts[Type] ?? 0) + 1));

    expect(counts).toEqual(EXPECTED);
    expect(JSON.stringify(resources)).not.toContain('ReservedConcurrentExecutions');
  });

  test('leaves the service as it is', () => {
    const stack = new Stack(new App(), 'Stack');
    const service = newService(stack, newCluster(stack));
    const app = made();

    expect(resourceIn(app.template, cfnService(app.service))).toEqual(resourceIn(Template.fromStack(stack), cfnService(service)));
  });

  test('is exposed by the construct', () => {
    const { autoscaler } = made();

    expect(autoscaler.handler).toBeInstanceOf(lambda.Function);
    expect(autoscaler.role).toBeInstanceOf(iam.Role);
    expect(autoscaler.logGroup).toBeInstanceOf(logs.LogGroup);
    expect(autoscaler.deadLetterQueue).toBeInstanceOf(sqs.Queue);
    expect(autoscaler.rules.every((rule) => rule instanceof events.Rule)).toBe(true);
  });
});

describe('options of scaling', () => {
  const LADDER = { instanceSteps: [{ threshold: 10, taskCount: 3 }, { threshold: 0, taskCount: 0 }], vcpuSteps: [{ threshold: 0.5, taskCount: 1 }] };

  const serviceOf = (props: Props) => {
    const { serviceArn, ...config } = configOf(made(props).template).services[0];
    expect(serviceArn).toEqual(expect.any(String));
    return config;
  };

  test.each<[keyof DaemonServiceAutoscalerProps, Props, object]>([
    ['scaling', { scaling: TaskScaling.tasksPerInstance(3) }, { scaling: { tasksPerInstance: 3 } }],
    ['minTaskCount', { minTaskCount: 2 }, { minTaskCount: 2 }],
    ['minTaskCount', { minTaskCount: 0 }, { minTaskCount: 0 }],
    ['maxTaskCount', { maxTaskCount: 7 }, { maxTaskCount: 7 }],
    ['maxTaskCount', { maxTaskCount: 0 }, { maxTaskCount: 0 }],
    ['minTaskCount', { minTaskCount: 4, maxTaskCount: 4 }, { minTaskCount: 4, maxTaskCount: 4 }],
    ['instanceFilter', { instanceFilter: 'attribute:role == "web" and attribute:x =~ a\\.b' }, { instanceFilters: ['attribute:role == "web" and attribute:x =~ a\\.b'] }],
    ['scaling', { scaling: TaskScaling.linear({ instancesPerTask: 2.5 }) }, { scaling: { linear: { instancesPerTask: 2.5 } } }],
    [
      'scaling',
      { scaling: TaskScaling.linear({ instancesPerTask: 16, vcpusPerTask: 256, preventSinglePointOfFailure: true }) },
      { scaling: { linear: { instancesPerTask: 16, vcpusPerTask: 256, preventSinglePointOfFailure: true } } },
    ],
    ['scaling', { scaling: TaskScaling.ladder(LADDER) }, { scaling: { ladder: LADDER } }],
    ['capacityProviderNames', { capacityProviderNames: ['hosts', 'spot'] }, { capacityProviderNames: ['hosts', 'spot'] }],
    ['countDrainingInstances', { countDrainingInstances: true }, { countDrainingInstances: true }],
    ['countDrainingInstances', { countDrainingInstances: false }, { countDrainingInstances: false }],
  ])('%s reaches the function: %j', (_, props, config) => {
    expect(serviceOf(props)).toEqual({ scaling: { tasksPerInstance: 1 }, ...config });
  });

  test('a count that only the deployment knows reaches the function as a number', () => {
    const count = Token.asNumber({ Ref: 'Count' });
    const { template } = made({ minTaskCount: count, maxTaskCount: count });

    expect(configOf(template, (intrinsic) => intrinsic.Ref === 'Count' ? 4 : 'arn').services[0]).toMatchObject({ minTaskCount: 4, maxTaskCount: 4 });
  });

  test('ratios and steps that only the deployment knows reach the function as numbers', () => {
    const count = Token.asNumber({ Ref: 'Count' });
    const scalingOf = (scaling: TaskScaling) =>
      configOf(made({ scaling }).template, (intrinsic) => intrinsic.Ref === 'Count' ? 4 : 'arn').services[0].scaling;

    expect(scalingOf(TaskScaling.linear({ instancesPerTask: count }))).toEqual({ linear: { instancesPerTask: 4 } });
    expect(scalingOf(TaskScaling.ladder({ instanceSteps: [{ threshold: count, taskCount: count }] })))
      .toEqual({ ladder: { instanceSteps: [{ threshold: 4, taskCount: 4 }] } });
  });
});

/** What an autoscaler may do to ECS. */
const ecsStatements = (template: Template) => statementsOf(template).filter((statement) => JSON.stringify(statement.Action).includes('ecs:'));
const detailStatements = (template: Template) => statementsOf(template).filter((statement) => statement.Action === 'ecs:DescribeContainerInstances');

describe('DescribeContainerInstances', () => {
  const STEPS = [{ threshold: 1, taskCount: 1 }];

  test.each<[string, Props]>([
    ['linear by vCPUs', { scaling: TaskScaling.linear({ vcpusPerTask: 64 }) }],
    ['linear by both', { scaling: TaskScaling.linear({ instancesPerTask: 4, vcpusPerTask: 64 }) }],
    ['a ladder by vCPUs', { scaling: TaskScaling.ladder({ vcpuSteps: STEPS }) }],
    ['capacityProviderNames', { capacityProviderNames: ['hosts'] }],
    ['both reasons at once', { scaling: TaskScaling.linear({ vcpusPerTask: 64 }), capacityProviderNames: ['hosts'] }],
  ])('is allowed for the instances of the cluster alone where they must be looked at: %s', (_, props) => {
    const { template, cluster } = made(props);

    expect(detailStatements(template)).toEqual([{
      Effect: 'Allow',
      Action: 'ecs:DescribeContainerInstances',
      Resource: {
        'Fn::Join': ['', [
          'arn:', { Ref: 'AWS::Partition' }, ':ecs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':container-instance/', refTo(cluster), '/*',
        ]],
      },
      Condition: { ArnEquals: { 'ecs:cluster': arnOf(cluster) } },
    }]);
    expect(statementsOf(template)).toHaveLength(5);
  });

  test.each<[string, Props]>([
    ['linear by instances', { scaling: TaskScaling.linear({ instancesPerTask: 4, preventSinglePointOfFailure: true }) }],
    ['a ladder by instances', { scaling: TaskScaling.ladder({ instanceSteps: STEPS }) }],
    ['tasksPerInstance, a filter and draining instances', { scaling: TaskScaling.tasksPerInstance(2), instanceFilter: 'attribute:a == b', countDrainingInstances: true }],
  ])('is not allowed where a listing is enough: %s', (_, props) => {
    expect(statementsOf(made(props).template)).toEqual(statementsOf(made().template));
  });

  test('is allowed by the literal name of an imported cluster', () => {
    const { stack } = importingApp({ scaling: TaskScaling.linear({ vcpusPerTask: 64 }) });
    const of = (resource: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecs:${ENV.region}:${ENV.account}:${resource}`]] });

    expect(detailStatements(Template.fromStack(stack))).toEqual([{
      Effect: 'Allow',
      Action: 'ecs:DescribeContainerInstances',
      Resource: of('container-instance/prod/*'),
      Condition: { ArnEquals: { 'ecs:cluster': of('cluster/prod') } },
    }]);
  });
});

describe('addService', () => {
  const IN_ENV = `arn:aws:ecs:${ENV.region}:${ENV.account}`;
  const importService = (stack: Stack, name: string, id = name) => ecs.Ec2Service.fromEc2ServiceArn(stack, id, `${IN_ENV}:service/prod/${name}`);

  /** An imported service `agent` with further ones and their options. */
  function importing(others: Record<string, ServiceScalingOptions | undefined>, props: Props = {}) {
    const app = importingApp(props);
    Object.entries(others).forEach(([name, options]) => app.autoscaler.addService(importService(app.stack, name), options));
    return { ...app, template: Template.fromStack(app.stack) };
  }

  const servicesIn = (template: Template): any[] => configOf(template, () => 'aws').services;

  test('tells the function of each service, in the order they came, each with its own options', () => {
    const { template } = importing({
      dns: {
        scaling: TaskScaling.linear({ vcpusPerTask: 256 }),
        minTaskCount: 2,
        maxTaskCount: 50,
        instanceFilter: 'attribute:a == b',
        countDrainingInstances: true,
        capacityProviderNames: ['hosts'],
      },
      proxy: undefined,
    }, { scaling: TaskScaling.tasksPerInstance(2), minTaskCount: 1, instanceFilter: 'attribute:c == d', dryRun: true });

    expect(configOf(template, () => 'aws')).toEqual({
      clusterArn: `${IN_ENV}:cluster/prod`,
      services: [
        {
          serviceArn: `${IN_ENV}:service/prod/agent`, scaling: { tasksPerInstance: 2 }, minTaskCount: 1, instanceFilters: ['attribute:c == d'],
        },
        {
          serviceArn: `${IN_ENV}:service/prod/dns`,
          scaling: { linear: { vcpusPerTask: 256 } },
          minTaskCount: 2,
          maxTaskCount: 50,
          instanceFilters: ['attribute:a == b'],
          countDrainingInstances: true,
          capacityProviderNames: ['hosts'],
        },
        // Nothing is taken over from the services before.
        { serviceArn: `${IN_ENV}:service/prod/proxy`, scaling: { tasksPerInstance: 1 } },
      ],
      dryRun: true,
    });
  });

  test('allows exactly the services, in one statement, and adds neither rules nor functions', () => {
    const { template } = importing({ dns: {}, proxy: {} });
    const cluster = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecs:${ENV.region}:${ENV.account}:cluster/prod`]] };

    expect(ecsStatements(template)).toEqual([
      {
        Effect: 'Allow',
        Action: ['ecs:DescribeServices', 'ecs:UpdateService'],
        Resource: ['agent', 'dns', 'proxy'].map((name) => `${IN_ENV}:service/prod/${name}`),
        Condition: { ArnEquals: { 'ecs:cluster': cluster } },
      },
      { Effect: 'Allow', Action: 'ecs:ListContainerInstances', Resource: cluster },
    ]);
    expect(Object.keys(template.toJSON().Resources)).toEqual(Object.keys(Template.fromStack(importingApp().stack).toJSON().Resources));
  });

  test('allows DescribeContainerInstances once, from the first service on that needs it', () => {
    const vcpus = { scaling: TaskScaling.linear({ vcpusPerTask: 64 }) };
    const needing = (others: Record<string, ServiceScalingOptions>, props?: Props) => detailStatements(importing(others, props).template).length;

    expect(needing({ dns: {}, proxy: { scaling: TaskScaling.linear({ instancesPerTask: 64 }) } })).toBe(0);
    expect(needing({ dns: vcpus })).toBe(1);
    expect(needing({ dns: vcpus, proxy: { capacityProviderNames: ['hosts'] } })).toBe(1);
    expect(needing({ dns: {} }, vcpus)).toBe(1);
    expect(needing({ dns: vcpus, proxy: vcpus }, vcpus)).toBe(1);
  });

  test('keeps every owned service until the rules are gone', () => {
    const { stack, cluster, service, autoscaler } = goodApp();
    const second = newService(stack, cluster, {}, 'Second');
    autoscaler.addService(second);
    autoscaler.addService(ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'Imported', { cluster, serviceName: 'imported' }) as ecs.IService);
    const template = Template.fromStack(stack);

    expect(autoscaler.rules).toHaveLength(4);
    for (const rule of autoscaler.rules) {
      expect(new Set(resourceIn(template, rule).DependsOn)).toEqual(new Set([service, second].map((owned) => logicalId(cfnService(owned)))));
    }
    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('gives a service by name its long ARN', () => {
    const { stack, autoscaler } = importingApp();
    autoscaler.addService(ecs.Ec2Service.fromEc2ServiceArn(stack, 'Short', `${IN_ENV}:service/short`));

    expect(servicesIn(Template.fromStack(stack)).map((config) => config.serviceArn)).toEqual(['agent', 'short'].map((name) => `${IN_ENV}:service/prod/${name}`));
  });

  test.each<[string, (made: { stack: Stack }) => ecs.IService]>([
    ['by the same ARN', ({ stack }) => importService(stack, 'agent', 'Again')],
    ['by its short ARN', ({ stack }) => ecs.Ec2Service.fromEc2ServiceArn(stack, 'Again', `${IN_ENV}:service/agent`)],
  ])('fails on the first service again, %s, and names both', (_, again) => {
    const app = importingApp();
    const add = () => app.autoscaler.addService(again({ stack: new Stack() }));

    expect(add).toThrow(expect.objectContaining({
      name: 'Error', message: 'addService: received Default/Again, which Stack/Autoscaler manages already, expected another service',
    }));
  });

  test('fails on an added service again, and leaves what was there', () => {
    const { stack, cluster, autoscaler } = goodApp();
    const second = newService(stack, cluster, {}, 'Second');
    autoscaler.addService(second, { minTaskCount: 2 });

    expect(() => autoscaler.addService(second, { minTaskCount: 3 })).toThrow(/^addService: received Stack\/Second, which Stack\/Autoscaler manages already/);
    expect(servicesIn(Template.fromStack(stack)).map((config) => config.minTaskCount)).toEqual([undefined, 2]);
  });

  test.each<[string, ServiceScalingOptions, string]>([
    ['minTaskCount', { minTaskCount: -1 }, 'minTaskCount: received -1, expected a whole number of at least 0'],
    ['maxTaskCount', { minTaskCount: 3, maxTaskCount: 2 }, 'maxTaskCount: received 2, expected a whole number of at least minTaskCount (3)'],
    ['capacityProviderNames', { capacityProviderNames: [] }, 'capacityProviderNames: received no name, expected at least one. Leave it out to count every instance'],
  ])('fails on a bad %s and adds nothing', (_, options, message) => {
    const { stack, autoscaler } = importingApp();

    expect(() => autoscaler.addService(importService(stack, 'dns'), options)).toThrow(expect.objectContaining({ name: 'Error', message }));
    expect(Template.fromStack(stack).toJSON()).toEqual(Template.fromStack(importingApp().stack).toJSON());
  });

  test('has every service checked, and says which one it is about', () => {
    const { stack, cluster, autoscaler } = goodApp();
    autoscaler.addService(newService(stack, cluster, { desiredCount: 1 }, 'Second'));
    autoscaler.addService(newService(stack, cluster, { placementConstraints: [] }, 'Third'));

    expect(findings(autoscaler)).toEqual({
      errors: { desiredCount: expect.stringMatching(/^Stack\/Second: the service's template sets DesiredCount/) },
      warnings: { distinctInstance: expect.stringMatching(/^Stack\/Third: the service should run one task on each instance/) },
    });
  });

  test('has every service checked for its own scaling and bounds', () => {
    const { stack, cluster, autoscaler } = goodApp({ autoscaler: { scaling: TaskScaling.linear({ instancesPerTask: 10 }) } });
    autoscaler.addService(newService(stack, cluster, {}, 'Second'), { scaling: TaskScaling.tasksPerInstance(2) });
    const provider = newCapacityProvider(stack, cluster);
    const hosted = { capacityProviderStrategies: [{ capacityProvider: provider.capacityProviderName }] };
    autoscaler.addService(newService(stack, cluster, hosted, 'Bounded'), { maxTaskCount: 5 });
    autoscaler.addService(newService(stack, cluster, hosted, 'Endless'));

    findings(autoscaler);
    const said = autoscaler.node.findAll().flatMap((construct) => construct.node.metadata)
      .filter((entry) => ['aws:cdk:error', 'aws:cdk:warning'].includes(entry.type))
      .map((entry) => /^Stack\/(\w+): .*cdk-daemon-service-autoscaler:(\w+)\]$/.exec(entry.data)!.slice(1).join(' '));
    expect(new Set(said)).toEqual(new Set([
      'Second severalPerDistinctInstance', 'Second managedScaling', 'Bounded managedScaling', 'Endless scalingLoop',
    ]));
  });

  test('says of two services the same thing twice', () => {
    const { stack, cluster, autoscaler } = goodApp({ service: { desiredCount: 1 } });
    autoscaler.addService(newService(stack, cluster, { desiredCount: 1 }, 'Second'));
    findings(autoscaler);

    expect(autoscaler.node.metadata.map((entry) => String(entry.data).split(':')[0])).toEqual(['Stack/Agent', 'Stack/Second']);
  });

  test('has a service of another cluster reported', () => {
    const { stack, autoscaler } = importingApp();
    autoscaler.addService(ecs.Ec2Service.fromEc2ServiceArn(stack, 'Foreign', `${IN_ENV}:service/dev/agent`));

    expect(ids(autoscaler)).toEqual(['error otherCluster']);
    expect(findings(autoscaler).errors.otherCluster).toMatch(/^Stack\/Foreign: the service belongs to the cluster dev but/);
  });

  test('of more services than the configuration has room for is an error that says what to do', () => {
    const withServices = (count: number) => importing(Object.fromEntries(Array.from({ length: count }, (_, i) => [`agent-number-${i}`, {}]))).autoscaler;
    const { errors } = findings(withServices(60));

    expect(Object.keys(errors)).toEqual(['environmentSize']);
    expect(errors.environmentSize).toMatch(
      /^the function's environment has \d{4} bytes and more once deployed\. Lambda allows 4096 bytes\. Shorten instanceFilter, or spread the services or clusters over several autoscalers\./);
    expect(findings(withServices(15))).toEqual(NOTHING);
  });
});

describe('capacity providers', () => {
  const namesIn = (stack: Stack) => configOf(Template.fromStack(stack)).services[0].capacityProviderNames;

  test('come from the service\'s own strategy, in its order, with Fargate left out', () => {
    const names = ['FARGATE', 'spot', 'FARGATE_SPOT', 'hosts'];
    const { stack } = goodApp({ service: { capacityProviderStrategies: names.map((capacityProvider) => ({ capacityProvider })) } });

    expect(namesIn(stack)).toEqual(['spot', 'hosts']);
    expect(detailStatements(Template.fromStack(stack))).toHaveLength(1);
  });

  test('that the app makes are named by reference', () => {
    const { stack, cluster } = goodApp();
    const provider = newCapacityProvider(stack, cluster);
    const service = newService(stack, cluster, { capacityProviderStrategies: [{ capacityProvider: provider.capacityProviderName }] }, 'Hosted');
    new DaemonServiceAutoscaler(stack, 'HostedAutoscaler', { cluster, service });
    const template = Template.fromStack(stack);
    const [providerId] = Object.keys(template.findResources('AWS::ECS::CapacityProvider'));
    const hosted = Object.values(template.findResources('AWS::Lambda::Function'))
      .find((handler) => JSON.stringify(handler).includes('capacityProviderNames'));

    expect(hosted!.Properties.Environment.Variables.RECONCILER_CONFIG['Fn::Join'][1]).toContainEqual({ Ref: providerId });
  });

  test('that are given explicitly take the place of the strategy\'s', () => {
    const { stack } = goodApp({
      service: { capacityProviderStrategies: [{ capacityProvider: 'hosts' }] }, autoscaler: { capacityProviderNames: ['spot'] },
    });

    expect(namesIn(stack)).toEqual(['spot']);
  });

  test.each<[string, Partial<ecs.Ec2ServiceProps>]>([
    ['no strategy', {}],
    ['an empty strategy', { capacityProviderStrategies: [] }],
    ['Fargate alone', { capacityProviderStrategies: [{ capacityProvider: 'FARGATE' }, { capacityProvider: 'FARGATE_SPOT' }] }],
  ])('are unknown with %s, and no instance is described', (_, service) => {
    const { stack } = goodApp({ service });

    expect(namesIn(stack)).toBeUndefined();
    expect(detailStatements(Template.fromStack(stack))).toEqual([]);
  });

  test('are unknown where only the deployment knows the strategy or a provider of it', () => {
    const { stack, cluster } = goodApp();
    const whole = newService(stack, cluster, {}, 'Whole');
    cfnService(whole).capacityProviderStrategy = Lazy.any({ produce: () => [] });
    const nameless = newService(stack, cluster, {}, 'Nameless');
    cfnService(nameless).capacityProviderStrategy = [{ weight: 1 }];
    [whole, nameless].forEach((service) => new DaemonServiceAutoscaler(service, 'Autoscaler', { cluster, service }));

    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::Lambda::Function'))).not.toContain('capacityProviderNames');
  });

  test('are unknown for an import', () => {
    expect(namesIn(importingApp().stack)).toBeUndefined();
  });
});

describe('the task definition\'s constraints', () => {
  const { memberOf, distinctInstances } = ecs.PlacementConstraint;

  /** A service with a task definition, and the filters that its autoscaler tells the function. */
  function constrained(instanceFilter?: string) {
    const app = goodApp();
    const taskDefinition = newTaskDefinition(app.stack, 'Constrained');
    const service = newService(app.stack, app.cluster, { taskDefinition }, 'ConstrainedAgent');
    app.autoscaler.addService(service, { instanceFilter });
    return { ...app, taskDefinition, filters: () => configOf(Template.fromStack(app.stack)).services.map((config: any) => config.instanceFilters) };
  }

  test('join the filter of their service alone, after the user\'s own', () => {
    const { taskDefinition, filters } = constrained('attribute:own == filter');
    taskDefinition.addPlacementConstraint(memberOf('attribute:a == b', 'attribute:c == d'));

    expect(filters()).toEqual([undefined, ['attribute:own == filter', 'attribute:a == b', 'attribute:c == d']]);
  });

  test('are known from before the autoscaler', () => {
    const { stack, cluster } = goodApp();
    const taskDefinition = newTaskDefinition(stack, 'Constrained');
    taskDefinition.addPlacementConstraint(memberOf('attribute:before == true'));
    const other = new Stack(stack.node.root, 'Other');
    new DaemonServiceAutoscaler(other, 'Autoscaler', { cluster, service: newService(stack, cluster, { taskDefinition }, 'ConstrainedAgent') });

    expect(configOf(Template.fromStack(other)).services[0].instanceFilters).toEqual(['attribute:before == true']);
  });

  test('are seen where they come after the autoscaler', () => {
    const { taskDefinition, filters, autoscaler } = constrained();
    taskDefinition.addPlacementConstraint(memberOf('attribute:after == true'));

    expect(filters()).toEqual([undefined, ['attribute:after == true']]);
    expect(findings(autoscaler)).toEqual(NOTHING);
  });

  test('that are no expression leave the filter alone', () => {
    const { taskDefinition, filters } = constrained();
    taskDefinition.addPlacementConstraint(distinctInstances());

    expect(filters()).toEqual([undefined, undefined]);
  });

  test('are no filter of the service\'s own: ECS reports those itself', () => {
    const { stack } = goodApp({ service: { placementConstraints: [distinctInstances(), memberOf('attribute:service == own')] } });

    expect(configOf(Template.fromStack(stack)).services[0].instanceFilters).toBeUndefined();
  });

  test('keep values that only the deployment knows', () => {
    const { stack, taskDefinition } = constrained();
    const role = new CfnParameter(stack, 'HostRole').valueAsString;
    taskDefinition.addPlacementConstraint(memberOf(`attribute:role == ${role}`));

    expect(configOf(Template.fromStack(stack), (intrinsic) => intrinsic.Ref === 'HostRole' ? 'web' : 'arn').services[1].instanceFilters)
      .toEqual(['attribute:role == web']);
  });

  test('keep values of an earlier stack, which exports them', () => {
    const { stack: infra, cluster, service } = goodApp();
    const role = new CfnParameter(infra, 'HostRole').valueAsString;
    service.taskDefinition.addPlacementConstraint(memberOf(`attribute:role == ${role}`));
    const stack = new Stack(infra.node.root, 'Later');
    new DaemonServiceAutoscaler(stack, 'Autoscaler', { cluster, service });
    const { RECONCILER_CONFIG: config } = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'))[0]!
      .Properties.Environment.Variables;

    // A reference to what isn't in the template can't be deployed.
    expect(JSON.stringify(config)).not.toContain('{"Ref":"HostRole"}');
    expect(JSON.stringify(config)).toContain('Stack:ExportsOutputRefHostRole');
  });

  test('that only the deployment knows as a whole are left to instanceFilter', () => {
    const { taskDefinition, filters } = constrained('attribute:own == filter');
    (taskDefinition.node.defaultChild as ecs.CfnTaskDefinition).placementConstraints = Token.asAny({ 'Fn::If': ['Condition', [], []] });

    expect(filters()).toEqual([undefined, ['attribute:own == filter']]);
  });

  test('of an imported service are unknown, whatever is known of it', () => {
    const { stack, cluster, autoscaler } = goodApp();
    autoscaler.addService(ecs.Ec2Service.fromEc2ServiceAttributes(stack, 'ByName', { cluster, serviceName: 'agent' }) as ecs.IService);
    autoscaler.addService(ecs.Ec2Service.fromEc2ServiceArn(stack, 'ByArn', `arn:aws:ecs:${ENV.region}:${ENV.account}:service/x/agent`));

    expect(configOf(Template.fromStack(stack)).services.map((config: any) => config.instanceFilters)).toEqual([undefined, undefined, undefined]);
  });
});

describe('options of the reconciler', () => {
  test('resyncInterval sets the schedule', () => {
    expect(rulesIn(made({ resyncInterval: Duration.hours(2) })).ResyncRule.Properties.ScheduleExpression).toBe('rate(2 hours)');
    expect(rulesIn(made({ resyncInterval: Duration.minutes(1) })).ResyncRule.Properties.ScheduleExpression).toBe('rate(1 minute)');
    expect(rulesIn(made({ resyncInterval: Duration.seconds(120) })).ResyncRule.Properties.ScheduleExpression).toBe('rate(2 minutes)');
  });

  test.each([[true, { dryRun: true }], [false, { dryRun: false }]])('dryRun %s reaches the function', (dryRun, expected) => {
    expect(configOf(made({ dryRun }).template)).toMatchObject(expected);
  });

  test('dryRun takes no permission and no rule away', () => {
    expect(statementsOf(made({ dryRun: true }).template)).toEqual(statementsOf(made().template));
    expect(Object.values(rulesIn(made({ dryRun: true }))).map((rule) => rule.Properties.State)).toEqual(['ENABLED', 'ENABLED', 'ENABLED', 'ENABLED']);
  });

  test('enabled: false switches all rules off and keeps the rest', () => {
    const app = made({ enabled: false });

    expect(Object.values(rulesIn(app)).map((rule) => rule.Properties.State)).toEqual(['DISABLED', 'DISABLED', 'DISABLED', 'DISABLED']);
    expect(handlerIn(app)).toEqual(handlerIn(made()));
  });

  test.each<[string, Props, object]>([
    ['applicationLogLevel', { applicationLogLevel: lambda.ApplicationLogLevel.DEBUG }, { LoggingConfig: expect.objectContaining({ ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'WARN' }) }],
    ['runtime', { runtime: lambda.Runtime.NODEJS_22_X }, { Runtime: 'nodejs22.x' }],
    ['architecture', { architecture: lambda.Architecture.X86_64 }, { Architectures: ['x86_64'] }],
    ['memorySize', { memorySize: 512 }, { MemorySize: 512 }],
    ['timeout', { timeout: Duration.minutes(15) }, { Timeout: 900 }],
    ['timeout', { timeout: Duration.seconds(10) }, { Timeout: 10 }],
    ['reservedConcurrentExecutions', { reservedConcurrentExecutions: 1 }, { ReservedConcurrentExecutions: 1 }],
  ])('%s reaches the function: %j', (_, props, expected) => {
    expect(handlerIn(made(props)).Properties).toMatchObject(expected);
  });

  test('the oldest runtime and one newer than the default are taken', () => {
    expect(handlerIn(made({ runtime: lambda.Runtime.NODEJS_20_X })).Properties.Runtime).toBe('nodejs20.x');
    expect(handlerIn(made({ runtime: new lambda.Runtime('nodejs26.x', lambda.RuntimeFamily.NODEJS) })).Properties.Runtime).toBe('nodejs26.x');
  });

  test('logGroup is used and may be written to, and none is made', () => {
    const app = made((stack) => ({ logGroup: new logs.LogGroup(stack, 'Mine', { logGroupName: 'mine' }) }));

    app.template.resourceCountIs('AWS::Logs::LogGroup', 1);
    expect(app.autoscaler.logGroup.node.path).toBe('Stack/Mine');
    expect(handlerIn(app).Properties.LoggingConfig.LogGroup).toEqual(refTo(app.autoscaler.logGroup));
    expect(statementsOf(app.template)).toContainEqual({
      Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arnOf(app.autoscaler.logGroup),
    });
  });

  test('an imported logGroup may be written to with its streams', () => {
    const app = made((stack) => ({ logGroup: logs.LogGroup.fromLogGroupName(stack, 'Mine', 'mine') }));

    expect(statementsOf(app.template).filter((statement) => JSON.stringify(statement.Action).includes('logs:'))).toEqual([{
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':log-group:mine:*']] },
    }]);
  });

  test('deadLetterQueue is used by function and targets, which may send to it, and none is made', () => {
    const app = made((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Mine') }));
    const queue = arnOf(app.autoscaler.deadLetterQueue);

    app.template.resourceCountIs('AWS::SQS::Queue', 1);
    expect(handlerIn(app).Properties.DeadLetterConfig).toEqual({ TargetArn: queue });
    expect(Object.values(rulesIn(app)).map((rule) => rule.Properties.Targets[0].DeadLetterConfig)).toEqual(Array(4).fill({ Arn: queue }));
    expect(statementsOf(app.template)).toContainEqual({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue });
    const [policy] = Object.values(app.template.findResources('AWS::SQS::QueuePolicy'));
    expect(policy!.Properties.PolicyDocument.Statement.map((statement: any) => statement.Condition))
      .toEqual(app.autoscaler.rules.map((rule) => ({ ArnEquals: { 'aws:SourceArn': arnOf(rule) } })));
  });

  test('an imported deadLetterQueue is used and the function may send to it', () => {
    const arn = 'arn:aws:sqs:eu-west-1:111122223333:mine';
    const app = made((stack) => ({ deadLetterQueue: sqs.Queue.fromQueueArn(stack, 'Mine', arn) }));

    app.template.resourceCountIs('AWS::SQS::Queue', 0);
    app.template.resourceCountIs('AWS::SQS::QueuePolicy', 0);
    expect(handlerIn(app).Properties.DeadLetterConfig).toEqual({ TargetArn: arn });
    expect(statementsOf(app.template)).toContainEqual({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn });
  });

  test('role is used and granted what the made one would be, and none is made', () => {
    const app = made((stack) => ({ role: new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }));

    expect(app.autoscaler.role.node.path).toBe('Stack/Mine');
    expect(app.autoscaler.node.tryFindChild('Role')).toBeUndefined();
    expect(handlerIn(app).Properties.Role).toEqual(arnOf(app.autoscaler.role));
    expect(resourceIn(app.template, app.autoscaler.role).Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(statementsOf(app.template)).toEqual(statementsOf(made().template));
  });

  test('a role that can\'t be changed is used as it is', () => {
    const app = made((stack) => ({ role: iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111122223333:role/mine', { mutable: false }) }));

    expect(handlerIn(app).Properties.Role).toBe('arn:aws:iam::111122223333:role/mine');
    expect(statementsOf(app.template)).toEqual([]);
  });
});

test('grantInvoke allows the grantee to invoke the function and nothing else', () => {
  const { stack, autoscaler } = goodApp();
  const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
  autoscaler.grantInvoke(operator);
  const handler = logicalId(autoscaler.handler);
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy', Match.objectLike({
    Properties: { Roles: [refTo(operator)] },
  })));

  expect(policies.map((policy) => policy.Properties.PolicyDocument.Statement)).toEqual([[{
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    // With its versions and aliases.
    Resource: [{ 'Fn::GetAtt': [handler, 'Arn'] }, { 'Fn::Join': ['', [{ 'Fn::GetAtt': [handler, 'Arn'] }, ':*']] }],
  }]]);
});

describe('a bad property fails at construction, naming what was received and what is allowed', () => {
  test.each<[string, () => Props, RegExp]>([
    ['scaling 0', () => ({ scaling: TaskScaling.tasksPerInstance(0) }), /TaskScaling\.tasksPerInstance: received 0, expected a whole number of at least 1/],
    ['minTaskCount -1', () => ({ minTaskCount: -1 }), /^minTaskCount: received -1, expected a whole number of at least 0$/],
    ['minTaskCount 1.5', () => ({ minTaskCount: 1.5 }), /^minTaskCount: received 1\.5, expected a whole number of at least 0$/],
    ['minTaskCount NaN', () => ({ minTaskCount: NaN }), /^minTaskCount: received NaN, expected a whole number/],
    ['minTaskCount Infinity', () => ({ minTaskCount: Infinity }), /^minTaskCount: received Infinity, expected a whole number/],
    ['maxTaskCount -1', () => ({ maxTaskCount: -1 }), /^maxTaskCount: received -1, expected a whole number of at least 0$/],
    ['maxTaskCount 2.5', () => ({ maxTaskCount: 2.5 }), /^maxTaskCount: received 2\.5, expected a whole number of at least 0$/],
    ['maxTaskCount Infinity', () => ({ maxTaskCount: Infinity }), /^maxTaskCount: received Infinity, expected a whole number/],
    ['maxTaskCount below minTaskCount', () => ({ minTaskCount: 3, maxTaskCount: 2 }), /^maxTaskCount: received 2, expected a whole number of at least minTaskCount \(3\)$/],
    ['an empty instanceFilter', () => ({ instanceFilter: '' }), /^instanceFilter: received an empty string, expected an expression of the cluster query language.*Leave it out/],
    ['a blank instanceFilter', () => ({ instanceFilter: ' \n' }), /^instanceFilter: received an empty string/],
    ['no capacityProviderNames', () => ({ capacityProviderNames: [] }), /^capacityProviderNames: received no name, expected at least one\. Leave it out to count every instance$/],
    ['an empty name', () => ({ capacityProviderNames: ['hosts', ' '] }), /^capacityProviderNames: received an empty name, expected names of capacity providers$/],
    ['a linear scaling without ratio', () => ({ scaling: TaskScaling.linear({}) }), /^TaskScaling\.linear: received no ratio/],
    ['resyncInterval 59 s', () => ({ resyncInterval: Duration.seconds(59) }), /^resyncInterval: received 59 seconds, expected a whole number of minutes, at least 1/],
    ['resyncInterval 90 s', () => ({ resyncInterval: Duration.seconds(90) }), /^resyncInterval: received 1 minute 30 seconds, expected a whole number of minutes/],
    ['resyncInterval 0', () => ({ resyncInterval: Duration.minutes(0) }), /^resyncInterval: received \S* ?minutes, expected a whole number of minutes, at least 1/],
    ['timeout 9 s', () => ({ timeout: Duration.seconds(9) }), /^timeout: received 9 seconds, expected from 10 seconds to 15 minutes/],
    ['timeout 901 s', () => ({ timeout: Duration.seconds(901) }), /^timeout: received 15 minutes 1 second, expected from 10 seconds to 15 minutes/],
    ['runtime python3.13', () => ({ runtime: lambda.Runtime.PYTHON_3_13 }), /^runtime: received python3\.13, expected a Node\.js runtime, nodejs20\.x or newer$/],
    ['runtime nodejs18.x', () => ({ runtime: lambda.Runtime.NODEJS_18_X }), /^runtime: received nodejs18\.x, expected a Node\.js runtime, nodejs20\.x or newer$/],
    ['runtime nodejs', () => ({ runtime: lambda.Runtime.NODEJS }), /^runtime: received nodejs, expected/],
    ['reservedConcurrentExecutions 0', () => ({ reservedConcurrentExecutions: 0 }), /^reservedConcurrentExecutions: received 0, expected at least 1.*enabled: false/],
  ])('%s', (_, props, message) => {
    const construct = () => goodApp({ autoscaler: props() });

    expect(construct).toThrow(message);
    expect(construct).toThrow(expect.objectContaining({ name: 'Error' }));
  });

  const unknown = Token.asNumber({ Ref: 'Count' });

  test.each<[string, Props]>([
    ['minTaskCount', { minTaskCount: unknown, maxTaskCount: 0 }],
    ['maxTaskCount', { minTaskCount: 3, maxTaskCount: unknown }],
    ['timeout', { timeout: Duration.seconds(unknown) }],
    ['resyncInterval', { resyncInterval: Duration.minutes(unknown) }],
    ['reservedConcurrentExecutions', { reservedConcurrentExecutions: unknown }],
    ['scaling', { scaling: TaskScaling.tasksPerInstance(unknown) }],
  ])('a value that only the deployment knows is left to it: %s', (_, props) => {
    expect(() => goodApp({ autoscaler: props })).not.toThrow();
  });
});
