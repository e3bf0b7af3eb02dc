"""Promise: what was acknowledged is never lost: a version that is locked stays, whoever deletes it, until its date or until
its hold is taken away, as in S3."""
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from blackbox_server import allow, deny, policy_of
from refusals import refused_with as refused

LOCKED = "Access Denied because object protected by object lock."


def soon(seconds=3600):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).replace(microsecond=0)


@pytest.fixture
def plain(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def bucket(s3):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def delete(s3, bucket, version, key="k", **more):
    return s3.delete_object(Bucket=bucket, Key=key, VersionId=version, **more)


def test_a_bucket_that_locks_is_versioned_for_ever(s3, bucket):
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    refused(lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}),
            "InvalidBucketState", 409)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def test_a_bucket_may_lock_later_when_it_is_versioned(s3, plain):
    refused(lambda: s3.get_object_lock_configuration(Bucket=plain), "ObjectLockConfigurationNotFoundError", 404, BucketName=plain)

    def put():
        s3.put_object_lock_configuration(Bucket=plain, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    refused(put, "InvalidBucketState", 409)
    s3.put_bucket_versioning(Bucket=plain, VersioningConfiguration={"Status": "Enabled"})
    put()
    assert s3.get_object_lock_configuration(Bucket=plain)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}


@pytest.mark.parametrize("configuration, code", [
    ({}, "MalformedXML"),
    ({"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}, "MalformedXML"),
    ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE"}}}, "MalformedXML"),
    ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Days": 1}}}, "MalformedXML"),
    ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "governance", "Days": 1}}}, "MalformedXML"),
    ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 1}}}, "MalformedXML"),
    ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 0}}}, "InvalidArgument"),
    ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 101}}}, "InvalidArgument"),
])
def test_what_is_no_configuration(s3, bucket, configuration, code):
    refused(lambda: s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration), code, 400)


@pytest.mark.parametrize("period, days", [({"Days": 3}, 3), ({"Years": 2}, 730)])
def test_what_comes_without_a_lock_gets_the_usual_one(s3, bucket, period, days):
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", **period}}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == configuration
    s3.put_object(Bucket=bucket, Key="put", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/put")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="upload")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="upload", UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(Bucket=bucket, Key="upload", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    for key in ("put", "copy", "upload"):
        head = s3.head_object(Bucket=bucket, Key=key)
        assert head["ObjectLockMode"] == "GOVERNANCE"
        left = head["ObjectLockRetainUntilDate"] - datetime.now(timezone.utc)
        assert timedelta(days=days - 1) < left < timedelta(days=days + 2)
        refused(lambda: delete(s3, bucket, head["VersionId"], key), "AccessDenied", 403, Message=LOCKED)
    # What says more for itself has that.
    s3.put_object(Bucket=bucket, Key="own", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=soon())
    assert s3.head_object(Bucket=bucket, Key="own")["ObjectLockMode"] == "COMPLIANCE"


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_a_version_stays_until_its_date(s3, bucket, mode):
    until = soon(2)
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"kept", ObjectLockMode=mode, ObjectLockRetainUntilDate=until)["VersionId"]
    assert s3.get_object_retention(Bucket=bucket, Key="k")["Retention"] == {"Mode": mode, "RetainUntilDate": until}
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["ObjectLockMode"], got["ObjectLockRetainUntilDate"]) == (mode, until)
    refused(lambda: delete(s3, bucket, version), "AccessDenied", 403, Message=LOCKED)
    many = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "VersionId": version}]})
    assert many["Errors"] == [{"Key": "k", "VersionId": version, "Code": "AccessDenied", "Message": LOCKED}]
    # What is newer, and a marker, may lie above it.
    s3.put_object(Bucket=bucket, Key="k", Body=b"newer")
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"]
    delete(s3, bucket, marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=version)["Body"].read() == b"kept"
    refused(lambda: delete(s3, bucket, version), "AccessDenied", 403, Message=LOCKED)
    time.sleep(max(0.0, (until - datetime.now(timezone.utc)).total_seconds()) + 0.1)
    delete(s3, bucket, version)
    refused(lambda: s3.get_object(Bucket=bucket, Key="k", VersionId=version), "NoSuchVersion", 404)


def test_a_hold_lasts_until_it_is_taken_away(s3, bucket):
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]
    assert s3.head_object(Bucket=bucket, Key="k")["ObjectLockLegalHoldStatus"] == "ON"
    assert s3.get_object_legal_hold(Bucket=bucket, Key="k")["LegalHold"] == {"Status": "ON"}
    refused(lambda: delete(s3, bucket, version, BypassGovernanceRetention=True), "AccessDenied", 403, Message=LOCKED)
    s3.put_object_legal_hold(Bucket=bucket, Key="k", VersionId=version, LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(Bucket=bucket, Key="k")["LegalHold"] == {"Status": "OFF"}
    assert s3.head_object(Bucket=bucket, Key="k")["ObjectLockLegalHoldStatus"] == "OFF"
    delete(s3, bucket, version)


def test_governance_gives_way_to_who_may_bypass_it(server, s3, bucket):
    def put():
        return s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE",
                             ObjectLockRetainUntilDate=soon())["VersionId"]
    version = put()
    user = server.make_user(policy=allow("s3:*"))
    user.may(allow("s3:*"), deny("s3:BypassGovernanceRetention"))
    theirs = server.client("s3", **user.keys)
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": soon(600)}
    for more in ({}, {"BypassGovernanceRetention": True}):
        refused(lambda: delete(theirs, bucket, version, **more), "AccessDenied", 403, Message=LOCKED)
        refused(lambda: theirs.put_object_retention(Bucket=bucket, Key="k", Retention=shorter, **more), "AccessDenied", 403,
                Message=LOCKED)
    user.may(allow("s3:*"))
    refused(lambda: delete(theirs, bucket, version), "AccessDenied", 403, Message=LOCKED)
    theirs.put_object_retention(Bucket=bucket, Key="k", Retention=shorter, BypassGovernanceRetention=True)
    assert theirs.get_object_retention(Bucket=bucket, Key="k")["Retention"] == shorter
    delete(theirs, bucket, version, BypassGovernanceRetention=True)
    version = put()
    many = theirs.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "VersionId": version}]},
                                 BypassGovernanceRetention=True)
    assert "Errors" not in many
    version = put()
    theirs.put_object_retention(Bucket=bucket, Key="k", Retention={}, BypassGovernanceRetention=True)
    delete(theirs, bucket, version)


