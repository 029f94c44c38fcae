import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { CLUSTER, deploy, SERVICE, synthesize } from './app';
import { LocalEcs } from '../../local-ecs';
import { LocalStack } from '../../local-stack';
import { samples } from '../events';
import { bundleFunction, ROOT } from '../support/installs';

/** The bundle as it ships: its bytes, and its behaviour in a process of its own that has only the template's environment. */

const BUNDLE = path.join('assets', 'lambda', 'reconciler.lambda', 'index.js');
const MAX_BYTES = 200_000;
const MINUTE = 60_000;

describe('the file', () => {
  const shipped = readFileSync(path.join(ROOT, BUNDLE));

  test(`is at most ${MAX_BYTES} bytes`, () => {
    expect(shipped.length).toBeLessThanOrEqual(MAX_BYTES);
  });

  test('has the same bytes from another directory', () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), 'elsewhere-'));
    for (const part of ['lambda', 'src', 'tsconfig.json', 'tsconfig.dev.json', 'node_modules/@aws-sdk', 'node_modules/@smithy', 'node_modules/@aws', 'node_modules/bowser', 'node_modules/tslib']) {
      cpSync(path.join(ROOT, part), path.join(elsewhere, part), { recursive: true });
    }
    bundleFunction(elsewhere);
    const built = readFileSync(path.join(elsewhere, BUNDLE));
    rmSync(elsewhere, { recursive: true });
    expect(built.equals(shipped)).toBe(true);
  });

  test('holds no path of the machine that made it', () => {
    expect(shipped.includes(ROOT)).toBe(false);
  });
});

describe('the function', () => {
  let stack: LocalStack;
  let ecs: LocalEcs;
  const queue = () => Object.values(stack.queues)[0]!.messages;
  const desiredCount = () => ecs.call('DescribeServices', { cluster: CLUSTER, services: [SERVICE] }).services[0].desiredCount;

  afterEach(() => stack.close());

  async function start(assembly?: string): Promise<void> {
    ({ stack, ecs } = await deploy(assembly));
    await stack.drain();
  }

  test('brings the count to the cluster from the first event on, with allowed calls alone', async () => {
    await start();
    // ECS creates the service with one task; the event of the finished stack finds an empty cluster.
    expect(desiredCount()).toBe(0);
    ecs.launchInstances(CLUSTER, 3);
    await stack.drain();
    ecs.settle();
    await stack.drain();
    expect(desiredCount()).toBe(3);
    expect(stack.functionCalls.length).toBeGreaterThan(0);
    for (const call of stack.functionCalls) {
      expect(await stack.judge(call)).toMatchObject({ allowed: true });
    }
    expect(stack.logs.filter((line) => line.level === 'INFO').map((line) => line.message)).toContainEqual(
      expect.objectContaining({ decision: 'scale', newDesiredCount: 3, trigger: 'containerInstance' }));
    expect(queue()).toEqual([]);
  });

  test('heals a manual change at the next resync', async () => {
    await start();
    ecs.launchInstances(CLUSTER, 2);
    await stack.drain();
    ecs.call('UpdateService', { cluster: CLUSTER, service: SERVICE, desiredCount: 7 });
    await stack.advance(6 * MINUTE);
    expect(desiredCount()).toBe(2);
  });

  test('a failing event is retried twice and ends in the dead-letter queue with its error', async () => {
    await start();
    const before = stack.invocations.length;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      ecs.failNext('DescribeServices', 'AccessDeniedException');
    }
    ecs.launchInstance(CLUSTER);
    await stack.advance(4 * MINUTE);
    expect(stack.invocations.slice(before).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(queue()).toHaveLength(1);
    expect(JSON.parse(queue()[0]!.body)).toMatchObject({ 'detail-type': 'ECS Container Instance State Change' });
    expect(queue()[0]!.attributes.ErrorMessage).toMatch(/node-agent: AccessDeniedException: /);
  });

  test('a failing event that recovers before its last retry leaves no dead letter', async () => {
    await start();
    ecs.failNext('DescribeServices', 'AccessDeniedException');
    ecs.launchInstance(CLUSTER);
    await stack.advance(4 * MINUTE);
    expect(queue()).toEqual([]);
    expect(desiredCount()).toBe(1);
  });

  test.each(samples().filter(({ name }) => /task-state-change|foreign/.test(name)))('$name, though no rule lets it in, is a named error that reaches the dead-letter queue', async ({ event }) => {
    await start();
    expect(stack.putEvent(event)).toBe(0);
    stack.function.accept(event);
    await stack.advance(4 * MINUTE);
    expect(queue()).toHaveLength(1);
    expect(queue()[0]!.attributes.ErrorMessage).toMatch(/^(source|detail-type): received "/);
    expect(stack.invocations.at(-1)!.outcome.error).toMatchObject({ errorType: 'InvalidEventError' });
  });

  test.each([
    ['no JSON', '{', 'RECONCILER_CONFIG: received "{"'],
    ['no services', '{"clusterArn":"arn:aws:ecs:eu-central-1:999988887777:cluster/edge","services":[]}', 'RECONCILER_CONFIG.services: received []'],
  ])('a broken configuration (%s) is a named error that reaches the dead-letter queue', async (_, text, message) => {
    const assembly = synthesize();
    const file = path.join(assembly, 'EdgeAgents.template.json');
    const template = JSON.parse(readFileSync(file, 'utf8'));
    for (const resource of Object.values<any>(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function')) {
      resource.Properties.Environment.Variables.RECONCILER_CONFIG = text;
    }
    writeFileSync(file, JSON.stringify(template));
    await start(assembly);
    await stack.advance(4 * MINUTE);
    expect(stack.functionCalls).toEqual([]);
    expect(stack.invocations.at(-1)!.outcome.error).toMatchObject({ errorType: 'InvalidConfigurationError' });
    expect(queue()[0]!.attributes.ErrorMessage).toContain(message);
  });

  test('with enabled: false no event and no schedule runs it, and an invocation by hand does', async () => {
    await start(synthesize({ enabled: false }));
    ecs.launchInstances(CLUSTER, 3);
    await stack.advance(11 * MINUTE);
    expect(stack.invocations).toEqual([]);
    expect(await stack.invoke({ action: 'reconcile' })).toMatchObject({ payload: { results: [{ applied: true, newDesiredCount: 3 }] } });
  });

  test('plan tells what would change and changes nothing', async () => {
    await start();
    ecs.call('UpdateService', { cluster: CLUSTER, service: SERVICE, desiredCount: 4 });
    expect(await stack.invoke({ action: 'plan' })).toMatchObject({ payload: { results: [{ decision: 'scale', applied: false, desiredCount: 4, newDesiredCount: 0 }], apiCalls: 3 } });
    expect(desiredCount()).toBe(4);
  });
});
