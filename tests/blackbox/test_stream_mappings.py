"""Promise: your AWS code runs unchanged. Records of a stream come to the function that is mapped to it: each at least once,
in order, in batches, as its role; and what the function cannot handle is given up as the mapping says."""

import base64
import json
import time
import uuid

import pytest
from blackbox_server import allow, create, until
from queues import make_queue, make_role, take
from refusals import refusal

ACCOUNT = "000000000000"
INVALID = "InvalidParameterValueException"
READ = allow("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:DescribeStreamSummary",
             "kinesis:ListShards")
GOT = "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"
# Fails for records that say "bad", after saying what it got.
PICKY = """import json, base64
def handler(event, context):
    print('GOT ' + json.dumps(event))
    if any(base64.b64decode(r['kinesis']['data']) == b'bad' for r in event['Records']):
        raise ValueError('bad')
"""
REPORTING = """import json, base64
def handler(event, context):
    print('GOT ' + json.dumps(event))
    return {'batchItemFailures': [{'itemIdentifier': r['kinesis']['sequenceNumber']} for r in event['Records']
                                  if base64.b64decode(r['kinesis']['data']) == b'bad']}
"""


@pytest.fixture(scope="module")
def kinesis(server):
    return server.client("kinesis")


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, READ, allow("logs:*", "sqs:*", "s3:*"))


@pytest.fixture
def stream(kinesis):
    return make_stream(kinesis)


def make_stream(kinesis, shards=1):
    name = "s-" + uuid.uuid4().hex[:12]
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    return name, f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"


@pytest.fixture
def mapped(aws, role):
    made = []

    def make(code, arn, wait=True, settings=None, **options):
        name = create(aws, code, **{"Role": role, **(settings or {})})
        options.setdefault("StartingPosition", "TRIM_HORIZON")
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
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
        found = [event for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(one["message"][4:]) for one in found if one["message"].startswith("GOT ")]


def texts(event):
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]


def batches(logs, name):
    return [texts(event) for event in events(logs, name)]


def put(kinesis, name, *data, key="k"):
    return kinesis.put_records(StreamName=name, Records=[{"Data": one.encode(), "PartitionKey": key} for one in data])["Records"]


def test_a_record_is_what_the_service_says(kinesis, logs, stream, mapped, role):
    name, arn = stream
    function, _ = mapped(GOT, arn)
    sent = kinesis.put_record(StreamName=name, Data=b"\0\xff", PartitionKey="k")
    event, = until(lambda: events(logs, function))
    record, = event["Records"]
    arrived = record["kinesis"].pop("approximateArrivalTimestamp")
    assert abs(arrived - time.time()) < 60 and isinstance(arrived, (int, float))
    assert record == {
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": sent["SequenceNumber"], "data": "AP8="},
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": "shardId-000000000000:" + sent["SequenceNumber"],
        "eventName": "aws:kinesis:record", "invokeIdentityArn": role, "awsRegion": "us-east-1", "eventSourceARN": arn}


def test_the_life_of_a_mapping(aws, kinesis, logs, stream, mapped):
    name, arn = stream
    function, mapping = mapped(GOT, arn)
    shown = aws.get_event_source_mapping(UUID=mapping)
    shown.pop("ResponseMetadata")
    shown.pop("LastModified")
    assert shown == {"UUID": mapping, "EventSourceArn": arn, "FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}",
                     "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:{mapping}",
                     "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], "State": "Enabled",
                     "StateTransitionReason": "User action", "StartingPosition": "TRIM_HORIZON", "ParallelizationFactor": 1,
                     "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1, "BisectBatchOnFunctionError": False,
                     "TumblingWindowInSeconds": 0, "DestinationConfig": {"OnFailure": {}},
                     "LastProcessingResult": "No records processed"}
    put(kinesis, name, "a")
    until(lambda: batches(logs, function) == [["a"]])
    until(lambda: aws.get_event_source_mapping(UUID=mapping)["LastProcessingResult"] == "OK")
    aws.update_event_source_mapping(UUID=mapping, Enabled=False)
    until(lambda: state(aws, mapping) == "Disabled")
    put(kinesis, name, "b")
    time.sleep(1)
    assert batches(logs, function) == [["a"]]
    aws.update_event_source_mapping(UUID=mapping, Enabled=True, BatchSize=1)
    put(kinesis, name, "c")
    until(lambda: batches(logs, function) == [["a"], ["b"], ["c"]])  # on from where it was
    assert aws.delete_event_source_mapping(UUID=mapping)["State"] == "Deleting"
    until(lambda: state(aws, mapping) is None)


