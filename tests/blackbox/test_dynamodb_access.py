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
