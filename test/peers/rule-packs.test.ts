import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Findings, Report } from './rule-packs/program';
import { BROKEN, REMAINING } from './rule-packs/remaining';
import { npmInstall, packedTarball, pythonEnvironment, ROOT, run } from '../support/installs';
import { VERSIONS } from '../support/versions';

/** The packed tarball's resources under rule packs that others wrote, with the oldest and the newest aws-cdk-lib. */

const HERE = path.join(ROOT, 'test', 'peers', 'rule-packs');
const HARDENED = path.join(HERE, 'hardened.ts');
const { constructs, cdkNag, cfnguard, cfnLint } = VERSIONS.rulePacks;
const { peerDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

const RANGE = {
  floor: {
    packages: { 'aws-cdk-lib': peerDependencies['aws-cdk-lib'].replace('^', ''), 'cdk-nag': cdkNag.floor, '@cdklabs/cdk-validator-cfnguard': cfnguard },
    tools: ['AwsSolutions', 'Serverless', 'HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321', 'Control Tower', 'cfn-lint'],
  },
  newest: {
    packages: { 'aws-cdk-lib': VERSIONS.newestCdk, 'cdk-nag': cdkNag.newest },
    tools: ['AwsSolutions', 'Serverless', 'HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321', 'CloudFormation Validate', 'cfn-lint'],
  },
} as const;

/** What cfn-lint says of all templates. */
function lint(app: string, paths: Report['paths']): Findings {
  const cfnLintProgram = path.join(pythonEnvironment('cfn-lint', [`cfn-lint==${cfnLint}`]), 'cfn-lint');
  const rules = run(cfnLintProgram, ['--list-rules']).match(/\b[EWI]\d{4}\b/g) ?? [];
  // Its exit code says whether anything was found.
  const { stdout, stderr, error } = spawnSync(cfnLintProgram, ['--format', 'json', '--regions', 'eu-west-1', '--', 'cdk.out/*.template.json'], {
    cwd: app, encoding: 'utf8',
  });
  if (error || stderr) throw new Error(`cfn-lint failed: ${error?.message ?? stderr}`);
  const found = JSON.parse(stdout).map(({ Filename, Rule, Location }: any) => {
    const stack = path.basename(Filename).split('.')[0];
    return [stack, Rule.Id, paths[`${stack} ${Location.Path[1]}`]].join(' ');
  });
  return { found, errors: [], rules: new Set(rules).size };
}

for (const [end, { packages, tools }] of Object.entries(RANGE) as ['floor' | 'newest', typeof RANGE['floor']][]) {
  describe(`aws-cdk-lib ${packages['aws-cdk-lib']}`, () => {
    const app = mkdtempSync(path.join(tmpdir(), 'rule-packs-'));
    let report: Report;

    before(() => {
      let start = Date.now();
      const seconds = () => {
        const passed = ((Date.now() - start) / 1000).toFixed(1);
        start = Date.now();
        return passed;
      };
      npmInstall(app, { 'cdk-daemon-service-autoscaler': `file:${packedTarball()}`, constructs, ...packages });
      console.log(`${end}: installed in ${seconds()} s`);
      copyFileSync(HARDENED, path.join(app, 'hardened.ts'));
      const modules = path.join(ROOT, 'node_modules');
      run(process.execPath, [path.join(modules, 'typescript', 'bin', 'tsc'), '--strict', '--skipLibCheck', '--typeRoots', path.join(modules, '@types'),
        '--types', 'node', '--module', 'node16', '--target', 'es2022', 'hardened.ts'], { cwd: app });
      run(process.execPath, ['--require', path.join(modules, 'ts-node', 'register', 'transpile-only'), path.join(HERE, 'program.ts'), end], {
        cwd: app, env: { TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.dev.json') },
      });
      report = JSON.parse(readFileSync(path.join(app, 'report.json'), 'utf8'));
      console.log(`${end}: synthesized under all packs in ${seconds()} s`);
      report.tools['cfn-lint'] = lint(app, report.paths);
      console.log(`${end}: linted in ${seconds()} s`);
    });

    after(() => rmSync(app, { recursive: true }));

    test('every tool spoke', () => {
      assert.deepEqual(Object.keys(report.tools).sort(), [...tools].sort());
    });

    for (const tool of tools) {
      test(`${tool} finds exactly what is known`, () => {
        const { found, errors, compliant, rules } = report.tools[tool];
        assert.deepEqual(errors, []);
        const ofUs = found.filter((finding) => !finding.startsWith('Broken '));
        const known = REMAINING.filter((item) => item.tool === tool).flatMap(({ rule, stacks, path: where }) => stacks.map((stack) => `${stack} ${rule} ${where}`));
        assert.deepEqual([...new Set(ofUs)].sort(), known.sort());
        const broken = found.filter((finding) => finding.startsWith('Broken ')).map((finding) => finding.replace('Broken ', ''));
        assert.deepEqual(BROKEN[tool].filter((finding) => !broken.includes(finding)), []);
        if (compliant !== undefined) assert.ok(compliant >= 30, `only ${compliant} rules were content`);
        if (rules !== undefined) assert.ok(rules >= 100, `only ${rules} rules`);
        console.log(`${end}, ${tool}: ${[rules && `${rules} rules`, compliant && `${compliant} times content`,
          `${known.length} known findings`, `${broken.length} in the stack that is broken on purpose`].filter(Boolean).join(', ')}`);
      });
    }

    test('nothing but wildcards that have no alternative is found in default properties by AwsSolutions, in hardened ones by the others', () => {
      const foundIn = (stack: string, names: readonly string[]) => names.flatMap((tool) => report.tools[tool]?.found ?? []).filter((finding) => finding.startsWith(`${stack} `));
      assert.deepEqual([...foundIn('Default', ['AwsSolutions']), ...foundIn('ListedFleet', ['AwsSolutions'])], []);
      assert.deepEqual(foundIn('Hardened', ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321', 'Control Tower', 'CloudFormation Validate']), []);
    });
  });
}

test('README shows the hardened example word for word', () => {
  const blocks = readFileSync(path.join(ROOT, 'README.md'), 'utf8').split(/^```/m).filter((block) => block.startsWith('ts') && block.includes('HardenedAutoscaler'));
  assert.equal(blocks.length, 1, 'README has one block of TypeScript with HardenedAutoscaler');
  assert.equal(blocks[0].slice(blocks[0].indexOf('\n') + 1), readFileSync(HARDENED, 'utf8'));
});
