"""Promise: your AWS code runs unchanged: what a bucket's lifecycle rules say happens, and nothing else; what is archived can be
read when it is restored. A day has two seconds here."""
import json
import re
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from blackbox_server import Server, policy_of, until
from refusals import refused_with as refused

DAY = 2.0
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    running = Server(str(tmp_path_factory.mktemp("quick") / "data"), "--lifecycle-day", str(int(DAY))).start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def s3(quick):
    return quick.client("s3")


def new_bucket(s3, versioned=False, **more):
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name, **more)
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def bucket(s3):
    return new_bucket(s3)


def rule(**more):
    return {"ID": "r", "Status": "Enabled", "Filter": {}, **more}


def put_rules(s3, bucket, *rules, **more):
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}, **more)


def keys(s3, bucket):
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def versions(s3, bucket):
    found = s3.list_object_versions(Bucket=bucket)
    return [one["VersionId"] for one in found.get("Versions", [])], [one["VersionId"] for one in found.get("DeleteMarkers", [])]


# ----- the configuration -----

def test_rules_are_given_back_as_they_were_put(s3, bucket):
    refused(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), "NoSuchLifecycleConfiguration", 404, BucketName=bucket)
    rules = [
        rule(Expiration={"Days": 400}, Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}]),
        {"ID": "old", "Status": "Disabled", "Prefix": "logs/", "Expiration": {"Date": datetime(2031, 1, 1, tzinfo=timezone.utc)}},
        rule(ID="and", Filter={"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeGreaterThan": 5}},
             NoncurrentVersionExpiration={"NoncurrentDays": 5, "NewerNoncurrentVersions": 3},
             NoncurrentVersionTransitions=[{"NoncurrentDays": 1, "StorageClass": "GLACIER"}]),
        rule(ID="up", Filter={"Prefix": "x"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7},
             Expiration={"ExpiredObjectDeleteMarker": True})]
    put = put_rules(s3, bucket, *rules)
    assert put["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    got = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert got["Rules"] == rules
    assert got["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    put_rules(s3, bucket, {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1000}},
              TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    got = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert got["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    assert got["Rules"][0]["ID"]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    refused(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), "NoSuchLifecycleConfiguration", 404)
    s3.delete_bucket_lifecycle(Bucket=bucket)


TAG = {"Key": "k", "Value": "v"}


@pytest.mark.parametrize("bad, code", [
    ([], "MalformedXML"),
    ([rule()], "InvalidRequest"),
    ([rule(Expiration={"Days": 1}), rule(Expiration={"Days": 2})], "InvalidArgument"),
    ([rule(ID="x" * 256, Expiration={"Days": 1})], "InvalidArgument"),
    ([rule(Status="enabled", Expiration={"Days": 1})], "MalformedXML"),
    ([{"Status": "Enabled", "Expiration": {"Days": 1}}], "MalformedXML"),
    ([rule(Prefix="p", Expiration={"Days": 1})], "MalformedXML"),
    ([rule(Filter={"Prefix": "p", "Tag": TAG}, Expiration={"Days": 1})], "MalformedXML"),
    ([rule(Filter={"And": {"Prefix": "p"}}, Expiration={"Days": 1})], "MalformedXML"),
    ([rule(Filter={"And": {"Tags": [TAG, TAG]}}, Expiration={"Days": 1})], "InvalidTag"),
    ([rule(Filter={"And": {"ObjectSizeGreaterThan": 9, "ObjectSizeLessThan": 9}}, Expiration={"Days": 1})], "InvalidRequest"),
    ([rule(Expiration={})], "MalformedXML"),
    ([rule(Expiration={"Days": 0})], "InvalidArgument"),
    ([rule(Expiration={"Days": -1})], "InvalidArgument"),
    ([rule(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True})], "MalformedXML"),
    ([rule(Expiration={"Date": datetime(2031, 1, 1, 2, tzinfo=timezone.utc)})], "InvalidArgument"),
    ([rule(Filter={"Tag": TAG}, Expiration={"ExpiredObjectDeleteMarker": True})], "InvalidRequest"),
    ([rule(Filter={"Tag": TAG}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})], "InvalidRequest"),
    ([rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 0})], "InvalidArgument"),
    ([rule(Transitions=[{"Days": 29, "StorageClass": "STANDARD_IA"}])], "InvalidArgument"),
    ([rule(Transitions=[{"Days": 29, "StorageClass": "STANDARD"}])], "MalformedXML"),
    ([rule(Transitions=[{"Days": -1, "StorageClass": "GLACIER"}])], "InvalidArgument"),
    ([rule(Transitions=[{"StorageClass": "GLACIER"}])], "MalformedXML"),
    ([rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}, {"Days": 2, "StorageClass": "GLACIER"}])], "InvalidRequest"),
    ([rule(Transitions=[{"Days": 9, "StorageClass": "GLACIER"}, {"Days": 5, "StorageClass": "DEEP_ARCHIVE"}])], "InvalidArgument"),
    ([rule(Transitions=[{"Days": 9, "StorageClass": "GLACIER"}], Expiration={"Days": 9})], "InvalidArgument"),
    ([rule(Transitions=[{"Days": 9, "StorageClass": "GLACIER"}],
           Expiration={"Date": datetime(2031, 1, 1, tzinfo=timezone.utc)})], "InvalidRequest"),
    ([rule(NoncurrentVersionExpiration={"NoncurrentDays": 0})], "InvalidArgument"),
    ([rule(NoncurrentVersionExpiration={"NewerNoncurrentVersions": 1})], "MalformedXML"),
    ([rule(NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 101})], "InvalidArgument"),
    ([rule(NoncurrentVersionTransitions=[{"NoncurrentDays": 5, "StorageClass": "GLACIER"}],
           NoncurrentVersionExpiration={"NoncurrentDays": 5})], "InvalidArgument"),
    ([rule(ID=str(i), Expiration={"Days": 1}) for i in range(1001)], "MalformedXML"),
])
def test_what_is_no_rule(s3, bucket, bad, code):
    refused(lambda: put_rules(s3, bucket, *bad), code, 400)
    refused(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), "NoSuchLifecycleConfiguration", 404)


