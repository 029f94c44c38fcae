import * as fc from 'fast-check';
import { EcsApiError, evaluate, parse, QueryableInstance } from '../../local-ecs';
import { compilePattern } from '../../local-ecs/query-language';

const INSTANCE: QueryableInstance = {
  agentConnected: true,
  agentVersion: '1.86.2',
  attributes: [
    { name: 'ecs.instance-type', value: 'm5.large' },
    { name: 'ecs.availability-zone', value: 'eu-west-1b' },
    { name: 'stack', value: 'blue green' },
    { name: 'weight', value: '10' },
    { name: 'gpu' },
  ],
  ec2InstanceId: 'i-0a1b2c3d',
  registeredAt: Date.parse('2026-03-01T10:20:30.456Z'),
  runningTasksCount: 3,
  taskGroups: ['service:web', 'family:batch'],
};

/** A host that ECS knows little about. */
const BARE: QueryableInstance = { agentConnected: false, attributes: [], registeredAt: 0, runningTasksCount: 0, taskGroups: [] };

const holds = (expression: string, instance = INSTANCE) => evaluate(parse(expression), instance);

describe('evaluate', () => {
  test.each([
    // Subjects with their operators, words and symbols.
    ['agentConnected == true', true],
    ['agentConnected equals false', false],
    ['agentConnected != true', false],
    ['agentConnected in [true, false]', true],
    ['agentConnected =~ t.*', true],
    ['agentConnected not_matches t.*', false],
    ['agentVersion == 1.86.2', true],
    ['agentVersion == 1.86.2.0', true],
    ['agentVersion > 1.9.0', true],
    ['agentVersion greater_than_equal 1.86.2', true],
    ['agentVersion < 1.86.10', true],
    ['agentVersion <= 1.86', false],
    ['agentVersion not_equals 1.86', true],
    ['ec2InstanceId == i-0a1b2c3d', true],
    ["ec2InstanceId in ['i-1', 'i-0a1b2c3d']", true],
    ['ec2InstanceId !in [i-1, i-2]', true],
    ['ec2InstanceId =~ i-.*', true],
    ['registeredAt == 2026-03-01T10:20:30Z', true],
    ['registeredAt == 2026-03-01T10:20:30', true],
    ['registeredAt == 2026-03-01T11:20:30+01:00', true],
    ['registeredAt == 2026-03-01T05:50:30-04:30', true],
    ['registeredAt > 2026-03-01', true],
    ['registeredAt less_than 2026-03-02', true],
    ['registeredAt >= 2026-03-01T10:20:31Z', false],
    ['runningTasksCount == 3', true],
    ['runningTasksCount > 3', false],
    ['runningTasksCount less_than_equal 3', true],
    ['runningTasksCount < 20', true],
    ['task:group == service:web', true],
    ['task:group == service:api', false],
    ['task:group != service:web', false],
    ['task:group in [service:api, family:batch]', true],
    ['task:group =~ service:.*', true],
    ['task:group exists', true],
    ['not(task:group == database)', true],
    ['attribute:ecs.instance-type == m5.large', true],
    ['attribute:ecs.instance-type =~ m5.*', true],
    ['attribute:ecs.instance-type matches m5', false], // the whole value, not a part
    ['attribute:ecs.instance-type !~ m[45].*', false],
    ['attribute:ecs.instance-type =~ m5.large|c5.large', true],
    ['attribute:ecs.availability-zone in [eu-west-1a,eu-west-1b]', true],
    ['attribute:ecs.availability-zone not_in [eu-west-1a, eu-west-1b]', false],
    ["attribute:stack == 'blue green'", true],
    ['attribute:stack == "blue green"', true],
    ['attribute:stack exists', true],
    ['attribute:stack not_exists', false],
    ['attribute:stack!exists', false],
    ['attribute:weight > 9', true], // as numbers: as text '10' comes before '9'
    ['attribute:stack > blue', true], // as text
    ['attribute:stack < c', true],
    ['attribute:stack >= c', false],
    ['attribute:weight==10&&attribute:gpu exists', true],
    // Without a value: there, but equal to nothing.
    ['attribute:gpu exists', true],
    ['attribute:gpu == yes', false],
    ['attribute:gpu != yes', true],
    ['attribute:gpu =~ .*', false],
    // Words that are operators elsewhere are plain arguments here.
    ['attribute:stack == and or attribute:stack == or', false],
    ['attribute:stack in [in, exists, not]', false],
    // Precedence: not, and, or.
    ['agentConnected == true or agentConnected == true and agentConnected == false', true],
    ['(agentConnected == true or agentConnected == true) and agentConnected == false', false],
    ['not agentConnected == false and agentConnected == true', true],
    ['!agentConnected == true || agentConnected == true', true],
    ['!(agentConnected == true || agentConnected == true)', false],
    ['! ! (agentConnected == true)', true],
    ['  ((agentConnected == true))  ', true],
  ])('%s is %s', (expression, expected) => {
    expect(holds(expression)).toBe(expected);
  });

  test.each([
    ['attribute:x == a', 'attribute:x != a'],
    ['attribute:x in [a]', 'attribute:x !in [a]'],
    ['attribute:x =~ .*', 'attribute:x !~ .*'],
    ['attribute:x exists', 'attribute:x !exists'],
    ['agentVersion == 1.0.0', 'agentVersion != 1.0.0'],
    ['ec2InstanceId =~ .*', 'ec2InstanceId !~ .*'],
    ['task:group exists', 'task:group not_exists'],
    ['task:group == a', 'task:group != a'],
  ])('where the subject is absent, %s is false and %s true', (positive, negative) => {
    expect(holds(positive, BARE)).toBe(false);
    expect(holds(negative, BARE)).toBe(true);
  });

  test.each(['<', '<=', '>', '>='])('an absent attribute is neither more nor less: %s', (operator) => {
    expect(holds(`attribute:x ${operator} 1`, BARE)).toBe(false);
    expect(holds(`agentVersion ${operator} 1.0.0`, BARE)).toBe(false);
  });
});

