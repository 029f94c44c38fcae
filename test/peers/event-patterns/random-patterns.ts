import fc from 'fast-check';

/*
 * Patterns of every operator that local-stack implements, and events that they are likely to match: few names and few values.
 *
 * Left out is where event-ruler contradicts its own documentation, and AWS's: several operators for one field, be it in alternatives,
 * and anything but `*`, don't match just what each matches alone. And `exists: false` within an array of objects, which local-stack judges in each
 * object by itself, event-ruler in all of them.
 */

const text = fc.constantFrom('a', 'ab', 'abc', 'B', 'Abc', '5', 'a*c');
const number = fc.constantFrom(0, 1, 5, -3, 2.5);
const literal = fc.oneof(text, number, fc.constantFrom<unknown>(true, false, null));
const affix = fc.oneof(text, text.map((value) => ({ 'equals-ignore-case': value })));
const wildcard = fc.constantFrom('*', 'a*', '*c', 'a*c', '*b*', 'a\\*c', 'ab');

const operator: fc.Arbitrary<unknown> = fc.oneof(
  affix.map((prefix) => ({ prefix })),
  affix.map((suffix) => ({ suffix })),
  text.map((value) => ({ 'equals-ignore-case': value })),
  wildcard.map((value) => ({ wildcard: value })),
  fc.constant({ exists: true }),
  fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>='), number).map((numeric) => ({ numeric })),
  fc.tuple(fc.constantFrom('>', '>='), fc.constantFrom(-3, 0), fc.constantFrom('<', '<='), fc.constantFrom(1, 5)).map((numeric) => ({ numeric })),
  text.map((value) => ({ 'anything-but': value })),
  fc.uniqueArray(text, { minLength: 1, maxLength: 3 }).map((values) => ({ 'anything-but': values })),
  fc.uniqueArray(number, { minLength: 1, maxLength: 3 }).map((values) => ({ 'anything-but': values })),
  fc.tuple(fc.constantFrom('prefix', 'suffix', 'equals-ignore-case'), text).map(([inner, value]) => ({ 'anything-but': { [inner]: value } })),
  wildcard.filter((value) => value !== '*').map((value) => ({ 'anything-but': { wildcard: value } })),
);

const conditionWith = (anOperator: fc.Arbitrary<unknown>) => fc.tuple(fc.array(literal, { maxLength: 2 }), fc.array(anOperator, { maxLength: 1 }))
  .map((parts) => parts.flat()).filter((conditions) => conditions.length > 0);
const condition = conditionWith(operator);
const topCondition = conditionWith(fc.oneof({ weight: 8, arbitrary: operator }, { weight: 1, arbitrary: fc.constant({ exists: false }) }));
const names = fc.constantFrom('x', 'y', 'z');
const fields = (value: fc.Arbitrary<unknown>) => fc.dictionary(names, value, { minKeys: 1, maxKeys: 2 });
const nested = fields(fc.oneof({ weight: 3, arbitrary: topCondition }, { weight: 1, arbitrary: fields(condition) }));

/** Each for another field. */
const alternatives = fc.uniqueArray(fc.tuple(names, condition), { selector: ([name]) => name, minLength: 2 })
  .map((pairs) => ({ $or: pairs.map(([name, conditions]) => ({ [name]: conditions })) }));

export const aPattern: fc.Arbitrary<object> = fc.oneof({ weight: 4, arbitrary: nested }, { weight: 1, arbitrary: alternatives });

const scalar = fc.oneof(text, number, fc.constantFrom<unknown>(true, false, null));
const values = fc.oneof({ weight: 3, arbitrary: scalar }, { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) });
const object = fc.dictionary(names, values, { maxKeys: 3 });
const member = fc.oneof(
  { weight: 3, arbitrary: values },
  { weight: 1, arbitrary: object },
  { weight: 1, arbitrary: fc.array(object, { maxLength: 3 }) },
);

export const anEvent: fc.Arbitrary<object> = fc.dictionary(names, member, { maxKeys: 3 });
