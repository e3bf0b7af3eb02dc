"""Promise: items are kept and changed as DynamoDB does it: conditions, updates, what is returned, what is refused and how."""

import decimal
import json
import threading
import urllib.error
import urllib.request
import zlib

import boto3.dynamodb.types
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.awsrequest import AWSRequest
from refusals import refused
from signing import sign

KEY = {"pk": {"S": "a"}}


def test_every_type_comes_back_in_the_services_spelling(dynamodb, make_table):
    table = make_table()
    item = {"pk": {"S": "a"}, "n": {"N": "1.50e1"}, "b": {"B": b"\x00\xff"}, "t": {"BOOL": True}, "nil": {"NULL": True},
            "l": {"L": [{"S": ""}, {"N": "-0"}]}, "m": {"M": {"ü": {"S": "😀\x00\n\""}}}, "ss": {"SS": ["b", "a"]},
            "ns": {"NS": ["10", "9"]}, "bs": {"BS": [b"2", b"1"]}}
    dynamodb.put_item(TableName=table, Item=item)
    got = dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True)["Item"]
    assert got["n"] == {"N": "15"} and got["l"]["L"][1] == {"N": "0"}
    assert sorted(got["ss"]["SS"]) == ["a", "b"] and sorted(got["bs"]["BS"]) == [b"1", b"2"]
    assert got["m"] == item["m"] and got["b"] == item["b"] and got["nil"] == item["nil"]
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "other"}})


def test_equal_numbers_are_one_key(dynamodb, make_table):
    table = make_table("pk:N")
    dynamodb.put_item(TableName=table, Item={"pk": {"N": "1000"}, "v": {"S": "one"}})
    dynamodb.put_item(TableName=table, Item={"pk": {"N": "1e3"}, "v": {"S": "two"}})
    got = dynamodb.scan(TableName=table)
    assert got["Items"] == [{"pk": {"N": "1000"}, "v": {"S": "two"}}]


def test_a_put_replaces_and_tells_the_old_item_only_when_asked(dynamodb, make_table):
    table = make_table()
    assert "Attributes" not in dynamodb.put_item(TableName=table, Item=KEY | {"v": {"N": "1"}}, ReturnValues="ALL_OLD")
    answer = dynamodb.put_item(TableName=table, Item=KEY | {"w": {"N": "2"}}, ReturnValues="ALL_OLD")
    assert answer["Attributes"] == KEY | {"v": {"N": "1"}}
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == KEY | {"w": {"N": "2"}}
    assert refused(dynamodb.put_item, TableName=table, Item=KEY, ReturnValues="UPDATED_NEW") == (
        "ValidationException", "ReturnValues can only be ALL_OLD or NONE")


