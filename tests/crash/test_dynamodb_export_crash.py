"""Promise: an export that was answered is finished, whatever happens to the server meanwhile, and holds each item of its moment
once: the server is killed again and again while it is made, beside a writer."""

import gzip
import json
import time

from blackbox_server import until

ITEMS = 6000
KILLS = 5
KEYS = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}


def test_exports_go_on_after_crashes(fresh_server):
    server = fresh_server
    dynamodb, s3 = server.client("dynamodb"), server.client("s3")
    s3.create_bucket(Bucket="exports")
    arn = dynamodb.create_table(TableName="things", **KEYS)["TableDescription"]["TableArn"]
    dynamodb.update_continuous_backups(TableName="things", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    for first in range(0, ITEMS, 25):
        dynamodb.batch_write_item(RequestItems={"things": [
            {"PutRequest": {"Item": {"pk": {"S": f"item-{n}"}, "v": {"N": "1"}, "pad": {"S": "p" * 5000}}}}
            for n in range(first, first + 25)]})
    told = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="exports")["ExportDescription"]

    def description():
        return dynamodb.describe_export(ExportArn=told["ExportArn"])["ExportDescription"]

    interrupted = 0
    for turn in range(KILLS):
        dynamodb.put_item(TableName="things", Item={"pk": {"S": f"item-{turn}"}, "v": {"N": "2"}})
        time.sleep(0.15 * turn)
        interrupted += description()["ExportStatus"] == "IN_PROGRESS"
        server.kill()
        server.start()
        dynamodb, s3 = server.client("dynamodb"), server.client("s3")
    assert interrupted, "the server was never killed in the middle of the export"
    until(lambda: description()["ExportStatus"] != "IN_PROGRESS", seconds=120)
    done = description()
    assert done["ExportStatus"] == "COMPLETED" and done["ItemCount"] == ITEMS

    def body(key):
        return s3.get_object(Bucket="exports", Key=key)["Body"].read()

    files = [json.loads(line) for line in body(json.loads(body(done["ExportManifest"]))["manifestFilesS3Key"]).splitlines()]
    assert len(files) > 1
    items = [json.loads(line)["Item"] for file in files for line in gzip.decompress(body(file["dataFileS3Key"])).splitlines()]
    assert sorted(item["pk"]["S"] for item in items) == sorted(f"item-{n}" for n in range(ITEMS))
    assert {item["v"]["N"] for item in items} == {"1"}
    # Nothing keeps the table any more.
    dynamodb.delete_table(TableName="things")
