"""Promise: your AWS code runs unchanged. What becomes of asynchronous invokes arrives in queues: the record of each that is
over, and the events of those that failed for good, by the right of the function's role."""

import json
import re
import uuid

import pytest
from blackbox_server import allow, create, policy_of, until
from queues import counts, make_queue, make_role, take
from refusals import refusal

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
ECHO = "def handler(event, context):\n    return event\n"
FAIL = "def handler(event, context):\n    raise ValueError('no ' + 'x' * event.get('long', 0))\n"
INVALID = "InvalidParameterValueException"


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def queue(sqs):
    return make_queue(sqs)


@pytest.fixture
def role(server):
    return make_role(server, allow("sqs:SendMessage"))


def put(aws, name, **config):
    aws.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0,
        DestinationConfig={kind: {"Destination": arn} for kind, arn in config.items()})


def event(aws, name, payload):
    answer = aws.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(payload))
    return answer["ResponseMetadata"]["RequestId"]


def settle(aws, name):
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})


def test_the_record_of_a_success_is_a_message(aws, sqs, queue, role):
    url, arn = queue
    name = create(aws, ECHO, Role=role)
    put(aws, name, OnSuccess=arn)
    request_id = event(aws, name, {"a": 1})
    message = take(sqs, url)
    record = json.loads(message["Body"])
    assert record["requestContext"] == {"requestId": request_id, "functionArn": f"{ARN}{name}:$LATEST",
                                        "condition": "Success", "approximateInvokeCount": 1}
    assert record["requestPayload"] == record["responsePayload"] == {"a": 1}
    assert "MessageAttributes" not in message
    assert message["Attributes"]["AWSTraceHeader"].startswith("Root=1-")
    assert take(sqs, url, wait=1) is None


