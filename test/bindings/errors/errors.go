package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-daemon-service-autoscaler/cdk-daemon-service-autoscaler-go/cdkdaemonserviceautoscaler"
)

func main() {
	defer jsii.Close()

	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Errors"), nil)
	cluster := awsecs.Cluster_FromClusterArn(stack, jsii.String("Cluster"), jsii.String("arn:aws:ecs:us-east-1:111122223333:cluster/edge"))
	service := awsecs.Ec2Service_FromEc2ServiceAttributes(stack, jsii.String("Service"), &awsecs.Ec2ServiceAttributes{
		Cluster:     cluster,
		ServiceName: jsii.String("agent"),
	})

	attempt := func(id string, minTaskCount, maxTaskCount *float64) {
		defer func() {
			if reason := recover(); reason != nil {
				fmt.Printf("caught panic: %v\n", reason)
			}
		}()
		cdkdaemonserviceautoscaler.NewDaemonServiceAutoscaler(stack, &id, &cdkdaemonserviceautoscaler.DaemonServiceAutoscalerProps{
			Cluster:      cluster,
			Service:      service,
			MinTaskCount: minTaskCount,
			MaxTaskCount: maxTaskCount,
		})
		fmt.Println("nothing panicked for", id)
	}

	attempt("Negative", nil, jsii.Number(-1))
	attempt("BelowMinimum", jsii.Number(5), jsii.Number(2))
	fmt.Println("still running")
}
