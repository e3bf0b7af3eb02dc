"""Promise: your AWS code runs unchanged; every call is authorized: a function changes what is read of a bucket, as it is
read; whatever becomes of function or reader, the other is told."""
import http.client
import json
import pathlib
import time
import urllib.parse
import uuid

import boto3
import botocore.config
import pytest
from access_points import ACCOUNT, Points, configuration, resolve_labels
from blackbox_server import ROOT, Server, allow, create, logged, policy_of, until
from refusals import refusal

PACKAGES = pathlib.Path(boto3.__file__).parents[1]
NODE_MODULES = ROOT / "tests" / "js" / "node_modules"
WRITES = "s3-object-lambda:WriteGetObjectResponse"

CODE = r"""
import http.client, json, os, time, urllib.error, urllib.parse, urllib.request
import boto3, botocore.auth, botocore.awsrequest, botocore.session
from botocore.exceptions import ClientError

s3 = boto3.client('s3')

def answer(about, **parts):
    s3.write_get_object_response(RequestRoute=about['outputRoute'], RequestToken=about['outputToken'], **parts)

def read(about):
    return urllib.request.urlopen(about['inputS3Url']).read()

def stream(about, pieces):
    endpoint = os.environ['AWS_ENDPOINT_URL']
    headers = {'X-Amz-Content-SHA256': 'UNSIGNED-PAYLOAD', 'x-amz-request-route': about['outputRoute'],
               'x-amz-request-token': about['outputToken'], 'Transfer-Encoding': 'chunked'}
    request = botocore.awsrequest.AWSRequest('POST', endpoint + '/WriteGetObjectResponse', headers)
    keys = botocore.session.get_session().get_credentials()
    botocore.auth.SigV4Auth(keys, 's3-object-lambda', os.environ['AWS_REGION']).add_auth(request)
    connection = http.client.HTTPConnection(endpoint.removeprefix('http://'))
    try:
        connection.request('POST', '/WriteGetObjectResponse', pieces, dict(request.headers), encode_chunked=True)
        reply = connection.getresponse()
    except OSError as error:  # whoever sends on is cut off
        return 0, type(error).__name__
    return reply.status, reply.read().decode()

def slowly():
    yield b'first'
    time.sleep(3)
    yield b'last'

def without_end():
    while True:
        yield bytes(100_000)

def broken():
    yield b'first'
    os._exit(1)

def head(event):
    url = event['headObjectContext']['inputS3Url']
    if '/hidden?' in url:
        return {'statusCode': 403, 'errorCode': 'AccessDenied'}
    if '/odd?' in url:
        return 'odd'
    found = urllib.request.urlopen(urllib.request.Request(url, method='HEAD'))
    return {'statusCode': found.status, 'headers': {**found.headers, 'x-amz-meta-made': 'here'}}

def handler(event, context):
    if 'headObjectContext' in event:
        return head(event)
    about = event['getObjectContext']
    what = urllib.parse.urlparse(event['userRequest']['url']).path.rpartition('/')[2]
    if what == 'event':
        answer(about, Body=json.dumps(event).encode(), ContentType='application/json', Metadata={'made': 'here'}, CacheControl='no-cache')
    elif what == 'forbidden':
        answer(about, StatusCode=403, ErrorCode='NotForYou', ErrorMessage='It is a secret.')
    elif what == 'page':
        answer(about, StatusCode=404, Body=b'<p>nothing</p>')
    elif what == 'raises':
        raise ValueError('no')
    elif what == 'silent':
        return 'done'
    elif what == 'twice':
        answer(about, Body=b'once')
        try:
            answer(about, Body=b'again')
        except ClientError as error:
            print('SECOND', error.response['Error']['Code'])
    elif what == 'wrong':
        for parts in ({'StatusCode': 299}, {'ErrorCode': 'lower', 'StatusCode': 404}, {'ErrorCode': 'Fine'}, {'ErrorCode': 'Fine', 'StatusCode': 404, 'Body': b'x'}):
            try:
                answer(about, **parts)
            except ClientError as error:
                print('WRONG', error.response['Error']['Code'])
        answer(about, Body=b'right')
    elif what == 'slow':
        stream(about, slowly())
    elif what == 'endless':
        status, text = stream(about, without_end())
        print('GONE', status, text)
    elif what == 'broken':
        stream(about, broken())
    else:
        try:
            answer(about, Body=read(about).upper())
        except urllib.error.HTTPError as error:
            answer(about, StatusCode=error.code, ErrorCode='Unreadable', ErrorMessage=error.reason)
        except ClientError as error:
            print('REFUSED', error.response['Error']['Code'])
"""
IN_JAVASCRIPT = """
import { S3Client, WriteGetObjectResponseCommand } from '@aws-sdk/client-s3';
const s3 = new S3Client({});
export const handler = async ({ getObjectContext: about }) => {
  const text = await (await fetch(about.inputS3Url)).text();
  await s3.send(new WriteGetObjectResponseCommand({ RequestRoute: about.outputRoute, RequestToken: about.outputToken, Body: text.toUpperCase() }));
};
"""


