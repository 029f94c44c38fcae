import fc from 'fast-check';
import { BrokenEcs } from './broken-ecs';
import { Answer, BundledFunction } from './bundled-function';
import { hostileAnswer, hostileConfig, hostileEvent } from './hostile';
import { Expectation, expectation } from './oracle';
import { ask, CONFIGS, desiredCounts, makeWorld, PREFIX } from './world';
import { LocalEcs, startServer } from '../../../local-ecs';
import { samples } from '../../events';

const DEADLINE_MS = 30_000;
const MAX_ERROR_CHARACTERS = 20_000; // a line for each of a few services, each of at most some 1,000
const BATCH = 200;
const ERRORS = ['InvalidEventError', 'InvalidConfigurationError', 'NotConvergedError', 'ReconcileError'];

export interface Campaign {
  readonly outcomes: Map<string, number>;
  /** What went wrong, with the input that did it. */
  readonly findings: string[];
  readonly calls: number;
  readonly lines: number;
}

interface Input { readonly config: string; readonly event: string }

/** Sends the bundle hostile events under sound configurations. */
export function fuzzEvents(bundle: string, count: number, seed: number): Promise<Campaign> {
  const sound = CONFIGS.flatMap((config) => [config, config, config, { ...config, dryRun: true }]).map((config) => JSON.stringify(config));
  return run(bundle, count, seed, fc.record({ config: fc.constantFrom(...sound), event: hostileEvent }));
}

/** Starts the bundle with hostile configurations, and sends it sound events. */
export function fuzzConfigurations(bundle: string, count: number, seed: number): Promise<Campaign> {
  const sound = samples().map(({ event }) => JSON.stringify(event));
  const asked = ['{"action":"reconcile"}', '{"action":"plan"}'].flatMap((action) => Array<string>(12).fill(action));
  return run(bundle, count, seed, fc.record({ config: hostileConfig, event: fc.constantFrom(...asked, ...sound) }));
}

async function run(bundle: string, count: number, seed: number, inputs: fc.Arbitrary<Input>): Promise<Campaign> {
  const ecs = makeWorld();
  const server = await startServer(ecs);
  const bundled = new BundledFunction(bundle, server.endpoint);
  const campaign = { outcomes: new Map<string, number>(), findings: [] as string[], calls: 0, lines: 0 };
  const drifts = fc.record({ service: fc.nat(), desiredCount: fc.nat({ max: 12 }) });
  try {
    for (let done = 0; done < count; done += BATCH) {
      for (const [input, drift] of fc.sample(fc.tuple(inputs, drifts), { seed: seed + done, numRuns: Math.min(BATCH, count - done) })) {
        const replicas = Object.keys(desiredCounts(ecs)).filter((arn) => !arn.endsWith('/native'));
        const service = replicas[drift.service % replicas.length];
        ask(ecs, 'UpdateService', { cluster: service.split('/')[1], service, desiredCount: drift.desiredCount });
        const before = desiredCounts(ecs);
        const expected = expectation(input.config, input.event, ecs);

        const answer = await bundled.invoke(input.config, input.event, DEADLINE_MS);
        const outcome = !answer ? 'no answer' : String(answer.error?.name ?? 'result');
        campaign.outcomes.set(outcome, (campaign.outcomes.get(outcome) ?? 0) + 1);
        campaign.calls += ecs.calls.length;
        campaign.lines += answer?.lines.length ?? 0;
        const findings = answer ? judge(answer, expected, before, ecs) : [`no answer within ${DEADLINE_MS / 1000} s`];
        campaign.findings.push(...findings.map((finding) => `${finding}\n    config ${short(input.config)}\n    event  ${short(input.event)}`));
        ecs.calls.length = 0;
      }
    }
  } finally {
    await bundled.stop();
    await server.close();
  }
  return campaign;
}

