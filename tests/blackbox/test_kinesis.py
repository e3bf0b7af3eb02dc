"""Promise: your AWS code runs unchanged. Streams: records go into shards by their keys, and come out in order, from any
place, until they are too old."""

import contextlib
import hashlib
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from blackbox_server import allow
from refusals import refusal

TOP = 2**128


@pytest.fixture(scope="module")
def kinesis(server):
    return server.client("kinesis")


def make(kinesis, shards=1, **options):
    name = "s-" + uuid.uuid4().hex
    kinesis.create_stream(StreamName=name, ShardCount=shards, **options)
    kinesis.get_waiter("stream_exists").wait(StreamName=name)
    return name


@pytest.fixture
def stream(kinesis):
    return make(kinesis)


def shards(kinesis, name, **options):
    return kinesis.list_shards(StreamName=name, **options)["Shards"]


def iterator(kinesis, name, shard=0, kind="TRIM_HORIZON", **options):
    return kinesis.get_shard_iterator(StreamName=name, ShardId=f"shardId-{shard:012}", ShardIteratorType=kind,
                                      **options)["ShardIterator"]


def read(kinesis, at, **options):
    return kinesis.get_records(ShardIterator=at, **options)


def texts(answer):
    return [record["Data"].decode() for record in answer["Records"]]


