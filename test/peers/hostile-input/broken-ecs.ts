import { once } from 'node:events';
import { createServer, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { LocalEcs } from '../../../local-ecs';

/** What comes over the wire instead of an answer; where a part is missing, the right one's. */
export interface Broken {
  readonly status?: number;
  readonly body?: string;
  readonly contentType?: string;
  /** `reset`: the connection ends at once. `silent`: no answer ever. `half`: the body's first half, and then no more. `short`: that half, and then the end. */
  readonly connection?: 'reset' | 'silent' | 'half' | 'short';
}

/** Says how the n-th answer (from 1) to an action is broken; undefined where it isn't. */
export type Breakage = (action: string, answer: any, nth: number) => Broken | undefined;

/** local-ecs behind a server whose answers are broken in ways that ECS never should break them. */
export class BrokenEcs {
  public static async start(): Promise<BrokenEcs> {
    const broken = new BrokenEcs();
    broken.server.listen(0, '127.0.0.1');
    await once(broken.server, 'listening');
    return broken;
  }

  public requests: { readonly action: string; readonly input: any }[] = [];
  private ecs!: LocalEcs;
  private readonly server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const action = String(request.headers['x-amz-target']).split('.')[1];
    const input = JSON.parse(Buffer.concat(chunks).toString());
    this.requests.push({ action, input });
    let [status, answer] = [200, undefined as any];
    try {
      answer = this.ecs.call(action, input);
    } catch (error) {
      const { name, message } = error as Error;
      [status, answer] = [400, { __type: name, message }];
    }
    const nth = this.requests.filter((one) => one.action === action).length;
    send(response, { status, body: JSON.stringify(answer), ...this.breakage(action, answer, nth) });
  });
  private breakage: Breakage = () => undefined;

  public get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public use(ecs: LocalEcs, breakage: Breakage): void {
    Object.assign(this, { ecs, breakage, requests: [] });
  }

  public async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

function send(response: ServerResponse, { status, body = '', contentType = 'application/x-amz-json-1.1', connection }: Broken): void {
  if (connection === 'reset') {
    response.destroy();
  } else if (connection !== 'silent') {
    const bytes = Buffer.from(body);
    response.writeHead(status!, { 'content-type': contentType, 'content-length': bytes.length, 'x-amzn-requestid': 'broken' });
    if (connection) {
      response.write(bytes.subarray(0, bytes.length / 2), () => { if (connection === 'short') response.destroy(); });
    } else {
      response.end(bytes);
    }
  }
}
