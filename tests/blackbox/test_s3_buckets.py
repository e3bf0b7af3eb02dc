"""Promise: your AWS code runs unchanged, and every call is authorized: buckets, their settings and their policies."""
import base64
import json
import urllib.error
import urllib.request
import uuid

import pytest
from refusals import refused_with as refused


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def open_to_all(bucket, action="s3:GetObject"):
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}


def test_a_bucket_lives_and_dies(s3):
    name = "b-" + uuid.uuid4().hex
    made = s3.create_bucket(Bucket=name)
    assert (made["Location"], made["BucketArn"]) == ("/" + name, "arn:aws:s3:::" + name)
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    listed = {entry["Name"]: entry for entry in s3.list_buckets()["Buckets"]}
    assert listed[name]["BucketArn"] == "arn:aws:s3:::" + name
    s3.create_bucket(Bucket=name)  # again, in the first region, is nothing
    s3.put_object(Bucket=name, Key="k", Body=b"")
    refused(lambda: s3.delete_bucket(Bucket=name), "BucketNotEmpty", 409, BucketName=name)
    s3.delete_object(Bucket=name, Key="k")
    s3.create_multipart_upload(Bucket=name, Key="k")  # does not hold it back
    s3.delete_bucket(Bucket=name)
    refused(lambda: s3.head_bucket(Bucket=name), "404", 404)
    refused(lambda: s3.delete_bucket(Bucket=name), "NoSuchBucket", 404, BucketName=name)


def test_nothing_of_a_bucket_is_in_the_next_of_its_name(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)
    refused(lambda: s3.get_bucket_tagging(Bucket=name), "NoSuchTagSet", 404, BucketName=name)


@pytest.mark.parametrize("name", ["ab", "x" * 64, "UPPER", "under_score", "-dash", "dash-", "two..dots", "10.0.0.1", "xn--x1"])
def test_names_that_are_none(s3, name):
    refused(lambda: s3.create_bucket(Bucket=name), "InvalidBucketName", 400, BucketName=name)


def test_regions(server):
    name = "b-" + uuid.uuid4().hex
    there, here = server.client("s3", region_name="eu-west-1"), server.client("s3")
    refused(lambda: there.create_bucket(Bucket=name), "IllegalLocationConstraintException", 400)
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert there.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    refused(lambda: there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
            "BucketAlreadyOwnedByYou", 409, BucketName=name)
    there.put_object(Bucket=name, Key="k", Body=b"x")
    # The SDK finds the region in the refusal and asks again.
    assert here.get_object(Bucket=name, Key="k")["Body"].read() == b"x"


def test_who_expects_another_owner(s3, bucket):
    assert s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="000000000000")
    refused(lambda: s3.get_bucket_location(Bucket=bucket, ExpectedBucketOwner="111111111111"), "AccessDenied", 403)
    refused(lambda: s3.get_bucket_location(Bucket=bucket, ExpectedBucketOwner="me"), "InvalidBucketOwnerAWSAccountID", 400)


def test_what_terraform_reads_of_a_new_bucket(s3, bucket):
    """Nobody set anything; each setting says so in its own way."""
    none = {"get_bucket_cors": "NoSuchCORSConfiguration", "get_bucket_website": "NoSuchWebsiteConfiguration",
            "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration", "get_bucket_policy": "NoSuchBucketPolicy",
            "get_bucket_replication": "ReplicationConfigurationNotFoundError", "get_bucket_tagging": "NoSuchTagSet",
            "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError"}
    for operation, code in none.items():
        refused(lambda: getattr(s3, operation)(Bucket=bucket), code, 404, BucketName=bucket)
    for operation in ("get_bucket_logging", "get_bucket_accelerate_configuration", "get_bucket_versioning"):
        answer = getattr(s3, operation)(Bucket=bucket)
        assert list(answer) == ["ResponseMetadata"], operation
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    owner = s3.get_bucket_acl(Bucket=bucket)
    assert owner["Grants"] == [{"Grantee": {"ID": owner["Owner"]["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "BucketOwnerEnforced"}]


def test_tags_of_a_bucket(s3, bucket):
    tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    refused(lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags + tags}), "InvalidTag", 400)
    s3.delete_bucket_tagging(Bucket=bucket)
    refused(lambda: s3.get_bucket_tagging(Bucket=bucket), "NoSuchTagSet", 404)


def test_versioning_is_on_or_suspended(s3, bucket):
    refused(lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "enabled"}), "MalformedXML", 400)
    refused(lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={}),
            "IllegalVersioningConfigurationException", 400)


