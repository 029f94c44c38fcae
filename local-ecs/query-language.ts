import { invalidParameter } from './errors';

/*
 * The ECS cluster query language: lexer and parser to an AST, and an evaluator. Pure: no state, no clock.
 *
 * Source: "Create expressions to define container instances for Amazon ECS tasks", Amazon ECS Developer Guide
 * (cluster-query-language). Where that page is silent, the choice made here is marked "our choice".
 *
 *   expression := and (('or' | '||') and)*
 *   and        := not (('and' | '&&') not)*
 *   not        := ('not' | '!') not | '(' expression ')' | comparison
 *   comparison := subject operator [argument | '[' argument (',' argument)* ']']
 *
 * Our choices:
 * - `and` binds tighter than `or`, `not` tighter than both; operators and subjects are lower or camel case as documented.
 * - An argument is quoted ('…' or "…", no escapes), or a run of the characters that values are made of; an unquoted pattern
 *   ends at a blank, `&&` or `||`. The guide says that a single expression can't contain parentheses: so no argument has
 *   one, quoted or not.
 * - An instance that lacks the subject (attribute absent, agent version unknown, no task) answers false to every positive
 *   operator, and each negative operator (`!=`, `!in`, `!~`, `!exists`) is the exact negation of its positive one, so it
 *   answers true. An attribute without a value exists, and is otherwise like an absent one.
 * - `=~` is a match of the whole value, as Java's `matches()`: the guide's own example is `g2.*`, not `g2`.
 * - Attributes compare with `<` and the like as numbers where both sides are decimal numbers, else by code point.
 * - Dates without an offset are UTC; registration times are compared in whole seconds.
 */

export type Comparator = '==' | '!=' | '>' | '>=' | '<' | '<=' | 'exists' | '!exists' | 'in' | '!in' | '=~' | '!~';

export type Subject =
  | { readonly kind: 'agentConnected' | 'agentVersion' | 'ec2InstanceId' | 'registeredAt' | 'runningTasksCount' | 'task:group' }
  | { readonly kind: 'attribute'; readonly name: string };

export type QueryExpression =
  | { readonly type: 'and' | 'or'; readonly operands: readonly QueryExpression[] }
  | { readonly type: 'not'; readonly operand: QueryExpression }
  | Comparison;

export interface Comparison {
  readonly type: 'comparison';
  readonly subject: Subject;
  readonly comparator: Comparator;
  /** As written: none for `exists`, one or more for `in`, else exactly one. */
  readonly arguments: readonly string[];
  /** The compiled pattern of `=~` and `!~`. */
  readonly pattern?: RegExp;
}

/** What an expression may ask about a container instance. */
export interface QueryableInstance {
  readonly agentConnected: boolean;
  readonly agentVersion?: string;
  readonly attributes: readonly { readonly name: string; readonly value?: string }[];
  readonly ec2InstanceId?: string;
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
  readonly runningTasksCount: number;
  /** The groups of the tasks that run or are to run on the instance, such as `service:web`. */
  readonly taskGroups: readonly string[];
}

/** "The expression can have a maximum length of 2000 characters": PlacementConstraint, Amazon ECS API Reference. */
export const MAX_EXPRESSION_LENGTH = 2000;

const WORDS: Readonly<Record<string, Comparator>> = {
  equals: '==',
  not_equals: '!=',
  greater_than: '>',
  greater_than_equal: '>=',
  less_than: '<',
  less_than_equal: '<=',
  exists: 'exists',
  not_exists: '!exists',
  in: 'in',
  not_in: '!in',
  matches: '=~',
  not_matches: '!~',
};

/** Longer before shorter, so that `>=` isn't read as `>`. */
const SYMBOLS: readonly Comparator[] = ['==', '!=', '>=', '<=', '=~', '!~', '>', '<'];

const ORDERED: readonly Comparator[] = ['==', '!=', '>', '>=', '<', '<='];
const NAMED: readonly Comparator[] = ['==', '!=', 'in', '!in', '=~', '!~'];

/** The guide lists operators for the first five; for attributes all, and for task groups those without an order (our choice). */
export const VALID_COMPARATORS: Readonly<Record<Subject['kind'], readonly Comparator[]>> = {
  'agentConnected': NAMED,
  'agentVersion': ORDERED,
  'ec2InstanceId': NAMED,
  'registeredAt': ORDERED,
  'runningTasksCount': ORDERED,
  'task:group': [...NAMED, 'exists', '!exists'],
  'attribute': [...ORDERED, 'exists', '!exists', 'in', '!in', '=~', '!~'],
};

