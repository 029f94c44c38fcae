/**
 * The forms of ARN that ECS sends.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html#ecs-resource-ids
 */

const NAME_FORM = '[A-Za-z0-9_-]{1,255}';
const PREFIX = 'arn:[a-z][a-z0-9-]*:ecs:[a-z0-9-]+:[0-9]{12}';

export const NAME = new RegExp(`^${NAME_FORM}$`);

export const CLUSTER_ARN = new RegExp(`^${PREFIX}:cluster/${NAME_FORM}$`);
export const CLUSTER_ARN_PREFIX = new RegExp(`^${PREFIX}:cluster/$`);
export const CLUSTER_ARN_FORM = 'the ARN of a cluster, arn:PARTITION:ecs:REGION:ACCOUNT:cluster/NAME';

/** A service's ARN in the long form or in the short one of before 2021, which names no cluster. */
export const SERVICE_ARN = new RegExp(`^${PREFIX}:service/(${NAME_FORM}/)?${NAME_FORM}$`);
export const SERVICE_ARN_FORM = 'the ARN of a service, arn:PARTITION:ecs:REGION:ACCOUNT:service/CLUSTER/NAME';

/** The last part of an ARN: the service's name, the container instance's id. Long and short ARNs of one resource share it. */
export function lastSegment(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The long ARN of a service of a cluster. */
export function serviceArnIn(clusterArn: string, serviceName: string): string {
  return `${clusterArn.replace(':cluster/', ':service/')}/${serviceName}`;
}

/** The ARN of the cluster that a service's long ARN names; none in a short one. */
export function clusterOfService(serviceArn: string): string | undefined {
  const [prefix, cluster, name] = serviceArn.split('/');
  return name === undefined ? undefined : `${prefix!.replace(/:service$/, ':cluster')}/${cluster}`;
}
