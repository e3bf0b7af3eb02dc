"""Promise: your AWS code runs unchanged. A function answers at its URL as on the real service."""

import base64
import http.client
import json
import re
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest
from blackbox_server import create

ECHO = "def handler(event, context):\n    return event\n"
FORBIDDEN = ("Forbidden. For troubleshooting Function URL authorization issues, see: "
             "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")


def permit(aws, name, auth_type="NONE", principal="*", **options):
    """The two grants that a call by URL needs."""
    aws.add_permission(FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal=principal,
                       FunctionUrlAuthType=auth_type, **options)
    aws.add_permission(FunctionName=name, StatementId="invoke", Action="lambda:InvokeFunction", Principal=principal,
                       InvokedViaFunctionUrl=True, **options)


def open_url(aws, name, **options):
    permit(aws, name)
    return aws.create_function_url_config(FunctionName=name, AuthType="NONE", **options)["FunctionUrl"]


class Response:
    def __init__(self, raw):
        self.status, self.headers, self.all_headers = raw.status, raw.headers, raw.getheaders()
        self.body = raw.read()

    def json(self):
        return json.loads(self.body)


def connect(server):
    return http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=30)


def call(server, url, path="/", method="GET", body=None, headers=None, host=None):
    connection = connect(server)
    headers = {"Host": host or urllib.parse.urlsplit(url).netloc, **(headers or {})}
    connection.request(method, path, body, headers)
    return Response(connection.getresponse())


def signed(server, url, path="/", method="GET", body=b"", keys=None, region="us-east-1"):
    keys = keys or server.credentials
    request = botocore.awsrequest.AWSRequest(method, url.rstrip("/") + path, data=body, headers={"x-custom": "1"})
    credentials = botocore.credentials.Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"],
                                                   keys.get("token"))
    botocore.auth.SigV4Auth(credentials, "lambda", region).add_auth(request)
    return call(server, url, path, method, body, dict(request.headers.items()))


@pytest.fixture(scope="module")
def echo(aws):
    name = create(aws, ECHO)
    return name, open_url(aws, name)


# ----- configuration -----


def test_a_configuration_from_its_making_to_its_end(aws):
    name = create(aws, ECHO)
    made = aws.create_function_url_config(FunctionName=name, AuthType="NONE")
    assert re.fullmatch(r"https://[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws/", made["FunctionUrl"])
    assert made["FunctionArn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert "InvokeMode" not in made and "Cors" not in made
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["CreationTime"])

    got = aws.get_function_url_config(FunctionName=name)
    assert got["InvokeMode"] == "BUFFERED" and got["LastModifiedTime"] == got["CreationTime"] == made["CreationTime"]

    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 5, "AllowCredentials": True}
    changed = aws.update_function_url_config(FunctionName=name, AuthType="AWS_IAM", Cors=cors,
                                             InvokeMode="RESPONSE_STREAM")
    assert changed["AuthType"] == "AWS_IAM" and changed["Cors"] == cors
    assert changed["InvokeMode"] == "RESPONSE_STREAM" and changed["FunctionUrl"] == made["FunctionUrl"]
    assert aws.update_function_url_config(FunctionName=name)["Cors"] == cors

    aws.delete_function_url_config(FunctionName=name)
    with pytest.raises(aws.exceptions.ResourceNotFoundException) as missing:
        aws.get_function_url_config(FunctionName=name)
    assert missing.value.response["Error"]["Message"] == "The resource you requested does not exist."


def test_each_alias_has_a_url_of_its_own(aws):
    name = create(aws, ECHO, Publish=True)
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    base = aws.create_function_url_config(FunctionName=name, AuthType="NONE", InvokeMode="BUFFERED")
    alias = aws.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="AWS_IAM")
    assert base["InvokeMode"] == "BUFFERED" and alias["FunctionArn"] == arn + ":live"
    listed = aws.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert [one["FunctionArn"] for one in listed] == [arn, arn + ":live"]
    page = aws.list_function_url_configs(FunctionName=name, MaxItems=1)
    assert len(page["FunctionUrlConfigs"]) == 1
    rest = aws.list_function_url_configs(FunctionName=name, Marker=page["NextMarker"])
    assert [one["FunctionUrl"] for one in rest["FunctionUrlConfigs"]] == [alias["FunctionUrl"]]
    aws.delete_function_url_config(FunctionName=name)
    assert aws.get_function_url_config(FunctionName=name, Qualifier="live")["FunctionUrl"] == alias["FunctionUrl"]
    aws.delete_alias(FunctionName=name, Name="live")
    assert aws.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"] == []


