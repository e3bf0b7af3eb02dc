"""Promise: functions are strangers to each other, and your AWS code runs unchanged. Access control lists count where the ownership of
a bucket lets them, and then for everyone: accounts, the signed-in world, nobody in particular."""

import urllib.error
import urllib.request
import uuid

import pytest
from refusals import refusal

EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"
SIGNED_IN = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
NO_ACLS = (400, "AccessControlListNotSupported", "The bucket does not allow ACLs")


@pytest.fixture(scope="module")
def stranger(server):
    return server.client("s3", **server.make_account()[1])


def make(s3, ownership=None, public=False, **more):
    name = "acl-" + uuid.uuid4().hex[:12]
    if ownership:
        more["ObjectOwnership"] = ownership
    s3.create_bucket(Bucket=name, **more)
    if public:
        s3.delete_public_access_block(Bucket=name)
    return name


def anonymous(server, bucket, key="", method="GET", body=None):
    try:
        request = urllib.request.Request(f"{server.url}/{bucket}/{key}", data=body, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def grants(answer):
    return {(g["Grantee"].get("URI") or g["Grantee"]["ID"], g["Permission"]) for g in answer["Grants"]}


def test_a_new_bucket_has_no_lists(s3):
    bucket = make(s3)
    me = s3.get_bucket_acl(Bucket=bucket)
    assert grants(me) == {(me["Owner"]["ID"], "FULL_CONTROL")}
    s3.put_object(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")
    for put in (lambda: s3.put_object(Bucket=bucket, Key="k", ACL="public-read"),
                lambda: s3.put_object_acl(Bucket=bucket, Key="k", ACL="authenticated-read"),
                lambda: s3.put_bucket_acl(Bucket=bucket, GrantRead=f'uri="{EVERYONE}"')):
        assert refusal(put) == NO_ACLS
    assert refusal(s3.create_bucket, Bucket="acl-" + uuid.uuid4().hex[:12], ACL="public-read")[1] == "InvalidBucketAclWithObjectOwnership"


def test_canned_lists_say_what_they_stand_for(s3):
    bucket = make(s3, "ObjectWriter", public=True)
    me = s3.get_bucket_acl(Bucket=bucket)["Owner"]["ID"]
    full = (me, "FULL_CONTROL")
    for name, others in {"private": set(), "public-read": {(EVERYONE, "READ")},
                         "public-read-write": {(EVERYONE, "READ"), (EVERYONE, "WRITE")},
                         "authenticated-read": {(SIGNED_IN, "READ")}}.items():
        s3.put_bucket_acl(Bucket=bucket, ACL=name)
        assert grants(s3.get_bucket_acl(Bucket=bucket)) == {full} | others
        s3.put_object(Bucket=bucket, Key=name, ACL=name)
        assert grants(s3.get_object_acl(Bucket=bucket, Key=name)) == {full} | others
    assert refusal(s3.put_object, Bucket=bucket, Key="k", ACL="public-ready")[1] == "InvalidArgument"


def test_lists_by_header_and_by_document(s3, stranger):
    bucket = make(s3, "BucketOwnerPreferred", public=True)
    me, them = s3.list_buckets()["Owner"]["ID"], stranger.list_buckets()["Owner"]["ID"]
    s3.put_object(Bucket=bucket, Key="k", GrantRead=f'id="{them}", uri="{EVERYONE}"', GrantReadACP=f"id={me}")
    assert grants(s3.get_object_acl(Bucket=bucket, Key="k")) == {(them, "READ"), (EVERYONE, "READ"), (me, "READ_ACP")}
    document = {"Owner": {"ID": me}, "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": them}, "Permission": "WRITE_ACP"}]}
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy=document)
    assert grants(s3.get_object_acl(Bucket=bucket, Key="k")) == {(them, "WRITE_ACP")}

    def put(**change):
        return refusal(s3.put_object_acl, Bucket=bucket, Key="k", **change)[1:]
    unknown = "f" * 64
    assert put(GrantRead=f"id={unknown}") == ("InvalidArgument", "Invalid id")
    assert put(GrantRead="uri=http://acs.amazonaws.com/groups/global/Nobody") == ("InvalidArgument", "Invalid group uri")
    assert put(GrantRead="emailAddress=a@example.com")[0] == "UnresolvableGrantByEmailAddress"
    assert put(GrantRead="x") == ("InvalidArgument", "Argument format not recognized")
    assert put(ACL="private", GrantRead=f"id={me}") == ("InvalidRequest",
                                                       "Specifying both Canned ACLs and Header Grants is not allowed")
    assert put(ACL="private", AccessControlPolicy=document) == ("UnexpectedContent", "This request does not support content")
    assert put()[0] == "MissingSecurityHeader"
    assert put(AccessControlPolicy={**document, "Owner": {"ID": them}})[0] == "AccessDenied"
    assert put(AccessControlPolicy={"Grants": document["Grants"]})[0] == "MalformedACLError"


