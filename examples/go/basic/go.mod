module example.com/log-agent

go 1.25

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.224.0
	github.com/aws/constructs-go/constructs/v10 v10.4.2
	github.com/aws/jsii-runtime-go v1.140.0
	// The released version: go get with @latest.
	github.com/cdk-daemon-service-autoscaler/cdk-daemon-service-autoscaler-go/cdkdaemonserviceautoscaler v0.0.0
)
