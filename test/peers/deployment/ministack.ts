import { createRequire } from 'node:module';
import path from 'node:path';
import { nodeBinary, npmPackages, pythonEnvironment } from '../../support/installs';
import { freePort, RunningProcess, startProcess } from '../../support/processes';
import { VERSIONS } from '../../support/versions';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
const CLIENTS = { cloudFormation: 'CloudFormation', events: 'EventBridge', iam: 'IAM', lambda: 'Lambda', logs: 'CloudWatchLogs', sqs: 'SQS', ecs: 'ECS' };

export interface Ministack extends RunningProcess {
  readonly endpoint: string;
  /** What a client of this AWS needs in its environment. The access key is the account: that's how ministack knows it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly aws: AwsClients;
}

/** The AWS SDK's clients by name, with a method for each operation. They are installed for the tests only, hence untyped. */
export type AwsClients = Readonly<Record<keyof typeof CLIENTS, any>>;

/** Starts an AWS in which deployed functions find ECS at `ecsEndpoint`. Their code is unpacked below `folder`. */
export async function startMinistack(ecsEndpoint: string, folder: string): Promise<Ministack> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const bin = pythonEnvironment('ministack', [`ministack==${VERSIONS.ministack}`]);
  const server = await startProcess(path.join(bin, 'python'), [path.join(__dirname, 'start_ministack.py')], {
    env: {
      BIND_HOST: '127.0.0.1', // every interface otherwise
      GATEWAY_PORT: `${port}`,
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      TMPDIR: folder,
      AWS_ENDPOINT_URL_ECS: ecsEndpoint,
      LAMBDA_ASYNC_RETRY_BASE_SECONDS: '0.2', // a minute on AWS
      // It runs functions with the `node` of its path, whatever runtime they ask for.
      PATH: `${path.dirname(nodeBinary(24))}${path.delimiter}${process.env.PATH}`,
    },
    ready: async () => (await fetch(`${endpoint}/_ministack/ready`).catch(() => undefined))?.ok ?? false,
  });
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return { ...server, endpoint, environment, aws: createClients(endpoint) };
}

function createClients(endpoint: string): AwsClients {
  const packages = ['cloudformation', 'cloudwatch-logs', 'ecs', 'eventbridge', 'iam', 'lambda', 'sqs'].map((name) => `@aws-sdk/client-${name}`);
  const installed = npmPackages('aws-clients', Object.fromEntries(packages.map((name) => [name, VERSIONS.awsSdk])));
  const require = createRequire(path.join(installed, 'package.json'));
  const exported = Object.assign({}, ...packages.map((name) => require(name)));
  const config = { endpoint, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'test' } };
  return Object.fromEntries(Object.entries(CLIENTS).map(([name, client]) => [name, new exported[client](config)])) as AwsClients;
}
