"""Promise: your AWS code runs unchanged, and objects are encrypted on disk for real: by the server's key, by a key of the
account, or by one that the client keeps."""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import urllib.error
import urllib.request
import uuid

import pytest
from blackbox_server import HEARTH, Server, allow, deny, policy_of, until
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, IncompleteReadError, ResponseStreamingError
from signing import sign
from refusals import refused_with

MIB = 1 << 20
PART = 5 * MIB
SIZES = [0, 1, 1000, 32 * 1024, 32 * 1024 + 1, 64 * 1024, 300_000, 2 * MIB + 17]
SSE = "x-amz-server-side-encryption"
CUSTOMER = SSE + "-customer-"


def refused(call, code, status=400, **more):
    return refused_with(call, code, status, **more)


def send(server, method, path, headers, body):
    request = AWSRequest(method, server.url + path, data=body, headers=headers)
    sign(request, server.url.removeprefix("http://"), "s3", server.credentials)
    made = urllib.request.Request(request.url, data=body or None, headers=dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(made) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def customer(key=None, prefix=""):
    """As boto3 wants it; the digest of the key it sends along by itself."""
    return {prefix + "SSECustomerAlgorithm": "AES256", prefix + "SSECustomerKey": key or os.urandom(32)}


def spelled_out(how):
    """For operations of which boto3 does not know that they take a key."""
    key = how.get("SSECustomerKey")
    return {**how, "SSECustomerKey": base64.b64encode(key).decode(),
            "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode()} if key else how


CONTEXT = base64.b64encode(json.dumps({"who": "me"}).encode()).decode()
KINDS = {"AES256": {"ServerSideEncryption": "AES256"},
         "aws:kms": {"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": CONTEXT},
         "aws:kms:dsse": {"ServerSideEncryption": "aws:kms:dsse"},
         "SSE-C": customer()}


def reading(kind):
    return KINDS[kind] if kind == "SSE-C" else {}


def check_answer(answer, kind):
    if kind == "SSE-C":
        assert "ServerSideEncryption" not in answer
        assert answer["SSECustomerAlgorithm"] == "AES256"
        assert answer["SSECustomerKeyMD5"] == base64.b64encode(hashlib.md5(KINDS[kind]["SSECustomerKey"]).digest()).decode()
        return
    assert answer["ServerSideEncryption"] == kind
    assert ("SSEKMSKeyId" in answer) == kind.startswith("aws:kms")


# ----- objects -----

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_what_is_got(s3, bucket, kind, size):
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **KINDS[kind])
    got = s3.get_object(Bucket=bucket, Key="k", **reading(kind))
    head = s3.head_object(Bucket=bucket, Key="k", **reading(kind))
    assert got["Body"].read() == body
    for answer in (put, got, head):
        check_answer(answer, kind)
    assert head["ContentLength"] == size and head["ETag"] == put["ETag"] == got["ETag"]
    assert (put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"') == (kind == "AES256")
    assert len(put["ETag"]) == 34
    assert s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize"],
                                    **spelled_out(reading(kind)))["ObjectSize"] == size
    for first, last in [(0, 0), (size // 2, size // 2 + 70_000), (65_535, 65_536), (131_000, 500_000)]:
        if first < size:
            part = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}", **reading(kind))
            assert part["Body"].read() == body[first:last + 1]


def test_every_object_is_encrypted_unasked(s3, bucket):
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "AES256"
    assert s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("kind", KINDS)
def test_uploads_in_parts(s3, bucket, kind):
    about = {"Bucket": bucket, "Key": "k"}
    started = s3.create_multipart_upload(**about, **KINDS[kind])
    check_answer(started, kind)
    about["UploadId"] = started["UploadId"]
    bodies = [os.urandom(PART), os.urandom(1000)]
    done = []
    for number, body in enumerate(bodies, start=1):
        part = s3.upload_part(**about, PartNumber=number, Body=body, **reading(kind))
        check_answer(part, kind)
        assert (part["ETag"] == f'"{hashlib.md5(body).hexdigest()}"') == (kind == "AES256")
        done.append({"PartNumber": number, "ETag": part["ETag"]})
    assert [part["ETag"] for part in s3.list_parts(**about)["Parts"]] == [part["ETag"] for part in done]
    whole = s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    if kind != "SSE-C":
        check_answer(whole, kind)
    joined = hashlib.md5(b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in done)).hexdigest()
    assert whole["ETag"] == f'"{joined}-2"'
    body = b"".join(bodies)
    got = s3.get_object(Bucket=bucket, Key="k", **reading(kind))
    check_answer(got, kind)
    assert got["Body"].read() == body
    middle = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={PART - 10}-{PART + 9}", **reading(kind))
    assert middle["Body"].read() == body[PART - 10:PART + 10]
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=2, **reading(kind))["Body"].read() == bodies[1]


