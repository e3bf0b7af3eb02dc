package com.amazonaws.services.lambda.crac;

/** Some resource's afterRestore raised what is suppressed in this. */
public class RestoreException extends Exception {
    private static final long serialVersionUID = 1L;

    public RestoreException() {}

    public RestoreException(String message) {
        super(message);
    }
}