/** Lets ECS answer sound questions with broken JSON: no right count can be known then, but what is returned has its form, and what is called its bounds. */
export async function fuzzAnswers(bundle: string, count: number, seed: number): Promise<Campaign> {
  const server = await BrokenEcs.start();
  const bundled = new BundledFunction(bundle, server.endpoint);
  const campaign = { outcomes: new Map<string, number>(), findings: [] as string[], calls: 0, lines: 0 };
  const [bound, , fleet] = CONFIGS;
  const breakages = fc.record({
    config: fc.constantFrom(bound, fleet), at: fc.integer({ min: 1, max: 5 }), further: fc.boolean(), broken: hostileAnswer,
  });
  try {
    for (const { config, at, further, broken } of fc.sample(breakages, { seed, numRuns: count })) {
      let asked = 0;
      const sent: string[] = [];
      server.use(makeWorld(), (_, answer) => {
        asked += 1;
        if (asked < at || (asked > at && !further)) return undefined;
        sent.push(broken(answer));
        return { body: sent[sent.length - 1] };
      });
      const answer = await bundled.invoke(JSON.stringify(config), '{"action":"reconcile"}', DEADLINE_MS);
      const outcome = !answer ? 'no answer' : String(answer.error?.name ?? 'result');
      campaign.outcomes.set(outcome, (campaign.outcomes.get(outcome) ?? 0) + 1);
      campaign.calls += server.requests.length;
      campaign.lines += answer?.lines.length ?? 0;
      const bounds = 'fleet' in config
        ? { clusters: matching(/^cluster\/[\w-]+$/), services: matching(/^service\/[\w-]+\/web$/) }
        : { clusters: new Set([config.clusterArn]), services: new Set(config.services.map(({ serviceArn }) => serviceArn)) };
      const outside = server.requests.filter(({ action, input }) => !isWithin(action, input, bounds, true));
      const findings = [
        ...(answer ? [] : [`no answer within ${DEADLINE_MS / 1000} s`]),
        ...(answer?.polluted ? ['a built-in prototype was changed'] : []),
        ...(answer?.error ? judgeError(answer.error) : []),
        ...(answer?.result === undefined ? [] : judgeForm(answer.result)),
        ...outside.map((call) => `a call that it must not make: ${JSON.stringify(call)}`),
        ...(answer?.lines ?? []).flatMap((line) => judgeLine(line)),
      ];
      campaign.findings.push(...findings.map((finding) => `${short(finding)}\n    answers ${short(sent.join('\n            '))}`));
    }
  } finally {
    await bundled.stop();
    await server.stop();
  }
  return campaign;
}

/** ARNs of this account and Region whose resource matches. */
const matching = (resource: RegExp): Bounds => ({ has: (arn) => arn.startsWith(`${PREFIX}:`) && resource.test(arn.slice(PREFIX.length + 1)) });

/** The fields and types of a result. */
function judgeForm(text: string): string[] {
  const { results, apiCalls } = JSON.parse(text);
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isItem = (item: any) => Object.keys(item).sort().join() === 'applied,cluster,decision,desiredCount,instances,newDesiredCount,reason,service,vcpus'
    && typeof item.cluster === 'string' && typeof item.service === 'string' && typeof item.applied === 'boolean'
    && (item.decision === 'skip'
      ? /^(serviceNotFound|serviceNotActive|daemonStrategy|fargate|suspended|capacityProvidersUnknown)$/.test(item.reason) && item.instances === null && !item.applied
      : item.reason === { scale: 'countDiffers', inSync: 'countMatches' }[item.decision as string]
        && isCount(item.instances) && (item.vcpus === null || item.vcpus >= 0) && isCount(item.desiredCount) && isCount(item.newDesiredCount));
  return isCount(apiCalls) && results.every(isItem) ? [] : [`a result of another form: ${text}`];
}

