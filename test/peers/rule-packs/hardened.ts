import { Duration, Stack } from 'aws-cdk-lib';
import { IVpc } from 'aws-cdk-lib/aws-ec2';
import { ICluster, IService } from 'aws-cdk-lib/aws-ecs';
import { AnyPrincipal, Effect, ManagedPolicy, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DaemonServiceAutoscaler } from 'cdk-daemon-service-autoscaler';

export class HardenedAutoscaler extends Construct {
  public constructor(scope: Construct, id: string, cluster: ICluster, service: IService, vpc: IVpc) {
    super(scope, id);
    const stack = Stack.of(this);

    const key = new Key(this, 'Key', { enableKeyRotation: true });
    key.grant(
      new ServicePrincipal(`logs.${stack.region}.amazonaws.com`).withConditions({
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${stack.partition}:logs:${stack.region}:${stack.account}:log-group:*` },
      }),
      'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*',
    );
    key.addToResourcePolicy(new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['kms:CreateGrant'],
      resources: ['*'],
      conditions: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' } },
    }));

    new DaemonServiceAutoscaler(this, 'Autoscaler', {
      cluster,
      service,
      vpc,
      reservedConcurrentExecutions: 2,
      environmentEncryption: key,
      managedPolicy: new ManagedPolicy(this, 'Policy'),
      logGroup: new LogGroup(this, 'LogGroup', { encryptionKey: key, retention: RetentionDays.ONE_YEAR }),
      deadLetterQueue: new Queue(this, 'DeadLetterQueue', {
        encryptionMasterKey: key,
        enforceSSL: true,
        retentionPeriod: Duration.days(14),
        redriveAllowPolicy: { redrivePermission: RedrivePermission.ALLOW_ALL },
      }),
    });
  }
}