const INVALID = [
  '', ' ', 'agentConnected', 'agentConnected ==', '== true', 'agentConnected = true', 'agentConnected === true extra',
  'agentConnected == true and', 'or agentConnected == true', 'agentConnected == true agentConnected == true',
  '(agentConnected == true', 'agentConnected == true)', '()', 'not', '!',
  'agentConnected exists', 'agentConnected > true', 'agentVersion =~ 1.*', 'agentVersion in [1.0.0]', 'ec2InstanceId >= i-1',
  'registeredAt in [2026-03-01]', 'runningTasksCount =~ 1', 'task:group > a', 'runningTasksCount exists',
  'agentVersion > latest', 'agentVersion == v1.0', 'runningTasksCount == many', 'runningTasksCount == -1', 'runningTasksCount == 1.5',
  'registeredAt > yesterday', 'registeredAt > 2026-13-01', 'registeredAt > 2026-02-30', 'registeredAt == 2026-03-01T10:20', 'registeredAt == 2026-03-01T25:00:00',
  'attribute: == a', 'attribute:a b == c', 'attribute:a@b == c', 'attribute == a', 'Attribute:a == b', 'cpu > 1', 'task:family == a', 'constructor == a',
  'attribute:a in []', 'attribute:a in b', 'attribute:a in [b', 'attribute:a in b]', 'attribute:a in [b c]', 'attribute:a in [b,,c]', 'attribute:a in [b,]',
  'attribute:a in (b, c)', "attribute:a == 'b", "attribute:a == b'c", 'attribute:a == "b\'', 'attribute:a == ', "attribute:a == '(b)'",
  'attribute:a =~ (b|c)', 'attribute:a =~ [', 'attribute:a =~ *', 'attribute:a =~ a\\', 'attribute:a =~ a++', 'attribute:a =~ a{2}+', 'attribute:a =~ \\Qa\\E',
  'attribute:a =~ \\p{Alpha}', 'attribute:a =~ [a[b]]', 'attribute:a =~ [a-z&&b]', 'attribute:a =~ \\1', 'attribute:a =~ []a]',
  'attribute:a ===b', 'attribute:a == ==', 'attribute:a == b*', 'attribute:a in [=b]', 'attribute:a LIKE b', 'attribute:a toString b', 'attribute:a == b AND attribute:a == b', 'attribute:a == b & attribute:a == b',
  `attribute:${'a'.repeat(129)} exists`, `attribute:a == ${'b'.repeat(2000)}`, '('.repeat(1900), `${'('.repeat(900)}agentConnected == true${')'.repeat(900)}`,
];