@pytest.mark.parametrize("size", [100, 200_000])
@pytest.mark.parametrize("source", KINDS)
@pytest.mark.parametrize("target", KINDS)
def test_copies_from_each_kind_to_each(s3, bucket, source, target, size):
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="a", Body=body, **KINDS[source])
    opening = {"CopySource" + name: value for name, value in reading(source).items()}
    copy = s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a", **opening, **KINDS[target])
    check_answer(copy, target)
    plain_etag = f'"{hashlib.md5(body).hexdigest()}"'
    assert (copy["CopyObjectResult"]["ETag"] == plain_etag) == (target == "AES256")
    s3.delete_object(Bucket=bucket, Key="a")
    assert s3.get_object(Bucket=bucket, Key="b", **reading(target))["Body"].read() == body


@pytest.mark.parametrize("kind", KINDS)
def test_parts_copied_from_each_kind(s3, bucket, kind):
    body = os.urandom(PART + 5000)
    s3.put_object(Bucket=bucket, Key="a", Body=body, **KINDS[kind])
    opening = {"CopySource" + name: value for name, value in reading(kind).items()}
    mine = customer()
    about = {"Bucket": bucket, "Key": "b", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="b", **mine)["UploadId"]}
    done = []
    for number, span in enumerate([f"bytes=0-{PART - 1}", f"bytes={PART}-{len(body) - 1}"], start=1):
        part = s3.upload_part_copy(**about, PartNumber=number, CopySource=f"{bucket}/a", CopySourceRange=span, **opening, **mine)
        done.append({"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]})
        assert part["SSECustomerAlgorithm"] == "AES256"
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    assert s3.get_object(Bucket=bucket, Key="b", **mine)["Body"].read() == body


def test_an_object_is_copied_to_itself_to_be_encrypted_otherwise(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 50_000)
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", ServerSideEncryption="aws:kms")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ServerSideEncryption"] == "aws:kms" and got["Body"].read() == b"x" * 50_000


def test_links_read_encrypted_objects(s3, bucket):
    for kind in ("AES256", "aws:kms"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"linked" * 20_000, **KINDS[kind])
        link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        with urllib.request.urlopen(link) as answer:
            assert answer.read() == b"linked" * 20_000
            assert answer.headers[SSE] == kind


# ----- keys of the account -----

def test_the_key_of_an_account_is_always_the_same(server, s3, bucket):
    key = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    assert key.startswith("arn:aws:kms:us-east-1:000000000000:key/")
    uuid.UUID(key.rpartition("/")[2])
    for name in ("alias/aws/s3", "arn:aws:kms:us-east-1:000000000000:alias/aws/s3", key, key.rpartition("/")[2]):
        put = s3.put_object(Bucket=bucket, Key="k2", Body=b"y", ServerSideEncryption="aws:kms", SSEKMSKeyId=name)
        assert put["SSEKMSKeyId"] == key
    _, keys = server.make_account()
    other = server.client("s3", **keys)
    other_bucket = "b-" + uuid.uuid4().hex
    other.create_bucket(Bucket=other_bucket)
    assert other.put_object(Bucket=other_bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")["SSEKMSKeyId"] != key


def test_other_keys_do_not_exist(s3, bucket):
    unknown = str(uuid.uuid4())
    arn = "arn:aws:kms:us-east-1:000000000000:"
    for name, text in [(unknown, f"Key '{arn}key/{unknown}' does not exist"),
                       (f"{arn}key/{unknown}", f"Key '{arn}key/{unknown}' does not exist"),
                       ("alias/mine", f"Alias {arn}alias/mine is not found."),
                       (f"{arn}alias/mine", f"Alias {arn}alias/mine is not found."),
                       ("nonsense", "Invalid keyId 'nonsense'"),
                       (f"arn:aws:kms:eu-west-1:000000000000:key/{unknown}", "Invalid arn eu-west-1")]:
        refused(lambda name=name: s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms",
                                                SSEKMSKeyId=name), "KMS.NotFoundException", text=text)


def test_the_context_is_kept_and_must_be_one(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", **KINDS["aws:kms"])
    assert put["SSEKMSEncryptionContext"] == CONTEXT
    for wrong in ("{}", base64.b64encode(b"[1]").decode(), base64.b64encode(b'{"a":1}').decode()):
        refused(lambda wrong=wrong: s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms",
                                                  SSEKMSEncryptionContext=wrong), "InvalidArgument",
                ArgumentName=SSE + "-context", ArgumentValue=wrong)


def test_bucket_keys_are_remembered(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", BucketKeyEnabled=True)
    assert put["BucketKeyEnabled"] is True
    assert s3.head_object(Bucket=bucket, Key="k")["BucketKeyEnabled"] is True


@pytest.mark.parametrize("wrong, text, value", [
    ({"ServerSideEncryption": "AES"}, "The encryption method specified is not supported", "AES"),
    ({"ServerSideEncryption": "AES256", "SSEKMSKeyId": "k"},
     "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms", "AES256"),
    ({"SSEKMSKeyId": "k"},
     "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms", "null"),
    ({"ServerSideEncryption": "AES256", **customer()},
     "Server Side Encryption with Customer provided key is incompatible with the encryption method specified", "AES256"),
])
def test_what_cannot_be_is_refused(s3, bucket, wrong, text, value):
    for call in (lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x", **wrong),
                 lambda: s3.create_multipart_upload(Bucket=bucket, Key="k", **wrong)):
        refused(call, "InvalidArgument", text=text, ArgumentName=SSE, ArgumentValue=value)


# ----- keys of clients -----

def test_reading_needs_the_clients_key(s3, bucket):
    mine = customer()
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret", **mine)
    refused(lambda: s3.get_object(Bucket=bucket, Key="k"), "InvalidRequest",
            text="The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
                 "retrieve the object.")
    refused(lambda: s3.get_object(Bucket=bucket, Key="k", **customer()), "AccessDenied", 403,
            text="Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.")
    refused(lambda: s3.head_object(Bucket=bucket, Key="k"), "400")
    refused(lambda: s3.head_object(Bucket=bucket, Key="k", **customer()), "403", 403)
    refused(lambda: s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag"]), "InvalidRequest")
    refused(lambda: s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k"), "InvalidRequest")
    refused(lambda: s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k", **customer(prefix="CopySource")),
            "AccessDenied", 403)


def test_keys_are_not_for_objects_that_need_none(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    refused(lambda: s3.get_object(Bucket=bucket, Key="k", **customer()), "InvalidRequest",
            text="The encryption parameters are not applicable to this object.")


def test_each_part_repeats_the_clients_key(s3, bucket):
    mine = customer()
    about = {"Bucket": bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k", **mine)["UploadId"],
             "PartNumber": 1}
    refused(lambda: s3.upload_part(**about, Body=b"x"), "InvalidRequest",
            text="The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
                 "encryption parameters.")
    refused(lambda: s3.upload_part(**about, Body=b"x", **customer()), "InvalidRequest",
            text="The provided encryption parameters did not match the ones used originally.")
    s3.upload_part(**about, Body=b"x", **mine)


KEY = b"0123456789abcdef0123456789abcdef"
GOOD = {"algorithm": "AES256", "key": base64.b64encode(KEY).decode(), "key-MD5": base64.b64encode(hashlib.md5(KEY).digest()).decode()}
MUST = "Requests specifying Server Side Encryption with Customer provided keys must provide "


@pytest.mark.parametrize("change, code, text", [
    ({"algorithm": None}, "InvalidArgument", MUST + "a valid encryption algorithm."),
    ({"algorithm": "AES512"}, "InvalidEncryptionAlgorithmError",
     "The Encryption request you specified is not valid. Supported value: AES256."),
    ({"key": None}, "InvalidArgument", MUST + "an appropriate secret key."),
    ({"key-MD5": None}, "InvalidArgument", MUST + "the client calculated MD5 of the secret key."),
    ({"key": base64.b64encode(KEY[:31]).decode()}, "InvalidArgument", "The secret key was invalid for the specified algorithm."),
    ({"key": "?"}, "InvalidArgument", "The secret key was invalid for the specified algorithm."),
    ({"key-MD5": base64.b64encode(hashlib.md5(b"").digest()).decode()}, "InvalidArgument",
     "The calculated MD5 hash of the key did not match the hash that was provided."),
])
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_each_wrong_piece_of_a_clients_key_has_its_text(server, s3, bucket, method, change, code, text):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **customer(KEY))
    headers = {CUSTOMER + name: value for name, value in {**GOOD, **change}.items() if value is not None}
    status, answer = send(server, method, f"/{bucket}/k", headers=headers, body=b"x" if method == "PUT" else b"")
    assert status == 400
    assert f"<Code>{code}</Code><Message>{text}</Message>" in answer, answer
    assert f"<ArgumentName>{SSE}</ArgumentName>" in answer


# ----- rules of buckets -----

def rule(**members):
    return {"Rules": [members]}


def test_a_new_bucket_encrypts_by_the_servers_key(s3, bucket):
    usual = rule(ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"}, BucketKeyEnabled=False)
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == usual
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "aws:kms"}))
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == rule(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "aws:kms"}, BucketKeyEnabled=False)
    s3.delete_bucket_encryption(Bucket=bucket)
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == usual


def test_a_rule_is_for_objects_that_ask_for_nothing(s3, bucket):
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"}, BucketKeyEnabled=True))
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert put["ServerSideEncryption"] == "aws:kms" and put["BucketKeyEnabled"] is True
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"
    assert s3.create_multipart_upload(Bucket=bucket, Key="k")["ServerSideEncryption"] == "aws:kms"
    assert s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")["ServerSideEncryption"] == "aws:kms"
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "none"}))
    refused(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x"), "KMS.NotFoundException")


def test_wrong_rules(s3, bucket):
    for wrong in ({"Rules": []}, rule(BucketKeyEnabled=True), rule(ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "rot13"}),
                  {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}] * 2}):
        refused(lambda wrong=wrong: s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=wrong), "MalformedXML")
    refused(lambda: s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "AES256", "KMSMasterKeyID": "x"})), "InvalidArgument")


