"""Promise: an export holds a table as it was at its moment, or what became of its items between two, in files that say of
themselves what they hold; it is written with the rights of who asked, and tells when it could not be."""

import base64
import datetime
import gzip
import hashlib
import json
import time
import uuid

import pytest
from blackbox_server import until
from botocore.exceptions import ClientError
from refusals import refusal


def recoverable(dynamodb, table):
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    return dynamodb.describe_table(TableName=table)["Table"]["TableArn"]


def ended(dynamodb, told, seconds=60):
    arn = told["ExportDescription"]["ExportArn"]

    def look():
        description = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
        return description if description["ExportStatus"] != "IN_PROGRESS" else None

    until(look, seconds=seconds)
    return look()


def keys_in(s3, bucket, prefix=""):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def body(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def lines_of(s3, bucket, description):
    """What is in the data files, each checked by its entry in the manifest."""
    summary = json.loads(body(s3, bucket, description["ExportManifest"]))
    found = []
    for entry in map(json.loads, body(s3, bucket, summary["manifestFilesS3Key"]).splitlines()):
        packed = body(s3, bucket, entry["dataFileS3Key"])
        assert base64.b64encode(hashlib.md5(packed).digest()).decode() == entry["md5Checksum"]
        assert s3.head_object(Bucket=bucket, Key=entry["dataFileS3Key"])["ETag"].strip('"') == entry["etag"]
        lines = gzip.decompress(packed).splitlines()
        assert len(lines) == entry["itemCount"]
        found += lines
    assert summary["itemCount"] == len(found) == description["ItemCount"]
    return found


def test_a_full_export_is_the_table_as_it_was(dynamodb, s3, bucket, make_table):
    table = make_table(global_indexes={"by-g": ("g:S", None, "ALL")})
    arn = recoverable(dynamodb, table)
    items = {f"item-{n}": {"pk": {"S": f"item-{n}"}, "g": {"S": "g"}, "n": {"N": str(n)}, "l": {"L": [{"B": b"\x00\xff"}, {"NULL": True}]},
                           "s": {"SS": ["b\n", "ä"]}, "pad": {"S": "p" * 2000}} for n in range(300)}
    for one in items.values():
        dynamodb.put_item(TableName=table, Item=one)
    told = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, S3Prefix="exports/of", ClientToken="once")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "later"}})
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "item-7"}})
    begun = told["ExportDescription"]
    assert begun["ExportStatus"] == "IN_PROGRESS" and begun["ExportArn"].startswith(arn + "/export/01")
    identity = begun["ExportArn"].rsplit("/", 1)[1]
    done = ended(dynamodb, told)
    assert done["ExportStatus"] == "COMPLETED" and done["ItemCount"] == 300 and done["ExportFormat"] == "DYNAMODB_JSON"
    assert done["ExportManifest"] == f"exports/of/AWSDynamoDB/{identity}/manifest-summary.json"
    read = {}
    for line in lines_of(s3, bucket, done):
        item = json.loads(line)["Item"]
        item["l"]["L"][0]["B"] = base64.b64decode(item["l"]["L"][0]["B"])
        read[item["pk"]["S"]] = item
    assert read == items

    folder = f"exports/of/AWSDynamoDB/{identity}/"
    names = {key.removeprefix(folder) for key in keys_in(s3, bucket)}
    assert {name for name in names if not name.startswith("data/")} == {
        "_started", "manifest-files.json", "manifest-files.md5", "manifest-summary.json", "manifest-summary.md5"}
    assert all(name.endswith(".json.gz") for name in names if name.startswith("data/"))
    for name in ("manifest-files", "manifest-summary"):
        text = body(s3, bucket, f"{folder}{name}.json")
        assert body(s3, bucket, f"{folder}{name}.md5") == base64.b64encode(hashlib.md5(text).digest())
    summary = json.loads(body(s3, bucket, done["ExportManifest"]))
    description = dynamodb.describe_table(TableName=table)["Table"]
    assert summary["version"] == "2020-06-30" and summary["exportType"] == "FULL_EXPORT" and summary["tableId"] == description["TableId"]
    assert summary["s3Prefix"] == "exports/of" and summary["s3SseAlgorithm"] == "AES256" and summary["s3SseKmsKeyId"] is None
    assert summary["exportArn"] == done["ExportArn"] and summary["billedSizeBytes"] == done["BilledSizeBytes"] > 300 * 2000

    # Asked for again with its token it is the same one; something else with that token is refused.
    again = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, S3Prefix="exports/of", ClientToken="once")
    assert again["ExportDescription"]["ExportArn"] == done["ExportArn"]
    assert refusal(dynamodb.export_table_to_point_in_time, TableArn=arn, S3Bucket=bucket, ClientToken="once"
                   )[:2] == (400, "ExportConflictException")
    dynamodb.delete_table(TableName=table)
    assert dynamodb.describe_export(ExportArn=done["ExportArn"])["ExportDescription"] == done


