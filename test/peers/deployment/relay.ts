import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An ECS call as it went over the wire. */
export interface RelayedCall {
  readonly action: string;
  readonly input: Record<string, any>;
  readonly status: number;
  readonly contentType: string;
  readonly answer: string;
}

export interface EcsRelay {
  readonly endpoint: string;
  /** Where calls go; may change at any time. */
  target: string;
  /** All calls, in the order of their answers. */
  readonly calls: RelayedCall[];
  close(): Promise<void>;
}

/** Stands between an ECS client and an endpoint, and keeps what it passes on. */
export async function startRelay(target: string): Promise<EcsRelay> {
  const calls: RelayedCall[] = [];
  const server = createServer((request, response) => {
    const relay = async () => {
      const body = await text(request);
      const headers = Object.fromEntries(['authorization', 'content-type', 'x-amz-target']
        .flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])));
      const answered = await fetch(ecsRelay.target, { method: 'POST', headers, body });
      const answer = await answered.text();
      const contentType = answered.headers.get('content-type') ?? '';
      calls.push({ action: headers['x-amz-target']?.split('.').pop() ?? '', input: parsed(body), status: answered.status, contentType, answer });
      response.writeHead(answered.status, { 'content-type': contentType }).end(answer);
    };
    relay().catch((error) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ecsRelay: EcsRelay = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    calls,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return ecsRelay;
}

function parsed(body: string): Record<string, any> {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}
