package com.amazonaws.services.lambda.runtime;

/** The user on whose behalf the function was invoked. */
public interface CognitoIdentity {
    String getIdentityId();

    String getIdentityPoolId();
}
