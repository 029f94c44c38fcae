import { appendFileSync } from 'node:fs';

/**
 * Loaded before the demo and the tests, in their own processes: notes each ECS call of the function in the file RECORD_ECS_CALLS,
 * one JSON line each, with what its policy can be had from.
 */

export type Recorded = { readonly action: string; readonly input: Record<string, any> } & (
  /** By a stack on this machine: the policies of its template. */
  | { readonly environment: object; readonly role: string; readonly policies: { name: string; policy: object }[] }
  /** By the handler or the reconciler within a test: the configuration that a construct would have written. */
  | { readonly config: object }
);

const file = process.env.RECORD_ECS_CALLS!;
const note = (call: Recorded): void => appendFileSync(file, `${JSON.stringify(call)}\n`);

/* eslint-disable @typescript-eslint/no-require-imports -- the modules as this process has them, to be changed in place */
const reconciling: { reconcile: typeof import('../../../lambda/reconcile').reconcile } = require('../../../lambda/reconcile');
const { LocalStack }: typeof import('../../../local-stack') = require('../../../local-stack');

const close = LocalStack.prototype.close;
LocalStack.prototype.close = async function (): Promise<void> {
  if (this.functionCalls.length) {
    const [{ policies }, role] = [this.function.role, this.function.configuration.roleArn];
    const { environment } = this.template;
    for (const { action, input } of this.functionCalls) note({ action, input, environment, role, policies: [...policies] });
  }
  return close.call(this);
};

const reconcile = reconciling.reconcile;
Object.defineProperty(reconciling, 'reconcile', {
  value: async (...[trigger, config, dependencies]: Parameters<typeof reconcile>) => {
    const gateway = dependencies.ecs as unknown as { client?: { send: (command: any, ...rest: unknown[]) => unknown } };
    const { client } = gateway;
    // A port without a client is a test's own: it makes no calls.
    if (client) {
      gateway.client = {
        send: (command, ...rest) => {
          note({ action: command.constructor.name.replace(/Command$/, ''), input: command.input, config });
          return client.send(command, ...rest);
        },
      };
    }
    return reconcile(trigger, config, dependencies);
  },
});
