"""Promise: your AWS code runs unchanged. What DynamoDB refuses before it looks at a table is refused here in the same order and in
the same words."""

import pytest
from dynamodb_wire import send

KEY = {"pk": {"S": "a"}}
ONE = "1 validation error detected: "
INVALID = "One or more parameter values were invalid: "
NULL = "Value null at '{}' failed to satisfy constraint: Member must not be null"
PATTERN = "Value '{}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
MANAGING = ("CreateTable", "DescribeTable", "UpdateTable", "DeleteTable", "DescribeTimeToLive", "UpdateTimeToLive",
            "DescribeContinuousBackups")
USING = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")


def refused(server, target, body):
    answer = send(server, target, body)
    assert answer.status == 400
    return answer.refusal()


def invalid(server, target, body):
    code, message = refused(server, target, body)
    assert code == "ValidationException"
    return message


@pytest.mark.parametrize("target", MANAGING)
def test_the_name_of_a_table_that_is_managed(server, target):
    assert invalid(server, target, {}) == "The parameter 'TableName' is required but was not present in the request"
    for name in ("", "ab", "a" * 256):
        assert invalid(server, target, {"TableName": name}) == (
            "TableName must be at least 3 characters long and at most 255 characters long")
    assert invalid(server, target, {"TableName": "abc;"}) == ONE + PATTERN.format("abc;")


@pytest.mark.parametrize("target", USING)
def test_a_bad_name_of_a_table_is_told_alone(server, target):
    message = invalid(server, target, {})
    assert NULL.format("tableName") in message and message.partition(" ")[0] in "12"
    for body in ({}, {"Select": "x", "ReturnValues": "x", "ReturnConsumedCapacity": "x"}):
        assert invalid(server, target, {"TableName": "abc;"} | body) == ONE + PATTERN.format("abc;")
    assert invalid(server, target, {"TableName": "a;"}) == (
        "2 validation errors detected: " + PATTERN.format("a;")
        + "; Value 'a;' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3")


def test_several_violations_are_told_together_in_the_services_order_of_values(server):
    message = invalid(server, "PutItem", {"TableName": "abc", "ReturnValues": "x", "ReturnConsumedCapacity": "x"})
    assert message.startswith("3 validation errors detected: ")
    assert set(message.partition(": ")[2].split("; ")) == {
        NULL.format("item"),
        "Value 'x' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
        "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
        "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"}


def test_what_is_missing_within_lists_of_maps(server):
    requests = "requestItems.abc.member.2.member."
    for kind, member in (("PutRequest", "putRequest.item"), ("DeleteRequest", "deleteRequest.key")):
        body = {"RequestItems": {"abc": [{"PutRequest": {"Item": KEY}}, {kind: {}}]}}
        assert invalid(server, "BatchWriteItem", body) == ONE + NULL.format(requests + member)


def test_a_limit_below_one_has_a_text_of_its_own_in_queries(server):
    rule = "failed to satisfy constraint: Member must have value greater than or equal to 1"
    for limit in (0, -1):
        assert invalid(server, "Query", {"TableName": "abc", "Limit": limit}) == f"{ONE}Value at 'Limit' {rule}"
        assert invalid(server, "Scan", {"TableName": "abc", "Limit": limit}) == f"{ONE}Value '{limit}' at 'limit' {rule}"
    message = invalid(server, "Query", {"TableName": "abc", "Limit": 0, "Select": "x"})
    assert message.startswith("2 validation errors detected: ") and "'select'" in message


def test_batches_have_bounds(server):
    assert invalid(server, "BatchGetItem", {"RequestItems": {}}) == "The requestItems parameter is required for BatchGetItem"
    keys = [{"pk": {"S": str(n)}} for n in range(101)]
    assert invalid(server, "BatchGetItem", {"RequestItems": {"abc": {"Keys": keys}}}) == (
        ONE + "Value at 'RequestItems.abc.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100")
    puts = [{"PutRequest": {"Item": key}} for key in keys]
    for requests in (puts[:26], []):
        message = invalid(server, "BatchWriteItem", {"RequestItems": {"abc": requests}})
        assert message.startswith(ONE + "Value '{abc=[") and message.endswith(
            "]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less "
            "than or equal to 25, Member must have length greater than or equal to 1]")
    assert invalid(server, "BatchWriteItem", {"RequestItems": {"abc": puts[:13], "def": puts[:13]}}) == (
        "Too many items requested for the BatchWriteItem call")


