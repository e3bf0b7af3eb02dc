"""Promise: tables live as tools expect: made, described, changed, found again, deleted; times to live end."""

import json
import time
import uuid

from blackbox_server import until
from refusals import refused


KEYS = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}


def new_name():
    return "t-" + uuid.uuid4().hex


def test_a_table_from_its_making_to_its_end(dynamodb):
    name = new_name()
    made = dynamodb.create_table(TableName=name, **KEYS)["TableDescription"]
    assert made["TableStatus"] == "CREATING" and made["ItemCount"] == 0 and "WarmThroughput" not in made
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert described["TableStatus"] == "ACTIVE" and described["TableId"] == made["TableId"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["TableArn"].endswith(":table/" + name)
    assert refused(dynamodb.create_table, TableName=name, **KEYS) == ("ResourceInUseException", "Table already exists: " + name)
    assert name in dynamodb.list_tables(ExclusiveStartTableName=name[:-1])["TableNames"]
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
    # Its ARN names it as well.
    assert dynamodb.get_item(TableName=described["TableArn"], Key={"pk": {"S": "a"}})["Item"]
    gone = dynamodb.delete_table(TableName=name)["TableDescription"]
    assert gone["TableStatus"] == "DELETING" and "KeySchema" not in gone
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
    assert refused(dynamodb.describe_table, TableName=name) == (
        "ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
    # One of the same name has nothing of the other's.
    dynamodb.create_table(TableName=name, **KEYS)
    assert dynamodb.scan(TableName=name)["Count"] == 0
    dynamodb.delete_table(TableName=name)


def test_tables_that_cannot_be(dynamodb):
    prefix = "One or more parameter values were invalid: "
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]

    def create(**changes):
        return refused(dynamodb.create_table, **({"TableName": new_name()} | KEYS | changes))

    assert create(BillingMode="PROVISIONED")[1] == (
        prefix + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
    assert create(KeySchema=[{"AttributeName": "pk", "KeyType": "RANGE"}])[1] == (
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    assert create(AttributeDefinitions=KEYS["AttributeDefinitions"] + [{"AttributeName": "x", "AttributeType": "S"}])[1] == (
        prefix + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
    assert create(TableName="ab")[0] == "ValidationException"
    assert create(TableName="a b c")[1].endswith("satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    index = {"IndexName": "index", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}}
    assert create(LocalSecondaryIndexes=[index])[1] == (
        prefix + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
    assert create(GlobalSecondaryIndexes=[index, index])[1] == prefix + "Duplicate index name: index"
    assert create(GlobalSecondaryIndexes=[index | {"Projection": {}}])[1] == prefix + "Unknown ProjectionType: null"
    assert create(KeySchema=key + [{"AttributeName": "pk", "KeyType": "RANGE"}])[1] == (
        "Both the Hash Key and the Range Key element in the KeySchema have the same name")


def test_a_table_is_changed(dynamodb, make_table):
    table = make_table()
    assert refused(dynamodb.update_table, TableName=table)[1].startswith("At least one of ProvisionedThroughput")
    changed = dynamodb.update_table(TableName=table, BillingMode="PROVISIONED",
                                    ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6})
    assert changed["TableDescription"]["TableStatus"] == "UPDATING"
    assert dynamodb.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert refused(dynamodb.update_table, TableName=table,
                   ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6})[1].startswith(
        "The provisioned throughput for the table will not change.")
    for enabled in (True, False):
        told = dynamodb.update_table(TableName=table, SSESpecification={"Enabled": enabled})["TableDescription"]["SSEDescription"]
        assert (told["Status"], told["SSEType"]) == ("UPDATING", "KMS")
        shown = dynamodb.describe_table(TableName=table)["Table"].get("SSEDescription")
        assert (shown and shown["Status"]) == ("ENABLED" if enabled else None)
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    assert "can't be deleted while DeletionProtectionEnabled is set to True" in refused(dynamodb.delete_table, TableName=table)[1]
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)


def test_an_index_has_a_throughput_of_its_own(dynamodb, make_table):
    table = make_table(global_indexes={"by-g": ("g:S", None, "ALL")})
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
    update = {"Update": {"IndexName": "by-g", "ProvisionedThroughput": units}}

    def refusal_of(**changes):
        code, message = refused(dynamodb.update_table, TableName=table, **changes)
        assert code == "ValidationException"
        return message

    assert refusal_of(GlobalSecondaryIndexUpdates=[update]) == (
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
        "BillingMode is PAY_PER_REQUEST")
    provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    assert refusal_of(**provisioned) == (
        "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: by-g")
    dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[update], **provisioned)
    assert refusal_of(GlobalSecondaryIndexUpdates=[update]).startswith(
        "The provisioned throughput for the index by-g will not change. The requested value equals the current value. Current "
        "ReadCapacityUnits provisioned for the index: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for "
        "the index: 6. Requested WriteCapacityUnits: 6. Refer to the ")
    update["Update"]["ProvisionedThroughput"] = units | {"WriteCapacityUnits": 1_000_000_000_001}
    assert refusal_of(GlobalSecondaryIndexUpdates=[update]) == (
        "Given value 1000000000001 for WriteCapacityUnits is out of bounds for index by-g")
    assert refusal_of(ProvisionedThroughput=update["Update"]["ProvisionedThroughput"]) == (
        "Given value 1000000000001 for WriteCapacityUnits is out of bounds for a table")


def test_an_index_is_filled_while_the_table_is_written(dynamodb, make_table):
    table = make_table("pk:S")

    def put(numbers):
        numbers = list(numbers)
        for start in range(0, len(numbers), 25):
            dynamodb.batch_write_item(RequestItems={table: [
                {"PutRequest": {"Item": {"pk": {"S": str(n)}, "g": {"S": "even" if n % 2 == 0 else "odd"}}}}
                for n in numbers[start:start + 25]]})

    put(range(1000))
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "wrong"}, "g": {"N": "1"}})
    answer = dynamodb.update_table(
        TableName=table, AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {"IndexName": "by-g", "Projection": {"ProjectionType": "KEYS_ONLY"},
                                                 "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}}])
    assert answer["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    put(range(900, 1200))
    for number in range(0, 100):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": str(number)}})

    def index():
        return dynamodb.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"][0]

    until(lambda: index()["IndexStatus"] == "ACTIVE")
    assert "Backfilling" not in index() and index()["ItemCount"] == 1100
    arguments = {"TableName": table, "IndexName": "by-g", "KeyConditionExpression": "g = :g", "Select": "COUNT"}
    for which in ("even", "odd"):
        assert dynamodb.query(ExpressionAttributeValues={":g": {"S": which}}, **arguments)["Count"] == 550
    answer = dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}])
    assert [(one["IndexName"], one["IndexStatus"]) for one in answer["TableDescription"]["GlobalSecondaryIndexes"]] == [
        ("by-g", "DELETING")]
    described = dynamodb.describe_table(TableName=table)["Table"]
    assert "GlobalSecondaryIndexes" not in described
    assert described["AttributeDefinitions"] == [{"AttributeName": "pk", "AttributeType": "S"}]


