"""Promise: your AWS code runs unchanged. Messages of a queue come to the function that is mapped to it, in batches, as its
role, and are deleted when it has handled them and not before."""

import json
import time
import uuid

import pytest
from blackbox_server import allow, create, until
from queues import counts, make_queue, make_role
from refusals import refusal

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
INVALID = "InvalidParameterValueException"
GOT = "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"
READ = allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, READ, allow("logs:*"))


@pytest.fixture
def queue(sqs):
    return make_queue(sqs)


@pytest.fixture
def mapped(aws, role):
    """Makes mappings, which go when the test ends: pollers of tests that are over would only get in the way."""
    made = []

    def make(code, arn, wait=True, settings=None, **options):
        name = create(aws, code, Role=role, **(settings or {}))
        mapping = aws.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, **options)
        made.append(mapping["UUID"])
        if wait:
            until(lambda: state(aws, mapping["UUID"]) in ("Enabled", "Disabled"))
        return name, mapping["UUID"]

    yield make
    for uuid_ in made:
        try:
            aws.delete_event_source_mapping(UUID=uuid_)
        except aws.exceptions.ClientError:
            pass


def state(aws, mapping):
    try:
        return aws.get_event_source_mapping(UUID=mapping)["State"]
    except aws.exceptions.ResourceNotFoundException:
        return None


def events(logs, name):
    """All events that the function was given so far."""
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(one["message"][4:]) for one in found if one["message"].startswith("GOT ")]


def bodies(logs, name):
    return [record["body"] for event in events(logs, name) for record in event["Records"]]


def send(sqs, url, *texts, **options):
    for text in texts:
        sqs.send_message(QueueUrl=url, MessageBody=text, **options)


