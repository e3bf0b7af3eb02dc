"""Promise: your AWS code runs unchanged. Around its operations DynamoDB's answers and bodies are what its clients know: how requests are
named, what is packed and how, and what the checksum is of."""

import gzip
import json
import re
import zlib

import pytest
from dynamodb_wire import send

REQUEST_ID = re.compile(r"[0-9A-Z]{52}")


def unpacked(answer):
    coding = answer.headers["Content-Encoding"]
    return {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}[coding](answer.body)


@pytest.fixture
def large(dynamodb, make_table):
    """A table whose pages have more than 4 KB."""
    table = make_table()
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "text": {"S": "x" * 10_000}})
    return table


def test_requests_have_names_of_52_characters(server, dynamodb):
    names = {send(server, target, {"TableName": "none"}).headers["x-amzn-RequestId"] for target in ("ListTables", "Scan", "NoSuch")}
    assert len(names) == 3 and all(REQUEST_ID.fullmatch(name) for name in names)
    assert REQUEST_ID.fullmatch(server.client("dynamodbstreams").list_streams()["ResponseMetadata"]["RequestId"])


@pytest.mark.parametrize("accepted, coding", [("gzip", "gzip"), ("deflate", "deflate"), ("gzip;q=0.1, deflate;q=0.9", "deflate"),
                                              ("br, *", "gzip"), ("identity", None), ("gzip;q=0", None)])
def test_long_answers_are_packed_as_the_client_takes_them(server, large, accepted, coding):
    answer = send(server, "Scan", {"TableName": large}, Accept_Encoding=accepted)
    assert answer.headers["Content-Encoding"] == coding
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(answer.body))
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert json.loads(unpacked(answer))["Items"][0]["text"] == {"S": "x" * 10_000}
    assert coding is None or len(answer.body) < 1000


def test_short_answers_stay_as_they_are(server):
    answer = send(server, "ListTables", {"Limit": 1}, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] is None and json.loads(answer.body)


@pytest.mark.parametrize("coding, pack", [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)])
def test_bodies_may_come_packed(server, large, coding, pack):
    body = pack(json.dumps({"TableName": large, "Key": {"pk": {"S": "a"}}, "ProjectionExpression": "pk"}).encode())
    answer = send(server, "GetItem", body, Content_Encoding=coding)
    assert answer.status == 200 and json.loads(answer.body) == {"Item": {"pk": {"S": "a"}}}


def test_what_cannot_be_unpacked(server):
    body = gzip.compress(b"{}")
    for broken in (body[:-1], b"{}", body + b"x"):
        answer = send(server, "ListTables", broken, Content_Encoding="gzip")
        assert (answer.status, answer.refusal()[0]) == (500, "InternalServerError")
    assert send(server, "ListTables", body, Content_Encoding="brotli").status == 400
    # Small as it is sent, too large as it is.
    assert send(server, "ListTables", gzip.compress(b'{"x":"' + b"x" * (17 << 20) + b'"}'), Content_Encoding="gzip").status == 413
