package com.amazonaws.services.lambda.crac;

/** Some resource's beforeCheckpoint raised what is suppressed in this. */
public class CheckpointException extends Exception {
    private static final long serialVersionUID = 1L;

    public CheckpointException() {}

    public CheckpointException(String message) {
        super(message);
    }
}