def test_the_life_of_a_stream(kinesis):
    name = make(kinesis, 2, Tags={"team": "a"})
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{name}"
    described = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    created = described.pop("StreamCreationTimestamp").timestamp()
    assert abs(created - time.time()) < 60
    ranges = [(0, TOP // 2 - 1), (TOP // 2, TOP - 1)]
    for index, shard in enumerate(described.pop("Shards")):
        assert shard.pop("SequenceNumberRange").keys() == {"StartingSequenceNumber"}
        assert shard == {"ShardId": f"shardId-{index:012}", "HashKeyRange": {
            "StartingHashKey": str(ranges[index][0]), "EndingHashKey": str(ranges[index][1])}}
    assert described == {"StreamName": name, "StreamARN": arn, "StreamStatus": "ACTIVE", "HasMoreShards": False,
                         "StreamModeDetails": {"StreamMode": "PROVISIONED"}, "RetentionPeriodHours": 24,
                         "EnhancedMonitoring": [{"ShardLevelMetrics": []}], "EncryptionType": "NONE"}
    summary = kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2 and summary["ConsumerCount"] == 0 and summary["StreamARN"] == arn
    first = kinesis.describe_stream(StreamName=name, Limit=1)["StreamDescription"]
    assert len(first["Shards"]) == 1 and first["HasMoreShards"]
    assert name in kinesis.list_streams(Limit=10000)["StreamNames"]
    assert kinesis.describe_limits()["OpenShardCount"] >= 2

    assert refusal(kinesis.create_stream, StreamName=name, ShardCount=1) == (
        400, "ResourceInUseException", f"Stream {name} under account 000000000000 already exists.")
    kinesis.delete_stream(StreamName=name)
    kinesis.get_waiter("stream_not_exists").wait(StreamName=name)
    assert refusal(kinesis.describe_stream, StreamName=name) == (
        400, "ResourceNotFoundException", f"Stream {name} under account 000000000000 not found.")


def test_on_demand_streams_have_four_shards(kinesis):
    name = "s-" + uuid.uuid4().hex
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert len(shards(kinesis, name)) == 4
    assert refusal(kinesis.update_shard_count, StreamName=name, TargetShardCount=8, ScalingType="UNIFORM_SCALING")[1] == \
        "ValidationException"
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"})
    kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    assert kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["OpenShardCount"] == 2


def test_names_of_streams_page(kinesis):
    names = sorted(make(kinesis) for _ in range(3))
    found, start = [], {}
    while True:
        page = kinesis.list_streams(Limit=2, **start)
        found += page["StreamNames"]
        if not page["HasMoreStreams"]:
            break
        start = {"NextToken": page["NextToken"]}
    assert [name for name in found if name in names] == names
    after = kinesis.list_streams(Limit=1, ExclusiveStartStreamName=names[0])["StreamNames"]
    assert after[0] > names[0]


def test_a_record_goes_where_its_key_says(kinesis):
    name = make(kinesis, 4)
    for key in ("a", "b", "c", "d", "é"):
        put = kinesis.put_record(StreamName=name, Data=b"x", PartitionKey=key)
        expected = int(hashlib.md5(key.encode()).hexdigest(), 16) * 4 // TOP
        assert put["ShardId"] == f"shardId-{expected:012}" and put["EncryptionType"] == "NONE"
    put = kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a", ExplicitHashKey=str(TOP - 1))
    assert put["ShardId"] == "shardId-000000000003"
    assert refusal(kinesis.put_record, StreamName=name, Data=b"x", PartitionKey="a", ExplicitHashKey=str(TOP)) == (
        400, "InvalidArgumentException", "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
        f"Specified value was {TOP}")


def test_records_come_out_as_they_went_in(kinesis, stream):
    put = [kinesis.put_record(StreamName=stream, Data=bytes([0, 255, n]), PartitionKey=f"k{n}") for n in range(3)]
    many = kinesis.put_records(StreamName=stream, Records=[{"Data": b"%d" % n, "PartitionKey": "m"} for n in range(500)])
    assert many["FailedRecordCount"] == 0 and many["EncryptionType"] == "NONE"
    sequences = [one["SequenceNumber"] for one in put + many["Records"]]
    assert sequences == sorted(sequences, key=int) and len(set(sequences)) == 503
    answer = read(kinesis, iterator(kinesis, stream))
    assert [record["SequenceNumber"] for record in answer["Records"]] == sequences
    first = answer["Records"][0]
    assert first["Data"] == b"\0\xff\0" and first["PartitionKey"] == "k0"
    assert abs(first["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 60
    assert answer["MillisBehindLatest"] == 0 and "ChildShards" not in answer
    assert read(kinesis, answer["NextShardIterator"])["Records"] == []
    part = read(kinesis, iterator(kinesis, stream), Limit=2)
    assert len(part["Records"]) == 2
    assert read(kinesis, part["NextShardIterator"], Limit=1)["Records"][0]["SequenceNumber"] == sequences[2]


def test_iterators_begin_where_they_are_told(kinesis, stream):
    at = [kinesis.put_record(StreamName=stream, Data=b"%d" % n, PartitionKey="k")["SequenceNumber"] for n in range(3)]
    latest = iterator(kinesis, stream, kind="LATEST")
    time.sleep(0.05)
    moment = time.time()
    time.sleep(0.05)
    kinesis.put_record(StreamName=stream, Data=b"3", PartitionKey="k")
    kinesis.put_record(StreamName=stream, Data=b"4", PartitionKey="k")
    assert texts(read(kinesis, latest)) == ["3", "4"]
    assert texts(read(kinesis, iterator(kinesis, stream, kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=at[1]))) == \
        ["1", "2", "3", "4"]
    assert texts(read(kinesis, iterator(kinesis, stream, kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=at[1]))) == \
        ["2", "3", "4"]
    assert texts(read(kinesis, iterator(kinesis, stream, kind="AT_TIMESTAMP", Timestamp=moment))) == ["3", "4"]
    assert texts(read(kinesis, iterator(kinesis, stream, kind="AT_TIMESTAMP", Timestamp=moment - 3600)))[0] == "0"
    assert refusal(kinesis.get_shard_iterator, StreamName=stream, ShardId="shardId-000000000000",
                   ShardIteratorType="AT_TIMESTAMP", Timestamp=moment + 3600)[1] == "InvalidArgumentException"
    time.sleep(0.05)
    assert texts(read(kinesis, iterator(kinesis, stream, kind="AT_TIMESTAMP", Timestamp=time.time()))) == []
    assert refusal(kinesis.get_shard_iterator, StreamName=stream, ShardId="shardId-000000000007",
                   ShardIteratorType="LATEST") == (
        400, "ResourceNotFoundException",
        f"Could not find shard shardId-000000000007 in stream {stream} under account 000000000000.")
    assert refusal(kinesis.get_shard_iterator, StreamName=stream, ShardId="shardId-000000000000",
                   ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber="12")[:2] == (
        400, "InvalidArgumentException")
    assert refusal(kinesis.get_records, ShardIterator="AAAA" * 10) == (
        400, "InvalidArgumentException", "Invalid ShardIterator.")


def test_an_iterator_of_a_stream_that_is_gone(kinesis, stream):
    at = iterator(kinesis, stream)
    kinesis.delete_stream(StreamName=stream)
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    assert refusal(kinesis.get_records, ShardIterator=at)[1] == "ResourceNotFoundException"


def test_a_split_shard_ends_and_has_children(kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"before", PartitionKey="k")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(TOP // 4))
    parent, left, right = shards(kinesis, stream)
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"] and "ParentShardId" not in parent
    assert left["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(TOP // 4 - 1)}
    assert right["HashKeyRange"] == {"StartingHashKey": str(TOP // 4), "EndingHashKey": str(TOP - 1)}
    assert left["ParentShardId"] == right["ParentShardId"] == parent["ShardId"]
    put = kinesis.put_record(StreamName=stream, Data=b"after", PartitionKey="k", ExplicitHashKey="0")
    assert put["ShardId"] == left["ShardId"]

    answer = read(kinesis, iterator(kinesis, stream), Limit=1)
    assert texts(answer) == ["before"]
    if "NextShardIterator" in answer:
        answer = read(kinesis, answer["NextShardIterator"])
        assert not answer["Records"]
    assert "NextShardIterator" not in answer
    assert answer["ChildShards"] == [{"ShardId": one["ShardId"], "ParentShards": [parent["ShardId"]],
                                      "HashKeyRange": one["HashKeyRange"]} for one in (left, right)]
    assert refusal(kinesis.split_shard, StreamName=stream, ShardToSplit="shardId-000000000000",
                   NewStartingHashKey="5")[1] == "InvalidArgumentException"
    kinesis.merge_shards(StreamName=stream, ShardToMerge=left["ShardId"], AdjacentShardToMerge=right["ShardId"])
    merged = shards(kinesis, stream)[-1]
    assert merged["ParentShardId"] == left["ShardId"] and merged["AdjacentParentShardId"] == right["ShardId"]
    assert merged["HashKeyRange"] == parent["HashKeyRange"]
    open_ones = shards(kinesis, stream, ShardFilter={"Type": "AT_LATEST"})
    assert [one["ShardId"] for one in open_ones] == [merged["ShardId"]]
    assert len(shards(kinesis, stream, ShardFilter={"Type": "FROM_TRIM_HORIZON"})) == 4
    later = shards(kinesis, stream, ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": left["ShardId"]})
    assert [one["ShardId"] for one in later] == [right["ShardId"], merged["ShardId"]]


def test_shards_page(kinesis):
    name = make(kinesis, 5)
    page = kinesis.list_shards(StreamName=name, MaxResults=2)
    found = page["Shards"]
    while "NextToken" in page:
        page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=2)
        found += page["Shards"]
    assert [one["ShardId"] for one in found] == [f"shardId-{n:012}" for n in range(5)]


@pytest.mark.parametrize("before, target", [(2, 4), (4, 2), (3, 4), (4, 3)])
def test_a_count_of_shards_is_cut_evenly(kinesis, before, target):
    name = make(kinesis, before)
    answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (before, target)
    ranges = sorted((int(one["HashKeyRange"]["StartingHashKey"]), int(one["HashKeyRange"]["EndingHashKey"]))
                    for one in shards(kinesis, name, ShardFilter={"Type": "AT_LATEST"}))
    assert ranges == [(index * TOP // target, (index + 1) * TOP // target - 1) for index in range(target)]
    assert refusal(kinesis.update_shard_count, StreamName=name, TargetShardCount=target * 2 + 1,
                   ScalingType="UNIFORM_SCALING")[1] == "LimitExceededException"


def test_writers_and_splits_at_once_lose_nothing(kinesis):
    """Each record that was acknowledged is in the shard that the answer names, and no shard has one behind its end."""
    name = make(kinesis)

    def write(writer):
        put = []
        for n in range(40):
            answer = kinesis.put_record(StreamName=name, Data=f"{writer}-{n}".encode(), PartitionKey=f"{writer}")
            put.append((answer["ShardId"], answer["SequenceNumber"], f"{writer}-{n}"))
        return put

    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(write, n) for n in range(5)]
        for target in (2, 4, 2, 1):
            time.sleep(0.03)
            kinesis.update_shard_count(StreamName=name, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        put = [one for writer in writers for one in writer.result()]
    found = []
    for shard in shards(kinesis, name):
        answer = read(kinesis, iterator(kinesis, name, int(shard["ShardId"][-12:])))
        found += [(shard["ShardId"], record["SequenceNumber"], record["Data"].decode()) for record in answer["Records"]]
        end = shard["SequenceNumberRange"].get("EndingSequenceNumber")
        assert all(not end or int(record["SequenceNumber"]) < int(end) for record in answer["Records"])
    assert sorted(found) == sorted(put)


def test_how_long_records_are_kept(kinesis, stream):
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    shown = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    assert shown["RetentionPeriodHours"] == 48
    assert refusal(kinesis.increase_stream_retention_period, StreamName=stream, RetentionPeriodHours=24) == (
        400, "InvalidArgumentException", f"Requested retention period (24 hours) for stream {stream} can not be shorter than "
        "existing retention period (48 hours). Use DecreaseRetentionPeriod API.")
    assert refusal(kinesis.increase_stream_retention_period, StreamName=stream, RetentionPeriodHours=8761)[1] == \
        "InvalidArgumentException"
    kinesis.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=24)
    assert refusal(kinesis.decrease_stream_retention_period, StreamName=stream, RetentionPeriodHours=23)[1] == \
        "InvalidArgumentException"


def test_the_key_that_a_stream_is_to_be_encrypted_with(kinesis, stream):
    def shown():
        full = kinesis.describe_stream(StreamName=stream)["StreamDescription"]
        summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
        assert (full["EncryptionType"], full.get("KeyId")) == (summary["EncryptionType"], summary.get("KeyId"))
        return full["EncryptionType"], full.get("KeyId"), kinesis.put_record(
            StreamName=stream, Data=b"x", PartitionKey="k")["EncryptionType"]

    assert shown() == ("NONE", None, "NONE")
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert shown() == ("KMS", "alias/aws/kinesis", "KMS")
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert shown() == ("NONE", None, "NONE")
    assert refusal(kinesis.start_stream_encryption, StreamName=stream, EncryptionType="NONE", KeyId="k")[1] == \
        "InvalidArgumentException"
    assert refusal(kinesis.stop_stream_encryption, StreamName="nobody", EncryptionType="KMS", KeyId="k")[1] == \
        "ResourceNotFoundException"


def test_tags(kinesis, stream):
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"a": "1", "b": "2", "c": "3"})
    kinesis.tag_resource(ResourceARN=arn, Tags={"d": "4"})
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["a"])
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["b"])
    listed = [{"Key": "c", "Value": "3"}, {"Key": "d", "Value": "4"}]
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == listed
    first = kinesis.list_tags_for_stream(StreamName=stream, Limit=1)
    assert first["Tags"] == listed[:1] and first["HasMoreTags"]
    rest = kinesis.list_tags_for_stream(StreamName=stream, ExclusiveStartTagKey="c")
    assert rest["Tags"] == listed[1:] and not rest["HasMoreTags"]


def test_consumers(kinesis, stream):
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]
    assert made["ConsumerARN"].startswith(arn + "/consumer/c:") and made["ConsumerStatus"] == "CREATING"
    by_name = kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName="c")["ConsumerDescription"]
    by_arn = kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"])["ConsumerDescription"]
    assert by_name == by_arn and by_arn["ConsumerStatus"] == "ACTIVE" and by_arn["StreamARN"] == arn
    assert [one["ConsumerName"] for one in kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]] == ["c"]
    assert refusal(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="c")[1] == "ResourceInUseException"
    assert refusal(kinesis.delete_stream, StreamName=stream)[1] == "ResourceInUseException"
    kinesis.deregister_stream_consumer(ConsumerARN=made["ConsumerARN"])
    assert refusal(kinesis.describe_stream_consumer, StreamARN=arn, ConsumerName="c")[1] == "ResourceNotFoundException"
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)


def subscribed(kinesis, arn, shard, **start):
    """The events of a subscription, one after the other; closed at the end of the block."""
    return contextlib.closing(kinesis.subscribe_to_shard(
        ConsumerARN=arn, ShardId=shard, StartingPosition=start or {"Type": "TRIM_HORIZON"})["EventStream"])


def test_a_subscription_tells_what_comes(kinesis, stream):
    shard = "shardId-000000000000"
    arn = kinesis.register_stream_consumer(StreamARN=f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}",
                                           ConsumerName="c")["Consumer"]["ConsumerARN"]
    first = kinesis.put_record(StreamName=stream, Data=b"\0\xff", PartitionKey="k")["SequenceNumber"]
    with subscribed(kinesis, arn, shard) as events:
        told = next(iter(events))["SubscribeToShardEvent"]
        record = told["Records"][0]
        assert (record["Data"], record["PartitionKey"], record["SequenceNumber"]) == (b"\0\xff", "k", first)
        assert told["ContinuationSequenceNumber"] == first and told["MillisBehindLatest"] == 0 and "ChildShards" not in told
        kinesis.put_record(StreamName=stream, Data=b"two", PartitionKey="k")
        told = next(iter(events))["SubscribeToShardEvent"]
        assert [one["Data"] for one in told["Records"]] == [b"two"]
    after = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": first}
    with subscribed(kinesis, arn, shard, **after) as events:
        assert [one["Data"] for one in next(iter(events))["SubscribeToShardEvent"]["Records"]] == [b"two"]
        # The shard ends, and so does what is told of it.
        kinesis.split_shard(StreamName=stream, ShardToSplit=shard, NewStartingHashKey="10")
        rest = [one["SubscribeToShardEvent"] for one in events]
        assert len(rest) == 1 and not rest[0]["Records"] and len(rest[0]["ChildShards"]) == 2
    with subscribed(kinesis, arn, "shardId-000000000001", Type="LATEST") as events:
        told = next(iter(events))["SubscribeToShardEvent"]  # nothing, in time
        assert told["Records"] == [] and told["ContinuationSequenceNumber"].isdigit()
    latest = {"Type": "LATEST"}
    assert refusal(kinesis.subscribe_to_shard, ConsumerARN=arn, ShardId="shardId-000000000009", StartingPosition=latest)[1] == \
        "ResourceNotFoundException"
    assert refusal(kinesis.subscribe_to_shard, ConsumerARN=arn + "0", ShardId=shard, StartingPosition=latest)[1] == \
        "ResourceNotFoundException"


