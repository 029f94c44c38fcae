import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { CLUSTER, EcsPeer, SERVICE, startLocalEcs, startMotoEcs } from './deployment/ecs-peers';
import { inventory, Inventory } from './deployment/inventory';
import { ACCOUNT, Ministack, REGION, startMinistack } from './deployment/ministack';
import { EcsRelay, startRelay } from './deployment/relay';
import { ResourceDocument, TemplateDocument } from '../../local-stack/assembly';
import { RolePolicy } from '../../local-stack/policy';
import { Template } from '../../local-stack/template';
import { npmInstall, npmPackages, packedTarball, run } from '../support/installs';
import { VERSIONS } from '../support/versions';

/*
 * The packed tarball in a fresh app, deployed by the real CDK CLI to ministack, an AWS on this machine that others wrote. The
 * deployed function's ECS calls go through a relay, which keeps them, to local-ecs or to moto.
 *
 * What ministack doesn't do as AWS does, and what stands in for it:
 * - Its ECS has no container instances that could change, hence the two other endpoints; the cluster and the service in its own
 *   ECS only have to come and go with the stack. Nor does it send an event when a stack operation ends. The test sends both kinds.
 * - It runs any Node.js function with the one node of its path, on this machine's architecture: here Node.js 24, not arm64.
 * - It asks neither a role nor a function's permission before it acts: the policy's verdict comes from iam-simulate.
 * - A rule's target is called once; retries need an asynchronous invocation by hand. A function that CloudFormation makes has no
 *   dead-letter queue, though the template gives it one: that messages arrive there is shown with local-stack only.
 * - An update goes over all resources of the stack, changed or not: what has changed is read from the template instead.
 * - A log line is what console wrote, without Lambda's JSON around it.
 * - A schedule rule does fire, but 5 minutes after the deployment, when all here is done: its input is sent by hand.
 */

const STACK = 'Monitoring';
const app = mkdtempSync(path.join(tmpdir(), 'deployed-app-'));
const peers: Record<string, EcsPeer> = {};
let relay: EcsRelay;
let ministack: Ministack;
let bootstrapped: Inventory;
let deployed: Inventory;

before(async () => {
  peers['local-ecs'] = await startLocalEcs(ACCOUNT, REGION);
  peers.moto = await startMotoEcs(ACCOUNT, REGION);
  relay = await startRelay(peers['local-ecs'].endpoint);
  ministack = await startMinistack(relay.endpoint, app);
  copyFileSync(path.join(__dirname, 'deployment', 'app.js'), path.join(app, 'app.js'));
  npmInstall(app, { 'cdk-daemon-service-autoscaler': `file:${packedTarball()}`, 'aws-cdk-lib': VERSIONS.newestCdk, 'constructs': '^10.5.0' });
});

after(async () => {
  await ministack?.stop();
  await relay?.close();
  for (const peer of Object.values(peers)) await peer.stop();
  rmSync(app, { recursive: true, force: true });
});