def test_what_is_public_is_for_everyone_and_nothing_else_is(s3, server):
    bucket = make(s3, "ObjectWriter", public=True)
    s3.put_object(Bucket=bucket, Key="open", Body=b"1", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="shut", Body=b"1")
    assert anonymous(server, bucket, "open") == 200 and anonymous(server, bucket, "shut") == 403
    assert anonymous(server, bucket) == 403
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert anonymous(server, bucket) == 200
    assert anonymous(server, bucket, "new", "PUT", b"1") == 403 and anonymous(server, bucket, "open", "DELETE") == 403
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    assert anonymous(server, bucket, "new", "PUT", b"1") == 200
    assert anonymous(server, bucket, "open", "DELETE") == 204


def test_each_version_has_its_list(s3, server):
    bucket = make(s3, "ObjectWriter", public=True)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket, Key="k", Body=b"1", ACL="public-read")["VersionId"]
    new = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    assert anonymous(server, bucket, f"k?versionId={old}") == 200
    assert anonymous(server, bucket, f"k?versionId={new}") == 403 and anonymous(server, bucket, "k") == 403
    s3.put_object_acl(Bucket=bucket, Key="k", VersionId=old, ACL="private")
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    assert anonymous(server, bucket, f"k?versionId={old}") == 403 and anonymous(server, bucket, "k") == 200


def test_what_a_stranger_writes_is_theirs(s3, stranger):
    bucket = make(s3, "ObjectWriter")
    me, them = s3.list_buckets()["Owner"]["ID"], stranger.list_buckets()["Owner"]["ID"]
    assert refusal(stranger.put_object, Bucket=bucket, Key="k")[1] == "AccessDenied"
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={them}", GrantFullControl=f"id={me}")
    stranger.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert refusal(s3.get_object, Bucket=bucket, Key="k")[1] == "AccessDenied"
    assert stranger.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    answer = stranger.get_object_acl(Bucket=bucket, Key="k")
    assert answer["Owner"]["ID"] == them and grants(answer) == {(them, "FULL_CONTROL")}
    stranger.put_object_acl(Bucket=bucket, Key="k", ACL="bucket-owner-read")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    # All is the bucket owner's once lists do not count.
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    assert s3.get_object_acl(Bucket=bucket, Key="k")["Owner"]["ID"] == me
    assert refusal(stranger.get_object, Bucket=bucket, Key="k")[1] == "AccessDenied"


def test_what_is_given_away_is_the_bucket_owners(s3, stranger):
    bucket = make(s3, "BucketOwnerPreferred")
    me, them = s3.list_buckets()["Owner"]["ID"], stranger.list_buckets()["Owner"]["ID"]
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={them}", GrantFullControl=f"id={me}")
    stranger.put_object(Bucket=bucket, Key="given", ACL="bucket-owner-full-control")
    assert s3.get_object_acl(Bucket=bucket, Key="given")["Owner"]["ID"] == me
    upload = stranger.create_multipart_upload(Bucket=bucket, Key="kept")["UploadId"]
    part = stranger.upload_part(Bucket=bucket, Key="kept", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    stranger.complete_multipart_upload(Bucket=bucket, Key="kept", UploadId=upload,
                                       MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    assert stranger.get_object_acl(Bucket=bucket, Key="kept")["Owner"]["ID"] == them
    # A copy is its maker's, with a list of its own.
    s3.put_object(Bucket=bucket, Key="own", GrantRead=f"id={them}")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/own")
    assert grants(s3.get_object_acl(Bucket=bucket, Key="copy")) == {(me, "FULL_CONTROL")}


def test_the_public_is_kept_out_by_the_block(s3, server):
    bucket = make(s3, "ObjectWriter", public=True)
    s3.put_object(Bucket=bucket, Key="k", ACL="public-read")

    def block(**flags):
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=flags)
    block(BlockPublicAcls=True)
    assert refusal(s3.put_bucket_acl, Bucket=bucket, ACL="public-read")[1] == "AccessDenied"
    assert refusal(s3.put_object, Bucket=bucket, Key="n", ACL="public-read")[1] == "AccessDenied"
    s3.put_object(Bucket=bucket, Key="n", ACL="private")
    assert anonymous(server, bucket, "k") == 200
    block(IgnorePublicAcls=True)
    s3.put_object_acl(Bucket=bucket, Key="n", ACL="public-read")
    assert anonymous(server, bucket, "k") == 403 == anonymous(server, bucket, "n")
    block()
    assert anonymous(server, bucket, "k") == 200 == anonymous(server, bucket, "n")


def test_ownership_is_put_given_back_and_taken_away(s3):
    bucket = make(s3)
    for name in ("ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"):
        rules = {"Rules": [{"ObjectOwnership": name}]}
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
        assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == rules
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    assert refusal(s3.get_bucket_ownership_controls, Bucket=bucket)[1] == "OwnershipControlsNotFoundError"
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert refusal(s3.put_bucket_ownership_controls, Bucket=bucket,
                   OwnershipControls=enforced)[1] == "InvalidBucketAclWithObjectOwnership"


def test_lists_say_whose_objects_are(s3, stranger):
    bucket = make(s3, "ObjectWriter")
    me, them = s3.list_buckets()["Owner"]["ID"], stranger.list_buckets()["Owner"]["ID"]
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={them}", GrantFullControl=f"id={me}")
    s3.put_object(Bucket=bucket, Key="mine", Body=b"")
    stranger.put_object(Bucket=bucket, Key="theirs", Body=b"")
    stranger.create_multipart_upload(Bucket=bucket, Key="theirs")
    for entries in (s3.list_objects(Bucket=bucket)["Contents"], s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"],
                    s3.list_object_versions(Bucket=bucket)["Versions"]):
        assert {entry["Key"]: entry["Owner"]["ID"] for entry in entries} == {"mine": me, "theirs": them}
    upload = s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]
    assert (upload["Owner"]["ID"], upload["Initiator"]["ID"]) == (them, them)