def test_refusals(aws):
    name = create(aws, ECHO)
    aws.create_function_url_config(FunctionName=name, AuthType="NONE")
    with pytest.raises(aws.exceptions.ResourceConflictException) as conflict:
        aws.create_function_url_config(FunctionName=name, AuthType="NONE")
    assert conflict.value.response["Error"]["Message"] == (
        f"Failed to create function url config for [functionArn = arn:aws:lambda:us-east-1:000000000000:function:{name}]. "
        "Error message:  FunctionUrlConfig exists for this Lambda function")
    for given in ({"FunctionName": "absent"}, {"FunctionName": name, "Qualifier": "absent"}):
        for operation in (aws.create_function_url_config, aws.update_function_url_config):
            with pytest.raises(aws.exceptions.ResourceNotFoundException) as missing:
                operation(AuthType="NONE", **given)
            assert missing.value.response["Error"]["Message"] == "Function does not exist"
        for operation in (aws.get_function_url_config, aws.delete_function_url_config):
            with pytest.raises(aws.exceptions.ResourceNotFoundException) as missing:
                operation(**given)
            assert missing.value.response["Error"]["Message"] == "The resource you requested does not exist."
    for qualifier in ("$LATEST", "1"):
        with pytest.raises(botocore.exceptions.ClientError) as invalid:
            aws.create_function_url_config(FunctionName=name, Qualifier=qualifier, AuthType="NONE")
        assert invalid.value.response["Error"]["Code"] == "ValidationException"
        assert r"((?!^\d+$)^[0-9a-zA-Z-_]+$)" in invalid.value.response["Error"]["Message"]


# ----- calls -----


def test_the_event_of_a_request(server, echo):
    name, url = echo
    host = urllib.parse.urlsplit(url).netloc
    before = time.time() * 1000
    answer = call(server, url, "/a/b%20c?x=1&x=2&y=%2F", "POST", '{"a": 1}', {
        "Content-Type": "application/json", "Cookie": "k=v; l=w", "X-Twice": "1", "User-Agent": "test"})
    event = answer.json()
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert event == {"version": "2.0", "routeKey": "$default", "rawPath": "/a/b%20c", "rawQueryString": "x=1&x=2&y=%2F",
                     "cookies": ["k=v", "l=w"], "queryStringParameters": {"x": "1,2", "y": "/"},
                     "body": '{"a": 1}', "isBase64Encoded": False}
    assert before - 1000 < context.pop("timeEpoch") < time.time() * 1000 + 1000
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context.pop("time"))
    assert context == {
        "accountId": "anonymous", "apiId": host.split(".")[0], "domainName": host, "domainPrefix": host.split(".")[0],
        "http": {"method": "POST", "path": "/a/b%20c", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                 "userAgent": "test"},
        "requestId": answer.headers["x-amzn-RequestId"], "routeKey": "$default", "stage": "$default"}
    assert headers["x-twice"] == "1" and headers["host"] == host and headers["x-forwarded-proto"] == "http"
    assert headers["x-amzn-trace-id"] == answer.headers["X-Amzn-Trace-Id"]


def test_by_a_name_that_leads_here_by_itself(server, echo):
    host = urllib.parse.urlsplit(echo[1]).netloc.replace("on.aws", "localhost:4566")
    answer = call(server, echo[1], "/", host=host)
    assert answer.status == 200 and answer.json()["requestContext"]["domainName"] == host.split(":")[0]


def test_a_binary_body_comes_as_base64(server, echo):
    event = call(server, echo[1], "/", "PUT", b"\x00\xff", {"Content-Type": "application/octet-stream"}).json()
    assert event["isBase64Encoded"] is True and base64.b64decode(event["body"]) == b"\x00\xff"
    assert "body" not in call(server, echo[1], "/").json()


@pytest.mark.parametrize("result, status, headers, body", [
    ({"statusCode": 201, "headers": {"X-A": "b", "Content-Type": "text/html"}, "body": "<p>"}, 201,
     {"X-A": "b", "Content-Type": "text/html"}, b"<p>"),
    ({"statusCode": 200, "body": base64.b64encode(b"\x00\x01").decode(), "isBase64Encoded": True}, 200, {}, b"\x00\x01"),
    ("plain", 200, {"Content-Type": "application/json"}, b"plain"),
    ([1, 2], 200, {"Content-Type": "application/json"}, b"[1,2]"),
    ({"a": 1}, 200, {"Content-Type": "application/json"}, b'{"a":1}'),
    ({"statusCode": "many"}, 502, {}, b"Internal Server Error"),
])
def test_results_as_responses(aws, server, result, status, headers, body):
    name = create(aws, f"def handler(event, context):\n    return {result!r}\n")
    answer = call(server, open_url(aws, name))
    assert answer.status == status and answer.body == body
    for key, value in headers.items():
        assert answer.headers[key] == value


