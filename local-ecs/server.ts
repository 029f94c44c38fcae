import { createHash } from 'node:crypto';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { EcsApiError, serializationException, unknownOperation } from './errors';
import { CONNECTION_DROPPED, LocalEcs } from './local-ecs';

const TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113.';

export interface LocalEcsServer {
  /** `http://127.0.0.1:PORT`: for AWS_ENDPOINT_URL_ECS. */
  readonly endpoint: string;
  /** Ends open connections, too, so that it never waits for a client. */
  close(): Promise<void>;
}

/**
 * Serves the model over HTTP on the loopback interface, in AWS JSON 1.1 as the SDKs speak it to ECS. Signatures aren't
 * checked: any credentials will do.
 */
export async function startServer(ecs: LocalEcs, options: { /** Default: a free one */ readonly port?: number } = {}): Promise<LocalEcsServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    const requestId = requestIdOf(++requests);
    answer(ecs, request, response, requestId).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    }),
  };
}

async function answer(ecs: LocalEcs, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
  const body = await readBody(request);
  const latency = ecs.nextLatencyMs();
  // Half before the effect and half after it, so that other calls may come in between on either side.
  await pause(latency / 2);
  let status = 200;
  let output: object;
  try {
    output = execute(ecs, request, body);
  } catch (error) {
    const failure = error instanceof EcsApiError ? error : new EcsApiError('ServerException', String(error), 500);
    if (failure.name === CONNECTION_DROPPED) {
      request.socket.destroy();
      return;
    }
    status = failure.statusCode;
    output = { __type: failure.name, message: failure.message };
  }
  await pause(latency / 2);
  const text = JSON.stringify(output);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': requestId,
  });
  response.end(text);
}

function execute(ecs: LocalEcs, request: IncomingMessage, body: string): object {
  const target = request.headers['x-amz-target'];
  if (request.method !== 'POST' || typeof target !== 'string' || !target.startsWith(TARGET_PREFIX)) throw unknownOperation();
  let input: object;
  try {
    input = body === '' ? {} : JSON.parse(body);
  } catch {
    throw serializationException('The request body is not JSON.');
  }
  return ecs.call(target.slice(TARGET_PREFIX.length), input);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const pause = (milliseconds: number) => (milliseconds > 0 ? new Promise<void>((resolve) => setTimeout(resolve, milliseconds)) : Promise.resolve());

function requestIdOf(number: number): string {
  const hex = createHash('sha256').update(`request ${number}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