def test_latest_is_from_the_answer_on(aws, kinesis, logs, stream, mapped):
    name, arn = stream
    put(kinesis, name, "before")
    function, _ = mapped(GOT, arn, wait=False, StartingPosition="LATEST")
    put(kinesis, name, "behind")
    until(lambda: batches(logs, function) == [["behind"]])


def test_a_time_to_begin_at(aws, kinesis, logs, stream, mapped):
    name, arn = stream
    put(kinesis, name, "before")
    time.sleep(0.05)
    moment = time.time()
    time.sleep(0.05)
    put(kinesis, name, "then")
    function, mapping = mapped(GOT, arn, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=moment)
    until(lambda: batches(logs, function) == [["then"]])
    assert abs(aws.get_event_source_mapping(UUID=mapping)["StartingPositionTimestamp"].timestamp() - moment) < 1


def test_a_failure_is_tried_again_and_blocks(aws, kinesis, logs, stream, mapped):
    name, arn = stream
    function, mapping = mapped(PICKY, arn, BatchSize=1)
    put(kinesis, name, "good", "bad", "behind")
    until(lambda: batches(logs, function)[:4] == [["good"], ["bad"], ["bad"], ["bad"]])
    shown = aws.get_event_source_mapping(UUID=mapping)
    assert shown["LastProcessingResult"] == "PROBLEM: Function call failed"
    aws.update_event_source_mapping(UUID=mapping, MaximumRetryAttempts=0)
    until(lambda: batches(logs, function)[-1] == ["behind"])


def test_what_is_given_up_is_told(server, aws, kinesis, logs, stream, mapped):
    name, arn = stream
    sqs = server.client("sqs")
    url, queue = make_queue(sqs)
    function, mapping = mapped(PICKY, arn, wait=False, Enabled=False, MaximumRetryAttempts=1,
                               DestinationConfig={"OnFailure": {"Destination": queue}})
    assert aws.get_event_source_mapping(UUID=mapping)["DestinationConfig"] == {"OnFailure": {"Destination": queue}}
    until(lambda: state(aws, mapping) == "Disabled")
    sent = put(kinesis, name, "good", "bad")
    aws.update_event_source_mapping(UUID=mapping, Enabled=True)
    record = json.loads(take(sqs, url)["Body"])
    context = record.pop("requestContext")
    assert uuid.UUID(context.pop("requestId"))
    assert context == {"functionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}",
                       "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2}
    assert record.pop("responseContext") == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record.pop("version") == "1.0" and record.pop("timestamp").endswith("Z")
    info = record.pop("KinesisBatchInfo")
    assert not record
    assert info.pop("approximateArrivalOfFirstRecord") == info.pop("approximateArrivalOfLastRecord")
    assert info == {"shardId": "shardId-000000000000", "startSequenceNumber": sent[0]["SequenceNumber"],
                    "endSequenceNumber": sent[1]["SequenceNumber"], "batchSize": 2, "streamArn": arn}
    until(lambda: batches(logs, function) == [["good", "bad"]] * 2)


def test_a_bucket_gets_the_event_too(kinesis, s3, bucket, stream, mapped):
    name, arn = stream
    put(kinesis, name, "bad")
    _, mapping = mapped(PICKY, arn, MaximumRetryAttempts=0,
                        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::" + bucket}})
    found = until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))
    assert found[0]["Key"].startswith(f"aws/lambda/{mapping}/shardId-000000000000/20")
    record = json.loads(s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read())
    assert texts(json.loads(record["payload"])) == ["bad"]


