"""Promise: your AWS code runs unchanged: objects are written, read, listed, copied and deleted as in S3."""
import base64
import hashlib
import io
import os
import urllib.error
import urllib.request
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError
from refusals import refused_with as refused

MIB = 1 << 20


@pytest.mark.parametrize("size", [0, 1, 1000, 32 * 1024, 32 * 1024 + 1, 100_000, 3 * MIB + 17])
@pytest.mark.parametrize("form", ["path", "virtual"])
def test_what_was_put_is_what_is_got(server, bucket, size, form):
    s3 = server.client("s3", config=Config(s3={"addressing_style": form}))
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="some/key", Body=body, Metadata={"Colour": "blue"}, ContentType="image/png",
                        CacheControl="no-cache", ContentLanguage="de", ContentDisposition="inline",
                        Expires=datetime(2031, 1, 1, tzinfo=timezone.utc))
    digest = hashlib.md5(body).hexdigest()
    assert put["ETag"] == f'"{digest}"'
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    assert put["ChecksumType"] == "FULL_OBJECT"
    assert "VersionId" not in put
    got = s3.get_object(Bucket=bucket, Key="some/key")
    assert got["Body"].read() == body
    head = s3.head_object(Bucket=bucket, Key="some/key")
    for answer in (got, head):
        assert answer["ContentLength"] == size
        assert answer["ETag"] == put["ETag"]
        assert answer["Metadata"] == {"colour": "blue"}
        assert answer["ContentType"] == "image/png"
        assert answer["CacheControl"] == "no-cache"
        assert answer["ContentLanguage"] == "de"
        assert answer["ContentDisposition"] == "inline"
        assert answer["ExpiresString"] == "Wed, 01 Jan 2031 00:00:00 GMT"
        assert answer["AcceptRanges"] == "bytes"
        assert datetime.now(timezone.utc) - answer["LastModified"] < timedelta(minutes=1)