def test_bytes_that_are_refused_are_not_repeated(kinesis, stream):
    records = [{"Data": b"\xff\x00", "PartitionKey": "k"}] * 501
    status, code, message = refusal(kinesis.put_records, StreamName=stream, Records=records)
    assert (status, code) == (400, "ValidationException") and "[pos=0 lim=2 cap=2]" in message
    message = refusal(kinesis.put_record, StreamName=stream, Data=b"x" * (1 << 20) + b"x", PartitionKey="k")[2]
    assert len(message) < 300 and "'data' failed to satisfy constraint" in message


def test_what_cannot_be(kinesis, stream):
    assert refusal(kinesis.put_record, Data=b"x", PartitionKey="k")[1] == "InvalidArgumentException"
    assert refusal(kinesis.put_record, StreamName="nobody", Data=b"x", PartitionKey="k")[1] == "ResourceNotFoundException"
    assert refusal(kinesis.put_record, StreamName=stream, Data=b"x" * (1024 * 1024), PartitionKey="k")[1] == \
        "InvalidArgumentException"
    assert refusal(kinesis.put_records, StreamName=stream,
                   Records=[{"Data": b"x" * (1024 * 1000), "PartitionKey": "k"}] * 6)[1] == "InvalidArgumentException"
    assert refusal(kinesis.merge_shards, StreamName=stream, ShardToMerge="shardId-000000000000",
                   AdjacentShardToMerge="shardId-000000000000")[1] == "InvalidArgumentException"
    assert refusal(kinesis.create_stream, StreamName="x", ShardCount=1, MaxRecordSizeInKiB=2048)[:2] == (
        501, "NotImplemented")
    big = kinesis.put_record(StreamName=stream, Data=b"x" * (1024 * 1024 - 1), PartitionKey="k")
    assert big["ShardId"] == "shardId-000000000000"


