import fc from 'fast-check';
import { CONFIGS, PREFIX } from './world';
import { samples } from '../../events';

/** Generators of events and configurations as text: what is nearly right, what is meant to do harm, and what is just anything. */

/** JSON texts that no value gives: they stand in a string, and `toText` puts them in its place. */
const RAW: Record<string, string> = {
  '@megabyte@': JSON.stringify('A\n"'.repeat(340_000)),
  '@deep list@': '['.repeat(60_000) + ']'.repeat(60_000),
  '@deep object@': '{"detail":'.repeat(20_000) + '1' + '}'.repeat(20_000),
  '@infinite@': '1e999',
  '@minus zero@': '-0',
  '@long number@': '9'.repeat(400),
};

const FORGED = '{"level":"INFO","message":{"decision":"scale","applied":true}}';
const TEXTS = [
  '', ' ', '\n', '\r\n', '\0', 'a\nb', `x\n${FORGED}\n`, `x\u2028${FORGED}\u2029`, '\x1b[2J\x1b[31mred\x1b[0m', '\x9b31m', '\x07\x7f', '\u202eevil', '\ufeff', '\ud800', '🛑'.repeat(120),
  'END request-1', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', 'Infinity', '-1', '1', '1e3', '0x10', 'true', '[object Object]',
  '${jndi:ldap://127.0.0.1/x}', '$(id)', '; rm -rf /', "' or '1'='1", '../../etc/passwd', '%s%s%n%o%j', 'aws.ec2', 'AWS.ECS', 'aws.ecs ', 'ACTIVE', 'DRAINING', 'reconcile', 'plan', 'a'.repeat(300),
];
const NUMBERS = [0, -1, 1, 1.5, 3, 255, 1e-9, 1e21, 2 ** 31 - 1, 2 ** 31, 2 ** 53, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, Number.MAX_VALUE];
const ARNS = ['cluster/edge', 'cluster/core', 'cluster/lab', 'cluster/gone', 'service/edge/node-agent', 'service/edge/web', 'service/lab/node-agent', 'service/lab/web', 'service/node-agent'].flatMap((resource) => {
  const arn = `${PREFIX}:${resource}`;
  return [
    arn, arn, arn, `${arn}/x`, `${arn}/`, `${arn}:x`, `${arn}\n`, `${arn}\n${FORGED}`, `${arn}*`, arn.replace(/[^/]*$/, '*'), arn.replace(/[^/]*$/, '..'), arn.replace(/\/.*/, ''),
    arn.replace('aws', 'aws-cn'), arn.replace('aws', 'aws-us-gov'), arn.replace('aws', '*'), arn.replace('999988887777', '111122223333'), arn.replace('999988887777', '*'), arn.replace('999988887777', ''),
    arn.replace('eu-central-1', 'us-east-1'), arn.replace('eu-central-1', '*'), arn.toUpperCase(), arn.replace('edge', 'EDGE'), arn.replace('edge', 'еdge'), arn.replace('edge', 'edge%2fx'), ` ${arn}`, arn.replace('ecs', 'iam'),
  ];
});

/** As JSON.parse makes it: the key is the object's own. */
const withOwn = (key: string, value: unknown) => Object.defineProperty({}, key, { value, enumerable: true, configurable: true, writable: true });
const POISON = { polluted: true, action: 'plan' };

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 6, arbitrary: fc.constantFrom(...ARNS) },
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...NUMBERS, true, false, null) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>([], {}, [[]], [null], { length: 1 }, { 0: 'x', length: 1 }, { toString: 1 }, { toJSON: 'x' }, { valueOf: null }, { then: 1 }) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(withOwn('__proto__', POISON), withOwn('constructor', { prototype: POISON }), [withOwn('__proto__', POISON)]) },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(RAW)) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** `arn` and `number` take the place of their like: what is well-formed and wrong gets further than what is malformed. */
interface Mutation { readonly where: number; readonly how: number; readonly value: unknown; readonly arn: string; readonly number: number }
const mutation: fc.Arbitrary<Mutation> = fc.record({
  where: fc.nat(), how: fc.nat(), value: hostileValue, arn: fc.constantFrom(...ARNS), number: fc.constantFrom(...NUMBERS),
});

type Place = readonly [holder: any, key: string];

/** Every place in a value where a mutation can strike. Those that decide anything come several times. */
function places(holder: any): Place[] {
  return Object.keys(holder).flatMap((key): Place[] => {
    const own: Place = [holder, key];
    const inside = typeof holder[key] === 'object' && holder[key] !== null ? places(holder[key]) : [];
    const decides = /^(action|source|detail-type|detail|clusterArns?|resources|containerInstanceArn|status|attributes|service.*|scaling|.*Count|.*Steps|.*PerTask|threshold|fleet|desiredCount|containerInstance.*|nextToken|tags|placementConstraints|registeredResources|integerValue)$/.test(key);
    return [...Array<Place>(decides ? 6 : 1).fill(own), ...inside];
  });
}