@pytest.mark.parametrize("body, message", [
    ({"TableName": 1}, "NUMBER_VALUE cannot be converted to String"),
    ({"TableName": True}, "TRUE_VALUE cannot be converted to String"),
    ({"TableName": {}}, "Start of structure or map found where not expected"),
    ({"TableName": "abc", "ConsistentRead": "true"}, "Unexpected token received from parser"),
    ({"TableName": "abc", "ConsistentRead": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
    ({"TableName": "abc", "AttributesToGet": "a"}, "Unexpected field type"),
    ({"TableName": []}, "Unrecognized collection type class java.lang.String"),
    ({"ConsistentRead": []}, "Unrecognized collection type class java.lang.Boolean"),
    ({"TableName": "abc", "Key": "a"}, "Unexpected field type"),
    ({"Key": []},
     "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"),
    ({"Key": {"pk": "a"}}, "Unexpected value type in payload"),
    ({"Key": {"pk": []}}, "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"),
    ({"Key": {"pk": {"B": "YWJjZB=="}}}, "Invalid last non-pad Base64 character dectected"),
    ({"TableName": "abc", "Key": {"pk": {"S": 1}}}, "NUMBER_VALUE cannot be converted to String"),
    ({"TableName": "abc", "Key": {"pk": {"B": "a"}}},
     "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
])
def test_json_of_the_wrong_types(server, body, message):
    assert refused(server, "GetItem", body) == ("SerializationException", message)


def test_types_within_structures(server):
    package = "com.amazonaws.dynamodb.v20120810."
    for body, message in (
            ({"ProvisionedThroughput": "x"}, "Unexpected field type"),
            ({"ProvisionedThroughput": []}, f"Unrecognized collection type class {package}ProvisionedThroughput"),
            ({"KeySchema": {}}, "Start of structure or map found where not expected"),
            ({"KeySchema": ["x"]}, "Unexpected value type in payload"),
            ({"KeySchema": [[]]}, f"Unrecognized collection type class {package}KeySchemaElement"),
            ({"ProvisionedThroughput": {"ReadCapacityUnits": []}}, "Unrecognized collection type class java.lang.Long")):
        assert refused(server, "CreateTable", body) == ("SerializationException", message)
    # Types come before everything else that is wrong.
    item = {"TableName": "a;", "Item": {"pk": {"S": 1}}}
    assert refused(server, "PutItem", item) == ("SerializationException", "NUMBER_VALUE cannot be converted to String")


def test_keys_are_scalars(server, make_table):
    table = make_table("pk:S", "sk:S", local_indexes={"by-l": ("l:S", "ALL")}, global_indexes={"by-g": ("g:S", None, "ALL")})
    message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
    key = {"TableName": table, "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}
    value = {"ExpressionAttributeValues": {":v": {"S": "x"}}}
    assert invalid(server, "GetItem", key | {"ProjectionExpression": "sk.x"}) == message + "Key: sk"
    assert invalid(server, "DeleteItem", key | {"ConditionExpression": "attribute_exists(g[0])"}) == message + "IndexKey: g"
    assert invalid(server, "UpdateItem", key | value | {"UpdateExpression": "SET l.x = :v"}) == message + "IndexKey: l"
    assert invalid(server, "UpdateItem", key | {"UpdateExpression": "SET x = g.x"}) == message + "IndexKey: g"
    assert invalid(server, "Scan", {"TableName": table, "FilterExpression": "attribute_exists(pk.x)"}) == message + "Key: pk"
    batch = {"RequestItems": {table: {"Keys": [key["Key"]], "ProjectionExpression": "l.x"}}}
    assert invalid(server, "BatchGetItem", batch) == message + "IndexKey: l"


def test_a_count_shows_nothing(server):
    base = {"TableName": "abc", "Select": "COUNT"}
    end = "when choosing to get only the Count"
    assert invalid(server, "Scan", base | {"AttributesToGet": ["a"]}) == f"Cannot specify the AttributesToGet {end}"
    assert invalid(server, "Scan", base | {"ProjectionExpression": "a"}) == f"Cannot specify the ProjectionExpression {end}"
    assert invalid(server, "Scan", base | {"ProjectionExpression": "a", "Select": "ALL_ATTRIBUTES"}) == (
        "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES")


def test_a_value_that_is_null_is_an_empty_one(server, dynamodb, make_table):
    table = make_table()
    for item in ({"pk": None}, {"pk": {"S": None}}, {"pk": {}}, {"pk": {"dog": "cat"}}, KEY | {"l": {"L": [None]}}):
        assert invalid(server, "PutItem", {"TableName": table, "Item": item}) == EMPTY


def test_each_of_several_values_is_looked_at_before_their_number(server):
    put = lambda value: {"TableName": "abc", "Item": KEY | {"v": value}}  # noqa: E731
    assert invalid(server, "PutItem", put({"S": "a", "N": "1"})) == (
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
    assert invalid(server, "PutItem", put({"S": "a", "N": "b"})) == "The parameter cannot be converted to a numeric value: b"
    assert invalid(server, "PutItem", put({"S": "", "N": ""})) == "The parameter cannot be converted to a numeric value"
    assert refused(server, "PutItem", put({"S": "a", "N": 3})) == ("SerializationException", "NUMBER_VALUE cannot be converted to String")


def test_values_of_expressions_are_told_with_their_names(server):
    def message(value):
        return invalid(server, "PutItem", {"TableName": "abc", "Item": KEY, "ConditionExpression": "a = :a AND b = :b",
                                           "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": value}})

    start, end = "ExpressionAttributeValues contains invalid value: ", " for key :b"
    assert message({}) == start + EMPTY + end
    assert message({"N": "x"}) == start + "The parameter cannot be converted to a numeric value: x" + end
    assert message({"SS": []}) == start + INVALID + "An string set  may not be empty" + end
    assert message({"NULL": False}) == start + INVALID + "Null attribute value types must have the value of true" + end


def test_placeholders_have_bounds(server):
    def message(names, values=None, expression="#a = :a"):
        body = {"TableName": "abc", "Item": KEY, "ConditionExpression": expression, "ExpressionAttributeNames": names}
        return invalid(server, "PutItem", body | {"ExpressionAttributeValues": values or {":a": {"S": "x"}}})

    long_name = "#" + "a" * 255
    assert message({long_name: "a"}, expression=f"{long_name} = :a").startswith("ExpressionAttributeNames contains invalid key: ")
    assert message({"#a": "a"}, {":a": {"S": "x" * (2 << 20)}}) == "ExpressionAttributeValues exceeds max size"
    assert message({"#a": ""}) == "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"


def test_names_of_attributes_have_a_length(server, dynamodb, make_table):
    table = make_table()
    put = lambda name: {"TableName": table, "Item": KEY | {name: {"S": "x"}}}  # noqa: E731
    assert send(server, "PutItem", put("n" * 65535)).status == 200
    assert invalid(server, "PutItem", put("n" * 65536)) == INVALID + "Attribute name is too large, must be less than 65536 bytes"
    empty = INVALID + "Empty attribute name"
    assert invalid(server, "PutItem", put("")) == empty
    assert invalid(server, "PutItem", {"TableName": table, "Item": KEY, "Expected": {"": {"Exists": False}}}) == empty
    assert invalid(server, "UpdateItem", {"TableName": table, "Key": KEY, "AttributeUpdates": {"": {"Action": "DELETE"}}}) == empty


def test_a_query_for_a_key_that_no_item_has(server, make_table):
    table = make_table("pk:S", "sk:S")

    def message(condition, **values):
        return invalid(server, "Query", {"TableName": table, "KeyConditionExpression": condition, "ExpressionAttributeValues": {
            ":" + name: {"S": value} for name, value in values.items()}})

    empty = ("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. "
             "Key: ")
    assert message("pk = :p", p="") == empty + "pk"
    assert message("pk = :p AND sk = :s", p="a", s="") == empty + "sk"
    assert message("pk = :p AND begins_with(sk, :s)", p="a", s="") == empty + "sk"
    assert message("pk = :p", p="x" * 2049) == INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"
    assert message("pk = :p AND sk < :s", p="a", s="x" * 1025) == (
        INVALID + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")


def test_keys_that_a_query_cannot_start_from(server, make_table):
    table, hash_only = make_table("pk:S", "sk:N"), make_table()

    def message(condition, start, name=table, **values):
        return invalid(server, "Query", {"TableName": name, "KeyConditionExpression": condition, "ExclusiveStartKey": start,
                                         "ExpressionAttributeValues": {":" + one: value for one, value in values.items()}})

    first, other, two, five = {"S": "a"}, {"S": "b"}, {"N": "2"}, {"N": "5"}
    once = "The query can return at most one row and cannot be restarted"
    assert message("pk = :p", KEY, hash_only, p=first) == once
    assert message("pk = :p AND sk = :s", {"pk": first, "sk": two}, p=first, s=two) == once
    assert message("pk = :p", {"pk": other, "sk": two}, p=first) == (
        "The provided starting key is outside query boundaries based on provided conditions")
    assert message("pk = :p AND sk > :s", {"pk": first, "sk": two}, p=first, s=five) == (
        "The provided starting key does not match the range key predicate")
    assert message("pk = :p", {"pk": first}, p=first).startswith("The provided starting key is invalid")
    empty = {"pk": {"S": ""}, "sk": two}
    assert invalid(server, "Scan", {"TableName": table, "ExclusiveStartKey": empty}) == (
        "The provided starting key is invalid: One or more parameter values are not valid. The AttributeValue for a key attribute "
        "cannot contain an empty string value. Key: pk")


def test_a_scan_starts_in_its_own_segment(server, make_table):
    table = make_table()
    refusals = [send(server, "Scan", {"TableName": table, "ExclusiveStartKey": KEY, "Segment": segment, "TotalSegments": 4})
                for segment in range(4)]
    assert sorted(one.status for one in refusals) == [200, 400, 400, 400]
    for segment, one in enumerate(refusals):
        if one.status == 400:
            assert one.refusal()[1] == (
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
                f"TotalSegments: 4 Segment: {segment}")


def test_a_global_index_shows_only_what_it_has(server, make_table):
    table = make_table("pk:S", None, global_indexes={"by-g": ("g:S", None, ["kept"])})
    body = {"TableName": table, "IndexName": "by-g", "ProjectionExpression": "pk, g, kept, away, further.part"}
    message = INVALID + "Global secondary index by-g does not project [away, further]"
    assert invalid(server, "Scan", body) == message
    assert invalid(server, "Query", body | {"KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": "a"}}}) == message
    assert send(server, "Scan", body | {"ProjectionExpression": "pk, g, kept"}).status == 200


def test_a_table_needs_keys_and_their_types(server):
    definitions, keys = NULL.format("attributeDefinitions"), NULL.format("keySchema")
    assert invalid(server, "CreateTable", {"TableName": "abc"}) == f"2 validation errors detected: {definitions}; {keys}"
    assert invalid(server, "CreateTable", {"TableName": "abc", "AttributeDefinitions": []}) == ONE + keys
    one = {"TableName": "abc", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    assert invalid(server, "CreateTable", one | {"AttributeDefinitions": []}) == (
        "Invalid KeySchema: Some index key attribute have no definition")
    other = [{"AttributeName": "other", "AttributeType": "S"}]
    assert invalid(server, "CreateTable", one | {"AttributeDefinitions": other}) == INVALID + (
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], AttributeDefinitions: [other]")
    index = {"IndexName": "by-none", "KeySchema": [], "Projection": {"ProjectionType": "ALL"}}
    assert invalid(server, "CreateTable", one | {"GlobalSecondaryIndexes": [index], "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"}]}) == ONE + (
        "Value '[]' at 'globalSecondaryIndexes.1.member.keySchema' failed to satisfy constraint: Member must have length greater "
        "than or equal to 1")


def test_what_a_table_is_ready_for_is_no_less_than_what_it_has_anyway(server, make_table):
    table = make_table()
    for units in ({"ReadUnitsPerSecond": 11_999}, {"WriteUnitsPerSecond": 3_999}):
        name = next(iter(units))
        assert invalid(server, "UpdateTable", {"TableName": table, "WarmThroughput": units}).startswith(
            INVALID + f"Requested {name} for WarmThroughput for table is lower than initial throughput for OnDemand")
    assert send(server, "UpdateTable", {"TableName": table, "WarmThroughput": {"ReadUnitsPerSecond": 12_000}}).status == 200


def test_a_bound_of_an_on_demand_table_is_a_number_of_units_or_none(server, make_table):
    table = make_table(global_indexes={"by-g": ("g:S", None, "ALL")})
    end = "for OnDemandThroughput for {} is outside of valid range"
    for units in (0, -2):
        asked = {"TableName": table, "OnDemandThroughput": {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": units}}
        assert invalid(server, "UpdateTable", asked) == INVALID + "Requested MaxWriteRequestUnits " + end.format("table")
    one = {"TableName": "abc", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
           "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "OnDemandThroughput": {"MaxReadRequestUnits": 0}}
    assert invalid(server, "CreateTable", one) == INVALID + "Requested MaxReadRequestUnits " + end.format("table")
    update = {"Update": {"IndexName": "by-g", "OnDemandThroughput": {"MaxReadRequestUnits": 0}}}
    assert "MaxReadRequestUnits" in invalid(server, "UpdateTable", {"TableName": table, "GlobalSecondaryIndexUpdates": [update]})
    bounds = {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": -1}
    assert send(server, "UpdateTable", {"TableName": table, "OnDemandThroughput": bounds}).status == 200


def test_indexes_together_project_a_hundred_attributes(server):
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"n{number}" for number in range(20)]}
    indexes = [{"IndexName": f"index-{number}", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": projection}
               for number in range(6)]
    body = {"TableName": "abc", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "g")],
            "GlobalSecondaryIndexes": indexes}
    assert invalid(server, "CreateTable", body) == INVALID + "NonKeyAttributes count exceeds the per-table limit of 100"
