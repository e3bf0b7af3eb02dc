"""Promise: a backup is what its table was at one moment, whatever is written meanwhile, and tables can be made of it, and of
what they were at any moment since their recovery was switched on."""

import datetime
import threading
import time
import uuid

import pytest
from blackbox_server import until
from refusals import refused

NAME = "backup"


def everything(dynamodb, table, **more):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead="IndexName" not in more, **more)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def fill(dynamodb, table, count, **more):
    for first in range(0, count, 25):
        dynamodb.batch_write_item(RequestItems={table: [
            {"PutRequest": {"Item": {"pk": {"S": f"item-{number}"}, "g": {"S": f"g{number % 3}"}, "v": {"N": "0"}, **more}}}
            for number in range(first, min(first + 25, count))]})


def wait_for_backup(dynamodb, arn):
    def available():
        return dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    until(available, seconds=60)


@pytest.fixture
def restored(dynamodb):
    """Names of tables that are made of others, which are gone afterwards."""
    names = []

    def new():
        names.append("r-" + uuid.uuid4().hex)
        return names[-1]

    yield new
    for name in names:
        try:
            dynamodb.describe_table(TableName=name)
            wait_for_table(dynamodb, name)
            dynamodb.delete_table(TableName=name)
        except dynamodb.exceptions.ResourceNotFoundException:
            pass


def wait_for_table(dynamodb, name):
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def test_a_backup_from_its_making_to_its_end(dynamodb, make_table, restored):
    table = make_table(global_indexes={"by-g": ("g:S", None, "ALL"), "by-h": ("h:S", None, "KEYS_ONLY")})
    fill(dynamodb, table, 60)
    made = dynamodb.create_backup(TableName=table, BackupName=NAME)["BackupDetails"]
    arn = made["BackupArn"]
    assert f":table/{table}/backup/01" in arn and made["BackupType"] == "USER" and made["BackupStatus"] == "CREATING"
    wait_for_backup(dynamodb, arn)
    before = everything(dynamodb, table)
    fill(dynamodb, table, 70, later={"BOOL": True})
    told = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
    assert told["SourceTableDetails"]["ItemCount"] == 60 and told["SourceTableDetails"]["BillingMode"] == "PAY_PER_REQUEST"
    assert {one["IndexName"] for one in told["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"]} == {"by-g", "by-h"}
    assert [one["BackupArn"] for one in dynamodb.list_backups(TableName=table)["BackupSummaries"]] == [arn]

    # It outlives its table.
    dynamodb.delete_table(TableName=table)
    name = restored()
    index = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}}
    answer = dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=arn,
                                                GlobalSecondaryIndexOverride=[index])["TableDescription"]
    assert answer["TableStatus"] == "CREATING" and answer["RestoreSummary"]["RestoreInProgress"] is True
    wait_for_table(dynamodb, name)
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert described["RestoreSummary"]["SourceBackupArn"] == arn and described["RestoreSummary"]["RestoreInProgress"] is False
    assert [one["IndexName"] for one in described["GlobalSecondaryIndexes"]] == ["by-g"]
    assert {one["AttributeName"] for one in described["AttributeDefinitions"]} == {"pk", "g"}
    assert described["ItemCount"] == 60
    assert everything(dynamodb, name) == before == everything(dynamodb, name, IndexName="by-g")
    assert refused(dynamodb.restore_table_from_backup, TargetTableName=name, BackupArn=arn) == (
        "TableAlreadyExistsException", "Table already exists: " + name)

    assert dynamodb.delete_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"
    for call in (dynamodb.describe_backup, dynamodb.delete_backup):
        assert refused(call, BackupArn=arn) == ("BackupNotFoundException", "Backup not found: " + arn)
    assert everything(dynamodb, name) == before


def test_a_backup_beside_writers_is_of_one_moment(dynamodb, make_table, restored):
    """Two items are always changed together: a copy in which they differ is of no moment at all."""
    table = make_table()
    pad = {"S": "p" * 3000}
    fill(dynamodb, table, 600, pad=pad)
    ended = threading.Event()
    written = []

    def write():
        number = 0
        while not ended.is_set():
            number += 1
            value = {"N": str(number)}
            dynamodb.transact_write_items(TransactItems=[
                {"Put": {"TableName": table, "Item": {"pk": {"S": f"item-{at}"}, "v": value, "pad": pad}}} for at in (1, 599)]
                + [{"Put": {"TableName": table, "Item": {"pk": {"S": f"new-{number}"}, "v": value}}},
                   {"Delete": {"TableName": table, "Key": {"pk": {"S": f"new-{number - 1}"}}}}])
            written.append(number)

    thread = threading.Thread(target=write)
    thread.start()
    until(lambda: len(written) > 5, seconds=30)
    least = written[-1]
    arn = dynamodb.create_backup(TableName=table, BackupName=NAME)["BackupDetails"]["BackupArn"]
    most = written[-1] + 1
    wait_for_backup(dynamodb, arn)
    until(lambda: written[-1] > most + 5, seconds=30)
    ended.set()
    thread.join()
    name = restored()
    dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=arn)
    wait_for_table(dynamodb, name)
    items = everything(dynamodb, name)
    value = int(items["item-1"]["v"]["N"])
    assert least <= value <= most and items["item-599"]["v"] == items["item-1"]["v"]
    assert {one for one in items if one.startswith("new-")} == {f"new-{value}"}
    assert len(items) == 601 == dynamodb.describe_table(TableName=name)["Table"]["ItemCount"]
    dynamodb.delete_backup(BackupArn=arn)


