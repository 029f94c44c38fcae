import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test, TestContext } from 'node:test';
import { synthesizePacked } from '../support/packed-app';
import { runtimeClient } from './runtime-client/build';
import { Command, parseLine, Posted, Runtime } from './runtime-client/runtime';
import { LocalEcs, startServer } from '../../local-ecs';
import { readStack } from '../../local-stack';
import { createEcsResources } from '../../local-stack/ecs-resources';
import { FunctionConfiguration, readFunction } from '../../local-stack/function-configuration';
import { FunctionError } from '../../local-stack/runtime-api';
import { Template } from '../../local-stack/template';
import { fixture } from '../events';
import { nodeBinary, ROOT } from '../support/installs';

/*
 * The packed bundle, served by the runtime client that Lambda's own Node.js images contain, from local-stack's Runtime API and
 * against local-ecs. And local-stack's stand-in for that client, which most other tests run: both must post and log the same.
 *
 * Known differences of the stand-in: it refuses a handler that takes a callback, as nodejs24.x does and this version of the client
 * doesn't, and it dies of an uncaught exception where the client reports it first. What kills a function at its timeout is Lambda,
 * neither client: here the test.
 */

const PLACE = { region: 'eu-central-1', accountId: '999988887777' };
const [CLUSTER, SERVICE] = ['edge', 'node-agent'];
const folder = mkdtempSync(path.join(tmpdir(), 'runtime-client-'));
let template: Template;
let reconciler: FunctionConfiguration;

before(() => {
  const artifact = readStack(synthesizePacked(folder, path.join(__dirname, 'runtime-client', 'app.js')));
  const stackId = `arn:aws:cloudformation:${PLACE.region}:${PLACE.accountId}:stack/Agents/1`;
  template = new Template(artifact.template, { partition: 'aws', ...PLACE, stackName: 'Agents', stackId });
  reconciler = readFunction(template, artifact, template.idsOf('AWS::Lambda::Function')[0]);
});

after(() => rmSync(folder, { recursive: true }));

/** An ECS with the template's cluster and service, three instances that ask for three tasks, and the event of the last one. */
async function startEcs(t: TestContext) {
  const ecs = new LocalEcs(PLACE);
  createEcsResources(template, ecs);
  const events: object[] = [];
  ecs.onEvent((event) => events.push(event));
  ecs.launchInstances(CLUSTER, 3);
  const { endpoint, close } = await startServer(ecs);
  t.after(close);
  const desiredCount = (): number => ecs.call('DescribeServices', { cluster: CLUSTER, services: [SERVICE] }).services[0].desiredCount;
  return { ecs, event: events.at(-1)!, endpoint, desiredCount };
}

interface Transcript {
  readonly initError?: FunctionError;
  readonly posted: readonly Posted[];
  /** Each parsed; but for the first, which Lambda's client greets with. */
  readonly lines: readonly any[];
}