def test_halving_finds_the_bad_record(kinesis, logs, stream, mapped):
    name, arn = stream
    put(kinesis, name, "a", "b", "bad", "d")
    function, _ = mapped(PICKY, arn, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True)
    until(lambda: batches(logs, function) == [["a", "b", "bad", "d"], ["a", "b"], ["bad", "d"], ["bad"], ["d"]])


def test_reported_failures_are_where_it_goes_on(aws, kinesis, logs, stream, mapped):
    name, arn = stream
    put(kinesis, name, "a", "bad", "c")
    function, mapping = mapped(REPORTING, arn, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    assert aws.get_event_source_mapping(UUID=mapping)["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    put(kinesis, name, "d")
    until(lambda: ["d"] in batches(logs, function) or ["bad", "c", "d"] in batches(logs, function))
    assert batches(logs, function)[:2] == [["a", "bad", "c"], ["bad", "c"]] or batches(logs, function)[0][:2] == ["a", "bad"]


def test_filters_see_what_is_in_a_record(kinesis, logs, stream, mapped):
    name, arn = stream
    function, _ = mapped(GOT, arn, FilterCriteria={"Filters": [{"Pattern": json.dumps({"data": {"kind": ["a"]}})},
                                                              {"Pattern": json.dumps({"partitionKey": ["p"]})}]})
    put(kinesis, name, '{"kind":"a"}', '{"kind":"b"}', "kind a")
    put(kinesis, name, "text", key="p")
    until(lambda: sum(batches(logs, function), []) == ['{"kind":"a"}', "text"])


def test_children_come_behind_their_parents(kinesis, logs, stream, mapped):
    name, arn = stream
    put(kinesis, name, "1", "2")
    kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    put(kinesis, name, "3")
    kinesis.update_shard_count(StreamName=name, TargetShardCount=1, ScalingType="UNIFORM_SCALING")
    put(kinesis, name, "4")
    function, _ = mapped(GOT, arn, BatchSize=1)
    until(lambda: sum(batches(logs, function), []) == ["1", "2", "3", "4"])
    kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    put(kinesis, name, "5")
    until(lambda: sum(batches(logs, function), []) == ["1", "2", "3", "4", "5"])


def test_lanes_run_beside_each_other_and_keep_the_order_of_keys(aws, kinesis, logs, stream, mapped):
    name, arn = stream
    for n in range(5):
        kinesis.put_records(StreamName=name, Records=[{"Data": f"{key}{n}".encode(), "PartitionKey": key} for key in "abcdefgh"])
    function, mapping = mapped(GOT, arn, ParallelizationFactor=4, BatchSize=2)
    found = until(lambda: (lambda all_: all_ if len(all_) == 40 else None)(sum(batches(logs, function), [])))
    for key in "abcdefgh":
        assert [one for one in found if one[0] == key] == [f"{key}{n}" for n in range(5)]
    aws.update_event_source_mapping(UUID=mapping, ParallelizationFactor=2)
    until(lambda: state(aws, mapping) == "Enabled")
    put(kinesis, name, "z")
    until(lambda: "z" in sum(batches(logs, function), []))


def test_tumbling_windows(kinesis, logs, stream, mapped):
    name, arn = stream
    code = ("import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"
            "    return {'state': {'count': event['state'].get('count', 0) + len(event['Records'])}}\n")
    function, _ = mapped(code, arn, TumblingWindowInSeconds=2, BatchSize=1)
    put(kinesis, name, "a", "b", "c")
    finals = until(lambda: [event for event in events(logs, function) if event["isFinalInvokeForWindow"]])
    assert sum(len(event["Records"]) for event in events(logs, function)) == 3
    first = events(logs, function)[0]
    assert first["state"] == {} and first["shardId"] == "shardId-000000000000" and first["eventSourceARN"] == arn
    assert first["isFinalInvokeForWindow"] is False and first["isWindowTerminatedEarly"] is False
    assert first["window"]["start"].endswith("Z") and first["window"]["start"] < first["window"]["end"]
    assert finals[0]["Records"] == [] and finals[0]["state"]["count"] >= 1


def test_a_throttled_function_gets_its_records_later(aws, kinesis, logs, stream, mapped):
    name, arn = stream
    function, _ = mapped(GOT, arn, MaximumRetryAttempts=0)
    aws.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    put(kinesis, name, "a")
    time.sleep(1)
    assert batches(logs, function) == []
    aws.delete_function_concurrency(FunctionName=function)
    until(lambda: batches(logs, function) == [["a"]])


def test_a_role_that_may_not_read(server, aws, kinesis, stream):
    _, arn = stream
    function = create(aws, GOT, Role=make_role(server, allow("logs:*")))
    assert refusal(aws.create_event_source_mapping, FunctionName=function, EventSourceArn=arn, StartingPosition="LATEST") == (
        400, INVALID, f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.")


def test_a_consumer_stands_for_its_stream(server, aws, kinesis, logs, stream, mapped):
    name, arn = stream
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    settings = {"FunctionName": create(aws, GOT, Role=make_role(server, READ, allow("logs:*"))), "StartingPosition": "LATEST"}
    assert refusal(aws.create_event_source_mapping, EventSourceArn=consumer, **settings) == (
        400, INVALID, f"Cannot access stream {consumer}. Please ensure the role can perform the SubscribeToShard, "
        "DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.")
    may_subscribe = make_role(server, allow("kinesis:SubscribeToShard", resource=consumer + "*"), allow("logs:*"),
                              allow("kinesis:DescribeStream", "kinesis:ListShards", resource=arn))
    put(kinesis, name, "one")
    function, mapping = mapped(GOT, consumer, settings={"Role": may_subscribe})
    event, = until(lambda: events(logs, function))
    assert texts(event) == ["one"] and event["Records"][0]["eventSourceARN"] == consumer
    assert aws.get_event_source_mapping(UUID=mapping)["EventSourceArn"] == consumer
    settings["FunctionName"] = function
    assert refusal(aws.create_event_source_mapping, EventSourceArn=consumer + "0", **settings) == (
        400, INVALID, f"Stream not found: {consumer}0")


def test_what_is_refused(aws, kinesis, stream, mapped):
    _, arn = stream
    function, mapping = mapped(GOT, arn)

    def refused(**options):
        given = {"FunctionName": function, "EventSourceArn": arn, "StartingPosition": "LATEST", **options}
        return refusal(aws.create_event_source_mapping, **{name: value for name, value in given.items() if value is not None})

    assert refused() == (409, "ResourceConflictException", f'The event source arn (" {arn} ") and function (" {function} ") '
                         f"provided mapping already exists. Please update or delete the existing mapping with UUID {mapping}")
    assert refused(EventSourceArn=arn + "x") == (400, INVALID, f"Stream not found: {arn}x")
    assert refused(StartingPosition=None) == (
        400, INVALID, "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must "
        "not be null.")
    assert refused(FunctionName="nobody") == (400, INVALID, "Function does not exist")
    assert refused(MaximumRecordAgeInSeconds=30)[:2] == (400, INVALID)
    assert refused(StartingPosition="AT_TIMESTAMP")[:2] == (400, INVALID)
    assert refused(ScalingConfig={"MaximumConcurrency": 2})[:2] == (400, INVALID)
    assert refused(DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:nobody"}})[:2] == (
        400, INVALID)
    assert refused(FilterCriteria={"Filters": [{"Pattern": "{"}]}) == (400, INVALID, "Invalid filter pattern definition.")
