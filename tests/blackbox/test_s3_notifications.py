"""Promise: what was acknowledged is never lost: functions and queues are told of what happens to objects, in S3's words."""
import json
import time
import uuid

import pytest
from blackbox_server import Server, create, logged
from refusals import refused_with

HANDLER = {"app.py": "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"}


def refused(call, code, status=400, **more):
    return refused_with(call, code, status, **more)


@pytest.fixture(scope="module")
def sqs(server):
    return server.client("sqs")


class Queue:
    def __init__(self, sqs, bucket=None):
        self.sqs, name = sqs, "q-" + uuid.uuid4().hex
        self.url = sqs.create_queue(QueueName=name)["QueueUrl"]
        self.arn = "arn:aws:sqs:us-east-1:000000000000:" + name
        if bucket:
            sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps({"Statement": {
                "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
                "Resource": self.arn, "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"},
                                                    "StringEquals": {"aws:SourceAccount": "000000000000"}}}})})

    def messages(self, count):
        """So many, in the order in which they came."""
        found, end = [], time.monotonic() + 20
        while len(found) < count and time.monotonic() < end:
            for message in self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=5).get("Messages", []):
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        assert len(found) == count, found
        return found

    def records(self, count):
        return [message["Records"][0] for message in self.messages(count)]


def tell(s3, bucket, *configurations, **more):
    return s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": list(configurations)}, **more)


def test_a_queue_is_told_of_everything_that_it_asked_for(s3, sqs, bucket):
    queue = Queue(sqs, bucket)
    tell(s3, bucket, {"Id": "mine", "QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"]})
    hello = queue.messages(1)[0]
    assert (hello["Service"], hello["Event"], hello["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)

    etag = s3.put_object(Bucket=bucket, Key="a b/ü@.txt", Body=b"12345")["ETag"].strip('"')
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b/ü@.txt"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"1")["ETag"]
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    s3.put_object_tagging(Bucket=bucket, Key="copy", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object_tagging(Bucket=bucket, Key="copy")
    s3.delete_object(Bucket=bucket, Key="copy")
    s3.delete_object(Bucket=bucket, Key="never")  # nothing happened
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "parts"}]})

    records = queue.records(7)
    named = {(record["eventName"], record["s3"]["object"]["key"]): record for record in records}
    put = named["ObjectCreated:Put", "a+b/%C3%BC%40.txt"]
    assert {name: put[name] for name in ("eventVersion", "eventSource", "awsRegion")} == {
        "eventVersion": "2.5", "eventSource": "aws:s3", "awsRegion": "us-east-1"}
    assert put["userIdentity"]["principalId"] == "AWS:000000000000" and put["requestParameters"]["sourceIPAddress"] == "127.0.0.1"
    assert len(put["responseElements"]["x-amz-request-id"]) == 16 and put["responseElements"]["x-amz-id-2"]
    assert put["s3"]["configurationId"] == "mine" and put["s3"]["s3SchemaVersion"] == "1.0"
    assert (put["s3"]["bucket"]["name"], put["s3"]["bucket"]["arn"]) == (bucket, "arn:aws:s3:::" + bucket)
    assert (put["s3"]["object"]["size"], put["s3"]["object"]["eTag"]) == (5, etag)
    members = {event: set(record["s3"]["object"]) for (event, _), record in named.items()}
    assert members == {"ObjectCreated:Put": {"key", "size", "eTag", "sequencer"}, "ObjectCreated:Copy": {"key", "size", "eTag", "sequencer"},
                       "ObjectCreated:CompleteMultipartUpload": {"key", "size", "eTag", "sequencer"},
                       "ObjectTagging:Put": {"key", "eTag"}, "ObjectTagging:Delete": {"key", "eTag"},
                       "ObjectRemoved:Delete": {"key", "sequencer"}}
    assert len([record for record in records if record["eventName"] == "ObjectRemoved:Delete"]) == 2


def test_what_happens_to_one_key_is_told_in_order(s3, sqs, bucket):
    queue = Queue(sqs, bucket)
    tell(s3, bucket, {"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:Put"]})
    queue.messages(1)
    for size in range(20):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x" * size)
    records = queue.records(20)
    sequencers = [record["s3"]["object"]["sequencer"] for record in records]
    assert [record["s3"]["object"]["size"] for record in sorted(records, key=lambda r: r["s3"]["object"]["sequencer"])] == list(range(20))
    assert len(set(sequencers)) == 20 and {len(one) for one in sequencers} == {16}


