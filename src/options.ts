import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskScaling } from './task-scaling';

/**
 * How one service scales.
 */
export interface ServiceScalingOptions {
  /**
   * The desired count as a function of the cluster's size.
   *
   * @default TaskScaling.tasksPerInstance(1)
   */
  readonly scaling?: TaskScaling;

  /**
   * Lower bound of the desired count, in tasks: a whole number of at least 0. Holds even where the cluster has no instance.
   *
   * @default 0
   */
  readonly minTaskCount?: number;

  /**
   * Upper bound of the desired count, in tasks: a whole number of at least 0 and at least `minTaskCount`.
   *
   * @default - no upper bound
   */
  readonly maxTaskCount?: number;

  /**
   * An expression of the ECS cluster query language that container instances must satisfy to count. It is ANDed with the
   * `memberOf` placement constraints that ECS reports for the service and, where this app owns the service, with those of its
   * task definition.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
   * @default - every instance that satisfies the service's own constraints
   */
  readonly instanceFilter?: string;

  /**
   * Whether container instances in the status DRAINING count too. ECS places no task on them, so each leaves a task that
   * can't be placed until the instance is gone. Costs one more API call for each reading of the cluster.
   *
   * @default false
   */
  readonly countDrainingInstances?: boolean;

  /**
   * Names of the capacity providers whose container instances count. A service with a capacity provider strategy is skipped
   * (`capacityProvidersUnknown`) where no names are known. Costs one more API call for each 100 instances.
   *
   * @default - the capacity providers in the service's own strategy where this app owns the service, else none
   */
  readonly capacityProviderNames?: string[];
}

/**
 * The reconciler: the Lambda function that keeps the desired count, and what wakes it.
 */
export interface ReconcilerOptions {
  /**
   * How often everything is compared with its cluster even if no event came: a whole number of minutes, at least 1. Heals
   * lost events and counts that were changed by hand. It also bounds how long a failed event is retried: at least 1 minute,
   * at most 1 hour.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
   * @default - Duration.minutes(5), in a fleet Duration.minutes(15)
   */
  readonly resyncInterval?: Duration;

  /**
   * Decide and log as usual, but never write a desired count.
   *
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * Whether the rules are on. `false` keeps everything deployed, and only an invocation by hand does anything.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The least level that is logged. Decisions that changed something and those of a resync are INFO, the rest is DEBUG.
   *
   * @default lambda.ApplicationLogLevel.INFO
   */
  readonly applicationLogLevel?: lambda.ApplicationLogLevel;

  /**
   * The log group of the function.
   *
   * @default - one with a retention of one month that is removed with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * Where events end that the function failed on three times, or that a rule couldn't deliver. A queue of your own that is
   * imported must allow `events.amazonaws.com` to send to it, and its key, if it has one, must allow it `kms:Decrypt` and
   * `kms:GenerateDataKey`: the policies of imports can't be changed from here.
   *
   * @default - a queue with a retention of 14 days, encrypted by SQS, that takes TLS only
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * The role of the function. It must be assumable by `lambda.amazonaws.com`; the statements that the function needs are
   * added to it, so a role that can't be changed (`withoutPolicyUpdates`, `mutable: false`) must already have them.
   *
   * @default - a role with only the statements that README lists, and no managed policy
   */
  readonly role?: iam.IRole;

  /**
   * A customer managed policy that takes the function's statements in the place of the role's inline policy, and is attached
   * to the role: for accounts whose rules forbid inline policies. IAM allows it 6,144 characters, an inline policy 10,240.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   * @default - an inline policy of the role
   */
  readonly managedPolicy?: iam.ManagedPolicy;

  /**
   * A VPC for the function. It must reach the ECS API from there, by the interface endpoint `com.amazonaws.REGION.ecs` or
   * through a NAT gateway; logs and the dead-letter queue need no route. Lambda's network interfaces take six EC2 actions,
   * on all resources, which are added to the role or to `managedPolicy`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the function runs outside of your VPCs
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the function. Only with `vpc`.
   *
   * @default - the VPC's private subnets with a route out, else its isolated ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the function, five at most as Lambda allows. Only with `vpc`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
   * @default - one without ingress, and with egress to TCP port 443 alone
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * A KMS key of yours that encrypts the function's environment, which holds its configuration. `kms:Decrypt` on it is added
   * to the role or to `managedPolicy`; who deploys must be allowed to use it as well.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   * @default - a key that AWS manages
   */
  readonly environmentEncryption?: kms.IKey;

  /**
   * The Node.js runtime of the function, `nodejs20.x` or newer.
   *
   * @default lambda.Runtime.NODEJS_24_X
   */
  readonly runtime?: lambda.Runtime;

  /**
   * The processor architecture of the function.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * The memory of the function in MiB, from 128 to 10,240 as Lambda allows.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   * @default 256
   */
  readonly memorySize?: number;

  /**
   * How long one invocation may take: at least 10 seconds, at most 15 minutes as Lambda allows.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   * @default - Duration.minutes(1), in a fleet Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * Executions reserved for the function: at least 1. Not needed for correctness: invocations that race end on the right
   * count. An account with a concurrency limit of 10 can't reserve any.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   * @default - none are reserved
   */
  readonly reservedConcurrentExecutions?: number;
}
