import * as fs from 'node:fs';
import * as path from 'node:path';
import { STACK_NAME, synthesize } from '../../demo/app';
import { Step } from '../../demo/day';
import { run, RunResult } from '../../demo/run';
import { palette } from '../../demo/terminal';

/** A short morning with a change in both directions of time: an event's, and a resync's. */
const MORNING: readonly Step[] = [
  { at: '07:00', name: 'Empty', play: async (stage) => stage.react() },
  { at: '07:01', name: 'Two instances', play: async (stage) => stage.launchAtOnce(2) },
];

const assemblies: string[] = [];

afterEach(() => {
  for (const assembly of assemblies.splice(0)) fs.rmSync(assembly, { recursive: true });
});

type Template = { Resources: Record<string, { Type: string; Properties: any }> };

/** Plays a morning against the example app, whose template was spoilt first. */
async function play(spoil: (template: Template) => void = () => undefined, day = MORNING, ends = '07:06'): Promise<RunResult & { output: string }> {
  const assembly = synthesize();
  assemblies.push(assembly);
  const file = path.join(assembly, `${STACK_NAME}.template.json`);
  const template = JSON.parse(fs.readFileSync(file, 'utf8')) as Template;
  spoil(template);
  fs.writeFileSync(file, JSON.stringify(template));
  const lines: string[] = [];
  const result = await run({ assembly, day, begins: '07:00', ends, write: (line) => lines.push(line), paint: palette(false) });
  return { ...result, output: lines.join('\n') };
}

function each(template: Template, type: string, change: (properties: any) => void): void {
  const found = Object.values(template.Resources).filter((resource) => resource.Type === type);
  expect(found).not.toHaveLength(0);
  for (const { Properties } of found) change(Properties);
}

/** The statement of the function's role that allows `action`. */
function statement(template: Template, action: string): any {
  const statements: any[] = [];
  each(template, 'AWS::IAM::Policy', ({ PolicyDocument }) => statements.push(...PolicyDocument.Statement));
  return statements.find(({ Action }) => [Action].flat().includes(action));
}

test('a good morning has no problems, and its table says what happened', async () => {
  const { problems, record, output } = await play();
  expect(problems).toEqual([]);
  expect(record.samples.at(-1)).toMatchObject({ active: 2, desired: 2, running: 2 });
  expect(output).toMatch(/07:00 +stack CREATE_COMPLETE +0 +0 +0 +scale 1 → 0/);
  expect(output).toMatch(/07:01 +instance ACTIVE +2 +2 +2 +scale 0 → 2/);
  expect(output).toMatch(/07:05 +resync +2 +2 +2 +in sync +2\n/);
  expect(output).toMatch(/denied, as it must be +yes/);
});

test('a count that stays wrong is a problem', async () => {
  const { problems } = await play((template) => each(template, 'AWS::Events::Rule', (rule) => { rule.State = 'DISABLED'; }));
  expect(problems).toContainEqual(expect.stringMatching(/^07:01 Two instances: the desired count is 1 after things settled, but must be 2 \(2 ACTIVE/));
});

test('a count that is healed where it should stand is a problem', async () => {
  const sabotage: Step = {
    at: '07:02',
    name: 'By hand',
    play: async (stage) => {
      await stage.setDesiredCount(5);
      await stage.until('07:05'); // the resync heals it, though the step says it stands
    },
  };
  const { problems } = await play(undefined, [...MORNING, sabotage]);
  expect(problems).toContainEqual(expect.stringMatching(/^07:05 By hand: the desired count is 2 after things settled, but must be 5/));
});

test('a call that the policy does not allow is a problem', async () => {
  const { problems } = await play((template) => { statement(template, 'ecs:UpdateService').Action = 'ecs:DescribeServices'; });
  expect(problems).toEqual([expect.stringMatching(/its role doesn't allow: ecs:UpdateService on .*production\/log-agent/)]);
});

test('a policy that allows too much is a problem', async () => {
  const { problems } = await play((template) => {
    const wide = statement(template, 'ecs:UpdateService');
    wide.Resource = '*';
    delete wide.Condition;
  });
  expect(problems).toEqual([expect.stringMatching(/^The role allows what it must not: ecs:UpdateService on .*staging\/log-agent/)]);
});

test('a foreign event that a rule matches is a problem', async () => {
  const foreign: Step = { at: '07:02', name: 'Foreign', play: async (stage) => stage.sendForeignEvents() };
  const { problems } = await play((template) => each(template, 'AWS::Events::Rule', ({ EventPattern }) => {
    if (EventPattern?.detail?.clusterArn) delete EventPattern.detail;
  }), [...MORNING, foreign]);
  expect(problems).toContainEqual('Foreign: an instance of another cluster must match no rule, but matched 1.');
  expect((await play(undefined, [...MORNING, foreign])).problems).toEqual([]);
});

test('an error that the function logs, and the event that it loses, are problems', async () => {
  const { problems } = await play((template) => each(template, 'AWS::Lambda::Function', ({ Environment }) => {
    Environment.Variables = { RECONCILER_CONFIG: '{}' };
  }));
  expect(problems).toContainEqual(expect.stringMatching(/^The function logged an error: .*InvalidConfigurationError/));
  expect(problems).toContainEqual(expect.stringMatching(/events ended in the queue AutoscalerDeadLetterQueue/));
});

test('an event that a rule may not deliver is a problem', async () => {
  const { problems } = await play((template) => each(template, 'AWS::Lambda::Permission', (permission) => { permission.Principal = 's3.amazonaws.com'; }));
  expect(problems).toContainEqual(expect.stringMatching(/^An event didn't reach the function: lambda:InvokeFunction/));
  expect(problems).toContainEqual('The function made no API call at all: nothing was shown.');
});
