package com.example;

import io.github.cdkdaemonserviceautoscaler.FleetDaemonServiceAutoscaler;
import software.amazon.awscdk.Stack;
import software.constructs.Construct;

/** The services named node-agent, in every cluster of the account and Region, whoever deploys them. */
public class FleetStack extends Stack {
    public FleetStack(final Construct scope, final String id) {
        super(scope, id);

        FleetDaemonServiceAutoscaler.Builder.create(this, "NodeAgentAutoscaler")
            .serviceName("node-agent")
            .maxTaskCount(500)
            .build();
    }
}
