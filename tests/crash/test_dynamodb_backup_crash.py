"""Promise: a backup and a restore that were answered are finished, whatever happens to the server meanwhile, and are of the
moment that they say: the server is killed again and again while they are made, beside a writer."""

import datetime
import time

from blackbox_server import until

ITEMS = 4000
KILLS = 4
KEYS = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}


def put_all(dynamodb, version):
    for first in range(0, ITEMS, 25):
        dynamodb.batch_write_item(RequestItems={"things": [
            {"PutRequest": {"Item": {"pk": {"S": f"item-{number}"}, "v": {"N": str(version)}, "pad": {"S": "p" * 500}}}}
            for number in range(first, first + 25)]})


def everything(dynamodb, table):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["pk"]["S"]: item["v"]["N"] for page in pages for item in page["Items"]}


def status(dynamodb, table):
    return dynamodb.describe_table(TableName=table)["Table"]["TableStatus"]


def test_copies_go_on_after_crashes(fresh_server):
    server = fresh_server
    dynamodb = server.client("dynamodb")
    dynamodb.create_table(TableName="things", **KEYS)
    put_all(dynamodb, 1)
    dynamodb.update_continuous_backups(TableName="things",
                                       PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    second = int(time.time()) + 1
    time.sleep(second + 0.05 - time.time())
    moment = datetime.datetime.fromtimestamp(second, datetime.timezone.utc)
    put_all(dynamodb, 2)
    dynamodb.put_item(TableName="things", Item={"pk": {"S": "more"}, "v": {"N": "2"}})
    arn = dynamodb.create_backup(TableName="things", BackupName="backup")["BackupDetails"]["BackupArn"]
    dynamodb.restore_table_to_point_in_time(SourceTableName="things", TargetTableName="before", RestoreDateTime=moment)
    interrupted = 0
    for turn in range(KILLS):
        dynamodb.put_item(TableName="things", Item={"pk": {"S": f"item-{turn}"}, "v": {"N": "3"}})
        time.sleep(0.1 * turn)
        interrupted += status(dynamodb, "before") == "CREATING"
        server.kill()
        server.start()
        dynamodb = server.client("dynamodb")
    assert interrupted, "the server was never killed in the middle of the restore"

    def available():
        told = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
        return told["BackupStatus"] == "AVAILABLE"

    until(available, seconds=120)
    dynamodb.restore_table_from_backup(TargetTableName="after", BackupArn=arn)
    for name in ("before", "after"):
        until(lambda name=name: status(dynamodb, name) == "ACTIVE", seconds=120)
    old = {f"item-{number}": "1" for number in range(ITEMS)}
    assert everything(dynamodb, "before") == old
    assert everything(dynamodb, "after") == dict.fromkeys(old, "2") | {"more": "2"}
    for name, count in (("before", ITEMS), ("after", ITEMS + 1)):
        assert dynamodb.describe_table(TableName=name)["Table"]["ItemCount"] == count
    # Nothing keeps the table any more.
    dynamodb.delete_table(TableName="things")
