package com.example;

import io.github.cdkdaemonserviceautoscaler.DaemonServiceAutoscaler;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.ecs.Cluster;
import software.amazon.awscdk.services.ecs.Ec2Service;
import software.amazon.awscdk.services.ecs.Ec2ServiceAttributes;
import software.amazon.awscdk.services.ecs.IBaseService;
import software.amazon.awscdk.services.ecs.ICluster;

public final class Errors {
    private static final Stack STACK = new Stack(new App(), "Errors");
    private static final ICluster CLUSTER =
        Cluster.fromClusterArn(STACK, "Cluster", "arn:aws:ecs:us-east-1:111122223333:cluster/edge");
    private static final IBaseService SERVICE = Ec2Service.fromEc2ServiceAttributes(STACK, "Service",
        Ec2ServiceAttributes.builder().cluster(CLUSTER).serviceName("agent").build());

    public static void main(final String[] args) {
        attempt("Negative", null, -1);
        attempt("BelowMinimum", 5, 2);
        System.out.println("still running");
    }

    private static void attempt(final String id, final Number minTaskCount, final Number maxTaskCount) {
        try {
            DaemonServiceAutoscaler.Builder.create(STACK, id)
                .cluster(CLUSTER).service(SERVICE).minTaskCount(minTaskCount).maxTaskCount(maxTaskCount).build();
            System.out.println("nothing thrown for " + id);
        } catch (RuntimeException error) {
            System.out.println("caught " + error.getClass().getSimpleName() + ": " + error.getMessage());
        }
    }
}