def test_an_export_of_a_moment_that_has_passed(dynamodb, s3, bucket, make_table):
    table = make_table()
    arn = recoverable(dynamodb, table)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "old"}})
    moment = int(time.time()) + 1
    time.sleep(moment + 0.05 - time.time())
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "new"}})
    when = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    done = ended(dynamodb, dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, ExportTime=when))
    assert [json.loads(line) for line in lines_of(s3, bucket, done)] == [{"Item": {"pk": {"S": "old"}}}]
    assert done["ExportTime"] == when

    empty = make_table()
    done = ended(dynamodb, dynamodb.export_table_to_point_in_time(TableArn=recoverable(dynamodb, empty), S3Bucket=bucket))
    assert done["ItemCount"] == 0 and lines_of(s3, bucket, done) == []


def test_exports_in_the_text_form_of_ion(dynamodb, s3, bucket, make_table):
    table = make_table()
    arn = recoverable(dynamodb, table)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "600"}, "s": {"NS": ["1", "2.5"]}})
    done = ended(dynamodb, dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, ExportFormat="ION"))
    assert lines_of(s3, bucket, done) == [b'$ion_1_0 {Item:{n:6d2,pk:"a",s:$dynamodb_NS::[1.,2.5]}}']
    assert json.loads(body(s3, bucket, done["ExportManifest"]))["outputFormat"] == done["ExportFormat"] == "ION"
    assert [key for key in keys_in(s3, bucket) if key.endswith(".ion.gz")]


