import { CLUSTER_ARN, CLUSTER_ARN_FORM, SERVICE_ARN, SERVICE_ARN_FORM } from './arn';
import { InvalidEventError } from './errors';
import { Field } from './fields';
import { Action, CONTAINER_INSTANCE_EVENT, DEPLOYMENT_EVENT, STACK_EVENT } from '../src/contract';

/** What an event says of its container instance. Every field but the ARN varies with the age of agent and API. */
export interface EventInstance {
  readonly arn: string;
  readonly status?: string;
  readonly ec2InstanceId?: string;
  /** Name to value; the value is empty for attributes that are only a flag. */
  readonly attributes?: ReadonlyMap<string, string>;
}

/** Why the reconciler was woken. An event says when to look, never what is true. */
export type Trigger =
  | { readonly kind: 'containerInstance'; readonly clusterArn: string; readonly instance?: EventInstance }
  | { readonly kind: 'deployment'; readonly serviceArn: string }
  | { readonly kind: 'stack' }
  | { readonly kind: Action };

const complain = (message: string) => new InvalidEventError(message);

const KINDS = [
  { ...CONTAINER_INSTANCE_EVENT, parse: parseContainerInstance },
  { ...DEPLOYMENT_EVENT, parse: parseDeployment },
  { ...STACK_EVENT, parse: (): Trigger => ({ kind: 'stack' }) },
];

/**
 * Makes a typed trigger of what the function was invoked with.
 *
 * @throws InvalidEventError naming the field.
 */
export function parseEvent(payload: unknown): Trigger {
  const event = new Field(payload, 'event', complain);
  event.object('an EventBridge event, {"action":"reconcile"} or {"action":"plan"}');
  const field = (name: string) => new Field(event.member(name).value, name, complain);

  const action = field('action');
  if (!action.isAbsent) {
    return { kind: action.matching(/^(reconcile|plan)$/, '"reconcile" or "plan"') as Action };
  }

  const source = field('source');
  const ofSource = KINDS.filter((kind) => kind.source === source.value);
  if (ofSource.length === 0) {
    throw source.reject('"aws.ecs" or "aws.cloudformation" (or an "action" instead of an event)');
  }
  const detailType = field('detail-type');
  const kind = ofSource.find((candidate) => candidate.detailType === detailType.value);
  if (!kind) {
    throw detailType.reject(ofSource.map((candidate) => `"${candidate.detailType}"`).join(' or '));
  }
  return kind.parse(field);
}

function parseContainerInstance(field: (name: string) => Field): Trigger {
  const detail = field('detail');
  return {
    kind: 'containerInstance',
    clusterArn: detail.member('clusterArn').matching(CLUSTER_ARN, CLUSTER_ARN_FORM),
    instance: parseInstance(detail.object()),
  };
}

/** Lenient: what is missing or odd here only means that the event can't be compared with the listing. */
function parseInstance(detail: Record<string, unknown>): EventInstance | undefined {
  const arn = text(detail.containerInstanceArn);
  return arn === undefined ? undefined : {
    arn,
    status: text(detail.status),
    ec2InstanceId: text(detail.ec2InstanceId),
    attributes: Array.isArray(detail.attributes) ? parseAttributes(detail.attributes) : undefined,
  };
}

function parseAttributes(attributes: unknown[]): Map<string, string> {
  const parsed = new Map<string, string>();
  for (const attribute of attributes) {
    const { name, value } = Object(attribute) as { name?: unknown; value?: unknown };
    if (typeof name === 'string') {
      parsed.set(name, text(value) ?? '');
    }
  }
  return parsed;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parseDeployment(field: (name: string) => Field): Trigger {
  const [service] = field('resources').items('a list with the ARN of a service');
  return { kind: 'deployment', serviceArn: service!.matching(SERVICE_ARN, SERVICE_ARN_FORM) };
}