def test_a_rule_can_block_keys_of_clients(s3, bucket):
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"}, BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]}))
    kept = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert kept["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}
    refused(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"x", **customer()), "AccessDenied", 403)
    refused(lambda: s3.create_multipart_upload(Bucket=bucket, Key="k", **customer()), "AccessDenied", 403)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule(
        BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **customer())


def test_policies_see_what_is_asked(server, s3, bucket):
    arn = f"arn:aws:s3:::{bucket}/*"
    user = server.make_user()
    user.may(allow("s3:PutObject", resource=arn),
             deny("s3:PutObject", resource=arn, Condition={"StringNotEquals": {f"s3:{SSE}": "aws:kms"}}))
    theirs = server.client("s3", **user.keys)
    refused(lambda: theirs.put_object(Bucket=bucket, Key="k", Body=b"x"), "AccessDenied", 403)
    theirs.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    user.may(allow("s3:PutObject", resource=arn, Condition={"StringLike": {f"s3:{SSE}-aws-kms-key-id": "*alias/aws/s3"}}))
    refused(lambda: theirs.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms"), "AccessDenied", 403)
    theirs.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/aws/s3")


# ----- UpdateObjectEncryption -----

def key_of(s3, bucket):
    return s3.put_object(Bucket=bucket, Key="x", Body=b"", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]


@pytest.mark.parametrize("size", [1000, 100_000])
def test_an_objects_key_is_wrapped_anew_and_nothing_else_changes(s3, bucket, size):
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="k", Body=body, Metadata={"a": "b"})
    copied = s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")
    before = s3.head_object(Bucket=bucket, Key="k")
    key = key_of(s3, bucket)
    s3.update_object_encryption(Bucket=bucket, Key="k",
                                ObjectEncryption={"SSEKMS": {"KMSKeyArn": key, "BucketKeyEnabled": True}})
    after = s3.head_object(Bucket=bucket, Key="k")
    assert after["ServerSideEncryption"] == "aws:kms" and after["SSEKMSKeyId"] == key and after["BucketKeyEnabled"] is True
    for name in ("ETag", "LastModified", "Metadata", "ContentLength"):
        assert after[name] == before[name]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    other = s3.get_object(Bucket=bucket, Key="c")  # has the same bytes on disk
    assert other["Body"].read() == body and other["ETag"] == copied["CopyObjectResult"]["ETag"]
    assert other["ServerSideEncryption"] == "AES256"