def test_cookies_are_set_one_by_one(aws, server):
    name = create(aws, "def handler(e, c):\n    return {'statusCode': 200, 'cookies': ['a=b; Secure', 'c=d']}\n")
    answer = call(server, open_url(aws, name))
    assert [value for key, value in answer.all_headers if key.lower() == "set-cookie"] == ["a=b; Secure", "c=d"]


def test_an_error_of_the_function_is_a_bad_gateway(aws, server):
    name = create(aws, "def handler(event, context):\n    raise ValueError('secret')\n")
    for mode in ("BUFFERED", "RESPONSE_STREAM"):
        url = open_url(aws, name, InvokeMode=mode) if mode == "BUFFERED" else url
        aws.update_function_url_config(FunctionName=name, InvokeMode=mode)
        answer = call(server, url)
        assert answer.status == 502 and answer.body == b"Internal Server Error"


def test_too_many_callers(aws, server):
    name = create(aws, ECHO)
    url = open_url(aws, name)
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert call(server, url).status == 429


def test_a_body_beyond_the_limit(server, echo):
    answer = call(server, echo[1], "/", "POST", b"x" * (6 * 1024 * 1024 + 1))
    assert answer.status == 413


def test_an_aliass_url_runs_its_version(aws, server):
    name = create(aws, "def handler(e, c):\n    return [c.function_version, c.invoked_function_arn]\n", Publish=True)
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    permit(aws, name, Qualifier="live")
    url = aws.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE")["FunctionUrl"]
    assert call(server, url).json() == ["1", f"arn:aws:lambda:us-east-1:000000000000:function:{name}:live"]


# ----- who may -----


def test_without_permission_nobody_gets_in(aws, server):
    name = create(aws, ECHO)
    url = aws.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    answer = call(server, url)
    assert answer.status == 403 and answer.json() == {"Message": FORBIDDEN}
    assert answer.headers["x-amzn-ErrorType"] == "AccessDeniedException"
    permit(aws, name)
    assert call(server, url).status == 200
    for statement in ("url", "invoke"):
        aws.remove_permission(FunctionName=name, StatementId=statement)
        assert call(server, url).status == 403


def test_urls_that_do_not_exist(aws, server):
    name = create(aws, ECHO)
    url = open_url(aws, name)
    other = url.replace("us-east-1", "eu-west-1")
    for wrong in (other, "https://absent.lambda-url.us-east-1.on.aws/"):
        answer = call(server, wrong)
        assert answer.status == 403 and answer.json() == {"Message": FORBIDDEN}
    aws.delete_function(FunctionName=name)
    assert call(server, url).status == 403


def test_signed_callers(aws, server):
    name = create(aws, ECHO)
    url = aws.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")["FunctionUrl"]
    event = signed(server, url, "/p?a=b", "POST", b"text").json()
    iam = event["requestContext"]["authorizer"]["iam"]
    assert event["requestContext"]["accountId"] == "000000000000"
    assert iam["userArn"] == "arn:aws:iam::000000000000:root" and iam["cognitoIdentity"] is None
    assert iam["accessKey"] == server.credentials["aws_access_key_id"]
    permit(aws, name)  # which is for URLs that are open
    wrong = {**server.credentials, "aws_secret_access_key": "wrong"}
    for answer in (call(server, url), signed(server, url, keys=wrong), signed(server, url, region="eu-west-1")):
        assert answer.status == 403 and answer.json() == {"Message": "Forbidden"}


def test_a_role_needs_to_be_let_in(aws, server):
    keys = create(aws, "import os\ndef handler(e, c):\n    return {k: v for k, v in os.environ.items() if k.startswith('AWS_')}\n",
                  Role=server.make_role("caller"))
    environment = json.loads(aws.invoke(FunctionName=keys)["Payload"].read())
    session = {"aws_access_key_id": environment["AWS_ACCESS_KEY_ID"], "token": environment["AWS_SESSION_TOKEN"],
               "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"]}
    name = create(aws, ECHO)
    url = aws.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")["FunctionUrl"]
    assert signed(server, url, keys=session).status == 403
    permit(aws, name, "AWS_IAM", "arn:aws:iam::000000000000:role/caller")
    answer = signed(server, url, keys=session)
    assert answer.status == 200
    assert ":assumed-role/caller/" in answer.json()["requestContext"]["authorizer"]["iam"]["userArn"]


# ----- other origins -----


