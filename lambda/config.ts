import { CLUSTER_ARN, CLUSTER_ARN_FORM, SERVICE_ARN, SERVICE_ARN_FORM } from './arn';
import { InvalidConfigurationError } from './errors';
import { Field } from './fields';
import { CONFIG_VARIABLE, ReconcilerConfig, ScalingConfig, ServiceConfig } from '../src/contract';

const complain = (message: string) => new InvalidConfigurationError(
  `${message}. The construct writes this variable: deploy the stack again to restore it.`);

/**
 * Reads the function's configuration from its environment.
 *
 * @throws InvalidConfigurationError naming the field.
 */
export function parseConfig(environment: NodeJS.ProcessEnv): ReconcilerConfig {
  const root = new Field(parseJson(environment[CONFIG_VARIABLE]), CONFIG_VARIABLE, complain);
  return {
    clusterArn: root.member('clusterArn').matching(CLUSTER_ARN, CLUSTER_ARN_FORM),
    services: root.member('services').items('a list of at least one service').map(parseService),
    dryRun: root.member('dryRun').optional((field) => field.boolean()),
  };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text; // not an object: rejected with the text that was received
  }
}

function parseService(service: Field): ServiceConfig {
  const minTaskCount = service.member('minTaskCount').optional((field) => field.wholeNumber(0));
  const maximum = service.member('maxTaskCount');
  return {
    serviceArn: service.member('serviceArn').matching(SERVICE_ARN, SERVICE_ARN_FORM),
    scaling: parseScaling(service.member('scaling')),
    minTaskCount,
    maxTaskCount: maximum.optional((field) => field.wholeNumber(minTaskCount ?? 0)),
    instanceFilter: service.member('instanceFilter').optional((field) => field.string()),
    countDrainingInstances: service.member('countDrainingInstances').optional((field) => field.boolean()),
  };
}

function parseScaling(scaling: Field): ScalingConfig {
  return { tasksPerInstance: scaling.member('tasksPerInstance').wholeNumber(1) };
}
