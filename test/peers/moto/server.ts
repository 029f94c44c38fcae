import path from 'node:path';
import { pythonEnvironment } from '../../support/installs';
import { freePort, RunningProcess, startProcess } from '../../support/processes';
import { VERSIONS } from '../../support/versions';

export interface Moto extends RunningProcess {
  readonly endpoint: string;
  /** Launches an EC2 instance, which moto wants to see before it registers a container instance; returns its ID. */
  launchHost(): Promise<string>;
}

export async function startMoto(accountId: string, region: string): Promise<Moto> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const bin = pythonEnvironment('moto', [`moto[server]==${VERSIONS.moto}`]);
  const server = await startProcess(path.join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', `${port}`], {
    env: { MOTO_ACCOUNT_ID: accountId },
    ready: async () => (await fetch(`${endpoint}/moto-api/`).catch(() => undefined))?.ok ?? false,
  });

  const launchHost = async () => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        // moto doesn't check the signature, but learns service and Region from its scope.
        'authorization': `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/ec2/aws4_request, SignedHeaders=host, Signature=none`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'Action=RunInstances&Version=2016-11-15&ImageId=ami-0123456789abcdef0&MinCount=1&MaxCount=1&InstanceType=m7g.large',
    });
    const text = await answer.text();
    const id = /<instanceId>(i-[0-9a-f]+)</.exec(text)?.[1];
    if (!id) throw new Error(`moto launched no instance: ${answer.status} ${text}`);
    return id;
  };
  return { ...server, endpoint, launchHost };
}
