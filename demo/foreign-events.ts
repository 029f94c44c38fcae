import { ACCOUNT, CLUSTER_NAME, REGION, SERVICE_NAME } from './app';
import { BusEvent } from '../local-stack';

export interface ForeignEvent {
  readonly why: string;
  readonly event: BusEvent;
}

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** Events of the same account that are none of the autoscaler's business: its rules must not match one of them. */
export function foreignEvents(time: Date, stackId: string): ForeignEvent[] {
  const event = (source: string, detailType: string, resources: string[], detail: BusEvent['detail']): BusEvent => ({
    'version': '0',
    'id': '00000000-0000-4000-8000-000000000000',
    'detail-type': detailType,
    source,
    'account': ACCOUNT,
    'time': time.toISOString().replace(/\.\d+/, ''),
    'region': REGION,
    resources,
    detail,
  });
  const instanceOf = (cluster: string): BusEvent => {
    const containerInstanceArn = arn('ecs', `container-instance/${cluster}/1dc5c17a422b4dc4b493371970c6c4d6`);
    return event('aws.ecs', 'ECS Container Instance State Change', [containerInstanceArn], {
      clusterArn: arn('ecs', `cluster/${cluster}`), containerInstanceArn, agentConnected: true, status: 'ACTIVE', version: 3,
    });
  };
  const deploymentOf = (cluster: string): BusEvent => event('aws.ecs', 'ECS Deployment State Change',
    [arn('ecs', `service/${cluster}/${SERVICE_NAME}`)],
    { eventType: 'INFO', eventName: 'SERVICE_DEPLOYMENT_COMPLETED', deploymentId: 'ecs-svc/1234567890123456789' });
  const stackOf = (id: string, status: string): BusEvent => event('aws.cloudformation', 'CloudFormation Stack Status Change', [id],
    { 'stack-id': id, 'status-details': { 'status': status, 'status-reason': '' }, 'client-request-token': '' });

  return [
    { why: 'an instance of another cluster', event: instanceOf('staging') },
    { why: 'an instance of a cluster whose name begins alike', event: instanceOf(`${CLUSTER_NAME}-blue`) },
    { why: 'a deployment in a cluster whose name begins alike', event: deploymentOf(`${CLUSTER_NAME}-blue`) },
    { why: 'another stack is complete', event: stackOf(arn('cloudformation', 'stack/Shop/5f9b1a70-0000-11ef-8000-000000000000'), 'UPDATE_COMPLETE') },
    { why: 'this stack is being deleted', event: stackOf(stackId, 'DELETE_IN_PROGRESS') },
    {
      why: 'a task of the managed service',
      event: event('aws.ecs', 'ECS Task State Change', [arn('ecs', `task/${CLUSTER_NAME}/c13b4cb40f1f4fe4a2971f76ae5a47ad`)],
        { clusterArn: arn('ecs', `cluster/${CLUSTER_NAME}`), group: `service:${SERVICE_NAME}`, lastStatus: 'RUNNING', desiredStatus: 'RUNNING' }),
    },
    {
      why: 'an EC2 instance',
      event: event('aws.ec2', 'EC2 Instance State-change Notification', [arn('ec2', 'instance/i-0123456789abcdef0')],
        { 'instance-id': 'i-0123456789abcdef0', 'state': 'running' }),
    },
  ];
}
