"""Promise: your AWS code runs unchanged: messages are sent, received, deleted and given time as on SQS."""

import threading
import time
import uuid

import pytest
from blackbox_server import Server, until
from refusals import refusal

INVALID = "InvalidParameterValue"


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:12])["QueueUrl"]


def receive(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10, **options}).get("Messages", [])


def test_a_message_comes_as_it_was_sent(sqs, url):
    body = 'grüße, 世界, 🦊\n\t<&>"\r'
    sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes={
        "text": {"DataType": "String.label", "StringValue": "ü"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"},
        "number": {"DataType": "Number", "StringValue": "0099.50"}},
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}}, MessageGroupId="tenant")
    (got,) = receive(sqs, url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    assert got["Body"] == body and got["MessageId"] == sent["MessageId"] and got["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert got["MessageAttributes"] == {
        "text": {"DataType": "String.label", "StringValue": "ü"}, "bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"},
        "number": {"DataType": "Number", "StringValue": "0099.50"}}
    system = got["Attributes"]
    assert int(system.pop("SentTimestamp")) <= int(system.pop("ApproximateFirstReceiveTimestamp")) <= time.time() * 1000 + 1
    assert system == {"ApproximateReceiveCount": "1", "AWSTraceHeader": "Root=1-2-3", "SenderId": "000000000000", "MessageGroupId": "tenant"}
    assert len(sent["MD5OfMessageSystemAttributes"]) == 32


def test_a_receiver_sees_what_it_asks_for(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="b", MessageAttributes={
        name: {"DataType": "Number", "StringValue": "99.12"} for name in ("attr1", "a.b", "a.c")})

    def look(**options):
        return receive(sqs, url, VisibilityTimeout=0, **options)[0]

    assert set(look()) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}
    one = look(MessageAttributeNames=["attr1"])
    assert one["MD5OfMessageAttributes"] == "d302007e9aa062660afc85fd0a482472", "of what is shown"
    assert set(look(MessageAttributeNames=["a.*"])["MessageAttributes"]) == {"a.b", "a.c"}
    assert set(look(MessageAttributeNames=[".*"])["MessageAttributes"]) == {"attr1", "a.b", "a.c"}
    assert "MessageAttributes" not in look(MessageAttributeNames=["other"])
    assert set(look(AttributeNames=["SenderId"])["Attributes"]) == {"SenderId"}
    assert refusal(look, AttributeNames=["Nonsense"]) == (400, "InvalidAttributeName", "Unknown Attribute Nonsense.")


def test_a_deleted_message_does_not_come_back(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="a")
    (got,) = receive(sqs, url, VisibilityTimeout=1)
    assert receive(sqs, url) == []
    (again,) = receive(sqs, url, WaitTimeSeconds=5, AttributeNames=["ApproximateReceiveCount"])
    assert again["Attributes"] == {"ApproximateReceiveCount": "2"} and again["ReceiptHandle"] != got["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    sqs.send_message(QueueUrl=url, MessageBody="b")
    assert [each["Body"] for each in receive(sqs, url, WaitTimeSeconds=1)] == ["b"]


def test_handles_that_are_none(sqs, url):
    other = sqs.create_queue(QueueName="o-" + uuid.uuid4().hex[:12])["QueueUrl"]
    sqs.send_message(QueueUrl=other, MessageBody="a")
    foreign = receive(sqs, other)[0]["ReceiptHandle"]
    for handle in ("x", foreign):
        expected = (404, "ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
        assert refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle) == expected
        assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1) == expected


def test_visibility_changes(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="a")
    handle = receive(sqs, url)[0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    (got,) = receive(sqs, url)
    assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43201)[:2] == (400, INVALID)
    assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=43200) == (
        400, INVALID, "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is "
        "beyond the limit [43200 seconds]")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1) == (
        400, INVALID, f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available "
        "for visibility timeout change.")


@pytest.mark.parametrize("options, text", [
    ({"MaxNumberOfMessages": 11}, "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."),
    ({"MaxNumberOfMessages": 0}, "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."),
    ({"WaitTimeSeconds": 21}, "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."),
    ({"VisibilityTimeout": 43201}, "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided."),
], ids=lambda value: str(value)[:24])
def test_what_a_receiver_may_not_ask(sqs, url, options, text):
    assert refusal(sqs.receive_message, QueueUrl=url, **options) == (400, INVALID, text)


def test_sizes(sqs, url):
    largest = 1_048_576
    sqs.send_message(QueueUrl=url, MessageBody="x" * largest)
    assert len(receive(sqs, url)[0]["Body"]) == largest
    too_long = (400, INVALID, f"One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes.")
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x" * (largest + 1)) == too_long
    attribute = {"a": {"DataType": "String", "StringValue": "v"}}  # 1 + 6 + 1 bytes
    sqs.send_message(QueueUrl=url, MessageBody="x" * (largest - 8), MessageAttributes=attribute)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x" * (largest - 7), MessageAttributes=attribute) == too_long
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="") == (400, "MissingParameter", "The request must contain the parameter MessageBody.")
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="\x01")[:2] == (400, "InvalidMessageContents")