def test_an_object_without_a_type_is_bytes(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize("key", ["a//b", "/leading", "trailing/", "a/../b", ".", "with blank", "plus+plus", "per%2Fcent",
                                 "ümläut/日本", "semi;colon", "q?uestion", "hash#", "amp&er", "equals=", "quote'\"", "~tilde",
                                 "star*", "(paren)", "back\\slash", "comma,", "dollar$", "at@", "colon:", "x" * 1024])
def test_keys_are_bytes_and_nothing_is_made_of_them(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_key_has_at_most_1024_bytes(s3, bucket):
    refused(lambda: s3.put_object(Bucket=bucket, Key="x" * 1025, Body=b""), "KeyTooLongError", 400, Size="1025")


def test_what_is_not_there(s3, bucket):
    nowhere = "nowhere-" + uuid.uuid4().hex
    refused(lambda: s3.get_object(Bucket=bucket, Key="k"), "NoSuchKey", 404, Key="k")
    refused(lambda: s3.get_object(Bucket=nowhere, Key="k"), "NoSuchBucket", 404, BucketName=nowhere)
    refused(lambda: s3.head_object(Bucket=bucket, Key="k"), "404", 404)
    refused(lambda: s3.head_bucket(Bucket=nowhere), "404", 404)
    refused(lambda: s3.put_object(Bucket=nowhere, Key="k", Body=b"x" * MIB), "NoSuchBucket", 404)
    refused(lambda: s3.get_object(Bucket=bucket, Key="k", VersionId="1" * 32), "InvalidArgument", 400,
            ArgumentName="versionId")
    assert s3.delete_object(Bucket=bucket, Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.parametrize("size", [10, 100_000])
def test_ranges(s3, bucket, size):
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="k", Body=body)

    def ranged(text):
        answer = s3.get_object(Bucket=bucket, Key="k", Range=text)
        return answer["ResponseMetadata"]["HTTPStatusCode"], answer.get("ContentRange"), answer["Body"].read()

    assert ranged("bytes=2-5") == (206, f"bytes 2-5/{size}", body[2:6])
    assert ranged("bytes=7-") == (206, f"bytes 7-{size - 1}/{size}", body[7:])
    assert ranged("bytes=-3") == (206, f"bytes {size - 3}-{size - 1}/{size}", body[-3:])
    assert ranged(f"bytes=5-{size + 100}") == (206, f"bytes 5-{size - 1}/{size}", body[5:])
    assert ranged("bytes=1-2,4-5") == (200, None, body)
    assert ranged("lines=1-2") == (200, None, body)
    refused(lambda: ranged(f"bytes={size}-"), "InvalidRange", 416, ActualObjectSize=str(size),
            RangeRequested=f"bytes={size}-")


def test_conditions_of_readers(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    past, future = datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2040, 1, 1, tzinfo=timezone.utc)
    now = s3.head_object(Bucket=bucket, Key="k")["LastModified"]

    def get(**conditions):
        return s3.get_object(Bucket=bucket, Key="k", **conditions)["ResponseMetadata"]["HTTPStatusCode"]

    assert get(IfMatch=etag) == get(IfMatch=etag.strip('"')) == get(IfMatch="*") == 200
    refused(lambda: get(IfMatch='"other"'), "PreconditionFailed", 412, Condition="If-Match")
    refused(lambda: get(IfUnmodifiedSince=past), "PreconditionFailed", 412, Condition="If-Unmodified-Since")
    assert get(IfUnmodifiedSince=now) == get(IfMatch=etag, IfUnmodifiedSince=past) == 200
    answer = refused(lambda: get(IfNoneMatch=etag), "304", 304)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["etag"] == etag
    refused(lambda: get(IfModifiedSince=now), "304", 304)
    assert get(IfModifiedSince=past) == get(IfNoneMatch='"other"', IfModifiedSince=now) == 200
    assert get(IfModifiedSince=future) == 200  # nobody knows that yet


def test_conditions_of_writers(s3, bucket):
    def put(**conditions):
        return s3.put_object(Bucket=bucket, Key="k", Body=b"x", **conditions)["ETag"]

    refused(lambda: put(IfMatch='"abc"'), "NoSuchKey", 404)
    etag = put(IfNoneMatch="*")
    refused(lambda: put(IfNoneMatch="*"), "PreconditionFailed", 412, Condition="If-None-Match")
    refused(lambda: put(IfNoneMatch='"abc"'), "NotImplemented", 501, Header="If-None-Match")
    refused(lambda: put(IfMatch="*"), "NotImplemented", 501, Header="If-Match")
    refused(lambda: put(IfMatch='"abc"'), "PreconditionFailed", 412, Condition="If-Match")
    assert put(IfMatch=etag) == etag
    refused(lambda: s3.delete_object(Bucket=bucket, Key="k", IfMatch='"abc"'), "PreconditionFailed", 412)
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    refused(lambda: s3.head_object(Bucket=bucket, Key="k"), "404")


CHECKSUMS = {"CRC32": "y/Q5Jg==", "CRC32C": "4waSgw==", "CRC64NVME": "rosUhgp5mIg=",
             "SHA1": base64.b64encode(hashlib.sha1(b"123456789").digest()).decode(),
             "SHA256": base64.b64encode(hashlib.sha256(b"123456789").digest()).decode()}


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_checksums(s3, bucket, algorithm):
    member, value = "Checksum" + algorithm, CHECKSUMS[algorithm]
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"123456789", **{member: value})[member] == value
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[member] == value
    assert member not in s3.head_object(Bucket=bucket, Key="k")
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ETag", "ObjectSize"])
    assert attributes["Checksum"] == {member: value, "ChecksumType": "FULL_OBJECT"}
    assert (attributes["ETag"], attributes["ObjectSize"]) == (hashlib.md5(b"123456789").hexdigest(), 9)
    wrong = base64.b64encode(bytes(len(base64.b64decode(value)))).decode()
    refused(lambda: s3.put_object(Bucket=bucket, Key="k2", Body=b"123456789", **{member: wrong}), "BadDigest", 400)
    refused(lambda: s3.put_object(Bucket=bucket, Key="k2", Body=b"123456789", **{member: "abc"}), "InvalidRequest", 400)
    refused(lambda: s3.head_object(Bucket=bucket, Key="k2"), "404")


def test_without_a_checksum_one_is_made(server, bucket):
    quiet = server.client("s3", config=Config(request_checksum_calculation="when_required"))
    assert quiet.put_object(Bucket=bucket, Key="k", Body=b"123456789")["ChecksumCRC64NVME"] == CHECKSUMS["CRC64NVME"]


def test_md5_of_the_request(s3, bucket):
    good = base64.b64encode(hashlib.md5(b"x").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5=good)
    refused(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"y", ContentMD5=good), "BadDigest", 400,
            ExpectedDigest=good)
    refused(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5="abc"), "InvalidDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_metadata_has_a_limit(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2047})
    refused(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2048}), "MetadataTooLarge", 400)