def test_a_table_is_not_deleted_while_an_index_is_filled(dynamodb, make_table):
    table = make_table("pk:S")
    for number in range(60):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(number)}, "g": {"S": "x"}, "v": {"S": "v" * 390_000}})
    dynamodb.update_table(
        TableName=table, AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": {"IndexName": "by-g", "Projection": {"ProjectionType": "ALL"},
                                                 "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}}])
    assert refused(dynamodb.delete_table, TableName=table) == (
        "ResourceInUseException", "Attempt to change a resource which is still in use: Table is being updated: " + table)
    until(lambda: dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE")
    dynamodb.delete_table(TableName=table)


def test_items_go_when_their_time_is_over(dynamodb, make_table):
    table = make_table("pk:S", None, global_indexes={"by-g": ("g:S", None, "ALL")},
                       StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    now = int(time.time())

    def put(name, **attributes):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": name}, "g": {"S": "x"}} | attributes)

    put("before", ends={"N": str(now - 5)})
    answer = dynamodb.update_time_to_live(TableName=table,
                                          TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
    assert answer["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "ends"}
    put("past", ends={"N": str(now - 1)})
    put("soon", ends={"N": str(now + 1)})
    put("later", ends={"N": str(now + 3600)})
    put("text", ends={"S": str(now - 5)})
    put("long ago", ends={"N": "1000"})
    put("moved", ends={"N": str(now + 1)})
    put("moved", ends={"N": str(now + 3600)})
    stay = {"later", "text", "long ago", "moved"}

    def names(**more):
        return {item["pk"]["S"] for item in dynamodb.scan(TableName=table, **more)["Items"]}

    until(lambda: names() == stay)
    assert names(IndexName="by-g") == stay
    until(lambda: dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"] ==
          {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"})
    assert refused(dynamodb.update_time_to_live, TableName=table,
                   TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}) == (
        "ValidationException", "TimeToLive is already enabled")
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": False, "AttributeName": "ends"})
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}


def test_tags_and_policies_of_a_table(dynamodb, make_table):
    table = make_table(Tags=[{"Key": "a", "Value": "1"}])
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a", "none"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refused(dynamodb.get_resource_policy, ResourceArn=arn) == (
        "PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn: " + arn)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "dynamodb:DeleteItem", "Resource": arn}]})
    revision = dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy)["RevisionId"]
    assert dynamodb.get_resource_policy(ResourceArn=arn)["Policy"] == policy
    assert refused(dynamodb.put_resource_policy, ResourceArn=arn, Policy=policy, ExpectedRevisionId="1")[0] == "PolicyNotFoundException"
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    assert refused(dynamodb.delete_item, TableName=table, Key={"pk": {"S": "a"}})[0] == "AccessDeniedException"
    dynamodb.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=revision)
    assert refused(dynamodb.list_tags_of_resource, ResourceArn=arn + "-none")[0] == "AccessDeniedException"