def test_a_failed_condition_changes_nothing_and_may_show_the_item(dynamodb, make_table):
    table = make_table()
    dynamodb.put_item(TableName=table, Item=KEY | {"v": {"N": "1"}})
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(TableName=table, Item=KEY, ConditionExpression="attribute_not_exists(pk)",
                          ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert caught.value.response["Item"] == KEY | {"v": {"N": "1"}}
    assert caught.value.response["message"] == "The conditional request failed"
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.delete_item(TableName=table, Key=KEY, ConditionExpression="v > :v",
                             ExpressionAttributeValues={":v": {"N": "1"}})
    assert "Item" not in caught.value.response
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["v"] == {"N": "1"}


def test_updates_and_what_they_return(dynamodb, make_table):
    table = make_table()

    def update(expression, values=None, names=None, **more):
        arguments = {"ExpressionAttributeValues": values} if values else {}
        arguments |= {"ExpressionAttributeNames": names} if names else {}
        return dynamodb.update_item(TableName=table, Key=KEY, UpdateExpression=expression, **arguments, **more)

    assert "Attributes" not in update("REMOVE nothing", ReturnValues="ALL_NEW")
    assert "Item" not in dynamodb.get_item(TableName=table, Key=KEY)
    answer = update("SET n = :one, m = :m ADD s :s", {":one": {"N": "1"}, ":m": {"M": {"x": {"L": [{"S": "0"}, {"S": "1"}]}}},
                                                     ":s": {"SS": ["a", "b"]}}, ReturnValues="ALL_NEW")
    assert answer["Attributes"]["n"] == {"N": "1"} and answer["Attributes"]["pk"] == {"S": "a"}
    answer = update("SET n = n + :one, m.x[1] = :t, #z = if_not_exists(#z, :one) DELETE s :s",
                    {":one": {"N": "1"}, ":t": {"S": "new"}, ":s": {"SS": ["a"]}}, {"#z": "size"}, ReturnValues="UPDATED_NEW")
    assert answer["Attributes"] == {"n": {"N": "2"}, "m": {"M": {"x": {"L": [{"S": "new"}]}}}, "size": {"N": "1"},
                                    "s": {"SS": ["b"]}}
    answer = update("SET n = :one", {":one": {"N": "9"}}, ReturnValues="UPDATED_OLD")
    assert answer["Attributes"] == {"n": {"N": "2"}}
    code, message = refused(dynamodb.update_item, TableName=table, Key=KEY, UpdateExpression="SET pk = :v",
                            ExpressionAttributeValues={":v": {"S": "b"}})
    assert code == "ValidationException" and "Cannot update attribute pk. This attribute is part of the key" in message
    code, message = refused(dynamodb.update_item, TableName=table, Key=KEY, UpdateExpression="SET a.b = :v",
                            ExpressionAttributeValues={":v": {"S": "b"}})
    assert message == "The document path provided in the update expression is invalid for update"
    assert update("SET q = :v", {":v": {"S": "b"}})["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_expressions_are_refused_in_the_services_words(dynamodb, make_table):
    table = make_table()

    def put(condition, **more):
        return refused(dynamodb.put_item, TableName=table, Item=KEY, ConditionExpression=condition, **more)[1]

    assert put("status = :v", ExpressionAttributeValues={":v": {"S": "x"}}).endswith(
        "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: status")
    assert put("a = :v").endswith("An expression attribute value used in expression is not defined; attribute value: :v")
    assert put("a = :v", ExpressionAttributeValues={":v": {"S": "x"}, ":w": {"S": "x"}}).endswith(
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}")
    assert "Syntax error; token:" in put("a = ")
    # All of it is seen before anybody looks whether there is such a table.
    assert refused(dynamodb.put_item, TableName="no-such-table", Item=KEY, ConditionExpression="a = ")[0] == "ValidationException"
    assert refused(dynamodb.put_item, TableName="no-such-table", Item=KEY) == (
        "ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize("item, message", [
    ({}, "One or more parameter values were invalid: Missing the key pk in the item"),
    ({"pk": {"N": "1"}}, "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"),
    ({"pk": {"S": ""}}, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                        "empty string value. Key: pk"),
    ({"pk": {"S": "k" * 2049}}, "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
                                "limit of2048 bytes"),
    ({"pk": {"S": "a"}, "v": {"S": "v" * 409600}}, "Item size has exceeded the maximum allowed size"),
    ({"pk": {"S": "a"}, "v": {"SS": []}}, "One or more parameter values were invalid: An string set  may not be empty"),
    ({"pk": {"S": "a"}, "v": {"N": "1e126"}},
     "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ({"pk": {"S": "a"}, "v": {}},
     "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
])
def test_items_that_no_table_takes(dynamodb, make_table, item, message):
    table = make_table()
    assert refused(dynamodb.put_item, TableName=table, Item=item) == ("ValidationException", message)
    assert dynamodb.scan(TableName=table)["Count"] == 0


def test_keys_that_do_not_fit_are_refused_on_reads(dynamodb, make_table):
    table = make_table("pk:S", "sk:N")
    for key in ({"pk": {"S": "a"}}, {"pk": {"S": "a"}, "sk": {"S": "1"}}, {"pk": {"S": "a"}, "sk": {"N": "1"}, "x": {"S": "y"}}):
        assert refused(dynamodb.get_item, TableName=table, Key=key) == (
            "ValidationException", "The provided key element does not match the schema")


def test_long_keys_of_any_bytes_are_told_apart(dynamodb, make_table):
    table = make_table("pk:B", "sk:B")
    keys = [(b"\x00" * 2048, b"\x00" * 1024), (b"\x00" * 2047, b"\x00" * 1024), (b"\xff" * 2048, b"\xff" * 1024),
            (b"\x00" * 2048, b"\x00" * 1023), (b"\x00", b"\x00"), (b"\x00\xff", b"\x00")]
    for number, (one, two) in enumerate(keys):
        dynamodb.put_item(TableName=table, Item={"pk": {"B": one}, "sk": {"B": two}, "v": {"N": str(number)}})
    for number, (one, two) in enumerate(keys):
        got = dynamodb.get_item(TableName=table, Key={"pk": {"B": one}, "sk": {"B": two}})["Item"]
        assert got["v"] == {"N": str(number)}


def test_projections_show_parts(dynamodb, make_table):
    table = make_table()
    dynamodb.put_item(TableName=table, Item=KEY | {"l": {"L": [{"N": "0"}, {"M": {"x": {"S": "y"}, "z": {"S": "q"}}}]}})
    got = dynamodb.get_item(TableName=table, Key=KEY, ProjectionExpression="l[1].x")
    assert got["Item"] == {"l": {"L": [{"M": {"x": {"S": "y"}}}]}}
    assert dynamodb.get_item(TableName=table, Key=KEY, ProjectionExpression="nothing")["Item"] == {}


def test_capacity_is_counted_by_the_rules(dynamodb, make_table):
    table = make_table()

    def units(call, **arguments):
        return call(TableName=table, ReturnConsumedCapacity="TOTAL", **arguments)["ConsumedCapacity"]["CapacityUnits"]

    assert units(dynamodb.put_item, Item=KEY | {"v": {"S": "v" * 2000}}) == 2
    assert units(dynamodb.put_item, Item=KEY | {"v": {"S": "v"}}) == 2
    assert units(dynamodb.put_item, Item=KEY | {"v": {"S": "v" * 5000}}) == 5
    assert units(dynamodb.get_item, Key=KEY) == 1
    assert units(dynamodb.get_item, Key=KEY, ConsistentRead=True) == 2
    assert units(dynamodb.get_item, Key={"pk": {"S": "none"}}) == 0.5
    assert units(dynamodb.delete_item, Key={"pk": {"S": "none"}}) == 1


def test_counters_lose_no_increment(dynamodb, make_table, server):
    table = make_table()
    clients = [server.client("dynamodb") for _ in range(8)]

    def add(client):
        for _ in range(25):
            client.update_item(TableName=table, Key=KEY, UpdateExpression="ADD n :one",
                               ExpressionAttributeValues={":one": {"N": "1"}})

    threads = [threading.Thread(target=add, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["n"] == {"N": "200"}


def test_the_resource_of_boto3_works(server, make_table):
    table = server.resource("dynamodb").Table(make_table("pk:S", "sk:N"))
    table.put_item(Item={"pk": "a", "sk": 1, "when": {"deep": [1, "x", None, True]}})
    got = table.query(KeyConditionExpression=Key("pk").eq("a") & Key("sk").between(0, 5), FilterExpression=Attr("when").exists())
    assert got["Items"] == [{"pk": "a", "sk": 1, "when": {"deep": [1, "x", None, True]}}]
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"pk": "b", "sk": number})
    assert table.query(KeyConditionExpression=Key("pk").eq("b"), Select="COUNT")["Count"] == 60


def send(server, body, target="GetItem"):
    host = server.url.removeprefix("http://")
    request = AWSRequest("POST", server.url + "/", data=body, headers={
        "X-Amz-Target": "DynamoDB_20120810." + target, "Content-Type": "application/x-amz-json-1.0"})
    sign(request, host, "dynamodb", server.credentials)
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + "/", body, dict(request.headers))) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_a_body_that_is_no_json_and_one_of_wrong_types(server):
    status, _, text = send(server, b"{")
    assert status == 400 and json.loads(text) == {"__type": "com.amazon.coral.service#SerializationException"}
    status, _, text = send(server, b'{"TableName":"abc","Key":{"pk":{"N":3}}}')
    assert status == 400 and json.loads(text)["Message"] == "NUMBER_VALUE cannot be converted to String"
    status, _, text = send(server, b'{"TableName":"abc","Key":' + b'{"pk":{"M":' * 100_000 + b"}")
    assert status == 400


def test_answers_carry_their_checksum_and_names_their_space(server):
    status, headers, text = send(server, b'{"TableName":"abc","Key":{"pk":{"S":"a"}}}')
    assert status == 400 and headers["x-amz-crc32"] == str(zlib.crc32(text))
    assert json.loads(text)["__type"] == "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"
    status, headers, text = send(server, b'{"TableName":"abc","Key":{"pk":{}}}')
    assert json.loads(text)["__type"] == "com.amazon.coral.validate#ValidationException"


def test_numbers_survive_the_serializer(dynamodb, make_table):
    table = make_table()
    serializer = boto3.dynamodb.types.TypeSerializer()
    digits = "1" * 38
    dynamodb.put_item(TableName=table, Item=KEY | {"n": serializer.serialize(decimal.Decimal(digits))})
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["n"] == {"N": digits}