describe('parse', () => {
  test.each(INVALID)('rejects %j', (expression) => {
    expect(() => parse(expression)).toThrow(expect.objectContaining({ name: 'InvalidParameterException', statusCode: 400 }));
  });

  test('says where and why', () => {
    expect(() => parse('agentConnected > true')).toThrow("Invalid cluster query expression at character 17: the operator > isn't valid for agentConnected.");
  });

  test('keeps the structure', () => {
    expect(parse('agentConnected == true and not attribute:a in [b, "c d"]')).toEqual({
      type: 'and',
      operands: [
        { type: 'comparison', subject: { kind: 'agentConnected' }, comparator: '==', arguments: ['true'] },
        { type: 'not', operand: { type: 'comparison', subject: { kind: 'attribute', name: 'a' }, comparator: 'in', arguments: ['b', 'c d'] } },
      ],
    });
  });
});

describe('compilePattern', () => {
  test.each([
    ['a.c', 'abc', true], ['a.c', 'abcd', false], ['a\\.c', 'abc', false], ['\\d+', '42', true], ['a|bc', 'bc', true], ['a|bc', 'ac', false],
    ['[a-c]{2,3}', 'abc', true], ['[^a]', 'a', false], ['\\w\\-\\w', 'a-b', true], ['\\_', '_', true], ['a\\+', 'a+', true], ['a\\++', 'a++', true],
    ['[.\\-]', '-', true], ['\\s', '\u00a0', false], ['\\S', '\u00a0', true], ['a*?b', 'aab', true], ['\\[x\\]', '[x]', true],
  ])('%s against %j: %s', (pattern, value, expected) => {
    expect(compilePattern(pattern).test(value)).toBe(expected);
  });
});

/*
 * The oracle: expressions are generated together with a plain function that answers them, written without the parser's
 * tables, and printed with random spelling.
 */
interface Case { readonly text: string; readonly oracle: (instance: QueryableInstance) => boolean }

const SPELLINGS: Record<string, string[]> = {
  '==': ['==', 'equals'],
  '!=': ['!=', 'not_equals'],
  '>': ['>', 'greater_than'],
  '>=': ['>=', 'greater_than_equal'],
  '<': ['<', 'less_than'],
  '<=': ['<=', 'less_than_equal'],
  'in': ['in'],
  '!in': ['!in', 'not_in'],
  '=~': ['=~', 'matches'],
  '!~': ['!~', 'not_matches'],
  'exists': ['exists'],
  '!exists': ['!exists', 'not_exists'],
};
const ORDER: Record<string, (difference: number) => boolean> = {
  '==': (difference) => difference === 0,
  '!=': (difference) => difference !== 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
};

const spelled = (operator: string) => fc.constantFrom(...SPELLINGS[operator]);
const ordered = fc.constantFrom('==', '!=', '>', '>=', '<', '<=');
const word = fc.constantFrom<string>('m5.large', 'm5.xlarge', 'c5.large', 'a', 'b', 'true', 'false', 'and', 'in', 'x-1', 'service:web', 'i-1', '10', '9');
const quotes = fc.constantFrom('', "'", '"');