def test_the_queues_own_size(sqs, url):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x" * 1025)[:2] == (400, INVALID)
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "long", "MessageBody": "x" * 1025}, {"Id": "short", "MessageBody": "x"}])
    assert [entry["Id"] for entry in answer["Successful"]] == ["short"]
    assert answer["Failed"] == [{"Id": "long", "SenderFault": True, "Code": INVALID, "Message":
                                 "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes."}]


def test_batches(sqs, url):
    entries = [{"Id": str(at), "MessageBody": f"b{at}"} for at in range(10)]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == [str(at) for at in range(10)] and "Failed" not in answer
    got = receive(sqs, url)
    assert [each["Body"] for each in got] == [f"b{at}" for at in range(10)]
    handles = [{"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(got)]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**handle, "VisibilityTimeout": 0} for handle in handles[:3]])
    assert len(changed["Successful"]) == 3
    assert len(receive(sqs, url)) == 3
    answer = sqs.delete_message_batch(QueueUrl=url, Entries=[*handles[:9], {"Id": "bad", "ReceiptHandle": "x"}])
    assert len(answer["Successful"]) == 9
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [("bad", "ReceiptHandleIsInvalid", True)]


def test_batches_that_are_none(sqs, url):
    def send(entries):
        return refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries)

    prefix = "AWS.SimpleQueueService."
    one = {"Id": "1", "MessageBody": "x"}
    assert send([]) == (400, prefix + "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.")
    for none in (sqs.send_message_batch, sqs.delete_message_batch, sqs.change_message_visibility_batch):
        assert refusal(none, QueueUrl=url)[:2] == (400, prefix + "EmptyBatchRequest")
    assert send([{"Id": str(at), "MessageBody": "x"} for at in range(20)]) == (
        400, prefix + "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 20.")
    assert send([one, one])[:2] == (400, prefix + "BatchEntryIdsNotDistinct")
    assert send([{**one, "Id": "a b"}]) == (
        400, prefix + "InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
        "It can be at most 80 letters long.")
    half = "x" * 600_000
    assert send([{"Id": "1", "MessageBody": half}, {"Id": "2", "MessageBody": half}]) == (
        400, prefix + "BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.")


def test_a_delay_is_a_delay(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    assert receive(sqs, url) == []
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])["Attributes"]
    assert counts == {"ApproximateNumberOfMessagesDelayed": "1"}
    assert receive(sqs, url, WaitTimeSeconds=5)[0]["Body"] == "later"
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x", DelaySeconds=901)[:2] == (400, INVALID)


def test_waiting_receivers_get_what_comes_each_message_once(sqs, url):
    """Ten wait, five messages come: five have one each, and the others wait on for theirs."""
    got, wait = [], 10

    def one():
        got.extend(receive(sqs, url, WaitTimeSeconds=wait, MaxNumberOfMessages=1))

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for at in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=f"b{at}")
    until(lambda: len(got) == 5)
    assert sum(thread.is_alive() for thread in threads) == 5
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(at), "MessageBody": f"b{5 + at}"} for at in range(5)])
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(each["Body"] for each in got) == [f"b{at}" for at in range(10)]


def test_a_wait_that_is_in_vain_ends_with_nothing(sqs, url):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ReceiveMessageWaitTimeSeconds": "1"})
    began = time.monotonic()
    assert receive(sqs, url) == []
    assert time.monotonic() - began >= 1
    assert receive(sqs, url, WaitTimeSeconds=0) == []


def test_who_waits_is_told_when_the_queue_goes(sqs, url):
    outcomes = []

    def wait():
        outcomes.append(refusal(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    sqs.delete_queue(QueueUrl=url)
    thread.join(timeout=10)
    assert [outcome[:2] for outcome in outcomes] == [(400, "AWS.SimpleQueueService.NonExistentQueue")]


def test_a_stop_lets_go_of_who_waits_and_keeps_what_was_sent(tmp_path):
    own = Server(str(tmp_path / "data")).start()
    queue = own.client("sqs")
    url = queue.create_queue(QueueName="q")["QueueUrl"]
    thread = threading.Thread(target=lambda: queue.receive_message(QueueUrl=url, WaitTimeSeconds=20))
    thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    assert own.stop() == 0
    thread.join(timeout=5)
    assert not thread.is_alive() and time.monotonic() - began < 15
    own.start()
    queue = own.client("sqs")
    url = queue.get_queue_url(QueueName="q")["QueueUrl"]
    queue.send_message(QueueUrl=url, MessageBody="kept")
    assert own.stop() == 0
    own.start()
    assert receive(own.client("sqs"), url)[0]["Body"] == "kept"
    assert own.stop() == 0


@pytest.mark.parametrize("name, value, text", [
    ("a b", "v", "Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. "),
    ("AWS.x", "v", "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. "
                   "Additionally, they cannot start or end with '.'."),
    ("x" * 257, "v", "Message (user) attribute names must be shorter than 256 Bytes"),
    ("a", "\x01", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to "
                  "#x10FFFF")])
def test_attributes_that_are_none(sqs, url, name, value, text):
    attributes = {name: {"DataType": "String", "StringValue": value}}
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x", MessageAttributes=attributes) == (400, "InvalidParameterValue", text)
