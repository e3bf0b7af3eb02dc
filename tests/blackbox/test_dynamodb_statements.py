"""Promise: statements of PartiQL, and the parameters that came before expressions, do what the expressions do."""

import uuid

import pytest
from refusals import refused


@pytest.fixture
def table(dynamodb, make_table):
    name = make_table("pk:S", "sk:N", global_indexes={"by-g": ("g:S", None, "ALL")})
    for number in range(6):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "sk": {"N": str(number)}, "g": {"S": "xy"[number % 2]},
                                                "m": {"M": {"n": {"N": str(number * 10)}}}})
    return name


@pytest.fixture
def run(dynamodb):
    def call(statement, *parameters, **more):
        if parameters:
            more["Parameters"] = list(parameters)
        return dynamodb.execute_statement(Statement=statement, **more)
    return call


def numbers(items):
    return [int(item["sk"]["N"]) for item in items]


def test_select_reads_by_key_by_index_and_all(table, run):
    assert numbers(run(f"SELECT * FROM \"{table}\" WHERE pk = 'a' AND sk = 3")["Items"]) == [3]
    assert numbers(run(f"SELECT sk FROM \"{table}\" WHERE pk = ? AND sk BETWEEN ? AND ?", {"S": "a"}, {"N": "2"}, {"N": "4"})["Items"]) == [2, 3, 4]
    assert numbers(run(f"SELECT * FROM \"{table}\" WHERE pk = 'a' ORDER BY sk DESC")["Items"]) == [5, 4, 3, 2, 1, 0]
    assert sorted(numbers(run(f"SELECT * FROM \"{table}\".\"by-g\" WHERE g = 'x'")["Items"])) == [0, 2, 4]
    assert numbers(run(f"SELECT * FROM \"{table}\" WHERE m.n > 30")["Items"]) == [4, 5]
    assert run(f"SELECT m.n FROM \"{table}\" WHERE pk = 'a' AND sk = 1")["Items"] == [{"n": {"N": "10"}}]
    assert numbers(run(f"SELECT * FROM \"{table}\" WHERE pk IN ['a', 'none'] AND sk < 2")["Items"]) == [0, 1]


def test_there_is_an_order_within_partitions_only(table, run):
    end = "when using ORDER BY clause."
    for where, message in (("", f"Must have WHERE clause in the statement {end}"),
                           ("WHERE sk > 2", f"Must have at least one non-optional hash key condition in WHERE clause {end}")):
        assert refused(run, statement=f"SELECT * FROM \"{table}\" {where} ORDER BY sk") == ("ValidationException", message)
    assert refused(run, statement=f"SELECT * FROM \"{table}\" WHERE pk = 'a' ORDER BY g") == (
        "ValidationException", "Variable reference g in ORDER BY clause must be part of the primary key")


def test_pages_of_statements(table, run):
    seen, token = [], {}
    while True:
        answer = run(f"SELECT * FROM \"{table}\" WHERE pk = 'a'", Limit=4, **token)
        seen += numbers(answer["Items"])
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert seen == list(range(6))
    assert refused(run, statement=f"SELECT * FROM \"{table}\"", NextToken="nonsense")[0] == "ValidationException"


def test_statements_write_one_item(dynamodb, table, run):
    key = {"pk": {"S": "b"}, "sk": {"N": "1"}}
    insert = f"INSERT INTO \"{table}\" VALUE {{'pk': 'b', 'sk': 1, 'tags': <<'p', 'q'>>, 'list': [1, 'two']}}"
    run(insert)
    assert refused(run, statement=insert) == ("DuplicateItemException", "Duplicate primary key exists in table")
    answer = run(f"UPDATE \"{table}\" SET n = 5 REMOVE list[0] WHERE pk = 'b' AND sk = 1 RETURNING ALL NEW *")
    assert answer["Items"][0]["n"] == {"N": "5"} and answer["Items"][0]["list"] == {"L": [{"S": "two"}]}
    assert refused(run, statement=f"UPDATE \"{table}\" SET n = 1 WHERE pk = 'none' AND sk = 1")[0] == "ConditionalCheckFailedException"
    assert refused(run, statement=f"UPDATE \"{table}\" SET n = 1 WHERE pk = 'b' AND sk = 1 AND n = 4")[0] == "ConditionalCheckFailedException"
    assert refused(run, statement=f"UPDATE \"{table}\" SET n = 1 WHERE pk = 'b'") == (
        "ValidationException", "Where clause does not contain a mandatory equality on all key attributes")
    assert run(f"DELETE FROM \"{table}\" WHERE pk = 'b' AND sk = 1 RETURNING ALL OLD *")["Items"][0]["n"] == {"N": "5"}
    run(f"DELETE FROM \"{table}\" WHERE pk = 'b' AND sk = 1")
    assert "Item" not in dynamodb.get_item(TableName=table, Key=key)


