package com.example;

import io.github.cdkdaemonserviceautoscaler.DaemonServiceAutoscaler;
import io.github.cdkdaemonserviceautoscaler.LadderScalingProps;
import io.github.cdkdaemonserviceautoscaler.LinearScalingProps;
import io.github.cdkdaemonserviceautoscaler.ScalingStep;
import io.github.cdkdaemonserviceautoscaler.ServiceScalingOptions;
import io.github.cdkdaemonserviceautoscaler.TaskScaling;
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

/** A cluster with three services under one function, each of which scales in a way of its own. */
public class ClusterServicesStack extends Stack {
    public ClusterServicesStack(final Construct scope, final String id) {
        super(scope, id);

        Cluster cluster = Cluster.Builder.create(this, "Cluster")
            .vpc(Vpc.Builder.create(this, "Vpc").maxAzs(2).natGateways(1).build())
            .build();
        cluster.addCapacity("Hosts", AddCapacityOptions.builder()
            .instanceType(new InstanceType("m7i.xlarge"))
            .machineImage(EcsOptimizedImage.amazonLinux2023())
            .minCapacity(2)
            .maxCapacity(100)
            .build());

        // One task for 16 instances or 64 vCPUs, whichever asks for more.
        DaemonServiceAutoscaler autoscaler = DaemonServiceAutoscaler.Builder.create(this, "Autoscaler")
            .cluster(cluster)
            .service(addAgent(cluster, "Dns", "coredns/coredns:1.13.1"))
            .scaling(TaskScaling.linear(LinearScalingProps.builder()
                .instancesPerTask(16)
                .vcpusPerTask(64)
                .preventSinglePointOfFailure(true)
                .build()))
            .minTaskCount(1)
            .maxTaskCount(50)
            .build();

        // One on every instance.
        autoscaler.addService(addAgent(cluster, "LogAgent", "fluent/fluent-bit:4.1"));

        // In steps, and only where it is fast.
        autoscaler.addService(addAgent(cluster, "Cache", "valkey/valkey:8.1"), ServiceScalingOptions.builder()
            .scaling(TaskScaling.ladder(LadderScalingProps.builder()
                .instanceSteps(List.of(
                    ScalingStep.builder().threshold(1).taskCount(2).build(),
                    ScalingStep.builder().threshold(20).taskCount(5).build()))
                .build()))
            .instanceFilter("attribute:ecs.instance-type =~ m7i.*")
            .build());
    }

    private Ec2Service addAgent(final Cluster cluster, final String id, final String image) {
        Ec2TaskDefinition taskDefinition = new Ec2TaskDefinition(this, id + "Task");
        taskDefinition.addContainer("main", ContainerDefinitionOptions.builder()
            .image(ContainerImage.fromRegistry(image))
            .memoryReservationMiB(128)
            .logging(LogDrivers.awsLogs(AwsLogDriverProps.builder().streamPrefix(id).build()))
            .build());
        return Ec2Service.Builder.create(this, id)
            .cluster(cluster)
            .taskDefinition(taskDefinition)
            // No desiredCount: each update of the stack would reset it.
            .placementConstraints(List.of(PlacementConstraint.distinctInstances()))
            .availabilityZoneRebalancing(AvailabilityZoneRebalancing.DISABLED)
            .minHealthyPercent(50)
            .build();
    }
}