@pytest.mark.parametrize("view", ["NEW_AND_OLD_IMAGES", "NEW_IMAGE"])
def test_an_incremental_export_is_what_became_of_each_item(dynamodb, s3, bucket, make_table, view):
    table = make_table()
    arn = recoverable(dynamodb, table)

    def put(name, version):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": name}, "v": {"N": str(version)}})

    for name in ("changed", "gone", "same"):
        put(name, 1)
    begin = int(time.time()) + 1
    time.sleep(begin + 0.05 - time.time())
    for version in (2, 3):
        put("changed", version)
    put("made", 1)
    put("brief", 1)
    for name in ("gone", "brief"):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": name}})
    end = int(time.time()) + 1
    time.sleep(end + 0.05 - time.time())
    put("changed", 4)
    put("later", 1)
    times = [datetime.datetime.fromtimestamp(second, datetime.timezone.utc) for second in (begin, end)]
    told = dynamodb.export_table_to_point_in_time(
        TableArn=arn, S3Bucket=bucket, S3Prefix="p", ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": times[0], "ExportToTime": times[1], "ExportViewType": view})
    done = ended(dynamodb, told)
    assert done["ExportStatus"] == "COMPLETED" and done["ExportType"] == "INCREMENTAL_EXPORT"
    changes = {}
    for line in map(json.loads, lines_of(s3, bucket, done)):
        written = int(line["Metadata"]["WriteTimestampMicros"]["N"]) / 1e6
        assert begin <= written < end
        changes[line["Keys"]["pk"]["S"]] = (line.get("NewImage"), line.get("OldImage"))

    def image(name, version):
        return {"pk": {"S": name}, "v": {"N": str(version)}}

    expected = {"changed": (image("changed", 3), image("changed", 1)), "made": (image("made", 1), None),
                "gone": (None, image("gone", 1))}
    if view == "NEW_IMAGE":
        expected = {name: (new, None) for name, (new, _) in expected.items()}
    assert changes == expected
    summary = json.loads(body(s3, bucket, done["ExportManifest"]))
    assert summary["version"] == "2023-08-01" and summary["outputView"] == view
    assert (summary["exportFromTime"], summary["exportToTime"]) == tuple(f"{one:%Y-%m-%dT%H:%M:%S}.000Z" for one in times)
    assert [key for key in keys_in(s3, bucket, "p/AWSDynamoDB/data/") if key.endswith(".json.gz")]
    dynamodb.delete_table(TableName=table)  # nothing holds it any more


def test_exports_are_listed_from_the_newest_on(dynamodb, bucket, make_table):
    table, other = make_table(), make_table()
    arns = []
    for name in (table, table, other, table):
        told = dynamodb.export_table_to_point_in_time(TableArn=recoverable(dynamodb, name), S3Bucket=bucket)
        time.sleep(0.002)
        arns.append((name, told["ExportDescription"]["ExportArn"]))
    mine = [arn for name, arn in reversed(arns) if name == table]
    arn = mine[0].rsplit("/export/", 1)[0]
    first = dynamodb.list_exports(TableArn=arn, MaxResults=2)
    assert [one["ExportArn"] for one in first["ExportSummaries"]] == mine[:2]
    rest = dynamodb.list_exports(TableArn=arn, MaxResults=2, NextToken=first["NextToken"])
    assert [one["ExportArn"] for one in rest["ExportSummaries"]] == mine[2:] and "NextToken" not in rest
    for _, one in arns:
        until(lambda one=one: dynamodb.describe_export(ExportArn=one)["ExportDescription"]["ExportStatus"] == "COMPLETED", seconds=30)


def test_what_is_refused_at_once(dynamodb, bucket, make_table):
    table = make_table()
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    ask = dynamodb.export_table_to_point_in_time
    assert refusal(ask, TableArn=arn, S3Bucket=bucket)[1:] == (
        "PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{table}'")
    assert refusal(ask, TableArn=arn + "x", S3Bucket=bucket)[1:] == ("TableNotFoundException", f"Table not found: {table}x")
    recoverable(dynamodb, table)
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    for when in (now - day, now + day):
        assert refusal(ask, TableArn=arn, S3Bucket=bucket, ExportTime=when)[1] == "InvalidExportTimeException"
    assert refusal(ask, TableArn=arn, S3Bucket=bucket, ExportType="INCREMENTAL_EXPORT")[1] == "ValidationException"
    window = {"ExportFromTime": now, "ExportToTime": now}
    assert refusal(ask, TableArn=arn, S3Bucket=bucket, IncrementalExportSpecification=window)[1] == "ValidationException"
    assert refusal(ask, TableArn=arn, S3Bucket=bucket, FilterSpecification={"FilterExpression": "a = b"})[1] == "NotImplemented"
    assert refusal(dynamodb.describe_export, ExportArn=arn + "/export/01693685827463-2d8752fd")[1] == "ExportNotFoundException"


def test_what_the_bucket_refuses_is_told_of_the_export(server, dynamodb, iam, s3, bucket, make_table):
    arn = recoverable(dynamodb, make_table())
    done = ended(dynamodb, dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="nobodys-" + uuid.uuid4().hex))
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket") and done["FailureMessage"]
    done = ended(dynamodb, dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, S3BucketOwner="123412341234"))
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied")

    user = "exporter-" + uuid.uuid4().hex[:8]
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = server.client("dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    def allow(*actions):
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}))

    allow("dynamodb:DescribeExport")
    with pytest.raises(ClientError) as caught:
        own.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    allow("dynamodb:*")
    done = ended(own, own.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket))
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied") and keys_in(s3, bucket) == []
    allow("dynamodb:*", "s3:PutObject")
    done = ended(own, own.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket))
    assert done["ExportStatus"] == "COMPLETED"
