"""Promise: your AWS code runs unchanged, down to error texts and headers: what S3 says of requests that are nearly right."""
import base64
import hashlib
import re
import uuid

import pytest
from test_s3_buckets import refused
from test_s3_cors import ask
from test_s3_wire import element, signed

MIB = 1 << 20


@pytest.fixture(scope="module", name="bucket")
def _bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"text")
    return name


# ----- which operation a request is for -----

@pytest.mark.parametrize("method, target, kind", [
    ("DELETE", "/{}/k?acl", "OBJECT"), ("PUT", "/{}/k?uploads", "OBJECT"), ("PUT", "/{}?uploads", "BUCKET"), ("DELETE", "/{}?acl", "BUCKET"),
    ("GET", "/{}?delete", "BUCKET"), ("POST", "/{}/k", "OBJECT"), ("PATCH", "/{}/k", "OBJECT"), ("DELETE", "/", "SERVICE")])
def test_who_asks_for_a_part_never_gets_the_whole(server, s3, bucket, method, target, kind):
    status, _, body = signed(server, method, target.format(bucket))
    assert (status, element(body, "Code")) == (405, "MethodNotAllowed"), body
    assert element(body, "Message") == "The specified method is not allowed against this resource."
    assert (element(body, "Method"), element(body, "ResourceType")) == (method, kind)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"


def test_documents_have_the_root_that_they_should(server, bucket):
    body = b"<Versioning><Status>Enabled</Status></Versioning>"
    status, _, text = signed(server, "PUT", f"/{bucket}?versioning", {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()},
                             body)
    assert (status, element(text, "Code")) == (400, "MalformedXML")


def test_times_are_whole_seconds(server, s3, bucket):
    for target, name in ((f"/{bucket}?list-type=2", "LastModified"), (f"/{bucket}?versions", "LastModified"), ("/", "CreationDate")):
        _, _, body = signed(server, "GET", target)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", element(body, name)), body
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"][0]["LastModified"]
    assert listed == s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    copied = s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")["CopyObjectResult"]["LastModified"]
    assert copied == s3.head_object(Bucket=bucket, Key="c")["LastModified"]
