import { ResourceDocument, TemplateDocument } from './assembly';
import { Environment, generatedName, Identity, identify, NAME_PROPERTIES } from './identity';

type Intrinsic = (argument: unknown, path: string) => unknown;

/** A property that `Ref: AWS::NoValue` removes. */
const NO_VALUE = Symbol('AWS::NoValue');

/** A template whose intrinsic functions can be resolved to the literals CloudFormation would put in their place. */
export class Template {
  private readonly identities = new Map<string, Identity>();
  /** Logical IDs being identified, to name a cycle instead of overflowing the stack. */
  private readonly identifying: string[] = [];

  private readonly intrinsics: Readonly<Record<string, Intrinsic>> = {
    'Ref': (argument, path) => this.ref(text(argument, path), path),
    'Fn::GetAtt': (argument, path) => {
      const [logicalId, ...attribute] = typeof argument === 'string' ? argument.split('.') : list(argument, path);
      return this.attribute(text(logicalId, path), attribute.map((part) => text(part, path)).join('.'), path);
    },
    'Fn::Join': (argument, path) => {
      const [delimiter, parts] = list(argument, path);
      return list(this.resolve(parts, path), path).map((part) => text(part, path)).join(text(delimiter, path));
    },
    'Fn::Select': (argument, path) => {
      const [index, items] = list(argument, path);
      const values = list(this.resolve(items, path), path);
      const position = Number(this.resolve(index, path));
      if (!(position in values)) throw new Error(`${path}: Fn::Select wants item ${position} of ${values.length}.`);
      return values[position];
    },
    'Fn::Split': (argument, path) => {
      const [delimiter, source] = list(argument, path);
      return text(this.resolve(source, path), path).split(text(delimiter, path));
    },
    'Fn::Sub': (argument, path) => {
      const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : list(argument, path) as [string, object];
      const values = new Map(Object.entries(variables));
      return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
        if (literal) return `\${${name}}`;
        if (values.has(name)) return text(this.resolve(values.get(name), path), path);
        return text(name.includes('.') && !name.startsWith('AWS::')
          ? this.intrinsics['Fn::GetAtt'](name, path)
          : this.ref(name, path), path);
      });
    },
  };

  constructor(private readonly document: TemplateDocument, readonly environment: Environment) {}

  /** The logical IDs of a type's resources, in template order. */
  public idsOf(type: string): string[] {
    return Object.keys(this.document.Resources).filter((logicalId) => this.resource(logicalId).Type === type);
  }

  /** The types of all resources, each once. */
  public get types(): string[] {
    return [...new Set(Object.values(this.document.Resources).map((resource) => resource.Type))];
  }

  /** A resource's properties, resolved. */
  public properties<T = Record<string, unknown>>(logicalId: string): T {
    const { Properties, Condition } = this.resource(logicalId);
    if (Condition) throw new Error(`Resources.${logicalId}.Condition: conditions aren't implemented (received "${Condition}").`);
    return this.resolve(Properties ?? {}, `Resources.${logicalId}.Properties`) as T;
  }

  /** A resource's `Ref` and attributes. */
  public identity(logicalId: string): Identity {
    const known = this.identities.get(logicalId);
    if (known) return known;
    if (this.identifying.includes(logicalId)) {
      throw new Error(`The names of these resources depend on each other: ${[...this.identifying, logicalId].join(' → ')}.`);
    }
    this.identifying.push(logicalId);
    try {
      const { Type, Properties = {} } = this.resource(logicalId);
      const property = (name: string): string | undefined =>
        name in Properties ? text(this.resolve(Properties[name], `Resources.${logicalId}.Properties.${name}`), name) : undefined;
      const name = property(NAME_PROPERTIES[Type]) ?? generatedName(this.environment, logicalId);
      const cluster = Type === 'AWS::ECS::Service' ? property('Cluster')?.split('/').pop() : undefined;
      const identity = identify(this.environment, Type, name, cluster);
      this.identities.set(logicalId, identity);
      return identity;
    } finally {
      this.identifying.pop();
    }
  }

  /** Replaces every intrinsic function below `value`. Throws, naming the path, on one that isn't implemented. */
  public resolve(value: unknown, path: string): unknown {
    if (Array.isArray(value)) {
      return value.map((item, index) => this.resolve(item, `${path}[${index}]`)).filter((item) => item !== NO_VALUE);
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [''];
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) {
      const intrinsic = this.intrinsics[name];
      if (!intrinsic) {
        throw new Error(`${path}: ${name} isn't implemented, only ${Object.keys(this.intrinsics).join(', ')}.`);
      }
      return intrinsic(argument, path);
    }
    return Object.fromEntries(entries
      .map(([key, item]) => [key, this.resolve(item, `${path}.${key}`)])
      .filter(([, item]) => item !== NO_VALUE));
  }

  private ref(name: string, path: string): string | typeof NO_VALUE {
    const { partition, region, accountId, stackName, stackId } = this.environment;
    switch (name) {
      case 'AWS::AccountId': return accountId;
      case 'AWS::NoValue': return NO_VALUE;
      case 'AWS::Partition': return partition;
      case 'AWS::Region': return region;
      case 'AWS::StackId': return stackId;
      case 'AWS::StackName': return stackName;
      case 'AWS::URLSuffix': return 'amazonaws.com';
    }
    const parameter = this.document.Parameters?.[name];
    if (parameter) {
      if (parameter.Default === undefined) throw new Error(`${path}: the parameter "${name}" has no default.`);
      return parameter.Default;
    }
    this.requireResource(name, path);
    return this.identity(name).ref;
  }

  private attribute(logicalId: string, attribute: string, path: string): string {
    this.requireResource(logicalId, path);
    const { attributes } = this.identity(logicalId);
    if (!(attribute in attributes)) {
      throw new Error(`${path}: the attribute "${attribute}" of ${this.resource(logicalId).Type} isn't implemented, only: `
        + `${Object.keys(attributes).join(', ') || 'none'}.`);
    }
    return attributes[attribute];
  }

  private requireResource(logicalId: string, path: string): void {
    if (!(logicalId in this.document.Resources)) {
      throw new Error(`${path}: "${logicalId}" is neither a resource, a parameter nor a pseudo parameter that is implemented.`);
    }
  }

  private resource(logicalId: string): ResourceDocument {
    return this.document.Resources[logicalId];
  }
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${path}: expected a string, received ${JSON.stringify(value)}.`);
}

function list(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${path}: expected a list, received ${JSON.stringify(value)}.`);
}