def test_what_is_not_done_is_refused_by_name(s3, bucket):
    for more in ({"ObjectLockEventHoldDurationDays": 1},):
        with pytest.raises(ClientError) as caught:
            s3.put_object(Bucket=bucket, Key="k", Body=b"x", **more)
        assert caught.value.response["Error"]["Code"] == "NotImplemented", more
    refused(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="public-read"), "AccessControlListNotSupported", 400)
    refused(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="SNOW"), "InvalidStorageClass", 400)
    refused(lambda: s3.head_object(Bucket=bucket, Key="k"), "404")


def test_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=two%20words")
    both = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "two words"}]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == both
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": ""}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "c", "Value": ""}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []

    def put(*pairs):
        return lambda: s3.put_object_tagging(Bucket=bucket, Key="k",
                                             Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in pairs]})
    refused(put(("a", "1"), ("a", "2")), "InvalidTag", 400, TagKey="a")
    refused(put(("aws:x", "1")), "InvalidTag", 400)
    refused(put(("x" * 129, "1")), "InvalidTag", 400)
    refused(put(*[(str(i), "") for i in range(11)]), "BadRequest", 400)


def test_listing_in_pages(s3, bucket):
    keys = sorted([f"a/{i:02}" for i in range(15)] + [f"b/{i}" for i in range(3)] + ["c", "é", "z", "\U0001F600"],
                  key=lambda key: key.encode())
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for size in (1, 4, 1000):
        for name in ("list_objects", "list_objects_v2"):
            pages = s3.get_paginator(name).paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
            assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == keys, (name, size)
            pages = list(s3.get_paginator(name).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}))
            assert [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])] == ["a/", "b/"], name
            assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == ["c", "z", "é", "\U0001F600"]
    page = s3.list_objects_v2(Bucket=bucket, Prefix="a/", MaxKeys=3, FetchOwner=True)
    assert (page["KeyCount"], page["IsTruncated"], page["Prefix"], page["MaxKeys"]) == (3, True, "a/", 3)
    first = page["Contents"][0]
    assert (first["Size"], first["StorageClass"], first["ETag"]) == (4, "STANDARD", f'"{hashlib.md5(b"a/00").hexdigest()}"')
    assert len(first["Owner"]["ID"]) == 64 and first["ChecksumAlgorithm"] == ["CRC32"]
    assert [e["Key"] for e in s3.list_objects_v2(Bucket=bucket, StartAfter="c")["Contents"]] == ["z", "é", "\U0001F600"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0
    refused(lambda: s3.list_objects_v2(Bucket=bucket, ContinuationToken="?"), "InvalidArgument", 400)
    refused(lambda: s3.list_objects_v2(Bucket=bucket, MaxKeys=-1), "InvalidArgument", 400)


def test_many_are_deleted_at_once(s3, bucket):
    for i in range(5):
        s3.put_object(Bucket=bucket, Key=str(i), Body=b"")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in ("3", "0", "never", "1")]})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["3", "0", "never", "1"]
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "2"}], "Quiet": True})
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["4"]
    refused(lambda: s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": str(i)} for i in range(1001)]}),
            "MalformedXML", 400)


