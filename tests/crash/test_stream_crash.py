"""Promise: what was acknowledged is never lost: records of streams. The server is killed while many put and a function
handles what they put, again and again; in the end every record that it said yes to is in the stream where the answer said,
and has come to the function, in the order of its key."""

import json
import threading
import time
import uuid

import botocore.exceptions
from blackbox_server import ROOT, TRUST, allow, create, policy_of, until

ROUNDS = 4
WRITERS = 3
# Tells a queue what it got, before it says that it is done: what is not told was not handled.
CODE = """import base64, own_calls
def handler(event, context):
    texts = [base64.b64decode(r['kinesis']['data']).decode() for r in event['Records']]
    status, text = own_calls.call('sqs', form={'Action': 'SendMessage', 'Version': '2012-11-05', 'QueueUrl': 'got.fifo',
                                               'MessageGroupId': 'all', 'MessageDeduplicationId': context.aws_request_id,
                                               'MessageBody': ' '.join(texts)})
    if status != 200:
        raise RuntimeError(text)
"""


class Writers:
    """Each puts numbers under a key of its own, and knows which were acknowledged, and in which order it was."""

    def __init__(self, server):
        self.server, self.ended = server, threading.Event()
        self.acknowledged = {f"w{n}": [] for n in range(WRITERS)}
        self.numbers = dict.fromkeys(self.acknowledged, 0)

    def run(self, key):
        kinesis = self.server.client("kinesis")
        try:
            while not self.ended.is_set():
                self.numbers[key] += 1
                text = f"{key}:{self.numbers[key]:06}"
                answer = kinesis.put_record(StreamName="s", Data=text.encode(), PartitionKey=key)
                self.acknowledged[key].append((text, answer["ShardId"], answer["SequenceNumber"]))
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            return  # the server is gone; the last one may be there or not

    def work(self, seconds):
        self.ended.clear()
        threads = [threading.Thread(target=self.run, args=(key,)) for key in self.acknowledged]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        return threads


def stored(server):
    kinesis = server.client("kinesis")
    found = {}
    for shard in kinesis.list_shards(StreamName="s")["Shards"]:
        at = kinesis.get_shard_iterator(StreamName="s", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while True:
            answer = kinesis.get_records(ShardIterator=at)
            for record in answer["Records"]:
                found[record["Data"].decode()] = (shard["ShardId"], record["SequenceNumber"])
            at = answer.get("NextShardIterator")
            if not at or not answer["Records"]:
                break
    return found


def got(server):
    """All that the function was given, in order. Takes it out."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName="got.fifo")["QueueUrl"]
    texts = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages"):
        for message in messages:
            texts += message["Body"].split()
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return texts


def test_records_outlive_the_server_and_reach_the_function(fresh_server):
    server = fresh_server
    iam, kinesis, aws = (server.client(service) for service in ("iam", "kinesis", "lambda"))
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy_of(allow("kinesis:*", "sqs:*", "logs:*")))
    kinesis.create_stream(StreamName="s", ShardCount=2)
    server.client("sqs").create_queue(QueueName="got.fifo", Attributes={"FifoQueue": "true"})
    own_calls = (ROOT / "tests/support/own_calls.py").read_text()
    name = create(aws, {"app.py": CODE, "own_calls.py": own_calls}, Role=role, name="f-" + uuid.uuid4().hex)
    aws.create_event_source_mapping(FunctionName=name, EventSourceArn=f"arn:aws:kinesis:us-east-1:000000000000:stream/s",
                                    StartingPosition="LATEST", BatchSize=10, ParallelizationFactor=2)
    writers = Writers(server)
    for round_ in range(ROUNDS):
        threads = writers.work(1.5)
        if round_ == 1:
            kinesis = server.client("kinesis")
            kinesis.update_shard_count(StreamName="s", TargetShardCount=3, ScalingType="UNIFORM_SCALING")
            time.sleep(0.5)
        server.kill()
        for thread in threads:
            thread.join()
        server.start()
    threads = writers.work(0.5)
    writers.ended.set()
    for thread in threads:
        thread.join()

    there = stored(server)
    for put in writers.acknowledged.values():
        assert put, "a writer without an answer tests nothing"
        for text, shard, sequence in put:
            assert there[text] == (shard, sequence)

    texts, wanted = [], {text for put in writers.acknowledged.values() for text, _, _ in put}
    until(lambda: texts.extend(got(server)) or wanted <= set(texts), seconds=60)
    for key in writers.acknowledged:
        seen = set()
        firsts = [text for text in texts if text.startswith(key + ":") and not (text in seen or seen.add(text))]
        assert firsts == sorted(firsts), f"{key} came out of order"
