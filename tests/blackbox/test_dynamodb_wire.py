"""Promise: your AWS code runs unchanged. Around its operations DynamoDB's answers and bodies are what its clients know: how requests are
named, what is packed and how, and what the checksum is of."""

import datetime
import gzip
import http.client
import json
import re
import zlib

import pytest
from botocore.awsrequest import AWSRequest
from dynamodb_wire import Answer, send
from signing import sign

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


def ask(server, method, path="/", body=None, signed=True, change=None, age=datetime.timedelta(), **headers):
    host = server.url.removeprefix("http://")
    request = AWSRequest(method, server.url + path, data=body, headers={
        name.replace("_", "-"): value for name, value in headers.items()})
    if signed:
        sign(request, host, "dynamodb", server.credentials, age)
    fields = dict(request.headers.items())
    if change:
        change(fields)
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request(method, path, body, fields)
        return Answer(connection.getresponse())
    finally:
        connection.close()


TARGET = {"X_Amz_Target": "DynamoDB_20120810.ListTables"}


def test_the_service_says_that_it_is_well(server):
    answer = ask(server, "GET")
    assert (answer.status, answer.body) == (200, b"healthy: dynamodb.us-east-1.amazonaws.com ")
    assert ask(server, "GET", signed=False, Host="dynamodb.us-east-1.amazonaws.com").body == answer.body


@pytest.mark.parametrize("method, path, body, headers", [
    ("PUT", "/", b"", {}), ("DELETE", "/", b"", {}), ("GET", "/tables", None, {}),
    ("POST", "/", b"{}", {}), ("POST", "/", b"{}", {"Content_Type": "text/plain"})])
def test_what_is_no_call(server, method, path, body, headers):
    answer = ask(server, method, path, body, **TARGET, **headers)
    assert (answer.status, answer.body) == (404, b"<UnknownOperationException/>\n")
    assert answer.headers["x-amz-crc32"] == "3552371480"


def test_answers_are_of_the_type_that_was_asked_in(server):
    for asked, told in (("application/x-amz-json-1.0", "application/x-amz-json-1.0"), ("application/json", "application/json"),
                        ("application/json; charset=utf-8", "application/json")):
        for body in (b"{}", b'{"Limit":0}'):
            assert ask(server, "POST", body=body, Content_Type=asked, **TARGET).headers["Content-Type"] == told


def test_a_page_may_ask_whether_it_may_call(server):
    answer = ask(server, "OPTIONS", signed=False, Origin="https://page.example", Access_Control_Request_Method="POST",
                 Access_Control_Request_Headers="authorization, x-amz-target")
    assert answer.status == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, x-amz-target"
    assert (answer.headers["Access-Control-Allow-Methods"], answer.headers["Access-Control-Max-Age"]) == ("POST", "172800")


@pytest.mark.parametrize("body", [b"", b"no json", b"[]"])
def test_what_is_no_json_is_refused_without_a_word(server, body):
    answer = ask(server, "POST", body=body, Content_Type="application/x-amz-json-1.0", **TARGET)
    document = json.loads(answer.body)
    assert answer.status == 400 and document.pop("__type") == "com.amazon.coral.service#SerializationException"
    assert body == b"[]" or not document


def test_targets_of_other_services_are_unknown(server):
    answer = ask(server, "POST", body=b"{}", Content_Type="application/x-amz-json-1.0", X_Amz_Target="Other_20120810.ListTables")
    assert answer.refusal() == ("UnknownOperationException", None)


def test_headers_have_a_bound(server):
    assert send(server, "ListTables", {}, X_Long="x" * 15_000).status == 200
    answer = send(server, "ListTables", {}, X_Long="x" * 16_500)
    assert (answer.status, answer.refusal()[0]) == (400, "RequestHeaderSectionTooLarge")


def test_signatures_that_are_none(server):
    def refused(path="/", **changes):
        answer = ask(server, "POST", path, b"{}", change=lambda fields: fields.update(changes),
                     Content_Type="application/x-amz-json-1.0", **TARGET)
        assert answer.status == 400
        return answer.refusal()

    assert refused("/?X-Amz-Algorithm=AWS4-HMAC-SHA256") == (
        "InvalidSignatureException",
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
    assert refused(Authorization="Bearer x") == (
        "MissingAuthenticationTokenException", "Request is missing Authentication Token")


def test_a_clock_may_be_wrong_by_a_quarter_of_an_hour(server):
    def signed_ago(minutes):
        return ask(server, "POST", body=b"{}", age=datetime.timedelta(minutes=minutes), Content_Type="application/x-amz-json-1.0",
                   **TARGET)

    assert signed_ago(14).status == signed_ago(-14).status == 200
    assert "- 15 min.)" in signed_ago(16).refusal()[1] and "+ 15 min.)" in signed_ago(-16).refusal()[1]
