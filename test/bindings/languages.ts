import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CACHE } from '../support/cache';
import { npmInstall, packedTarball, pythonEnvironment, ROOT, run } from '../support/installs';
import { VERSIONS } from '../support/versions';

/** A language's built package, installed beside copies of the examples. Nothing of src/, lib/ or assets/ is within reach of them. */
export interface Language {
  readonly name: string;
  /** Below examples/. */
  readonly folder: string;
  /** Installs the built package for the apps below `work`. */
  install(work: string): Installed;
}

export interface Installed {
  readonly env?: NodeJS.ProcessEnv;
  /** Makes the app's build file take the built package. */
  prepare?(app: string): void;
  /** Puts a program, one of errors/, beside the basic app and returns the command that runs it. */
  addErrors(app: string): string;
}

const { name, version, peerDependencies, jsii: { targets } } = readJson(path.join(ROOT, 'package.json'));
const FLOOR: string = peerDependencies['aws-cdk-lib'].replace('^', '');
const ERRORS = path.join(__dirname, 'errors');

export const TYPESCRIPT: Language = {
  name: 'TypeScript',
  folder: 'typescript',
  install: (work) => {
    const wanted = readdirSync(path.join(ROOT, 'examples', 'typescript')).map((example) => {
      const { dependencies, devDependencies } = readJson(path.join(ROOT, 'examples', 'typescript', example, 'package.json'));
      return { ...dependencies, ...devDependencies };
    });
    const { 'aws-cdk': cli, ...dependencies } = Object.assign({}, ...wanted);
    npmInstall(work, {
      ...dependencies, [name]: `file:${packedTarball()}`, 'aws-cdk-lib': FLOOR, 'constructs': VERSIONS.bindingsConstructs,
    });
    return {
      addErrors: (app) => withErrors('errors.js', app, 'node errors.js'),
    };
  },
};

const PYTHON: Language = {
  name: 'Python',
  folder: 'python',
  install: (work) => {
    // The dependencies are cached; the package itself is installed anew, into an environment that only looks into theirs.
    const runtime = readJson(require.resolve('jsii-pacmak/package.json')).version;
    const base = pythonEnvironment('bindings', [`aws-cdk-lib==${FLOOR}`, `constructs==${VERSIONS.bindingsConstructs}`, `jsii==${runtime}`]);
    run('python3', ['-m', 'venv', '--without-pip', work]);
    const sitePackages = (python: string) => run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']).trim();
    const bin = path.join(work, 'bin');
    writeFileSync(path.join(sitePackages(path.join(bin, 'python3')), 'dependencies.pth'), sitePackages(path.join(base, 'python3')));
    // Without an index this fails if the wheel requires something that isn't there.
    run(path.join(base, 'pip'), ['--python', path.join(bin, 'python3'), 'install', '--quiet', '--no-index', built('python', /\.whl$/)]);
    return {
      env: { PATH: `${bin}${path.delimiter}${process.env.PATH}` },
      addErrors: (app) => withErrors('errors.py', app, 'python3 errors.py'),
    };
  },
};

const JAVA: Language = {
  name: 'Java',
  folder: 'java',
  install: (work) => {
    const repository = path.join(CACHE, 'maven');
    const { groupId } = targets.java.maven;
    // An earlier build has the same version.
    rmSync(path.join(repository, ...groupId.split('.')), { recursive: true, force: true });
    const settings = path.join(work, 'settings.xml');
    writeFileSync(settings, `<settings>
      <profiles><profile><id>built</id><repositories><repository>
        <id>built</id><url>file://${path.join(ROOT, 'dist', 'java')}</url>
      </repository></repositories></profile></profiles>
      <activeProfiles><activeProfile>built</activeProfile></activeProfiles>
    </settings>`);
    return {
      prepare: (app) => {
        replace(path.join(app, 'pom.xml'), '<version>[0,)</version>', `<version>${version}</version>`);
        mkdirSync(path.join(app, '.mvn'));
        writeFileSync(path.join(app, '.mvn', 'maven.config'), `-gs\n${settings}\n-Dmaven.repo.local=${repository}\n--batch-mode\n`);
      },
      env: { MAVEN_OPTS: `${process.env.MAVEN_OPTS ?? ''} -XX:TieredStopAtLevel=1` },
      addErrors: (app) => {
        replace(path.join(app, 'pom.xml'), 'com.example.LogAgentApp', 'com.example.Errors');
        return withErrors('Errors.java', path.join(app, 'src', 'main', 'java', 'com', 'example'), 'mvn -e -q compile exec:java');
      },
    };
  },
};

const GO: Language = {
  name: 'Go',
  folder: 'go',
  install: () => ({
    prepare: (app) => {
      const { moduleName, packageName } = targets.go;
      run('go', ['mod', 'edit', `-replace=${moduleName}/${packageName}=${path.dirname(built('go', /^go\.mod$/))}`], { cwd: app });
    },
    env: { GOFLAGS: '-mod=mod -buildvcs=false' },
    addErrors: (app) => withErrors('errors.go', path.join(app, 'errors'), 'go run ./errors'),
  }),
};

const CSHARP: Language = {
  name: 'C#',
  folder: 'csharp',
  install: (work) => {
    const packages = path.join(CACHE, 'nuget');
    // An earlier build has the same version.
    rmSync(path.join(packages, targets.dotnet.packageId.toLowerCase()), { recursive: true, force: true });
    writeFileSync(path.join(work, 'nuget.config'), `<configuration><packageSources>
      <add key="built" value="${path.dirname(built('dotnet', /\.nupkg$/))}" />
    </packageSources></configuration>`);
    return {
      prepare: (app) => {
        const project = readdirSync(app).find((file) => file.endsWith('.csproj'))!;
        replace(path.join(app, project), 'Version="*"', `Version="${version}"`);
      },
      env: { NUGET_PACKAGES: packages, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
      addErrors: () => {
        throw new Error('there is no program for C#');
      },
    };
  },
};

export const hasDotnet = /\d/.test(spawnSync('dotnet', ['--list-sdks'], { encoding: 'utf8' }).stdout ?? '');

/** All whose apps can run here. TypeScript's templates are what the others' are compared with. */
export const LANGUAGES: readonly Language[] = [TYPESCRIPT, PYTHON, JAVA, GO, ...hasDotnet ? [CSHARP] : []];

/** The one file of that name that `npx projen package:all` built. */
export function built(language: string, file: RegExp): string {
  const folder = path.join(ROOT, 'dist', language);
  let files: string[] = [];
  try {
    files = (readdirSync(folder, { recursive: true }) as string[]).filter((each) => file.test(path.basename(each)));
  } catch { /* the error below says what to do */ }
  if (files.length !== 1) {
    throw new Error(`expected one ${file} in dist/${language}, found ${files.length}. `
      + 'Run: npx projen bundle && npx projen compile && npx projen package:all');
  }
  return path.join(folder, files[0]);
}

export function readJson(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Copies one of the programs of errors/ into a folder, and returns the command that runs it. */
function withErrors(program: string, folder: string, command: string): string {
  cpSync(path.join(ERRORS, program), path.join(folder, program));
  return command;
}

function replace(file: string, text: string, by: string): void {
  const content = readFileSync(file, 'utf8');
  if (!content.includes(text)) throw new Error(`${file} has no ${text}`);
  writeFileSync(file, content.replace(text, by));
}