def test_other_origins(aws, server):
    code = "def handler(e, c):\n    return {'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': '*'}, 'body': 'b'}\n"
    name = create(aws, code)
    url = open_url(aws, name, Cors={"AllowOrigins": ["https://a.example"], "AllowMethods": ["PUT"], "MaxAge": 9,
                                    "AllowHeaders": ["X-A"], "ExposeHeaders": ["X-B"]})
    asked = call(server, url, method="OPTIONS", headers={"Origin": "https://a.example",
                                                         "Access-Control-Request-Method": "PUT"})
    assert asked.status == 200 and asked.body == b""
    assert asked.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert asked.headers["Access-Control-Allow-Methods"] == "PUT"
    assert asked.headers["Access-Control-Allow-Headers"] == "X-A" and asked.headers["Access-Control-Max-Age"] == "9"
    answer = call(server, url, headers={"Origin": "https://a.example"})
    assert answer.body == b"b" and answer.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert answer.headers["Access-Control-Expose-Headers"] == "X-B"
    assert "Access-Control-Allow-Origin" not in call(server, url, headers={"Origin": "https://b.example"}).headers


# ----- streams -----

PRELUDE = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const { setTimeout: sleep } = require('timers/promises');
  if (event.rawPath === '/empty') return void awslambda.HttpResponseStream.from(stream, { statusCode: 204 }).end();
  const prelude = { statusCode: 203, headers: { 'Content-Type': 'text/x', 'X-A': 'b' }, cookies: ['a=b'] };
  stream = awslambda.HttpResponseStream.from(stream, prelude);
  if (event.rawPath === '/early') throw new Error('no');
  stream.write(String(Date.now()));
  if (event.rawPath === '/fail') { await new Promise((r) => stream.write('!', r)); throw new Error('no'); }
  await sleep(700);
  stream.end(' ' + Date.now());
});
"""
NODE = {"Runtime": "nodejs22.x", "Handler": "index.handler", "Timeout": 10}


@pytest.fixture(scope="module")
def streamed(aws):
    name = create(aws, {"index.js": PRELUDE}, **NODE)
    return name, open_url(aws, name, InvokeMode="RESPONSE_STREAM")


def open_response(server, url, path="/"):
    connection = connect(server)
    connection.request("GET", path, headers={"Host": urllib.parse.urlsplit(url).netloc})
    return connection.getresponse()


def test_a_stream_arrives_as_it_is_made(server, streamed):
    raw = open_response(server, streamed[1])
    assert raw.status == 203 and raw.headers["Content-Type"] == "text/x" and raw.headers["X-A"] == "b"
    assert raw.headers["Set-Cookie"] == "a=b" and raw.headers["Transfer-Encoding"] == "chunked"
    first = raw.read(13)
    arrived = time.time() * 1000
    last = raw.read()
    assert float(first) <= arrived < float(last)


def test_a_stream_that_fails_breaks_off(server, streamed):
    raw = open_response(server, streamed[1], "/fail")
    with pytest.raises(http.client.IncompleteRead):
        raw.read()


def test_a_stream_that_fails_before_its_first_byte_is_a_bad_gateway(server, streamed):
    answer = call(server, streamed[1], "/early")
    assert answer.status == 502 and answer.body == b"Internal Server Error"


def test_a_stream_may_be_a_head_alone(server, streamed):
    answer = call(server, streamed[1], "/empty")
    assert answer.status == 204 and answer.body == b""


def test_a_stream_without_a_prelude_is_the_body(aws, server):
    code = "exports.handler = awslambda.streamifyResponse(async (e, s) => { s.setContentType('text/y'); s.end('raw'); });"
    name = create(aws, {"index.js": code}, **NODE)
    answer = call(server, open_url(aws, name, InvokeMode="RESPONSE_STREAM"))
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/y" and answer.body == b"raw"


def test_a_buffered_url_of_a_streaming_function(aws, server, streamed):
    aws.update_function_url_config(FunctionName=streamed[0], InvokeMode="BUFFERED")
    try:
        answer = call(server, streamed[1])
    finally:
        aws.update_function_url_config(FunctionName=streamed[0], InvokeMode="RESPONSE_STREAM")
    assert answer.status == 203 and answer.headers["X-A"] == "b" and len(answer.body.split()) == 2


def test_a_streaming_url_of_a_function_that_does_not_stream(aws, server):
    name = create(aws, "def handler(e, c):\n    return {'statusCode': 404, 'body': 'b'}\n")
    answer = call(server, open_url(aws, name, InvokeMode="RESPONSE_STREAM"))
    assert answer.status == 200 and answer.json() == {"statusCode": 404, "body": "b"}
