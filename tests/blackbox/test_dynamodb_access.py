"""Promise: every call is authorized: those that name several tables, for each of them, and for what they do there."""

import pytest
from blackbox_server import allow, deny
from refusals import refusal

KEY = {"pk": {"S": "a"}}


def calls(table):
    """What is called, with what, and the one action that it needs."""
    where = {"TableName": table, "Key": KEY}
    select, insert = f"SELECT * FROM \"{table}\" WHERE pk = 'a'", f"INSERT INTO \"{table}\" VALUE {{'pk': 'new'}}"
    return [
        ("batch_get_item", {"RequestItems": {table: {"Keys": [KEY]}}}, "BatchGetItem"),
        ("batch_write_item", {"RequestItems": {table: [{"PutRequest": {"Item": KEY}}]}}, "BatchWriteItem"),
        ("transact_get_items", {"TransactItems": [{"Get": where}]}, "GetItem"),
        ("transact_write_items", {"TransactItems": [{"Put": {"TableName": table, "Item": KEY}}]}, "PutItem"),
        ("transact_write_items", {"TransactItems": [{"Update": where | {"UpdateExpression": "REMOVE x"}}]}, "UpdateItem"),
        ("transact_write_items", {"TransactItems": [{"Delete": where}]}, "DeleteItem"),
        ("transact_write_items", {"TransactItems": [{"ConditionCheck": where | {"ConditionExpression": "attribute_not_exists(z)"}}]},
         "ConditionCheckItem"),
        ("execute_statement", {"Statement": select}, "PartiQLSelect"),
        ("execute_statement", {"Statement": insert}, "PartiQLInsert"),
        ("execute_statement", {"Statement": f"UPDATE \"{table}\" SET v = 1 WHERE pk = 'a'"}, "PartiQLUpdate"),
        ("execute_statement", {"Statement": f"DELETE FROM \"{table}\" WHERE pk = 'z'"}, "PartiQLDelete"),
        ("execute_transaction", {"TransactStatements": [{"Statement": select}]}, "PartiQLSelect"),
    ]


@pytest.mark.parametrize("number", range(12))
def test_what_asks_for_each_table(server, dynamodb, make_table, number):
    table = make_table()
    dynamodb.put_item(TableName=table, Item=KEY)
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    name, arguments, action = calls(table)[number]
    user = server.make_user()
    call = getattr(server.client("dynamodb", **user.keys), name)
    assert refusal(call, **arguments)[:2] == (400, "AccessDeniedException")
    user.may(allow(f"dynamodb:{action}", resource=arn + "-other"))
    assert refusal(call, **arguments)[1] == "AccessDeniedException"
    user.may(allow("dynamodb:*"), deny(f"dynamodb:{action}", resource=arn))
    assert refusal(call, **arguments)[1] == "AccessDeniedException"
    user.may(allow(f"dynamodb:{action}", resource=arn))
    call(**arguments)


def test_a_statement_of_a_batch_is_refused_by_itself(server, dynamodb, make_table):
    table, other = make_table(), make_table()
    dynamodb.put_item(TableName=table, Item=KEY)
    user = server.make_user()
    user.may(allow("dynamodb:PartiQLSelect", resource=dynamodb.describe_table(TableName=table)["Table"]["TableArn"]))
    answers = server.client("dynamodb", **user.keys).batch_execute_statement(Statements=[
        {"Statement": f"SELECT * FROM \"{one}\" WHERE pk = 'a'"} for one in (table, other)])["Responses"]
    assert answers[0]["Item"] == KEY and answers[1]["Error"]["Code"] == "AccessDenied"


def test_an_index_has_rights_of_its_own(server, dynamodb, make_table):
    table = make_table("pk:S", None, global_indexes={"by-g": ("g:S", None, "ALL")})
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    user = server.make_user()
    client = server.client("dynamodb", **user.keys)
    user.may(allow("dynamodb:Scan", resource=arn))
    client.scan(TableName=table)
    assert refusal(client.scan, TableName=table, IndexName="by-g")[1] == "AccessDeniedException"
    user.may(allow("dynamodb:Scan", resource=arn + "/index/by-g"))
    client.scan(TableName=table, IndexName="by-g")
    assert refusal(client.scan, TableName=table)[1] == "AccessDeniedException"


class Reach:
    """A table, and somebody with no more than one right on it."""

    def __init__(self, server, dynamodb, table):
        self.table, self.user = table, server.make_user()
        self.arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
        self.client = server.client("dynamodb", **self.user.keys)

    def may(self, operator, key, *values):
        self.user.may(allow("dynamodb:*", resource=[self.arn, self.arn + "/*"],
                            Condition={operator: {"dynamodb:" + key: list(values)}}))

    def can(self, name, **arguments):
        try:
            getattr(self.client, name)(**arguments)
        except self.client.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
            return False
        return True

    def can_here(self, name, **arguments):
        return self.can(name, TableName=self.table, **arguments)


@pytest.fixture
def reach(server, dynamodb, make_table):
    return Reach(server, dynamodb, make_table("pk:S", None, global_indexes={"by-g": ("g:N", None, "ALL")}))


