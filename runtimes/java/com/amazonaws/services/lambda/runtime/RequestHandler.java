package com.amazonaws.services.lambda.runtime;

/** What a function's class implements to take and give plain objects. */
public interface RequestHandler<I, O> {
    O handleRequest(I input, Context context);
}