const short = (text: string) => (text.length > 1500 ? `${text.slice(0, 1500)}... (${text.length} characters)` : text);
const inOrder = (record: object) => JSON.stringify(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
const sorted = (records: readonly object[]) => records.map(inOrder).sort();
const same = (one: readonly object[], other: readonly object[]) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

function judge(answer: Answer, expected: Expectation, before: Record<string, number>, ecs: LocalEcs): string[] {
  const findings: string[] = [];
  const check = (holds: boolean, finding: () => string) => { if (!holds) findings.push(short(finding())); };
  const rejected = 'error' in expected;
  const fails = rejected ? expected.error : expected.failing.length > 0 ? 'ReconcileError' : undefined;

  check(!answer.polluted, () => 'a built-in prototype was changed');
  check(answer.error?.name === fails, () => `expected ${fails ?? 'a result'}, got ${answer.error?.name ?? 'a result'}: ${answer.error?.message}`);
  if (answer.error) findings.push(...judgeError(answer.error));

  // API calls: none for what is rejected, and none that names anything else.
  const made = ecs.calls.map(({ action, input }) => ({ action, input }));
  for (const { action, input } of made) {
    check(!rejected && isWithin(action, input, expected), () => `a call that it must not make: ${action} ${JSON.stringify(input)}`);
  }
  const after = { ...before, ...(rejected ? {} : Object.fromEntries(expected.written)) };
  check(JSON.stringify(desiredCounts(ecs)) === JSON.stringify(after), () => `desired counts: expected ${JSON.stringify(after)}, found ${JSON.stringify(desiredCounts(ecs))}`);

  // The result, and the log: one line for each decision, each warning and an error, and nothing else.
  const results = rejected ? [] : expected.results;
  if (!answer.error) {
    const { results: given, apiCalls, ...further } = JSON.parse(answer.result!);
    check(same(given, results), () => `expected ${JSON.stringify(results)}, got ${JSON.stringify(given)}`);
    check(apiCalls === made.length && Object.keys(further).length === 0, () => `${made.length} calls, result ${short(answer.result!)}`);
  }
  // A few say it all; of an event of a megabyte there may be a line for each character.
  const broken = answer.lines.flatMap(judgeLine).slice(0, 100);
  findings.push(...broken);
  const records = broken.length > 0 ? [] : answer.lines.map((line) => JSON.parse(line));
  const at = (...levels: string[]) => records.filter((record) => levels.includes(record.level)).map(({ message }) => message);
  const trigger = rejected ? undefined : expected.trigger;
  const isNews = (item: any) => item.decision === 'scale' || trigger === 'reconcile';
  check(same(at('INFO'), results.filter(isNews).map((item) => ({ ...item, trigger }))), () => `INFO lines: ${JSON.stringify(at('INFO'))}, expected ${JSON.stringify(results.filter(isNews))}`);
  check(same(at('DEBUG'), results.filter((item) => !isNews(item)).map((item) => ({ ...item, trigger }))), () => `DEBUG lines: ${JSON.stringify(at('DEBUG'))}`);
  const cuts = results.filter((item: any) => item.decision === 'scale' && item.newDesiredCount < item.desiredCount / 2)
    .map(({ cluster, service, desiredCount, newDesiredCount }: any) => ({ warning: 'drasticCut', cluster, service, desiredCount, newDesiredCount }));
  check(same(at('WARN'), cuts), () => `WARN lines: ${JSON.stringify(at('WARN'))}, expected ${JSON.stringify(cuts)}`);
  check(at('ERROR').length === (answer.error ? 1 : 0), () => `ERROR lines: ${at('ERROR').length}`);
  return findings;
}

/** Named, short, on printable lines: no text of others can pass for a line of ours, or steer a terminal. */
export function judgeError({ name, message, stack }: NonNullable<Answer['error']>): string[] {
  const text = String(message);
  const findings: string[] = [];
  if (!ERRORS.includes(String(name))) findings.push(`a raw ${name}: ${short(String(stack))}`);
  if (text.length === 0 || text.length > MAX_ERROR_CHARACTERS) findings.push(`a message of ${text.length} characters: ${short(text)}`);
  if (/[^\n -~]/.test(text)) findings.push(`a message that isn't printable: ${JSON.stringify(short(text))}`);
  const lines = text.split('\n');
  if (name === 'ReconcileError' || name === 'NotConvergedError') {
    const odd = lines.filter((line) => !/^\S+: [!-~]+: ./.test(line));
    if (odd.length > 0) findings.push(`lines that are no failure of a service: ${short(odd.join('\n'))}`);
  } else if (lines.length > 1 || !/^[A-Za-z_.[\]0-9-]+: received /.test(text)) {
    findings.push(`a message that doesn't say on one line which field received what: ${short(text)}`);
  }
  // What the SDK can't read it says itself, in words of its own.
  const ours = lines.filter((line) => !line.includes('Deserialization error')).join('\n');
  if (/Cannot (read|set|convert)|is not (a function|iterable|defined|an object)|Maximum call stack|\n\s+at /.test(ours)) findings.push(`a message that only a programmer understands: ${short(text)}`);
  return findings;
}

interface Bounds { has(arn: string): boolean }

function isWithin(action: string, input: any, { clusters, services }: { clusters: Bounds; services: Bounds }, anyInstance = false): boolean {
  const fields = (...names: string[]) => Object.keys(input).every((name) => names.includes(name));
  switch (action) {
    case 'ListClusters': return fields('maxResults', 'nextToken');
    case 'ListContainerInstances': return clusters.has(input.cluster) && fields('cluster', 'status', 'filter', 'maxResults', 'nextToken');
    case 'DescribeContainerInstances': return clusters.has(input.cluster) && fields('cluster', 'containerInstances')
      && input.containerInstances.every((arn: string) => anyInstance || arn.startsWith(`${input.cluster.replace(':cluster/', ':container-instance/')}/`));
    case 'DescribeServices': return clusters.has(input.cluster) && fields('cluster', 'services', 'include') && input.services.every((arn: string) => services.has(arn));
    case 'UpdateService': return clusters.has(input.cluster) && services.has(input.service) && Object.keys(input).sort().join() === 'cluster,desiredCount,service'
      && Number.isInteger(input.desiredCount);
    default: return false;
  }
}

/** A line of the log is one JSON object of the runtime's fields. */
function judgeLine(line: string): string[] {
  try {
    const { timestamp, level, requestId, message, ...further } = JSON.parse(line);
    const isOurs = !Number.isNaN(Date.parse(timestamp)) && /^(DEBUG|INFO|WARN|ERROR)$/.test(level) && /^request-\d+$/.test(requestId) && typeof message === 'object';
    return isOurs && Object.keys(further).length === 0 ? [] : [`a log line with other fields: ${short(line)}`];
  } catch {
    return [`a log line that is no JSON object: ${short(line)}`];
  }
}