@pytest.fixture(scope="module", autouse=True)
def labels():
    with pytest.MonkeyPatch.context() as patch:
        resolve_labels(patch)
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(str(tmp_path_factory.mktemp("object-lambda") / "data"), "--packages", f"python={PACKAGES}", "--packages",
                 f"nodejs={NODE_MODULES}").start()
    yield one
    assert one.stop() == 0


@pytest.fixture(scope="module")
def aws(server):
    return server.client("lambda")


@pytest.fixture(scope="module")
def s3(server):
    return server.client("s3")


@pytest.fixture(scope="module")
def role(server):
    arn = server.make_role("transforms", "service-role/AWSLambdaBasicExecutionRole")
    server.client("iam").put_role_policy(RoleName="transforms", PolicyName="p", PolicyDocument=policy_of(allow(WRITES)))
    return arn


@pytest.fixture(scope="module")
def function(aws, role):
    return create(aws, CODE, Role=role, Timeout=20, MemorySize=512)


def arn_of(function):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"


class Place:
    """A bucket with some objects, an access point of it, and one of Object Lambda before that."""

    def __init__(self, server, s3, function):
        self.points = Points(server)
        self.bucket = "b-" + uuid.uuid4().hex
        s3.create_bucket(Bucket=self.bucket)
        s3.put_object(Bucket=self.bucket, Key="a b/text", Body=b"some text")
        self.supporting = self.points.make(self.bucket)
        self.name, self.arn, self.alias = self.points.make_for_function(self.supporting[1], arn_of(function), payload="spice")


@pytest.fixture(scope="module")
def place(server, s3, function):
    return Place(server, s3, function)


def test_an_access_point_of_object_lambda_is_what_was_asked_for(place, function):
    control, about = place.points.control, {"AccountId": ACCOUNT, "Name": place.name}
    assert place.arn == f"arn:aws:s3-object-lambda:us-east-1:{ACCOUNT}:accesspoint/{place.name}"
    assert place.alias.startswith(place.name + "-") and place.alias.endswith("--ol-s3") and len(place.alias) <= 63
    found = control.get_access_point_for_object_lambda(**about)
    assert found["Name"] == place.name and found["Alias"] == {"Value": place.alias, "Status": "READY"} and found["CreationDate"]
    assert set(found["PublicAccessBlockConfiguration"].values()) == {True}
    kept = control.get_access_point_configuration_for_object_lambda(**about)["Configuration"]
    assert kept == configuration(place.supporting[1], arn_of(function), payload="spice")
    assert {"Name": place.name, "ObjectLambdaAccessPointArn": place.arn, "Alias": found["Alias"]} in (
        control.list_access_points_for_object_lambda(AccountId=ACCOUNT)["ObjectLambdaAccessPointList"])
    policy = policy_of(allow("s3-object-lambda:GetObject", resource=place.arn, Principal={"AWS": ACCOUNT}))
    control.put_access_point_policy_for_object_lambda(Policy=policy, **about)
    assert json.loads(control.get_access_point_policy_for_object_lambda(**about)["Policy"]) == json.loads(policy)
    assert control.get_access_point_policy_status_for_object_lambda(**about)["PolicyStatus"] == {"IsPublic": False}
    public = policy_of(allow("s3-object-lambda:GetObject", resource=place.arn, Principal="*"))
    assert refusal(lambda: control.put_access_point_policy_for_object_lambda(Policy=public, **about))[:2] == (403, "AccessDenied")
    control.delete_access_point_policy_for_object_lambda(**about)


