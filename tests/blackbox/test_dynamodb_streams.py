"""Promise: a table's stream tells each change once, in order, and functions that follow it get every one."""

import json
import time

from blackbox_server import allow, create, logged, until
from dynamodb_wire import send
from queues import make_role
from refusals import refused

READ = allow("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams")
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}


def arn_of(dynamodb, table):
    return dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]


def records(streams, arn, kind="TRIM_HORIZON", **more):
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]
    found = []
    while iterator:
        answer = streams.get_records(ShardIterator=iterator, Limit=3)
        found += answer["Records"]
        iterator = answer.get("NextShardIterator") if answer["Records"] else None
    return found


def test_a_stream_is_the_tables_history(dynamodb, make_table, server):
    streams = server.client("dynamodbstreams")
    table = make_table("id:S", **STREAM)
    key = {"id": {"S": "Fred"}}
    arn = arn_of(dynamodb, table)
    dynamodb.put_item(TableName=table, Item=key)
    dynamodb.put_item(TableName=table, Item=key)  # nothing changes, nothing is told
    dynamodb.update_item(TableName=table, Key=key, UpdateExpression="SET #n = :v", ExpressionAttributeNames={"#n": "name"},
                         ExpressionAttributeValues={":v": {"S": "Fred"}})
    dynamodb.update_item(TableName=table, Key=key, UpdateExpression="REMOVE nothing")
    dynamodb.delete_item(TableName=table, Key={"id": {"S": "none"}})
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": {"id": {"S": "t"}}}}])
    dynamodb.delete_item(TableName=table, Key=key)
    told = records(streams, arn)
    assert [one["eventName"] for one in told] == ["INSERT", "MODIFY", "INSERT", "REMOVE"]
    assert told[0]["dynamodb"]["NewImage"] == key and "OldImage" not in told[0]["dynamodb"]
    assert told[1]["dynamodb"]["OldImage"] == key and told[1]["dynamodb"]["NewImage"] == key | {"name": {"S": "Fred"}}
    assert "NewImage" not in told[3]["dynamodb"] and told[3]["dynamodb"]["Keys"] == key
    # Sizes that the service was seen to tell.
    assert [one["dynamodb"]["SizeBytes"] for one in told[:2]] == [12, 26]
    numbers = [int(one["dynamodb"]["SequenceNumber"]) for one in told]
    assert numbers == sorted(set(numbers)) and len({one["eventID"] for one in told}) == 4
    at = told[1]["dynamodb"]["SequenceNumber"]
    assert records(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=at) == told[1:]
    assert records(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=at) == told[2:]
    assert records(streams, arn, "LATEST") == []


def test_streams_end_and_begin(dynamodb, make_table, server):
    streams = server.client("dynamodbstreams")
    table = make_table("id:S", **STREAM)
    first = arn_of(dynamodb, table)
    dynamodb.put_item(TableName=table, Item={"id": {"S": "a"}})
    assert refused(dynamodb.update_table, TableName=table, **STREAM)[0] == "ValidationException"
    dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    described = streams.describe_stream(StreamArn=first)["StreamDescription"]
    assert described["StreamStatus"] == "DISABLED" and described["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"]
    assert len(records(streams, first)) == 1
    dynamodb.put_item(TableName=table, Item={"id": {"S": "b"}})
    dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    second = arn_of(dynamodb, table)
    assert second != first and records(streams, second) == []
    listed = streams.list_streams(TableName=table)["Streams"]
    assert [one["StreamArn"] for one in listed] == [first, second]
    dynamodb.put_item(TableName=table, Item={"id": {"S": "c"}})
    assert set(records(streams, second)[0]["dynamodb"]) >= {"Keys", "SequenceNumber"}
    assert "NewImage" not in records(streams, second)[0]["dynamodb"]
    dynamodb.delete_table(TableName=table)
    assert len(records(streams, second)) == 1
    assert refused(streams.describe_stream, StreamArn=first + "x")[0] == "ResourceNotFoundException"
    for call in (lambda **more: streams.list_streams(**more), lambda **more: streams.describe_stream(StreamArn=second, **more)):
        assert "less than or equal to 100" in refused(call, Limit=101)[1]
    assert refused(streams.get_records, ShardIterator="nonsense")[0] in ("ValidationException", "AccessDeniedException")


