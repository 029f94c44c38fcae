/** What CDK itself makes of the same constructs, depending on the app: everything else must be the same. */

export type Resources = Record<string, unknown>;

export interface KnownDifference {
  readonly flag: string;
  readonly why: string;
  /** Takes the difference away, from templates with and without it. */
  readonly level: (template: unknown) => unknown;
}

export const KNOWN_DIFFERENCES: KnownDifference[] = [
  {
    flag: '@aws-cdk/core:enablePartitionLiterals',
    why: 'where the Region is known, the partition in an ARN is the literal aws instead of a Ref to AWS::Partition',
    level: (template) => mapObjects(template, (object) => {
      const [key, value] = soleEntry(object);
      if (key === 'Ref' && value === 'AWS::Partition') return 'aws';
      return key === 'Fn::Join' && value[0] === '' ? join(value[1]) : object;
    }),
  },
  {
    flag: '@aws-cdk/aws-iam:minimizePolicies',
    why: 'the resources of a statement are sorted; their order has no meaning',
    level: (template) => mapObjects(template, (object) => 'Effect' in object && Array.isArray(object.Resource)
      ? { ...object, Resource: object.Resource.map((resource: unknown) => JSON.stringify(resource)).sort() }
      : object),
  },
];

/** The values of an `Fn::Join` without delimiter, with neighbouring strings made one. */
function join(values: unknown[]): unknown {
  const parts = values.reduce<unknown[]>((done, value) => typeof value === 'string' && typeof done.at(-1) === 'string'
    ? [...done.slice(0, -1), `${done.at(-1)}${value}`]
    : [...done, value], []);
  return parts.length === 1 ? parts[0] : { 'Fn::Join': ['', parts] };
}

function soleEntry(object: Record<string, any>): [key?: string, value?: any] {
  const entries = Object.entries(object);
  return entries.length === 1 ? entries[0]! : [];
}

/** From the inside out. */
function mapObjects(value: unknown, map: (object: Record<string, any>) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return map(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapObjects(item, map)])));
}