def test_objects_in_parts_are_wrapped_anew(s3, bucket):
    about = {"Bucket": bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]}
    bodies = [os.urandom(PART), os.urandom(10)]
    done = [{"PartNumber": n, "ETag": s3.upload_part(**about, PartNumber=n, Body=body)["ETag"]}
            for n, body in enumerate(bodies, start=1)]
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    s3.update_object_encryption(Bucket=bucket, Key="k", ObjectEncryption={"SSEKMS": {"KMSKeyArn": key_of(s3, bucket)}})
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ServerSideEncryption"] == "aws:kms" and got["Body"].read() == b"".join(bodies)


def test_what_cannot_be_wrapped_anew(s3, bucket):
    wanted = {"SSEKMS": {"KMSKeyArn": key_of(s3, bucket)}}
    for kind in ("aws:kms:dsse", "SSE-C"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **KINDS[kind])
        refused(lambda: s3.update_object_encryption(Bucket=bucket, Key="k", ObjectEncryption=wanted), "InvalidRequest")
    refused(lambda: s3.update_object_encryption(Bucket=bucket, Key="none", ObjectEncryption=wanted), "NoSuchKey", 404)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    refused(lambda: s3.update_object_encryption(Bucket=bucket, Key="k", ObjectEncryption={"SSEKMS": {
        "KMSKeyArn": "alias/aws/s3"}}), "InvalidRequest")
    refused(lambda: s3.update_object_encryption(Bucket=bucket, Key="k", ObjectEncryption={"SSEKMS": {
        "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/" + str(uuid.uuid4())}}), "KMS.NotFoundException")