def test_compliance_is_never_shortened(s3, bucket):
    until = soon()
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockMode="COMPLIANCE",
                            ObjectLockRetainUntilDate=until)["VersionId"]
    for less in ({"Mode": "COMPLIANCE", "RetainUntilDate": soon(60)}, {"Mode": "GOVERNANCE", "RetainUntilDate": soon(9999)}, {}):
        refused(lambda: s3.put_object_retention(Bucket=bucket, Key="k", Retention=less, BypassGovernanceRetention=True),
                "AccessDenied", 403, Message=LOCKED)
    refused(lambda: delete(s3, bucket, version, BypassGovernanceRetention=True), "AccessDenied", 403, Message=LOCKED)
    longer = {"Mode": "COMPLIANCE", "RetainUntilDate": soon(7200)}
    s3.put_object_retention(Bucket=bucket, Key="k", Retention=longer)
    assert s3.get_object_retention(Bucket=bucket, Key="k", VersionId=version)["Retention"] == longer


def test_headers_that_are_no_lock(s3, bucket, plain):
    def put(where=bucket, **lock):
        return lambda: s3.put_object(Bucket=where, Key="k", Body=b"x", **lock)
    refused(put(ObjectLockMode="GOVERNANCE"), "InvalidArgument", 400)
    refused(put(ObjectLockRetainUntilDate=soon()), "InvalidArgument", 400)
    refused(put(ObjectLockMode="WORM", ObjectLockRetainUntilDate=soon()), "InvalidArgument", 400, Message="Unknown wormMode directive.")
    refused(put(ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=soon(-60)), "InvalidArgument", 400,
            Message="The retain until date must be in the future!")
    refused(put(ObjectLockLegalHoldStatus="on"), "InvalidArgument", 400)
    missing = "Bucket is missing Object Lock Configuration"
    refused(put(plain, ObjectLockLegalHoldStatus="ON"), "InvalidRequest", 400, Message=missing)
    refused(put(plain, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=soon()), "InvalidRequest", 400, Message=missing)
    put(plain)()
    refused(lambda: s3.get_object_retention(Bucket=plain, Key="k"), "InvalidRequest", 400, Message=missing)
    refused(lambda: s3.put_object_legal_hold(Bucket=plain, Key="k", LegalHold={"Status": "ON"}), "InvalidRequest", 400, Message=missing)
    refused(lambda: s3.delete_object(Bucket=plain, Key="k", BypassGovernanceRetention=True), "InvalidArgument", 400)
    put()()
    refused(lambda: s3.get_object_retention(Bucket=bucket, Key="k"), "NoSuchObjectLockConfiguration", 404)
    refused(lambda: s3.get_object_legal_hold(Bucket=bucket, Key="k"), "NoSuchObjectLockConfiguration", 404)
    refused(lambda: s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": "on"}), "MalformedXML", 400)
    refused(lambda: s3.put_object_retention(Bucket=bucket, Key="k", Retention={"Mode": "GOVERNANCE"}), "MalformedXML", 400)


def test_what_is_told_of_a_lock_needs_its_own_permission(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=soon(),
                  ObjectLockLegalHoldStatus="ON")
    user = server.make_user(policy=allow("s3:GetObject"))
    head = server.client("s3", **user.keys).head_object(Bucket=bucket, Key="k")
    assert not [name for name in head if name.startswith("ObjectLock")]
    user.may(allow("s3:GetObject", "s3:GetObjectLegalHold"))
    head = server.client("s3", **user.keys).head_object(Bucket=bucket, Key="k")
    assert [name for name in head if name.startswith("ObjectLock")] == ["ObjectLockLegalHoldStatus"]


def test_policies_see_the_lock_that_is_asked_for(server, s3, bucket):
    user = server.make_user(policy=allow("s3:*"))
    theirs = server.client("s3", **user.keys)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_of(deny(
        "s3:PutObject", "s3:PutObjectRetention", resource=f"arn:aws:s3:::{bucket}/*", Principal="*",
        Condition={"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "10"}})))

    def put(days):
        return theirs.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE",
                                 ObjectLockRetainUntilDate=soon(days * 86400))
    put(10)
    refused(lambda: put(11), "AccessDenied", 403)
    refused(lambda: theirs.put_object_retention(Bucket=bucket, Key="k", Retention={
        "Mode": "GOVERNANCE", "RetainUntilDate": soon(11 * 86400)}), "AccessDenied", 403)


def test_copies_and_overwrites_take_no_lock_with_them(s3, bucket, plain):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=soon())
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    s3.copy_object(Bucket=plain, Key="copy", CopySource=f"{bucket}/k")
    newer = s3.put_object(Bucket=bucket, Key="k", Body=b"y")["VersionId"]
    for where in (bucket, plain):
        assert "ObjectLockMode" not in s3.head_object(Bucket=where, Key="copy")
    delete(s3, bucket, newer)
