"""Promise: what was acknowledged is never lost or changed: each kind of checksum is held to, kept and shown."""
import base64
import hashlib
import uuid

import pytest
from test_s3_buckets import refused
from test_s3_wire import element, signed


def b64(raw):
    return base64.b64encode(raw).decode()


# Of nothing; the xxHash family publishes its own.
OF_NOTHING = {"SHA512": hashlib.sha512().digest(), "MD5": hashlib.md5().digest(), "XXHASH64": bytes.fromhex("ef46db3751d8e999"),
              "XXHASH3": bytes.fromhex("2d06800538d394c2"), "XXHASH128": bytes.fromhex("99aa06d3014798d86001c324468d497f")}


@pytest.fixture(scope="module")
def bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize("name", OF_NOTHING)
def test_each_is_held_to_and_shown(s3, bucket, name):
    member, value = "Checksum" + name, b64(OF_NOTHING[name])
    assert s3.put_object(Bucket=bucket, Key=name, Body=b"", **{member: value})[member] == value
    found = s3.head_object(Bucket=bucket, Key=name, ChecksumMode="ENABLED")
    assert (found[member], found["ChecksumType"]) == (value, "FULL_OBJECT")
    refused(lambda: s3.put_object(Bucket=bucket, Key=name, Body=b"x", **{member: value}), "BadDigest", 400,
            Message=f"The {name} you specified did not match the calculated checksum.")
    refused(lambda: s3.put_object(Bucket=bucket, Key=name, Body=b"", **{member: "AAA="}), "InvalidRequest", 400,
            Message=f"Value for x-amz-checksum-{name.lower()} header is invalid.")
    refused(lambda: s3.put_object(Bucket=bucket, Key=name, Body=b"", **{member: value, "ChecksumCRC32": "AAAAAA=="}),
            "InvalidRequest", 400)


def test_parts_by_sha512_make_a_composite(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", ChecksumAlgorithm="SHA512")
    assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == ("SHA512", "COMPOSITE")
    parts, bodies = [], [b"a" * (5 << 20), b"b"]
    for number, body in enumerate(bodies, 1):
        said = b64(hashlib.sha512(body).digest())
        part = s3.upload_part(Bucket=bucket, Key="m", UploadId=upload["UploadId"], PartNumber=number, Body=body, ChecksumSHA512=said)
        parts.append({"ETag": part["ETag"], "PartNumber": number, "ChecksumSHA512": part["ChecksumSHA512"]})
    done = s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload["UploadId"], MultipartUpload={"Parts": parts})
    whole = hashlib.sha512(b"".join(hashlib.sha512(body).digest() for body in bodies)).digest()
    assert done["ChecksumSHA512"] == b64(whole) + "-2"
    refused(lambda: s3.create_multipart_upload(Bucket=bucket, Key="m", ChecksumAlgorithm="XXHASH3", ChecksumType="FULL_OBJECT"),
            "InvalidRequest", 400)


@pytest.mark.parametrize("name", ["sha512", "md5"])
def test_documents_are_held_to_theirs(server, bucket, name):
    body = b"<Delete><Object><Key>none</Key></Object></Delete>"
    right = b64(hashlib.new(name, body).digest())
    assert signed(server, "POST", f"/{bucket}?delete", {f"x-amz-checksum-{name}": right}, body)[0] == 200
    status, _, text = signed(server, "POST", f"/{bucket}?delete", {f"x-amz-checksum-{name}": b64(b"x" * 16)}, body)
    assert (status, element(text, "Code")) == (400, "BadDigest")



@pytest.mark.parametrize("name, value", [("sha512", hashlib.sha512(b"abc").digest()), ("md5", hashlib.md5(b"abc").digest())])
def test_behind_a_body(server, s3, bucket, name, value):
    def put(said):
        body = f"3\r\nabc\r\n0\r\nx-amz-checksum-{name}:{b64(said)}\r\n\r\n".encode()
        headers = {"x-amz-trailer": "x-amz-checksum-" + name, "x-amz-decoded-content-length": "3", "Content-Encoding": "aws-chunked"}
        return signed(server, "PUT", f"/{bucket}/behind", headers, body,
                      context={"checksum": {"request_algorithm": {"in": "trailer", "algorithm": name}}})

    status, _, text = put(bytes(len(value)))
    assert (status, element(text, "Code")) == (400, "BadDigest"), text
    assert put(value)[0] == 200
    found = s3.get_object(Bucket=bucket, Key="behind", ChecksumMode="ENABLED")
    assert (found["Checksum" + name.upper()], found["Body"].read()) == (b64(value), b"abc")