def test_conditions_of_other_kinds_of_buckets_are_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    for more in ({"IfMatchSize": 0}, {"IfMatchLastModifiedTime": datetime(2020, 1, 1, tzinfo=timezone.utc)}):
        with pytest.raises(ClientError) as caught:
            s3.delete_object(Bucket=bucket, Key="k", **more)
        assert caught.value.response["Error"]["Code"] == "NotImplemented"
    refused(lambda: s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "Size": 0}]}), "NotImplemented", 501)
    refused(lambda: s3.delete_object(Bucket=bucket, Key="k", BypassGovernanceRetention=True), "InvalidArgument", 400)
    refused(lambda: s3.delete_object(Bucket=bucket, Key="k", MFA="serial 123456"), "NotImplemented", 501)
    s3.head_object(Bucket=bucket, Key="k")


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x" * 50_000, Metadata={"a": "1"}, ContentType="text/plain", Tagging="t=1")
    answer = s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from"})
    assert answer["CopyObjectResult"]["ETag"] == s3.head_object(Bucket=bucket, Key="from")["ETag"]
    s3.delete_object(Bucket=bucket, Key="from")
    copy = s3.get_object(Bucket=bucket, Key="to")
    assert (copy["Body"].read(), copy["Metadata"], copy["ContentType"]) == (b"x" * 50_000, {"a": "1"}, "text/plain")
    assert s3.get_object_tagging(Bucket=bucket, Key="to")["TagSet"] == [{"Key": "t", "Value": "1"}]
    itself = {"Bucket": bucket, "Key": "to", "CopySource": f"/{bucket}/to"}
    refused(lambda: s3.copy_object(**itself), "InvalidRequest", 400)
    s3.copy_object(**itself, MetadataDirective="REPLACE", Metadata={"b": "2"}, TaggingDirective="REPLACE", Tagging="u=2")
    copy = s3.head_object(Bucket=bucket, Key="to")
    assert (copy["Metadata"], copy["ContentType"], copy["ContentLength"]) == ({"b": "2"}, "binary/octet-stream", 50_000)
    assert s3.get_object_tagging(Bucket=bucket, Key="to")["TagSet"] == [{"Key": "u", "Value": "2"}]
    refused(lambda: s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/never"), "NoSuchKey", 404, Key="never")
    refused(lambda: s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/to", CopySourceIfNoneMatch=copy["ETag"]),
            "PreconditionFailed", 412, Condition="x-amz-copy-source-If-None-Match")


def test_versions(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"null")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"first")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"second")["VersionId"]

    def got(**version):
        answer = s3.get_object(Bucket=bucket, Key="k", **version)
        return answer["Body"].read(), answer["VersionId"]

    assert got() == got(VersionId=second) == (b"second", second)
    assert got(VersionId=first) == (b"first", first)
    assert got(VersionId="null") == (b"null", "null")
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    answer = refused(got, "NoSuchKey", 404)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    refused(lambda: got(VersionId=marker["VersionId"]), "MethodNotAllowed", 405, Method="GET", ResourceType="DeleteMarker")
    refused(lambda: got(VersionId="0" * 32), "NoSuchVersion", 404, VersionId="0" * 32)
    listed = s3.list_object_versions(Bucket=bucket)
    assert [(v["VersionId"], v["IsLatest"]) for v in listed["Versions"]] == [(second, False), (first, False), ("null", False)]
    assert [(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]] == [(marker["VersionId"], True)]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    gone = s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, marker["VersionId"])
    assert got() == (b"second", second)
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert got() == (b"first", first)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    s3.put_object(Bucket=bucket, Key="k", Body=b"again")
    assert got() == (b"again", "null")
    assert [v["VersionId"] for v in s3.list_object_versions(Bucket=bucket)["Versions"]] == ["null", first]
    assert s3.delete_object(Bucket=bucket, Key="k")["VersionId"] == "null"
    refused(lambda: s3.delete_bucket(Bucket=bucket), "BucketNotEmpty", 409, BucketName=bucket)
    for entry in (lambda page: page.get("Versions", []) + page.get("DeleteMarkers", []))(s3.list_object_versions(Bucket=bucket)):
        s3.delete_object(Bucket=bucket, Key="k", VersionId=entry["VersionId"])
    s3.delete_bucket(Bucket=bucket)