def test_configurations_that_lead_nowhere_are_refused(place, function):
    control, other = place.points.control, "o-" + uuid.uuid4().hex[:12]

    def make(one):
        return refusal(lambda: control.create_access_point_for_object_lambda(AccountId=ACCOUNT, Name=other, Configuration=one))[:2]

    good = configuration(place.supporting[1], arn_of(function))
    assert make({**good, "SupportingAccessPoint": place.supporting[1][:-3] + "xyz"}) == (404, "NoSuchAccessPoint")
    assert make({**good, "SupportingAccessPoint": place.arn}) == (400, "InvalidRequest")
    assert make({**good, "TransformationConfigurations": []}) == (400, "InvalidRequest")
    assert make(configuration(place.supporting[1], "my-function"))[0] == 400
    listing = json.loads(json.dumps(good).replace('"GetObject"', '"ListObjectsV2"'))
    assert make(listing) == (501, "NotImplemented")
    control.create_access_point_for_object_lambda(AccountId=ACCOUNT, Name=other, Configuration=good)
    changed = configuration(place.supporting[1], arn_of(function), AllowedFeatures=["GetObject-Range"])
    control.put_access_point_configuration_for_object_lambda(AccountId=ACCOUNT, Name=other, Configuration=changed)
    assert control.get_access_point_configuration_for_object_lambda(AccountId=ACCOUNT, Name=other)["Configuration"] == changed
    control.delete_access_point_for_object_lambda(AccountId=ACCOUNT, Name=other)
    assert refusal(lambda: control.get_access_point_for_object_lambda(AccountId=ACCOUNT, Name=other))[:2] == (404, "NoSuchAccessPoint")


def test_what_is_read_is_what_the_function_makes_of_it(server, s3, place):
    for bucket in (place.alias, place.arn):
        found = s3.get_object(Bucket=bucket, Key="a b/text")
        assert found["Body"].read() == b"SOME TEXT" and found["ContentLength"] == 9
    assert s3.get_object(Bucket=place.supporting[2], Key="a b/text")["Body"].read() == b"some text"
    links = server.client("s3", config=botocore.config.Config(signature_version="s3v4"))
    link = links.generate_presigned_url("get_object", Params={"Bucket": place.alias, "Key": "a b/text"})
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == b"SOME TEXT"


def test_versions_are_read_as_they_were(s3, place):
    s3.put_bucket_versioning(Bucket=place.bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=place.bucket, Key="v", Body=b"old")["VersionId"]
    s3.put_object(Bucket=place.bucket, Key="v", Body=b"new")
    assert s3.get_object(Bucket=place.alias, Key="v")["Body"].read() == b"NEW"
    assert s3.get_object(Bucket=place.alias, Key="v", VersionId=old)["Body"].read() == b"OLD"


def test_what_the_function_is_told(server, s3, place):
    found = s3.get_object(Bucket=place.alias, Key="event")
    assert found["ContentType"] == "application/json" and found["Metadata"] == {"made": "here"} and found["CacheControl"] == "no-cache"
    event = json.loads(found["Body"].read())
    about = event["getObjectContext"]
    assert about["outputRoute"] and len(about["outputToken"]) >= 32
    query = urllib.parse.parse_qs(urllib.parse.urlparse(about["inputS3Url"]).query)
    assert query["X-Amz-SignedHeaders"] == ["host"] and query["X-Amz-Credential"][0].startswith(server.credentials["aws_access_key_id"])
    assert event["configuration"] == {"accessPointArn": place.arn, "supportingAccessPointArn": place.supporting[1], "payload": "spice"}
    assert event["protocolVersion"] == "1.00" and event["xAmzRequestId"] == found["ResponseMetadata"]["RequestId"]
    assert event["userRequest"]["url"] == f"{server.url}/{place.alias}/event"
    headers = {name.lower() for name in event["userRequest"]["headers"]}
    assert "user-agent" in headers and not headers & {"authorization", "x-amz-security-token"}
    assert event["userIdentity"]["type"] == "Root" and event["userIdentity"]["accountId"] == ACCOUNT


