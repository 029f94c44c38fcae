import { ABSENT, OUTCOME } from './answers';

/** A difference between moto and local-ecs that is known, and what decides it. */
export interface KnownDifference {
  readonly paths: readonly string[];
  /** Each of these steps shows it. Default: at least one does, and any may. */
  readonly steps?: readonly string[];
  readonly moto: string | RegExp;
  readonly localEcs: string | RegExp;
  readonly right: 'local-ecs' | 'both';
  readonly docs: string;
  readonly why: string;
}

const api = (page: string) => `https://docs.aws.amazon.com/AmazonECS/latest/APIReference/${page}.html`;
const IDS = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html#ecs-resource-ids';
const PROTOCOL = 'https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html';
/** A field that one endpoint lacks, or has with another value. */
const field = (
  paths: readonly string[], moto: string | RegExp, localEcs: string | RegExp, docs: string, why: string, more: Partial<KnownDifference> = {},
): KnownDifference => ({ paths, moto, localEcs, right: 'local-ecs', docs, why, ...more });
/** Another HTTP status or error name. */
const outcome = (step: string, moto: string, localEcs: string, docs: string, why: string): KnownDifference =>
  field([OUTCOME], moto, localEcs, docs, why, { steps: [step] });
const ofServices = (...fields: string[]) => fields.flatMap((name) => [`services[].${name}`, `service.${name}`]);
const instance = (id: string) => `"arn:aws:ecs:eu-west-1:111122223333:container-instance/production/${id}"`;

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  // Services
  field(ofServices('deploymentConfiguration.minimumHealthyPercent'), ABSENT, '100', api('API_DeploymentConfiguration'),
    'a service has the default where it was created without one'),
  field(ofServices('deploymentConfiguration.maximumPercent'), ABSENT, '200', api('API_DeploymentConfiguration'),
    'a service has the default where it was created without one'),
  field(ofServices('availabilityZoneRebalancing'), ABSENT, '"ENABLED"', api('API_CreateService'),
    'enabled is the default of a new service'),
  field(ofServices('enableECSManagedTags', 'enableExecuteCommand'), ABSENT, 'false', api('API_Service'),
    'a service says whether it has these features'),
  field(ofServices('createdAt'), ABSENT, '<number>', api('API_Service'),
    'a service has the time of its creation'),
  field(ofServices('taskSets.length'), '0', ABSENT, api('API_TaskSet'),
    'task sets are for CodeDeploy and external deployments: an empty list says as much as none', { right: 'both' }),
  field(ofServices('deployments[].platformFamily'), '"EC2"', ABSENT, api('API_Deployment'),
    "it is the tasks' operating system, and only on Fargate; EC2 is none"),
  field(ofServices('deployments[].desiredCount'), '1', /^[03]$/, api('API_Deployment'),
    'the deployment has the most recent desired count of its service, not the first'),
  field([...ofServices('deployments[].pendingCount'), 'services[].pendingCount'], '1', '0', api('API_Service'),
    'moto counts the wanted tasks of a new service as pending, without such tasks; in local-ecs the scheduler has yet to run'),
  field(ofServices('runningCount'), '3', '0', api('API_Service'),
    'moto counts the wanted tasks after an update as running, without such tasks; in local-ecs the scheduler has yet to run'),
  outcome('eleven services', '200', '400 InvalidParameterException', api('API_DescribeServices'),
    'at most 10 services can be described at once'),
  outcome('no services', '200', '400 InvalidParameterException', api('API_DescribeServices'),
    'services is required'),
  outcome('a desired count for a deleted service', '200', '400 ServiceNotActiveException', api('API_UpdateService'),
    'an inactive service cannot be updated'),
  outcome('a negative desired count', '200', '400 InvalidParameterException', api('API_UpdateService'),
    'a count below 0 is no valid parameter'),

  // Container instances
  field(['containerInstanceArns[]', 'containerInstances[].containerInstanceArn'], instance('<UUID>'), instance('<ID>'), IDS,
    'IDs that go with long ARNs are 32 characters without hyphens'),
  field(['containerInstances[].version'], ABSENT, '1, 1, 2', api('API_ContainerInstance'),
    'the version counts the changes that trigger an event'),
  field(['containerInstances[].attachments.length', 'containerInstances[].tags.length'], ABSENT, '0', api('API_ContainerInstance'),
    'an empty list says as much as none', { right: 'both' }),
  field(['containerInstanceArns.length'], '2', '0', api('API_ListContainerInstances'),
    'a filter limits the results; moto has none', { steps: ['instances that no filter matches'] }),
  field(['containerInstanceArns[]'], instance('<UUID>'), ABSENT, api('API_ListContainerInstances'),
    'a filter limits the results; moto has none', { steps: ['instances that no filter matches'] }),
  outcome('a malformed filter', '200', '400 InvalidParameterException', api('API_ListContainerInstances'),
    'a filter is a cluster query language statement; moto has none'),
  field(['containerInstanceArns.length'], '2', '1', api('API_ListContainerInstances'),
    'a page has at most maxResults; moto has no pages', { steps: ['a page of instances'] }),
  field(['nextToken'], ABSENT, /^".+"$/, api('API_ListContainerInstances'),
    'a token leads to the rest of the results; moto has no pages', { steps: ['a page of instances'] }),
  outcome('an unknown status', '200', '400 InvalidParameterException', api('API_ListContainerInstances'),
    'the values of status are listed'),
  outcome('instances of a missing cluster', '200', '400 ClusterNotFoundException', api('API_ListContainerInstances'),
    'the action has this error; an empty list would end every task of a service'),
  field(['failures[].arn'], '"arn:aws:ecs:eu-west-1:111122223333:container-instance/<ID>"', instance('<ID>'), api('API_Failure'),
    'the ARN is that of the failed resource, as it was asked for', { steps: ['details of a missing instance'] }),
  outcome('details of no instances', '400 ClientException', '400 InvalidParameterException', api('API_DescribeContainerInstances'),
    'the action has both errors; ECS answers this one, as https://github.com/getmoto/moto/issues/2473 quotes it'),
  outcome('details of an instance in an empty cluster', '500', '200', api('API_DescribeContainerInstances'),
    'what is missing is a failure in the answer; moto stumbles over a cluster that never had an instance'),

  // The protocol
  field(['Message'], /^"(Cluster|Service) not found\."$/, ABSENT, `${PROTOCOL}#operation-error-serialization`,
    'an error is the structure of the model, which has `message` only; moto sends both'),
  outcome('an unknown action', '500', '400 UnknownOperationException', api('CommonErrors'),
    "it is the client's error; moto has no answer to it"),
  outcome('a body that is no JSON', '200', '400 SerializationException', PROTOCOL,
    'the body must be a JSON document; moto takes it for an empty one'),
  outcome('a count of the wrong type', '500', '400 SerializationException', api('API_UpdateService'),
    'desiredCount is an integer; moto fails on a text after it has stored it'),
];