def test_versions_are_listed_in_pages(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    expected = []
    for key in ("a", "b/1", "b/2", "c"):
        versions = [s3.put_object(Bucket=bucket, Key=key, Body=b"")["VersionId"] for _ in range(3)]
        if key == "c":
            versions.append(s3.delete_object(Bucket=bucket, Key=key)["VersionId"])
        expected += [(key, version) for version in reversed(versions)]
    for size in (1, 2, 5, 100):
        found, latest = [], []
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": size}):
            entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
            assert len(entries) <= size
            found += [(entry["Key"], entry["VersionId"]) for entry in entries]
            latest += [entry["Key"] for entry in entries if entry["IsLatest"]]
        assert sorted(found) == sorted(expected), size
        assert sorted(latest) == ["a", "b/1", "b/2", "c"], size
    page = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert [prefix["Prefix"] for prefix in page["CommonPrefixes"]] == ["b/"]


def test_multipart(s3, bucket):
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB + 1), os.urandom(7)]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big", Metadata={"a": "b"}, ContentType="video/mp4")["UploadId"]
    assert [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    about = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    done = []
    for number, part in reversed(list(enumerate(parts, start=1))):
        s3.upload_part(**about, PartNumber=number * 10, Body=b"replaced")
        answer = s3.upload_part(**about, PartNumber=number * 10, Body=part)
        assert answer["ETag"] == f'"{hashlib.md5(part).hexdigest()}"'
        done.insert(0, {"PartNumber": number * 10, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    s3.upload_part(**about, PartNumber=99, Body=b"not wanted")
    listed = s3.list_parts(**about, MaxParts=2)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(10, 5 * MIB), (20, 5 * MIB + 1)]
    assert listed["IsTruncated"] and listed["NextPartNumberMarker"] == 20
    assert [p["PartNumber"] for p in s3.list_parts(**about, PartNumberMarker=20)["Parts"]] == [30, 99]
    refused(lambda: s3.head_object(Bucket=bucket, Key="big"), "404")
    refused(lambda: s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [done[1], done[0]]}), "InvalidPartOrder")
    refused(lambda: s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [dict(done[0], ETag='"00"')]}),
            "InvalidPart", 400, PartNumber="10")
    answer = s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    whole = b"".join(parts)
    etag = f'"{hashlib.md5(b"".join(hashlib.md5(p).digest() for p in parts)).hexdigest()}-3"'
    assert answer["ETag"] == etag and answer["Bucket"] == bucket and answer["Location"].endswith(f"/{bucket}/big")
    got = s3.get_object(Bucket=bucket, Key="big")
    assert (got["Body"].read(), got["ETag"], got["Metadata"], got["ContentType"]) == (whole, etag, {"a": "b"}, "video/mp4")
    cut = s3.get_object(Bucket=bucket, Key="big", Range=f"bytes={5 * MIB - 3}-{10 * MIB + 4}")
    assert cut["Body"].read() == whole[5 * MIB - 3:10 * MIB + 5]
    second = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (parts[1], 3)
    assert second["ResponseMetadata"]["HTTPStatusCode"] == 206
    refused(lambda: s3.get_object(Bucket=bucket, Key="big", PartNumber=4), "InvalidPartNumber", 416, ActualPartCount="3")
    refused(lambda: s3.list_parts(**about), "NoSuchUpload", 404, UploadId=upload)
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/big")["CopyObjectResult"]["ETag"]
    assert copied == f'"{hashlib.md5(whole).hexdigest()}"'
    s3.delete_object(Bucket=bucket, Key="big")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == whole


def test_a_small_part_in_the_middle_is_refused(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    about = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    done = []
    for number in (1, 2):
        answer = s3.upload_part(**about, PartNumber=number, Body=b"small")
        done.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    refused(lambda: s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done}), "EntityTooSmall", 400,
            ProposedSize="5", MinSizeAllowed=str(5 * MIB), PartNumber="1")
    refused(lambda: s3.upload_part(**about, PartNumber=0, Body=b""), "InvalidArgument", 400)
    refused(lambda: s3.upload_part(**about, PartNumber=10_001, Body=b""), "InvalidArgument", 400)
    s3.abort_multipart_upload(**about)
    refused(lambda: s3.upload_part(**about, PartNumber=1, Body=b""), "NoSuchUpload", 404)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_the_whole_of_parts_can_have_one_checksum(s3, bucket):
    parts = [os.urandom(5 * MIB), b"123456789"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    about = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    done = [{"PartNumber": n, "ETag": s3.upload_part(**about, PartNumber=n, Body=part)["ETag"]}
            for n, part in enumerate(parts, start=1)]
    answer = s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    expected = base64.b64encode(zlib.crc32(b"".join(parts)).to_bytes(4, "big")).decode()
    assert (answer["ChecksumCRC32"], answer["ChecksumType"]) == (expected, "FULL_OBJECT")


def test_parts_are_copied(s3, bucket):
    body = os.urandom(6 * MIB)
    s3.put_object(Bucket=bucket, Key="from", Body=body)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="to")["UploadId"]
    about = {"Bucket": bucket, "Key": "to", "UploadId": upload}
    done = []
    for number, span in ((1, f"bytes=0-{5 * MIB - 1}"), (2, "bytes=3-9")):
        answer = s3.upload_part_copy(**about, PartNumber=number, CopySource=f"{bucket}/from", CopySourceRange=span)
        done.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    refused(lambda: s3.upload_part_copy(**about, PartNumber=3, CopySource=f"{bucket}/from",
                                        CopySourceRange=f"bytes=0-{6 * MIB}"), "InvalidArgument", 400)
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    assert s3.get_object(Bucket=bucket, Key="to")["Body"].read() == body[:5 * MIB] + body[3:10]


