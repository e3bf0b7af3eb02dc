package com.amazonaws.services.lambda.crac;

/** Is told before its process rests, and when it goes on as an environment's. */
public interface Resource {
    void beforeCheckpoint(Context<? extends Resource> context) throws Exception;

    void afterRestore(Context<? extends Resource> context) throws Exception;
}
