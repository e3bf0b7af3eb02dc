"""Promise: your AWS code runs unchanged. Bytes that clients of any age and language rely on: paths, headers, error bodies,
spellings of time, and what is said to callers who did not sign as they should."""

import base64
import datetime
import json
import re
import urllib.parse

import pytest
import requests
from blackbox_server import ROLE, create, package
from botocore.awsrequest import AWSRequest
from signing import sign

CODE = "def handler(e, c):\n    print('ran')\n    return None if e == {} else e\n"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LAMBDA_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
NAME = "on-the-wire"


class Wire:
    """Requests as one writes them, signed."""

    def __init__(self, server):
        self.server = server

    def signed(self, method, path, body=None, headers=None, key=None, secret=None, age=datetime.timedelta(), service="lambda"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        request = AWSRequest(method, self.server.url + path, headers=headers or {}, data=data)
        sign(request, self.server.url.removeprefix("http://"), service,
             {name: keys[name] or own for name, own in self.server.credentials.items()}, age)
        return requests.request(method, self.server.url + path, data=data, headers=dict(request.headers.items()), timeout=30)


@pytest.fixture(scope="module")
def wire(server, aws):
    create(aws, CODE, name=NAME)
    aws.publish_version(FunctionName=NAME)
    aws.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
    return Wire(server)


def check_error(answer, status, code, body):
    assert (answer.status_code, answer.headers.get("x-amzn-ErrorType")) == (status, code), answer.text
    assert UUID4.fullmatch(answer.headers["x-amzn-RequestId"]) and answer.headers["Date"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == body


@pytest.mark.parametrize("path", ["/2015-03-31/functions", "/2015-03-31/functions/", "/2016-08-19/account-settings",
                                  "/2020-04-22/code-signing-configs", "/2020-04-22/code-signing-configs/",
                                  "/2016-08-19/account-settings/", f"/2015-03-31/functions/{NAME}/versions/",
                                  "/2015-03-31/functions/?MaxItems=1", "/2015-03-31/functions?FunctionVersion=ALL"])
def test_paths_with_and_without_a_last_slash(wire, path):
    answer = wire.signed("GET", path)
    assert answer.status_code == 200 and answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert UUID4.fullmatch(answer.headers["x-amzn-RequestId"]) and answer.headers["Date"].endswith(" GMT")


@pytest.mark.parametrize("method, path, operation", [
    ("GET", "/2025-11-30/capacity-providers", "ListCapacityProviders"),
    ("POST", "/2025-11-30/capacity-providers", "CreateCapacityProvider"),
])
@pytest.mark.parametrize("slash", ["", "/"])
def test_paths_of_what_is_not_here_yet(wire, method, path, operation, slash):
    check_error(wire.signed(method, path + slash, b"{}" if method == "POST" else None), 501, "NotImplemented",
                {"message": f"Lambda {operation} is not implemented by this server."})


@pytest.mark.parametrize("name, arn", [
    (NAME, ARN + NAME), (f"{NAME}:1", ARN + NAME + ":1"), (f"{NAME}:live", ARN + NAME + ":live"),
    (f"{NAME}:$LATEST", ARN + NAME + ":$LATEST"), (ARN + NAME, ARN + NAME), (ARN + NAME + ":1", ARN + NAME + ":1"),
    (f"000000000000:function:{NAME}", ARN + NAME), (f"000000000000:{NAME}", ARN + NAME), (f"function:{NAME}", ARN + NAME),
    (f"us-east-1:000000000000:function:{NAME}", ARN + NAME), (f"us-east-1:000000000000:{NAME}:live", ARN + NAME + ":live"),
])
@pytest.mark.parametrize("encode", [True, False], ids=["encoded", "bare"])
def test_names_in_the_path(wire, name, arn, encode):
    label = urllib.parse.quote(name, safe="") if encode else name
    answer = wire.signed("GET", f"/2015-03-31/functions/{label}/configuration")
    assert answer.status_code == 200, answer.text
    assert answer.json()["FunctionArn"] == arn


def test_a_qualifier_beside_the_name(wire):
    answer = wire.signed("GET", f"/2015-03-31/functions/{NAME}/configuration?Qualifier=%24LATEST")
    assert answer.json()["FunctionArn"] == ARN + NAME + ":$LATEST"
    answer = wire.signed("GET", f"/2015-03-31/functions/{NAME}%3Alive?Qualifier=live")
    assert answer.json()["Configuration"]["Version"] == "1"


def test_tags_by_arn(wire):
    path = "/2017-03-31/tags/" + urllib.parse.quote(ARN + NAME, safe="")
    assert wire.signed("POST", path, {"Tags": {"a": "1", "b": "2", "c": "3"}}).status_code == 204
    assert wire.signed("DELETE", path + "?tagKeys=a&tagKeys=b").status_code == 204
    assert wire.signed("GET", path).json() == {"Tags": {"c": "3"}}


@pytest.mark.parametrize("method, path, body, status, code, member, text", [
    ("GET", "/2015-03-31/functions/nobody", None, 404, "ResourceNotFoundException", "Message",
     f"Function not found: {ARN}nobody"),
    ("POST", f"/2015-03-31/functions/{NAME}/aliases", {"Name": "live", "FunctionVersion": "1"}, 409,
     "ResourceConflictException", "message", f"Alias already exists: {ARN}{NAME}:live"),
    ("DELETE", f"/2015-03-31/functions/{NAME}?Qualifier=live", None, 400, "InvalidParameterValueException", "message",
     "Deletion of aliases is not currently supported."),
    ("PUT", f"/2015-03-31/functions/{NAME}/aliases/live", {"RevisionId": "x"}, 412, "PreconditionFailedException", "message",
     "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the "
     "latest Revision Id"),
])
def test_errors_name_their_code_in_the_header_only(wire, method, path, body, status, code, member, text):
    check_error(wire.signed(method, path, body), status, code, {"Type": "User", member: text})


def test_the_frameworks_errors_have_no_type(wire):
    check_error(wire.signed("GET", "/2015-03-31/functions?MaxItems=0"), 400, "ValidationException",
                {"message": "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must "
                            "have value greater than or equal to 1"})
    code = base64.b64encode(bytes(52428801)).decode()
    new = {"FunctionName": "large", "Role": ROLE, "Runtime": "python3.11", "Handler": "a.b", "Code": {"ZipFile": code}}
    check_error(wire.signed("POST", "/2015-03-31/functions", new), 413, "RequestEntityTooLargeException",
                {"message": "Zipped size must be smaller than 52428800 bytes"})


def test_a_throttled_invoke(wire, aws):
    name = create(aws, CODE)
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    answer = wire.signed("POST", f"/2015-03-31/functions/{name}/invocations")
    assert int(answer.headers["Retry-After"]) >= 0
    check_error(answer, 429, "TooManyRequestsException",
                {"Type": "User", "message": "Rate Exceeded.", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"})


def test_what_an_invoke_answers(wire):
    path = f"/2015-03-31/functions/{NAME}/invocations"
    answer = wire.signed("POST", path, headers={"X-Amz-Log-Type": "Tail"})
    assert (answer.status_code, answer.content) == (200, b"null")
    assert answer.headers["X-Amz-Executed-Version"] == "$LATEST" and "X-Amz-Function-Error" not in answer.headers
    tail = base64.b64decode(answer.headers["X-Amz-Log-Result"]).decode()
    assert f"START RequestId: {answer.headers['x-amzn-RequestId']} Version: $LATEST\nran\n" in tail
    for kind, status in [("Event", 202), ("DryRun", 204)]:
        answer = wire.signed("POST", path, b"{}", {"X-Amz-Invocation-Type": kind})
        assert (answer.status_code, answer.content) == (status, b"")
        assert UUID4.fullmatch(answer.headers["x-amzn-RequestId"])


def nulls(value, path=""):
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in nulls(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for item in value for found in nulls(item, path + "[]")]
    return [path] if value is None else []


@pytest.mark.parametrize("path", ["", "/configuration", "/versions", "/aliases", "/aliases/live"])
def test_what_is_absent_is_left_out(wire, path):
    answer = wire.signed("GET", f"/2015-03-31/functions/{NAME}{path}").json()
    assert answer and nulls(answer) == []


def test_what_is_not_set_is_an_empty_answer(wire):
    assert wire.signed("GET", f"/2019-09-30/functions/{NAME}/concurrency").json() == {}


def test_spellings_of_time(wire):
    configuration = wire.signed("GET", f"/2015-03-31/functions/{NAME}/configuration").json()
    assert LAMBDA_TIME.fullmatch(configuration["LastModified"])
    put = wire.signed("PUT", f"/2019-09-25/functions/{NAME}/event-invoke-config", {"MaximumRetryAttempts": 0})
    moment = put.json()["LastModified"]  # a number of seconds
    assert abs(moment - datetime.datetime.now().timestamp()) < 60
    assert wire.signed("DELETE", f"/2019-09-25/functions/{NAME}/event-invoke-config").status_code == 204


def test_lists_do_not_tell_states(wire):
    for entry in wire.signed("GET", "/2015-03-31/functions?FunctionVersion=ALL").json()["Functions"]:
        assert not {"State", "StateReason", "LastUpdateStatus", "RuntimeVersionConfig"} & set(entry)
        assert entry["FunctionArn"] == ARN + entry["FunctionName"] + ":" + entry["Version"]


def test_a_caller_who_did_not_sign(server):
    answer = requests.get(server.url + "/2015-03-31/functions", timeout=10)
    check_error(answer, 403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})


@pytest.mark.parametrize("how, code, text", [
    ({"key": "AKIAUNKNOWNUNKNOWN00"}, "UnrecognizedClientException",
     "The security token included in the request is invalid."),
    ({"secret": "wrong"}, "InvalidSignatureException",
     "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
     "signing method. Consult the service documentation for details."),
    ({"age": datetime.timedelta(minutes=6)}, "InvalidSignatureException",
     r"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)"),
    ({"age": -datetime.timedelta(minutes=6)}, "InvalidSignatureException",
     r"Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)"),
])
def test_a_caller_whose_signature_does_not_count(wire, how, code, text):
    answer = wire.signed("GET", "/2015-03-31/functions", **how)
    assert set(answer.json()) == {"message"}
    assert answer.json()["message"] == text or re.fullmatch(text, answer.json()["message"])
    check_error(answer, 403, code, answer.json())


def test_a_signature_for_another_path(wire, server):
    good = wire.signed("GET", "/2015-03-31/functions")
    moved = requests.get(server.url + "/2016-08-19/account-settings", headers=good.request.headers, timeout=10)
    check_error(moved, 403, "InvalidSignatureException", moved.json())


def test_a_body_that_is_no_json(wire):
    answer = wire.signed("POST", "/2015-03-31/functions", b"{no json")
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "SerializationException")
    zip_text = base64.b64encode(package(CODE)).decode()
    wrong = {"FunctionName": 7, "Role": ROLE, "Code": {"ZipFile": zip_text}}
    answer = wire.signed("POST", "/2015-03-31/functions", wrong)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "SerializationException")
    answer = wire.signed("GET", "/2015-03-31/nothing")
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")
