/**
 * EventBridge event patterns: fields of a pattern are ANDed, the conditions in a field's array are ORed.
 *
 * A pattern is compiled once, so that an operator that isn't implemented throws when the rule is made, even if no event
 * ever reaches it: silently matching (or not) would make a test pass for the wrong reason.
 */

export type EventMatcher = (event: unknown) => boolean;

type JsonObject = Readonly<Record<string, unknown>>;
/** Judges one value of a field. */
type ValueTest = (value: unknown) => boolean;
/** Judges all values of a field: none where the field is missing or holds an object. */
type FieldTest = (values: readonly unknown[]) => boolean;

/** EventBridge refuses longer patterns. */
const MAX_PATTERN_LENGTH = 2048;

/** Compiles a rule's pattern. Throws on a pattern EventBridge would refuse, and on an operator not implemented here. */
export function compilePattern(pattern: unknown): EventMatcher {
  const { length } = JSON.stringify(pattern);
  if (length > MAX_PATTERN_LENGTH) {
    throw new Error(`The event pattern has ${length} characters; EventBridge allows ${MAX_PATTERN_LENGTH}.`);
  }
  if (!isObject(pattern) || Object.keys(pattern).length === 0) {
    throw new Error(`An event pattern is an object with at least one field; received ${JSON.stringify(pattern)}.`);
  }
  return compileObject(pattern, '');
}

function compileObject(pattern: JsonObject, path: string): EventMatcher {
  const tests = Object.entries(pattern).map(([name, condition]): EventMatcher => {
    const fieldPath = path ? `${path}.${name}` : name;
    if (name === '$or') return compileOr(condition, fieldPath);
    if (Array.isArray(condition)) {
      const test = compileField(condition, fieldPath);
      return (event) => test(leaves(field(event, name)));
    }
    if (!isObject(condition)) {
      throw new Error(`${fieldPath}: a field's condition is an array or an object of fields; received ${JSON.stringify(condition)}.`);
    }
    const nested = compileObject(condition, fieldPath);
    // All fields of a nested pattern must match within one element of an array of objects.
    return (event) => objects(field(event, name)).some(nested);
  });
  return (event) => tests.every((test) => test(event));
}

function compileOr(alternatives: unknown, path: string): EventMatcher {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject)) {
    throw new Error(`${path}: an $or is an array of at least two objects; received ${JSON.stringify(alternatives)}.`);
  }
  const matchers = alternatives.map((alternative, index) => compileObject(alternative, `${path}[${index}]`));
  return (event) => matchers.some((matches) => matches(event));
}

function compileField(conditions: readonly unknown[], path: string): FieldTest {
  if (conditions.length === 0) throw new Error(`${path}: an empty array matches nothing, and EventBridge refuses it.`);
  const tests = conditions.map((condition): FieldTest => {
    if (isObject(condition) && 'exists' in condition) {
      const wanted = single(condition, path)[1];
      if (typeof wanted !== 'boolean') throw invalid('exists', 'true or false', wanted, path);
      return (values) => (values.length > 0) === wanted;
    }
    const test = isObject(condition) ? compileOperator(condition, path) : compileLiteral(condition, path);
    return (values) => values.some(test);
  });
  return (values) => tests.some((test) => test(values));
}

function compileLiteral(literal: unknown, path: string): ValueTest {
  if (literal !== null && !['string', 'number', 'boolean'].includes(typeof literal)) {
    throw new Error(`${path}: a value is a string, a number, true, false or null; received ${JSON.stringify(literal)}.`);
  }
  return (value) => value === literal;
}

function compileOperator(condition: JsonObject, path: string): ValueTest {
  const [operator, operand] = single(condition, path);
  switch (operator) {
    case 'prefix': return affix(operator, operand, path, (value, affixed) => value.startsWith(affixed));
    case 'suffix': return affix(operator, operand, path, (value, affixed) => value.endsWith(affixed));
    case 'equals-ignore-case': return ignoreCase(operator, operand, path, (value, wanted) => value === wanted);
    case 'wildcard': return compileWildcard(operand, path);
    case 'numeric': return compileNumeric(operand, path);
    case 'anything-but': return compileAnythingBut(operand, path);
    default:
      throw new Error(`${path}: the operator "${operator}" isn't implemented, only anything-but, equals-ignore-case, exists, numeric, `
        + 'prefix, suffix, wildcard and $or.');
  }
}