def test_iterators_are_of_whom_they_were_made_for(server, kinesis, stream):
    """GetRecords names no stream: the iterator does, and a policy on the stream decides."""
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"
    user = server.make_user()
    theirs = server.client("kinesis", **user.keys)
    at = iterator(kinesis, stream)
    user.may(allow("kinesis:GetRecords", resource=arn + "x"))
    assert refusal(theirs.get_records, ShardIterator=at)[1] == "AccessDeniedException"
    user.may(allow("kinesis:GetRecords", resource=arn))
    assert theirs.get_records(ShardIterator=at)["Records"] == []
    user.may(allow("kinesis:*", resource=arn))
    assert len(theirs.list_shards(StreamARN=arn)["Shards"]) == 1


def test_a_name_of_ones_own_opens_no_stream_of_others(server, kinesis, stream):
    """The permission is asked for the name; an ARN beside it must be the same."""
    _, root = server.make_account("--name", "stranger")
    theirs = server.client("kinesis", **root)
    theirs.create_stream(StreamName=stream, ShardCount=1)
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"
    for call, options in ((theirs.put_record, {"Data": b"x", "PartitionKey": "k"}), (theirs.delete_stream, {}),
                          (theirs.get_shard_iterator, {"ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST"})):
        assert refusal(call, StreamName=stream, StreamARN=arn, **options)[1] == "InvalidArgumentException"
        assert refusal(call, StreamARN=arn, **options)[1] == "AccessDeniedException"
    assert kinesis.put_record(StreamName=stream, StreamARN=arn, Data=b"x", PartitionKey="k")["ShardId"]


