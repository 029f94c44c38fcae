import { invalidParameter, serializationException } from './errors';
import { Attribute, PlacementConstraint, PlacementStrategy, Tag } from './model';
import { MAX_EXPRESSION_LENGTH, parse, QueryExpression } from './query-language';

export type Input = Readonly<Record<string, unknown>>;

/*
 * Readers of the wire's JSON. A value of another type than the API model has is a SerializationException, as AWS JSON services
 * answer; a missing or impossible value is an InvalidParameterException. An explicit null counts as absent.
 */

export function optionalString(input: Input, name: string): string | undefined {
  return typed(input, name, 'string', 'String') as string | undefined;
}

export function requiredString(input: Input, name: string): string {
  const value = optionalString(input, name);
  if (value === undefined || value === '') throw invalidParameter(`${name} cannot be empty.`);
  return value;
}

export function optionalBoolean(input: Input, name: string): boolean {
  return (typed(input, name, 'boolean', 'Boolean') as boolean | undefined) ?? false;
}

export function optionalInteger(input: Input, name: string, minimum: number, maximum = 2 ** 31 - 1): number | undefined {
  const value = typed(input, name, 'number', 'Integer') as number | undefined;
  if (value === undefined) return undefined;
  if (!Number.isInteger(value)) throw serializationException(`${name}: ${value} can not be converted to an Integer`);
  if (value < minimum || value > maximum) throw invalidParameter(`${name} must be between ${minimum} and ${maximum}, got ${value}.`);
  return value;
}

export function optionalOneOf<T extends string>(input: Input, name: string, allowed: readonly T[]): T | undefined {
  const value = optionalString(input, name);
  if (value !== undefined && !allowed.includes(value as T)) {
    throw invalidParameter(`${name} must be one of ${allowed.join(', ')}, got '${value}'.`);
  }
  return value as T | undefined;
}

export function optionalObject(input: Input, name: string): Input | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw serializationException(`${name}: expected a structure`);
  return value as Input;
}

export function optionalObjects(input: Input, name: string): Input[] | undefined {
  return list(input, name)?.map((_, index) => optionalObject(list(input, name) as unknown as Input, String(index)) ?? {});
}

export function optionalStrings(input: Input, name: string): string[] | undefined {
  return list(input, name)?.map((value) => {
    if (typeof value !== 'string') throw serializationException(`${name}: ${kind(value)} can not be converted to a String`);
    return value;
  });
}

/** A list that must hold something, and at most `maximum` entries. */
export function requiredStrings(input: Input, name: string, maximum: number): string[] {
  const values = optionalStrings(input, name) ?? [];
  if (values.length === 0) throw invalidParameter(`${name} cannot be empty.`);
  if (values.length > maximum) throw invalidParameter(`${name} can have at most ${maximum} entries, got ${values.length}.`);
  return values;
}

/** At most 50 tags with unique keys of 1 to 128 characters, not `aws:…`; values up to 256: "Tag", Amazon ECS API Reference. */
export function readTags(input: Input, name = 'tags'): Tag[] {
  const tags = (optionalObjects(input, name) ?? []).map((tag) => ({ key: optionalString(tag, 'key') ?? '', value: optionalString(tag, 'value') ?? '' }));
  if (tags.length > 50) throw invalidParameter(`A resource can have at most 50 tags, got ${tags.length}.`);
  for (const { key, value } of tags) {
    if (key.length < 1 || key.length > 128 || /^aws:/i.test(key)) throw invalidParameter(`Invalid tag key '${key}'.`);
    if (value.length > 256) throw invalidParameter(`The value of tag '${key}' has more than 256 characters.`);
  }
  if (new Set(tags.map(({ key }) => key)).size < tags.length) throw invalidParameter('Duplicate tag keys.');
  return tags;
}

/** Characters and lengths: "Attribute", Amazon ECS API Reference. */
export function readAttributes(input: Input): Attribute[] {
  return (optionalObjects(input, 'attributes') ?? []).map((attribute) => {
    const name = requiredString(attribute, 'name');
    const value = optionalString(attribute, 'value');
    if (!/^[A-Za-z0-9_./\\-]{1,128}$/.test(name)) throw invalidParameter(`Invalid attribute name '${name}'.`);
    if (value !== undefined && !/^(?! )[A-Za-z0-9_.@/\\: -]{0,128}(?<! )$/.test(value)) {
      throw invalidParameter(`Invalid value of attribute '${name}': '${value}'.`);
    }
    return value === undefined || value === '' ? { name } : { name, value };
  });
}

/** At most 10 for each task, those of its definition included: "CreateService", Amazon ECS API Reference. */
export function readConstraints(input: Input, ofDefinition: readonly PlacementConstraint[] = []): PlacementConstraint[] {
  const constraints = (optionalObjects(input, 'placementConstraints') ?? []).map((constraint): PlacementConstraint => {
    const type = optionalOneOf(constraint, 'type', ['distinctInstance', 'memberOf']);
    const expression = optionalString(constraint, 'expression');
    if (!type) throw invalidParameter('A placement constraint needs a type.');
    if (type === 'distinctInstance') {
      if (expression) throw invalidParameter('The placement constraint distinctInstance takes no expression.');
      return { type };
    }
    if (!expression) throw invalidParameter('The placement constraint memberOf needs an expression.');
    parseQuery(expression);
    return { type, expression };
  });
  if (constraints.length + ofDefinition.length > 10) throw invalidParameter('A task can have at most 10 placement constraints.');
  return constraints;
}

/** At most 5 rules: "CreateService"; fields: "PlacementStrategy", Amazon ECS API Reference. */
export function readStrategy(input: Input): PlacementStrategy[] {
  const strategies = (optionalObjects(input, 'placementStrategy') ?? []).map((strategy): PlacementStrategy => {
    const type = optionalOneOf(strategy, 'type', ['random', 'spread', 'binpack']);
    const field = optionalString(strategy, 'field');
    if (!type) throw invalidParameter('A placement strategy needs a type.');
    const valid = type === 'random' ? true
      : type === 'binpack' ? /^(cpu|memory)$/i.test(field ?? '')
        : /^(instanceId|host|attribute:[A-Za-z0-9_./\\-]{1,128})$/.test(field ?? '');
    if (!valid) throw invalidParameter(`Invalid field '${field ?? ''}' of placement strategy ${type}.`);
    return { type, ...(field !== undefined && { field }) };
  });
  if (strategies.length > 5) throw invalidParameter('A service can have at most 5 placement strategy rules.');
  return strategies;
}

const parsed = new Map<string, QueryExpression>();

/** `parse`, remembering results: the same few filters come again and again. */
export function parseQuery(expression: string): QueryExpression {
  let query = parsed.get(expression);
  if (!query) {
    query = parse(expression);
    if (parsed.size >= 1000 || expression.length > MAX_EXPRESSION_LENGTH) parsed.clear();
    parsed.set(expression, query);
  }
  return query;
}

function list(input: Input, name: string): unknown[] | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw serializationException(`${name}: expected a list`);
  return value;
}

function typed(input: Input, name: string, type: string, modelType: string): unknown {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== type) throw serializationException(`${name}: ${kind(value)} can not be converted to a ${modelType}`);
  return value;
}

const kind = (value: unknown) => (Array.isArray(value) ? 'LIST_VALUE' : `${(typeof value).toUpperCase()}_VALUE`);
