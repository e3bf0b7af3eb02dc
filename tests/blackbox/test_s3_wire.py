"""Promise: your AWS code runs unchanged, down to error texts and headers: signatures of both versions, what S3 tells of a refusal,
and what headers and listings can carry."""
import base64
import datetime
import hashlib
import hmac
import http.client
import re
import time
import urllib.parse
import uuid

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest
from test_s3_buckets import open_to_all, policy, refused
from test_s3_cors import ask


@pytest.fixture(scope="module")
def bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a b", Body=b"text")
    return name


def element(body, name):
    found = re.search(f"<{name}>(.*?)</{name}>", body, re.S)
    return found and found[1]


def signed(server, method, target, headers=None, body=None, *, secret=None, at=None, context=None):
    """By version 4, in the header."""
    keys = server.credentials
    credentials = botocore.credentials.Credentials(keys["aws_access_key_id"], secret or keys["aws_secret_access_key"])
    request = botocore.awsrequest.AWSRequest(method, server.url + target, headers=headers, data=body)
    request.context.update(context or {})
    auth = botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1")
    if at:
        real = botocore.auth.get_current_datetime
        botocore.auth.get_current_datetime = lambda *_, **__: at
    try:
        auth.add_auth(request)
    finally:
        if at:
            botocore.auth.get_current_datetime = real
    return ask(server, method, target, body, **dict(request.headers))


def old_header(server, method, target, resource, headers, secret=None):
    """By version 2, in the header."""
    keys = server.credentials
    lines = [method, headers.get("Content-MD5", ""), headers.get("Content-Type", ""),
             "" if "x-amz-date" in headers else headers.get("Date", "")]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-amz-")] + [resource]
    text = "\n".join(lines)
    signature = base64.b64encode(hmac.new((secret or keys["aws_secret_access_key"]).encode(), text.encode(), hashlib.sha1).digest())
    status, answer, body = ask(server, method, target, **headers,
                               Authorization=f"AWS {keys['aws_access_key_id']}:{signature.decode()}")
    return status, answer, body, text, signature.decode()


def http_date(seconds=0.0):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds))