def test_a_message_is_a_record(aws, sqs, logs, queue, mapped):
    url, arn = queue
    name, _ = mapped(GOT, arn)
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello", MessageAttributes={
        "text": {"DataType": "String", "StringValue": "t"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\0\1"}})
    event, = until(lambda: events(logs, name))
    record, = event["Records"]
    assert list(record) == ["messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfMessageAttributes",
                            "md5OfBody", "eventSource", "eventSourceARN", "awsRegion"]
    assert record["receiptHandle"] and record["body"] == "hello" and record["messageId"] == sent["MessageId"]
    assert record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert record["md5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert record["eventSource"] == "aws:sqs" and record["eventSourceARN"] == arn and record["awsRegion"] == "us-east-1"
    assert set(record["attributes"]) == {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}
    assert all(isinstance(value, str) for value in record["attributes"].values())
    assert record["messageAttributes"] == {
        "text": {"stringValue": "t", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "bytes": {"binaryValue": "AAE=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}}
    until(lambda: counts(sqs, url) == (0, 0))


def test_the_life_of_a_mapping(aws, sqs, logs, queue, mapped):
    url, arn = queue
    name, mapping = mapped(GOT, arn, wait=False, Tags={"team": "a"})
    mapping_arn = f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{mapping}"
    until(lambda: state(aws, mapping) == "Enabled")
    shown = aws.get_event_source_mapping(UUID=mapping)
    shown.pop("ResponseMetadata")
    assert shown.pop("LastModified").timestamp() > time.time() - 60
    assert shown == {"UUID": mapping, "EventSourceMappingArn": mapping_arn, "EventSourceArn": arn, "FunctionArn": ARN + name,
                     "BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], "State": "Enabled",
                     "StateTransitionReason": "USER_INITIATED"}
    for chosen in ({"FunctionName": name}, {"EventSourceArn": arn}, {"FunctionName": ARN + name, "EventSourceArn": arn}):
        assert [one["UUID"] for one in aws.list_event_source_mappings(**chosen)["EventSourceMappings"]] == [mapping]
    assert aws.list_event_source_mappings(FunctionName="nobody")["EventSourceMappings"] == []

    assert aws.update_event_source_mapping(UUID=mapping, Enabled=False)["State"] == "Disabling"
    until(lambda: state(aws, mapping) == "Disabled")
    send(sqs, url, "while disabled")
    time.sleep(1)
    assert counts(sqs, url) == (1, 0)
    assert aws.update_event_source_mapping(UUID=mapping, Enabled=True)["State"] == "Enabling"
    until(lambda: bodies(logs, name) == ["while disabled"])
    until(lambda: state(aws, mapping) == "Enabled")

    changed = aws.update_event_source_mapping(UUID=mapping, BatchSize=5, ScalingConfig={"MaximumConcurrency": 2},
                                              FunctionResponseTypes=["ReportBatchItemFailures"])
    assert changed["State"] == "Updating" and changed["BatchSize"] == 5
    until(lambda: state(aws, mapping) == "Enabled")
    shown = aws.get_event_source_mapping(UUID=mapping)
    assert shown["ScalingConfig"] == {"MaximumConcurrency": 2} and shown["FunctionResponseTypes"] == ["ReportBatchItemFailures"]

    assert aws.list_tags(Resource=mapping_arn)["Tags"] == {"team": "a"}
    aws.tag_resource(Resource=mapping_arn, Tags={"stage": "b"})
    aws.untag_resource(Resource=mapping_arn, TagKeys=["team"])
    assert aws.list_tags(Resource=mapping_arn)["Tags"] == {"stage": "b"}

    assert aws.delete_event_source_mapping(UUID=mapping)["State"] == "Deleting"
    until(lambda: state(aws, mapping) is None)
    send(sqs, url, "when it is gone")
    time.sleep(1)
    assert counts(sqs, url) == (1, 0)
    missing = (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    assert refusal(aws.get_event_source_mapping, UUID=mapping) == missing
    assert refusal(aws.update_event_source_mapping, UUID=mapping, BatchSize=1) == missing
    assert refusal(aws.delete_event_source_mapping, UUID=mapping) == missing


def test_a_mapping_that_is_created_disabled_takes_nothing(aws, sqs, queue, mapped):
    url, arn = queue
    _, mapping = mapped(GOT, arn, Enabled=False)
    assert state(aws, mapping) == "Disabled"
    send(sqs, url, "x")
    time.sleep(1)
    assert counts(sqs, url) == (1, 0)


def test_what_cannot_be_mapped(server, aws, sqs, queue, role, mapped):
    _, arn = queue

    def told(function, source=arn, **options):
        return refusal(aws.create_event_source_mapping, FunctionName=function, EventSourceArn=source, **options)[1:]

    name, mapping = mapped(GOT, arn, Enabled=False)
    assert told("nobody") == (INVALID, "Function does not exist")
    assert told(name, "arn:aws:sns:us-east-1:000000000000:t") == (INVALID, "Unrecognized event source.")
    assert told(name, arn + "x") == (INVALID, (
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The "
        "specified queue does not exist."))
    code, text = told(name)
    assert code == "ResourceConflictException" and text == (
        f'An event source mapping with SQS arn (" {arn} ") and function (" {name} ") already exists. Please update or delete the '
        f"existing mapping with UUID {mapping}")
    assert told(name, BatchSize=11)[1] == (
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    assert told(name, FilterCriteria={"Filters": [{"Pattern": "{"}]})[1] == "Invalid filter pattern definition."
    assert told(name, "arn:aws:kafka:us-east-1:000000000000:cluster/c/1")[0] == "NotImplemented"
    unable = create(aws, GOT, Role=make_role(server))
    assert told(unable) == (INVALID, "The provided execution role does not have permissions to call ReceiveMessage on SQS")
    slow = create(aws, GOT, Role=role, Timeout=60)
    assert told(slow)[1] == "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"


def test_batches_are_closed_by_size_and_by_window(sqs, logs, queue, mapped):
    url, arn = queue
    for number in range(25):
        send(sqs, url, str(number))
    name, _ = mapped(GOT, arn, BatchSize=20, MaximumBatchingWindowInSeconds=2)
    until(lambda: len(bodies(logs, name)) == 25)
    assert sorted(len(event["Records"]) for event in events(logs, name)) == [5, 20]
    assert sorted(bodies(logs, name), key=int) == [str(number) for number in range(25)]


def test_filters_delete_what_they_do_not_want(sqs, logs, queue, mapped):
    url, arn = queue
    name, _ = mapped(GOT, arn, FilterCriteria={"Filters": [
        {"Pattern": json.dumps({"body": {"kind": ["a"], "size": [{"numeric": [">", 5]}]}})},
        {"Pattern": json.dumps({"body": [{"prefix": "plain"}]})}]})
    send(sqs, url, '{"kind":"a","size":6}', '{"kind":"a","size":5}', '{"kind":"b","size":6}', "plain text", "other text", "7")
    until(lambda: sorted(bodies(logs, name)) == ["plain text", '{"kind":"a","size":6}'])
    until(lambda: counts(sqs, url) == (0, 0))
    assert len(bodies(logs, name)) == 2
    assert all(record["md5OfMessageAttributes"] is None for event in events(logs, name) for record in event["Records"])


def test_what_failed_comes_again_and_then_to_the_dead_letters(sqs, logs, mapped):
    dead_url, dead_arn = make_queue(sqs)
    url, arn = make_queue(sqs, VisibilityTimeout="3",
                          RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}))
    name, _ = mapped(GOT + "    raise ValueError('no')\n", arn, settings={"Timeout": 2})
    send(sqs, url, "x")
    until(lambda: counts(sqs, dead_url) == (1, 0), seconds=30)
    assert bodies(logs, name) == ["x", "x"]
    assert counts(sqs, url) == (0, 0)


def test_a_function_may_report_which_messages_failed(sqs, logs, mapped):
    url, arn = make_queue(sqs, VisibilityTimeout="3")
    code = GOT + """    again = [r for r in event['Records'] if r['body'] == 'bad' and r['attributes']['ApproximateReceiveCount'] == '1']
    return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in again]}
"""
    for body in ("good", "bad", "fine"):
        send(sqs, url, body)
    name, _ = mapped(code, arn, settings={"Timeout": 2}, FunctionResponseTypes=["ReportBatchItemFailures"])
    until(lambda: len(bodies(logs, name)) == 4, seconds=30)
    assert sorted(bodies(logs, name)) == ["bad", "bad", "fine", "good"]
    until(lambda: counts(sqs, url) == (0, 0))


def test_a_group_keeps_its_order(sqs, logs, mapped):
    url, arn = make_queue(sqs, f"q-{uuid.uuid4().hex[:12]}.fifo", FifoQueue="true", ContentBasedDeduplication="true",
                          VisibilityTimeout="3")
    # The first batch that has a 3 fails once; what comes after it must wait.
    code = GOT + """    if any(r['body'].endswith('-3') and r['attributes']['ApproximateReceiveCount'] == '1' for r in event['Records']):
        raise ValueError('not yet')
    for r in event['Records']:
        print('DONE ' + r['body'])
"""
    for number in range(6):
        for group in "abc":
            send(sqs, url, f"{group}-{number}", MessageGroupId=group)
    name, _ = mapped(code, arn, settings={"Timeout": 2}, BatchSize=2)

    def done():
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="DONE")["events"]
        return [one["message"].split()[1] for one in sorted(found, key=lambda one: one["timestamp"])]

    until(lambda: events(logs, name) and len(done()) == 18, seconds=40)
    for group in "abc":
        assert [one for one in done() if one.startswith(group)] == [f"{group}-{number}" for number in range(6)]
    until(lambda: counts(sqs, url) == (0, 0))


def test_no_more_run_beside_each_other_than_allowed(sqs, logs, queue, mapped):
    url, arn = queue
    code = """import time
def handler(event, context):
    begin = time.time()
    time.sleep(0.3)
    print('RAN', begin, time.time())
"""
    for number in range(12):
        send(sqs, url, str(number))
    name, _ = mapped(code, arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})

    def runs():
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="RAN")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [tuple(map(float, one["message"].split()[1:])) for one in found]

    until(lambda: len(runs()) == 12, seconds=30)
    spans = runs()
    assert max(sum(begin <= at < end for begin, end in spans) for at, _ in spans) == 2
    until(lambda: counts(sqs, url) == (0, 0))


def test_throttles_lose_nothing(aws, sqs, logs, queue, mapped):
    url, arn = queue
    name, _ = mapped(GOT, arn, settings={"MemorySize": 128}, BatchSize=1)
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    texts = [str(number) for number in range(40)]
    send(sqs, url, *texts)
    until(lambda: set(bodies(logs, name)) == set(texts), seconds=40)
    until(lambda: counts(sqs, url) == (0, 0))


def test_a_queue_is_read_as_the_role_and_not_without_it(server, aws, iam, sqs, logs, queue):
    url, arn = queue
    role = make_role(server, READ, allow("logs:*"))
    name = create(aws, GOT, Role=role)
    mapping = aws.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)["UUID"]
    until(lambda: state(aws, mapping) == "Enabled")
    send(sqs, url, "first")
    until(lambda: bodies(logs, name) == ["first"])
    until(lambda: counts(sqs, url) == (0, 0))
    iam.delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="p")
    # A receive that was under way when the right went may still end well.
    send(sqs, url, "maybe")
    until(lambda: f"{arn} for {ARN}{name}: messages cannot be received" in open(server.data + ".log").read(), seconds=40)
    send(sqs, url, "second")
    time.sleep(1)
    assert "second" not in bodies(logs, name)
    aws.delete_event_source_mapping(UUID=mapping)
