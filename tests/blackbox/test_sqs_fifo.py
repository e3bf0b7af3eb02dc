"""Promise: your AWS code runs unchanged: FIFO queues keep the order of their groups, and what is sent twice comes once."""

import concurrent.futures
import json
import time
import uuid

import pytest
from blackbox_server import until
from refusals import refusal

INVALID = "InvalidParameterValue"


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def url(sqs):
    return make(sqs)


def make(sqs, **attributes):
    return sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:12]}.fifo", Attributes={"FifoQueue": "true", **attributes})["QueueUrl"]


def send(sqs, url, body, group="g", **options):
    return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group,
                            **{"MessageDeduplicationId": uuid.uuid4().hex, **options})


def receive(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10, "AttributeNames": ["All"], **options}).get("Messages", [])


def test_what_is_needed(sqs, url):
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="b", MessageDeduplicationId="d") == (
        400, "MissingParameter", "The request must contain the parameter MessageGroupId.")
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="b", MessageGroupId="g") == (
        400, INVALID, "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="b", MessageGroupId="") == (
        400, INVALID, "Value  for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and "
        "punctuation characters. 1 to 128 in length.")
    assert refusal(send, sqs=sqs, url=url, body="b", DelaySeconds=1) == (
        400, INVALID, "Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for "
        "this queue type.")
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "b", "MessageDeduplicationId": "d"}])
    assert answer["Failed"] == [{"Id": "1", "SenderFault": True, "Code": INVALID, "Message":
                                 "The request must contain the parameter MessageGroupId."}]


def test_a_group_comes_in_its_order(sqs, url):
    sent = [send(sqs, url, f"a{at}", "a") for at in range(4)] + [send(sqs, url, "b0", "b")]
    numbers = [each["SequenceNumber"] for each in sent]
    assert numbers == sorted(set(numbers)) and all(len(number) == 20 for number in numbers)
    first = receive(sqs, url, MaxNumberOfMessages=2)
    assert [each["Body"] for each in first] == ["a0", "a1"]
    assert [each["Attributes"]["SequenceNumber"] for each in first] == numbers[:2]
    assert [each["Body"] for each in receive(sqs, url)] == ["b0"]
    assert receive(sqs, url) == []
    for each in first:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    assert [each["Body"] for each in receive(sqs, url)] == ["a2", "a3"]


def test_a_deleted_message_wakes_who_waits_for_the_next(sqs, url):
    send(sqs, url, "a0")
    send(sqs, url, "a1")
    (first,) = receive(sqs, url, MaxNumberOfMessages=1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(receive, sqs, url, WaitTimeSeconds=20)
        with pytest.raises(concurrent.futures.TimeoutError):
            waiting.result(timeout=0.3)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        assert [each["Body"] for each in waiting.result(timeout=10)] == ["a1"]


def test_a_handle_ends_with_its_time(sqs, url):
    send(sqs, url, "a")
    (got,) = receive(sqs, url, VisibilityTimeout=1)
    (again,) = until(lambda: receive(sqs, url))
    handle = got["ReceiptHandle"]
    assert refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle) == (
        400, INVALID, f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])


def test_what_is_sent_twice_comes_once(sqs):
    url = make(sqs, ContentBasedDeduplication="true")
    first = sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g")
    again = sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g", MessageAttributes={
        "a": {"DataType": "String", "StringValue": "other"}})
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    named = send(sqs, url, "same", MessageDeduplicationId="other")
    assert named["MessageId"] != first["MessageId"]
    got = receive(sqs, url)
    assert [each["MessageId"] for each in got] == [first["MessageId"], named["MessageId"]]
    for each in got:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="g")
    assert receive(sqs, url) == [], "a deleted message is remembered too"


def test_many_senders_of_one_group_stand_in_the_order_of_their_numbers(sqs, url):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda at: send(sqs, url, str(at)), range(100)))
    numbers = []
    while got := receive(sqs, url):
        numbers += [each["Attributes"]["SequenceNumber"] for each in got]
        sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(got)])
    assert len(numbers) == 100 and numbers == sorted(numbers)


def test_many_receivers_work_groups_off_in_order(sqs, url):
    groups = {f"g{at}": [f"g{at}-{number:02}" for number in range(10)] for at in range(10)}
    for number in range(10):
        sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": name, "MessageBody": bodies[number], "MessageGroupId": name, "MessageDeduplicationId": bodies[number]}
            for name, bodies in groups.items()])
    seen = []

    def work(_):
        while got := receive(sqs, url, MaxNumberOfMessages=3, WaitTimeSeconds=1):
            for each in got:
                seen.append(each["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert {name: [body for body in seen if body.startswith(name + "-")] for name in groups} == groups


def test_dead_letters_of_a_fifo_queue(sqs):
    dead = make(sqs)
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = make(sqs, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    send(sqs, url, "a")
    send(sqs, url, "b")
    assert [each["Body"] for each in receive(sqs, url, VisibilityTimeout=0, MaxNumberOfMessages=1)] == ["a"]
    assert [each["Body"] for each in receive(sqs, url)] == ["b"]
    (got,) = receive(sqs, dead)
    assert got["Body"] == "a" and got["Attributes"]["ApproximateReceiveCount"] == "2"
    assert got["Attributes"]["DeadLetterQueueSourceArn"].endswith(url.rpartition("/")[2])


def test_a_receive_that_is_tried_again(sqs, url):
    """A receiver that lost the answer gets the same, for another while; nobody else does."""
    for body in ("a", "b", "c"):
        send(sqs, url, body)
    first = receive(sqs, url, MaxNumberOfMessages=2, VisibilityTimeout=2, ReceiveRequestAttemptId="try")
    assert [one["Body"] for one in first] == ["a", "b"]
    assert receive(sqs, url) == [] and receive(sqs, url, ReceiveRequestAttemptId="other") == []
    again = receive(sqs, url, MaxNumberOfMessages=2, VisibilityTimeout=60, ReceiveRequestAttemptId="try")
    assert again == first
    time.sleep(2.5)  # the first time is up, the second is not
    assert receive(sqs, url) == []
    assert receive(sqs, url, VisibilityTimeout=60, ReceiveRequestAttemptId="try") == first
    # Once something has happened to one of them, the attempt is over.
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    assert receive(sqs, url, ReceiveRequestAttemptId="try") == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first[1]["ReceiptHandle"], VisibilityTimeout=0)
    assert [one["Body"] for one in receive(sqs, url, ReceiveRequestAttemptId="try")] == ["b", "c"]


def test_attempts_that_cannot_be(sqs, url):
    assert refusal(sqs.receive_message, QueueUrl=url, ReceiveRequestAttemptId="a b")[:2] == (400, INVALID)
    assert refusal(sqs.receive_message, QueueUrl=url, ReceiveRequestAttemptId="a" * 129)[:2] == (400, INVALID)
    standard = sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:12])["QueueUrl"]
    assert refusal(sqs.receive_message, QueueUrl=standard, ReceiveRequestAttemptId="a")[:2] == (400, INVALID)
