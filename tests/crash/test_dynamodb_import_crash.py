"""Promise: an import that was answered is finished, whatever happens to the server meanwhile, and counts and holds each item once:
the server is killed again and again while it is made."""

import gzip
import json
import time

from blackbox_server import until

OBJECTS = 6
ITEMS = 3000
KILLS = 5


def test_imports_go_on_after_crashes(fresh_server):
    server = fresh_server
    dynamodb, s3 = server.client("dynamodb"), server.client("s3")
    s3.create_bucket(Bucket="imports")
    for number in range(OBJECTS):
        lines = [json.dumps({"Item": {"pk": {"S": f"{number}-{n}"}, "pad": {"S": "p" * 1000}}}) for n in range(ITEMS)]
        s3.put_object(Bucket="imports", Key=f"part-{number}", Body=gzip.compress("\n".join([*lines, "no item"]).encode()))
    told = dynamodb.import_table(
        S3BucketSource={"S3Bucket": "imports"}, InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
        TableCreationParameters={"TableName": "things", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                                 "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                                 "BillingMode": "PAY_PER_REQUEST"})["ImportTableDescription"]

    def description():
        return dynamodb.describe_import(ImportArn=told["ImportArn"])["ImportTableDescription"]

    interrupted = 0
    for turn in range(KILLS):
        time.sleep(0.1 * turn)
        interrupted += description()["ImportStatus"] == "IN_PROGRESS"
        server.kill()
        server.start()
        dynamodb = server.client("dynamodb")
    assert interrupted, "the server was never killed in the middle of the import"
    until(lambda: description()["ImportStatus"] != "IN_PROGRESS", seconds=120)
    done = description()
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (
        OBJECTS * (ITEMS + 1), OBJECTS * ITEMS, OBJECTS)
    assert dynamodb.describe_table(TableName="things")["Table"]["ItemCount"] == OBJECTS * ITEMS
    pages = dynamodb.get_paginator("scan").paginate(TableName="things", ProjectionExpression="pk")
    keys = [item["pk"]["S"] for page in pages for item in page["Items"]]
    assert sorted(keys) == sorted(f"{number}-{n}" for number in range(OBJECTS) for n in range(ITEMS))