const ATTRIBUTE_NAME = /^[A-Za-z0-9_./\\-]{1,128}$/;
/** What attribute values, ids, groups, versions and dates are made of, blanks aside: so `===` isn't `==` and an argument. */
const LITERAL = /[A-Za-z0-9_.@/\\:+-]+/y;
const VERSION = /^\d+(\.\d+)*$/;
const COUNT = /^\d+$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(Z|[+-]\d\d:\d\d)?)?$/;

/** Parses an expression; throws InvalidParameterException for anything that isn't one. */
export function parse(expression: string): QueryExpression {
  return new Parser(expression).parse();
}

/** True if the instance belongs to the group that the expression defines. */
export function evaluate(expression: QueryExpression, instance: QueryableInstance): boolean {
  switch (expression.type) {
    case 'and': return expression.operands.every((operand) => evaluate(operand, instance));
    case 'or': return expression.operands.some((operand) => evaluate(operand, instance));
    case 'not': return !evaluate(expression.operand, instance);
    case 'comparison': return compare(expression, instance);
  }
}

/** True if the answer depends on tasks, so that callers gather them only then. */
export function mentionsTaskGroup(expression: QueryExpression): boolean {
  switch (expression.type) {
    case 'and':
    case 'or': return expression.operands.some(mentionsTaskGroup);
    case 'not': return mentionsTaskGroup(expression.operand);
    case 'comparison': return expression.subject.kind === 'task:group';
  }
}

class Parser {
  private position = 0;

  constructor(private readonly text: string) {}

  public parse(): QueryExpression {
    if (this.text.length > MAX_EXPRESSION_LENGTH) {
      this.fail(`it has ${this.text.length} characters, at most ${MAX_EXPRESSION_LENGTH} are allowed`);
    }
    const expression = this.expression(0);
    this.blanks();
    if (this.position < this.text.length) this.fail(`unexpected '${this.text[this.position]}'`);
    return expression;
  }

  private expression(depth: number): QueryExpression {
    // Deep nesting must end in an error of ours, not of the stack; the length limit permits 2,000 parentheses.
    if (depth > 500) this.fail('it is nested too deeply');
    return this.series('or', '||', () => this.series('and', '&&', () => this.negation(depth)));
  }

  private series(word: 'and' | 'or', symbol: string, operand: () => QueryExpression): QueryExpression {
    const operands = [operand()];
    while (this.takeSymbol(symbol) || this.takeWord(word)) operands.push(operand());
    return operands.length === 1 ? operands[0] : { type: word, operands };
  }

  private negation(depth: number): QueryExpression {
    let negated = false;
    while (this.takeSymbol('!') || this.takeWord('not')) negated = !negated;
    const operand = this.takeSymbol('(') ? this.closed(this.expression(depth + 1)) : this.comparison();
    return negated ? { type: 'not', operand } : operand;
  }

  private closed(expression: QueryExpression): QueryExpression {
    if (!this.takeSymbol(')')) this.fail("a ')' is missing");
    return expression;
  }

  private comparison(): Comparison {
    const subject = this.subject();
    const comparator = this.comparator();
    if (!VALID_COMPARATORS[subject.kind].includes(comparator)) {
      this.fail(`the operator ${comparator} isn't valid for ${subject.kind}`);
    }
    const values = this.arguments(comparator);
    for (const value of values) this.checkArgument(subject, comparator, value);
    const pattern = comparator === '=~' || comparator === '!~' ? this.pattern(values[0]) : undefined;
    return { type: 'comparison', subject, comparator, arguments: values, ...(pattern && { pattern }) };
  }

  private subject(): Subject {
    this.blanks();
    const name = this.match(/[A-Za-z0-9_./\\:-]+/y) ?? this.fail('a subject is missing');
    switch (name) {
      case 'agentConnected':
      case 'agentVersion':
      case 'ec2InstanceId':
      case 'registeredAt':
      case 'runningTasksCount':
      case 'task:group':
        return { kind: name };
    }
    const attribute = name.startsWith('attribute:') ? name.slice('attribute:'.length) : this.fail(`unknown subject '${name}'`);
    if (!ATTRIBUTE_NAME.test(attribute)) this.fail(`'${attribute}' isn't an attribute name`);
    return { kind: 'attribute', name: attribute };
  }

