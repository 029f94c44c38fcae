import fc from 'fast-check';
import { Place, SITES } from './intent';
import { samples } from '../../events';

/** The files of test/events and of EVENT_SAMPLES that hold events; a file may hold a list of them. */
export function sampleEvents(): object[] {
  return samples().flatMap(({ event }) => event).filter((event) => typeof event === 'object' && event !== null);
}

/** The event as the cluster `edge` of this place would have sent it. */
export function rehomed(event: any, place: Place, stackId: string): object {
  const { clusterArn, 'stack-id': itsStack } = event.detail ?? {};
  const cluster = /:cluster\/(.+)$/.exec(clusterArn)?.[1] ?? /:service\/(.+)\//.exec(event.resources?.[0])?.[1];
  let text = JSON.stringify(event).replaceAll(itsStack, stackId).replaceAll(event.account, place.accountId).replaceAll(event.region, place.region)
    .replaceAll('arn:aws:', `arn:${place.partition}:`);
  if (cluster) text = text.replaceAll(`/${cluster}"`, '/edge"').replaceAll(`/${cluster}/`, '/edge/');
  return JSON.parse(text);
}

/** Mostly the first; else a neighbour that must not be taken for it. */
const nearly = <T>(right: T, ...wrong: T[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(right) }, { weight: 2, arbitrary: fc.constantFrom(...wrong) });

const clusterName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('edge', 'edge-2', 'core') },
  { weight: 3, arbitrary: fc.constantFrom(...SITES) },
  { weight: 4, arbitrary: fc.constantFrom('edg', 'Edge', 'edge2', 'edge-', 'edge-20', 'edge_2', 'my-edge', 'ore', 'site-60', 'site-', 'default', 'node-agent') },
);
const serviceName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('node-agent', 'log-agent') },
  { weight: 4, arbitrary: fc.constantFrom('dns', 'agent', 'my-node-agent', 'node-agent-2', 'Node-agent', 'other-log-agent', 'edge') },
);
const finishedStatus = fc.constantFrom('CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE');
const otherStatus = fc.constantFrom('CREATE_IN_PROGRESS', 'CREATE_FAILED', 'ROLLBACK_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_FAILED', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS', 'create_complete', '');
const TYPES = {
  containerInstance: ['aws.ecs', 'ECS Container Instance State Change'],
  deployment: ['aws.ecs', 'ECS Deployment State Change'],
  stack: ['aws.cloudformation', 'CloudFormation Stack Status Change'],
} as const;
/** Fields that an old, odd or forged event may lack. */
const FIELDS = ['source', 'detail-type', 'account', 'region', 'resources', 'detail', 'detail.clusterArn', 'detail.status', 'detail.agentConnected',
  'detail.stack-id', 'detail.status-details', 'detail.status-details.status', 'id', 'time'];

/** Events around those that these stacks should hear, the same ones on every run. */
export function generatedEvents(places: readonly Place[], stackIds: readonly string[], count: number): object[] {
  const event = fc.record({
    kind: fc.constantFrom(...Object.keys(TYPES) as (keyof typeof TYPES)[]),
    place: fc.constantFrom(...places),
    // An ARN of elsewhere in an event of here, and the reverse.
    arnPlace: fc.option(fc.record({
      partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov'),
      region: fc.constantFrom('eu-central-1', 'eu-central-2', 'cn-north-1', 'us-east-1'),
      accountId: fc.constantFrom('999988887777', '999988887778', '111122223333'),
    }), { freq: 6 }),
    source: nearly('', 'aws.ec2', 'aws.ecs', 'aws.cloudformation', 'aws.ecs2', 'AWS.ECS', 'my.app'),
    detailType: nearly('', 'ECS Task State Change', 'ECS Service Action', 'ECS Container Instance State Change', 'EC2 Instance State-change Notification',
      'ECS Deployment State Changes'),
    clusterName,
    serviceName,
    shortArn: nearly(false, true),
    status: fc.constantFrom('REGISTERING', 'REGISTRATION_FAILED', 'ACTIVE', 'DRAINING', 'DEREGISTERING', 'INACTIVE', 'SOMETHING_NEW'),
    agentConnected: fc.constantFrom<unknown>(true, false, 'true', null),
    deployment: fc.constantFrom('SERVICE_DEPLOYMENT_IN_PROGRESS', 'SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED'),
    furtherResources: nearly<string[]>([], ['arn:aws:ecs:eu-central-1:999988887777:service/other/other'], ['arn:aws:s3:::bucket']),
    stackId: fc.constantFrom(...stackIds, ...stackIds.map((id) => `${id}0`), ...stackIds.map((id) => id.slice(0, -1))),
    stackStatus: fc.oneof({ weight: 2, arbitrary: finishedStatus }, { weight: 1, arbitrary: otherStatus }),
    without: nearly('', ...FIELDS),
  }).map((draw) => {
    const { partition, region, accountId } = draw.arnPlace ?? draw.place;
    const arn = (path: string) => `arn:${partition}:ecs:${region}:${accountId}:${path}`;
    const details = {
      containerInstance: {
        resources: [arn(`container-instance/${draw.shortArn ? '' : `${draw.clusterName}/`}7d2b9c4035a111f18e6f0a4d9c2b7e51`), ...draw.furtherResources],
        detail: { clusterArn: arn(`cluster/${draw.clusterName}`), status: draw.status, agentConnected: draw.agentConnected, version: 7 },
      },
      deployment: {
        resources: [arn(`service/${draw.shortArn ? '' : `${draw.clusterName}/`}${draw.serviceName}`), ...draw.furtherResources],
        detail: { eventType: 'INFO', eventName: draw.deployment, deploymentId: 'ecs-svc/1', reason: '' },
      },
      stack: {
        resources: [draw.stackId],
        detail: { 'stack-id': draw.stackId, 'status-details': { 'status': draw.stackStatus, 'status-reason': '' } },
      },
    };
    const [source, detailType] = TYPES[draw.kind];
    return without(draw.without, {
      'version': '0',
      'id': '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
      'detail-type': draw.detailType || detailType,
      'source': draw.source || source,
      'account': draw.place.accountId,
      'time': '2026-06-30T05:14:59Z',
      'region': draw.place.region,
      ...details[draw.kind],
    });
  });
  return fc.sample(event, { numRuns: count, seed: 1 });
}

function without(path: string, event: object): object {
  const names = path.split('.');
  const last = names.pop()!;
  const holder = names.reduce<any>((value, name) => value?.[name], event);
  if (holder) delete holder[last];
  return event;
}
