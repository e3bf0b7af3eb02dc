package com.amazonaws.services.lambda.runtime;

/** Where code that has no context, as log appenders, finds the logger. */
public final class LambdaRuntime {
    private static volatile LambdaLogger logger = new hearth.lambda.Log();

    private LambdaRuntime() {}

    public static LambdaLogger getLogger() {
        return logger;
    }
}
