"""Promise: your AWS code runs unchanged, down to error texts and headers: what S3 asks of a request before it asks what is wanted, and what
repeats of a request do."""
import base64
import hashlib
import http.client
import urllib.parse
import uuid

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest
from refusals import refusal
from test_s3_buckets import policy
from test_s3_cors import ask
from test_s3_wire import element, signed

PATHS = {"addressing_style": "path"}


@pytest.fixture(scope="module")
def bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"text")
    return name


def told(answer):
    status, _, body = answer
    return status, element(body, "Code"), element(body, "Message")


def raw(server, method, target, headers, body=b""):
    """As it is, without the length that a client would add."""
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    connection.putrequest(method, target)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def link(server, operation, **parameters):
    client = server.client("s3", config=botocore.config.Config(signature_version="s3v4", s3=PATHS))
    parts = urllib.parse.urlsplit(client.generate_presigned_url(operation, Params=parameters))
    return f"{parts.path}?{parts.query}"


# ----- signatures -----

def authorization(server, change):
    """Asks with the Authorization header that `change` makes of the right one."""
    def sent(headers):
        return {**headers, "Authorization": change(headers["Authorization"])}
    return signed_as(server, sent)


def signed_as(server, change):
    keys = server.credentials
    request = botocore.awsrequest.AWSRequest("GET", server.url + "/")
    botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "s3",
                              "us-east-1").add_auth(request)
    return told(ask(server, "GET", "/", **change(dict(request.headers))))


THREE = "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature."
FORM = ("The authorization header is malformed; the Credential is mal-formed; expecting "
        "\"&lt;YOUR-AKID&gt;/YYYYMMDD/REGION/SERVICE/aws4_request\".")


@pytest.mark.parametrize("change, text", [
    (lambda header: header[:header.index(", Signature=")], THREE),
    (lambda header: "AWS4-HMAC-SHA256 " + header[header.index("SignedHeaders="):], THREE),
    (lambda header: header.replace("/aws4_request", ""), FORM),
    (lambda header: "AWS4-HMAC-SHA256 Credential=x", FORM),
    (lambda header: header.replace("/aws4_request", "/none"), 'The authorization header is malformed; incorrect terminal "none". This endpoint '
                                                              'uses "aws4_request".'),
    (lambda header: header.replace(header.split("/")[1], "today", 1), 'The authorization header is malformed; incorrect date format "today". '
                                                                      'This date in the credential must be in the format "yyyyMMdd".')])
def test_headers_that_are_malformed(server, change, text):
    assert authorization(server, change) == (400, "AuthorizationHeaderMalformed", text)


def test_a_key_of_another_day(server, bucket):
    def other(header):
        day = header.split("/")[1]
        return header.replace(f"/{day}/", "/20200102/")
    status, code, text = authorization(server, other)
    assert (status, code) == (400, "AuthorizationHeaderMalformed")
    assert text.startswith('The authorization header is malformed; Invalid credential date "20200102". This date is not the same as '
                           'X-Amz-Date: "20')
    target = link(server, "get_object", Bucket=bucket, Key="k")
    day = urllib.parse.parse_qs(target)["X-Amz-Date"][0][:8]
    status, code, text = told(ask(server, "GET", target.replace(f"%2F{day}%2F", "%2F20200102%2F")))
    assert (status, code) == (400, "AuthorizationQueryParametersError")
    assert text == f'Invalid credential date "20200102". This date is not the same as X-Amz-Date: "{day}".'
    status, code, text = told(ask(server, "GET", target.replace(f"%2F{day}%2F", "%2Ftoday%2F")))
    assert (status, code) == (400, "AuthorizationQueryParametersError")
    assert text == ('Error parsing the X-Amz-Credential parameter; incorrect date format "today". This date in the credential must be in the '
                    'format "yyyyMMdd".')


@pytest.mark.parametrize("date", ["", "soon", "Tue, 07 Jul 2020 21:53:04 GMT"])
def test_dates_that_are_none(server, date):
    assert signed_as(server, lambda headers: {**headers, "X-Amz-Date": date}) == (
        403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")


def test_headers_that_sign_nothing(server, bucket):
    status, _, body = ask(server, "GET", f"/{bucket}/k", Authorization="AWS nonsense")
    assert told((status, None, body)) == (400, "InvalidArgument", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")
    assert (element(body, "ArgumentName"), element(body, "ArgumentValue")) == ("Authorization", "AWS nonsense")
    assert told(ask(server, "GET", f"/{bucket}/k", Authorization="")) == (403, "AccessDenied", "Access Denied")


def test_links_of_version_4_carry_headers(server, s3, bucket):
    """As clients make them that put headers into the query."""
    client = server.client("s3", config=botocore.config.Config(signature_version="s3v4", s3=PATHS))

    def add(request, **_):
        request.url += "?x-amz-meta-a=b%20c&x-amz-storage-class=STANDARD_IA&x-amz-tagging=a%3Db"
    client.meta.events.register("before-sign.s3.PutObject", add)
    parts = urllib.parse.urlsplit(client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "linked"}))
    target = f"{parts.path}?{parts.query}"
    assert ask(server, "PUT", target, b"x")[0] == 200
    head = s3.head_object(Bucket=bucket, Key="linked")
    assert (head["Metadata"], head["StorageClass"]) == ({"a": "b c"}, "STANDARD_IA")
    assert s3.get_object_tagging(Bucket=bucket, Key="linked")["TagSet"] == [{"Key": "a", "Value": "b"}]
    # What is not signed is refused as before, and what was signed is not what is sent.
    assert told(ask(server, "PUT", target, b"x", **{"x-amz-meta-z": "z"}))[:2] == (403, "AccessDenied")
    assert told(ask(server, "PUT", target.replace("b%20c", "d"), b"x"))[:2] == (403, "SignatureDoesNotMatch")