def test_policies_are_checked(s3, bucket):
    for text in ("", "[]", "not json", "{", '{"Version":"2012-10-17"}', policy({"Effect": "Allow", "Action": "s3:*"}),
                 policy(open_to_all("another-bucket")), json.dumps({"Statement": "x" * 21_000})):
        refused(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=text), "MalformedPolicy", 400)
    text = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    # Even the owner's root.
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    refused(lambda: s3.delete_object(Bucket=bucket, Key="k"), "AccessDenied", 403)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    s3.delete_bucket_policy(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")


def fetched(server, path):
    try:
        with urllib.request.urlopen(server.url + path) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_public(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"for everyone")
    assert fetched(server, f"/{bucket}/k")[0] == 403
    refused(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy(open_to_all(bucket))), "AccessDenied", 403)
    s3.delete_public_access_block(Bucket=bucket)
    refused(lambda: s3.get_public_access_block(Bucket=bucket), "NoSuchPublicAccessBlockConfiguration", 404)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(open_to_all(bucket)))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    assert fetched(server, f"/{bucket}/k") == (200, b"for everyone")
    # Who may not list is not told what there is not.
    status, body = fetched(server, f"/{bucket}/never")
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(open_to_all(bucket, "s3:*Object"), open_to_all(bucket, "s3:ListBucket")))
    status, body = fetched(server, f"/{bucket}/never")
    assert (status, b"<Code>NoSuchKey</Code>" in body) == (404, True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert fetched(server, f"/{bucket}/k")[0] == 403
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"for everyone"


def test_other_accounts(server, s3, bucket):
    number, keys = server.make_account()
    theirs = server.client("s3", **keys)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    refused(lambda: theirs.get_object(Bucket=bucket, Key="k"), "AccessDenied", 403)
    refused(lambda: theirs.create_bucket(Bucket=bucket), "BucketAlreadyExists", 409, BucketName=bucket)
    assert bucket not in [entry["Name"] for entry in theirs.list_buckets()["Buckets"]]
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({
        "Effect": "Allow", "Principal": {"AWS": number}, "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}))
    assert theirs.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert [entry["Key"] for entry in theirs.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
    refused(lambda: theirs.put_object(Bucket=bucket, Key="k", Body=b"y"), "AccessDenied", 403)


def test_prefixes_and_versions_have_their_own_rights(server, s3, bucket):
    user = server.make_user()
    user.may(
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}",
         "Condition": {"StringLike": {"s3:prefix": "home/*"}}},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/home/*"})
    theirs = server.client("s3", **user.keys)
    s3.put_object(Bucket=bucket, Key="home/k", Body=b"x")
    assert theirs.list_objects_v2(Bucket=bucket, Prefix="home/k")["KeyCount"] == 1
    refused(lambda: theirs.list_objects_v2(Bucket=bucket), "AccessDenied", 403)
    assert theirs.get_object(Bucket=bucket, Key="home/k")["Body"].read() == b"x"
    refused(lambda: theirs.get_object(Bucket=bucket, Key="home/k", VersionId="null"), "AccessDenied", 403)
    refused(lambda: theirs.get_object(Bucket=bucket, Key="other"), "AccessDenied", 403)
    refused(lambda: theirs.copy_object(Bucket=bucket, Key="home/x", CopySource=f"{bucket}/home/k"), "AccessDenied", 403)


def test_documents_are_held_to_their_digests(s3, bucket):
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    wrong = base64.b64encode(bytes(16)).decode()
    refused(lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging=tags, ContentMD5=wrong), "BadDigest", 400, ExpectedDigest=wrong)
    refused(lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging=tags, ContentMD5="abc"), "InvalidDigest", 400)
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_bucket_tagging(Bucket=bucket, Tagging=tags, ChecksumAlgorithm=algorithm)
    s3.meta.events.register("before-call.s3.PutBucketTagging", lambda params, **_: params["headers"].update(
        {"x-amz-checksum-crc32": "AAAAAA=="}), unique_id="wrong")
    try:
        refused(lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []}), "BadDigest", 400)
    finally:
        s3.meta.events.unregister("before-call.s3.PutBucketTagging", unique_id="wrong")
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags["TagSet"]
