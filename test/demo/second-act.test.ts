import * as fs from 'node:fs';
import * as path from 'node:path';
import { runSecondAct } from '../../demo/second-act';
import { FLEET_SERVICE, FLEET_STACK, MIXED_CLUSTER, MIXED_STACK, synthesizeSecondAct } from '../../demo/second-act-app';
import { ActStep, FLEET_STORY, LARGE, MEDIUM, MIXED_STORY } from '../../demo/second-act-story';
import { palette } from '../../demo/terminal';

/** Each of the three services has to change. */
const GROWTH: ActStep = { at: '09:01', name: 'Growth', play: async (stage) => stage.launch(MIXED_CLUSTER, 4, LARGE) };
const OTHERS: ActStep = { at: '09:02', name: 'Others', play: async (stage) => stage.launch(MIXED_CLUSTER, 1, MEDIUM) };
const SHOP: ActStep = { at: '10:05', name: 'Shop', play: async (stage) => stage.launch('shop', 2, MEDIUM) };

const assemblies: string[] = [];

afterEach(() => {
  for (const assembly of assemblies.splice(0)) fs.rmSync(assembly, { recursive: true });
});

type Resource = { Type: string; Properties: any };

interface Play {
  /** What to replace in the functions' configurations, which are JSON. */
  readonly config?: readonly (readonly [stack: string, from: string, to: string])[];
  readonly spoil?: readonly [stack: string, change: (resource: Resource) => void];
  readonly mixed?: readonly ActStep[];
  readonly fleet?: readonly ActStep[];
}

/** Plays the act against the second app, whose templates were spoilt first. */
async function play(
  { config = [], spoil, mixed = [GROWTH, OTHERS], fleet = [SHOP] }: Play = {},
): Promise<{ problems: readonly string[]; output: string }> {
  const assembly = synthesizeSecondAct();
  assemblies.push(assembly);
  const rewrite = (stack: string, change: (text: string) => string): void => {
    const file = path.join(assembly, `${stack}.template.json`);
    const before = JSON.stringify(JSON.parse(fs.readFileSync(file, 'utf8')));
    const after = change(before);
    expect(after).not.toBe(before);
    fs.writeFileSync(file, after);
  };
  for (const [stack, from, to] of config) {
    // A JSON text in a JSON text.
    const escape = (text: string): string => JSON.stringify(text).slice(1, -1);
    rewrite(stack, (text) => text.replace(escape(from), escape(to)));
  }
  if (spoil) {
    rewrite(spoil[0], (text) => {
      const template = JSON.parse(text) as { Resources: Record<string, Resource> };
      Object.values(template.Resources).forEach(spoil[1]);
      return JSON.stringify(template);
    });
  }
  const lines: string[] = [];
  const problems = await runSecondAct({ assembly, mixed, fleet, write: (line) => lines.push(line), paint: palette(false) });
  return { problems, output: lines.join('\n') };
}

test('the whole act has no problems, and its tables say what happened', async () => {
  const { problems, output } = await play({ mixed: MIXED_STORY, fleet: FLEET_STORY });
  expect(problems).toEqual([]);
  expect(output).toMatch(/09:00 +stack CREATE_COMPLETE +2 +4 +2 +1 → 2 +1 +1 → 2 +9\n/);
  expect(output).toMatch(/09:16 +mixed: instance ACTIVE +7 +60 +5 +2 → 4 +2 → 4 +2 → 5 +10\n/);
  expect(output).toMatch(/09:32 +mixed: instance DRAINING +9 \+ 1 +56 +4 +5 → 4 +6 +5 → 4 +\d+\n/);
  expect(output).toMatch(/10:25 +reports: instance ACTIVE ×3 .* 3, – +4, – +3 × 1\n/);
  expect(output).toMatch(/10:25 +deployment of node-agent .* 3, 1 → 3 /);
  expect(output).toMatch(/10:45 +resync .* 4, 7 → 4 /);
  expect(output).toMatch(/MixedCluster +\d+ +\d+ +(\d+) +\1 of \1 +ecs:UpdateService on .*service\/mixed\/node-agent/);
  expect(output).toMatch(/NodeAgents +\d+ +\d+ +(\d+) +\1 of \1 +ecs:UpdateService on .*service\/shop\/checkout/);
});

const START: ActStep = { at: '09:00', name: 'Start', play: async (stage) => stage.react() };

