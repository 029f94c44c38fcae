import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadAssembly, Part, parts } from './assembly';
import { ROOT } from '../support/installs';

/** What every public name says of itself, in the docstrings and in the API.md that was generated from them. */

const QUANTITIES = ['number', 'aws-cdk-lib.Duration', 'aws-cdk-lib.Size'];
const UNIT = /\b(tasks?|(container )?instances?|vCPUs?|executions?|MiB|bytes|seconds?|minutes?|hours?|days?)\b/i;
const BOUND = /\bat least\b|\bat most\b|\babove\b|\bbelow\b|\b[\d,]+ to [\d,]+\b/;
/** Words of a docstring that name a bound that AWS sets. */
const AWS_LIMIT = /\ballows\b|\blimits?\b|\bquotas?\b|\bholds [\d,]+|\b[\d,]+ to [\d,]+\b/;
const AWS_DOCUMENTATION = /^https:\/\/docs\.aws\.amazon\.com\/\S+$/;
const DEFAULT_OF_PARAMETER = /\b(by default|without)\b/i;

const assembly = loadAssembly();
const all = parts(assembly);
const own = all.filter((part) => !part.inherited);

/** The ids of those parts that lack what is asked for; counts how many were looked at. */
function lacking(what: string, candidates: readonly Part[], has: (part: Part) => boolean): string[] {
  console.log(`${what}: ${candidates.length} looked at`);
  assert.ok(candidates.length > 0, `${what}: nothing to look at`);
  return candidates.filter((part) => !has(part)).map((part) => part.id);
}

function text({ docs }: Part): string {
  return [docs.summary, docs.remarks].join(' ');
}

function isQuantity({ type }: Part): boolean {
  const { primitive, fqn } = type?.collection?.elementtype ?? type ?? {};
  return QUANTITIES.includes(primitive ?? fqn ?? '');
}

test('every public type, member and parameter has a docstring', () => {
  assert.deepEqual(lacking('docstrings', own, ({ docs }) => Boolean(docs.summary)), []);
});

// Tables show no more than that: jsii ends a summary at the first full stop or semicolon.
test('the first sentence of every docstring stands alone', () => {
  assert.deepEqual(lacking('first sentences', own, ({ docs }) => /\.$/.test(docs.summary ?? '')), []);
});

test('every optional property has a @default, and every optional parameter says what holds by default', () => {
  const optional = own.filter((part) => part.optional);
  assert.deepEqual(lacking('defaults', optional, (part) =>
    part.kind === 'property' ? Boolean(part.docs.default) : DEFAULT_OF_PARAMETER.test(text(part))), []);
});

test(`every number, Duration and Size names its unit (${UNIT.source}) and a bound (${BOUND.source})`, () => {
  const quantities = own.filter(isQuantity);
  assert.deepEqual(lacking('units', quantities, (part) => UNIT.test(text(part))), []);
  assert.deepEqual(lacking('bounds', quantities, (part) => BOUND.test(text(part))), []);
});

test(`every docstring with a limit of AWS (${AWS_LIMIT.source}) has a @see that leads to its documentation`, () => {
  const limited = own.filter((part) => AWS_LIMIT.test(text(part)));
  console.log(limited.map((part) => part.id.replace(`${assembly.name}.`, '')).join(', '));
  assert.deepEqual(lacking('limits', limited, ({ docs }) => AWS_DOCUMENTATION.test(docs.see ?? '')), []);
});

test('API.md has all of these, word for word', () => {
  const sections = sectionsOf(readFileSync(path.join(ROOT, 'API.md'), 'utf8'));
  // An initializer's own text is in none of the documents that jsii-docgen writes.
  assert.deepEqual(lacking('API.md, run `npx projen docgen` where it lacks some', all, ({ id, kind, docs }) =>
    sections.get(id) !== undefined && (kind === 'initializer' || words(docs).every((word) => sections.get(id)!.includes(word)))), []);
});

/** The text between a heading's anchor and the next heading's. */
function sectionsOf(markdown: string): Map<string, string> {
  const sections = markdown.split(/^#+ .*<a name="[^"]*" id="(?=[^"]*"><\/a>$)/m).slice(1);
  return new Map(sections.map((section) => {
    const end = section.indexOf('"></a>');
    return [section.slice(0, end), plain(section.slice(end))];
  }));
}

function words(docs: Part['docs']): string[] {
  return [docs.summary, docs.remarks, docs.default?.replace(/^- */, ''), docs.see].filter((word) => word !== undefined).map(plain);
}

function plain(markdown: string): string {
  return markdown.replace(/\s+/g, ' ').trim();
}