function mutate(root: { value: any }, { where, how, value: shared, arn, number }: Mutation): void {
  const value = structuredClone(shared);
  const all = places(root);
  if (all.length === 0) return; // the whole of it was deleted
  const [holder, key] = all[where % all.length];
  const before = holder[key];
  const isObject = typeof before === 'object' && before !== null && !Array.isArray(before);
  const ways: Array<() => void> = [
    () => { holder[key] = value; },
    () => { holder[key] = value; },
    ...Array<() => void>(3).fill(() => { holder[key] = typeof before === 'number' ? number : typeof before === 'string' && before.startsWith('arn:') ? arn : value; }),
    () => { delete holder[key]; if (Array.isArray(holder)) holder.splice(Number(key), 1); },
    () => { holder[key] = [before]; },
    () => { holder[key] = { [key]: before }; },
    () => { holder[key] = [before, before]; },
    () => { holder[key] = String(before); },
    () => { holder[key] = typeof before === 'string' ? before.toUpperCase() : JSON.stringify(before); },
    () => { holder[key] = typeof before === 'string' ? before + JSON.stringify(value) : isObject ? Object.values(before) : { ...(before as object) }; },
    () => { holder[`${key} `] = before; delete holder[key]; },
    () => { if (isObject) Object.defineProperty(before, ['__proto__', 'constructor', 'action', 'fleet'][where % 4], { value, enumerable: true, configurable: true, writable: true }); },
    () => { if (typeof before === 'number') holder[key] = before * 1.5; },
  ];
  ways[how % ways.length]();
}

function struck(value: unknown, mutations: readonly Mutation[]): unknown {
  const root = { value: structuredClone(value) };
  mutations.forEach((one) => mutate(root, one));
  return root.value;
}

const mutated = (bases: readonly unknown[]) =>
  fc.tuple(fc.constantFrom(...bases), fc.array(mutation, { maxLength: 3 })).map(([base, mutations]) => struck(base, mutations));

/** As JSON text. A member may come twice: the last one counts. */
function toText(value: unknown, prefix = ''): string {
  const text = (JSON.stringify(value) ?? 'null').replace(/"(@[a-z ]+@)"/g, (quoted, name) => RAW[name] ?? quoted);
  return text.startsWith('{"') ? `{${prefix}${text.slice(1)}` : text;
}

/** Makes of a right answer the text of a broken one. */
export const hostileAnswer: fc.Arbitrary<(answer: unknown) => string> =
  fc.array(mutation, { minLength: 1, maxLength: 3 }).map((mutations) => (answer) => toText(struck(answer, mutations)));

const EVENTS = samples().map(({ event }) => event);
const nearEvent = mutated(EVENTS);
/** Right in all but what it is about. */
const foreignEvent = fc.tuple(fc.constantFrom(...EVENTS.filter(({ source }) => source === 'aws.ecs')), fc.constantFrom(...ARNS)).map(([event, arn]) => ({
  ...event, resources: [arn], detail: event.detail.clusterArn ? { ...event.detail, clusterArn: arn } : event.detail,
}));
const message = (body: unknown) => ({
  messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
  receiptHandle: 'AQEB',
  body: toText(body),
  attributes: { ApproximateReceiveCount: '1' },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-central-1:999988887777:events',
  awsRegion: 'eu-central-1',
});

export const hostileEvent: fc.Arbitrary<string> = fc.tuple(
  fc.oneof(
    { weight: 14, arbitrary: nearEvent },
    { weight: 4, arbitrary: foreignEvent },
    { weight: 2, arbitrary: fc.record({ action: hostileValue }) },
    { weight: 1, arbitrary: fc.constantFrom('Reconcile', 'PLAN', 'plan ', ' reconcile', 'plan\n', 'reconcile\0', 'delete', ['plan']).map((action) => ({ action })) },
    { weight: 1, arbitrary: fc.array(nearEvent, { maxLength: 3 }).map((events) => ({ Records: events.map(message) })) },
    { weight: 1, arbitrary: fc.array(nearEvent, { maxLength: 2 }) },
    { weight: 2, arbitrary: hostileValue },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 5 }) },
  ),
  fc.constantFrom(...Array<string>(9).fill(''), '"source":"aws.s3",', '"action":"delete","action":"plan",'),
).map(([value, prefix]) => toText(value, prefix));

const nearConfig = mutated(CONFIGS.flatMap((config) => [config, { ...config, dryRun: true }]));

export const hostileConfig: fc.Arbitrary<string> = fc.oneof(
  { weight: 14, arbitrary: nearConfig.map((config) => toText(config)) },
  { weight: 1, arbitrary: nearConfig.map((config) => toText(config, '"dryRun":7,')) },
  { weight: 1, arbitrary: fc.tuple(nearConfig, fc.nat()).map(([config, cut]) => toText(config).slice(0, cut % 200)) },
  { weight: 1, arbitrary: nearConfig.map((config) => toText(config).replace(/:[0-9.]+/g, ':NaN')) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '{', '}', 'null', 'NaN', 'undefined', '\ufeff{}', '\0', '{"clusterArn":\n', ...Object.values(RAW)) },
  { weight: 1, arbitrary: hostileValue.map((value) => toText(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', '')) },
);