test('each count that isn\'t its formula\'s is a problem', async () => {
  const { problems } = await play({
    config: [
      [MIXED_STACK, '"instancesPerTask":4', '"instancesPerTask":1'],
      [MIXED_STACK, '"threshold":6', '"threshold":8'],
      [MIXED_STACK, 'c7g.*', 'm7i.*'],
      [FLEET_STACK, '"serviceName"', '"maxTaskCount":3,"serviceName"'],
    ],
    mixed: [START, GROWTH, OTHERS],
  });
  expect(problems).toEqual([
    '09:00 Start: the desired count of mixed/profiler is 0 after things settled, but must be 2 (2 instances, 4 vCPUs).',
    '09:01 Growth: the desired count of mixed/dns is 6 after things settled, but must be 5 (6 instances, 68 vCPUs).',
    '09:01 Growth: the desired count of mixed/cache is 2 after things settled, but must be 4 (6 instances, 68 vCPUs).',
    '09:01 Growth: the desired count of mixed/profiler is 0 after things settled, but must be 6 (6 instances, 68 vCPUs).',
    '09:02 Others: the desired count of mixed/dns is 7 after things settled, but must be 5 (7 instances, 72 vCPUs).',
    '09:02 Others: the desired count of mixed/cache is 2 after things settled, but must be 4 (7 instances, 72 vCPUs).',
    '09:02 Others: the desired count of mixed/profiler is 1 after things settled, but must be 6 (6 instances, 68 vCPUs).',
    expect.stringMatching(/^1\d:\d\d .*: the desired count of payments\/node-agent is 3 after things settled, but must be 4 \(4 instances, 16 vCPUs\)\.$/),
    '10:05 Shop: the desired count of shop/node-agent is 3 after things settled, but must be 4 (4 instances, 16 vCPUs).',
  ]);
});

test('so are the vCPUs and the second task of the linear formula', async () => {
  const { problems } = await play({
    config: [
      [MIXED_STACK, '"vcpusPerTask":16', '"vcpusPerTask":8'],
      [MIXED_STACK, '"preventSinglePointOfFailure":true', '"preventSinglePointOfFailure":false'],
    ],
    mixed: [START, GROWTH],
    fleet: [],
  });
  expect(problems).toEqual([
    '09:00 Start: the desired count of mixed/dns is 1 after things settled, but must be 2 (2 instances, 4 vCPUs).',
    '09:01 Growth: the desired count of mixed/dns is 9 after things settled, but must be 5 (6 instances, 68 vCPUs).',
  ]);
});

test('a count by hand that no resync heals is a problem', async () => {
  const { problems } = await play({
    spoil: [FLEET_STACK, ({ Properties }) => { if (Properties?.ScheduleExpression) Properties.State = 'DISABLED'; }],
    mixed: [],
    fleet: FLEET_STORY.filter(({ name }) => /by hand/.test(name)),
  });
  // Once, and not before the resync was due.
  expect(problems).toEqual([expect.stringMatching(/^10:45 payments.*the desired count of payments\/node-agent is 7 .* must be 4/)]);
});

test('a word on the cluster without the service is a problem', async () => {
  const intrusion: ActStep = { at: '10:10', name: 'Intrusion', play: async (stage) => stage.deployService(MIXED_CLUSTER, FLEET_SERVICE) };
  const { problems } = await play({ mixed: [], fleet: [intrusion] });
  expect(problems).toContainEqual(expect.stringMatching(/^The fleet's function must pass over .*service\/mixed\/node-agent: scale, countDiffers/));
});

type Statement = { Action: string | string[]; Resource: unknown; Condition?: unknown };

/** Changes the statement that allows UpdateService. */
const changeStatement = (change: (statement: Statement) => void) => ({ Type, Properties }: Resource): void => {
  if (Type !== 'AWS::IAM::Policy') return;
  for (const statement of Properties.PolicyDocument.Statement as Statement[]) {
    if ([statement.Action].flat().includes('ecs:UpdateService')) change(statement);
  }
};

describe.each([[MIXED_STACK, 'mixed/dns'], [FLEET_STACK, 'shop/node-agent']])('the policy of %s', (stack, written) => {
  test('without a call that was made is a problem', async () => {
    const { problems } = await play({ spoil: [stack, changeStatement((statement) => { statement.Action = 'ecs:DescribeServices'; })] });
    expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^${stack}: The function made a call .* doesn't allow: ecs:UpdateService on .*${written}`)));
  });

  test('that allows too much is a problem', async () => {
    const { problems } = await play({
      spoil: [stack, changeStatement((statement) => {
        statement.Resource = '*';
        delete statement.Condition;
      })],
    });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${stack}: The role allows what it must not: ecs:UpdateService`))]);
  });
});

test.each([MIXED_STACK, FLEET_STACK])('an error that the function of %s logs is a problem', async (stack) => {
  const { problems } = await play({
    spoil: [stack, ({ Type, Properties }) => { if (Type === 'AWS::Lambda::Function') Properties.Environment.Variables = { RECONCILER_CONFIG: '{}' }; }],
    mixed: [],
    fleet: [],
  });
  expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^${stack}: The function logged an error: .*InvalidConfigurationError`)));
});
