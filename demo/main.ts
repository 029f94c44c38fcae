import * as fs from 'node:fs';
import * as path from 'node:path';
import { synthesize } from './app';
import { DAY, DAY_BEGINS, DAY_ENDS } from './day';
import { run } from './run';
import { runSecondAct } from './second-act';
import { synthesizeSecondAct } from './second-act-app';
import { renderSvg } from './svg';
import { palette } from './terminal';

const SVG = path.join(__dirname, 'cluster-day.svg');

const paint = palette(process.stdout.isTTY === true && !process.env.NO_COLOR);
const write = (line: string): void => { process.stdout.write(`${line}\n`); };

async function firstAct(): Promise<void> {
  const assembly = synthesize();
  try {
    const { record, problems } = await run({ assembly, day: DAY, begins: DAY_BEGINS, ends: DAY_ENDS, write, paint });
    failOn(problems);
    // Only a good day is worth keeping.
    fs.writeFileSync(SVG, renderSvg(record));
    write(`The same chart as a picture: ${path.relative(process.cwd(), SVG)}`);
  } finally {
    fs.rmSync(assembly, { recursive: true });
  }
}

async function secondAct(): Promise<void> {
  const assembly = synthesizeSecondAct();
  try {
    failOn(await runSecondAct({ assembly, write, paint }));
  } finally {
    fs.rmSync(assembly, { recursive: true });
  }
}

function failOn(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Error(`${problems.length} problems:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
}

async function main(): Promise<void> {
  await firstAct();
  write('');
  await secondAct();
}

main().catch((error: Error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
});
