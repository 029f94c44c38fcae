package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-daemon-service-autoscaler/cdk-daemon-service-autoscaler-go/cdkdaemonserviceautoscaler"
)

// NewLogAgentStack makes a cluster with a log agent on each of its container instances.
func NewLogAgentStack(scope constructs.Construct, id string, props *awscdk.StackProps) awscdk.Stack {
	stack := awscdk.NewStack(scope, &id, props)

	cluster := awsecs.NewCluster(stack, jsii.String("Cluster"), &awsecs.ClusterProps{
		Vpc: awsec2.NewVpc(stack, jsii.String("Vpc"), &awsec2.VpcProps{
			MaxAzs:      jsii.Number(2),
			NatGateways: jsii.Number(1),
		}),
	})
	cluster.AddCapacity(jsii.String("Hosts"), &awsecs.AddCapacityOptions{
		InstanceType: awsec2.NewInstanceType(jsii.String("t3.small")),
		MachineImage: awsecs.EcsOptimizedImage_AmazonLinux2023(awsecs.AmiHardwareType_STANDARD, nil),
		MinCapacity:  jsii.Number(2),
		MaxCapacity:  jsii.Number(10),
	})

	taskDefinition := awsecs.NewEc2TaskDefinition(stack, jsii.String("LogAgentTask"), nil)
	taskDefinition.AddContainer(jsii.String("agent"), &awsecs.ContainerDefinitionOptions{
		Image:                awsecs.ContainerImage_FromRegistry(jsii.String("fluent/fluent-bit:4.1"), nil),
		MemoryReservationMiB: jsii.Number(64),
		Logging: awsecs.LogDrivers_AwsLogs(&awsecs.AwsLogDriverProps{
			StreamPrefix: jsii.String("log-agent"),
		}),
	})

	service := awsecs.NewEc2Service(stack, jsii.String("LogAgent"), &awsecs.Ec2ServiceProps{
		Cluster:        cluster,
		TaskDefinition: taskDefinition,
		// No DesiredCount: each update of the stack would reset it.
		PlacementConstraints:        &[]awsecs.PlacementConstraint{awsecs.PlacementConstraint_DistinctInstances()},
		AvailabilityZoneRebalancing: awsecs.AvailabilityZoneRebalancing_DISABLED,
		MinHealthyPercent:           jsii.Number(50),
	})

	cdkdaemonserviceautoscaler.NewDaemonServiceAutoscaler(stack, jsii.String("LogAgentAutoscaler"),
		&cdkdaemonserviceautoscaler.DaemonServiceAutoscalerProps{
			Cluster: cluster,
			Service: service,
		})

	return stack
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	NewLogAgentStack(app, "LogAgent", nil)
	app.Synth(nil)
}