def test_what_is_no_statement(table, run):
    assert refused(run, statement="SELEC * FROM x")[0] == "ValidationException"
    assert refused(run, statement="SELECT * FROM \"no-such-table\"")[0] == "ResourceNotFoundException"
    assert refused(run, statement=f"SELECT * FROM \"{table}\" WHERE pk = ?", Parameters=[{"S": "a"}, {"S": "b"}]) == (
        "ValidationException", "Number of parameters in request and statement don't match.")
    assert refused(run, statement=f"SELECT * FROM \"{table}\".\"none\" WHERE pk = 'a'")[1] == (
        "The table does not have the specified index")


def test_batches_of_statements_answer_one_by_one(dynamodb, table):
    answers = dynamodb.batch_execute_statement(Statements=[
        {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'a' AND sk = 1"},
        {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'a'"},
        {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = ? AND sk = ?", "Parameters": [{"S": "a"}, {"N": "9"}]},
        {"Statement": "SELECT * FROM \"no-such-table\" WHERE pk = 'a'"}])["Responses"]
    assert answers[0]["Item"]["sk"] == {"N": "1"} and answers[0]["TableName"] == table
    assert answers[1]["Error"]["Code"] == "ValidationError" and "must specify the primary key" in answers[1]["Error"]["Message"]
    assert "Item" not in answers[2] and "Error" not in answers[2]
    assert answers[3]["Error"]["Code"] == "ResourceNotFound"


def test_transactions_of_statements(dynamodb, table):
    def execute(*statements, **more):
        return dynamodb.execute_transaction(TransactStatements=[{"Statement": one} for one in statements], **more)

    insert = f"INSERT INTO \"{table}\" VALUE {{'pk': 't', 'sk': 1}}"
    guard = f"EXISTS(SELECT * FROM \"{table}\" WHERE pk = 'a' AND sk = 1 AND g = 'x')"
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        execute(insert, guard)
    assert [one["Code"] for one in caught.value.response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    token = uuid.uuid4().hex
    assert execute(insert, guard.replace("'x'", "'y'"), ClientRequestToken=token)["Responses"] == []
    execute(insert, guard.replace("'x'", "'y'"), ClientRequestToken=token)  # the same again, once done
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        execute(insert)
    assert caught.value.response["CancellationReasons"][0]["Code"] == "DuplicateItem"
    with pytest.raises(dynamodb.exceptions.ClientError) as caught:
        execute(f"SELECT * FROM \"{table}\" WHERE pk = 't'")
    assert caught.value.response["Error"]["Message"] == (
        "Select statements within ExecuteTransaction must specify the primary key in the where clause.")
    got = execute(f"SELECT * FROM \"{table}\" WHERE pk = 't' AND sk = 1", f"SELECT * FROM \"{table}\" WHERE pk = 't' AND sk = 2")
    assert got["Responses"] == [{"Item": {"pk": {"S": "t"}, "sk": {"N": "1"}}}, {}]


def test_the_older_parameters(dynamodb, table):
    key = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    got = dynamodb.query(TableName=table, KeyConditions={
        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
        "sk": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "1"}]}},
        QueryFilter={"g": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "y"}]}}, AttributesToGet=["sk"])
    assert got["Items"] == [{"sk": {"N": "3"}}, {"sk": {"N": "5"}}]
    got = dynamodb.scan(TableName=table, ScanFilter={
        "g": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]},
        "sk": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "2"}]}}, ConditionalOperator="OR")
    assert sorted(numbers(got["Items"])) == [0, 1, 2, 4]
    answer = dynamodb.update_item(TableName=table, Key=key, ReturnValues="UPDATED_NEW", AttributeUpdates={
        "n": {"Action": "ADD", "Value": {"N": "2"}}, "g": {"Action": "DELETE"}, "p": {"Value": {"S": "put"}}},
        Expected={"g": {"Value": {"S": "y"}}})
    assert answer["Attributes"] == {"n": {"N": "2"}, "p": {"S": "put"}}
    assert refused(dynamodb.put_item, TableName=table, Item=key, Expected={"pk": {"Exists": False}}) == (
        "ConditionalCheckFailedException", "The conditional request failed")
    assert refused(dynamodb.put_item, TableName=table, Item=key, Expected={"pk": {"Exists": False}},
                   ConditionExpression="attribute_not_exists(pk)")[1] == (
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} "
        "Expression parameters: {ConditionExpression}")


def test_conditions_of_statements_add_up(dynamodb, make_table):
    table = make_table()
    for number in range(5):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(number)}, "n": {"N": str(number)}})

    def found(where):
        answer = dynamodb.execute_statement(Statement=f'SELECT pk FROM "{table}" WHERE {where}')
        return sorted(item["pk"]["S"] for item in answer["Items"])

    assert found("n + 1 = 3") == ["2"]
    assert found("n - 1 BETWEEN 1 AND size(pk) + 1") == ["2", "3"]
    assert found("pk + 1 = 1") == []
