'use strict';
/*
 * The Node.js runtime inside the function's process: loads the handler from LAMBDA_TASK_ROOT and serves invocations from
 * the Runtime API. Plain CommonJS, because the process has no TypeScript loader: only what Lambda would give it.
 */
const http = require('node:http');
const path = require('node:path');
const util = require('node:util');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId;

patchConsole();
process.removeAllListeners('warning').on('warning', (warning) => {
  // This node may be older than the template's runtime: what the SDK says of its age isn't the function's.
  if (!String(warning).includes('NodeVersionSupportWarning')) console.error(String(warning));
});
main().catch((error) => {
  process.stderr.write(`${util.inspect(error)}\n`);
  process.exit(1);
});

async function main() {
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    console.error(asError(error));
    await call('POST', 'init/error', describe(error));
    process.exit(1);
  }
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next');
    requestId = headers['lambda-runtime-aws-request-id'];
    let outcome, report;
    try {
      report = (await handler(JSON.parse(body), context(headers))) ?? null;
      outcome = 'response';
    } catch (thrown) {
      const error = thrown ?? 'handled';
      console.error(asError(error));
      report = describe(error);
      outcome = 'error';
    }
    // Tells the parent that this invocation's last line was written: stdout and HTTP race otherwise.
    process.stdout.write(`END ${requestId}\n`);
    await call('POST', `invocation/${requestId}/${outcome}`, report);
  }
}

async function loadHandler() {
  const [, file, name] = /^([^.]*)\.(.*)$/.exec(process.env._HANDLER) ?? [];
  if (!file) throw runtimeError('MalformedHandlerName', 'Bad handler');
  let module;
  try {
    module = require(path.join(process.env.LAMBDA_TASK_ROOT, file));
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', String(error));
    if (error.code === 'MODULE_NOT_FOUND') throw runtimeError('ImportModuleError', String(error));
    throw error;
  }
  if (!module[name]) throw runtimeError('HandlerNotFound', `${process.env._HANDLER} is undefined or not exported`);
  if (typeof module[name] !== 'function') throw runtimeError('HandlerNotFound', `${process.env._HANDLER} is not a function`);
  if (module[name].length > 2) {
    throw runtimeError('CallbackHandlerDeprecated', `${process.env._HANDLER} takes a callback, which nodejs24.x no longer supports`);
  }
  return module[name];
}

function context(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: requestId,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function call(method, resource, payload) {
  const body = payload === undefined ? undefined : JSON.stringify(payload);
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, host, port, method, path: `/2018-06-01/runtime/${resource}` }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => response.statusCode < 300
        ? resolve({ headers: response.headers, body: text })
        : reject(new Error(`${method} ${resource}: HTTP ${response.statusCode} ${text}`)));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** An error of the runtime's own: the log has the name of its class, the Runtime API is told `Runtime.` and that name. */
function runtimeError(name, message) {
  const { [name]: RuntimeError } = { [name]: class extends Error {} };
  RuntimeError.prototype.name = `Runtime.${name}`;
  return new RuntimeError(message);
}

/** What is logged of whatever was thrown. */
function asError(thrown) {
  return thrown instanceof Error ? thrown : new Error(thrown);
}

/** What the Runtime API is told of it. */
function describe(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: error.toString(), trace: [] };
}

/** Lambda's JSON log format: a single argument becomes `message` as it is, several become one formatted string. */
function patchConsole() {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  const lowest = levels.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE').toUpperCase());
  for (const [index, level] of levels.entries()) {
    console[level.toLowerCase()] = (value, ...more) => {
      if (index >= lowest) process.stdout.write(`${line(level, [value, ...more])}\n`);
    };
  }
  console.log = console.info;
}

function line(level, values) {
  const record = { timestamp: new Date().toISOString(), level, requestId };
  // By class: of a minified class this is no name to search for.
  const errorFields = (error) => ({ errorType: error.constructor.name, errorMessage: error.message, stackTrace: (error.stack ?? '').split('\n') });
  if (values.length === 1) {
    const replacer = (_, value) => value instanceof Error ? { ...errorFields(value), ...value } : value;
    try {
      return JSON.stringify({ ...record, message: values[0] }, replacer);
    } catch {
      return JSON.stringify({ ...record, message: util.format(values[0]) }); // circular, or holds a bigint
    }
  }
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify({ ...record, message: util.format(...values), ...(error && errorFields(error)) });
}
