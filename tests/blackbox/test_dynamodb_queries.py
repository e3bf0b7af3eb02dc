"""Promise: Query, Scan and indexes read what DynamoDB would: ranges, pages, filters, segments, projections."""

import random

import pytest
from refusals import refused


def pages(call, **arguments):
    """All items, and how many pages they came in."""
    items, count = [], 0
    while True:
        answer = call(**arguments)
        items += answer["Items"]
        count += 1
        if "LastEvaluatedKey" not in answer:
            return items, count
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@pytest.fixture
def filled(dynamodb, make_table):
    """Numbers from -50 to 49 under two partition keys."""
    table = make_table("pk:S", "sk:N")
    for part in ("a", "b"):
        for start in range(-50, 50, 25):
            dynamodb.batch_write_item(RequestItems={table: [
                {"PutRequest": {"Item": {"pk": {"S": part}, "sk": {"N": str(n)}, "odd": {"BOOL": bool(n % 2)}}}}
                for n in range(start, start + 25)]})
    return table


def query(dynamodb, table, condition="", values=None, **more):
    values = {":p": {"S": "a"}} | {name: {"N": str(n)} for name, n in (values or {}).items()}
    items, count = pages(dynamodb.query, TableName=table, KeyConditionExpression="pk = :p" + condition,
                         ExpressionAttributeValues=values, **more)
    return [int(item["sk"]["N"]) for item in items], count


@pytest.mark.parametrize("condition, values, expected", [
    ("", {}, range(-50, 50)),
    (" AND sk = :a", {":a": 7}, [7]),
    (" AND sk < :a", {":a": -40}, range(-50, -40)),
    (" AND sk <= :a", {":a": -40}, range(-50, -39)),
    (" AND sk > :a", {":a": 40}, range(41, 50)),
    (" AND :a <= sk", {":a": 40}, range(40, 50)),
    (" AND sk BETWEEN :a AND :b", {":a": -3, ":b": 3}, range(-3, 4)),
])
def test_conditions_on_the_range_key(dynamodb, filled, condition, values, expected):
    for limit in ({}, {"Limit": 7}):
        assert query(dynamodb, filled, condition, values, **limit)[0] == list(expected)
        assert query(dynamodb, filled, condition, values, ScanIndexForward=False, **limit)[0] == list(expected)[::-1]


def test_beginnings_of_strings_and_bytes(dynamodb, make_table):
    table = make_table("pk:S", "sk:B")
    keys = [b"", b"\x00", b"a", b"a\x00", b"a\xff", b"a\xff\xff", b"ab", b"b", b"\xff", b"\xff\x00"][1:]
    for key in keys:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"B": key}})
    for prefix in (b"a", b"a\xff", b"\xff", b"\x00", b"c"):
        items, _ = pages(dynamodb.query, TableName=table, KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
                         ExpressionAttributeValues={":p": {"S": "a"}, ":s": {"B": prefix}})
        assert [item["sk"]["B"] for item in items] == sorted(key for key in keys if key.startswith(prefix))


def test_a_filter_comes_after_the_limit(dynamodb, filled):
    answer = dynamodb.query(TableName=filled, KeyConditionExpression="pk = :p", FilterExpression="odd = :t", Limit=10,
                            ExpressionAttributeValues={":p": {"S": "a"}, ":t": {"BOOL": True}})
    assert (answer["Count"], answer["ScannedCount"]) == (5, 10) and answer["LastEvaluatedKey"]["sk"] == {"N": "-41"}
    assert refused(dynamodb.query, TableName=filled, KeyConditionExpression="pk = :p", FilterExpression="sk = :p",
                   ExpressionAttributeValues={":p": {"S": "a"}}) == (
        "ValidationException", "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk")
    answer = dynamodb.query(TableName=filled, KeyConditionExpression="pk = :p", Select="COUNT",
                            ExpressionAttributeValues={":p": {"S": "a"}})
    assert answer["Count"] == 100 and "Items" not in answer


def test_a_page_has_a_megabyte(dynamodb, make_table):
    table = make_table("pk:S", "sk:N")
    for number in range(12):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"N": str(number)}, "v": {"S": "v" * 200_000}})
    answer = dynamodb.query(TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "a"}})
    assert answer["Count"] == 6 and "LastEvaluatedKey" in answer
    assert pages(dynamodb.scan, TableName=table)[1] in (2, 3)