# ----- on disk -----

@pytest.fixture
def own():
    """A server of the test's own, and its folder."""
    with tempfile.TemporaryDirectory(prefix="hearth-crypt-") as folder:
        servers = []

        def start(*arguments):
            servers.append(Server(folder + "/data", *arguments).start())
            return servers[-1]

        yield start, pathlib.Path(folder)
        for server in servers:
            if server.process.poll() is None:
                server.stop()


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def blobs(folder):
    return sorted((folder / "data" / "blobs").iterdir(), key=lambda path: path.stat().st_size)


def holding(folder, needle):
    return [path for path in files(folder) if needle in path.read_bytes()]


def fill(s3, needle):
    s3.create_bucket(Bucket="bucket")
    for name, size in (("small", 1000), ("large", 200_000)):
        body = (needle * (size // len(needle) + 1))[:size]
        for kind, how in KINDS.items():
            s3.put_object(Bucket="bucket", Key=f"{name} {kind}", Body=body, **how)
        s3.put_object(Bucket="bucket", Key=name, Body=body)
    about = {"Bucket": "bucket", "Key": "parts"}
    about["UploadId"] = s3.create_multipart_upload(**about)["UploadId"]
    part = s3.upload_part(**about, PartNumber=1, Body=needle * 10_000)
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})


