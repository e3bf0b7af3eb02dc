"""Promise: your AWS code runs unchanged. A function that sets itself off is stopped after sixteen times."""

import time

import pytest
from blackbox_server import create, invoke, logged, until
from botocore.exceptions import ClientError

ECHO = "import os\ndef handler(event, context):\n    print('ran')\n    return os.environ['_X_AMZN_TRACE_ID']\n"
PASSES_MAX = 16


def invoked_by_itself(aws, name, trace):
    """Invokes it as it would itself: with the trace that it was given."""
    def add(request, **_):
        if trace:
            request.headers["X-Amzn-Trace-Id"] = trace

    aws.meta.events.register("before-sign.lambda.Invoke", add)
    try:
        return invoke(aws, name)[1]
    finally:
        aws.meta.events.unregister("before-sign.lambda.Invoke", add)


def runs(logs, name):
    return sum(message.strip() == "ran" for message in logged(logs, name, "ran"))


def lead(aws, name, **destinations):
    """Where the records of its asynchronous invokes go: to the functions of these names."""
    arns = {kind: aws.get_function_configuration(FunctionName=to)["FunctionArn"] for kind, to in destinations.items()}
    aws.put_function_event_invoke_config(FunctionName=name,
                                         DestinationConfig={kind: {"Destination": arn} for kind, arn in arns.items()})


def test_calls_that_carry_the_trace_are_counted(aws):
    name, other = create(aws, ECHO), create(aws, ECHO)
    trace = None
    for _ in range(PASSES_MAX):
        trace = invoked_by_itself(aws, name, trace)
    with pytest.raises(ClientError) as refused:
        invoked_by_itself(aws, name, trace)
    error = refused.value.response
    assert error["Error"]["Code"] == "RecursiveInvocationException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert invoked_by_itself(aws, other, trace), "another function may still be called"
    assert invoke(aws, name)[1], "a new trace begins anew"


def test_a_function_that_is_meant_to_may_go_on(aws):
    name = create(aws, ECHO)
    assert aws.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Terminate"
    assert aws.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
    assert aws.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
    trace = None
    for _ in range(PASSES_MAX + 2):
        trace = invoked_by_itself(aws, name, trace)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.get_function_recursion_config(FunctionName="absent")


def test_a_loop_over_destinations_ends_and_is_told(aws, logs):
    code = "def handler(event, context):\n    print(event['requestContext']['condition'])\n"
    one, other, told = create(aws, ECHO), create(aws, ECHO), create(aws, code)
    lead(aws, one, OnSuccess=other, OnFailure=told)
    lead(aws, other, OnSuccess=one)
    aws.invoke(FunctionName=one, InvocationType="Event", Payload=b"1")
    assert logged(logs, told, "Recursive")[0].strip() == "RecursiveInvocationException"
    until(lambda: runs(logs, one) == runs(logs, other) == PASSES_MAX)


def test_a_loop_does_not_go_on_over_the_records_of_its_end(aws, logs):
    one, other = create(aws, ECHO), create(aws, ECHO)
    lead(aws, one, OnSuccess=other, OnFailure=other)
    lead(aws, other, OnSuccess=one, OnFailure=one)
    aws.invoke(FunctionName=one, InvocationType="Event", Payload=b"1")
    until(lambda: runs(logs, one) == runs(logs, other) == PASSES_MAX)
    time.sleep(1)  # what would go on would do so at once
    assert runs(logs, one) == runs(logs, other) == PASSES_MAX