def test_backups_are_listed_in_pages(dynamodb, make_table):
    table = make_table()
    arns = [dynamodb.create_backup(TableName=table, BackupName=NAME)["BackupDetails"]["BackupArn"] for _ in range(3)]
    first = dynamodb.list_backups(TableName=table, Limit=2)
    assert first["LastEvaluatedBackupArn"] == first["BackupSummaries"][-1]["BackupArn"]
    second = dynamodb.list_backups(TableName=table, Limit=2, ExclusiveStartBackupArn=first["LastEvaluatedBackupArn"])
    assert "LastEvaluatedBackupArn" not in second
    listed = first["BackupSummaries"] + second["BackupSummaries"]
    assert {one["BackupArn"] for one in listed} == set(arns) and len(listed) == 3
    late = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    assert not dynamodb.list_backups(TableName=table, TimeRangeLowerBound=late)["BackupSummaries"]
    assert not dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]
    for arn in arns:
        wait_for_backup(dynamodb, arn)
        dynamodb.delete_backup(BackupArn=arn)


def test_what_is_not_there_is_named(dynamodb):
    missing = "t-" + uuid.uuid4().hex
    for call, more in ((dynamodb.create_backup, {"BackupName": NAME}), (dynamodb.describe_continuous_backups, {}),
                       (dynamodb.update_continuous_backups,
                        {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}})):
        assert refused(call, TableName=missing, **more) == ("TableNotFoundException", "Table not found: " + missing)
    assert refused(dynamodb.describe_backup, BackupArn="x" * 40)[0] == "ValidationException"


def switch_recovery(dynamodb, table, on, **more):
    answer = dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on, **more})
    return answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


def test_recovery_is_switched_on_and_off(dynamodb, make_table, restored):
    table = make_table()
    unavailable = ("PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{table}'")
    restore = {"SourceTableName": table, "TargetTableName": restored()}
    assert refused(dynamodb.restore_table_to_point_in_time, UseLatestRestorableTime=True, **restore) == unavailable
    told = switch_recovery(dynamodb, table, True)
    assert told["PointInTimeRecoveryStatus"] == "ENABLED" and told["RecoveryPeriodInDays"] == 35
    assert told["EarliestRestorableDateTime"] <= told["LatestRestorableDateTime"]
    assert switch_recovery(dynamodb, table, True, RecoveryPeriodInDays=7)["RecoveryPeriodInDays"] == 7
    now = datetime.datetime.now(datetime.timezone.utc)
    for moment in (now + datetime.timedelta(hours=1), now - datetime.timedelta(hours=1)):
        assert refused(dynamodb.restore_table_to_point_in_time, RestoreDateTime=moment,
                       **restore)[0] == "InvalidRestoreTimeException"
    assert refused(dynamodb.restore_table_to_point_in_time, **restore)[0] == "ValidationException"
    assert switch_recovery(dynamodb, table, False) == {"PointInTimeRecoveryStatus": "DISABLED"}
    assert refused(dynamodb.restore_table_to_point_in_time, UseLatestRestorableTime=True, **restore) == unavailable


def test_a_table_is_restored_to_moments(dynamodb, make_table, restored):
    table = make_table(global_indexes={"by-g": ("g:S", None, "ALL")})
    fill(dynamodb, table, 300)
    switch_recovery(dynamodb, table, True)

    def moment():
        """A time that lies between what was written before and what will be written; SDKs send whole seconds."""
        second = int(time.time()) + 1
        time.sleep(second + 0.05 - time.time())
        return datetime.datetime.fromtimestamp(second, datetime.timezone.utc)

    moments = [(moment(), everything(dynamodb, table))]
    fill(dynamodb, table, 300, changed={"BOOL": True})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "more"}, "g": {"S": "g9"}})
    moments.append((moment(), everything(dynamodb, table)))
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "more"}})
    dynamodb.update_item(TableName=table, Key={"pk": {"S": "item-7"}}, UpdateExpression="REMOVE g SET v = :v",
                         ExpressionAttributeValues={":v": {"N": "7"}})
    moments.append((None, everything(dynamodb, table)))
    names = []
    for when, _ in moments:
        names.append(restored())
        asked = {"RestoreDateTime": when} if when else {"UseLatestRestorableTime": True}
        dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=names[-1], **asked)
    for name, (_, items) in zip(names, moments):
        wait_for_table(dynamodb, name)
        assert everything(dynamodb, name) == items
        assert everything(dynamodb, name, IndexName="by-g") == {key: item for key, item in items.items() if "g" in item}
        described = dynamodb.describe_table(TableName=name)["Table"]
        assert described["ItemCount"] == len(items) and described["RestoreSummary"]["SourceTableArn"].endswith(table)
        recovery = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert recovery["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}
