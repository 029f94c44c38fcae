import * as fs from 'node:fs';
import { StackArtifact } from './assembly';
import { Template } from './template';

/** A function as its template and asset describe it: all that its process gets to know. */
export interface FunctionConfiguration {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly handler: string;
  readonly runtime: string;
  /** Where the asset lies. */
  readonly taskRoot: string;
  readonly timeoutSeconds: number;
  readonly memorySize: number;
  /** The template's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logLevel?: string;
  readonly logGroup: string;
  readonly deadLetterQueueArn?: string;
  readonly region: string;
}

interface FunctionProperties {
  Code?: { S3Key?: string };
  Handler?: string;
  Runtime?: string;
  Role: string;
  Timeout?: number;
  MemorySize?: number;
  Environment?: { Variables?: Record<string, string> };
  Layers?: string[];
  LoggingConfig?: { LogFormat?: string; ApplicationLogLevel?: string; LogGroup?: string };
  DeadLetterConfig?: { TargetArn?: string };
}

/** Names Lambda keeps to itself: it refuses a function whose environment sets one. */
const RESERVED_VARIABLES = /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|AWS_LAMBDA_(FUNCTION_(NAME|MEMORY_SIZE|VERSION)|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** Lambda's limit on the names and values of a function's variables together. */
const MAX_ENVIRONMENT_BYTES = 4096;

export function readFunction(template: Template, artifact: StackArtifact, logicalId: string): FunctionConfiguration {
  const properties = template.properties<FunctionProperties>(logicalId);
  const { ref: name, attributes } = template.identity(logicalId);
  const path = `Resources.${logicalId}.Properties`;

  if (!properties.Runtime?.startsWith('nodejs')) {
    throw new Error(`${path}.Runtime: only Node.js functions run here; received ${properties.Runtime}.`);
  }
  if (properties.LoggingConfig?.LogFormat !== 'JSON') {
    throw new Error(`${path}.LoggingConfig.LogFormat: only JSON is implemented; received ${properties.LoggingConfig?.LogFormat ?? 'none'}.`);
  }
  if (properties.Layers?.length) throw new Error(`${path}.Layers: layers aren't implemented; received ${properties.Layers.join(', ')}.`);
  const taskRoot = artifact.assets.get(properties.Code?.S3Key ?? '');
  if (!taskRoot || !fs.statSync(taskRoot).isDirectory()) {
    throw new Error(`${path}.Code.S3Key: no directory of the assembly's assets has the key ${properties.Code?.S3Key}.`);
  }
  const environment = properties.Environment?.Variables ?? {};
  const reserved = Object.keys(environment).filter((variable) => RESERVED_VARIABLES.test(variable));
  if (reserved.length) throw new Error(`${path}.Environment: Lambda reserves ${reserved.join(', ')}.`);
  const bytes = Object.entries(environment).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (bytes > MAX_ENVIRONMENT_BYTES) throw new Error(`${path}.Environment: ${bytes} bytes; Lambda allows ${MAX_ENVIRONMENT_BYTES}.`);

  return {
    logicalId,
    name,
    arn: attributes.Arn,
    roleArn: properties.Role,
    handler: properties.Handler ?? '',
    runtime: properties.Runtime,
    taskRoot,
    timeoutSeconds: properties.Timeout ?? 3,
    memorySize: properties.MemorySize ?? 128,
    environment,
    logLevel: properties.LoggingConfig?.ApplicationLogLevel,
    logGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
    deadLetterQueueArn: properties.DeadLetterConfig?.TargetArn,
    region: template.environment.region,
  };
}

/** The complete environment of the function's process: the template's variables and those Lambda sets, nothing of this machine's. */
export function processEnvironment(
  configuration: FunctionConfiguration, runtimeApi: string, endpoints: Readonly<Record<string, string>>,
): Record<string, string> {
  const { name, region } = configuration;
  return {
    ...configuration.environment,
    ...endpoints,
    _HANDLER: configuration.handler,
    AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_SESSION_TOKEN: 'local-stack-session-token',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: configuration.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${name}`,
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    ...(configuration.logLevel && { AWS_LAMBDA_LOG_LEVEL: configuration.logLevel }),
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: configuration.taskRoot,
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    TZ: ':UTC',
  };
}