const comparison: fc.Arbitrary<Case> = fc.oneof(
  // Text subjects: equality, lists and patterns against what the instance has, possibly nothing or several values.
  fc.record({
    subject: fc.constantFrom<[string, (instance: QueryableInstance) => (string | undefined)[]]>(
      ['agentConnected', (instance) => [instance.agentConnected ? 'true' : 'false']],
    ['ec2InstanceId', (instance) => [instance.ec2InstanceId]],
    ['task:group', (instance) => [...instance.taskGroups]],
    ['attribute:a', (instance) => instance.attributes.filter(({ name }) => name === 'a').map(({ value }) => value)],
    ['attribute:ecs.b/c', (instance) => instance.attributes.filter(({ name }) => name === 'ecs.b/c').map(({ value }) => value)],
    ),
    operator: fc.constantFrom('==', '!=', 'in', '!in', '=~', '!~'),
    words: fc.array(word, { minLength: 1, maxLength: 3 }),
    quote: quotes,
    prefix: fc.boolean(),
  }).chain(({ subject: [name, values], operator, words, quote, prefix }) => spelled(operator).map((spelling): Case => {
    const isList = operator.endsWith('in');
    const isPattern = operator.endsWith('~');
    const quoted = words.map((value) => `${quote}${value}${quote}`);
    const argument = isList ? `[${quoted.join(', ')}]` : isPattern ? `${quote}${words[0].replace('.', '\\.')}${prefix ? '.*' : ''}${quote}` : quoted[0];
    const positive = (instance: QueryableInstance) => values(instance).some((value) => value !== undefined && (
      isList ? words.includes(value) : isPattern && prefix ? value.startsWith(words[0]) : value === words[0]));
    return { text: `${name} ${spelling} ${argument}`, oracle: (instance) => positive(instance) === !operator.startsWith('!') };
  })),
  fc.tuple(fc.constantFrom('exists', '!exists').chain((operator) => fc.tuple(fc.constant(operator), spelled(operator))), fc.constantFrom('a', 'ecs.b/c'))
    .map(([[operator, spelling], name]): Case => ({
      text: `attribute:${name} ${spelling}`,
      oracle: (instance) => instance.attributes.some((attribute) => attribute.name === name) === (operator === 'exists'),
    })),
  fc.tuple(ordered.chain((operator) => fc.tuple(fc.constant(operator), spelled(operator))), fc.nat(4)).map(([[operator, spelling], count]): Case => ({
    text: `runningTasksCount ${spelling} ${count}`,
    oracle: (instance) => ORDER[operator](instance.runningTasksCount - count),
  })),
  fc.tuple(ordered.chain((operator) => fc.tuple(fc.constant(operator), spelled(operator))), fc.tuple(fc.nat(2), fc.nat(12), fc.nat(12)))
    .map(([[operator, spelling], version]): Case => ({
      text: `agentVersion ${spelling} ${version.join('.')}`,
      oracle: ({ agentVersion }) => {
        if (agentVersion === undefined) return operator === '!=';
        const weight = (numbers: number[]) => numbers[0] * 1e6 + numbers[1] * 1e3 + numbers[2];
        return ORDER[operator](weight(agentVersion.split('.').map(Number)) - weight(version));
      },
    })),
  fc.tuple(ordered.chain((operator) => fc.tuple(fc.constant(operator), spelled(operator))), fc.integer({ min: 0, max: 5 }), fc.constantFrom('', 'Z', '+00:00'))
    .map(([[operator, spelling], second, zone]): Case => ({
      text: `registeredAt ${spelling} 2026-03-01T00:00:0${second}${zone}`,
      oracle: ({ registeredAt }) => ORDER[operator](Math.floor(registeredAt / 1000) - Date.UTC(2026, 2, 1, 0, 0, second) / 1000),
    })),
);