def test_an_iterator_begins_at_a_number_or_knows_its_place(kinesis, stream):
    def message(kind, **more):
        return refusal(kinesis.get_shard_iterator, StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType=kind, **more)[1:]

    either = ("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or "
              "LATEST and no StartingSequenceNumber. Request specified {} and {} StartingSequenceNumber.")
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert message(kind) == ("InvalidArgumentException", either.format(kind, "no"))
    for kind in ("TRIM_HORIZON", "LATEST"):
        assert message(kind, StartingSequenceNumber="1") == ("InvalidArgumentException", either.format(kind, "also a"))
    assert message("AT_TIMESTAMP") == ("InvalidArgumentException", (
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."))


def test_a_number_is_of_the_shard_that_it_is_used_in(kinesis):
    stream = make(kinesis, 2)
    shard, sequence = (kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k", ExplicitHashKey="0")[name]
                       for name in ("ShardId", "SequenceNumber"))
    other = {"StreamName": stream, "ShardId": "shardId-000000000001", "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    assert refusal(kinesis.get_shard_iterator, **other, StartingSequenceNumber=sequence)[1:] == ("InvalidArgumentException", (
        f"Invalid StartingSequenceNumber. It encodes {shard}, while it was used in a call to a shard with shardId-000000000001"))


def test_shards_may_be_named_in_short(kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    for name in ("0", "shard-0"):
        start = kinesis.get_shard_iterator(StreamName=stream, ShardId=name, ShardIteratorType="TRIM_HORIZON")
        assert texts(read(kinesis, start["ShardIterator"])) == ["x"]
    missing = "Could not find shard {} in stream " + stream + " under account 000000000000."
    for name, told in (("shard-7", "shardId-000000000007"), ("none", "none")):
        assert refusal(kinesis.split_shard, StreamName=stream, ShardToSplit=name, NewStartingHashKey="10")[1:] == (
            "ResourceNotFoundException", missing.format(told))
    kinesis.split_shard(StreamName=stream, ShardToSplit="shard-0", NewStartingHashKey="10")
    assert len(shards(kinesis, stream)) == 3


def test_what_a_record_comes_after_is_a_number_of_a_record(kinesis, stream):
    put = {"StreamName": stream, "Data": b"x", "PartitionKey": "k"}
    first = kinesis.put_record(**put)["SequenceNumber"]
    assert kinesis.put_record(**put, SequenceNumberForOrdering=first)["SequenceNumber"] > first
    assert refusal(kinesis.put_record, **put, SequenceNumberForOrdering="123")[1:] == ("InvalidArgumentException", (
        f"ExclusiveMinimumSequenceNumber 123 used in PutRecord on stream {stream} under account 000000000000 is invalid."))


def test_tags_have_characters_and_a_number(kinesis, stream):
    invalid = ("InvalidArgumentException", (
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."))
    for tags in ({"a;b": "c"}, {"a": "b;"}, {"a*": "b"}):
        assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags=tags)[1:] == invalid
    assert refusal(kinesis.remove_tags_from_stream, StreamName=stream, TagKeys=["a;"])[1:] == invalid
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"\u00fc _./=+-%@": "\u00e9 1"})
    assert refusal(kinesis.add_tags_to_stream, StreamName=stream, Tags={f"k{n}": "x" for n in range(50)})[1:] == (
        "InvalidArgumentException", f"Failed to add tags to stream {stream} under account 000000000000 because a given stream cannot "
        "have more than 50 tags associated with it.")