def test_versions_and_markers(s3, sqs, bucket):
    queue = Queue(sqs, bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    tell(s3, bucket, {"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]})
    queue.messages(1)
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    found = {record["eventName"]: record["s3"]["object"] for record in queue.records(3)}
    assert found["ObjectCreated:Put"]["versionId"] == found["ObjectRemoved:Delete"]["versionId"] == version
    assert found["ObjectRemoved:DeleteMarkerCreated"]["versionId"] == marker
    assert found["ObjectRemoved:DeleteMarkerCreated"]["eTag"] == "d41d8cd98f00b204e9800998ecf8427e"


def test_filters(s3, sqs, bucket):
    queue = Queue(sqs, bucket)
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "SUFFIX", "Value": ".png"}]
    tell(s3, bucket, {"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:Put"], "Filter": {"Key": {"FilterRules": rules}}})
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"][0]
    assert [rule["Name"] for rule in kept["Filter"]["Key"]["FilterRules"]] == ["Prefix", "Suffix"] and kept["Id"]
    queue.messages(1)
    for key in ("in/a.jpg", "out/b.png", "in/c.png"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    assert queue.records(1)[0]["s3"]["object"]["key"] == "in/c.png"
    tell(s3, bucket)
    assert list(s3.get_bucket_notification_configuration(Bucket=bucket)) == ["ResponseMetadata"]


def test_what_cannot_be_told_is_refused(s3, sqs, bucket):
    closed, opened = Queue(sqs), Queue(sqs, bucket)
    events = ["s3:ObjectCreated:*"]
    refused(lambda: tell(s3, bucket, {"QueueArn": "nonsense", "Events": events}, SkipDestinationValidation=True), "InvalidArgument",
            ArgumentName="Queue", ArgumentValue="nonsense")
    refused(lambda: tell(s3, bucket, {"QueueArn": closed.arn, "Events": events}), "InvalidArgument", ArgumentName=closed.arn)
    refused(lambda: tell(s3, bucket, {"QueueArn": opened.arn + "x", "Events": events}, {"QueueArn": closed.arn, "Events": ["s3:ObjectRemoved:*"]}),
            "InvalidArgument", ArgumentName1=opened.arn + "x", ArgumentValue1="The destination queue does not exist",
            ArgumentName2=closed.arn)
    function = "arn:aws:lambda:us-east-1:000000000000:function:nobody"
    refused(lambda: s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": events}]}), "InvalidArgument",
        ArgumentName=function + ", null", ArgumentValue=f"Not authorized to invoke function [{function}]")
    refused(lambda: tell(s3, bucket, {"QueueArn": opened.arn, "Events": events},
                         {"QueueArn": opened.arn, "Events": ["s3:ObjectCreated:Put"]}), "InvalidArgument")
    refused(lambda: tell(s3, bucket, {"QueueArn": opened.arn, "Events": events,
                                      "Filter": {"Key": {"FilterRules": [{"Name": "size", "Value": "1"}]}}}), "InvalidArgument")
    refused(lambda: tell(s3, bucket, {"QueueArn": opened.arn, "Events": ["s3:Nothing"]}), "MalformedXML")
    refused(lambda: s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
        "TopicConfigurations": [{"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Events": events}]}), "NotImplemented", 501)
    assert list(s3.get_bucket_notification_configuration(Bucket=bucket)) == ["ResponseMetadata"]


def test_a_function_is_told(server, s3, bucket):
    aws, logs = server.client("lambda"), server.client("logs")
    name = create(aws, HANDLER)
    arn = aws.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    configuration = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:Put"]}]}
    refused(lambda: s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration), "InvalidArgument")
    aws.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                       SourceArn="arn:aws:s3:::" + bucket, SourceAccount="000000000000")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    s3.put_object(Bucket=bucket, Key="picture.png", Body=b"123")
    line = logged(logs, name, "GOT")[0]
    event = json.loads(line.partition("GOT ")[2])
    assert len(event["Records"]) == 1 and event["Records"][0]["s3"]["object"]["key"] == "picture.png"


def test_nothing_is_forgotten_when_the_server_is_killed(tmp_path):
    server = Server(str(tmp_path / "data")).start()
    s3, sqs = server.client("s3"), server.client("sqs")
    s3.create_bucket(Bucket="bucket")
    queue = Queue(sqs, "bucket")
    tell(s3, "bucket", {"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:Put"]})
    queue.messages(1)
    for number in range(30):
        s3.put_object(Bucket="bucket", Key=str(number), Body=b"")
    server.kill()
    again = Server(server.data).start()
    try:
        told = Queue.__new__(Queue)
        told.sqs, told.url = again.client("sqs"), queue.url.replace(server.url, again.url)
        assert {record["s3"]["object"]["key"] for record in told.records(30)} == {str(number) for number in range(30)}
    finally:
        again.stop()
