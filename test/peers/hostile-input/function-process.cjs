'use strict';
/*
 * The process of the bundled function: takes a configuration and an event as text, as Lambda would hand them over, and tells what
 * came of it. Its console is that of Lambda's JSON log format: one argument becomes `message`, an error its name, message and stack.
 */
const timers = require('node:timers/promises');

// The pause before a second reading is a second long; nothing moves meanwhile here.
const pause = timers.setTimeout;
timers.setTimeout = (milliseconds, ...rest) => pause(Math.min(milliseconds, 1), ...rest);

for (const level of ['trace', 'debug', 'info', 'warn', 'error']) {
  console[level] = (...values) => process.stdout.write(`${line(level.toUpperCase(), values)}\n`);
}
console.log = console.info;
// This node may be older than the template's runtime, of which the SDK warns.
process.removeAllListeners('warning').on('warning', (warning) => {
  if (!String(warning).includes('NodeVersionSupportWarning')) console.error(String(warning));
});

const builtIn = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const properties = () => builtIn.map((prototype) => Reflect.ownKeys(prototype).length).join();
const clean = properties();
const { handler } = require(process.argv[2]);
let requestId;

process.on('message', async ({ id, config, event }) => {
  requestId = `request-${id}`;
  process.env.RECONCILER_CONFIG = config;
  let outcome;
  try {
    // What Lambda sends on is the result's JSON.
    outcome = { result: JSON.stringify(await handler(JSON.parse(event))) };
  } catch (error) {
    console.error(error);
    outcome = { error: { name: error?.name, message: error?.message, stack: error?.stack } };
  }
  for (const stream of [process.stdout, process.stderr]) stream.write(`END ${requestId}\n`);
  process.send({ ...outcome, polluted: ({}).polluted !== undefined || properties() !== clean });
});

process.on('disconnect', () => process.exit());

function line(level, values) {
  const message = values.length === 1 ? values[0] : values;
  const record = { timestamp: new Date().toISOString(), level, requestId };
  return JSON.stringify(message instanceof Error
    ? { ...record, message: { errorType: message.name, errorMessage: message.message, stackTrace: String(message.stack).split('\n') } }
    : { ...record, message });
}
