import * as fs from 'node:fs';
import { Aspects, CfnResource, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { FixtureOptions, synthesize } from './fixture-app';
import { LocalEcs, SimulatedClock } from '../../local-ecs';
import { BusEvent, LocalStack } from '../../local-stack';

const REGION = 'eu-west-1';
const ACCOUNT = '111122223333';
const MINUTE = 60_000;

let stack: LocalStack | undefined;
const assemblies: string[] = [];

async function deploy(options: FixtureOptions = {}): Promise<LocalStack> {
  const clock = new SimulatedClock(new Date('2026-03-01T08:00:00Z'));
  const ecs = new LocalEcs({ clock, region: REGION, accountId: ACCOUNT });
  const assembly = synthesize(options);
  assemblies.push(assembly);
  stack = await LocalStack.deploy({ assembly, ecs, clock });
  return stack;
}

afterEach(async () => {
  await stack?.close();
  stack = undefined;
  for (const assembly of assemblies.splice(0)) fs.rmSync(assembly, { recursive: true });
});

function order(detail: object, overrides: Partial<BusEvent> = {}): BusEvent {
  return {
    'version': '0',
    'id': '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'Order',
    'source': 'shop',
    'account': ACCOUNT,
    'time': '2026-03-01T08:00:00Z',
    'region': REGION,
    'resources': [],
    detail,
    ...overrides,
  };
}

/** Removes from the template what CDK made, as a broken construct might have left it out. */
function without(type: string): FixtureOptions['change'] {
  return (fixture) => Aspects.of(fixture).add({
    visit: (node) => {
      if (CfnResource.isCfnResource(node) && node.cfnResourceType === type) node.node.scope!.node.tryRemoveChild(node.node.id);
    },
  });
}

describe('the function\'s process', () => {
  test('has the template\'s variables, those Lambda sets, and nothing of this machine', async () => {
    process.env.LOCAL_STACK_CANARY = 'of the parent';
    const { payload } = await (await deploy()).invoke({ environment: true });
    delete process.env.LOCAL_STACK_CANARY;
    const { environment } = payload as { environment: Record<string, string> };
    const { name, taskRoot } = stack!.function.configuration;
    const endpoint = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+/);
    expect(environment).toEqual({
      CLUSTER: stack!.template.identity('Cluster').attributes.Arn,
      AWS_ENDPOINT_URL_ECS: endpoint,
      _HANDLER: 'index.handler',
      AWS_ACCESS_KEY_ID: expect.any(String),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_SESSION_TOKEN: expect.any(String),
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: expect.any(String),
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      LAMBDA_TASK_ROOT: taskRoot,
      LANG: 'en_US.UTF-8',
      PATH: expect.stringMatching(/^\/var\/lang\/bin/),
      TZ: ':UTC',
    });
  });

  test('stays warm between invocations and knows its deadline', async () => {
    await deploy();
    await stack!.invoke({});
    const { payload } = await stack!.invoke({});
    expect(payload).toMatchObject({ invocations: 2, arn: stack!.function.arn, requestId: stack!.invocations[1].requestId });
    expect((payload as { remaining: number }).remaining).toBeGreaterThan(0);
    expect((payload as { remaining: number }).remaining).toBeLessThanOrEqual(2000);
  });

  test('reports what the handler throws, and logs it', async () => {
    const { error } = await (await deploy()).invoke({ fail: 'no such order' });
    expect(error).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such order' });
    expect(error!.trace![0]).toBe('TypeError: no such order');
    expect(stack!.logs).toEqual([expect.objectContaining({
      level: 'ERROR',
      requestId: stack!.invocations[0].requestId,
      message: expect.objectContaining({ errorType: 'TypeError', errorMessage: 'no such order' }),
    })]);
  });

  test('is stopped at the template\'s timeout and replaced', async () => {
    const { error } = await (await deploy()).invoke({ sleep: 30_000 });
    expect(error).toMatchObject({ errorType: 'Sandbox.Timedout', errorMessage: expect.stringMatching(/Task timed out after 2\.00 seconds$/) });
    expect((await stack!.invoke({})).payload).toMatchObject({ invocations: 1 });
  });

  test('is replaced after it exits', async () => {
    const { error } = await (await deploy()).invoke({ exit: 3 });
    expect(error).toMatchObject({ errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/exit status 3$/) });
    expect((await stack!.invoke({})).payload).toMatchObject({ invocations: 1 });
  });

  test.each<[string, FixtureOptions, string, RegExp]>([
    ['a module that throws', { code: 'broken' }, 'RangeError', /^broken while loading$/],
    ['a module that is missing', { handler: 'typo.handler' }, 'Runtime.ImportModuleError', /^Error: Cannot find module /],
    ['a handler that is missing', { handler: 'index.typo' }, 'Runtime.HandlerNotFound', /index\.typo is undefined/],
    ['a handler with a callback', { handler: 'index.withCallback' }, 'Runtime.CallbackHandlerDeprecated', /takes a callback/],
  ])('fails to initialize with %s', async (_, options, errorType, message) => {
    const { error } = await (await deploy(options)).invoke({});
    expect(error).toMatchObject({ errorType, errorMessage: expect.stringMatching(message) });
  });

  test('logs in Lambda\'s JSON format from the template\'s level on', async () => {
    await deploy({ logLevel: lambda.ApplicationLogLevel.INFO });
    await stack!.invoke({ log: { debug: { hidden: true }, info: { shown: { deep: [1] } }, warn: 'a text' } });
    expect(stack!.logs).toEqual([
      { timestamp: expect.any(String), level: 'INFO', requestId: stack!.invocations[0].requestId, message: { shown: { deep: [1] } } },
      expect.objectContaining({ level: 'WARN', message: 'a text' }),
    ]);
  });

  test('its ECS calls are told from those made on the object', async () => {
    await deploy();
    await stack!.invoke({ listClusters: true });
    expect(stack!.functionCalls.map((call) => call.action)).toEqual(['ListClusters']);
    expect(stack!.invocations[0].calls).toHaveLength(1);
  });
});