def test_no_file_has_the_bytes_of_an_object_or_a_clients_key(own):
    start, folder = own
    needle = os.urandom(32)
    server = start()
    fill(server.client("s3"), needle)
    server.stop()
    assert holding(folder, needle[:16]) == []
    assert holding(folder, KINDS["SSE-C"]["SSECustomerKey"]) == []
    assert (folder / "data" / "master-key").stat().st_mode & 0o777 == 0o600
    server = start()
    s3 = server.client("s3")
    for name, size in (("small", 1000), ("large", 200_000)):
        for kind in KINDS:
            assert s3.get_object(Bucket="bucket", Key=f"{name} {kind}", **reading(kind))["Body"].read().startswith(needle)
    assert s3.get_object(Bucket="bucket", Key="parts")["Body"].read() == needle * 10_000


def test_asked_encrypts_what_is_asked_for_and_claims_no_more(own):
    start, folder = own
    server = start("--object-encryption", "asked")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    refused(lambda: s3.get_bucket_encryption(Bucket="bucket"), "ServerSideEncryptionConfigurationNotFoundError", 404)
    plain, secret = os.urandom(16), os.urandom(16)
    put = s3.put_object(Bucket="bucket", Key="plain", Body=plain * 10_000)
    head = s3.head_object(Bucket="bucket", Key="plain")
    assert "ServerSideEncryption" not in put and "ServerSideEncryption" not in head
    assert s3.put_object(Bucket="bucket", Key="secret", Body=secret * 10_000, ServerSideEncryption="AES256")["ServerSideEncryption"]
    about = {"Bucket": "bucket", "Key": "parts"}
    about["UploadId"] = s3.create_multipart_upload(**about)["UploadId"]
    bodies = [os.urandom(PART), os.urandom(PART), b"end"]
    done = [{"PartNumber": n, "ETag": s3.upload_part(**about, PartNumber=n, Body=body)["ETag"]}
            for n, body in enumerate(bodies, start=1)]
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    body = b"".join(bodies)
    assert s3.get_object(Bucket="bucket", Key="parts")["Body"].read() == body
    assert s3.get_object(Bucket="bucket", Key="parts", Range=f"bytes=10-{PART + 10}")["Body"].read() == body[10:PART + 11]
    key = key_of(s3, "bucket")
    refused(lambda: s3.update_object_encryption(Bucket="bucket", Key="plain", ObjectEncryption={"SSEKMS": {"KMSKeyArn": key}}),
            "InvalidRequest")
    s3.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration=rule(
        ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"}))
    assert s3.put_object(Bucket="bucket", Key="ruled", Body=secret * 10)["ServerSideEncryption"] == "AES256"
    server.stop()
    assert holding(folder, plain) and not holding(folder, secret)
    s3 = start().client("s3")  # plain objects stay readable, and are not called otherwise
    got = s3.get_object(Bucket="bucket", Key="plain")
    assert got["Body"].read() == plain * 10_000 and "ServerSideEncryption" not in got
    assert s3.get_object(Bucket="bucket", Key="parts")["Body"].read() == body
    assert s3.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/plain")["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket="bucket", Key="copy")["Body"].read() == plain * 10_000


