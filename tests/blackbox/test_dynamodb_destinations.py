"""Promise: changes of a table go to a data stream of Kinesis, each once and in order, as the service tells them there."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from blackbox_server import Server, allow, until
from refusals import refusal

WRONG = "Table is not in a valid state to {} Kinesis Streaming Destination: "
UNUSABLE = ("ValidationException", "User does not have a permission to use kinesis stream")


def refused(call, **arguments):
    return refusal(call, **arguments)[1:]


@pytest.fixture(scope="module")
def kinesis(server):
    return server.client("kinesis")


@pytest.fixture
def stream(kinesis):
    """The ARN of a stream with one shard."""
    name = "s-" + uuid.uuid4().hex
    kinesis.create_stream(StreamName=name, ShardCount=1)
    yield kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.delete_stream(StreamName=name)


def records(kinesis, stream):
    iterator = kinesis.get_shard_iterator(StreamARN=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
    return kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]


def told(kinesis, stream, count):
    until(lambda: len(records(kinesis, stream)) >= count)
    return [json.loads(one["Data"]) for one in records(kinesis, stream)]


def destinations(dynamodb, table):
    answer = dynamodb.describe_kinesis_streaming_destination(TableName=table)
    assert answer["TableName"] == table
    return answer["KinesisDataStreamDestinations"]


def test_changes_of_a_table_are_records_of_a_stream(dynamodb, kinesis, make_table, stream):
    table = make_table("id:S")
    key = {"id": {"S": "Fred"}}
    dynamodb.put_item(TableName=table, Item={"id": {"S": "before"}})
    answer = dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=stream)
    assert (answer["TableName"], answer["StreamArn"], answer["DestinationStatus"]) == (table, stream, "ENABLING")
    assert destinations(dynamodb, table) == [
        {"StreamArn": stream, "DestinationStatus": "ACTIVE", "ApproximateCreationDateTimePrecision": "MILLISECOND"}]
    dynamodb.put_item(TableName=table, Item=key)
    dynamodb.put_item(TableName=table, Item=key)  # nothing changes, nothing is told
    dynamodb.update_item(TableName=table, Key=key, UpdateExpression="SET x = :v", ExpressionAttributeValues={":v": {"S": 'a"b'}})
    dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": table, "Key": key}}])
    insert, modify, remove = told(kinesis, stream, 3)
    assert list(insert) == ["awsRegion", "eventID", "eventName", "userIdentity", "recordFormat", "tableName", "dynamodb", "eventSource"]
    assert insert["dynamodb"].pop("ApproximateCreationDateTime") > 10**12
    assert str(uuid.UUID(insert["eventID"])) == insert.pop("eventID")
    assert insert == {"awsRegion": "us-east-1", "eventName": "INSERT", "userIdentity": None, "recordFormat": "application/json",
                      "tableName": table, "eventSource": "aws:dynamodb", "dynamodb": {"Keys": key, "NewImage": key, "SizeBytes": 12}}
    changed = key | {"x": {"S": 'a"b'}}
    assert (modify["eventName"], modify["dynamodb"]["OldImage"], modify["dynamodb"]["NewImage"]) == ("MODIFY", key, changed)
    assert (remove["eventName"], remove["dynamodb"]["OldImage"]) == ("REMOVE", changed) and "NewImage" not in remove["dynamodb"]
    keys = {one["PartitionKey"] for one in records(kinesis, stream)}
    assert len(keys) == 1 and len(next(iter(keys))) == 32


def test_many_changes_come_once_each_and_in_order(dynamodb, kinesis, make_table, stream):
    table = make_table()
    dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=stream)
    for start in range(0, 300, 25):
        dynamodb.batch_write_item(RequestItems={table: [
            {"PutRequest": {"Item": {"pk": {"S": f"{n:03}"}}}} for n in range(start, start + 25)]})
    assert sorted(one["dynamodb"]["Keys"]["pk"]["S"] for one in told(kinesis, stream, 300)) == [f"{n:03}" for n in range(300)]
    for n in range(20):
        dynamodb.update_item(TableName=table, Key={"pk": {"S": "000"}}, UpdateExpression="SET n = :n",
                             ExpressionAttributeValues={":n": {"N": str(n)}})
    last = told(kinesis, stream, 320)[300:]
    assert [one["dynamodb"]["NewImage"]["n"]["N"] for one in last] == [str(n) for n in range(20)]


def test_a_change_outlives_a_crash(tmp_path):
    server = Server(str(tmp_path / "data")).start()
    try:
        server.client("kinesis").create_stream(StreamName="sss", ShardCount=1)
        dynamodb = server.client("dynamodb")
        dynamodb.create_table(TableName="ttt", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                              AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        stream = "arn:aws:kinesis:us-east-1:000000000000:stream/sss"
        dynamodb.enable_kinesis_streaming_destination(TableName="ttt", StreamArn=stream)
        with ThreadPoolExecutor(16) as several:
            list(several.map(lambda n: dynamodb.put_item(TableName="ttt", Item={"pk": {"S": f"{n:03}"}}), range(200)))
        server.kill()
        server.start()
        found = told(server.client("kinesis"), stream, 200)
        assert sorted(one["dynamodb"]["Keys"]["pk"]["S"] for one in found) == [f"{n:03}" for n in range(200)]
    finally:
        server.stop()


def test_what_has_expired_is_told_as_the_services_doing(dynamodb, kinesis, make_table, stream):
    table = make_table()
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
    dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=stream)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "ends": {"N": "1790000000"}})
    assert told(kinesis, stream, 2)[1]["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_a_destination_ends_and_begins_again(dynamodb, kinesis, make_table, stream):
    table = make_table()
    names = {"TableName": table, "StreamArn": stream}
    enable, disable = dynamodb.enable_kinesis_streaming_destination, dynamodb.disable_kinesis_streaming_destination
    must_be_active = "DisableKinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
    assert refused(disable, **names) == ("ValidationException", WRONG.format("disable") + must_be_active)
    enable(**names)
    assert refused(enable, **names) == ("ValidationException", WRONG.format("enable") + (
        "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."))
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "told"}})
    assert disable(**names)["DestinationStatus"] == "DISABLING"
    assert destinations(dynamodb, table)[0]["DestinationStatus"] == "DISABLED"
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "not told"}})
    assert refused(disable, **names) == ("ValidationException", WRONG.format("disable") + must_be_active)
    enable(**names)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "told again"}})
    assert [one["dynamodb"]["Keys"]["pk"]["S"] for one in told(kinesis, stream, 2)] == ["told", "told again"]
    assert len(destinations(dynamodb, table)) == 1


def test_times_are_told_in_microseconds_where_that_is_wanted(dynamodb, kinesis, make_table, stream):
    table = make_table()
    names = {"TableName": table, "StreamArn": stream}
    update = dynamodb.update_kinesis_streaming_destination
    finer, coarser = ({"ApproximateCreationDateTimePrecision": one} for one in ("MICROSECOND", "MILLISECOND"))
    answer = dynamodb.enable_kinesis_streaming_destination(**names, EnableKinesisStreamingConfiguration=finer)
    assert answer["EnableKinesisStreamingConfiguration"] == finer
    for nothing in ({}, {"UpdateKinesisStreamingConfiguration": {}}):
        assert refused(update, **names, **nothing) == ("ValidationException", (
            "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or "
            "contain only null values"))
    number = dynamodb.describe_table(TableName=table)["Table"]["TableId"]
    assert refused(update, **names, UpdateKinesisStreamingConfiguration=finer) == ("ValidationException", (
        f"Invalid Request: Precision is already set to the desired value of MICROSECOND for tableId: {number}, kdsArn: {stream}"))
    other = stream + "x"
    assert refused(update, TableName=table, StreamArn=other, UpdateKinesisStreamingConfiguration=finer) == ("ValidationException", (
        WRONG.format("enable") + f"No streaming destination with streamArn: {other} found for table with tableName: {table}"))
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "finer"}})
    answer = update(**names, UpdateKinesisStreamingConfiguration=coarser)
    assert (answer["DestinationStatus"], answer["UpdateKinesisStreamingConfiguration"]) == ("UPDATING", coarser)
    assert destinations(dynamodb, table)[0]["ApproximateCreationDateTimePrecision"] == "MILLISECOND"
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "coarser"}})
    first, second = (one["dynamodb"] for one in told(kinesis, stream, 2))
    assert first["ApproximateCreationDateTime"] > 10**15 and first["ApproximateCreationDateTimePrecision"] == "MICROSECOND"
    assert second["ApproximateCreationDateTime"] < 10**13 and "ApproximateCreationDateTimePrecision" not in second


def test_a_stream_must_be_there_and_the_callers_to_use(server, dynamodb, make_table, stream):
    table = make_table()
    enable = dynamodb.enable_kinesis_streaming_destination
    assert refused(enable, TableName=table, StreamArn=stream + "x") == UNUSABLE
    assert refused(enable, TableName=table, StreamArn=stream.replace("us-east-1", "eu-west-1")) == UNUSABLE
    none = ("ResourceNotFoundException", "Requested resource not found: Table: nope not found")
    for call in (enable, dynamodb.disable_kinesis_streaming_destination):
        assert refused(call, TableName="nope", StreamArn=stream) == none
    assert refused(dynamodb.describe_kinesis_streaming_destination, TableName="nope") == none
    user = server.make_user(policy=allow("dynamodb:*"))
    theirs = server.client("dynamodb", **user.keys)
    assert refused(theirs.enable_kinesis_streaming_destination, TableName=table, StreamArn=stream) == UNUSABLE
    user.may(allow("dynamodb:*"), allow("kinesis:PutRecords", resource=stream))
    assert theirs.enable_kinesis_streaming_destination(TableName=table, StreamArn=stream)["DestinationStatus"] == "ENABLING"


def test_a_stream_that_is_gone_holds_up_nobody(dynamodb, kinesis, make_table, stream):
    name = "s-" + uuid.uuid4().hex
    kinesis.create_stream(StreamName=name, ShardCount=1)
    gone = stream.rpartition("/")[0] + "/" + name
    table = make_table()
    for one in (gone, stream):
        dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=one)
    kinesis.delete_stream(StreamName=name)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    assert len(told(kinesis, stream, 1)) == 1