/** Everything that a process which serves these invocations posts and logs. */
async function transcribe(
  command: Command, configuration: FunctionConfiguration, endpoint: string, payloads: readonly unknown[],
): Promise<Transcript> {
  const runtime = await Runtime.start(command, configuration, endpoint);
  const posted: Posted[] = [];
  let output: string[];
  try {
    if (!runtime.initError) for (const payload of payloads) posted.push(await runtime.invoke(payload));
  } finally {
    output = await runtime.stop();
  }
  const lines = output.filter((line) => !/^(Executing '|END 0)/.test(line)).map(parseLine);
  return { initError: runtime.initError, posted, lines };
}

/** A transcript without what differs by time or by the runtime's own place: the time itself, and stacks but for their first line. */
function comparable(transcript: Transcript): unknown {
  return JSON.parse(JSON.stringify(transcript), (name, value) => {
    if (name === 'timestamp') return 'a time';
    if (name === 'trace' || name === 'stackTrace') return value.slice(0, 1);
    // The path by which a module was looked for, and from where.
    return typeof value === 'string' ? value.replace(/(Cannot find module ')\S*\/|\nRequire stack:[^]*/g, '$1').replace(/\n {4}at [^]*/, '') : value;
  });
}

function assertRecord(line: any, level: string, requestId: string): void {
  assert.deepEqual(Object.keys(line), ['timestamp', 'level', 'requestId', 'message']);
  assert.equal(new Date(line.timestamp).toISOString(), line.timestamp);
  assert.ok(Math.abs(Date.parse(line.timestamp) - Date.now()) < 60_000, line.timestamp);
  assert.deepEqual([line.level, line.requestId, typeof line.message], [level, requestId, 'object']);
}

for (const major of [22, 24] as const) {
  const client: Command = ({ handler }) => [nodeBinary(major), runtimeClient(major), handler];
  const standIn: Command = () => [nodeBinary(major), path.join(ROOT, 'local-stack', 'bootstrap.cjs')];

  test(`Node.js ${major}: an event changes the count; its record is JSON with level and request id, and what changes nothing is silent`, async (t) => {
    const { event, endpoint, desiredCount } = await startEcs(t);
    assert.equal(reconciler.logLevel, 'INFO');
    const { posted: [first, second], lines } = await transcribe(client, reconciler, endpoint, [event, event]);

    const [item] = first.response.results;
    assert.deepEqual([item.decision, item.applied, item.instances, item.desiredCount, item.newDesiredCount], ['scale', true, 3, 1, 3]);
    assert.equal(desiredCount(), 3);
    assert.deepEqual(second.response.results.map(({ decision }: any) => decision), ['inSync']);
    assert.equal(lines.length, 1);
    assertRecord(lines[0], 'INFO', first.requestId);
    assert.deepEqual(lines[0].message, { ...item, trigger: 'containerInstance' });
    console.log(`Node.js ${major}: desired count ${item.desiredCount} → ${desiredCount()} by ${first.response.apiCalls} calls; `
      + `2 invocations wrote ${lines.length} line`);
  });

  test(`Node.js ${major}: at DEBUG the unchanged count has a record, too`, async (t) => {
    const { event, endpoint } = await startEcs(t);
    const { posted, lines } = await transcribe(client, { ...reconciler, logLevel: 'DEBUG' }, endpoint, [event, event]);
    assert.equal(lines.length, 2);
    assertRecord(lines[0], 'INFO', posted[0].requestId);
    assertRecord(lines[1], 'DEBUG', posted[1].requestId);
    assert.equal(lines[1].message.decision, 'inSync');
  });

  test(`Node.js ${major}: an event of no rule is an InvalidEventError, and the next one is served`, async (t) => {
    const { ecs, event, endpoint } = await startEcs(t);
    const earlier = ecs.calls.length;
    const { posted: [failed, next], lines } = await transcribe(client, reconciler, endpoint, [fixture('foreign-task-state-change'), event]);
    const { errorType, errorMessage, trace } = failed.error!;
    assert.deepEqual(Object.keys(failed.error!), ['errorType', 'errorMessage', 'trace']);
    assert.equal(errorType, 'InvalidEventError');
    assert.match(errorMessage, /^detail-type: received "ECS Task State Change", expected "/);
    assert.equal(trace![0], `${errorType}: ${errorMessage}`);
    assertRecord(lines[0], 'ERROR', failed.requestId);
    const { message } = lines[0];
    assert.deepEqual([message.errorType, message.name, message.errorMessage, message.stackTrace[0]], [errorType, errorType, errorMessage, trace![0]]);
    assert.equal(next.response.results[0].newDesiredCount, 3);
    assert.equal(ecs.calls.length - earlier, next.response.apiCalls, 'calls of the failed invocation');
    console.log(`Node.js ${major}: ${errorType}: ${errorMessage}`);
  });

  test(`Node.js ${major}: a broken configuration is an InvalidConfigurationError of each invocation`, async (t) => {
    const { ecs, endpoint } = await startEcs(t);
    const broken = { ...reconciler, environment: { RECONCILER_CONFIG: '{' } };
    const earlier = ecs.calls.length;
    const { initError, posted } = await transcribe(client, broken, endpoint, [{ action: 'reconcile' }, { action: 'plan' }]);
    assert.equal(initError, undefined);
    assert.deepEqual(posted.map(({ error }) => error?.errorType), ['InvalidConfigurationError', 'InvalidConfigurationError']);
    assert.match(posted[0].error!.errorMessage, /^RECONCILER_CONFIG: received "\{"/);
    assert.equal(ecs.calls.length, earlier);
    console.log(`Node.js ${major}: ${posted[0].error!.errorType}: ${posted[0].error!.errorMessage}`);
  });

  test(`Node.js ${major}: an ECS that never answers holds the invocation beyond its deadline; a new process goes on`, async (t) => {
    const targets: unknown[] = [];
    const silent = createServer(({ headers }) => { targets.push(headers['x-amz-target']); }).listen(0, '127.0.0.1');
    t.after(() => silent.close().closeAllConnections());
    await once(silent, 'listening');
    const runtime = await Runtime.start(client, reconciler, `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    let output: string[];
    try {
      const { timedOut, response, error } = await runtime.invoke({ action: 'reconcile' }, 3_000);
      assert.deepEqual([timedOut, response, error], [true, undefined, undefined]);
    } finally {
      output = await runtime.stop();
    }
    assert.deepEqual(targets, ['AmazonEC2ContainerServiceV20141113.DescribeServices']);
    assert.equal(output.length, 1, output.join('\n'));

    const { endpoint, desiredCount } = await startEcs(t);
    const { posted } = await transcribe(client, reconciler, endpoint, [{ action: 'reconcile' }]);
    assert.equal(posted[0].response.results[0].applied, true);
    assert.equal(desiredCount(), 3);
    console.log(`Node.js ${major}: no answer of ECS, nothing posted within 3 s; the next process set the count to ${desiredCount()}`);
  });

  test(`Node.js ${major}: local-stack's stand-in posts and logs the same of the reconciler`, async (t) => {
    for (const logLevel of ['INFO', 'DEBUG', 'ERROR']) {
      const transcripts: unknown[] = [];
      for (const command of [client, standIn]) {
        const { event, endpoint } = await startEcs(t);
        const payloads = [event, event, { action: 'plan' }, { action: 'reconcile' }, { action: 'explode' }, {}, [], 'text', null, fixture('foreign-service-action')];
        const transcript = await transcribe(command, { ...reconciler, logLevel }, endpoint, payloads);
        assert.equal(transcript.posted.filter(({ error }) => error).length, 6);
        transcripts.push(comparable(transcript));
        if (command === client) {
          console.log(`Node.js ${major}, ${logLevel}: ${transcript.posted.length} outcomes and ${transcript.lines.length} lines compared with the stand-in's`);
        }
      }
      assert.deepEqual(transcripts[1], transcripts[0]);
    }
  });

  test(`Node.js ${major}: local-stack's stand-in posts and logs the same of whatever a function does`, async () => {
    const taskRoot = path.join(folder, `odd-${major}`);
    cpSync(path.join(__dirname, 'runtime-client', 'odd-function'), taskRoot, { recursive: true });
    writeFileSync(path.join(taskRoot, 'syntax.js'), 'const = 1;\n');
    writeFileSync(path.join(taskRoot, 'throws.js'), "throw Object.assign(new RangeError('broken while loading'), { code: 'E_BROKEN' });\n");
    const { cases } = await import(path.join(taskRoot, 'index.js'));
    const odd = { ...reconciler, taskRoot, environment: {} };
    const payloads = cases.map((does: string) => ({ does }));

    const variants: Partial<FunctionConfiguration>[] = [
      ...['TRACE', 'info', 'FATAL'].map((logLevel) => ({ logLevel })),
      ...['absent.handler', 'index.absent', 'index.cases', 'index', 'syntax.handler', 'throws.handler'].map((handler) => ({ handler })),
    ];
    const initErrors: unknown[] = [];
    for (const variant of variants) {
      const real = await transcribe(client, { ...odd, ...variant }, 'http://127.0.0.1:1', payloads);
      const ours = await transcribe(standIn, { ...odd, ...variant }, 'http://127.0.0.1:1', payloads);
      assert.deepEqual(comparable(ours), comparable(real), JSON.stringify(variant));
      assert.equal(real.posted.length, variant.handler ? 0 : payloads.length);
      if (variant.handler) initErrors.push(real.initError?.errorType);
    }
    assert.deepEqual(initErrors, ['Runtime.ImportModuleError', 'Runtime.HandlerNotFound', 'Runtime.HandlerNotFound', 'Runtime.MalformedHandlerName',
      'Runtime.UserCodeSyntaxError', 'RangeError']);
    console.log(`Node.js ${major}: ${payloads.length} odd invocations at ${variants.length - initErrors.length} levels and ${initErrors.length} failures to start, compared`);
  });
}