def test_leading_keys_are_those_of_every_item_that_is_asked_for(reach):
    reach.may("ForAllValues:StringEquals", "LeadingKeys", "mine")
    mine, other = {"pk": {"S": "mine"}}, {"pk": {"S": "other"}}
    for key, result in ((mine, True), (other, False)):
        assert reach.can_here("put_item", Item=key | {"g": {"N": "1"}}) is result
        assert reach.can_here("get_item", Key=key) is result
        assert reach.can_here("update_item", Key=key, UpdateExpression="REMOVE x") is result
        assert reach.can_here("query", KeyConditionExpression="#p = :p", ExpressionAttributeNames={"#p": "pk"},
                              ExpressionAttributeValues={":p": key["pk"]}) is result
        assert reach.can_here("query", KeyConditions={
            "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [key["pk"]]}}) is result
        assert reach.can("batch_get_item", RequestItems={reach.table: {"Keys": [mine, key] if key is other else [key]}}) is result
        assert reach.can("batch_write_item", RequestItems={reach.arn: [{"DeleteRequest": {"Key": key}}]}) is result
        check = {"TableName": reach.table, "Key": key, "ConditionExpression": "attribute_not_exists(x)"}
        assert reach.can("transact_write_items", TransactItems=[{"ConditionCheck": check}]) is result
        assert reach.can("transact_get_items", TransactItems=[{"Get": {"TableName": reach.table, "Key": key}}]) is result
        for statement in (f"SELECT * FROM \"{reach.table}\" WHERE pk = ?", f"DELETE FROM \"{reach.table}\" WHERE pk = ?"):
            assert reach.can("execute_statement", Statement=statement, Parameters=[key["pk"]]) is result
        assert reach.can_here("delete_item", Key=key) is result


def test_an_index_leads_with_its_own_key(reach):
    reach.may("ForAllValues:StringEquals", "LeadingKeys", "7")
    for number, result in (("7.0", True), ("8", False)):
        assert reach.can_here("query", IndexName="by-g", KeyConditionExpression="g = :g",
                              ExpressionAttributeValues={":g": {"N": number}}) is result


def test_nothing_leads_a_scan(reach):
    reach.may("ForAnyValue:StringEquals", "LeadingKeys", "mine")
    assert not reach.can_here("scan")
    assert reach.can_here("get_item", Key={"pk": {"S": "mine"}})


def test_attributes_are_all_that_a_request_names(reach):
    reach.may("ForAllValues:StringEquals", "Attributes", "pk", "open", "g")
    key = {"pk": {"S": "a"}}
    assert reach.can_here("put_item", Item=key | {"open": {"S": "x"}})
    assert not reach.can_here("put_item", Item=key | {"secret": {"S": "x"}})
    assert reach.can_here("get_item", Key=key, ProjectionExpression="#o[0].secret", ExpressionAttributeNames={"#o": "open"})
    assert not reach.can_here("get_item", Key=key, ProjectionExpression="#s", ExpressionAttributeNames={"#s": "secret"})
    assert not reach.can_here("get_item", Key=key, AttributesToGet=["secret"])
    value = {"ExpressionAttributeValues": {":v": {"S": "x"}}}
    assert reach.can_here("update_item", Key=key, UpdateExpression="SET #o = :v", ExpressionAttributeNames={"#o": "open"}, **value)
    assert not reach.can_here("update_item", Key=key, UpdateExpression="SET secret = :v", **value)
    assert not reach.can_here("update_item", Key=key, AttributeUpdates={"secret": {"Action": "DELETE"}})
    assert not reach.can_here("delete_item", Key=key, ConditionExpression="secret <> :v", **value)
    assert not reach.can_here("scan", FilterExpression="begins_with(secret, :v)", **value)
    assert not reach.can("execute_statement", Statement=f"SELECT secret FROM \"{reach.table}\" WHERE pk = 'a'")


def test_what_is_shown_and_what_is_given_back(reach):
    key = {"pk": {"S": "a"}}
    reach.may("StringEquals", "Select", "SPECIFIC_ATTRIBUTES", "COUNT")
    assert not reach.can_here("scan") and not reach.can_here("get_item", Key=key)
    assert reach.can_here("scan", ProjectionExpression="pk") and reach.can_here("scan", Select="COUNT")
    assert reach.can_here("get_item", Key=key, ProjectionExpression="pk")
    reach.may("StringEquals", "ReturnValues", "NONE", "UPDATED_NEW")
    assert reach.can_here("update_item", Key=key) and reach.can_here("update_item", Key=key, ReturnValues="UPDATED_NEW")
    assert not reach.can_here("update_item", Key=key, ReturnValues="ALL_OLD")


def test_the_operation_around_and_whole_tables(reach):
    key = {"TableName": reach.table, "Key": {"pk": {"S": "a"}}}
    reach.may("StringEquals", "EnclosingOperation", "TransactWriteItems")
    assert not reach.can("delete_item", **key)
    assert reach.can("transact_write_items", TransactItems=[{"Delete": key}])
    reach.may("Bool", "FullTableScan", "false")
    assert reach.can("execute_statement", Statement=f"SELECT * FROM \"{reach.table}\" WHERE pk = 'a'")
    assert not reach.can("execute_statement", Statement=f"SELECT * FROM \"{reach.table}\" WHERE x = 'a'")