def test_errors_of_the_functions_choice(s3, place):
    assert refusal(lambda: s3.get_object(Bucket=place.alias, Key="forbidden")) == (403, "NotForYou", "It is a secret.")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": place.alias, "Key": "page"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(link)
    assert caught.value.code == 404 and caught.value.read() == b"<p>nothing</p>"


def test_functions_that_do_not_answer(server, aws, s3, place):
    assert refusal(lambda: s3.get_object(Bucket=place.alias, Key="raises"))[:2] == (500, "LambdaRuntimeError")
    assert refusal(lambda: s3.get_object(Bucket=place.alias, Key="silent"))[:2] == (500, "LambdaResponseNotReceived")
    _, _, nowhere = place.points.make_for_function(place.supporting[1], arn_of("none"))
    assert refusal(lambda: s3.get_object(Bucket=nowhere, Key="k"))[:2] == (404, "LambdaNotFound")


def test_an_answer_is_given_once_by_whoever_has_the_token(server, s3, place, function):
    assert s3.get_object(Bucket=place.alias, Key="twice")["Body"].read() == b"once"
    assert logged(server.client("logs"), function, "SECOND")[0].strip() == "SECOND ValidationError"
    for token in ("", "0" * 64):
        assert refusal(lambda token=token: s3.write_get_object_response(RequestRoute="io", RequestToken=token, Body=b"x"))[0] == 400
    assert s3.get_object(Bucket=place.alias, Key="wrong")["Body"].read() == b"right"
    assert {line.strip() for line in logged(server.client("logs"), function, "WRONG")} == {"WRONG ValidationError"}


def test_bytes_go_on_as_they_come(server, s3, place):
    begun = time.monotonic()
    body = s3.get_object(Bucket=place.alias, Key="slow")["Body"]
    assert body.read(5) == b"first"
    assert time.monotonic() - begun < 2.5
    assert body.read() == b"last"
    assert time.monotonic() - begun > 2.5


def raw_get(server, s3, place, key):
    link = urllib.parse.urlparse(s3.generate_presigned_url("get_object", Params={"Bucket": place.alias, "Key": key}))
    connection = http.client.HTTPConnection(link.netloc)
    connection.request("GET", f"{link.path}?{link.query}")
    return connection, connection.getresponse()


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(server, s3, place):
    _, answer = raw_get(server, s3, place, "broken")
    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_a_reader_that_hangs_up_stops_the_writer(server, s3, place, function):
    connection, answer = raw_get(server, s3, place, "endless")
    assert answer.read(10) == bytes(10)
    answer.close()
    connection.close()
    told = logged(server.client("logs"), function, "GONE")[0]
    assert "ValidationError" in told or "GONE 0 " in told


def test_who_may_read_by_it(server, s3, place):
    user = server.make_user(policy=allow("s3:*", "lambda:InvokeFunction"))
    theirs = server.client("s3", **user.keys)

    def read():
        return refusal(lambda: theirs.get_object(Bucket=place.alias, Key="a b/text"))[:2]

    assert read() == (403, "AccessDenied")
    user.may(allow("s3:*", "s3-object-lambda:GetObject"))
    assert read() == (403, "LambdaPermissionError")
    # The function reads with the rights of who asks, and no others.
    user.may(allow("s3-object-lambda:GetObject", "lambda:InvokeFunction"))
    assert read() == (403, "Unreadable")
    user.may(allow("s3-object-lambda:GetObject", "lambda:InvokeFunction"), allow(
        "s3:GetObject", resource=[f"arn:aws:s3:::{place.bucket}/*", place.supporting[1] + "/object/*"]))
    assert theirs.get_object(Bucket=place.alias, Key="a b/text")["Body"].read() == b"SOME TEXT"
    session = server.client("sts", **user.keys).get_session_token()["Credentials"]
    keys = dict(zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
                    (session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])))
    assert server.client("s3", **keys).get_object(Bucket=place.alias, Key="a b/text")["Body"].read() == b"SOME TEXT"


