"""Promise: a transaction happens whole or not at all, once for its token, and nobody sees half of it."""

import concurrent.futures
import threading
import uuid

import pytest
from refusals import refused


def put(table, key, **more):
    return {"Put": {"TableName": table, "Item": {"pk": {"S": key}} | more.pop("item", {}), **more}}


def canceled(dynamodb, items):
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=items)
    return caught.value.response


def test_all_of_it_or_nothing(dynamodb, make_table):
    table, other = make_table(), make_table("pk:S", "sk:N")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "there"}, "n": {"N": "1"}})
    items = [
        put(table, "new"),
        {"Update": {"TableName": table, "Key": {"pk": {"S": "there"}}, "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}}}},
        {"Delete": {"TableName": other, "Key": {"pk": {"S": "a"}, "sk": {"N": "1"}}}},
        {"ConditionCheck": {"TableName": table, "Key": {"pk": {"S": "guard"}}, "ConditionExpression": "attribute_exists(pk)",
                            "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
    ]
    answer = canceled(dynamodb, items)
    assert answer["Error"]["Message"] == ("Transaction cancelled, please refer cancellation reasons for specific reasons "
                                          "[None, None, None, ConditionalCheckFailed]")
    assert answer["CancellationReasons"] == [{"Code": "None"}] * 3 + [
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}]
    assert dynamodb.scan(TableName=table)["Count"] == 1
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "guard"}})
    dynamodb.transact_write_items(TransactItems=items)
    got = dynamodb.transact_get_items(TransactItems=[
        {"Get": {"TableName": table, "Key": {"pk": {"S": name}}}} for name in ("new", "there", "none")])["Responses"]
    assert got == [{"Item": {"pk": {"S": "new"}}}, {"Item": {"pk": {"S": "there"}, "n": {"N": "2"}}}, {}]


