package com.example;

import software.amazon.awscdk.App;

public final class LogAgentApp {
    public static void main(final String[] args) {
        App app = new App();
        new LogAgentStack(app, "LogAgent");
        app.synth();
    }
}
