"""Promise: your AWS code runs unchanged. Some clients (Java's) speak CBOR to Kinesis, with times in milliseconds."""

import struct
import time
import uuid

import botocore.awsrequest
import botocore.httpsession
import pytest
from signing import sign

TYPE = "application/x-amz-cbor-1.1"


class Time:
    def __init__(self, ms):
        self.ms = ms

    def __eq__(self, other):
        return self.ms == other.ms


def head(major, number):
    for info, form, limit in ((None, "", 24), (24, ">B", 1 << 8), (25, ">H", 1 << 16), (26, ">I", 1 << 32), (27, ">Q", 1 << 64)):
        if number < limit:
            return bytes([major << 5 | (number if info is None else info)]) + (struct.pack(form, number) if info else b"")
    raise AssertionError(number)


def encode(value):
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):  # as clients write them that do not know the end
        return b"\xbf" + b"".join(encode(name) + encode(item) for name, item in value.items()) + b"\xff"
    if isinstance(value, Time):
        return head(6, 1) + head(0, value.ms)
    return head(0, value)


def decode(data, at=0):
    """The value, and where the next begins."""
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        assert info in (20, 21, 22), "no fractions are expected here"
        return {20: False, 21: True, 22: None}[info], at
    length = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
    number = int.from_bytes(data[at:at + length], "big") if length else info
    at += length
    if major == 0:
        return number, at
    if major in (2, 3):
        text = data[at:at + number]
        return (text if major == 2 else text.decode()), at + number
    if major == 4:
        items = []
        for _ in range(number):
            item, at = decode(data, at)
            items.append(item)
        return items, at
    if major == 5:
        found = {}
        for _ in range(number):
            name, at = decode(data, at)
            found[name], at = decode(data, at)
        return found, at
    assert (major, number) == (6, 1)
    ms, at = decode(data, at)
    return Time(ms), at


@pytest.fixture
def call(server):
    session = botocore.httpsession.URLLib3Session()

    def make(operation, status=200, **given):
        headers = {"Content-Type": TYPE, "X-Amz-Target": "Kinesis_20131202." + operation}
        request = botocore.awsrequest.AWSRequest("POST", server.url + "/", headers, encode(given))
        sign(request, server.url.removeprefix("http://"), "kinesis", server.credentials)
        answer = session.send(request.prepare())
        assert answer.status_code == status and answer.headers["Content-Type"] == TYPE
        value, end = decode(answer.content)
        assert end == len(answer.content)
        return value

    return make


def test_records_in_cbor(server, call):
    name = "s-" + uuid.uuid4().hex
    assert call("CreateStream", StreamName=name, ShardCount=1) == {}
    before = int(time.time() * 1000)
    put = call("PutRecord", StreamName=name, PartitionKey="k", Data=b"\0\xff")
    assert put["ShardId"] == "shardId-000000000000"
    at = call("GetShardIterator", StreamName=name, ShardId=put["ShardId"], ShardIteratorType="AT_TIMESTAMP",
              Timestamp=Time(before))["ShardIterator"]
    record, = call("GetRecords", ShardIterator=at, Limit=1)["Records"]
    arrived = record.pop("ApproximateArrivalTimestamp")
    assert before <= arrived.ms <= time.time() * 1000
    assert record == {"SequenceNumber": put["SequenceNumber"], "Data": b"\0\xff", "PartitionKey": "k"}
    time.sleep(0.01)
    later = call("GetShardIterator", StreamName=name, ShardId=put["ShardId"], ShardIteratorType="AT_TIMESTAMP",
                 Timestamp=Time(arrived.ms + 1))["ShardIterator"]
    assert call("GetRecords", ShardIterator=later)["Records"] == []
    # The same in JSON.
    kinesis = server.client("kinesis")
    at = kinesis.get_shard_iterator(StreamName=name, ShardId=put["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert kinesis.get_records(ShardIterator=at)["Records"][0]["Data"] == b"\0\xff"


def test_refusals_in_cbor(call):
    refused = call("DescribeStream", status=400, StreamName="nobody")
    assert refused == {"__type": "ResourceNotFoundException", "message": "Stream nobody under account 000000000000 not found."}
