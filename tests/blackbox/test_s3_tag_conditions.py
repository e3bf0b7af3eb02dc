"""Promise: every call is authorized: policies decide by the tags that an object has, and by those that a request gives it."""
import uuid

import pytest
from blackbox_server import allow, deny, policy_of
from botocore.exceptions import ClientError


def denied(call):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == "AccessDenied", caught.value.response


@pytest.fixture
def bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def equals(key, *values):
    return {"Condition": {"StringEquals": {key: list(values)}}}


def test_what_an_object_is_tagged_with(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="open", Body=b"x", Tagging="access=open")
    closed = s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="access=closed")["VersionId"]
    opened = s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="access=open")["VersionId"]
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    user = server.make_user(policy=allow("s3:GetObject", "s3:GetObjectVersion", "s3:PutObjectTagging", "s3:PutObject",
                                         **equals("s3:ExistingObjectTag/access", "open")))
    theirs = server.client("s3", **user.keys)
    theirs.get_object(Bucket=bucket, Key="open")
    theirs.head_object(Bucket=bucket, Key="k")
    theirs.get_object(Bucket=bucket, Key="k", VersionId=opened)
    denied(lambda: theirs.get_object(Bucket=bucket, Key="k", VersionId=closed))
    denied(lambda: theirs.get_object(Bucket=bucket, Key="plain"))
    denied(lambda: theirs.get_object(Bucket=bucket, Key="none"))
    # A change of the tags counts from the next request on.
    s3.put_object_tagging(Bucket=bucket, Key="open", Tagging={"TagSet": [{"Key": "access", "Value": "closed"}]})
    denied(lambda: theirs.get_object(Bucket=bucket, Key="open"))
    denied(lambda: theirs.put_object_tagging(Bucket=bucket, Key="open", Tagging={"TagSet": []}))
    # The source of a copy is read too.
    user.may(allow("s3:PutObject", "s3:ListBucket"), allow("s3:GetObject", "s3:GetObjectVersion",
                                                           **equals("s3:ExistingObjectTag/access", "open")))
    theirs.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k", "VersionId": opened})
    denied(lambda: theirs.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k", "VersionId": closed}))
    denied(lambda: theirs.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/open"))


def test_a_buckets_policy_decides_by_tags(server, s3, bucket):
    number, keys = server.make_account()
    theirs = server.client("s3", **keys)
    s3.put_object(Bucket=bucket, Key="open", Body=b"x", Tagging="access=open")
    s3.put_object(Bucket=bucket, Key="closed", Body=b"x", Tagging="access=closed")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_of(allow(
        "s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*", Principal={"AWS": number}, **equals("s3:existingobjecttag/access", "open"))))
    theirs.get_object(Bucket=bucket, Key="open")
    denied(lambda: theirs.get_object(Bucket=bucket, Key="closed"))


def test_what_a_request_tags(server, s3, bucket):
    user = server.make_user(policy=allow("s3:*"))
    user.may(allow("s3:*"), deny("s3:PutObject", "s3:PutObjectTagging", Condition={
        "ForAnyValue:StringNotEquals": {"s3:RequestObjectTag/team": ["red", "blue"]}}), deny("s3:PutObjectTagging", Condition={
            "ForAnyValue:StringNotEquals": {"s3:RequestObjectTagKeys": ["team", "cost"]}}))
    theirs = server.client("s3", **user.keys)
    theirs.put_object(Bucket=bucket, Key="k", Body=b"x")
    theirs.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="team=red&cost=1")
    denied(lambda: theirs.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="team=green"))
    denied(lambda: theirs.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="team=red&other=1"))
    denied(lambda: theirs.create_multipart_upload(Bucket=bucket, Key="k", Tagging="team=green"))

    def tag(**tags):
        theirs.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": key, "Value": tags[key]} for key in tags]})
    tag(team="blue")
    denied(lambda: tag(team="green"))
    denied(lambda: tag(team="blue", other="x"))
