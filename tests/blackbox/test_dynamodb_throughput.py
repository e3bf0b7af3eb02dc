"""Promise: throughput that was provisioned, or set as a table's maximum, is a limit: after a burst callers are refused as by the
service, batches give back what they could not do, and a change of the table counts at dynamodb."""

import pytest
from botocore.exceptions import ClientError

BIG = "x" * 390_000


def provisioned(read=1, write=1, **more):
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}, **more}


def refusal_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        for _ in range(20):
            call(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response


def item(name, **more):
    return {"pk": {"S": name}, **more}


def arn_of(dynamodb, table):
    return dynamodb.describe_table(TableName=table)["Table"]["TableArn"]


def exhaust_writes(dynamodb, table, **more):
    return refusal_of(dynamodb.put_item, TableName=table, Item=item("big", pad={"S": BIG}, **more))


def test_small_use_of_a_small_table_is_never_refused(dynamodb, make_table):
    table = make_table(**provisioned(5, 5))
    for number in range(200):
        dynamodb.put_item(TableName=table, Item=item(str(number)))
    assert dynamodb.scan(TableName=table)["Count"] == 200


def test_writes_are_refused_after_a_burst_until_more_is_provisioned(dynamodb, make_table):
    table = make_table(**provisioned())
    told = exhaust_writes(dynamodb, table)
    assert told["Error"] == {
        "Code": "ProvisionedThroughputExceededException",
        "Message": "The level of configured provisioned throughput for the table was exceeded. "
                   "Consider increasing your provisioning level with the UpdateTable API."}
    assert told["ThrottlingReasons"] == [{"reason": "TableWriteProvisionedThroughputExceeded", "resource": arn_of(dynamodb, table)}]
    for call, more in ((dynamodb.delete_item, {"Key": item("none")}), (dynamodb.update_item, {"Key": item("none")}),
                       (dynamodb.put_item, {"Item": item("none"), "ConditionExpression": "attribute_exists(pk)"})):
        assert refusal_of(call, TableName=table, **more)["Error"]["Code"] == "ProvisionedThroughputExceededException"
    assert refusal_of(dynamodb.execute_statement, Statement=f"DELETE FROM \"{table}\" WHERE pk = 'none'"
                      )["Error"]["Code"] == "ProvisionedThroughputExceededException"
    assert dynamodb.get_item(TableName=table, Key=item("big"))["Item"]["pk"] == {"S": "big"}
    dynamodb.update_table(TableName=table, BillingMode="PAY_PER_REQUEST")
    dynamodb.put_item(TableName=table, Item=item("more"))


def test_reads_are_refused_after_a_burst(dynamodb, make_table):
    table = make_table(**provisioned(write=10_000))
    dynamodb.put_item(TableName=table, Item=item("big", pad={"S": BIG}))
    reads = [(dynamodb.get_item, {"Key": item("big"), "ConsistentRead": True}), (dynamodb.scan, {}),
             (dynamodb.query, {"KeyConditionExpression": "pk = :k", "ExpressionAttributeValues": {":k": {"S": "big"}}})]
    for call, more in reads:
        told = refusal_of(call, TableName=table, **more)
        assert told["Error"]["Code"] == "ProvisionedThroughputExceededException"
        assert told["ThrottlingReasons"][0]["reason"] == "TableReadProvisionedThroughputExceeded"
    assert refusal_of(dynamodb.execute_statement, Statement=f'SELECT * FROM "{table}"'
                      )["Error"]["Code"] == "ProvisionedThroughputExceededException"
    told = refusal_of(dynamodb.transact_get_items, TransactItems=[{"Get": {"TableName": table, "Key": item("big")}}])
    assert [one["Code"] for one in told["CancellationReasons"]] == ["ProvisionedThroughputExceeded"]
    error = dynamodb.batch_execute_statement(Statements=[{"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'big'"}])["Responses"][0]["Error"]
    assert error["Code"] == "ProvisionedThroughputExceeded"
    dynamodb.put_item(TableName=table, Item=item("more"))


def test_batches_give_back_what_is_not_admitted(dynamodb, make_table):
    full, free = make_table(**provisioned()), make_table()
    puts = {"PutRequest": {"Item": item("a")}}
    dynamodb.batch_write_item(RequestItems={full: [puts]})
    exhaust_writes(dynamodb, full)
    refused = {"PutRequest": {"Item": item("b")}}
    told = dynamodb.batch_write_item(RequestItems={full: [refused], free: [puts]})
    assert told["UnprocessedItems"] == {full: [refused]}
    assert "Item" in dynamodb.get_item(TableName=free, Key=item("a")) and "Item" not in dynamodb.get_item(TableName=full, Key=item("b"))
    assert refusal_of(dynamodb.batch_write_item, RequestItems={full: [refused]}
                      )["Error"]["Code"] == "ProvisionedThroughputExceededException"

    refusal_of(dynamodb.get_item, TableName=full, Key=item("big"), ConsistentRead=True)
    keys = {full: {"Keys": [item("a")], "ConsistentRead": True}, free: {"Keys": [item("a")]}}
    told = dynamodb.batch_get_item(RequestItems=keys)
    assert told["UnprocessedKeys"] == {full: keys[full]} and told["Responses"][free] == [item("a")]
    assert refusal_of(dynamodb.batch_get_item, RequestItems={full: keys[full]}
                      )["Error"]["Code"] == "ProvisionedThroughputExceededException"


def test_a_batch_is_done_as_far_as_it_is_admitted(dynamodb, make_table):
    table = make_table(**provisioned())
    puts = [{"PutRequest": {"Item": item(f"big-{number}", pad={"S": BIG})}} for number in range(5)]
    told = dynamodb.batch_write_item(RequestItems={table: puts})
    left = {one["PutRequest"]["Item"]["pk"]["S"] for one in told["UnprocessedItems"][table]}
    stored = {one["pk"]["S"] for one in dynamodb.scan(TableName=table)["Items"]}
    assert left and stored and left | stored == {f"big-{number}" for number in range(5)} and not left & stored


def test_an_index_has_a_throughput_of_its_own(dynamodb, make_table):
    table = make_table(**provisioned(100, 10_000), AttributeDefinitions=[
        {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
                       GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                                "Projection": {"ProjectionType": "ALL"},
                                                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}])
    with pytest.raises(ClientError) as caught:
        for number in range(10):
            dynamodb.put_item(TableName=table, Item=item("big", g={"S": str(number)}, pad={"S": BIG}))
    told = caught.value.response
    assert told["Error"] == {
        "Code": "ProvisionedThroughputExceededException",
        "Message": "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
                   "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
                   "the UpdateTable API"}
    assert told["ThrottlingReasons"] == [{"reason": "IndexWriteProvisionedThroughputExceeded",
                                          "resource": arn_of(dynamodb, table) + "/index/by-g"}]
    dynamodb.put_item(TableName=table, Item=item("not in the index"))
    both = {table: [{"PutRequest": {"Item": item("in", g={"S": "a"})}}, {"PutRequest": {"Item": item("out")}}]}
    assert dynamodb.batch_write_item(RequestItems=both)["UnprocessedItems"] == {table: both[table][:1]}
    assert "Item" not in dynamodb.get_item(TableName=table, Key=item("in")) and "Item" in dynamodb.get_item(TableName=table, Key=item("out"))
    read = refusal_of(dynamodb.query, TableName=table, IndexName="by-g", KeyConditionExpression="g = :g",
                      ExpressionAttributeValues={":g": {"S": str(number - 1)}})
    assert read["ThrottlingReasons"][0]["reason"] == "IndexReadProvisionedThroughputExceeded"
    dynamodb.scan(TableName=table)


def test_a_transaction_is_canceled_by_what_is_not_admitted(dynamodb, make_table):
    full, free = make_table(**provisioned()), make_table()
    exhaust_writes(dynamodb, full)
    told = refusal_of(dynamodb.transact_write_items, TransactItems=[
        {"Put": {"TableName": free, "Item": item("a")}}, {"Put": {"TableName": full, "Item": item("a")}}])
    assert told["Error"]["Code"] == "TransactionCanceledException"
    assert [one["Code"] for one in told["CancellationReasons"]] == ["None", "ProvisionedThroughputExceeded"]
    assert "Item" not in dynamodb.get_item(TableName=free, Key=item("a"))


def test_a_condition_that_fails_costs_what_its_item_is_large(dynamodb, make_table):
    table = make_table(**provisioned(write=2))
    dynamodb.put_item(TableName=table, Item=item("big", pad={"S": BIG}))
    codes = []
    for _ in range(5):
        with pytest.raises(ClientError) as caught:
            dynamodb.delete_item(TableName=table, Key=item("big"), ConditionExpression="attribute_not_exists(pk)")
        codes.append(caught.value.response["Error"]["Code"])
    assert codes[0] == "ConditionalCheckFailedException" and codes[-1] == "ProvisionedThroughputExceededException"


def test_on_demand_tables_have_maxima_where_they_are_set(dynamodb, make_table):
    table = make_table(OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1})
    told = exhaust_writes(dynamodb, table)
    assert told["Error"] == {"Code": "ThrottlingException",
                             "Message": "Throughput exceeds the maximum OnDemandThroughput configured on table or index"}
    assert told["throttlingReasons"] == [
        {"reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": arn_of(dynamodb, table)}]
    told = refusal_of(dynamodb.transact_write_items, TransactItems=[{"Delete": {"TableName": table, "Key": item("a")}}])
    assert [one["Code"] for one in told["CancellationReasons"]] == ["ThrottlingError"]
    dynamodb.update_table(TableName=table, OnDemandThroughput={"MaxWriteRequestUnits": -1})
    for _ in range(5):
        dynamodb.put_item(TableName=table, Item=item("big", pad={"S": BIG}))
