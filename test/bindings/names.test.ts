import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { OWN, Parameter, pascal, snake, Type } from './assembly';
import { checkCSharp } from './csharp';
import { built, readJson } from './languages';
import { ROOT, run } from '../support/installs';

/** What jsii says of the API, and what the generators made of its names. */

const work = mkdtempSync(path.join(tmpdir(), 'binding-names-'));
after(() => rmSync(work, { recursive: true }));

const words = (text: string) => text.trim().split(/\s+/);
const KEYWORDS = new Set(words(`
  False None True and as assert async await break case class continue def del elif else except finally for from global if import in is
  lambda match nonlocal not or pass raise return try type while with yield

  abstract assert boolean break byte case catch char class const continue default do double else enum exports extends final finally float
  for goto if implements import instanceof int interface long module native new non-sealed null open opens package permits private
  protected provides public record requires return sealed short static strictfp super switch synchronized this throw throws to
  transient transitive true false try uses var void volatile when while with yield _

  abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event
  explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null
  object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc static string
  struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while

  break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select
  struct switch type var init main
`));
/** What every object has in Java (behind get, too) or C#. */
const INHERITED = new Set(words('clone equals finalize getClass class hashCode getHashCode notify notifyAll toString wait getType memberwiseClone'));

const types = Object.values(OWN.types);
const { jsii: { targets } } = readJson(path.join(ROOT, 'package.json'));