def test_what_expires_is_told_as_the_services_doing(dynamodb, make_table, server):
    streams = server.client("dynamodbstreams")
    table = make_table("id:S", **STREAM)
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
    dynamodb.put_item(TableName=table, Item={"id": {"S": "a"}, "ends": {"N": str(int(time.time()) - 1)}})
    arn = arn_of(dynamodb, table)
    until(lambda: len(records(streams, arn)) == 2)
    last = records(streams, arn)[1]
    assert last["eventName"] == "REMOVE"
    assert last["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


def test_a_function_follows_a_table(dynamodb, make_table, server, aws, logs):
    table = make_table("id:S", **STREAM)
    role = make_role(server, READ, allow("logs:*"))
    name = create(aws, "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n", Role=role)
    dynamodb.put_item(TableName=table, Item={"id": {"S": "0"}, "bytes": {"B": b"\x00\x01"}})
    mapping = aws.create_event_source_mapping(FunctionName=name, EventSourceArn=arn_of(dynamodb, table), BatchSize=10,
                                              StartingPosition="TRIM_HORIZON")
    until(lambda: aws.get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Enabled")
    for number in range(1, 30):
        dynamodb.put_item(TableName=table, Item={"id": {"S": str(number)}})

    def got():
        lines = logged(logs, name, "GOT")
        return [record for line in lines for record in json.loads(line.split("GOT ", 1)[1])["Records"]]

    until(lambda: len(got()) == 30)
    told = got()
    assert [one["dynamodb"]["NewImage"]["id"]["S"] for one in told] == [str(number) for number in range(30)]
    assert told[0]["dynamodb"]["NewImage"]["bytes"] == {"B": "AAE="}
    assert told[0]["eventSource"] == "aws:dynamodb" and told[0]["eventSourceARN"] == arn_of(dynamodb, table)
    aws.delete_event_source_mapping(UUID=mapping["UUID"])


def test_a_role_that_may_not_read_gets_no_mapping(dynamodb, make_table, server, aws):
    table = make_table("id:S", **STREAM)
    role = make_role(server, allow("logs:*"))
    name = create(aws, "def handler(event, context):\n    pass\n", Role=role)
    code, message = refused(aws.create_event_source_mapping, FunctionName=name, EventSourceArn=arn_of(dynamodb, table),
                            StartingPosition="LATEST")
    assert code == "InvalidParameterValueException" and "Cannot access stream" in message


def test_a_stream_is_read_from_a_time_on(dynamodb, make_table, server):
    streams = server.client("dynamodbstreams")
    table = make_table("id:S", **STREAM)
    arn = arn_of(dynamodb, table)
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    moments = []
    for n in range(6):
        time.sleep(0.02)
        moments.append(time.time())
        time.sleep(0.02)
        dynamodb.put_item(TableName=table, Item={"id": {"S": str(n)}})

    def answer(kind, **more):  # boto3 sends whole seconds
        place = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind, **more}
        return send(server, "", place, X_Amz_Target="DynamoDBStreams_20120810.GetShardIterator")

    def since(moment):
        iterator = json.loads(answer("AT_TIMESTAMP", Timestamp=moment).body)["ShardIterator"]
        return [one["dynamodb"]["Keys"]["id"]["S"] for one in streams.get_records(ShardIterator=iterator)["Records"]]

    for n, moment in enumerate(moments):
        assert since(moment) == [str(later) for later in range(n, 6)]
    time.sleep(0.02)
    assert since(moments[0] - 100_000) == list("012345") and since(time.time()) == []
    for kind, more in (("AT_TIMESTAMP", {}), ("AT_TIMESTAMP", {"Timestamp": time.time() + 60}), ("LATEST", {"Timestamp": moments[0]})):
        assert answer(kind, **more).refusal()[0] == "ValidationException"
