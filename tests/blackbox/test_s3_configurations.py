"""Promise: your AWS code runs unchanged: the settings of a bucket that tools put and read are kept as in S3, and what this
server does not do is refused by name."""
import uuid

import pytest
from blackbox_server import allow, policy_of
from botocore.exceptions import ClientError
from refusals import refused_with as refused


def inventory(name, enabled=False):
    return {"Id": name, "IsEnabled": enabled, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
            "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::b", "Format": "CSV"}}, "OptionalFields": ["Size"]}


KINDS = {
    "analytics": ("AnalyticsConfiguration", lambda name: {"Id": name, "Filter": {"Prefix": "p"}, "StorageClassAnalysis": {}}),
    "inventory": ("InventoryConfiguration", inventory),
    "metrics": ("MetricsConfiguration", lambda name: {"Id": name, "Filter": {"And": {"Prefix": "p", "Tags": [
        {"Key": "k", "Value": "v"}]}}}),
    "intelligent_tiering": ("IntelligentTieringConfiguration", lambda name: {
        "Id": name, "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"},
                                                      {"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_configurations_with_ids(s3, bucket, kind):
    member, make = KINDS[kind]
    get, put, delete, list_all = (getattr(s3, f"{verb}_bucket_{kind}_configuration{ending}") for verb, ending in (
        ("get", ""), ("put", ""), ("delete", ""), ("list", "s")))
    refused(lambda: get(Bucket=bucket, Id="a"), "NoSuchConfiguration", 404)
    refused(lambda: delete(Bucket=bucket, Id="a"), "NoSuchConfiguration", 404)
    assert member + "List" not in list_all(Bucket=bucket)
    refused(lambda: put(Bucket=bucket, Id="a", **{member: make("b")}), "IdMismatch", 400)
    refused(lambda: put(Bucket=bucket, Id="a/b", **{member: make("a/b")}), "InvalidArgument", 400)
    names = [f"id-{i:03}" for i in range(103)]
    for name in names:
        put(Bucket=bucket, Id=name, **{member: make(name)})
    put(Bucket=bucket, Id=names[0], **{member: make(names[0])})
    assert get(Bucket=bucket, Id=names[1])[member] == make(names[1])
    first = list_all(Bucket=bucket)
    assert first["IsTruncated"] and len(first[member + "List"]) == 100
    rest = list_all(Bucket=bucket, ContinuationToken=first["NextContinuationToken"])
    assert [one["Id"] for one in first[member + "List"] + rest[member + "List"]] == names
    assert not rest["IsTruncated"]
    delete(Bucket=bucket, Id=names[1])
    refused(lambda: get(Bucket=bucket, Id=names[1]), "NoSuchConfiguration", 404)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert member + "List" not in list_all(Bucket=bucket)


@pytest.mark.parametrize("tierings", [
    [], [{"Days": 89, "AccessTier": "ARCHIVE_ACCESS"}], [{"Days": 731, "AccessTier": "ARCHIVE_ACCESS"}],
    [{"Days": 179, "AccessTier": "DEEP_ARCHIVE_ACCESS"}], [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}] * 2])
def test_what_is_no_tiering(s3, bucket, tierings):
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_intelligent_tiering_configuration(Bucket=bucket, Id="a", IntelligentTieringConfiguration={
            "Id": "a", "Status": "Enabled", "Tierings": tierings})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_what_is_not_done_is_refused_by_name(s3, bucket):
    refused(lambda: s3.put_bucket_inventory_configuration(Bucket=bucket, Id="a", InventoryConfiguration=inventory("a", True)),
            "NotImplemented", 501, Header="IsEnabled")
    refused(lambda: s3.put_bucket_analytics_configuration(Bucket=bucket, Id="a", AnalyticsConfiguration={
        "Id": "a", "StorageClassAnalysis": {"DataExport": {"OutputSchemaVersion": "V_1", "Destination": {"S3BucketDestination": {
            "Format": "CSV", "Bucket": "arn:aws:s3:::b"}}}}}), "NotImplemented", 501, Header="DataExport")
    refused(lambda: s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": {
        "TargetBucket": bucket, "TargetPrefix": ""}}), "NotImplemented", 501, Header="LoggingEnabled")
    refused(lambda: s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": "arn:aws:iam::000000000000:role/r",
            "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::b"}}]}), "NotImplemented", 501)
    refused(lambda: s3.get_bucket_replication(Bucket=bucket), "ReplicationConfigurationNotFoundError", 404, BucketName=bucket)


def test_logging_acceleration_and_payment(s3, bucket):
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": status})
        assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == status
    refused(lambda: s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "enabled"}),
            "MalformedXML", 400)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    refused(lambda: s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Nobody"}), "MalformedXML", 400)


def test_others_pay_where_the_owner_does_not(server, s3, bucket):
    number, keys = server.make_account()
    theirs = server.client("s3", **keys)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_of(
        allow("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*", Principal={"AWS": number})))
    assert "RequestCharged" not in theirs.get_object(Bucket=bucket, Key="k")
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    refused(lambda: theirs.get_object(Bucket=bucket, Key="k"), "AccessDenied", 403)
    assert theirs.get_object(Bucket=bucket, Key="k", RequestPayer="requester")["RequestCharged"] == "requester"
    assert "RequestCharged" not in s3.get_object(Bucket=bucket, Key="k")
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "BucketOwner"})
    theirs.get_object(Bucket=bucket, Key="k")


def test_old_spellings_of_lifecycles_and_notifications(server, s3, bucket):
    """Operations of the beginnings, at the same addresses."""
    rule = {"ID": "a", "Prefix": "p", "Status": "Enabled", "Transition": {"Days": 30, "StorageClass": "GLACIER"}, "Expiration": {"Days": 60}}
    s3.put_bucket_lifecycle(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle(Bucket=bucket)["Rules"] == [rule]
    sqs = server.client("sqs")
    name = "q-" + uuid.uuid4().hex
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy_of(allow("sqs:SendMessage", resource=arn, Principal="*"))})
    s3.put_bucket_notification(Bucket=bucket, NotificationConfiguration={
        "QueueConfiguration": {"Id": "x", "Events": ["s3:ObjectCreated:*"], "Queue": arn}})
    kept = s3.get_bucket_notification(Bucket=bucket)["QueueConfiguration"]
    assert (kept["Id"], kept["Events"], kept["Queue"]) == ("x", ["s3:ObjectCreated:*"], arn)


def test_what_terraform_reads_of_a_bucket(s3, bucket):
    """It takes these answers for "not set", and no others."""
    absent = {"get_bucket_policy": "NoSuchBucketPolicy", "get_bucket_cors": "NoSuchCORSConfiguration",
              "get_bucket_website": "NoSuchWebsiteConfiguration", "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
              "get_bucket_replication": "ReplicationConfigurationNotFoundError", "get_bucket_tagging": "NoSuchTagSet",
              "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError"}
    for operation, code in absent.items():
        refused(lambda name=operation: getattr(s3, name)(Bucket=bucket), code, 404)
    for operation in ("head_bucket", "get_bucket_acl", "get_bucket_versioning", "get_bucket_accelerate_configuration",
                      "get_bucket_request_payment", "get_bucket_logging", "get_bucket_location", "get_public_access_block",
                      "get_bucket_ownership_controls", "get_bucket_notification_configuration"):
        getattr(s3, operation)(Bucket=bucket)