const { expression } = fc.letrec<{ expression: Case }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    comparison,
    fc.tuple(tie('expression'), tie('expression'), fc.constantFrom(' and ', '&&', ' && ')).map(([left, right, and]): Case => ({
      text: `(${left.text})${and}(${right.text})`,
      oracle: (instance) => left.oracle(instance) && right.oracle(instance),
    })),
    fc.tuple(tie('expression'), tie('expression'), fc.constantFrom(' or ', '||', ' || ')).map(([left, right, or]): Case => ({
      text: `(${left.text})${or}(${right.text})`,
      oracle: (instance) => left.oracle(instance) || right.oracle(instance),
    })),
    fc.tuple(tie('expression'), fc.constantFrom('not', '!', 'not ', '! ')).map(([inner, not]): Case => ({
      text: `${not}(${inner.text})`,
      oracle: (instance) => !inner.oracle(instance),
    })),
    // Without parentheses: `and` binds tighter than `or`.
    fc.tuple(comparison, comparison, comparison).map(([first, second, third]): Case => ({
      text: `${first.text} or ${second.text} and ${third.text}`,
      oracle: (instance) => first.oracle(instance) || second.oracle(instance) && third.oracle(instance),
    })),
  ),
}));

const instances: fc.Arbitrary<QueryableInstance> = fc.record({
  agentConnected: fc.boolean(),
  agentVersion: fc.option(fc.tuple(fc.nat(2), fc.nat(12), fc.nat(12)).map((version) => version.join('.')), { nil: undefined }),
  attributes: fc.uniqueArray(
    fc.record({ name: fc.constantFrom('a', 'ecs.b/c', 'd'), value: fc.option(word, { nil: undefined }) }),
    { selector: ({ name }) => name },
  ),
  ec2InstanceId: fc.option(word, { nil: undefined }),
  registeredAt: fc.integer({ min: 0, max: 5999 }).map((offset) => Date.UTC(2026, 2, 1) + offset),
  runningTasksCount: fc.nat(4),
  taskGroups: fc.array(word, { maxLength: 2 }),
});

const short = ({ text }: Case) => text.length <= 2000;

test('a valid expression never throws and answers as an independent oracle does', () => {
  fc.assert(fc.property(expression.filter(short), instances, ({ text, oracle }, instance) => {
    expect(evaluate(parse(text), instance)).toBe(oracle(instance));
  }), { numRuns: 5000 });
});

test('a broken expression is always rejected with InvalidParameterException', () => {
  const breakages: ((text: string) => string)[] = [
    (text) => `${text} and`,
    (text) => `${text} )`,
    (text) => `(${text}`,
    (text) => `or ${text}`,
    (text) => `${text} ${text}`,
    (text) => `${text} or cpu == 1`,
    (text) => `${text} & agentConnected == true`,
    (text) => `${text} and runningTasksCount exists`,
    (text) => `${text} and attribute:a in []`,
    (text) => `${text} && attribute:a =~ [`,
    (text) => text.replace(/(attribute:|agent|ec2|registered|running|task:)/, 'no-$1'),
  ];
  fc.assert(fc.property(expression.filter(short), fc.constantFrom(...breakages), ({ text }, breakage) => {
    expect(() => parse(breakage(text))).toThrow(expect.objectContaining({ name: 'InvalidParameterException' }));
  }), { numRuns: 3000 });
});

test('any text at all is either an expression that can be evaluated or an InvalidParameterException', () => {
  const pieces = fc.constantFrom('agentConnected', 'attribute:a', 'task:group', '==', '!', 'in', '[', ']', '(', ')', ',', '=~', 'and', '||', "'", '"', 'a', '\\', '*', '+', '1', ' ', '&&');
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(' ')), fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')));
  let accepted = 0;
  fc.assert(fc.property(texts, (text) => {
    try {
      expect(typeof evaluate(parse(text), INSTANCE)).toBe('boolean');
      accepted++;
    } catch (error) {
      expect(error).toBeInstanceOf(EcsApiError);
    }
  }), { numRuns: 20_000, seed: 20 });
  expect(accepted).toBeGreaterThan(10);
});