def test_clients_of_version_2(server):
    client = server.client("s3", config=botocore.config.Config(signature_version="s3", s3={"addressing_style": "path"}))
    name = "b-" + uuid.uuid4().hex
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="a b+c/ü", Body=b"old", Metadata={"x": "y"}, ContentType="text/plain")
    assert client.get_object(Bucket=name, Key="a b+c/ü")["Metadata"] == {"x": "y"}
    client.put_object_tagging(Bucket=name, Key="a b+c/ü", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    assert client.get_object_tagging(Bucket=name, Key="a b+c/ü")["TagSet"]
    upload = client.create_multipart_upload(Bucket=name, Key="m")["UploadId"]
    part = client.upload_part(Bucket=name, Key="m", UploadId=upload, PartNumber=1, Body=b"x")
    client.complete_multipart_upload(Bucket=name, Key="m", UploadId=upload,
                                     MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert [entry["Key"] for entry in client.list_objects_v2(Bucket=name)["Contents"]] == ["a b+c/ü", "m"]


def test_version_2_by_date_or_its_own_header(server, bucket):
    target, resource = f"/{bucket}/a%20b", f"/{bucket}/a%20b"
    assert old_header(server, "GET", target, resource, {"Date": http_date()})[0] == 200
    assert old_header(server, "GET", target, resource, {"x-amz-date": http_date()})[0] == 200
    status, _, body, _, _ = old_header(server, "GET", target, resource, {"Date": http_date(-1000)})
    assert (status, element(body, "Code")) == (403, "RequestTimeTooSkewed")
    assert element(body, "MaxAllowedSkewMilliseconds") == "900000"
    assert old_header(server, "GET", target, resource, {"Date": "soon"})[0] == 403
    status, _, body, text, signature = old_header(server, "GET", target, resource, {"Date": http_date()}, secret="wrong")
    assert (status, element(body, "Code")) == (403, "SignatureDoesNotMatch")
    assert (element(body, "StringToSign"), element(body, "SignatureProvided")) == (text, signature)
    assert element(body, "StringToSignBytes") == text.encode().hex(" ") and "CanonicalRequest" not in body
    # What was signed is what counts.
    assert old_header(server, "DELETE", target, f"/{bucket}/other", {"Date": http_date()})[0] == 403
    assert ask(server, "GET", target, Authorization="AWS nonsense", Date=http_date())[0] == 400


def test_a_wrong_signature_is_told_all_that_was_signed(server, bucket):
    status, _, body = signed(server, "GET", f"/{bucket}/a%20b", secret="wrong")
    assert (status, element(body, "Code")) == (403, "SignatureDoesNotMatch")
    assert element(body, "AWSAccessKeyId") == server.credentials["aws_access_key_id"]
    text, canonical = element(body, "StringToSign"), element(body, "CanonicalRequest")
    assert text.startswith("AWS4-HMAC-SHA256\n") and text.endswith(hashlib.sha256(canonical.encode()).hexdigest())
    assert canonical.startswith(f"GET\n/{bucket}/a%20b\n\nhost:")
    assert element(body, "StringToSignBytes") == text.encode().hex(" ")
    assert element(body, "CanonicalRequestBytes") == canonical.encode().hex(" ")
    assert re.fullmatch("[0-9a-f]{64}", element(body, "SignatureProvided"))


def test_keys_that_are_none(server, bucket):
    client = server.client("s3", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x")
    refused(lambda: client.get_object(Bucket=bucket, Key="k"), "InvalidAccessKeyId", 403, AWSAccessKeyId="AKIAIOSFODNN7EXAMPLE")


def test_requests_of_another_time(server, bucket):
    at = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(minutes=16)
    status, _, body = signed(server, "GET", f"/{bucket}/a%20b", at=at)
    assert (status, element(body, "Code")) == (403, "RequestTimeTooSkewed")
    assert element(body, "RequestTime") == at.strftime("%Y%m%dT%H%M%SZ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element(body, "ServerTime"))
    assert element(body, "MaxAllowedSkewMilliseconds") == "900000"


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_links_end(server, bucket, version):
    client = server.client("s3", config=botocore.config.Config(signature_version=version, s3={"addressing_style": "path"}))
    link = urllib.parse.urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=1))
    time.sleep(2.1)
    status, _, body = ask(server, "GET", f"{link.path}?{link.query}")
    assert (status, element(body, "Code"), element(body, "Message")) == (403, "AccessDenied", "Request has expired")
    assert element(body, "X-Amz-Expires") == ("1" if version == "s3v4" else None)
    assert element(body, "Expires") < element(body, "ServerTime")


def test_links_that_lack_something(server, s3, bucket):
    link = urllib.parse.urlsplit(server.client("s3", config=botocore.config.Config(signature_version="s3v4")).generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a b"}))
    parameters = urllib.parse.parse_qsl(link.query)
    without = urllib.parse.urlencode([pair for pair in parameters if pair[0] != "X-Amz-Signature"])
    status, _, body = ask(server, "GET", f"/{bucket}/a%20b?{without}")
    assert (status, element(body, "Code")) == (400, "AuthorizationQueryParametersError")
    assert element(body, "Message").startswith("Query-string authentication version 4 requires the X-Amz-Algorithm, ")
    status, _, body = ask(server, "GET", f"/{bucket}/a%20b?{link.query}", **{"x-amz-acl": "private", "x-amz-meta-a": "b"})
    assert (status, element(body, "Code")) == (403, "AccessDenied")
    assert element(body, "Message") == "There were headers present in the request which were not signed"
    assert element(body, "HeadersNotSigned") == "x-amz-acl, x-amz-meta-a"


@pytest.mark.parametrize("target", ["/{}/k", "/{}?tagging"])
def test_bodies_that_are_not_the_signed_ones(server, bucket, target):
    body = b"<Tagging><TagSet/></Tagging>"
    keys = server.credentials
    request = botocore.awsrequest.AWSRequest("PUT", server.url + target.format(bucket), data=body)
    botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "s3",
                              "us-east-1").add_auth(request)
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    other = body.replace(b"TagSet", b"tagset")
    connection.request("PUT", target.format(bucket), body=other, headers=dict(request.headers))
    answer = connection.getresponse()
    text = answer.read().decode()
    assert (answer.status, element(text, "Code")) == (400, "XAmzContentSHA256Mismatch"), text
    assert element(text, "ClientComputedContentSHA256") == hashlib.sha256(body).hexdigest()
    assert element(text, "S3ComputedContentSHA256") == hashlib.sha256(other).hexdigest()


@pytest.mark.parametrize("query, name, value", [
    ("list-type=2&max-keys=many", "max-keys", "many"), ("max-keys=1.5", "max-keys", "1.5"), ("uploads&max-uploads=x", "max-uploads", "x")])
def test_parameters_that_are_no_numbers(server, bucket, query, name, value):
    status, _, body = signed(server, "GET", f"/{bucket}?{query}")
    assert (status, element(body, "Code")) == (400, "InvalidArgument"), body
    assert element(body, "Message") == f"Provided {name} not an integer or within integer range"
    assert (element(body, "ArgumentName"), element(body, "ArgumentValue")) == (name, value)


def test_part_numbers_that_are_none(server, bucket):
    status, _, body = signed(server, "GET", f"/{bucket}/a%20b?partNumber=one")
    assert (status, element(body, "Code"), element(body, "ArgumentName")) == (400, "InvalidArgument", "partNumber")
    assert element(body, "Message") == "Part number must be an integer between 1 and 10000, inclusive"


def test_nobody_in_particular_chooses_headers(server, s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket=name, Policy=policy(open_to_all(name)))
    s3.put_object(Bucket=name, Key="k", Body=b"")
    assert ask(server, "GET", f"/{name}/k")[0] == 200
    status, _, body = ask(server, "GET", f"/{name}/k?response-content-type=text/html")
    assert (status, element(body, "Code")) == (400, "InvalidRequest")
    assert element(body, "Message") == "Request specific response headers cannot be used for anonymous GET requests."
    assert s3.get_object(Bucket=name, Key="k", ResponseContentType="text/html")["ContentType"] == "text/html"


@pytest.mark.parametrize("sent, shown", [
    ("plain", "plain"), ("Grüße an alle", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an_alle?="), ("=?UTF-8?Q?plain_text=21?=", "plain text!"),
    ("=?utf-8?B?cGxhaW4=?=", "plain"), ("=?UTF-8?Q?=C3=BC?=", "=?UTF-8?Q?=C3=BC?="), ("=?UTF-8?Q?=ZZ?=", "=?UTF-8?Q?=ZZ?="),
    ("=?UTF-8?X?a?=", "=?UTF-8?X?a?="), ("=?UTF-8?Q?=0D=0AX: y?=", "=?UTF-8?Q?=0D=0AX: y?="), ("=?UTF-8?B?a?=", "=?UTF-8?B?a?=")])
def test_metadata_comes_back_as_headers_can_have_it(server, s3, bucket, sent, shown):
    link = urllib.parse.urlsplit(server.client("s3", config=botocore.config.Config(signature_version="s3")).generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": "m"}))
    keys = server.credentials
    value = sent.encode().decode("latin-1")
    headers = {"x-amz-date": http_date(), "x-amz-meta-a": value}
    text = f"PUT\n\n\n\nx-amz-date:{headers['x-amz-date']}\nx-amz-meta-a:".encode() + sent.encode() + f"\n/{bucket}/m".encode()
    signature = base64.b64encode(hmac.new(keys["aws_secret_access_key"].encode(), text, hashlib.sha1).digest()).decode()
    headers["Authorization"] = f"AWS {keys['aws_access_key_id']}:{signature}"
    headers["Content-Length"] = "0"
    assert link and ask(server, "PUT", f"/{bucket}/m", **headers)[0] == 200
    assert s3.head_object(Bucket=bucket, Key="m")["Metadata"] == {"a": shown}


def test_metadata_of_one_name_is_one(server, s3, bucket):
    keys, date = server.credentials, http_date()
    text = f"PUT\n\n\n\nx-amz-date:{date}\nx-amz-meta-a:1,2\n/{bucket}/twice"
    signature = base64.b64encode(hmac.new(keys["aws_secret_access_key"].encode(), text.encode(), hashlib.sha1).digest()).decode()
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.putrequest("PUT", f"/{bucket}/twice")
    for name, value in (("x-amz-meta-a", "1"), ("X-Amz-Meta-A", "2"), ("x-amz-date", date), ("Content-Length", "0"),
                        ("Authorization", f"AWS {keys['aws_access_key_id']}:{signature}")):
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 200
    assert s3.head_object(Bucket=bucket, Key="twice")["Metadata"] == {"a": "1,2"}


def test_keys_that_xml_cannot_have(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="odd/\x01\x1f\r\n", Body=b"")
    _, _, body = signed(server, "GET", f"/{bucket}?prefix=odd%2F")
    assert element(body, "Key") == "odd/&#x1;&#x1F;&#xD;\n"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="odd/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["odd/\x01\x1f\r\n"]


def test_keys_that_are_too_long(s3, bucket):
    s3.put_object(Bucket=bucket, Key="ü" * 512, Body=b"")
    refused(lambda: s3.put_object(Bucket=bucket, Key="ü" * 513, Body=b""), "KeyTooLongError", 400, Size="1026", MaxSizeAllowed="1024")


def test_whoever_pays(s3, bucket):
    assert s3.get_object(Bucket=bucket, Key="a b", RequestPayer="requester")["Body"].read() == b"text"
    s3.put_object(Bucket=bucket, Key="paid", Body=b"", RequestPayer="requester")
    assert s3.list_objects_v2(Bucket=bucket, RequestPayer="requester")["KeyCount"]
    s3.delete_object(Bucket=bucket, Key="paid", RequestPayer="requester")