def test_a_date_is_at_midnight(s3, bucket):
    refused(lambda: put_rules(s3, bucket, rule(Expiration={"Date": datetime(2031, 1, 1, 2, tzinfo=timezone.utc)})), "InvalidArgument",
            400, Message="'Date' must be at midnight GMT", ArgumentName="Date")


# ----- what is told -----

def expiration(answer):
    return re.fullmatch(r'expiry-date="([^"]*)", rule-id="([^"]*)"', answer["Expiration"]).groups()


def test_real_days_end_at_midnight(server):
    """On a server with days as they are."""
    s3 = server.client("s3")
    bucket = new_bucket(s3)
    put_rules(s3, bucket, rule(ID="first rule", Filter={"Prefix": "a"}, Expiration={"Days": 3}),
              rule(ID="later", Expiration={"Days": 5}),
              rule(ID="up", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2}))
    midnight = (datetime.now(timezone.utc) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)

    def told(days, name):
        return (midnight + timedelta(days=days)).strftime(HTTP_DATE), name
    s3.put_object(Bucket=bucket, Key="source", Body=b"x")
    assert expiration(s3.put_object(Bucket=bucket, Key="a", Body=b"x")) == told(3, "first%20rule")
    assert expiration(s3.get_object(Bucket=bucket, Key="a")) == told(3, "first%20rule")
    assert expiration(s3.head_object(Bucket=bucket, Key="source")) == told(5, "later")
    assert expiration(s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/source")) == told(5, "later")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="up")
    listed = s3.list_parts(Bucket=bucket, Key="up", UploadId=upload["UploadId"])
    for answer in (upload, listed):
        assert (answer["AbortDate"], answer["AbortRuleId"]) == (midnight + timedelta(days=2), "up")
    part = s3.upload_part(Bucket=bucket, Key="up", UploadId=upload["UploadId"], PartNumber=1, Body=b"x")
    done = s3.complete_multipart_upload(Bucket=bucket, Key="up", UploadId=upload["UploadId"],
                                        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert expiration(done) == told(5, "later")
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert "Expiration" not in s3.head_object(Bucket=bucket, Key="a")


# ----- what happens -----

def test_objects_expire_when_a_rule_says_so(s3, bucket):
    put_rules(s3, bucket, rule(ID="p", Filter={"Prefix": "gone/"}, Expiration={"Days": 1}),
              rule(ID="t", Filter={"Tag": TAG}, Expiration={"Days": 1}),
              rule(ID="s", Filter={"And": {"Prefix": "sized/", "ObjectSizeGreaterThan": 2, "ObjectSizeLessThan": 5}},
                   Expiration={"Days": 1}),
              rule(ID="off", Status="Disabled", Expiration={"Days": 1}))
    for key, size in (("gone/a", 1), ("gone/b", 100_000), ("kept", 1), ("sized/2", 2), ("sized/3", 3), ("sized/5", 5)):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x" * size)
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="k=v")
    s3.put_object(Bucket=bucket, Key="tagged-else", Body=b"x", Tagging="k=w")
    begin = time.monotonic()
    until(lambda: keys(s3, bucket) == ["kept", "sized/2", "sized/5", "tagged-else"])
    assert time.monotonic() - begin > DAY / 2


def test_many_objects_expire_over_several_pages(s3, bucket):
    for i in range(1203):
        s3.put_object(Bucket=bucket, Key=f"{i:05}", Body=b"")
    s3.put_object(Bucket=bucket, Key="kept", Body=b"")
    put_rules(s3, bucket, rule(Filter={"Prefix": "0"}, Expiration={"Date": datetime(2020, 1, 1, tzinfo=timezone.utc)}))
    until(lambda: keys(s3, bucket) == ["kept"], 60)


def test_versions_go_behind_a_marker_and_the_marker_goes_last(s3):
    bucket = new_bucket(s3, versioned=True)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    put_rules(s3, bucket, rule(Expiration={"Days": 1}))
    until(lambda: len(versions(s3, bucket)[1]) == 1)
    time.sleep(DAY * 1.5)
    assert [len(one) for one in versions(s3, bucket)] == [1, 1]  # no more than one marker
    put_rules(s3, bucket, rule(Expiration={"ExpiredObjectDeleteMarker": True}, NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    until(lambda: versions(s3, bucket) == ([], []))
    s3.delete_bucket(Bucket=bucket)


def test_some_newer_versions_stay(s3):
    bucket = new_bucket(s3, versioned=True)
    put_rules(s3, bucket, rule(Filter={"Prefix": "k"}, NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}))
    made = [s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"] for _ in range(6)]
    other = [s3.put_object(Bucket=bucket, Key="other", Body=b"x")["VersionId"] for _ in range(3)]
    assert len(versions(s3, bucket)[0]) == 9
    until(lambda: versions(s3, bucket)[0] == made[:2:-1] + other[::-1])
    time.sleep(DAY)
    assert versions(s3, bucket)[0] == made[:2:-1] + other[::-1]
    assert s3.head_object(Bucket=bucket, Key="k")["VersionId"] == made[-1]


def test_some_newer_versions_stay_of_very_many(s3):
    """More than the worker looks at in one go."""
    bucket = new_bucket(s3, versioned=True)
    for _ in range(1103):
        s3.put_object(Bucket=bucket, Key="k", Body=b"")
    for key in ("a", "z"):
        for _ in range(4):
            s3.put_object(Bucket=bucket, Key=key, Body=b"")
    newest = versions(s3, bucket)[0]
    put_rules(s3, bucket, rule(NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}))
    until(lambda: len(versions(s3, bucket)[0]) <= 9, 60)
    assert versions(s3, bucket)[0] == newest[:3] + newest[4:7] + s3_versions_of(s3, bucket, "z")
    assert len(s3_versions_of(s3, bucket, "z")) == 3


def s3_versions_of(s3, bucket, key):
    return [one["VersionId"] for one in s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]]


def test_locks_bind_the_lifecycle_too(s3):
    bucket = new_bucket(s3, ObjectLockEnabledForBucket=True)
    locked = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE",
                           ObjectLockRetainUntilDate=datetime.now(timezone.utc) + timedelta(hours=1))["VersionId"]
    held = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]
    free = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    put_rules(s3, bucket, rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    until(lambda: free not in versions(s3, bucket)[0])
    time.sleep(DAY)
    assert {locked, held} < set(versions(s3, bucket)[0])
    s3.put_object_legal_hold(Bucket=bucket, Key="k", VersionId=held, LegalHold={"Status": "OFF"})
    until(lambda: held not in versions(s3, bucket)[0])
    assert locked in versions(s3, bucket)[0]


def test_uploads_that_are_not_completed_go(s3, bucket):
    put_rules(s3, bucket, rule(Filter={"Prefix": "up"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))
    upload = s3.create_multipart_upload(Bucket=bucket, Key="up")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="up", UploadId=upload, PartNumber=1, Body=b"x" * 100_000)
    other = s3.create_multipart_upload(Bucket=bucket, Key="other")["UploadId"]
    until(lambda: [one["UploadId"] for one in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])] == [other])
    refused(lambda: s3.list_parts(Bucket=bucket, Key="up", UploadId=upload), "NoSuchUpload", 404)


