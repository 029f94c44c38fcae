import { App, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { cfnService, configOf, GoodApp, goodApp, logicalId, newCluster, newService, resourceIn, statementsOf } from './app';
import { DaemonServiceAutoscaler, DaemonServiceAutoscalerProps, TaskScaling } from '../../src';

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
          {
            Effect: 'Allow',
            Action: ['ecs:DescribeServices', 'ecs:UpdateService'],
            Resource: refTo(service),
            Condition: { ArnEquals: { 'ecs:cluster': arnOf(cluster) } },
          },
          { Effect: 'Allow', Action: 'ecs:ListContainerInstances', Resource: arnOf(cluster) },
          { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf(autoscaler.deadLetterQueue) },
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
    ['instanceFilter', { instanceFilter: 'attribute:role == "web" and attribute:x =~ a\\.b' }, { instanceFilter: 'attribute:role == "web" and attribute:x =~ a\\.b' }],
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