def test_the_transfer_manager(s3, bucket, tmp_path):
    body = os.urandom(20 * MIB + 5)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_fileobj(io.BytesIO(body), bucket, "big", Config=config)
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-3"')
    s3.download_file(bucket, "big", str(tmp_path / "big"), Config=config)
    assert (tmp_path / "big").read_bytes() == body
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copy", Config=config)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == body


def opened(link, data=None, **headers):
    request = urllib.request.Request(link, data=data, method="PUT" if data is not None else "GET", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.mark.parametrize("version", ["s3v4", "s3", None])
@pytest.mark.parametrize("form", ["path", "virtual"])
def test_presigned_links(server, bucket, version, form):
    """Version 2 too, which boto3 makes unless it is told otherwise."""
    s3 = server.client("s3", config=Config(signature_version=version, s3={"addressing_style": form}))
    about = {"Bucket": bucket, "Key": "a b+c/ü"}
    put = s3.generate_presigned_url("put_object", Params={**about, "ContentType": "text/y"})
    assert opened(put, b"by link", **{"Content-Type": "text/y"})[0] == 200
    get = s3.generate_presigned_url("get_object", Params={**about, "ResponseContentType": "text/x"})
    status, body, headers = opened(get)
    assert (status, body, headers["Content-Type"]) == (200, b"by link", "text/x")
    assert server.client("s3").head_object(**about)["ContentType"] == "text/y"
    for changed in (get.replace(bucket, "other"), get.replace("text%2Fx", "text%2Fz"), get + "&versionId=null"):
        assert b"<Code>SignatureDoesNotMatch</Code>" in opened(changed)[1]
    status, body, _ = opened(get, **{"x-amz-checksum-mode": "ENABLED"})
    assert status == 403 and (b"headers present in the request which were not signed" in body or version != "s3v4")
    status, body, _ = opened(s3.generate_presigned_url("get_object", Params=about, ExpiresIn=-1 if version != "s3v4" else 0))
    assert status == 403 and b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in body, body



def test_uploads_are_listed_in_pages(s3, bucket):
    begun = [(key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]) for key in ("a", "a", "b/1", "b/2", "c")]
    for size in (1, 2, 10):
        pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": size}))
        assert [(u["Key"], u["UploadId"]) for page in pages for u in page["Uploads"]] == begun, size
        pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Delimiter="/",
                                                                        PaginationConfig={"PageSize": size}))
        assert [u["Key"] for page in pages for u in page.get("Uploads", [])] == ["a", "a", "c"], size
        assert [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])] == ["b/"], size


def test_of_many_writers_who_want_to_be_the_first_one_is(s3, bucket):
    def put(number):
        try:
            s3.put_object(Bucket=bucket, Key="k", Body=str(number).encode(), IfNoneMatch="*")
            return number
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return None

    with ThreadPoolExecutor(32) as pool:
        winners = [number for number in pool.map(put, range(64)) if number is not None]
    assert len(winners) == 1
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == str(winners[0]).encode()


def test_writers_of_one_key_do_not_fail_each_other(s3, bucket):
    """In a versioned bucket every one of them makes a version."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda number: s3.put_object(Bucket=bucket, Key="k", Body=str(number).encode())["VersionId"], range(64)))
    listed = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert {entry["VersionId"] for entry in listed} == set(made) and len(listed) == 64
    for number, version in enumerate(made):
        assert s3.get_object(Bucket=bucket, Key="k", VersionId=version)["Body"].read() == str(number).encode()