function affix(operator: string, operand: unknown, path: string, test: (value: string, operand: string) => boolean): ValueTest {
  if (isObject(operand)) {
    const [inner, wanted] = single(operand, path);
    if (inner !== 'equals-ignore-case') throw invalid(operator, 'a string or {"equals-ignore-case": string}', operand, path);
    return ignoreCase(operator, wanted, path, test);
  }
  const wanted = string(operator, operand, path);
  return (value) => typeof value === 'string' && test(value, wanted);
}

function ignoreCase(operator: string, operand: unknown, path: string, test: (value: string, operand: string) => boolean): ValueTest {
  const wanted = string(operator, operand, path).toLowerCase();
  return (value) => typeof value === 'string' && test(value.toLowerCase(), wanted);
}

/** `*` stands for any characters; `\*` and `\\` for themselves; nothing else may be escaped, and two stars can't follow each other. */
function compileWildcard(operand: unknown, path: string): ValueTest {
  const wildcard = string('wildcard', operand, path);
  const parts: string[] = wildcard.match(/\\[*\\]|\*|[^*\\]+|\\/g) ?? [];
  if (parts.includes('\\') || parts.some((part, index) => part === '*' && parts[index + 1] === '*')) {
    throw invalid('wildcard', 'a string without consecutive stars, whose backslashes escape a star or a backslash', operand, path);
  }
  const sources = parts.map((part) => {
    if (part === '*') return '.*';
    const literal = part.startsWith('\\') ? part[1] : part;
    return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  const expression = new RegExp(`^${sources.join('')}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value);
}

function compileNumeric(operand: unknown, path: string): ValueTest {
  const expected = 'one or two pairs of a comparison (=, <, <=, >, >=) and a number';
  if (!Array.isArray(operand) || ![2, 4].includes(operand.length)) throw invalid('numeric', expected, operand, path);
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const bound: unknown = operand[index + 1];
    if (typeof bound !== 'number') throw invalid('numeric', expected, operand, path);
    switch (operand[index]) {
      case '=': tests.push((value) => value === bound); break;
      case '<': tests.push((value) => value < bound); break;
      case '<=': tests.push((value) => value <= bound); break;
      case '>': tests.push((value) => value > bound); break;
      case '>=': tests.push((value) => value >= bound); break;
      default: throw invalid('numeric', expected, operand, path);
    }
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/** A missing field isn't "anything but": there is no value to judge. */
function compileAnythingBut(operand: unknown, path: string): ValueTest {
  if (isObject(operand)) {
    const [inner, excluded] = single(operand, path);
    if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(inner)) {
      throw invalid('anything-but', 'values, prefix, suffix, equals-ignore-case or wildcard', operand, path);
    }
    const excluding = (Array.isArray(excluded) ? excluded : [excluded]).map((item) => compileOperator({ [inner]: item }, path));
    return (value) => !excluding.some((test) => test(value));
  }
  const excluded: unknown[] = Array.isArray(operand) ? operand : [operand];
  const [type] = excluded.map((item) => typeof item);
  if (excluded.length === 0 || !['string', 'number'].includes(type) || excluded.some((item) => typeof item !== type)) {
    throw invalid('anything-but', 'strings or numbers, not both', operand, path);
  }
  return (value) => !excluded.includes(value);
}

function single(condition: JsonObject, path: string): [string, unknown] {
  const entries = Object.entries(condition);
  if (entries.length !== 1) throw new Error(`${path}: a condition has exactly one operator; received ${JSON.stringify(condition)}.`);
  return entries[0];
}

function string(operator: string, operand: unknown, path: string): string {
  if (typeof operand !== 'string' || operand === '') throw invalid(operator, 'a string', operand, path);
  return operand;
}

function invalid(operator: string, expected: string, received: unknown, path: string): Error {
  return new Error(`${path}: "${operator}" takes ${expected}; received ${JSON.stringify(received)}.`);
}

function field(event: unknown, name: string): unknown {
  return isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;
}

/** The values a leaf condition sees: an array's elements each, nothing of an object. */
function leaves(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value === undefined || isObject(value) ? [] : [value];
}

/** The objects a nested pattern may match in. None is an empty one: `exists: false` matches in it, as in EventBridge. */
function objects(value: unknown): unknown[] {
  const found = (Array.isArray(value) ? value.flat(Infinity) : [value]).filter(isObject);
  return found.length ? found : [{}];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