  private comparator(): Comparator {
    this.blanks();
    const negatedWord = this.match(/!(?:in|exists)(?![A-Za-z0-9_])/y);
    if (negatedWord) return negatedWord as Comparator;
    for (const symbol of SYMBOLS) {
      if (this.takeSymbol(symbol)) return symbol;
    }
    const word = this.match(/[a-z_]+(?![A-Za-z0-9_])/y);
    return (word !== undefined && Object.hasOwn(WORDS, word) ? WORDS[word] : undefined) ?? this.fail('an operator is missing');
  }

  private arguments(comparator: Comparator): string[] {
    switch (comparator) {
      case 'exists':
      case '!exists':
        return [];
      case 'in':
      case '!in':
        return this.list();
      case '=~':
      case '!~':
        return [this.argument(/(?:(?!&&|\|\|)[^\s()'"])+/y)];
      default:
        return [this.argument(LITERAL)];
    }
  }

  private list(): string[] {
    if (!this.takeSymbol('[')) this.fail("an argument list needs a '['");
    const values = [];
    do {
      values.push(this.argument(LITERAL));
    } while (this.takeSymbol(','));
    if (!this.takeSymbol(']')) this.fail("an argument list needs a ']'");
    return values;
  }

  private argument(unquoted: RegExp): string {
    this.blanks();
    const quoted = this.match(/'[^'()]*'|"[^"()]*"/y);
    if (quoted !== undefined) return quoted.slice(1, -1);
    return this.match(unquoted) ?? this.fail('an argument is missing');
  }

  private checkArgument(subject: Subject, comparator: Comparator, value: string): void {
    if (comparator === '=~' || comparator === '!~') return;
    if (subject.kind === 'agentVersion' && !VERSION.test(value)) this.fail(`'${value}' isn't a version`);
    if (subject.kind === 'runningTasksCount' && !COUNT.test(value)) this.fail(`'${value}' isn't a number of tasks`);
    if (subject.kind === 'registeredAt' && seconds(value) === undefined) this.fail(`'${value}' isn't a date`);
  }

  private pattern(source: string): RegExp {
    try {
      return compilePattern(source);
    } catch {
      return this.fail(`'${source}' isn't a pattern`);
    }
  }

  private blanks(): void {
    this.match(/\s+/y);
  }

  private takeSymbol(symbol: string): boolean {
    this.blanks();
    if (!this.text.startsWith(symbol, this.position)) return false;
    this.position += symbol.length;
    return true;
  }

  private takeWord(word: string): boolean {
    this.blanks();
    return this.match(word === 'or' ? /or(?![A-Za-z0-9_:.])/y : word === 'and' ? /and(?![A-Za-z0-9_:.])/y : /not(?![A-Za-z0-9_:.])/y) !== undefined;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    this.position += found?.length ?? 0;
    return found;
  }

  private fail(reason: string): never {
    throw invalidParameter(`Invalid cluster query expression at character ${this.position + 1}: ${reason}.`);
  }
}

/**
 * Java's regular expressions as far as JavaScript's have the same meaning: literals, `.`, anchors, classes, ranges,
 * quantifiers, alternatives and the escapes below. Everything else (groups can't occur, see above) is refused rather than
 * matched differently: possessive quantifiers, \Q…\E, POSIX and Unicode classes, class intersections and nested classes.
 *
 * Source: java.util.regex.Pattern, which the guide refers to.
 */
export function compilePattern(source: string): RegExp {
  let translated = '';
  let inClass = false;
  for (let index = 0; index < source.length; index++) {
    const character = source[index];
    if (character === '\\') {
      const escaped = source[++index];
      if (escaped === undefined || /[A-Za-z0-9]/.test(escaped) && !/[dDwWsStnrf]/.test(escaped)) throw new Error('escape');
      if (escaped === 's' || escaped === 'S') {
        // Java's \s is ASCII only; JavaScript's has Unicode blanks, too.
        if (inClass) throw new Error('escape');
        translated += escaped === 's' ? '[ \\t\\n\\x0B\\f\\r]' : '[^ \\t\\n\\x0B\\f\\r]';
      } else {
        translated += /[A-Za-z]/.test(escaped) || /[\^$\\.*+?()[\]{}|/-]/.test(escaped) ? escapeFor(escaped, inClass) : escaped;
      }
    } else if (inClass) {
      if (character === '[' || source.startsWith('&&', index)) throw new Error('class');
      if (character === ']') inClass = false;
      translated += character;
    } else {
      if (character === '+' && /[*+?}]/.test(source[index - 1] ?? '') && source[index - 2] !== '\\') throw new Error('possessive');
      if (character === '(' || character === ')') throw new Error('group');
      if (character === '[') {
        inClass = true;
        // Java takes a leading ']' as a literal, JavaScript as the end of an empty class.
        if (/^\[\^?\]/.test(source.slice(index))) throw new Error('class');
      }
      translated += character;
    }
  }
  return new RegExp(`^(?:${translated})$`, 'u');
}

function escapeFor(character: string, inClass: boolean): string {
  return character === '-' && !inClass ? '-' : `\\${character}`;
}

function compare(comparison: Comparison, instance: QueryableInstance): boolean {
  switch (comparison.comparator) {
    case '!=': return !holds(comparison, '==', instance);
    case '!in': return !holds(comparison, 'in', instance);
    case '!~': return !holds(comparison, '=~', instance);
    case '!exists': return !holds(comparison, 'exists', instance);
    default: return holds(comparison, comparison.comparator, instance);
  }
}

function holds(comparison: Comparison, comparator: Comparator, instance: QueryableInstance): boolean {
  const { subject } = comparison;
  switch (subject.kind) {
    case 'attribute': {
      const attribute = instance.attributes.find(({ name }) => name === subject.name);
      if (comparator === 'exists') return attribute !== undefined;
      return attribute?.value !== undefined && valueHolds(comparison, comparator, attribute.value, compareText);
    }
    case 'task:group':
      if (comparator === 'exists') return instance.taskGroups.length > 0;
      return instance.taskGroups.some((group) => valueHolds(comparison, comparator, group, compareText));
    case 'agentConnected': return valueHolds(comparison, comparator, String(instance.agentConnected), compareText);
    case 'ec2InstanceId':
      return instance.ec2InstanceId !== undefined && valueHolds(comparison, comparator, instance.ec2InstanceId, compareText);
    case 'agentVersion':
      return instance.agentVersion !== undefined && VERSION.test(instance.agentVersion)
        && valueHolds(comparison, comparator, instance.agentVersion, compareVersions);
    case 'runningTasksCount':
      return valueHolds(comparison, comparator, String(instance.runningTasksCount), (left, right) => Number(left) - Number(right));
    case 'registeredAt': {
      const registered = Math.floor(instance.registeredAt / 1000);
      return valueHolds(comparison, comparator, '', (_, argument) => registered - seconds(argument)!);
    }
  }
}

type Order = (left: string, right: string) => number;

function valueHolds(comparison: Comparison, comparator: Comparator, value: string, order: Order): boolean {
  const [argument] = comparison.arguments;
  switch (comparator) {
    case '==': return order === compareText ? value === argument : order(value, argument) === 0;
    case 'in': return comparison.arguments.includes(value);
    case '=~': return comparison.pattern!.test(value);
    case '>': return order(value, argument) > 0;
    case '>=': return order(value, argument) >= 0;
    case '<': return order(value, argument) < 0;
    default: return order(value, argument) <= 0;
  }
}

function compareText(left: string, right: string): number {
  if (DECIMAL.test(left) && DECIMAL.test(right)) return Number(left) - Number(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Component by component, as numbers; a missing component is 0, so 1.14 equals 1.14.0. */
function compareVersions(left: string, right: string): number {
  const [lefts, rights] = [left, right].map((version) => version.split('.').map(Number));
  for (let index = 0; index < Math.max(lefts.length, rights.length); index++) {
    const difference = (lefts[index] ?? 0) - (rights[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Seconds since the epoch; undefined where the text isn't one of the documented formats or no such day exists. */
function seconds(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', offset = 'Z'] = match;
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(local.getTime()) || local.getUTCDate() !== Number(day)) return undefined;
  const shift = offset === 'Z' ? 0 : Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
  return local.getTime() / 1000 - shift * 60;
}
