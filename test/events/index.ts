import { existsSync, readdirSync, readFileSync } from 'fs';
import * as path from 'path';

/** Events in the shapes that ECS and CloudFormation send, one of each kind and age. */

export interface Sample {
  readonly name: string;
  readonly event: any;
}

/** One of this folder's events, by its file name without ending. */
export function fixture(name: string): any {
  return JSON.parse(readFileSync(path.join(__dirname, `${name}.json`), 'utf8'));
}

/** This folder's events, and those of the folder that the environment variable EVENT_SAMPLES names. */
export function samples(): Sample[] {
  const further = process.env.EVENT_SAMPLES;
  if (further !== undefined && !existsSync(further)) {
    throw new Error(`EVENT_SAMPLES: received ${JSON.stringify(further)}, expected a folder with JSON files`);
  }
  return [__dirname, ...(further ? [further] : [])].flatMap((folder) => readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ name: file, event: JSON.parse(readFileSync(path.join(folder, file), 'utf8')) })));
}
