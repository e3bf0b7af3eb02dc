"""Promise: your AWS code runs unchanged; every call is authorized: what S3 Control sets for a whole account holds for all its
buckets, and buckets have by it the tags that S3 itself knows."""
import urllib.error
import urllib.request
import uuid

import pytest
from access_points import ACCOUNT, Points, resolve_labels
from blackbox_server import allow, policy_of
from refusals import refusal

ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


@pytest.fixture(scope="module", autouse=True)
def labels():
    with pytest.MonkeyPatch.context() as patch:
        resolve_labels(patch)
        yield


class Owner:
    """An account of its own, with a bucket that its own block keeps from nobody."""

    def __init__(self, server):
        self.number, self.keys = server.make_account()
        self.about = {"AccountId": self.number}
        self.s3, self.control = (server.client(service, **self.keys) for service in ("s3", "s3control"))
        self.bucket = "owned-" + uuid.uuid4().hex
        self.s3.create_bucket(Bucket=self.bucket, ObjectOwnership="ObjectWriter")
        self.s3.delete_public_access_block(Bucket=self.bucket)

    def block(self, **flags):
        self.control.put_public_access_block(PublicAccessBlockConfiguration=flags, **self.about)

    def open_policy(self):
        return policy_of(allow("s3:GetObject", resource=f"arn:aws:s3:::{self.bucket}/*", Principal="*"))


@pytest.fixture
def owner(server):
    return Owner(server)


def status(server, bucket, key):
    try:
        with urllib.request.urlopen(f"{server.url}/{bucket}/{key}") as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_block_of_an_account_is_put_given_back_and_taken_away(owner):
    absent = (404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
    get = lambda: owner.control.get_public_access_block(**owner.about)
    assert refusal(get) == absent
    owner.block(BlockPublicAcls=True, RestrictPublicBuckets=True)
    assert get()["PublicAccessBlockConfiguration"] == {**dict.fromkeys(ALL, False), "BlockPublicAcls": True,
                                                       "RestrictPublicBuckets": True}
    for _ in range(2):
        owner.control.delete_public_access_block(**owner.about)
        assert refusal(get) == absent
    assert refusal(lambda: owner.control.get_public_access_block(AccountId=ACCOUNT))[:2] == (403, "AccessDenied")


def test_it_holds_for_every_bucket(server, owner):
    s3, bucket = owner.s3, owner.bucket
    s3.put_object(Bucket=bucket, Key="listed", ACL="public-read")
    s3.put_bucket_policy(Bucket=bucket, Policy=owner.open_policy().replace("/*", "/opened"))
    s3.put_object(Bucket=bucket, Key="opened")
    seen = lambda: (status(server, bucket, "listed"), status(server, bucket, "opened"))
    assert seen() == (200, 200)
    owner.block(IgnorePublicAcls=True)
    assert seen() == (403, 200)
    owner.block(RestrictPublicBuckets=True)
    assert seen() == (403, 403)
    owner.block(BlockPublicAcls=True)
    assert refusal(lambda: s3.put_object(Bucket=bucket, Key="new", ACL="public-read"))[:2] == (403, "AccessDenied")
    s3.put_bucket_policy(Bucket=bucket, Policy=owner.open_policy())
    owner.block(BlockPublicPolicy=True)
    assert refusal(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=owner.open_policy()))[:2] == (403, "AccessDenied")
    s3.put_object(Bucket=bucket, Key="new", ACL="public-read")
    owner.control.delete_public_access_block(**owner.about)
    assert seen() == (200, 200) and status(server, bucket, "new") == 200
    # What is set for the bucket alone is told as that.
    assert refusal(lambda: s3.get_public_access_block(Bucket=bucket))[1] == "NoSuchPublicAccessBlockConfiguration"


def test_it_holds_for_access_points(server, owner):
    name, arn, alias = Points(server, owner.number, **owner.keys).make(owner.bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    put = lambda: owner.control.put_access_point_policy(
        Name=name, Policy=policy_of(allow("s3:GetObject", resource=f"{arn}/object/*", Principal="*")), **owner.about)
    owner.block(BlockPublicPolicy=True)
    assert refusal(put)[:2] == (403, "AccessDenied")
    owner.control.delete_public_access_block(**owner.about)
    put()
    owner.s3.put_bucket_policy(Bucket=owner.bucket, Policy=owner.open_policy())
    owner.s3.put_object(Bucket=owner.bucket, Key="k")
    assert status(server, alias, "k") == 200
    owner.block(RestrictPublicBuckets=True)
    assert status(server, alias, "k") == 403


def test_a_bucket_has_the_same_tags_by_either_way(s3, server, bucket):
    control, about = server.client("s3control"), {"AccountId": ACCOUNT, "ResourceArn": f"arn:aws:s3:::{bucket}"}
    tags = lambda: {tag["Key"]: tag["Value"] for tag in control.list_tags_for_resource(**about)["Tags"]}
    assert tags() == {}
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]})
    assert tags() == {"a": "1", "b": ""}
    control.tag_resource(Tags=[{"Key": "a", "Value": "2"}, {"Key": "c", "Value": "3 4"}], **about)
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [
        {"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}, {"Key": "c", "Value": "3 4"}]
    control.untag_resource(TagKeys=["a", "never-there"], **about)
    assert tags() == {"b": "", "c": "3 4"}
    many = [{"Key": f"k{i}", "Value": "v"} for i in range(49)]
    assert refusal(lambda: control.tag_resource(Tags=many, **about))[0] == 400
    assert refusal(lambda: control.tag_resource(Tags=[{"Key": "aws:x", "Value": "v"}], **about))[1] == "InvalidTag"
    control.untag_resource(TagKeys=["b", "c"], **about)
    assert refusal(lambda: s3.get_bucket_tagging(Bucket=bucket))[1] == "NoSuchTagSet"


def test_tags_of_no_bucket_and_of_another_accounts(server, owner, bucket):
    control = server.client("s3control")
    list_tags = lambda arn: refusal(lambda: control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn))[:2]
    assert list_tags("arn:aws:s3:::none-" + uuid.uuid4().hex) == (404, "NoSuchBucket")
    assert list_tags(f"arn:aws:s3:::{owner.bucket}") == (403, "AccessDenied")
    assert list_tags("arn:aws:s3:us-east-1:000000000000:storage-lens-group/x") == (501, "NotImplemented")