def test_a_function_needs_the_right_to_answer(server, aws, s3, place):
    role = server.make_role("mute", "service-role/AWSLambdaBasicExecutionRole")
    mute = create(aws, CODE, Role=role, Timeout=20)
    _, arn, alias = place.points.make_for_function(place.supporting[1], arn_of(mute))
    assert refusal(lambda: s3.get_object(Bucket=alias, Key="a b/text"))[:2] == (500, "LambdaResponseNotReceived")
    assert logged(server.client("logs"), mute, "REFUSED")[0].strip() == "REFUSED AccessDenied"
    server.client("iam").put_role_policy(RoleName="mute", PolicyName="p", PolicyDocument=policy_of(allow(WRITES, resource=arn)))
    assert until(lambda: s3.get_object(Bucket=alias, Key="a b/text")["Body"].read()) == b"SOME TEXT"


def test_parts_are_asked_for_where_the_configuration_allows_it(s3, place, function):
    assert refusal(lambda: s3.get_object(Bucket=place.alias, Key="event", Range="bytes=0-1"))[:2] == (501, "NotImplemented")
    _, _, alias = place.points.make_for_function(place.supporting[1], arn_of(function), AllowedFeatures=["GetObject-Range"])
    event = json.loads(s3.get_object(Bucket=alias, Key="event", Range="bytes=0-1")["Body"].read())
    assert {name.lower(): value for name, value in event["userRequest"]["headers"].items()}["range"] == "bytes=0-1"


def test_what_is_said_of_an_object_is_the_functions_result(s3, place, function):
    _, _, alias = place.points.make_for_function(place.supporting[1], arn_of(function), actions=["GetObject", "HeadObject"])
    found = s3.head_object(Bucket=alias, Key="a b/text")
    assert found["ContentLength"] == 9 and found["Metadata"] == {"made": "here"} and found["ETag"]
    assert refusal(lambda: s3.head_object(Bucket=alias, Key="hidden"))[:2] == (403, "403")
    assert refusal(lambda: s3.head_object(Bucket=alias, Key="odd"))[:2] == (400, "400")


def test_all_else_goes_on_to_the_access_point_behind(server, s3, place):
    s3.put_object(Bucket=place.alias, Key="put", Body=b"plain")
    assert s3.get_object(Bucket=place.bucket, Key="put")["Body"].read() == b"plain"
    assert s3.head_object(Bucket=place.arn, Key="put")["ContentLength"] == 5
    assert "put" in [one["Key"] for one in s3.list_objects_v2(Bucket=place.alias)["Contents"]]
    user = server.make_user(policy=allow("s3:*"))
    theirs = server.client("s3", **user.keys)
    assert refusal(lambda: theirs.put_object(Bucket=place.alias, Key="put", Body=b""))[:2] == (403, "AccessDenied")
    user.may(allow("s3:*", "s3-object-lambda:PutObject"))
    theirs.put_object(Bucket=place.alias, Key="put", Body=b"")


def test_a_function_in_javascript(aws, role, s3, place):
    name = create(aws, {"index.mjs": IN_JAVASCRIPT}, Runtime="nodejs18.x", Handler="index.handler", Role=role, Timeout=20, MemorySize=512)
    _, _, alias = place.points.make_for_function(place.supporting[1], arn_of(name))
    assert s3.get_object(Bucket=alias, Key="a b/text")["Body"].read() == b"SOME TEXT"
