package com.example;

import io.github.cdkdaemonserviceautoscaler.DaemonServiceAutoscaler;
import java.util.List;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.ec2.InstanceType;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ecs.AddCapacityOptions;
import software.amazon.awscdk.services.ecs.AvailabilityZoneRebalancing;
import software.amazon.awscdk.services.ecs.AwsLogDriverProps;
import software.amazon.awscdk.services.ecs.Cluster;
import software.amazon.awscdk.services.ecs.ContainerDefinitionOptions;
import software.amazon.awscdk.services.ecs.ContainerImage;
import software.amazon.awscdk.services.ecs.Ec2Service;
import software.amazon.awscdk.services.ecs.Ec2TaskDefinition;
import software.amazon.awscdk.services.ecs.EcsOptimizedImage;
import software.amazon.awscdk.services.ecs.LogDrivers;
import software.amazon.awscdk.services.ecs.PlacementConstraint;
import software.constructs.Construct;

/** A cluster with a log agent on each of its container instances. */
public class LogAgentStack extends Stack {
    public LogAgentStack(final Construct scope, final String id) {
        super(scope, id);

        Cluster cluster = Cluster.Builder.create(this, "Cluster")
            .vpc(Vpc.Builder.create(this, "Vpc").maxAzs(2).natGateways(1).build())
            .build();
        cluster.addCapacity("Hosts", AddCapacityOptions.builder()
            .instanceType(new InstanceType("t3.small"))
            .machineImage(EcsOptimizedImage.amazonLinux2023())
            .minCapacity(2)
            .maxCapacity(10)
            .build());

        Ec2TaskDefinition taskDefinition = new Ec2TaskDefinition(this, "LogAgentTask");
        taskDefinition.addContainer("agent", ContainerDefinitionOptions.builder()
            .image(ContainerImage.fromRegistry("fluent/fluent-bit:4.1"))
            .memoryReservationMiB(64)
            .logging(LogDrivers.awsLogs(AwsLogDriverProps.builder().streamPrefix("log-agent").build()))
            .build());

        Ec2Service service = Ec2Service.Builder.create(this, "LogAgent")
            .cluster(cluster)
            .taskDefinition(taskDefinition)
            // No desiredCount: each update of the stack would reset it.
            .placementConstraints(List.of(PlacementConstraint.distinctInstances()))
            .availabilityZoneRebalancing(AvailabilityZoneRebalancing.DISABLED)
            .minHealthyPercent(50)
            .build();

        DaemonServiceAutoscaler.Builder.create(this, "LogAgentAutoscaler").cluster(cluster).service(service).build();
    }
}
