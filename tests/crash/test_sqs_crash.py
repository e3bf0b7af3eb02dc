"""Promise: what was acknowledged is never lost: messages. The server is killed while many send, receive and delete, again and
again; in the end every message that it said yes to was received, none that was deleted comes back, and groups kept their
order."""

import json
import random
import threading
import time

import botocore.exceptions
import pytest
from blackbox_server import until

ROUNDS = 4
WORKERS = 4


class Load:
    """What clients know of a queue: what they sent, received and deleted for certain."""

    def __init__(self, server, name, fifo):
        self.server, self.name, self.fifo = server, name, fifo
        self.sent, self.received, self.deleted, self.ended = set(), [], set(), threading.Event()
        self.lock = threading.Lock()
        self.number = 0
        attributes = {"VisibilityTimeout": "2", **({"FifoQueue": "true"} if fifo else {})}
        server.client("sqs").create_queue(QueueName=name, Attributes=attributes)

    def connect(self):
        sqs = self.server.client("sqs")
        return sqs, sqs.get_queue_url(QueueName=self.name)["QueueUrl"]

    def until_killed(self, work):
        try:
            sqs, url = self.connect()
            while not self.ended.is_set():
                work(sqs, url)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            return  # the server is gone; what this call asked for may or may not have been done

    def send(self, sqs, url):
        with self.lock:
            self.number += 1
            number = self.number
        group = threading.current_thread().name.partition(" ")[0]  # each sender's own
        body = f"{group}:{number:08}"
        options = {"MessageGroupId": group, "MessageDeduplicationId": body} if self.fifo else {}
        sqs.send_message(QueueUrl=url, MessageBody=body, **options)
        with self.lock:
            self.sent.add(body)

    def take(self, sqs, url, wait=1):
        with self.lock:
            before = set(self.deleted)
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait).get("Messages", [])
        with self.lock:
            for message in got:
                assert message["Body"] not in before, f"{message['Body']} was deleted and came again"
                self.received.append(message["Body"])
        for message in got:
            if not self.ended.is_set() and random.random() < 0.2:
                continue  # a worker that forgets: it comes again
            try:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            except botocore.exceptions.ClientError:
                continue  # a FIFO queue's handle has ended
            with self.lock:
                self.deleted.add(message["Body"])
        return got


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_messages_survive(fresh_server, fifo):
    load = Load(fresh_server, "q.fifo" if fifo else "q", fifo)
    failures = []

    def guarded(work):
        try:
            load.until_killed(work)
        except AssertionError as failure:
            failures.append(failure)

    for _ in range(ROUNDS):
        load.ended.clear()
        threads = [threading.Thread(target=guarded, args=(work,)) for work in (load.send, load.take) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.5, 1.2))
        fresh_server.kill()
        load.ended.set()
        for thread in threads:
            thread.join()
        fresh_server.start()
    assert not failures, failures[0]
    sqs, url = load.connect()
    until(lambda: load.take(sqs, url) == [] and load.take(sqs, url, wait=3) == [], 60)
    assert len(load.sent) > 50
    assert load.sent <= set(load.received), sorted(load.sent - set(load.received))[:5]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert [counts["ApproximateNumberOfMessages" + kind] for kind in ("", "NotVisible", "Delayed")] == ["0", "0", "0"]
    if fifo:
        firsts = list(dict.fromkeys(load.received))
        for group in {body.partition(":")[0] for body in firsts}:
            bodies = [body for body in firsts if body.startswith(group + ":")]
            wrong = [pair for pair in zip(bodies, bodies[1:]) if pair[0] > pair[1]]
            assert not wrong, f"out of order: {wrong[:3]}"


def test_a_move_goes_on_after_a_crash(fresh_server):
    sqs = fresh_server.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})})
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    for begin in range(0, 40, 10):
        sqs.send_message_batch(QueueUrl=dead, Entries=[{"Id": str(at), "MessageBody": str(at)} for at in range(begin, begin + 10)])
    sqs.start_message_move_task(SourceArn=arn, DestinationArn="arn:aws:sqs:us-east-1:000000000000:other", MaxNumberOfMessagesPerSecond=20)

    def status():
        return fresh_server.client("sqs").list_message_move_tasks(SourceArn=arn)["Results"][0]

    until(lambda: status()["ApproximateNumberOfMessagesMoved"] >= 5)
    fresh_server.kill()
    fresh_server.start()
    until(lambda: status()["Status"] == "COMPLETED")
    assert status()["ApproximateNumberOfMessagesMoved"] == 40
    sqs, seen = fresh_server.client("sqs"), []
    while got := sqs.receive_message(QueueUrl=other, MaxNumberOfMessages=10).get("Messages"):
        seen += [message["Body"] for message in got]
    assert sorted(map(int, seen)) == list(range(40)), "each once"
