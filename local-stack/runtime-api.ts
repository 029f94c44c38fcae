import * as http from 'node:http';
import { AddressInfo } from 'node:net';

/** What the runtime reports of a failed invocation. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export interface RuntimeInvocation {
  readonly requestId: string;
  readonly payload: string;
  readonly functionArn: string;
  readonly deadline: Date;
}

/** What the process behind the API did. */
export interface RuntimeListener {
  onResponse(requestId: string, payload: unknown): void;
  onError(requestId: string, error: FunctionError): void;
  onInitError(error: FunctionError): void;
}

const PREFIX = '/2018-06-01/runtime/';

/** Lambda's Runtime API for one execution environment: `next` is held open until an invocation is sent. */
export class RuntimeApi {
  /** Starts a server on a free port of the loopback interface. */
  public static async start(listener: RuntimeListener): Promise<RuntimeApi> {
    const api = new RuntimeApi(listener);
    await new Promise<void>((resolve, reject) => api.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return api;
  }

  private readonly server = http.createServer((request, response) => this.handle(request, response));
  /** The open `next` request: the process has initialized and is idle. */
  private waiting?: http.ServerResponse;
  private whenWaiting?: () => void;
  private current?: string;

  private constructor(private readonly listener: RuntimeListener) {}

  /** HOST:PORT, as AWS_LAMBDA_RUNTIME_API holds it. */
  public get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves once the process waits for an invocation. */
  public async ready(): Promise<void> {
    if (!this.waiting) await new Promise<void>((resolve) => { this.whenWaiting = resolve; });
  }

  /** Hands an invocation to the waiting process. Only after `ready`. */
  public send(invocation: RuntimeInvocation): void {
    if (!this.waiting) throw new Error('The runtime has not asked for an invocation.');
    this.current = invocation.requestId;
    this.waiting.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
      'Lambda-Runtime-Deadline-Ms': String(invocation.deadline.getTime()),
      'Lambda-Runtime-Invoked-Function-Arn': invocation.functionArn,
    }).end(invocation.payload);
    this.waiting = undefined;
  }

  public async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => this.dispatch(`${request.method} ${request.url}`, body, response));
  }

  private dispatch(route: string, body: string, response: http.ServerResponse): void {
    if (route === `GET ${PREFIX}invocation/next`) {
      this.waiting = response;
      this.whenWaiting?.();
      this.whenWaiting = undefined;
      return;
    }
    if (route === `POST ${PREFIX}init/error`) {
      accept(response);
      this.listener.onInitError(JSON.parse(body) as FunctionError);
      return;
    }
    const [, requestId, outcome] = /^POST \S+\/invocation\/([^/]+)\/(response|error)$/.exec(route) ?? [];
    if (!requestId || requestId !== this.current) {
      response.writeHead(400, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ errorType: 'InvalidRequestID', errorMessage: `${route}: the current invocation is ${this.current ?? 'none'}.` }));
      return;
    }
    accept(response);
    this.current = undefined;
    if (outcome === 'response') this.listener.onResponse(requestId, JSON.parse(body));
    else this.listener.onError(requestId, JSON.parse(body) as FunctionError);
  }
}

function accept(response: http.ServerResponse): void {
  response.writeHead(202, { 'Content-Type': 'application/json' }).end(JSON.stringify({ status: 'OK' }));
}