def test_a_failure_goes_to_its_destination_and_its_event_to_the_dead_letters(aws, sqs, queue, role):
    (url, arn), (dead_url, dead_arn) = queue, make_queue(sqs)
    name = create(aws, FAIL, Role=role, DeadLetterConfig={"TargetArn": dead_arn})
    assert aws.get_function_configuration(FunctionName=name)["DeadLetterConfig"] == {"TargetArn": dead_arn}
    put(aws, name, OnFailure=arn)
    request_id = event(aws, name, {"b": 2})
    record = json.loads(take(sqs, url)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    letter = take(sqs, dead_url)
    assert json.loads(letter["Body"]) == {"b": 2}
    assert letter["MessageAttributes"] == {
        "RequestID": {"StringValue": request_id, "DataType": "String"},
        "ErrorCode": {"StringValue": "200", "DataType": "Number"},
        "ErrorMessage": {"StringValue": "no ", "DataType": "String"}}


def test_a_long_error_is_cut(aws, sqs, queue, role):
    url, arn = queue
    name = create(aws, FAIL, Role=role, DeadLetterConfig={"TargetArn": arn})
    aws.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    event(aws, name, {"long": 5000})
    assert take(sqs, url)["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no " + "x" * 1021


def test_a_success_is_no_dead_letter(aws, sqs, queue, role):
    url, arn = queue
    name = create(aws, ECHO, Role=role, DeadLetterConfig={"TargetArn": arn})
    put(aws, name, OnSuccess=arn)
    event(aws, name, {})
    assert "requestContext" in json.loads(take(sqs, url)["Body"])
    assert take(sqs, url, wait=1) is None


def test_dead_letters_can_be_taken_back_and_set_later(aws, queue, role):
    _, arn = queue
    name = create(aws, FAIL, Role=role)
    assert "DeadLetterConfig" not in aws.get_function_configuration(FunctionName=name)
    assert aws.update_function_configuration(FunctionName=name,
                                             DeadLetterConfig={"TargetArn": arn})["DeadLetterConfig"] == {"TargetArn": arn}
    settle(aws, name)
    version = aws.publish_version(FunctionName=name)
    assert version["DeadLetterConfig"] == {"TargetArn": arn}
    assert "DeadLetterConfig" not in aws.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
    settle(aws, name)
    assert "DeadLetterConfig" not in aws.get_function_configuration(FunctionName=name)


def test_queues_that_cannot_be_used_are_refused(server, aws, sqs, queue):
    _, arn = queue
    _, fifo = make_queue(sqs, "q-d.fifo", FifoQueue="true")
    able, unable = create(aws, ECHO, Role=make_role(server, allow("sqs:SendMessage"))), create(aws, ECHO, Role=make_role(server))
    nowhere = arn + "x"
    for target in (nowhere, fifo):
        assert refusal(put, aws=aws, name=able, OnSuccess=target)[1:] == (INVALID, f"The destination ARN {target} is invalid.")
        assert refusal(aws.update_function_configuration, FunctionName=able, DeadLetterConfig={"TargetArn": target})[1:] == (
            INVALID, f"The provided dead letter target ARN {target} is invalid.")
    assert refusal(put, aws=aws, name=unable, OnFailure=arn)[1:] == (
        INVALID, f"The function's execution role does not have permissions to call SendMessage on {arn}")
    assert refusal(aws.update_function_configuration, FunctionName=unable, DeadLetterConfig={"TargetArn": arn})[1:] == (
        INVALID, "The provided execution role does not have permissions to call SendMessage on SQS")
    for target in (f"{ARN}{able}", "arn:aws:s3:::b"):
        assert refusal(aws.update_function_configuration, FunctionName=unable, DeadLetterConfig={"TargetArn": target})[1] == INVALID
    topic = "arn:aws:sns:us-east-1:000000000000:t"
    assert refusal(aws.update_function_configuration, FunctionName=able, DeadLetterConfig={"TargetArn": topic})[1:] == (
        "NotImplemented", "Hearth does not implement SNS topics for dead letters yet")


def test_a_queue_gets_nothing_once_the_role_may_not_or_it_is_gone_and_others_do(server, aws, iam, sqs, queue, role):
    (url, arn), (lost_url, lost) = queue, make_queue(sqs)
    name = create(aws, ECHO, Role=role)
    put(aws, name, OnSuccess=arn)
    role_name = role.rpartition("/")[2]
    iam.put_role_policy(RoleName=role_name, PolicyName="p", PolicyDocument=policy_of(allow("sqs:SendMessage", resource=lost)))
    request_id = event(aws, name, 1)
    refused = f"the record of invoke {request_id} of {ARN}{name} cannot go to {arn}: User: "
    until(lambda: refused in open(server.data + ".log").read())
    put(aws, name, OnSuccess=lost)
    sqs.delete_queue(QueueUrl=lost_url)
    request_id = event(aws, name, 2)
    gone = f"the record of invoke {request_id} of {ARN}{name} cannot go to {lost}: "
    until(lambda: gone in open(server.data + ".log").read())
    iam.put_role_policy(RoleName=role_name, PolicyName="p", PolicyDocument=policy_of(allow("sqs:SendMessage")))
    put(aws, name, OnSuccess=arn)
    event(aws, name, 3)
    assert json.loads(take(sqs, url)["Body"])["requestPayload"] == 3
    assert counts(sqs, url) == (0, 0)


@pytest.mark.parametrize("size", [10, 100_000])
def test_the_record_of_a_failure_is_an_object(server, aws, size):
    s3 = server.client("s3")
    bucket = "records-" + uuid.uuid4().hex[:12]
    s3.create_bucket(Bucket=bucket)
    name = create(aws, FAIL)
    settle(aws, name)
    prefix = f"aws/lambda/async/{name}/"
    role = make_role(server, allow("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/{prefix}*"))
    aws.update_function_configuration(FunctionName=name, Role=role)
    settle(aws, name)
    put(aws, name, OnFailure=f"arn:aws:s3:::{bucket}")
    payload = {"filler": "x" * size}
    request_id = event(aws, name, payload)
    until(lambda: s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1)
    key = s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"]
    assert re.fullmatch(prefix + r"\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-" + request_id, key)
    record = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert record["requestContext"]["requestId"] == request_id and record["requestPayload"] == payload


def test_buckets_take_failures_only_and_by_right(server, aws):
    s3 = server.client("s3")
    bucket = "records-" + uuid.uuid4().hex[:12]
    s3.create_bucket(Bucket=bucket)
    arn = f"arn:aws:s3:::{bucket}"
    able, unable = create(aws, ECHO, Role=make_role(server, allow("s3:PutObject"))), create(aws, ECHO, Role=make_role(server))
    assert refusal(put, aws=aws, name=unable, OnFailure=arn)[1:] == (
        INVALID, f"The function's execution role does not have permissions to call PutObject on {arn}")
    for target in (arn + "x", arn + "/key"):
        assert refusal(put, aws=aws, name=able, OnFailure=target)[1:] == (INVALID, f"The destination ARN {target} is invalid.")
    assert refusal(put, aws=aws, name=able, OnSuccess=arn)[1:] == (
        INVALID, "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination="
                 f"{arn}), onFailure=null) is invalid.")
