"""Promise: your AWS code runs unchanged: what cannot be worked off goes to the dead letters, and comes back when it is told."""

import json
import uuid

import pytest
from blackbox_server import until
from refusals import refusal

INVALID = "InvalidParameterValue"


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


class Pair:
    """A queue that gives messages up at their second receive, and where they go."""

    def __init__(self, sqs):
        self.sqs = sqs
        self.dead = sqs.create_queue(QueueName="dead-" + uuid.uuid4().hex[:12])["QueueUrl"]
        self.dead_arn = self.arn(self.dead)
        redrive = json.dumps({"deadLetterTargetArn": self.dead_arn, "maxReceiveCount": 1})
        self.url = sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:12], Attributes={"RedrivePolicy": redrive})["QueueUrl"]

    def arn(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def bodies(self, url, **options):
        got = self.sqs.receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10, **options}).get("Messages", [])
        return sorted(each["Body"] for each in got)

    def give_up(self, count):
        """So many messages, all of them dead letters."""
        for begin in range(0, count, 10):
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=[
                {"Id": str(at), "MessageBody": f"m{at:03}"} for at in range(begin, min(begin + 10, count))])
        while self.bodies(self.url, VisibilityTimeout=0):
            pass
        return [f"m{at:03}" for at in range(count)]

    def tasks(self):
        return self.sqs.list_message_move_tasks(SourceArn=self.dead_arn, MaxResults=10).get("Results", [])

    def waiting(self, url):
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])


@pytest.fixture
def pair(sqs):
    return Pair(sqs)


def test_a_dead_letter_is_the_message_that_it_was(sqs, pair):
    sent = sqs.send_message(QueueUrl=pair.url, MessageBody="a", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
    (first,) = sqs.receive_message(QueueUrl=pair.url, VisibilityTimeout=0, AttributeNames=["All"])["Messages"]
    assert pair.bodies(pair.url) == []
    (dead,) = sqs.receive_message(QueueUrl=pair.dead, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
    assert (dead["MessageId"], dead["Body"]) == (sent["MessageId"], "a")
    assert dead["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert dead["Attributes"] == {**first["Attributes"], "ApproximateReceiveCount": "2", "DeadLetterQueueSourceArn": pair.arn(pair.url)}


@pytest.mark.parametrize("end, attributes", [("", {}), (".fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"})])
def test_each_queue_of_a_chain_counts_its_own_receives(sqs, end, attributes):
    chain, more = [], {}
    for _ in range(3):
        name = "chain-" + uuid.uuid4().hex[:12] + end
        chain.append(sqs.create_queue(QueueName=name, Attributes={**attributes, **more})["QueueUrl"])
        arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        more = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})}
    sqs.send_message(QueueUrl=chain[2], MessageBody="a", **({"MessageGroupId": "g"} if end else {}))
    counts = []
    for url in reversed(chain):
        (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, AttributeNames=["All"])["Messages"]
        counts.append(message["Attributes"]["ApproximateReceiveCount"])
        if url != chain[0]:
            assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert counts == ["1", "2", "3"]


def test_a_move_brings_them_back_to_where_they_came_from(sqs, pair):
    bodies = pair.give_up(25)
    assert pair.waiting(pair.dead) == 25
    handle = sqs.start_message_move_task(SourceArn=pair.dead_arn)["TaskHandle"]
    assert handle
    until(lambda: pair.tasks()[0]["Status"] == "COMPLETED")
    (task,) = pair.tasks()
    assert task.pop("StartedTimestamp") > 1_700_000_000_000
    assert task == {"Status": "COMPLETED", "SourceArn": pair.dead_arn, "ApproximateNumberOfMessagesMoved": 25,
                    "ApproximateNumberOfMessagesToMove": 25}
    back = []
    while got := pair.bodies(pair.url, MaxNumberOfMessages=10):
        back += got
    assert sorted(back) == bodies and pair.bodies(pair.dead) == []


def test_a_move_elsewhere_at_a_rate_and_its_end(sqs, pair):
    pair.give_up(30)
    other = sqs.create_queue(QueueName="other-" + uuid.uuid4().hex[:12])["QueueUrl"]
    handle = sqs.start_message_move_task(SourceArn=pair.dead_arn, DestinationArn=pair.arn(other),
                                         MaxNumberOfMessagesPerSecond=2)["TaskHandle"]
    assert refusal(sqs.start_message_move_task, SourceArn=pair.dead_arn)[:2] == (400, INVALID)
    until(lambda: pair.waiting(other) >= 2)
    (task,) = pair.tasks()
    assert (task["Status"], task["TaskHandle"], task["MaxNumberOfMessagesPerSecond"]) == ("RUNNING", handle, 2)
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    until(lambda: pair.tasks()[0]["Status"] == "CANCELLED")
    task = pair.tasks()[0]
    assert moved <= task["ApproximateNumberOfMessagesMoved"] == pair.waiting(other) < 30 and "TaskHandle" not in task
    assert pair.waiting(other) + pair.waiting(pair.dead) == 30
    assert refusal(sqs.cancel_message_move_task, TaskHandle=handle) == (404, "ResourceNotFoundException", "Task does not exist.")


def test_moves_that_cannot_be(sqs, pair):
    assert refusal(sqs.start_message_move_task, SourceArn=pair.dead_arn + "x") == (
        404, "ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist.")
    assert refusal(sqs.start_message_move_task, SourceArn=pair.arn(pair.url)) == (
        400, INVALID, "Source queue must be configured as a Dead Letter Queue.")
    assert refusal(sqs.start_message_move_task, SourceArn=pair.dead_arn, MaxNumberOfMessagesPerSecond=501)[:2] == (400, INVALID)
    assert refusal(sqs.start_message_move_task, SourceArn=pair.dead_arn, DestinationArn=pair.dead_arn + "x")[:2] == (
        404, "ResourceNotFoundException")
    assert refusal(sqs.cancel_message_move_task, TaskHandle="x")[:2] == (400, INVALID)


def test_a_move_fails_where_it_cannot_go(sqs, pair):
    sqs.send_message(QueueUrl=pair.dead, MessageBody="sent straight here")
    sqs.start_message_move_task(SourceArn=pair.dead_arn)
    until(lambda: pair.tasks()[0]["Status"] == "FAILED")
    assert pair.tasks()[0]["FailureReason"] == "CouldNotDetermineMessageSource"
    other = sqs.create_queue(QueueName="other-" + uuid.uuid4().hex[:12])["QueueUrl"]
    until(lambda: pair.waiting(pair.dead) == 1)
    sqs.start_message_move_task(SourceArn=pair.dead_arn, DestinationArn=pair.arn(other))
    until(lambda: pair.tasks()[0]["Status"] == "COMPLETED")
    assert [task["Status"] for task in pair.tasks()] == ["COMPLETED", "FAILED"]
    assert pair.bodies(other) == ["sent straight here"]
