import { RelayedCall } from '../deployment/relay';

/** What an answer holds: path without indices → the values there, in order; one that is the same everywhere stands once. */
export type Answer = ReadonlyMap<string, string>;

export interface Disagreement { readonly step: string; readonly path: string; readonly moto: string; readonly localEcs: string }

/** The path of HTTP status and error name: 200, `400 ClusterNotFoundException`. */
export const OUTCOME = 'outcome';
export const ABSENT = 'absent';

/** Takes an answer apart. What differs from run to run, such as IDs and times, is replaced by its form. */
export function dissect({ status, contentType, answer }: RelayedCall): Answer {
  const found = new Map<string, string[]>();
  const add = (path: string, value: string) => found.set(path, [...found.get(path) ?? [], value]);
  const visit = (path: string, value: unknown): void => {
    if (Array.isArray(value)) {
      add(`${path}.length`, String(value.length));
      (path.endsWith('stringSetValue') ? value.sort() : value).forEach((item) => visit(`${path}[]`, item));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) visit(path === '' ? name : `${path}.${name}`, item);
    } else {
      add(path, path.endsWith('At') ? `<${typeof value}>` : withoutIds(JSON.stringify(value)));
    }
  };
  let body: { __type?: string } = {};
  try {
    body = JSON.parse(answer);
  } catch {
    add('body', 'no JSON');
  }
  const { __type, ...rest } = body;
  add(OUTCOME, __type === undefined ? `${status}` : `${status} ${__type}`);
  add('content type', contentType.split(';')[0]);
  visit('', rest);
  return new Map([...found].map(([path, values]) => [path, new Set(values).size === 1 ? values[0] : values.join(', ')]));
}

const withoutIds = (value: string) => value
  .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<UUID>')
  .replace(/\b[0-9a-f]{32}\b/g, '<ID>')
  .replace(/\bi-[0-9a-f]{17}\b/g, '<EC2 instance>')
  .replace(/\becs-svc\/\d+/g, 'ecs-svc/<number>');

/** Where two answers disagree. With another outcome, nothing else can agree. */
export function compare(step: string, moto: Answer, localEcs: Answer): Disagreement[] {
  const at = (path: string) => ({ step, path, moto: moto.get(path) ?? ABSENT, localEcs: localEcs.get(path) ?? ABSENT });
  const differs = (found: Disagreement) => found.moto !== found.localEcs;
  const outcome = at(OUTCOME);
  return differs(outcome) ? [outcome] : [...new Set([...moto.keys(), ...localEcs.keys()])].map(at).filter(differs);
}