def test_every_failed_condition_is_told_and_its_item_where_asked(dynamodb, make_table):
    table = make_table()
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "v": {"N": "1"}})
    reasons = canceled(dynamodb, [
        put(table, "a", ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        put(table, "b"), put(table, "c", ConditionExpression="attribute_exists(pk)")])["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["ConditionalCheckFailed", "None", "ConditionalCheckFailed"]
    assert reasons[0]["Item"] == {"pk": {"S": "a"}, "v": {"N": "1"}} and "Item" not in reasons[2]


def test_what_is_wrong_with_an_item_is_its_reason(dynamodb, make_table):
    table = make_table()
    reasons = canceled(dynamodb, [put(table, "a", ConditionExpression="attribute_exists(pk)"),
                                  {"Put": {"TableName": table, "Item": {"pk": {"N": "1"}}}}])["CancellationReasons"]
    assert reasons[0] == {"Code": "None"} and reasons[1]["Code"] == "ValidationError"
    assert "Type mismatch for key pk expected: S actual: N" in reasons[1]["Message"]


def test_requests_that_are_no_transactions(dynamodb, make_table):
    table = make_table()

    def write(items):
        return refused(dynamodb.transact_write_items, TransactItems=items)

    assert write([put(table, "a"), put(table, "a")]) == (
        "ValidationException", "Transaction request cannot include multiple operations on one item")
    assert write([put(table, "a") | {"Delete": {"TableName": table, "Key": {"pk": {"S": "b"}}}}])[1] == (
        "TransactItems can only contain one of Check, Put, Update or Delete")
    assert write([put(table, str(n)) for n in range(101)])[0] == "ValidationException"
    assert write([put("no-such-table", "a")])[0] == "ResourceNotFoundException"
    assert dynamodb.scan(TableName=table)["Count"] == 0


def test_a_token_is_good_for_one_transaction(dynamodb, make_table):
    table = make_table()
    add = {"Update": {"TableName": table, "Key": {"pk": {"S": "a"}}, "UpdateExpression": "ADD n :one SET t = :t",
                      "ExpressionAttributeValues": {":one": {"N": "1"}, ":t": {"S": "t" * 1500}}}}
    token = uuid.uuid4().hex
    arguments = {"ClientRequestToken": token, "ReturnConsumedCapacity": "TOTAL"}
    first = dynamodb.transact_write_items(TransactItems=[add], **arguments)["ConsumedCapacity"][0]
    again = dynamodb.transact_write_items(TransactItems=[add], **arguments)["ConsumedCapacity"][0]
    assert (first["CapacityUnits"], first["WriteCapacityUnits"]) == (4, 4)
    assert (again["CapacityUnits"], again["ReadCapacityUnits"]) == (2, 2)
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "1"}
    assert refused(dynamodb.transact_write_items, TransactItems=[put(table, "b")], **arguments)[0] == (
        "IdempotentParameterMismatchException")


def test_money_is_neither_made_nor_lost(server, make_table):
    """Eight clients move money between accounts while others add up what they see."""
    table = make_table()
    accounts = [f"account-{n}" for n in range(6)]
    first = server.client("dynamodb")
    for name in accounts:
        first.put_item(TableName=table, Item={"pk": {"S": name}, "money": {"N": "100"}})
    wrong, moved = [], []

    def move(seed):
        client = server.client("dynamodb")
        for step in range(20):
            source, target = accounts[(seed + step) % 6], accounts[(seed * 3 + step * 5 + 1) % 6]
            if source == target:
                continue
            amount = {":m": {"N": str(1 + (seed + step) % 7)}}
            try:
                client.transact_write_items(TransactItems=[
                    {"Update": {"TableName": table, "Key": {"pk": {"S": source}}, "UpdateExpression": "SET money = money - :m",
                                "ConditionExpression": "money >= :m", "ExpressionAttributeValues": amount}},
                    {"Update": {"TableName": table, "Key": {"pk": {"S": target}}, "UpdateExpression": "SET money = money + :m",
                                "ExpressionAttributeValues": amount}}])
                moved.append(1)
            except client.exceptions.TransactionCanceledException as error:
                if "TransactionConflict" not in str(error) and "ConditionalCheckFailed" not in str(error):
                    wrong.append(error)

    def add_up():
        client = server.client("dynamodb")
        for _ in range(20):
            got = client.transact_get_items(TransactItems=[
                {"Get": {"TableName": table, "Key": {"pk": {"S": name}}}} for name in accounts])["Responses"]
            if sum(int(one["Item"]["money"]["N"]) for one in got) != 600:
                wrong.append(got)

    threads = [threading.Thread(target=move, args=(seed,)) for seed in range(8)] + [threading.Thread(target=add_up)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and moved


def test_batches_take_and_give_what_they_can(dynamodb, make_table):
    table, other = make_table(), make_table()
    answer = dynamodb.batch_write_item(RequestItems={
        table: [{"PutRequest": {"Item": {"pk": {"S": str(n)}}}} for n in range(20)],
        other: [{"PutRequest": {"Item": {"pk": {"S": "x"}, "v": {"S": "v"}}}}, {"DeleteRequest": {"Key": {"pk": {"S": "none"}}}}]})
    assert answer["UnprocessedItems"] == {}
    got = dynamodb.batch_get_item(RequestItems={
        table: {"Keys": [{"pk": {"S": str(n)}} for n in range(15, 25)]},
        other: {"Keys": [{"pk": {"S": "x"}}], "ProjectionExpression": "v"}})
    assert len(got["Responses"][table]) == 5 and got["Responses"][other] == [{"v": {"S": "v"}}]
    assert got["UnprocessedKeys"] == {}
    assert refused(dynamodb.batch_get_item, RequestItems={table: {"Keys": [{"pk": {"S": "a"}}, {"pk": {"S": "a"}}]}}) == (
        "ValidationException", "Provided list of item keys contains duplicates")
    # One that cannot be written keeps all others from it.
    assert refused(dynamodb.batch_write_item, RequestItems={table: [
        {"PutRequest": {"Item": {"pk": {"S": "good"}}}}, {"PutRequest": {"Item": {"pk": {"N": "1"}}}}]})[0] == "ValidationException"
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "good"}})
    assert refused(dynamodb.batch_write_item, RequestItems={table: [
        {"PutRequest": {"Item": {"pk": {"S": str(n)}}}} for n in range(26)]})[1].endswith(
        "Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater "
        "than or equal to 1]")


def test_a_large_batch_is_read_in_parts(dynamodb, make_table):
    table = make_table()
    for number in range(50):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(number)}, "v": {"S": "v" * 390_000}})
    left = {table: {"Keys": [{"pk": {"S": str(n)}} for n in range(50)]}}
    seen, calls = [], 0
    while left:
        answer = dynamodb.batch_get_item(RequestItems=left)
        seen += [item["pk"]["S"] for item in answer["Responses"].get(table, [])]
        left, calls = answer["UnprocessedKeys"], calls + 1
    assert sorted(seen, key=int) == [str(n) for n in range(50)] and calls == 2


def test_of_a_transaction_asked_for_many_times_at_once_one_is_done(server, make_table):
    table = make_table()
    update = {"TableName": table, "Key": {"pk": {"S": "a"}}, "UpdateExpression": "ADD n :one",
              "ExpressionAttributeValues": {":one": {"N": "1"}}}
    client = server.client("dynamodb")

    def ask(_):
        try:
            client.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken="once")
        except client.exceptions.TransactionInProgressException as error:
            return error.response["Message"]
        return "done"

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        outcomes = set(pool.map(ask, range(64)))
    assert "done" in outcomes
    assert outcomes <= {"done", "The transaction with the given request token is already in progress."}
    assert client.get_item(TableName=table, Key={"pk": {"S": "a"}}, ConsistentRead=True)["Item"]["n"] == {"N": "1"}