test('jsii has no warning, none silenced', () => {
  for (const file of ['src', 'package.json', 'README.md', 'tsconfig.json']) {
    cpSync(path.join(ROOT, file), path.join(work, 'jsii', file), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(work, 'jsii', 'node_modules'));
  run(process.execPath, [path.join(ROOT, 'node_modules', 'jsii', 'bin', 'jsii'), '--fail-on-warnings'], { cwd: path.join(work, 'jsii') });
});

test('no name is a keyword of Python, Java, C# or Go, or taken by their objects', () => {
  const names = types.flatMap((type) => [type.name, ...memberNames(type), ...parameters(type).map(({ name }) => name)]);
  assert.deepEqual(names.filter((name) => [name, snake(name), name.toLowerCase()].some((form) => KEYWORDS.has(form)) || INHERITED.has(name)), []);
  console.log(`${new Set(names).size} names of ${types.length} types against ${KEYWORDS.size} keywords and ${INHERITED.size} inherited members`);
});

test('the generators renamed nothing', () => {
  const wheel = unpack('python', /\.whl$/);
  const jar = unpack('java', /-sources\.jar$/);
  const sources: Record<string, (type: Type) => { file: string; expected: string[] }> = {
    // A struct's properties become keyword arguments, its own name is gone.
    'Python': (type) => ({
      file: path.join(wheel, targets.python.module, '__init__.py'),
      expected: [
        `^class ${type.name}[(:]`,
        ...memberNames(type).map((name) => `^    def ${snake(name)}\\(`),
        ...parameters(type).filter(({ type: { fqn = '' } }) => !OWN.types[fqn]?.datatype).map(({ name }) => `[( ]${snake(name)}: `),
      ],
    }),
    'Java': (type) => ({
      file: path.join(jar, ...targets.java.package.split('.'), `${type.name}.java`),
      expected: [
        ` (class|interface) ${type.name} `,
        ...properties(type).map((name) => ` get${pascal(name)}\\(\\)`),
        ...(type.datatype ? properties(type).map((name) => ` Builder ${name}\\(`) : []),
        ...methods(type).map((name) => ` ${name}\\(`),
        ...parameters(type).map(({ name }) => `final [\\w.@ <>]+ ${name}[,)]`),
      ],
    }),
    'C#': (type) => ({
      file: path.join(dotnetSources(), `${type.name}.cs`),
      expected: [
        `public class ${type.name} : `,
        ...properties(type).map((name) => `public (virtual |override )?[\\w.?\\[\\]]+ ${pascal(name)}$`),
        ...methods(type).map((name) => ` ${pascal(name)}\\(`),
        ...parameters(type).map(({ name }) => `[\\w?] ${name}( =|[,)])`),
      ],
    }),
    'Go': (type) => ({
      file: path.join(path.dirname(built('go', /^go\.mod$/)), `${type.name}.go`),
      expected: [
        `^type ${type.name} (struct|interface) \\{`,
        ...properties(type).map((name) => `^\\t${pascal(name)}(\\(\\))? `),
        ...(type.methods ?? []).map(({ name, static: isStatic }) => (isStatic ? `^func ${type.name}_${pascal(name)}\\(` : `^\\t${pascal(name)}\\(`)),
        ...parameters(type).map(({ name }) => `[(, ]${name} [*\\w]`),
      ],
    }),
  };
  for (const [language, of] of Object.entries(sources)) {
    let count = 0;
    for (const type of types) {
      const { file, expected } = of(type);
      const source = readFileSync(file, 'utf8').replace(/\r/g, '');
      for (const pattern of expected) assert.ok(new RegExp(pattern, 'm').test(source), `${language}: ${type.name}: nothing matches ${pattern}`);
      count += expected.length;
    }
    console.log(`${language}: ${count} names found in the generated sources as they should be`);
  }
});

test('each package carries the same tarball of compiled constructs and bundle', () => {
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  const isTarball = /\.tgz$/;
  const own = hash(built('js', isTarball));
  const inside = {
    python: findOne(unpack('python', /\.whl$/), isTarball),
    java: findOne(unpack('java', /\d\.jar$/), isTarball),
    go: built('go', isTarball),
    dotnet: findOne(path.dirname(built('dotnet', /\.csproj$/)), isTarball),
  };
  assert.deepEqual(Object.fromEntries(Object.entries(inside).map(([language, file]) => [language, hash(file)])),
    Object.fromEntries(Object.keys(inside).map((language) => [language, own])));
  console.log(`npm, ${Object.keys(inside).join(', ')}: ${own}`);
});

test('C#: what the examples name exists', () => {
  for (const example of readdirSync(path.join(ROOT, 'examples', 'csharp'))) {
    console.log(`${example}: ${checkCSharp(path.join(ROOT, 'examples', 'csharp', example), dotnetSources())}; this is no compilation`);
  }
});

test('the wheel shows its README in Python', () => {
  const wheel = unpack('python', /\.whl$/);
  const metadata = readFileSync(path.join(wheel, findName(wheel, /\.dist-info$/), 'METADATA'), 'utf8');
  assert.ok(metadata.includes('DaemonServiceAutoscaler(self, "AgentAutoscaler", cluster=cluster, service=service)'));
  assert.ok(!metadata.includes("new DaemonServiceAutoscaler(this, 'AgentAutoscaler'"));
});

function properties(type: Type): string[] {
  return [...type.properties ?? [], ...type.members ?? []].map(({ name }) => name);
}

function methods(type: Type): string[] {
  return (type.methods ?? []).map(({ name }) => name);
}

function memberNames(type: Type): string[] {
  return [...properties(type), ...methods(type)];
}

function parameters(type: Type): Parameter[] {
  return [type.initializer ?? {}, ...type.methods ?? []].flatMap((callable) => callable.parameters ?? []);
}

function dotnetSources(): string {
  const project = built('dotnet', /\.csproj$/);
  return path.join(path.dirname(project), OWN.targets.dotnet.namespace);
}

/** Wheels and jars are zip files. */
function unpack(language: string, file: RegExp): string {
  const folder = path.join(work, `${language}${file.source.replace(/\W/g, '')}`);
  mkdirSync(folder, { recursive: true });
  run('python3', ['-m', 'zipfile', '-e', built(language, file), folder]);
  return folder;
}

function findName(folder: string, name: RegExp): string {
  return readdirSync(folder).find((each) => name.test(each)) ?? assert.fail(`no ${name} in ${folder}`);
}

function findOne(folder: string, file: RegExp): string {
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((each) => file.test(each));
  assert.equal(files.length, 1, `${file} in ${folder}`);
  return path.join(folder, files[0]);
}
