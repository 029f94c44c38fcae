import { actionsOf, describe, everyNth, services, takes, Turn } from './catalogue';
import { Request } from './judge';
import { functionOf, similarArns } from './requests';
import { Template } from '../../../local-stack/template';

/** What others ask of the function, of the dead-letter queue and of the queue's key: EventBridge for the stack's own rules, and nobody else. */

const EVENTS = 'events.amazonaws.com';
const QUEUE_KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

export async function callersOf(template: Template, turn: Turn): Promise<{ allowed: Request[]; denied: Request[] }> {
  const { accountId } = template.environment;
  const rules = template.idsOf('AWS::Events::Rule').map((id) => template.identity(id).attributes.Arn);
  const { arn: handler, properties } = functionOf(template);
  const queue = properties.DeadLetterConfig.TargetArn;
  const key = template.idsOf('AWS::SQS::Queue').filter((id) => template.identity(id).attributes.Arn === queue)
    .map((id) => template.properties<{ KmsMasterKeyId?: string }>(id).KmsMasterKeyId)[0];
  const from = (rule: string) => ({ 'aws:SourceArn': rule, 'aws:SourceAccount': rule.split(':')[4] });
  const asked = [['lambda:InvokeFunction', handler], ['sqs:SendMessage', queue]] as const;
  const [rule] = rules;
  const otherServices = (await services()).filter((service) => service !== 'events').map((service) => `${service}.amazonaws.com`);
  const principals = [
    ...everyNth(otherServices, turn),
    `arn:aws:iam::${accountId}:role/other`, 'arn:aws:iam::999988887777:role/other', 'arn:aws:iam::999988887777:root',
  ];
  const strangers = [...rules.flatMap(similarArns).filter((other) => !rules.includes(other)), 'arn:aws:s3:::bucket'];

  const otherOnFunction = await otherActions(handler, 'lambda:InvokeFunction');
  const otherOnQueue = await otherActions(queue, 'sqs:SendMessage');

  return {
    allowed: [
      ...asked.flatMap(([action, resource]) => rules.map((own) => ({ principal: EVENTS, action, resource, context: from(own) }))),
      ...(key ? QUEUE_KEY_ACTIONS.map((action) => ({ principal: EVENTS, action, resource: key, context: from(rule) })) : []),
    ],
    denied: [
      ...asked.flatMap(([action, resource]) => [
        ...strangers.map((other) => ({ principal: EVENTS, action, resource, context: from(other) })),
        { principal: EVENTS, action, resource },
        ...rules.flatMap((own) => principals.map((principal) => ({ principal, action, resource, context: from(own) }))),
      ]),
      ...rules.flatMap((own) => [
        { principal: EVENTS, action: 'sqs:SendMessage', resource: queue, context: { ...from(own), 'aws:SecureTransport': 'false' } },
        ...otherOnFunction.map((action) => ({ principal: EVENTS, action, resource: handler, context: from(own) })),
        ...otherOnQueue.map((action) => ({ principal: EVENTS, action, resource: queue, context: from(own) })),
      ]),
      ...(key ? [
        ...(await otherActions(key, ...QUEUE_KEY_ACTIONS)).map((action) => ({ principal: EVENTS, action, resource: key, context: from(rule) })),
        ...QUEUE_KEY_ACTIONS.flatMap((action) => [
          { principal: EVENTS, action, resource: key, context: from(rule.replace(accountId, '999988887777')) },
          { principal: EVENTS, action, resource: key },
          ...principals.map((principal) => ({ principal, action, resource: key, context: from(rule) })),
        ]),
      ] : []),
    ].filter(({ principal, resource }) => !(resource === key && principal.includes(`:${accountId}:`))),
  };
}

/** Every other action that takes such an ARN. */
async function otherActions(arn: string, ...known: string[]): Promise<string[]> {
  const actions = await Promise.all((await actionsOf(arn.split(':')[2])).map(describe));
  return actions.filter((action) => takes(action, arn)).map(({ action }) => action).filter((action) => !known.includes(action));
}

interface Statement {
  Effect: string;
  Principal: { Service?: string } | string;
  Action: string | string[];
  Condition?: object;
}

/** Every way to break one statement of a resource's policy that lets a service in, or keeps plain HTTP out. */
export function brokenResourcePolicies(policy: object): { readonly change: string; readonly policy: object }[] {
  const { Statement: all } = policy as { Statement: Statement[] };
  return all.flatMap((statement, index) => {
    const service = typeof statement.Principal === 'object' ? statement.Principal.Service : undefined;
    const changes: [string, Statement[]][] = service === undefined && statement.Effect !== 'Deny' ? [] : [
      ['without the statement', []],
      ['without its condition', [{ ...statement, Condition: undefined }]],
      ...(service ? [
        ['with every action', [{ ...statement, Action: '*' }]],
        ['for another service', [{ ...statement, Principal: { Service: 's3.amazonaws.com' } }]],
        ['for everyone', [{ ...statement, Principal: '*' }]],
      ] as [string, Statement[]][] : []),
    ];
    return changes.map(([change, statements]) => ({
      change: `${[statement.Action].flat().join(', ')} ${change}`,
      policy: JSON.parse(JSON.stringify({ ...policy, Statement: all.flatMap((item, at) => at === index ? statements : [item]) })),
    }));
  });
}
