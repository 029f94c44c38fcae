import { ServiceState } from './decide';
import { EventInstance } from './event';

/**
 * Which container instances a service can use, as expressions of the cluster query language that must all hold.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
 */

/** ECS Anywhere instances have this attribute. */
const EXTERNAL = 'ecs.capability.external';
const ON_EC2 = `attribute:${EXTERNAL} !exists`;
const ON_EXTERNAL = `attribute:${EXTERNAL} exists`;

export function filterTerms(service: ServiceState, instanceFilters: readonly string[] = []): string[] {
  // A constraint may be given twice: by ECS and, for one of the task definition, by the construct.
  const terms = [...new Set([...service.memberOf, ...instanceFilters])];
  // An EC2 task can't be placed on an ECS Anywhere instance, nor the reverse.
  if (service.launchType === 'EC2') {
    terms.push(ON_EC2);
  } else if (service.launchType === 'EXTERNAL') {
    terms.push(ON_EXTERNAL);
  }
  return terms;
}

/** One expression of all terms, or none. Terms are put in parentheses: `or` in one must not reach into the next. */
export function allOf(terms: readonly string[]): string | undefined {
  return terms.length > 1 ? terms.map((term) => `(${term})`).join(' and ') : terms[0];
}

/**
 * Whether an event's instance satisfies all terms; undefined where the event doesn't tell. Judges only what needs no guess:
 * single comparisons of an attribute. The rest is ECS's to judge, at the next listing.
 */
export function satisfies(terms: readonly string[], instance: EventInstance): boolean | undefined {
  const verdicts = terms.map((term) => judge(term, instance));
  return verdicts.includes(false) ? false : verdicts.includes(undefined) ? undefined : true;
}

const COMPARISON = /^\s*attribute:([\w./-]+)\s+(==|equals|in|exists|!exists|not_exists)(?:\s+(\S(?:.*\S)?))?\s*$/;
const WORD = /^[\w./-]+$/;
const LIST = /^\[\s*[\w./-]+(?:\s*,\s*[\w./-]+)*\s*\]$/;

function judge(term: string, instance: EventInstance): boolean | undefined {
  const [, name, operator, argument] = COMPARISON.exec(term) ?? [];
  if (name === EXTERNAL && instance.attributes === undefined && instance.ec2InstanceId !== undefined) {
    // ECS Anywhere instances are managed instances of Systems Manager: `mi-...`.
    const external = instance.ec2InstanceId.startsWith('mi-');
    return operator === 'exists' ? external : operator === '!exists' ? !external : undefined;
  }
  if (name === undefined || instance.attributes === undefined) {
    return undefined;
  }
  const value = instance.attributes.get(name);
  switch (operator) {
    case 'exists':
      return argument === undefined ? value !== undefined : undefined;
    case '!exists':
    case 'not_exists':
      return argument === undefined ? value === undefined : undefined;
    case 'in':
      return argument !== undefined && LIST.test(argument)
        ? value !== undefined && argument.slice(1, -1).split(',').some((item) => item.trim() === value)
        : undefined;
    default:
      return argument !== undefined && WORD.test(argument) ? value === argument : undefined;
  }
}
