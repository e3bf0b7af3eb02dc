"""Promise: your AWS code runs unchanged. Asynchronous invokes end where the function's configuration says."""

import json

import pytest
from blackbox_server import create, invoke, until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
PRINT = "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"
FAIL = "def handler(event, context):\n    raise ValueError('no')\n"
INVALID = "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid."


def put(aws, name, success=None, failure=None, **options):
    config = {kind: {"Destination": arn} for kind, arn in (("OnSuccess", success), ("OnFailure", failure)) if arn}
    return aws.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config, **options)


def refusal(aws, name, **destinations):
    with pytest.raises(aws.exceptions.ClientError) as raised:
        put(aws, name, **destinations)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def received(logs, name):
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return None
    return [json.loads(event["message"][4:]) for event in events if event["message"].startswith("GOT ")]


def event(aws, name, payload, **options):
    answer = aws.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(payload), **options)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert answer["StatusCode"] == 202 and answer["Payload"].read() == b""
    assert not [header for header in headers if header.startswith("x-amz-")]
    return answer["ResponseMetadata"]["RequestId"]


@pytest.mark.filterwarnings("ignore")
def test_the_older_way_to_send_an_event(aws, logs):
    name = create(aws, PRINT)
    answer = aws.invoke_async(FunctionName=name, InvokeArgs=json.dumps({"old": "way"}))
    assert answer["Status"] == answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert until(lambda: received(logs, name)) == [{"old": "way"}]
    for event_, code in [("no json", "InvalidRequestContentException"), ('"' + "x" * 1024 * 1024 + '"', "RequestTooLargeException")]:
        with pytest.raises(aws.exceptions.ClientError) as raised:
            aws.invoke_async(FunctionName=name, InvokeArgs=event_)
        assert raised.value.response["Error"]["Code"] == code


def test_the_record_of_a_success(aws, logs):
    target = create(aws, PRINT)
    name = create(aws, "def handler(event, context):\n    return {'twice': event * 2}\n")
    put(aws, name, success=ARN + target)
    request_id = event(aws, name, 21)
    record, = until(lambda: received(logs, target))
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "version": "1.0",
        "requestContext": {"requestId": request_id, "functionArn": f"{ARN}{name}:$LATEST", "condition": "Success",
                           "approximateInvokeCount": 1},
        "requestPayload": 21,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"twice": 42}}


def test_the_record_of_a_failure_goes_to_the_alias_that_is_named(aws, logs):
    target = create(aws, PRINT)
    aws.publish_version(FunctionName=target)
    aws.create_alias(FunctionName=target, Name="live", FunctionVersion="1")
    name = create(aws, FAIL)
    put(aws, name, failure=f"{ARN}{target}:live", MaximumRetryAttempts=0)
    event(aws, name, {"a": 1})
    record, = until(lambda: received(logs, target))
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_an_event_that_would_be_too_old_for_its_retry_is_over(aws, logs):
    target, name = create(aws, PRINT), create(aws, FAIL)
    put(aws, name, failure=ARN + target, MaximumEventAgeInSeconds=60)
    event(aws, name, {})
    record, = until(lambda: received(logs, target))
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1


def test_a_function_without_concurrency_is_not_tried(aws, logs):
    target, name = create(aws, PRINT), create(aws, FAIL)
    put(aws, name, failure=ARN + target)
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    event(aws, name, {})
    record, = until(lambda: received(logs, target))
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in record and "responsePayload" not in record


def test_a_record_that_is_too_large_for_an_event_is_dropped(aws, logs):
    target = create(aws, PRINT)
    name = create(aws, "def handler(event, context):\n    return 'x' * event\n", MemorySize=512)
    put(aws, name, success=ARN + target)
    event(aws, name, 5_000_000)
    event(aws, name, 3)
    record, = until(lambda: received(logs, target))
    assert record["responsePayload"] == "xxx"
    assert len(invoke(aws, name, 5_000_000)[1]) == 5_000_000


def test_destinations_that_cannot_be_delivered_to_are_refused(aws):
    name = create(aws, PRINT)
    nowhere = ARN + "nowhere"
    for own in (ARN + name, f"{ARN}{name}:live"):
        assert refusal(aws, name, success=own) == (
            "InvalidParameterValueException", "You can't specify the function as a destination for itself.")
    elsewhere = nowhere.replace("us-east-1", "eu-west-1")
    for arn in (nowhere, elsewhere):
        assert refusal(aws, name, failure=arn) == ("InvalidParameterValueException",
                                                   f"The destination ARN {arn} is invalid.")
    bucket, table = "arn:aws:s3:::b", "arn:aws:dynamodb:us-east-1:000000000000:table/t"
    assert refusal(aws, name, success=bucket)[1] == INVALID.format(f"OnSuccess(destination={bucket})", "null")
    assert refusal(aws, name, failure=table)[1] == INVALID.format("null", f"OnFailure(destination={table})")
    for arn, what in (("arn:aws:sns:us-east-1:000000000000:t", "SNS topics as destinations"),
                      ("arn:aws:events:us-east-1:000000000000:event-bus/default", "event buses as destinations")):
        assert refusal(aws, name, failure=arn) == ("NotImplemented", f"Hearth does not implement {what} yet")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_function_event_invoke_config(FunctionName=name)


def test_an_update_keeps_what_it_does_not_name(aws):
    target, name = create(aws, PRINT), create(aws, PRINT)
    put(aws, name, success=ARN + target, MaximumRetryAttempts=1)
    merged = aws.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=90)
    assert merged["MaximumRetryAttempts"] == 1 and merged["MaximumEventAgeInSeconds"] == 90
    assert merged["DestinationConfig"] == {"OnSuccess": {"Destination": ARN + target}, "OnFailure": {}}
    cleared = aws.update_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": ""}})
    assert cleared["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