def test_who_may_list_is_told_what_is_not_there(s3, stranger, server):
    bucket = make(s3, "ObjectWriter", public=True)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    s3.put_object(Bucket=bucket, Key="private", Body=b"")
    assert (anonymous(server, bucket, "none"), anonymous(server, bucket, "none", "HEAD")) == (404, 404)
    assert (anonymous(server, bucket, "private"), anonymous(server, bucket, "none", "PUT", b"x")) == (403, 403)
    assert refusal(stranger.get_object, Bucket=bucket, Key="none")[:2] == (404, "NoSuchKey")
    s3.put_bucket_acl(Bucket=bucket, ACL="authenticated-read")
    assert anonymous(server, bucket, "none") == 403
    assert refusal(stranger.get_object, Bucket=bucket, Key="none")[:2] == (404, "NoSuchKey")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert refusal(stranger.get_object, Bucket=bucket, Key="none")[1] == "AccessDenied"


def test_what_lists_of_objects_mean_of_buckets(s3):
    me = s3.list_buckets()["Owner"]["ID"]
    for canned in ("bucket-owner-read", "bucket-owner-full-control"):
        bucket = make(s3, "ObjectWriter", ACL=canned)
        assert grants(s3.get_bucket_acl(Bucket=bucket)) == {(me, "FULL_CONTROL")}
        make(s3, ACL=canned)
    assert refusal(s3.create_bucket, Bucket="b-none", ACL="public")[:2] == (400, "InvalidArgument")
    assert refusal(s3.create_bucket, Bucket="b-none", ACL="public-read")[:2] == (400, "InvalidBucketAclWithObjectOwnership")
    assert refusal(s3.create_bucket, Bucket="b-none", ACL="public-read", ObjectOwnership="ObjectWriter") == (
        400, "InvalidBucketAclWithBlockPublicAccessError", "Bucket cannot have public ACLs set with BlockPublicAccess enabled")


def test_who_began_an_upload_may_give_it_up(s3, stranger, server):
    bucket = make(s3, "ObjectWriter")
    me, them = s3.list_buckets()["Owner"]["ID"], stranger.list_buckets()["Owner"]["ID"]
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={them}", GrantFullControl=f"id={me}")
    mine = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    theirs = stranger.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    other = server.client("s3", **server.make_account()[1])
    for client, upload in ((stranger, mine), (other, theirs)):
        assert refusal(client.list_parts, Bucket=bucket, Key="k", UploadId=upload)[1] == "AccessDenied"
        assert refusal(client.abort_multipart_upload, Bucket=bucket, Key="k", UploadId=upload)[1] == "AccessDenied"
    assert stranger.list_parts(Bucket=bucket, Key="k", UploadId=theirs)["Owner"]["ID"] == them
    stranger.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=theirs)
    assert [upload["UploadId"] for upload in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [mine]
