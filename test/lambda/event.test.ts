import { parseEvent } from '../../lambda/event';
import { fixture } from '../events';

const INSTANCE_EVENT = fixture('container-instance-2026-draining');
const CLUSTER = 'arn:aws:ecs:eu-central-1:999988887777:cluster/edge';

describe('a container instance event', () => {
  test('tells the cluster and what it says of the instance', () => {
    expect(parseEvent(INSTANCE_EVENT)).toEqual({
      kind: 'containerInstance',
      clusterArn: CLUSTER,
      instance: {
        arn: expect.stringMatching(/container-instance\/edge\//),
        status: 'DRAINING',
        ec2InstanceId: expect.stringMatching(/^i-/),
        attributes: expect.any(Map),
      },
    });
    const { instance } = parseEvent(INSTANCE_EVENT) as unknown as { instance: { attributes: Map<string, string> } };
    expect(instance.attributes.get('ecs.instance-type')).toBe('c7g.xlarge');
    expect(instance.attributes.get('ecs.capability.task-eni')).toBe('');
  });

  test('of 2016 has hardly any field', () => {
    expect(parseEvent(fixture('container-instance-2016-registration'))).toEqual({
      kind: 'containerInstance',
      clusterArn: CLUSTER,
      instance: { arn: expect.any(String), status: 'ACTIVE', ec2InstanceId: undefined, attributes: undefined },
    });
  });

  test.each([
    ['no ARN of the instance', { containerInstanceArn: undefined }, undefined],
    ['odd fields', { status: 7, ec2InstanceId: {}, attributes: 'none' }, { arn: expect.any(String) }],
    ['odd attributes', { status: 'ACTIVE', ec2InstanceId: 'i-1', attributes: [null, 3, { name: 4 }, { name: 'a', value: 5 }, { name: 'b', value: 'c' }] },
      { arn: expect.any(String), status: 'ACTIVE', ec2InstanceId: 'i-1', attributes: new Map([['a', ''], ['b', 'c']]) }],
  ])('with %s still wakes the reconciler', (_, detail, instance) => {
    const event = { ...INSTANCE_EVENT, detail: { ...INSTANCE_EVENT.detail, ...detail } };
    expect(parseEvent(event)).toEqual({ kind: 'containerInstance', clusterArn: CLUSTER, instance });
  });
});

test('a deployment event tells the service', () => {
  expect(parseEvent(fixture('deployment-in-progress')))
    .toEqual({ kind: 'deployment', serviceArn: 'arn:aws:ecs:eu-central-1:999988887777:service/edge/node-agent' });
});

test('a finished stack operation, a resync and a plan name nothing', () => {
  expect(parseEvent(fixture('stack-update-complete'))).toEqual({ kind: 'stack' });
  expect(parseEvent({ action: 'reconcile' })).toEqual({ kind: 'reconcile' });
  expect(parseEvent({ action: 'plan' })).toEqual({ kind: 'plan' });
});

const detail = (overrides: object) => ({ ...INSTANCE_EVENT, detail: { ...INSTANCE_EVENT.detail, ...overrides } });

test.each<[string, unknown, string]>([
  ['event', undefined, 'received nothing, expected an EventBridge event, {"action":"reconcile"} or {"action":"plan"}'],
  ['event', null, 'received null'],
  ['event', 'reconcile', 'received "reconcile"'],
  ['event', [INSTANCE_EVENT], 'expected an EventBridge event'],
  ['source', {}, 'received nothing, expected "aws.ecs" or "aws.cloudformation"'],
  ['source', { ...INSTANCE_EVENT, source: 'aws.ec2' }, 'received "aws.ec2"'],
  ['source', Object.create({ action: 'plan' }), 'received nothing'],
  ['detail-type', { ...INSTANCE_EVENT, 'detail-type': undefined }, 'received nothing, expected "ECS Container Instance State Change" or "ECS Deployment State Change"'],
  ['detail-type', fixture('foreign-task-state-change'), 'received "ECS Task State Change"'],
  ['detail-type', { ...INSTANCE_EVENT, source: 'aws.cloudformation' }, 'expected "CloudFormation Stack Status Change"'],
  ['detail', { ...INSTANCE_EVENT, detail: undefined }, 'received nothing, expected an object'],
  ['detail.clusterArn', detail({ clusterArn: undefined }), 'received nothing, expected the ARN of a cluster'],
  ['detail.clusterArn', detail({ clusterArn: 'edge' }), 'received "edge"'],
  ['detail.clusterArn', detail({ clusterArn: `${CLUSTER}\n` }), 'edge\\n"'],
  ['detail.clusterArn', detail({ clusterArn: `${CLUSTER}/x` }), 'expected the ARN of a cluster'],
  ['resources', { ...fixture('deployment-failed'), resources: [] }, 'expected a list with the ARN of a service'],
  ['resources', { ...fixture('deployment-failed'), resources: undefined }, 'received nothing'],
  ['resources[0]', { ...fixture('deployment-failed'), resources: [CLUSTER] }, 'expected the ARN of a service'],
  ['action', { action: 'resync' }, 'received "resync", expected "reconcile" or "plan"'],
  ['action', { action: 1 }, 'received 1'],
  ['action', { action: 'plan\n' }, 'received "plan\\n"'],
  ['action', { ...INSTANCE_EVENT, action: 'delete' }, 'received "delete"'],
])('fails naming %s for %j: %s', (field, event, part) => {
  expect(() => parseEvent(event)).toThrow(expect.objectContaining({ name: 'InvalidEventError', message: expect.stringContaining(`${field}: `) }));
  expect(() => parseEvent(event)).toThrow(part);
});
