import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/installs';

/** What jsii read out of src/: as much of its form as these tests look at. */
export interface Assembly {
  readonly name: string;
  readonly readme: { readonly markdown: string };
  readonly types: Readonly<Record<string, Type>>;
}

export interface Docs {
  readonly summary?: string;
  readonly remarks?: string;
  readonly default?: string;
  readonly see?: string;
  readonly example?: string;
}

interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly elementtype: TypeReference };
}

interface Documented {
  readonly name: string;
  readonly docs?: Docs;
}

interface Value extends Documented {
  readonly type: TypeReference;
  readonly optional?: boolean;
}

interface Callable {
  readonly docs?: Docs;
  readonly parameters?: readonly Value[];
}

export interface Type extends Documented {
  readonly fqn: string;
  readonly kind: 'class' | 'interface' | 'enum';
  readonly interfaces?: readonly string[];
  readonly initializer?: Callable;
  readonly methods?: readonly (Callable & Documented)[];
  readonly properties?: readonly Value[];
  readonly members?: readonly Documented[];
}

/** A type or a part of one. */
export interface Part {
  /** Its anchor in API.md. */
  readonly id: string;
  readonly kind: 'type' | 'initializer' | 'method' | 'property' | 'parameter' | 'enum member';
  readonly docs: Docs;
  readonly type?: TypeReference;
  readonly optional?: boolean;
  /** Whether it is declared in the type that this one extends. */
  readonly inherited?: boolean;
}

export const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

export function loadAssembly(): Assembly {
  return JSON.parse(readFileSync(path.join(ROOT, '.jsii'), 'utf8'));
}

/** Everything public. */
export function parts(assembly: Assembly): Part[] {
  return Object.values(assembly.types).flatMap((type) => [
    { id: type.fqn, kind: 'type', docs: type.docs ?? {} },
    ...type.initializer ? callable(`${type.fqn}.Initializer`, 'initializer', type.initializer) : [],
    ...(type.methods ?? []).flatMap((method) => callable(`${type.fqn}.${method.name}`, 'method', method)),
    ...(type.properties ?? []).map((property) => value(`${type.fqn}.property`, 'property', property)),
    ...inherited(assembly, type).map((property) => ({ ...value(`${type.fqn}.property`, 'property', property), inherited: true })),
    ...(type.members ?? []).map(({ name, docs = {} }): Part => ({ id: `${type.fqn}.${name}`, kind: 'enum member', docs })),
  ]);
}

/** The properties of the interfaces of this assembly that a type extends. */
function inherited(assembly: Assembly, type: Type): Value[] {
  return (type.interfaces ?? []).flatMap((fqn) => {
    const parent = assembly.types[fqn];
    return parent ? [...parent.properties ?? [], ...inherited(assembly, parent)] : [];
  });
}

function callable(id: string, kind: 'initializer' | 'method', { docs = {}, parameters = [] }: Callable): Part[] {
  return [{ id, kind, docs }, ...parameters.map((parameter) => value(`${id}.parameter`, 'parameter', parameter))];
}

function value(under: string, kind: 'property' | 'parameter', { name, docs = {}, type, optional = false }: Value): Part {
  return { id: `${under}.${name}`, kind, docs, type, optional };
}
