import { compilePattern } from '../../local-stack/event-pattern';

const EVENT = {
  source: 'aws.ecs',
  resources: ['arn:aws:ecs:eu-west-1:111122223333:service/main/agent', 'arn:aws:ecs:eu-west-1:111122223333:service/main/other'],
  detail: {
    status: 'ACTIVE',
    agentConnected: true,
    reason: null,
    count: 5,
    path: 'dir\\file*.png',
    empty: [],
    attributes: [{ name: 'ecs.os-type', value: 'linux' }, { name: 'ecs.cpu', value: 'arm64' }],
    nested: { value: 'x' },
  },
};

const matches = (detail: object): boolean => compilePattern({ detail })(EVENT);

test.each<[string, object, boolean]>([
  ['an exact string', { status: ['ACTIVE'] }, true],
  ['another string', { status: ['DRAINING'] }, false],
  ['one of several', { status: ['DRAINING', 'ACTIVE'] }, true],
  ['a string differs by case', { status: ['active'] }, false],
  ['a boolean', { agentConnected: [true] }, true],
  ['a boolean as text', { agentConnected: ['true'] }, false],
  ['a number', { count: [5] }, true],
  ['a number as text', { count: ['5'] }, false],
  ['null', { reason: [null] }, true],
  ['null where the field is missing', { absent: [null] }, false],
  ['all fields', { status: ['ACTIVE'], count: [5] }, true],
  ['one field of two', { status: ['ACTIVE'], count: [6] }, false],
  ['prefix', { status: [{ prefix: 'ACT' }] }, true],
  ['prefix of another case', { status: [{ prefix: 'act' }] }, false],
  ['prefix, ignoring case', { status: [{ prefix: { 'equals-ignore-case': 'act' } }] }, true],
  ['prefix on a number', { count: [{ prefix: '5' }] }, false],
  ['suffix', { status: [{ suffix: 'IVE' }] }, true],
  ['suffix of another string', { status: [{ suffix: 'ACT' }] }, false],
  ['suffix, ignoring case', { status: [{ suffix: { 'equals-ignore-case': 'ive' } }] }, true],
  ['equals-ignore-case', { status: [{ 'equals-ignore-case': 'active' }] }, true],
  ['equals-ignore-case on a part', { status: [{ 'equals-ignore-case': 'activ' }] }, false],
  ['wildcard', { status: [{ wildcard: 'A*V*' }] }, true],
  ['wildcard that ends early', { status: [{ wildcard: 'A*V' }] }, false],
  ['wildcard with escapes', { path: [{ wildcard: 'dir\\\\file\\*.*' }] }, true],
  ['wildcard whose dot is a dot', { status: [{ wildcard: 'A.T*' }] }, false],
  ['exists', { reason: [{ exists: true }] }, true],
  ['exists, missing', { absent: [{ exists: true }] }, false],
  ['exists on an object', { nested: [{ exists: true }] }, false],
  ['does not exist', { absent: [{ exists: false }] }, true],
  ['does not exist, present', { status: [{ exists: false }] }, false],
  ['does not exist below a missing object', { absent: { value: [{ exists: false }] } }, true],
  ['numeric range', { count: [{ numeric: ['>', 0, '<=', 5] }] }, true],
  ['numeric range missed', { count: [{ numeric: ['>', 5] }] }, false],
  ['numeric equality', { count: [{ numeric: ['=', 5] }] }, true],
  ['numeric on a string', { status: [{ numeric: ['>=', 0] }] }, false],
  ['anything-but', { status: [{ 'anything-but': 'DRAINING' }] }, true],
  ['anything-but itself', { status: [{ 'anything-but': ['ACTIVE', 'DRAINING'] }] }, false],
  ['anything-but a number', { count: [{ 'anything-but': 5 }] }, false],
  ['anything-but where the field is missing', { absent: [{ 'anything-but': 'x' }] }, false],
  ['anything-but a prefix', { status: [{ 'anything-but': { prefix: 'ACT' } }] }, false],
  ['anything-but suffixes', { status: [{ 'anything-but': { suffix: ['X', 'Y'] } }] }, true],
  ['anything-but a wildcard', { status: [{ 'anything-but': { wildcard: '*TI*' } }] }, false],
  ['anything-but, ignoring case', { status: [{ 'anything-but': { 'equals-ignore-case': 'active' } }] }, false],
  ['fields of one element of an array', { attributes: { name: ['ecs.cpu'], value: ['arm64'] } }, true],
  ['fields of different elements', { attributes: { name: ['ecs.cpu'], value: ['linux'] } }, false],
  ['$or', { $or: [{ status: ['DRAINING'] }, { count: [5] }] }, true],
  ['$or without a match', { $or: [{ status: ['DRAINING'] }, { count: [6] }] }, false],
  ['$or beside another field', { status: ['DRAINING'], $or: [{ count: [5] }, { count: [6] }] }, false],
])('%s', (_, detail, expected) => {
  expect(matches(detail)).toBe(expected);
});

test('a value of an array in the event is enough', () => {
  const prefix = (value: string) => compilePattern({ resources: [{ prefix: value }] })(EVENT);
  expect(prefix('arn:aws:ecs:eu-west-1:111122223333:service/main/')).toBe(true);
  expect(prefix('arn:aws:ecs:eu-west-1:111122223333:service/mainframe/')).toBe(false);
});

test.each<[string, unknown, RegExp]>([
  ['an operator that is not implemented', { detail: { ip: [{ cidr: '10.0.0.0/8' }] } }, /detail\.ip: the operator "cidr" isn't implemented/],
  ['the same inside $or', { $or: [{ a: ['x'] }, { b: [{ cidr: '10.0.0.0/8' }] }] }, /\$or\[1\]\.b: the operator "cidr"/],
  ['the same inside anything-but', { a: [{ 'anything-but': { cidr: '10.0.0.0/8' } }] }, /"anything-but" takes/],
  ['two operators in one condition', { a: [{ prefix: 'x', suffix: 'y' }] }, /exactly one operator/],
  ['a value outside an array', { source: 'aws.ecs' }, /source: a field's condition is an array/],
  ['an empty array', { source: [] }, /empty array/],
  ['an empty pattern', {}, /at least one field/],
  ['a nested array as a value', { a: [['x']] }, /a value is a string/],
  ['exists with a string', { a: [{ exists: 'yes' }] }, /"exists" takes true or false/],
  ['numeric with half a pair', { a: [{ numeric: ['>'] }] }, /"numeric" takes/],
  ['numeric with another comparison', { a: [{ numeric: ['!=', 1] }] }, /"numeric" takes/],
  ['anything-but of mixed types', { a: [{ 'anything-but': ['x', 1] }] }, /not both/],
  ['a prefix that is no string', { a: [{ prefix: 1 }] }, /"prefix" takes a string/],
  ['an $or of one', { $or: [{ a: ['x'] }] }, /at least two/],
  ['consecutive stars', { a: [{ wildcard: 'a**b' }] }, /consecutive stars/],
  ['a stray backslash', { a: [{ wildcard: 'a\\b' }] }, /backslash/],
  ['more than 2,048 characters', { a: ['x'.repeat(2048)] }, /EventBridge allows 2048/],
])('refuses %s', (_, pattern, message) => {
  expect(() => compilePattern(pattern)).toThrow(message);
});
