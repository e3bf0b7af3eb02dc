package com.amazonaws.services.lambda.crac;

/** Tells the resources that are registered with it. What they raise is suppressed in the one exception of all. */
public abstract class Context<R extends Resource> implements Resource {
    protected Context() {}

    @Override
    public abstract void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException;

    @Override
    public abstract void afterRestore(Context<? extends Resource> context) throws RestoreException;

    /** It is held weakly. */
    public abstract void register(R resource);
}
