import { Turn } from './catalogue';
import { Judge, Request } from './judge';
import { distinct, ecsActionsOn, everythingElse, isNeeded, lambdasNeeds, Need, neighbours } from './requests';
import { Shape } from './shapes';
import { NamedPolicy } from '../../../local-stack/policy';
import { Template } from '../../../local-stack/template';

/** "No permissions are required to perform this operation": https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export const ALLOWED_TO_ALL = 'sts:GetCallerIdentity';

/** A policy allows what is needed and nothing else: the requests that show it. */
export interface Theorem {
  readonly needs: readonly Need[];
  /** What is needed, and the same in clusters that came later where those are managed. */
  readonly allowed: readonly Request[];
  readonly denied: readonly Request[];
}

export async function theoremOf(template: Template, ecsCalls: readonly Need[], shape: Shape, turn: Turn): Promise<Theorem> {
  const needs = distinct([...ecsCalls, ...lambdasNeeds(template)]);
  // An ARN names its cluster, so ECS never asks with another one in the context. The policy of bound services denies even that.
  const near = needs.flatMap(neighbours).filter(({ changed }) => !(shape.fleet && changed === 'context'));
  const later = near.filter(({ changed }) => shape.anyCluster && changed === 'cluster');
  const arns = needs.map(({ resource }) => resource).filter((resource) => resource.includes(':ecs:'));
  const others = [...await ecsActionsOn([...new Set(arns)]), ...await everythingElse(template, shape.clusters, needs.map(({ action }) => action.split(':')[0]), turn)];
  return {
    needs,
    allowed: [...needs, ...later],
    denied: [
      ...near.filter((request) => !later.includes(request)),
      ...others.filter((request) => !isNeeded(needs, request) && request.action !== ALLOWED_TO_ALL),
    ],
  };
}

/** What speaks against it, request by request. */
export async function* objections(judge: Judge, allowed: readonly Request[], denied: readonly Request[]): AsyncGenerator<string> {
  for (const request of allowed) if (!await judge.allows(request)) yield `denies ${inWords(request)}`;
  for (const request of denied) if (await judge.allows(request)) yield `allows ${inWords(request)}`;
}

const inWords = ({ principal, action, resource, context }: Request): string => [
  principal ?? 'the role', action, 'on', resource, ...Object.entries(context ?? {}).map(([key, value]) => `${key}=${value}`),
].join(' ');

interface Statement {
  Action: string | string[];
  Resource: string | string[];
  Condition?: object;
}

/** Every way to break one statement: too little, or too much. */
export function brokenRolePolicies(
  policies: readonly NamedPolicy[],
): { readonly change: string; readonly service: string; readonly policies: readonly NamedPolicy[] }[] {
  return policies.flatMap((policy, position) => statementsOf(policy).flatMap((statement, index) => {
    const [actions, resources] = [[statement.Action].flat(), [statement.Resource].flat()];
    const service = actions[0].split(':')[0];
    const changes: [string, Statement[]][] = [
      ['without the statement', []],
      ...but(actions).map(([Action, left]): [string, Statement[]] => [`without ${left}`, [{ ...statement, Action }]]),
      ...but(resources).map(([Resource, left]): [string, Statement[]] => [`without ${left}`, [{ ...statement, Resource }]]),
      [`with ${service}:*`, [{ ...statement, Action: `${service}:*` }]],
      ['with every action', [{ ...statement, Action: '*' }]],
      ...resources.filter((resource) => !resource.endsWith('*')).map((resource): [string, Statement[]] =>
        [`with ${resource}*`, [{ ...statement, Resource: [...resources, `${resource}*`] }]]),
      ...(resources.includes('*') ? [] : [['on every resource', [{ ...statement, Resource: '*' }]] as [string, Statement[]]]),
      ...(statement.Condition ? [['without its condition', [{ ...statement, Condition: undefined }]] as [string, Statement[]]] : []),
    ];
    return changes.map(([change, statements]) => ({
      change: `${actions.join(', ')} ${change}`,
      service,
      policies: policies.map((other, place) => place !== position ? other : {
        name: other.name,
        policy: {
          ...other.policy,
          // As JSON has it: a condition that is undefined is none.
          Statement: JSON.parse(JSON.stringify(statementsOf(other).flatMap((item, at) => at === index ? statements : [item]))),
        },
      }),
    }));
  }));
}

const statementsOf = ({ policy }: NamedPolicy): Statement[] => [(policy as { Statement: Statement | Statement[] }).Statement].flat();

/** A list without each of its items in turn, with the one that is left out; nothing of a list of one. */
const but = <T>(items: readonly T[]): [T[], T][] => items.length < 2 ? [] : items.map((left) => [items.filter((item) => item !== left), left]);