def shown_class(s3, bucket, key="k", **more):
    return s3.head_object(Bucket=bucket, Key=key, **more).get("StorageClass", "STANDARD")


def test_objects_change_their_storage_class(s3, bucket):
    put_rules(s3, bucket, rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"}, {"Days": 3, "StorageClass": "DEEP_ARCHIVE"}]))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 200_000)
    s3.put_object(Bucket=bucket, Key="small", Body=b"x")
    until(lambda: shown_class(s3, bucket) == "GLACIER_IR")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x" * 200_000
    until(lambda: shown_class(s3, bucket) == "DEEP_ARCHIVE")
    refused(lambda: s3.get_object(Bucket=bucket, Key="k"), "InvalidObjectState", 403, StorageClass="DEEP_ARCHIVE")
    assert shown_class(s3, bucket, "small") == "STANDARD"  # as it is less than 128 KiB


def test_small_objects_move_where_that_is_said(s3):
    bucket = new_bucket(s3, versioned=True)
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    put_rules(s3, bucket, rule(NoncurrentVersionTransitions=[{"NoncurrentDays": 0, "StorageClass": "GLACIER"}]),
              TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    until(lambda: shown_class(s3, bucket, VersionId=first) == "GLACIER")
    assert shown_class(s3, bucket) == "STANDARD"


# ----- restoring -----

@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_what_is_archived_is_read_when_it_is_restored(s3, storage_class):
    bucket = new_bucket(s3)
    s3.put_object(Bucket=bucket, Key="k", Body=b"cold", StorageClass=storage_class)
    refused(lambda: s3.get_object(Bucket=bucket, Key="k"), "InvalidObjectState", 403, StorageClass=storage_class)
    refused(lambda: s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k"), "InvalidObjectState", 403)
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="k")

    def restore(days):
        return s3.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": days})["ResponseMetadata"]["HTTPStatusCode"]
    assert restore(1) == 202
    head = s3.head_object(Bucket=bucket, Key="k")
    first = re.fullmatch(r'ongoing-request="false", expiry-date="([^"]*)"', head["Restore"])[1]
    assert head["StorageClass"] == storage_class
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"cold"
    assert restore(3) == 200
    later = re.fullmatch(r'ongoing-request="false", expiry-date="([^"]*)"', s3.head_object(Bucket=bucket, Key="k")["Restore"])[1]
    assert datetime.strptime(later, HTTP_DATE) > datetime.strptime(first, HTTP_DATE)
    listed = s3.list_objects_v2(Bucket=bucket, OptionalObjectAttributes=["RestoreStatus"])["Contents"][0]["RestoreStatus"]
    assert listed["IsRestoreInProgress"] is False and listed["RestoreExpiryDate"].strftime(HTTP_DATE) == later
    assert "RestoreStatus" not in s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"cold"
    time.sleep(DAY * 1.5)
    s3.get_object(Bucket=bucket, Key="k")  # the longer time holds
    until(lambda: "Restore" not in s3.head_object(Bucket=bucket, Key="k"))
    refused(lambda: s3.get_object(Bucket=bucket, Key="k"), "InvalidObjectState", 403)


def test_what_cannot_be_restored(s3):
    bucket = new_bucket(s3)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="deep", Body=b"x", StorageClass="DEEP_ARCHIVE")

    def restore(key="deep", **request):
        return lambda: s3.restore_object(Bucket=bucket, Key=key, RestoreRequest=request)
    refused(restore("k", Days=1), "InvalidObjectState", 403)
    refused(restore("none", Days=1), "NoSuchKey", 404)
    refused(restore(), "MalformedXML", 400)
    refused(restore(Days=0), "InvalidArgument", 400)
    refused(restore(Days=1, GlacierJobParameters={"Tier": "Expedited"}), "InvalidArgument", 400)
    refused(restore(Type="SELECT"), "NotImplemented", 501)
    restore(Days=1, GlacierJobParameters={"Tier": "Bulk"})()


def test_all_of_it_is_told(quick, s3):
    bucket = new_bucket(s3, versioned=True)
    sqs = quick.client("sqs")
    url = sqs.create_queue(QueueName="q-" + uuid.uuid4().hex)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy_of(
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn})})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": arn, "Events": ["s3:LifecycleExpiration:*", "s3:LifecycleTransition", "s3:ObjectRestore:*"]}]})
    found = []

    def told():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.extend(json.loads(message["Body"]).get("Records", []))
        return {one["eventName"]: one for one in found}
    version = s3.put_object(Bucket=bucket, Key="a key", Body=b"x", StorageClass="GLACIER")["VersionId"]
    s3.restore_object(Bucket=bucket, Key="a key", RestoreRequest={"Days": 1})
    until(lambda: {"ObjectRestore:Post", "ObjectRestore:Completed", "ObjectRestore:Delete"} <= set(told()))
    restored = told()["ObjectRestore:Completed"]
    assert restored["glacierEventData"]["restoreEventData"]["lifecycleRestoreStorageClass"] == "GLACIER"
    assert restored["s3"]["object"]["key"] == "a+key" and restored["s3"]["object"]["size"] == 1
    assert told()["ObjectRestore:Delete"]["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    small = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    put_rules(s3, bucket, rule(Transitions=[{"Days": 0, "StorageClass": "DEEP_ARCHIVE"}]), **small)
    until(lambda: "LifecycleTransition" in told())
    assert told()["LifecycleTransition"]["lifecycleEventData"] == {"transitionEventData": {"destinationStorageClass": "DEEP_ARCHIVE"}}
    put_rules(s3, bucket, rule(Expiration={"Days": 1}, NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    until(lambda: {"LifecycleExpiration:DeleteMarkerCreated", "LifecycleExpiration:Delete"} <= set(told()))
    gone = [one["s3"]["object"]["versionId"] for one in found if one["eventName"] == "LifecycleExpiration:Delete"]
    assert gone[0] == version
    assert [one["eventName"] for one in found].count("LifecycleExpiration:DeleteMarkerCreated") == 1


def test_it_goes_on_after_a_crash(quick, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")
    s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Days": 1})
    put_rules(s3, bucket, rule(Filter={"Prefix": "k"}, Expiration={"Days": 1}))
    quick.kill()
    time.sleep(DAY)
    quick.start()
    again = quick.client("s3")
    until(lambda: keys(again, bucket) == ["cold"])
    refused(lambda: again.get_object(Bucket=bucket, Key="cold"), "InvalidObjectState", 403)