describe('the bus', () => {
  test('hands a matching event, and no other, to the function', async () => {
    await deploy();
    expect(stack!.putEvent(order({}))).toBe(1);
    expect(stack!.putEvent(order({}, { source: 'other' }))).toBe(0);
    await stack!.drain();
    expect(stack!.invocations.map((invocation) => invocation.payload)).toEqual([order({})]);
  });

  test('fires a schedule on the simulated clock with the target\'s own input', async () => {
    await deploy();
    await stack!.advance(5 * MINUTE - 1);
    expect(stack!.invocations).toHaveLength(0);
    await stack!.advance(1 + 10 * MINUTE);
    expect(stack!.invocations.map(({ payload, at }) => [payload, at.toISOString()])).toEqual([
      [{ tick: true }, '2026-03-01T08:05:00.000Z'],
      [{ tick: true }, '2026-03-01T08:10:00.000Z'],
      [{ tick: true }, '2026-03-01T08:15:00.000Z'],
    ]);
  });

  test('a disabled rule stays silent', async () => {
    await deploy({ change: (fixture) => { for (const rule of [fixture.orders, fixture.schedule]) (rule.node.defaultChild as any).state = 'DISABLED'; } });
    expect(stack!.putEvent(order({}))).toBe(0);
    await stack!.advance(10 * MINUTE);
    expect(stack!.invocations).toHaveLength(0);
  });

  test('a rule without a permission reaches the target\'s dead-letter queue, not the function', async () => {
    await deploy({ change: without('AWS::Lambda::Permission') });
    stack!.putEvent(order({ id: 7 }));
    await stack!.drain();
    expect(stack!.invocations).toHaveLength(0);
    expect(stack!.deliveries[0].denied).toMatch(/lambda:InvokeFunction .* ImplicitlyDenied/);
    const [message, ...others] = Object.values(stack!.queues)[0].messages;
    expect(others).toHaveLength(0);
    expect(JSON.parse(message.body)).toEqual(order({ id: 7 }));
    expect(message.attributes).toMatchObject({ ERROR_CODE: 'NO_PERMISSIONS', TARGET_ARN: stack!.function.arn });
  });

  test('a queue that does not let EventBridge send stays empty', async () => {
    await deploy({
      change: (fixture) => {
        without('AWS::Lambda::Permission')!(fixture);
        without('AWS::SQS::QueuePolicy')!(fixture);
      },
    });
    stack!.putEvent(order({}));
    await stack!.drain();
    expect(Object.values(stack!.queues)[0].messages).toHaveLength(0);
  });

  test.each<[string, string, unknown, RegExp]>([
    ['another form of input', 'Targets.0.InputPath', '$.detail', /InputPath of Target0 isn't implemented/],
    ['another bus', 'EventBusName', 'custom', /only the default bus is implemented; received custom/],
    ['a target elsewhere', 'Targets.0.Arn', 'arn:aws:sns:eu-west-1:111122223333:topic', /is no function of this template/],
    ['an operator that is not implemented', 'EventPattern.detail', { ip: [{ cidr: '10.0.0.0/8' }] }, /"cidr" isn't implemented/],
  ])('refuses %s', async (_, property, value, message) => {
    const change: FixtureOptions['change'] = (fixture) => (fixture.orders.node.defaultChild as CfnResource).addPropertyOverride(property, value);
    await expect(deploy({ change })).rejects.toThrow(message);
  });
});

describe('asynchronous invocation', () => {
  test('a failing event is retried after one minute and two more, then lies in the queue with its error', async () => {
    await deploy();
    stack!.putEvent(order({ fail: 'x'.repeat(2000) }));
    await stack!.drain();
    await stack!.advance(MINUTE - 1);
    expect(stack!.invocations).toHaveLength(1);
    await stack!.advance(1);
    expect(stack!.invocations).toHaveLength(2);
    await stack!.advance(2 * MINUTE - 1);
    expect(stack!.invocations).toHaveLength(2);
    expect(Object.values(stack!.queues)[0].messages).toHaveLength(0);
    await stack!.advance(1);
    expect(stack!.invocations.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(stack!.invocations.map(({ requestId }) => requestId)).size).toBe(1);
    expect(Object.values(stack!.queues)[0].messages).toEqual([{
      body: JSON.stringify(order({ fail: 'x'.repeat(2000) })),
      attributes: { RequestID: stack!.invocations[0].requestId, ErrorCode: '200', ErrorMessage: 'x'.repeat(1024) },
      sentAt: new Date('2026-03-01T08:03:00Z'),
    }]);
  });

  test.each<[string, FixtureOptions, number]>([
    ['no retries', { retryAttempts: 0 }, 1],
    ['one retry', { retryAttempts: 1 }, 2],
    ['an event that grows too old for the second', { maxEventAge: Duration.minutes(2) }, 2],
  ])('the template\'s configuration holds: %s', async (_, options, attempts) => {
    await deploy(options);
    stack!.putEvent(order({ fail: 'no' }));
    await stack!.advance(4 * MINUTE);
    expect(stack!.invocations).toHaveLength(attempts);
    expect(Object.values(stack!.queues)[0].messages).toHaveLength(1);
  });

  test('a role that may not send to the queue loses the event', async () => {
    await deploy({ retryAttempts: 0, change: without('AWS::IAM::Policy') });
    stack!.putEvent(order({ fail: 'no' }));
    await stack!.drain();
    expect(Object.values(stack!.queues)[0].messages).toHaveLength(0);
    expect(stack!.function.lost).toEqual([expect.stringContaining('sqs:SendMessage')]);
  });
});

describe('the role\'s policy', () => {
  const judge = async (action: string, input: Record<string, unknown>): Promise<[boolean, string]> => {
    const { allowed, resource } = await stack!.judge({ action, input });
    return [allowed, resource];
  };

  test('judges calls by action, resource and cluster', async () => {
    await deploy();
    const { ref: cluster, attributes } = stack!.template.identity('Cluster');
    const arn = (resource: string): string => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
    expect(await judge('UpdateService', { cluster, service: 'agent' })).toEqual([true, arn(`service/${cluster}/agent`)]);
    expect(await judge('UpdateService', { cluster: attributes.Arn, service: arn(`service/${cluster}/agent`) })).toEqual([true, arn(`service/${cluster}/agent`)]);
    expect(await judge('UpdateService', { cluster: 'other', service: 'agent' })).toEqual([false, arn('service/other/agent')]);
    // The ARN alone would do; the request names another cluster.
    expect(await judge('UpdateService', { cluster: 'other', service: arn(`service/${cluster}/agent`) })).toEqual([false, arn(`service/${cluster}/agent`)]);
    expect(await judge('DescribeServices', { cluster, services: ['agent', arn('service/other/agent')] })).toEqual([false, arn('service/other/agent')]);
    expect(await judge('DescribeContainerInstances', { cluster, containerInstances: ['abc'] })).toEqual([true, arn(`container-instance/${cluster}/abc`)]);
    expect(await judge('ListContainerInstances', { cluster })).toEqual([true, attributes.Arn]);
    expect(await judge('ListContainerInstances', {})).toEqual([false, arn('cluster/default')]);
    expect(await judge('ListClusters', {})).toEqual([false, '*']);
    await expect(judge('DeleteCluster', { cluster })).rejects.toThrow(/ecs:DeleteCluster isn't implemented/);
  });
});

describe('what the template holds', () => {
  test.each<[string, FixtureOptions['change'], RegExp]>([
    ['a type that is not implemented', (fixture) => { new CfnResource(fixture, 'Topic', { type: 'AWS::SNS::Topic' }); }, /aren't implemented: AWS::SNS::Topic/],
    ['a reserved variable', (fixture) => { (fixture.function.node.defaultChild as CfnResource).addPropertyOverride('Environment.Variables.AWS_REGION', 'x'); },
      /Lambda reserves AWS_REGION/],
    ['a larger environment than Lambda allows', (fixture) => { fixture.function.addEnvironment('BIG', 'x'.repeat(4096)); }, /Lambda allows 4096/],
    ['another runtime', (fixture) => { (fixture.function.node.defaultChild as CfnResource).addPropertyOverride('Runtime', 'python3.13'); },
      /only Node\.js functions run here/],
    ['another log format', (fixture) => { (fixture.function.node.defaultChild as CfnResource).addPropertyOverride('LoggingConfig.LogFormat', 'Text'); },
      /only JSON is implemented; received Text/],
    ['a layer', (fixture) => { (fixture.function.node.defaultChild as CfnResource).addPropertyOverride('Layers', ['arn:aws:lambda:eu-west-1:1:layer:x:1']); },
      /layers aren't implemented/],
    ['a destination', (fixture) => {
      const config = new lambda.CfnEventInvokeConfig(fixture, 'Config', { functionName: fixture.function.functionArn, qualifier: '$LATEST' });
      config.destinationConfig = { onSuccess: { destination: fixture.queue.queueArn } };
    }, /Destinations of asynchronous invocations aren't implemented/],
    ['a managed policy', (fixture) => { fixture.role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')); },
      /isn't in the template/],
  ])('refuses %s', async (_, change, message) => {
    await expect(deploy({ change })).rejects.toThrow(message);
  });

  test('another stack name is refused with those there are', async () => {
    const clock = new SimulatedClock(new Date('2026-03-01T08:00:00Z'));
    const assembly = synthesize();
    assemblies.push(assembly);
    await expect(LocalStack.deploy({ assembly, stackName: 'Typo', ecs: new LocalEcs({ clock }), clock }))
      .rejects.toThrow(/holds no stack "Typo", only: Fixture/);
  });
});