def test_a_table_may_have_a_policy_from_the_start(dynamodb, make_table):
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "dynamodb:Scan", "Resource": "*"}]})
    table = make_table(ResourcePolicy=policy)
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    assert dynamodb.get_resource_policy(ResourceArn=arn)["Policy"] == policy
    assert refused(dynamodb.scan, TableName=table)[0] == "AccessDeniedException"
    assert refused(dynamodb.create_table, TableName=new_name(), ResourcePolicy="{", **KEYS)[0] == "ValidationException"
    for member, value in (("MultiRegionConsistency", "STRONG"), ("DisassociationProtectionEnabled", True)):
        assert refused(dynamodb.update_table, TableName=table, **{member: value})[0] == "NotImplemented"


def test_what_no_table_has_is_not_there(dynamodb, make_table):
    table = make_table(global_indexes={"by-g": ("g:S", None, "ALL")})

    def told(call, **arguments):
        answer = call(**arguments)
        del answer["ResponseMetadata"]
        return answer

    assert told(dynamodb.describe_kinesis_streaming_destination, TableName=table) == {
        "TableName": table, "KinesisDataStreamDestinations": []}
    none = {"TableName": table, "ContributorInsightsRuleList": [], "ContributorInsightsStatus": "DISABLED"}
    assert told(dynamodb.describe_contributor_insights, TableName=table) == none
    assert told(dynamodb.describe_contributor_insights, TableName=table, IndexName="by-g") == none | {"IndexName": "by-g"}
    assert told(dynamodb.list_contributor_insights) == {"ContributorInsightsSummaries": []}
    assert told(dynamodb.list_global_tables) == {"GlobalTables": []}
    no_global = ("GlobalTableNotFoundException", f"Global table not found: Global table with name: '{table}' does not exist.")
    for call, more in ((dynamodb.describe_global_table, {}), (dynamodb.describe_global_table_settings, {}),
                       (dynamodb.update_global_table, {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]})):
        assert refused(call, GlobalTableName=table, **more) == no_global
    assert told(dynamodb.list_contributor_insights, TableName=table) == {"ContributorInsightsSummaries": []}
    assert refused(dynamodb.list_contributor_insights, TableName="t-none")[0] == "ResourceNotFoundException"
    assert refused(dynamodb.describe_contributor_insights, TableName=table, IndexName="none")[0] == "ResourceNotFoundException"
    assert refused(dynamodb.describe_kinesis_streaming_destination, TableName="none")[0] == "ResourceNotFoundException"
    # To have any is another matter.
    assert refused(dynamodb.update_contributor_insights, TableName=table, ContributorInsightsAction="ENABLE")[0] == "NotImplemented"


def test_one_account_does_not_see_the_tables_of_another(server, dynamodb, make_table):
    table = make_table()
    stranger = server.make_user()
    assert refused(server.client("dynamodb", **stranger.keys).scan, TableName=table)[0] == "AccessDeniedException"
    assert dynamodb.scan(TableName=table)["Count"] == 0
