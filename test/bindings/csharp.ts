import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { OWN, pascal, readAssembly, Type } from './assembly';
import { ROOT } from '../support/installs';

/*
 * Without a .NET SDK nothing can compile the example. But jsii assemblies say which namespaces, types and members the C# packages have, and the
 * sources generated from ours are at hand. So whatever the example names is looked up there: misspelt or missing names are found,
 * wrong types of arguments are not.
 */

const assemblies = [OWN, ...['aws-cdk-lib', 'constructs'].map((name) => readAssembly(path.join(ROOT, 'node_modules', name)))];
const everyType = new Map(assemblies.flatMap(({ types }) => Object.entries(types)));

/** Checks all sources of a folder, and says how much was looked up. */
export function checkCSharp(folder: string, generatedSources: string): string {
  const sources = readdirSync(folder).filter((file) => file.endsWith('.cs')).map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const declared = new Set(sources.flatMap((source) => [...source.matchAll(/\bclass (\w+)/g)].map(([, name]) => name)));
  const checked = { types: new Set<string>(), members: 0 };

  for (const source of sources.map(withoutComments)) {
    const namespaces = [...source.matchAll(/^using ([\w.]+);/gm)].map(([, namespace]) => namespace);
    const inScope = new Map(namespaces.flatMap((namespace) => {
      const types = [...everyType.values()].filter((type) => namespaceOf(type) === namespace);
      assert.notEqual(types.length, 0, `using ${namespace}: there is no such namespace`);
      return types.map((type): [string, Type] => [type.name, type]);
    }));
    const lookUp = (name: string): Type | undefined => {
      if (declared.has(name)) return undefined;
      const type = inScope.get(name);
      assert.ok(type, `${name} is in none of ${namespaces.join(', ')}`);
      checked.types.add(name);
      if (type.fqn in OWN.types) {
        assert.match(readFileSync(path.join(generatedSources, `${name}.cs`), 'utf8'), new RegExp(`public class ${name} : `));
      }
      return type;
    };
    const member = (type: Type | undefined, name: string, isAssigned = false) => {
      if (!type) return;
      checked.members += 1;
      const names = withBases(type).flatMap(({ properties = [], methods = [], members = [] }) => [
        ...properties.map((each) => pascal(each.name)), ...members.map((each) => each.name),
        ...isAssigned ? [] : methods.map((each) => pascal(each.name)),
      ]);
      assert.ok(names.includes(name), `${type.name} has no ${name}`);
    };

    for (const [, name] of source.matchAll(/\bnew ([A-Z]\w*)/g)) lookUp(name);
    // Static members and those of enums; a name that is no type is a property of the object at hand.
    for (const [, name, of] of source.matchAll(/(?<![.\w])([A-Z]\w*)\.([A-Z]\w*)/g)) {
      if (!namespaces.some((namespace) => namespace.startsWith(name))) member(lookUp(name), of);
    }
    // Variables whose type their own line says.
    const variables = new Map([...source.matchAll(/\bvar (\w+) = new ([A-Z]\w*)/g)].map(([, variable, name]) => [variable, name]));
    for (const [, variable, of] of source.matchAll(/(?<![.\w])([a-z]\w*)\.([A-Z]\w*)/g)) {
      assert.ok(variables.has(variable), `the type of ${variable} is unknown here`);
      member(lookUp(variables.get(variable)!), of);
    }
    for (const { name, assigned } of initializers(source)) {
      const type = lookUp(name);
      assigned.forEach((each) => member(type, each, true));
      const required = type ? withBases(type).flatMap(({ properties = [] }) => properties.filter(({ optional }) => !optional)) : [];
      assert.deepEqual(required.map((each) => pascal(each.name)).filter((each) => !assigned.includes(each)), [], `required by ${name}`);
    }
  }
  assert.ok(checked.types.size > 0 && checked.members > 0);
  return `${checked.types.size} types and ${checked.members} members looked up`;
}

function namespaceOf({ fqn, namespace }: Type): string | undefined {
  const assembly = assemblies.find(({ types }) => fqn in types)!;
  const { targets } = namespace === undefined ? assembly : assembly.submodules?.[fqn.slice(0, fqn.lastIndexOf('.'))] ?? {};
  return targets?.dotnet.namespace;
}

function withBases(type: Type): Type[] {
  return [type, ...[type.base, ...type.interfaces ?? []].flatMap((fqn) => {
    const base = fqn === undefined ? undefined : everyType.get(fqn);
    return base ? withBases(base) : [];
  })];
}

/** Each `new TYPE { NAME = … }`, with the names of its own level. */
function initializers(source: string): Array<{ name: string; assigned: string[] }> {
  return [...source.matchAll(/\bnew ([A-Z]\w*)\s*\{/g)].map((start) => {
    const assigned: string[] = [];
    let depth = 1;
    for (const [token, name] of source.slice(start.index + start[0].length).matchAll(/[{(]|[})]|\b([A-Z]\w*) = /g)) {
      if (name !== undefined) {
        if (depth === 1) assigned.push(name);
      } else {
        depth += /[{(]/.test(token) ? 1 : -1;
      }
      if (depth === 0) break;
    }
    return { name: start[1], assigned };
  });
}

function withoutComments(source: string): string {
  return source.replace(/\/\/.*$/gm, '').replace(/"[^"\n]*"/g, '""');
}