def refuses_to_start(folder, *arguments):
    done = subprocess.run([HEARTH, "serve", "--data", str(folder / "data"), "--listen", "127.0.0.1:0", *arguments],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and "ready" not in done.stdout
    return done.stderr


def test_nothing_is_served_without_the_right_master_key(own):
    start, folder = own
    server = start()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    server.stop()
    key = folder / "data" / "master-key"
    outside = folder / "outside"
    key.rename(outside)
    assert "there is no master key" in refuses_to_start(folder)
    key.write_text("00" * 32 + "\n")
    assert "another master key" in refuses_to_start(folder)
    key.write_text("short")
    assert "no key of 64 hex digits" in refuses_to_start(folder)
    key.unlink()
    server = start("--master-key-file", str(outside))
    assert server.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
    assert not key.exists()


def flip(path, at):
    bytes_ = bytearray(path.read_bytes())
    bytes_[at] ^= 1
    path.write_bytes(bytes_)


def check(folder, *arguments):
    done = subprocess.run([HEARTH, "check", str(folder / "data"), *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("mode", ["always", "asked"])
def test_a_damaged_body_is_never_given_out_as_whole(own, mode):
    start, folder = own
    server = start("--object-encryption", mode)
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    body = os.urandom(3 * MIB)
    s3.put_object(Bucket="bucket", Key="broken", Body=body)
    s3.put_object(Bucket="bucket", Key="whole", Body=body[:100_000])
    flip(blobs(folder)[-1], 2 * MIB)
    if mode == "always":
        answer = s3.get_object(Bucket="bucket", Key="broken")
        got = b""
        with pytest.raises((IncompleteReadError, ResponseStreamingError)):
            while piece := answer["Body"].read(65536):
                got += piece
        assert body.startswith(got) and len(got) <= 2 * MIB
        until(lambda: "bucket/broken is damaged" in pathlib.Path(server.data + ".log").read_text())
        assert s3.get_object(Bucket="bucket", Key="broken", Range="bytes=0-99999")["Body"].read() == body[:100_000]
    assert s3.get_object(Bucket="bucket", Key="whole")["Body"].read() == body[:100_000]
    code, text = check(folder)
    assert code == 1 and "process" in text  # the server has it
    server.stop()
    code, text = check(folder)
    assert code == 3 and "damaged: bucket/broken: " in text and "2 bodies" in text, text


def test_check_tells_of_all_that_is_wrong_and_repairs_what_can_be(own):
    start, folder = own
    server = start()
    s3 = server.client("s3")
    fill(s3, os.urandom(32))
    server.stop()
    code, text = check(folder)
    assert code == 0 and "11 bodies" in text and "0 damaged, 0 left over" in text, text
    stray = folder / "data" / "blobs" / ("0" * 32)
    stray.write_bytes(b"nobody's")
    code, text = check(folder)
    assert code == 2 and "left over: the file " + "0" * 32 in text
    code, text = check(folder, "--repair")
    assert code == 0 and "removed: the file" in text and not stray.exists()
    assert check(folder)[0] == 0
    large = [path for path in blobs(folder) if path.stat().st_size < 250_000]
    flip(large[0], 100)
    large[1].unlink()
    with open(large[2], "r+b") as file:
        file.truncate(65_552)
    code, text = check(folder)
    assert code == 3 and text.count("damaged: bucket/") == 3 and f"the file {large[1].name} is missing" in text, text
    assert len(blobs(folder)) == 5  # nothing was taken away
    (folder / "data" / "master-key").unlink()
    assert check(folder)[0] == 1


def test_the_scrubber_finds_damage_by_itself(own):
    start, folder = own
    server = start("--scrub-hours", "0")
    fill(server.client("s3"), os.urandom(32))
    server.stop()
    flip(blobs(folder)[0], 70_000)

    def health(server):
        with urllib.request.urlopen(server.url + "/_hearth/health") as answer:
            return json.loads(answer.read())

    server = start()  # the first look is due
    until(lambda: health(server)["bodiesVerified"] == 11)
    assert health(server)["bodiesDamaged"] == 1
    until(lambda: "the scrubber read 11 bodies of objects, 1 are damaged" in pathlib.Path(server.data + ".log").read_text())
