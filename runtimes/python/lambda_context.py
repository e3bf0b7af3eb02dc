"""The second argument of every handler."""

import os
import sys
import time


class _Fields:
    """Attributes from a JSON object; what is absent in it is None."""

    _names = ()

    def __init__(self, values):
        for name in self._names:
            setattr(self, name, (values or {}).get(name))

    def __repr__(self):
        fields = ",".join("%s=%r" % (name, getattr(self, name)) for name in self.__dict__)
        return "%s([%s])" % (type(self).__name__, fields)


class Client(_Fields):
    _names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Fields):
    _names = ("custom", "env")

    def __init__(self, values):
        super().__init__(values)
        self.client = Client(values["client"]) if values.get("client") else None


class CognitoIdentity(_Fields):
    _names = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, values):
        values = values or {}
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", 0))
        client_context = _json_header(headers, "lambda-runtime-client-context")
        self.client_context = ClientContext(client_context) if client_context is not None else None
        self.identity = CognitoIdentity(_json_header(headers, "lambda-runtime-cognito-identity"))

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        shown = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in shown)


def _json_header(headers, name):
    text = headers.get(name)
    if not text:
        return None
    import json

    # Headers arrive as bytes; JSON in them is UTF-8.
    return json.loads(text.encode("iso-8859-1").decode("utf-8"))