function cdk(...args: string[]): void {
  const began = Date.now();
  const bin = path.join(npmPackages('aws-cdk', { 'aws-cdk': VERSIONS.cdkCli }), 'node_modules', '.bin', 'cdk');
  run(bin, [...args, '--no-notices'], {
    cwd: app,
    env: { ...ministack.environment, CI: 'true', CDK_HOME: path.join(app, '.cdk'), CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
  console.log(`cdk ${args[0]}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

const deploy = (...args: string[]) => cdk('deploy', '--app', 'node app.js', '--require-approval', 'never', ...args);

/** The stack's resources: logical ID → type and physical ID. */
async function stackResources(): Promise<Map<string, { type: string; id: string }>> {
  const { StackResourceSummaries } = await ministack.aws.cloudFormation.listStackResources({ StackName: STACK });
  return new Map(StackResourceSummaries.map((resource: any) =>
    [resource.LogicalResourceId, { type: resource.ResourceType, id: resource.PhysicalResourceId }]));
}

async function physicalId(type: string, logicalIdPrefix = 'Autoscaler'): Promise<string> {
  const found = [...await stackResources()].filter(([logicalId, resource]) => resource.type === type && logicalId.startsWith(logicalIdPrefix));
  assert.equal(found.length, 1, `${type} ${logicalIdPrefix}`);
  return found[0][1].id;
}

/** The stack's events, oldest first. The stack is found by its ID even when it is gone. */
async function stackEvents(StackName: string): Promise<any[]> {
  const events: any[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ministack.aws.cloudFormation.describeStackEvents({ StackName, NextToken });
    events.push(...page.StackEvents);
    ({ NextToken } = page);
  } while (NextToken);
  return events.reverse();
}

async function deployedTemplate(): Promise<TemplateDocument> {
  return JSON.parse((await ministack.aws.cloudFormation.getTemplate({ StackName: STACK })).TemplateBody);
}

async function stackId(): Promise<string> {
  return (await ministack.aws.cloudFormation.describeStacks({ StackName: STACK })).Stacks[0].StackId;
}

/** ministack gives each invocation a log stream of its own, once it has ended. */
async function invocations(): Promise<number> {
  const logGroupName = await physicalId('AWS::Logs::LogGroup');
  return (await ministack.aws.logs.describeLogStreams({ logGroupName })).logStreams.length;
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const patience = Date.now() + 60_000;
  while (!await holds()) {
    if (Date.now() > patience) throw new Error(`Not within a minute: ${what}\n${ministack.output().slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface Event { 'source': string; 'detail-type': string; 'detail': object; 'resources': readonly string[] }

/** Puts events on the default bus, waits for `count` invocations to end, and returns the ECS calls that these made. */
async function put(events: readonly Event[], count: number): Promise<typeof relay.calls> {
  const earlier = { calls: relay.calls.length, invocations: await invocations() };
  const Entries = events.map((event) => ({
    Source: event.source, DetailType: event['detail-type'], Detail: JSON.stringify(event.detail), Resources: event.resources, EventBusName: 'default',
  }));
  const { FailedEntryCount } = await ministack.aws.events.putEvents({ Entries });
  assert.equal(FailedEntryCount, 0);
  await eventually(`${count} invocations`, async () => await invocations() >= earlier.invocations + count);
  assert.equal(await invocations(), earlier.invocations + count, 'invocations');
  return relay.calls.slice(earlier.calls);
}

const actions = (calls: typeof relay.calls) => calls.map(({ action }) => action);

function stackEvent(id: string, status: string): Event {
  const detail = { 'stack-id': id, 'status-details': { 'status': status, 'status-reason': '' } };
  return { 'source': 'aws.cloudformation', 'detail-type': 'CloudFormation Stack Status Change', detail, 'resources': [id] };
}

/** The same event of another cluster. */
const elsewhere = (event: Event): Event => JSON.parse(JSON.stringify(event).replaceAll(`/${CLUSTER}`, '/elsewhere'));

test('the CDK CLI bootstraps an account, and deploys the packed construct', async () => {
  cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
  bootstrapped = await inventory(ministack.aws);
  deploy();
  deployed = await inventory(ministack.aws);
  const added = Object.entries(deployed).map(([kind, names]) => `${names.length - bootstrapped[kind].length} ${kind}`);
  console.log(`deployed: ${added.join(', ')}`);
  for (const [kind, names] of Object.entries(deployed)) assert.ok(names.length > bootstrapped[kind].length, `no ${kind} were deployed`);
});

test("the end of the stack's operation brings the first count, another stack's none", async () => {
  const peer = peers['local-ecs'];
  relay.target = peer.endpoint;
  await peer.launchInstance();
  await peer.launchInstance();
  const id = await stackId();
  const calls = await put([stackEvent(id.replace(STACK, 'Other'), 'CREATE_COMPLETE'), stackEvent(id, 'CREATE_IN_PROGRESS'), stackEvent(id, 'CREATE_COMPLETE')], 1);
  assert.deepEqual(actions(calls), ['DescribeServices', 'ListContainerInstances', 'UpdateService', 'ListContainerInstances']);
  assert.equal(await peer.desiredCount(), 2);
});

for (const name of ['local-ecs', 'moto']) {
  test(`an event of a new container instance fires the rule, and the function scales the service in ${name}`, async () => {
    const peer = peers[name];
    relay.target = peer.endpoint;
    const past = await peer.desiredCount();
    await peer.launchInstance();
    await peer.launchInstance();
    const event = await peer.launchInstance();
    const calls = await put([elsewhere(event), event], 1);
    assert.deepEqual(actions(calls), ['DescribeServices', 'ListContainerInstances', 'UpdateService', 'ListContainerInstances']);
    const expected = name === 'moto' ? 3 : 5;
    assert.equal(await peer.desiredCount(), expected);
    console.log(`${name}: desired count ${past} → ${expected} by ${calls.length} calls of one invocation`);
  });
}

test('a second deployment updates in place, and the next events bring the new count', async () => {
  const resources = await stackResources();
  const handler = await physicalId('AWS::Lambda::Function');
  const configuration = (await ministack.aws.lambda.getFunction({ FunctionName: handler })).Configuration;
  const template = await deployedTemplate();
  const past = (await stackEvents(await stackId())).length;

  deploy('-c', 'maxTaskCount=2');
  assert.deepEqual(await stackResources(), resources);
  const statuses = (await stackEvents(await stackId())).slice(past).map(({ ResourceStatus }) => ResourceStatus);
  assert.deepEqual(statuses.filter((status) => !status.startsWith('UPDATE_')), [], 'nothing is created or deleted');
  const { Resources } = await deployedTemplate();
  const changed = Object.keys(Resources).filter((id) => !isDeepStrictEqual(Resources[id], template.Resources[id]));
  assert.deepEqual(changed.map((id) => Resources[id].Type), ['AWS::Lambda::Function']);
  const updated = (await ministack.aws.lambda.getFunction({ FunctionName: handler })).Configuration;
  assert.equal(updated.FunctionArn, configuration.FunctionArn);
  assert.notDeepEqual(updated.Environment, configuration.Environment);

  for (const [name, peer] of Object.entries(peers)) {
    relay.target = peer.endpoint;
    await put([await peer.launchInstance()], 1);
    assert.equal(await peer.desiredCount(), 2, name);
  }
  console.log(`updated: ${resources.size} resources kept their physical IDs, desired count 2 in ${Object.keys(peers).join(' and ')}`);
});

test("a deployment's event, and the schedule rule's input, heal a manual change", async () => {
  const peer = peers['local-ecs'];
  relay.target = peer.endpoint;
  const deployment = (service: string): Event => ({
    'source': 'aws.ecs',
    'detail-type': 'ECS Deployment State Change',
    'detail': { eventType: 'INFO', eventName: 'SERVICE_DEPLOYMENT_COMPLETED', deploymentId: 'ecs-svc/123', updatedAt: '2026-01-01T00:00:00Z', reason: '' },
    'resources': [`arn:aws:ecs:${REGION}:${ACCOUNT}:service/${service}`],
  });
  await peer.setDesiredCount(3);
  await put([deployment(`elsewhere/${SERVICE}`), deployment(`${CLUSTER}/${SERVICE}`)], 1);
  assert.equal(await peer.desiredCount(), 2);

  const { Rules } = await ministack.aws.events.listRules({});
  const schedules = Rules.filter(({ ScheduleExpression }: any) => ScheduleExpression);
  assert.deepEqual(schedules.map(({ ScheduleExpression, State }: any) => [ScheduleExpression, State]), [['rate(5 minutes)', 'ENABLED']]);
  const { Targets: [target] } = await ministack.aws.events.listTargetsByRule({ Rule: schedules[0].Name });
  await peer.setDesiredCount(4);
  const answer = await ministack.aws.lambda.invoke({ FunctionName: target.Arn, Payload: target.Input });
  const { results } = JSON.parse(Buffer.from(answer.Payload).toString());
  assert.deepEqual(results.map(({ desiredCount, newDesiredCount }: any) => [desiredCount, newDesiredCount]), [[4, 2]]);
  assert.equal(await peer.desiredCount(), 2);
});

test('an event that fails is tried three times, and makes no ECS call', async () => {
  const earlier = { calls: relay.calls.length, invocations: await invocations() };
  const FunctionName = await physicalId('AWS::Lambda::Function');
  await ministack.aws.lambda.invoke({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ action: 'explode' }) });
  await eventually('three invocations', async () => await invocations() >= earlier.invocations + 3);
  assert.equal(await invocations(), earlier.invocations + 3);
  assert.equal(relay.calls.length, earlier.calls);
});

test('every ECS call of the deployed function is allowed by the deployed template, and by the role as it was deployed', async () => {
  const { aws } = ministack;
  const environment = { partition: 'aws', region: REGION, accountId: ACCOUNT, stackName: STACK, stackId: await stackId() };
  const template = new Template(await deployedTemplate(), environment);
  const roleId = template.idsOf('AWS::IAM::Role').find((id) => id.startsWith('Autoscaler'))!;
  const role = RolePolicy.of(template, template.identity(roleId).attributes.Arn);

  const calls = relay.calls.filter(({ status }) => status === 200);
  assert.deepEqual(relay.calls.filter(({ status }) => status !== 200), []);
  for (const call of calls) assert.ok((await role.judge(call)).allowed, (await role.judge(call)).detail);
  // The judge can say no: the same calls, to another cluster and to another service of the cluster.
  const foreign = JSON.parse(JSON.stringify(calls).replaceAll(`cluster/${CLUSTER}`, 'cluster/elsewhere'));
  const neighbour = JSON.parse(JSON.stringify(calls.filter(({ action }) => /Service/.test(action))).replaceAll(SERVICE, 'neighbour'));
  for (const call of [...foreign, ...neighbour]) assert.ok(!(await role.judge(call)).allowed, (await role.judge(call)).detail);

  // The statements that ministack resolved from the template, and those that local-stack did.
  const statements = (documents: any[]) => documents.flatMap(({ Statement }) => Statement).filter(({ Action }) => /ecs:/.test(String(Action)));
  const RoleName = await physicalId('AWS::IAM::Role');
  const { PolicyNames } = await aws.iam.listRolePolicies({ RoleName });
  const attached = await Promise.all(PolicyNames.map(async (PolicyName: string) =>
    JSON.parse(decodeURIComponent((await aws.iam.getRolePolicy({ RoleName, PolicyName })).PolicyDocument))));
  assert.deepEqual(statements(attached), statements(role.policies.map(({ policy }) => policy)));
  assert.ok(statements(attached).length > 0);

  const tally = new Map<string, number>();
  for (const { action } of calls) tally.set(action, (tally.get(action) ?? 0) + 1);
  console.log(`allowed: all of ${calls.length} calls (${[...tally].map(([action, count]) => `${action} ${count}`).join(', ')}); `
    + `denied: ${foreign.length} to another cluster, ${neighbour.length} to another service`);
});

/** The resources that must be there before this one: what it refers to and what it names, and what these do. */
function dependencies({ Resources }: TemplateDocument, logicalId: string, found = new Set<string>()): Set<string> {
  const resource: ResourceDocument & { DependsOn?: string[] } = Resources[logicalId];
  const referred = [...JSON.stringify(resource).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, id]) => id);
  for (const id of [...referred, ...resource.DependsOn ?? []]) {
    if (!(id in Resources) || found.has(id)) continue;
    found.add(id);
    dependencies({ Resources }, id, found);
  }
  return found;
}

test('cdk destroy leaves nothing behind, and removes the triggers before the service', async () => {
  const id = await stackId();
  const resources = await stackResources();
  const past = (await stackEvents(id)).length;
  const template = await deployedTemplate();
  cdk('destroy', '--app', 'node app.js', '--force');
  assert.deepEqual(await inventory(ministack.aws), bootstrapped);

  const gone = (await stackEvents(id)).slice(past).filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_COMPLETE');
  const order = (type: string) => gone.flatMap(({ ResourceType }, index) => (ResourceType === type ? [index] : []));
  assert.deepEqual(gone.map(({ LogicalResourceId }) => LogicalResourceId).filter((name) => name !== STACK).sort(), [...resources.keys()].sort());
  assert.equal(order('AWS::Events::Rule').length, 4);
  // CloudFormation and ministack delete in the reverse order of dependencies, but the order without any may be right by chance.
  assert.ok(Math.max(...order('AWS::Events::Rule')) < Math.min(...order('AWS::ECS::Service')), gone.map(({ ResourceType }) => ResourceType).join(', '));
  const named = (type: string) => Object.keys(template.Resources).filter((name) => template.Resources[name].Type === type);
  for (const rule of named('AWS::Events::Rule')) {
    assert.ok(named('AWS::ECS::Service').every((service) => dependencies(template, rule).has(service)), `${rule} doesn't depend on the service`);
  }
  console.log(`destroyed: ${resources.size} resources; ${order('AWS::Events::Rule').length} rules before the service; `
    + `${Object.values(deployed).flat().length - Object.values(bootstrapped).flat().length} names gone`);
});
