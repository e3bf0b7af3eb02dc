"""Promise: your AWS code runs unchanged: pages of other origins are let in by a bucket's rules, as browsers ask for it."""
import http.client
import urllib.parse
import uuid

import pytest
from test_s3_buckets import refused

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
RULES = [
    {"ID": "shop", "AllowedOrigins": ["https://shop.example", "https://*.shop.example"], "AllowedMethods": ["GET", "PUT"],
     "AllowedHeaders": ["content-type", "X-Amz-*"], "ExposeHeaders": ["ETag", "x-amz-meta-a"], "MaxAgeSeconds": 600},
    {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]},
]


@pytest.fixture(scope="module")
def shared(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": RULES})
    s3.put_object(Bucket=name, Key="a b", Body=b"text")
    return name


def ask(server, method, target, body=None, /, **headers):
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request(method, target, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def preflight(server, target, origin, method, headers=None, **more):
    if headers is not None:
        more["Access_Control_Request_Headers"] = headers
    return ask(server, "OPTIONS", target, Origin=origin, Access_Control_Request_Method=method, **more)


def test_rules_live_and_die(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": RULES})
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"] == RULES
    s3.delete_bucket_cors(Bucket=name)
    s3.delete_bucket_cors(Bucket=name)
    refused(lambda: s3.get_bucket_cors(Bucket=name), "NoSuchCORSConfiguration", 404, BucketName=name)


@pytest.mark.parametrize("change, code, message", [
    ({"AllowedMethods": ["PATCH"]}, "InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is PATCH"),
    ({"AllowedMethods": ["get"]}, "InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is get"),
    ({"AllowedOrigins": ["http://*.*"]}, "InvalidRequest", 'AllowedOrigin "http://*.*" can not have more than one wildcard.'),
    ({"AllowedHeaders": ["*-*"]}, "InvalidRequest", 'AllowedHeader "*-*" can not have more than one wildcard.'),
    ({"ExposeHeaders": ["x-*"]}, "InvalidRequest",
     'ExposeHeader "x-*" contains wildcard. We currently do not support wildcard for ExposeHeader.'),
    ({"AllowedOrigins": []}, "MalformedXML", None),
    ({"ID": "i" * 256}, "MalformedXML", None),
])
def test_rules_that_are_none(s3, shared, change, code, message):
    more = {"Message": message} if message else {}
    refused(lambda: s3.put_bucket_cors(Bucket=shared, CORSConfiguration={"CORSRules": [{**RULES[1], **change}]}), code, 400, **more)
    assert s3.get_bucket_cors(Bucket=shared)["CORSRules"] == RULES


def test_a_hundred_rules_and_no_more(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": RULES[1:] * 100})
    refused(lambda: s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": RULES[1:] * 101}), "InvalidRequest", 400)
    refused(lambda: s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": []}), "MalformedXML", 400)


def test_who_asks_before_a_request_is_told_what_goes(server, shared):
    status, headers, body = preflight(server, f"/{shared}/a%20b", "https://eu.shop.example", "PUT", "X-Amz-Date,  Content-Type")
    assert (status, body) == (200, "")
    assert headers["Access-Control-Allow-Origin"] == "https://eu.shop.example"
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Allow-Methods"] == "GET, PUT"
    assert headers["Access-Control-Allow-Headers"] == "x-amz-date, content-type"
    assert headers["Access-Control-Expose-Headers"] == "ETag, x-amz-meta-a"
    assert headers["Access-Control-Max-Age"] == "600"
    assert headers.get_all("Vary") == [VARY] and headers["x-amz-request-id"]
    # The rule for everyone names nobody.
    status, headers, _ = preflight(server, f"/{shared}/a", "https://other.example", "GET")
    assert (status, headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Credentials"]) == (200, "*", None)
    assert headers["Vary"] == VARY and headers["Access-Control-Allow-Headers"] is None


@pytest.mark.parametrize("origin, method, headers", [
    ("https://other.example", "PUT", None), ("https://shop.example", "DELETE", None), ("https://shop.example.evil", "PUT", None),
    ("https://.shop.example.evil", "PUT", None), ("https://shop.example", "PUT", "authorization"),
    ("https://other.example", "GET", "x-amz-date")])
def test_what_no_rule_lets_in(server, shared, origin, method, headers):
    status, answer, body = preflight(server, f"/{shared}/a", origin, method, headers)
    assert (status, answer["Access-Control-Allow-Origin"], answer["Vary"]) == (403, None, VARY)
    assert "<Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed. This is usually because the " \
           "evalution of Origin" in body
    assert f"<Method>{method}</Method><ResourceType>OBJECT</ResourceType>" in body


def test_buckets_without_rules_and_none_at_all(server, s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    status, _, body = preflight(server, f"/{name}", "https://a.example", "GET")
    assert status == 403 and "<Message>CORSResponse: CORS is not enabled for this bucket.</Message>" in body
    assert "<Method>GET</Method><ResourceType>BUCKET</ResourceType>" in body
    status, _, body = preflight(server, f"/{name}x/k", "https://a.example", "GET")
    assert status == 403 and "<Message>CORSResponse: Bucket not found</Message>" in body
    # What is set holds at once, and what is taken away too.
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": RULES})
    assert preflight(server, f"/{name}", "https://a.example", "GET")[0] == 200
    s3.delete_bucket_cors(Bucket=name)
    assert preflight(server, f"/{name}", "https://a.example", "GET")[0] == 403


def test_questions_that_are_none(server, shared):
    status, _, body = ask(server, "OPTIONS", f"/{shared}/a", Access_Control_Request_Method="GET")
    assert status == 400 and "<Code>BadRequest</Code><Message>Insufficient information. Origin request header needed.</Message>" in body
    status, _, body = ask(server, "OPTIONS", f"/{shared}/a", Origin="https://shop.example")
    assert status == 400 and "<Code>BadRequest</Code>" in body


def test_links_and_hosts_are_asked_for_too(server, s3, shared):
    link = urllib.parse.urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": shared, "Key": "new"}))
    assert preflight(server, f"{link.path}?{link.query}", "https://shop.example", "PUT")[0] == 200
    assert preflight(server, "/new", "https://shop.example", "PUT", Host=f"{shared}.s3.us-east-1.localhost")[0] == 200
    # Even when the link would be refused.
    assert preflight(server, f"/{shared}/k?X-Amz-Algorithm=no", "https://shop.example", "PUT")[0] == 200
    assert preflight(server, f"/{shared}/k", "https://shop.example", "PUT", Authorization="nonsense")[0] == 200


def test_answers_tell_who_may_see_them(server, s3, shared):
    link = urllib.parse.urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": shared, "Key": "a b"}))
    status, headers, body = ask(server, "GET", f"{link.path}?{link.query}", Origin="https://shop.example")
    assert (status, body) == (200, "text")
    assert headers["Access-Control-Allow-Origin"] == "https://shop.example" and headers["Vary"] == VARY
    assert headers["Access-Control-Expose-Headers"] == "ETag, x-amz-meta-a"
    # Also of refusals: nobody signed this.
    status, headers, _ = ask(server, "GET", f"/{shared}/a%20b", Origin="https://any.example")
    assert (status, headers["Access-Control-Allow-Origin"]) == (403, "*")
    # Who is not let in is answered all the same.
    status, headers, _ = ask(server, "PUT", f"/{shared}/a%20b", Origin="https://any.example")
    assert (status, headers["Access-Control-Allow-Origin"], headers["Vary"]) == (403, None, None)
    assert ask(server, "GET", f"{link.path}?{link.query}")[1]["Access-Control-Allow-Origin"] is None
