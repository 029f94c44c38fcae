import { AwsClients } from './ministack';

export type Inventory = Readonly<Record<string, string[]>>;

/** The names of all that an account has of what the app's stack creates. */
export async function inventory(aws: AwsClients): Promise<Inventory> {
  const { StackSummaries } = await aws.cloudFormation.listStacks({});
  const { Functions } = await aws.lambda.listFunctions({});
  const { Rules } = await aws.events.listRules({});
  const { logGroups } = await aws.logs.describeLogGroups({});
  const { QueueUrls } = await aws.sqs.listQueues({});
  const { Roles } = await aws.iam.listRoles({});
  const policies = await Promise.all(Roles.map(async ({ RoleName }: any) =>
    (await aws.iam.listRolePolicies({ RoleName })).PolicyNames.map((name: string) => `${RoleName}/${name}`)));
  const { clusterArns } = await aws.ecs.listClusters({});
  const services = await Promise.all(clusterArns.map(async (cluster: string) => (await aws.ecs.listServices({ cluster })).serviceArns));
  const { taskDefinitionArns } = await aws.ecs.listTaskDefinitions({ status: 'ACTIVE' });
  const names = (items: any[] | undefined, name: string) => (items ?? []).map((item) => item[name]).sort();
  return {
    'stacks': names(StackSummaries.filter(({ StackStatus }: any) => StackStatus !== 'DELETE_COMPLETE'), 'StackName'),
    'functions': names(Functions, 'FunctionName'),
    'rules': names(Rules, 'Name'),
    'log groups': names(logGroups, 'logGroupName'),
    'queues': [...QueueUrls ?? []].sort(),
    'roles': names(Roles, 'RoleName'),
    'role policies': policies.flat().sort(),
    'clusters': [...clusterArns].sort(),
    'services': services.flat().sort(),
    'task definitions': [...taskDefinitionArns].sort(),
  };
}
