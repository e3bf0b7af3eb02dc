package com.amazonaws.services.lambda.crac;

/**
 * Where functions register what is to be told. Code that uses org.crac finds it through that package's property
 * org.crac.Core.Compat.
 */
public final class Core {
    private static final Context<Resource> CONTEXT = new hearth.lambda.Hooks();

    private Core() {}

    public static Context<Resource> getGlobalContext() {
        return CONTEXT;
    }

    /** The platform decides when. */
    public static void checkpointRestore() throws CheckpointException, RestoreException {
        throw new UnsupportedOperationException();
    }
}
