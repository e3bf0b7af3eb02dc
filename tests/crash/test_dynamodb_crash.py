"""Promise: what was acknowledged is never lost, and a database stays one: the server is killed under writes, conditional writes and
transactions, again and again. Money is neither made nor lost, every write that was answered is there, reads and conditional writes
are linearizable, indexes hold what the items say, and the stream is the table's history."""

import random
import threading
import time

import botocore.exceptions

ROUNDS = 3
CLIENTS = 16
ACCOUNTS = 8
MONEY = 1000
NEVER = float("inf")
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
GONE = (botocore.exceptions.BotoCoreError, botocore.exceptions.HTTPClientError)


def make_tables(dynamodb):
    dynamodb.create_table(
        TableName="bank", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "band", "AttributeType": "N"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-band", "Projection": {"ProjectionType": "ALL"},
                                 "KeySchema": [{"AttributeName": "band", "KeyType": "HASH"}]}], **STREAM)
    for number in range(ACCOUNTS):
        dynamodb.put_item(TableName="bank", Item={"pk": {"S": f"account-{number}"}, "money": {"N": str(MONEY)},
                                                  "band": {"N": str(MONEY // 100)}})
    dynamodb.put_item(TableName="bank", Item={"pk": {"S": "register"}, "v": {"N": "0"}})


class Load:
    """What clients know of what they did. Times are of one clock."""

    def __init__(self, server):
        self.server = server
        self.ended = threading.Event()
        self.kept = {}        # puts that were answered
        self.steps = {}       # value of the register -> when the write to it began and was answered
        self.reads = []       # of the register: began, answered, value
        self.failures = []
        self.lock = threading.Lock()

    def run(self, seed):
        chance = random.Random(seed)
        dynamodb = self.server.client("dynamodb")
        work = (self.transfer, self.put, self.step, self.step)[seed % 4]
        number = 0
        try:
            while not self.ended.is_set():
                number += 1
                try:
                    work(dynamodb, chance, f"{seed}-{number}")
                except botocore.exceptions.ClientError as error:
                    code = error.response["Error"]["Code"]
                    if code not in ("TransactionCanceledException", "ConditionalCheckFailedException", "TransactionConflictException"):
                        self.failures.append(str(error))
        except GONE:
            return  # the server is gone; what this call asked for may or may not have been done

    def transfer(self, dynamodb, chance, _):
        source, target = (f"account-{number}" for number in chance.sample(range(ACCOUNTS), 2))
        amount = chance.randrange(1, 50)
        got = dynamodb.transact_get_items(TransactItems=[
            {"Get": {"TableName": "bank", "Key": {"pk": {"S": name}}}} for name in (source, target)])["Responses"]
        have, has = (int(one["Item"]["money"]["N"]) for one in got)

        def change(name, before, after):
            return {"Update": {"TableName": "bank", "Key": {"pk": {"S": name}}, "UpdateExpression": "SET money = :a, band = :b",
                               "ConditionExpression": "money = :m",
                               "ExpressionAttributeValues": {":m": {"N": str(before)}, ":a": {"N": str(after)},
                                                             ":b": {"N": str(after // 100)}}}}

        dynamodb.transact_write_items(TransactItems=[change(source, have, have - amount), change(target, has, has + amount)])

    def put(self, dynamodb, chance, name):
        item = {"pk": {"S": "put-" + name}, "v": {"S": "v" * chance.randrange(2000)}, "band": {"N": str(chance.randrange(5))}}
        dynamodb.put_item(TableName="bank", Item=item)
        with self.lock:
            self.kept["put-" + name] = item

    def step(self, dynamodb, _, __):
        """Reads the register and writes the next value, if it is still what it was."""
        began = time.monotonic()
        item = dynamodb.get_item(TableName="bank", Key={"pk": {"S": "register"}}, ConsistentRead=True)["Item"]
        value = int(item["v"]["N"])
        with self.lock:
            self.reads.append((began, time.monotonic(), value))
        began = time.monotonic()
        with self.lock:  # as long as nobody knows the answer, it may happen at any time
            tried = self.steps.setdefault(value + 1, [began, NEVER])
            tried[0] = min(tried[0], began)
        dynamodb.update_item(TableName="bank", Key={"pk": {"S": "register"}}, UpdateExpression="SET v = :n",
                             ConditionExpression="v = :v",
                             ExpressionAttributeValues={":v": {"N": str(value)}, ":n": {"N": str(value + 1)}})
        with self.lock:
            answered = time.monotonic()
            if tried[1] != NEVER:
                self.failures.append(f"two clients wrote {value + 1}")
            tried[1] = answered


def everything(dynamodb, **more):
    items, arguments = [], {"TableName": "bank", "ConsistentRead": "IndexName" not in more, **more}
    while True:
        answer = dynamodb.scan(**arguments)
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return {item["pk"]["S"]: item for item in items}
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def replayed(server):
    """The table as its stream tells it."""
    dynamodb, streams = server.client("dynamodb"), server.client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName="bank")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    items = {}
    while True:
        answer = streams.get_records(ShardIterator=iterator)
        if not answer["Records"]:
            return items
        for record in answer["Records"]:
            change = record["dynamodb"]
            key = change["Keys"]["pk"]["S"]
            assert items.get(key) == change.get("OldImage"), "a change that does not follow from the one before"
            assert record["eventName"] == ("MODIFY" if key in items else "INSERT")
            items[key] = change["NewImage"]
        iterator = answer["NextShardIterator"]


def check_register(load, last):
    """Reads and conditional writes happened in some order that their times allow."""
    for began, answered, value in load.reads:
        written = load.steps.get(value, [0, 0])
        after = load.steps.get(value + 1, [NEVER, NEVER])
        assert answered >= written[0], f"{value} was read before anybody wrote it"
        assert began <= after[1], f"{value} was read after {value + 1} had been answered"
    seen = sorted(load.reads, key=lambda read: read[1])
    highest = 0
    for began, answered, value in sorted(load.reads):
        while seen and seen[0][1] < began:
            highest = max(highest, seen.pop(0)[2])
        assert value >= highest, "a later read saw an earlier value"
    answered = [value for value, times in load.steps.items() if times[1] != NEVER]
    assert last >= max(answered, default=0)


def test_a_database_survives(fresh_server):
    server = fresh_server
    make_tables(server.client("dynamodb"))
    load = Load(server)
    for turn in range(ROUNDS):
        load.ended.clear()
        threads = [threading.Thread(target=load.run, args=(turn * CLIENTS + number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        server.kill()
        load.ended.set()
        for thread in threads:
            thread.join()
        server.start()
        dynamodb = server.client("dynamodb")
        items = everything(dynamodb)
        assert not load.failures, load.failures[:3]
        assert sum(int(item["money"]["N"]) for item in items.values() if "money" in item) == ACCOUNTS * MONEY
        for name, item in load.kept.items():
            assert items.get(name) == item, f"{name} was answered and is not there"
        check_register(load, int(items["register"]["v"]["N"]))
        assert everything(dynamodb, IndexName="by-band") == {name: item for name, item in items.items() if "band" in item}
        assert replayed(server) == items
        described = dynamodb.describe_table(TableName="bank")["Table"]
        assert described["ItemCount"] == len(items)
    assert len(load.kept) > 100 and len(load.steps) > 50 and len(load.reads) > 100
