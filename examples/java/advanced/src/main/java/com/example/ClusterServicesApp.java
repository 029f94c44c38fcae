package com.example;

import software.amazon.awscdk.App;

public final class ClusterServicesApp {
    public static void main(final String[] args) {
        App app = new App();
        new ClusterServicesStack(app, "ClusterServices");
        new FleetStack(app, "Fleet");
        app.synth();
    }
}