def test_segments_are_disjoint_and_complete(dynamodb, make_table):
    table = make_table()
    names = {f"key-{number}" for number in range(300)}
    for start in range(0, 300, 25):
        dynamodb.batch_write_item(RequestItems={table: [
            {"PutRequest": {"Item": {"pk": {"S": f"key-{number}"}}}} for number in range(start, start + 25)]})
    for segments in (1, 3, 16):
        seen = []
        for segment in range(segments):
            items, _ = pages(dynamodb.scan, TableName=table, Segment=segment, TotalSegments=segments, Limit=17)
            seen += [item["pk"]["S"] for item in items]
        assert len(seen) == 300 and set(seen) == names
    assert refused(dynamodb.scan, TableName=table, Segment=5, TotalSegments=5)[1].startswith(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 5")


def test_an_index_follows_every_write(dynamodb, make_table):
    """Against a model, by random writes: what an index holds is what the table's items say."""
    table = make_table("pk:S", None, global_indexes={"by-g": ("g:S", "h:N", ["extra"]), "by-h": ("h:N", None, "KEYS_ONLY")})
    chance = random.Random(11)
    model = {}
    for _ in range(200):
        key = f"k{chance.randrange(12)}"
        item = {"pk": {"S": key}, "v": {"N": str(chance.random())[:6]}}
        if chance.random() < 0.7:
            item["g"] = {"S": chance.choice("xy")}
        if chance.random() < 0.7:
            item["h"] = {"N": str(chance.randrange(5))}
        if chance.random() < 0.5:
            item["extra"] = {"S": chance.choice("pq")}
        if chance.random() < 0.2:
            dynamodb.delete_item(TableName=table, Key={"pk": {"S": key}})
            model.pop(key, None)
        else:
            dynamodb.put_item(TableName=table, Item=item)
            model[key] = item

    def shown(*names):
        return lambda item: {name: item[name] for name in ("pk", *names) if name in item}

    def key(item):
        return sorted((name, str(value)) for name, value in item.items())

    got = pages(dynamodb.scan, TableName=table, IndexName="by-g", Limit=3)[0]
    want = [shown("g", "h", "extra")(item) for item in model.values() if "g" in item and "h" in item]
    assert sorted(got, key=key) == sorted(want, key=key)
    got = pages(dynamodb.scan, TableName=table, IndexName="by-h")[0]
    want = [shown("h")(item) for item in model.values() if "h" in item]
    assert sorted(got, key=key) == sorted(want, key=key)
    items = pages(dynamodb.query, TableName=table, IndexName="by-g", KeyConditionExpression="g = :g AND h >= :h", Limit=2,
                  ExpressionAttributeValues={":g": {"S": "x"}, ":h": {"N": "2"}})[0]
    assert [int(item["h"]["N"]) for item in items] == sorted(
        int(item["h"]["N"]) for item in model.values()
        if item.get("g") == {"S": "x"} and "h" in item and int(item["h"]["N"]) >= 2)
    described = dynamodb.describe_table(TableName=table)["Table"]
    counts = {index["IndexName"]: index["ItemCount"] for index in described["GlobalSecondaryIndexes"]}
    assert described["ItemCount"] == len(model) and counts["by-h"] == len(want)


def test_what_an_index_cannot_do_is_refused(dynamodb, make_table):
    table = make_table("pk:S", "sk:S", global_indexes={"by-g": ("g:S", None, "KEYS_ONLY")})
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    assert refused(dynamodb.put_item, TableName=table, Item=key | {"g": {"N": "1"}}) == (
        "ValidationException", "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N "
                               "IndexName: by-g")
    assert "cannot contain an empty string value. IndexName: by-g, IndexKey: g" in refused(
        dynamodb.update_item, TableName=table, Key=key, UpdateExpression="SET g = :e",
        ExpressionAttributeValues={":e": {"S": ""}})[1]
    arguments = {"TableName": table, "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": "x"}}}
    assert refused(dynamodb.query, IndexName="by-g", ConsistentRead=True, **arguments)[1] == (
        "Consistent reads are not supported on global secondary indexes")
    assert refused(dynamodb.query, IndexName="none", **arguments)[1] == "The table does not have the specified index: none"
    assert refused(dynamodb.query, **arguments)[1] == "Query condition missed key schema element: pk"


def test_a_local_index_fetches_what_it_lacks(dynamodb, make_table):
    table = make_table("pk:S", "sk:S", local_indexes={"by-l": ("l:N", "KEYS_ONLY")})
    for number in range(5):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"S": str(number)}, "l": {"N": str(9 - number)},
                                                 "v": {"S": "x"}})
    arguments = {"TableName": table, "IndexName": "by-l", "KeyConditionExpression": "pk = :p", "ConsistentRead": True,
                 "ExpressionAttributeValues": {":p": {"S": "a"}}}
    plain = dynamodb.query(**arguments)["Items"]
    assert [item["l"]["N"] for item in plain] == ["5", "6", "7", "8", "9"] and "v" not in plain[0]
    assert "v" in dynamodb.query(Select="ALL_ATTRIBUTES", **arguments)["Items"][0]
    assert dynamodb.query(ProjectionExpression="v", **arguments)["Items"] == [{"v": {"S": "x"}}] * 5
