"""Promise: an import makes a table of all that is an item in its objects, counts and tells what is none, and reads with the rights
of who asked; what was exported can be imported again."""

import gzip
import json
import time
import uuid

import pytest
from blackbox_server import until
from refusals import refusal

KEYS = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
VALIDATION = ("FAILED", "ItemValidationError", "Some of the items failed validation checks and were not imported. "
              "Please check CloudWatch error logs for more details.")


@pytest.fixture
def imported(dynamodb):
    """Begins imports of tables that are gone afterwards, and gives what became of them: imported("CSV", bucket, ...)"""
    names = []

    def run(form, bucket, client=dynamodb, source=None, parameters=None, **more):
        names.append("i-" + uuid.uuid4().hex)
        told = client.import_table(S3BucketSource={"S3Bucket": bucket, **(source or {})}, InputFormat=form,
                                   TableCreationParameters={"TableName": names[-1], **KEYS, **(parameters or {})}, **more)
        assert told["ImportTableDescription"]["ImportStatus"] == "IN_PROGRESS"
        return ended(client, told)

    yield run
    for name in names:
        try:
            dynamodb.delete_table(TableName=name)
        except dynamodb.exceptions.ResourceNotFoundException:
            pass


def ended(dynamodb, told):
    arn = told["ImportTableDescription"]["ImportArn"]

    def look():
        description = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        return description if description["ImportStatus"] != "IN_PROGRESS" else None

    until(look, seconds=60)
    return look()


def name_of(description):
    return description["TableCreationParameters"]["TableName"]


def items_in(dynamodb, table, **more):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **more)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def counts(description):
    return description["ProcessedItemCount"], description["ImportedItemCount"], description["ErrorCount"]


def line(item):
    return json.dumps({"Item": item}) + "\n"


def zstd(data):
    """A frame of one block that is not compressed."""
    assert len(data) < 256
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + (len(data) << 3 | 1).to_bytes(3, "little") + data


def test_a_table_of_several_objects_and_its_indexes(dynamodb, s3, bucket, imported):
    objects = {}
    for number in range(3):
        items = [{"pk": {"S": f"{number}-{at}"}, "g": {"S": "ab"[at % 2]}, "n": {"N": str(at)}, "pad": {"S": "p" * 3000}} for at in range(700)]
        objects |= {item["pk"]["S"]: item for item in items}
        s3.put_object(Bucket=bucket, Key=f"in/part-{number}", Body="".join(map(line, items)).encode())
    s3.put_object(Bucket=bucket, Key="in/", Body=b"")
    s3.put_object(Bucket=bucket, Key="other/part", Body=line({"pk": {"S": "other"}}).encode())
    index = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
             "Projection": {"ProjectionType": "KEYS_ONLY"}, "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 1}}
    parameters = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1},
                  "GlobalSecondaryIndexes": [index], "AttributeDefinitions": [
                      {"AttributeName": name, "AttributeType": kind} for name, kind in (("pk", "S"), ("g", "S"), ("n", "N"))]}
    done = imported("DYNAMODB_JSON", bucket, source={"S3KeyPrefix": "in/"}, parameters=parameters)
    assert done["ImportStatus"] == "COMPLETED" and counts(done) == (2100, 2100, 0)
    assert done["ProcessedSizeBytes"] == sum(len(line(item)) for item in objects.values())
    table = name_of(done)
    assert items_in(dynamodb, table) == objects
    described = dynamodb.describe_table(TableName=table)["Table"]
    assert described["TableStatus"] == "ACTIVE" and described["ItemCount"] == 2100 and described["TableId"] == done["TableId"]
    assert described["GlobalSecondaryIndexes"][0]["ItemCount"] == 2100
    found = dynamodb.query(TableName=table, IndexName="by-g", KeyConditionExpression="g = :g AND n > :n",
                           ExpressionAttributeValues={":g": {"S": "b"}, ":n": {"N": "690"}})
    assert found["Count"] == 15
    told = done["TableCreationParameters"]
    assert told["GlobalSecondaryIndexes"] == [index] and told["ProvisionedThroughput"] == parameters["ProvisionedThroughput"]
    assert done["S3BucketSource"] == {"S3Bucket": bucket, "S3KeyPrefix": "in/"} and done["InputCompressionType"] == "NONE"


@pytest.mark.parametrize("form", ["DYNAMODB_JSON", "ION"])
def test_what_was_exported_comes_back(dynamodb, bucket, make_table, imported, form):
    table = make_table()
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    for number in range(50):
        dynamodb.put_item(TableName=table, Item={
            "pk": {"S": str(number)}, "all": {"M": {"b": {"B": b"\x00\xff"}, "l": {"L": [{"NULL": True}, {"BOOL": False}]},
                                                    "s": {"NS": ["1", "2.50"]}, "t": {"S": "\"ä\n"}}}})
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    told = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, ExportFormat=form)["ExportDescription"]
    dynamodb.get_waiter("export_completed").wait(ExportArn=told["ExportArn"], WaiterConfig={"Delay": 1})
    data = told["ExportManifest"].removesuffix("manifest-summary.json") + "data/"
    done = imported(form, bucket, source={"S3KeyPrefix": data}, InputCompressionType="GZIP")
    assert counts(done) == (50, 50, 0) and items_in(dynamodb, name_of(done)) == items_in(dynamodb, table)


@pytest.mark.parametrize("compression", ["NONE", "GZIP", "ZSTD"])
def test_values_between_commas(dynamodb, s3, bucket, imported, compression):
    pack = {"NONE": lambda data: data, "GZIP": gzip.compress, "ZSTD": zstd}[compression]
    text = 'pk,n,text\r\na,007,plain\r\n"b, c",1.5,"said ""so"", in\ntwo lines"\r\nd,2\r\n'
    s3.put_object(Bucket=bucket, Key="data", Body=pack(text.encode()))
    parameters = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}],
                  "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]}
    done = imported("CSV", bucket, parameters=parameters, InputCompressionType=compression)
    assert done["ImportStatus"] == "COMPLETED" and "InputFormatOptions" not in done
    assert items_in(dynamodb, name_of(done)) == {
        "a": {"pk": {"S": "a"}, "n": {"N": "7"}, "text": {"S": "plain"}},
        "b, c": {"pk": {"S": "b, c"}, "n": {"N": "1.5"}, "text": {"S": 'said "so", in\ntwo lines'}},
        "d": {"pk": {"S": "d"}, "n": {"N": "2"}}}


def test_names_and_delimiters_that_are_given(dynamodb, s3, bucket, imported):
    s3.put_object(Bucket=bucket, Key="data", Body=b"a;1,5\nb;2\n")
    options = {"Csv": {"Delimiter": ";", "HeaderList": ["pk", "val"]}}
    done = imported("CSV", bucket, InputFormatOptions=options)
    assert done["InputFormatOptions"] == options
    assert {name: item["val"]["S"] for name, item in items_in(dynamodb, name_of(done)).items()} == {"a": "1,5", "b": "2"}


def test_what_is_no_item_is_counted_and_told(dynamodb, s3, logs, bucket, imported):
    body = line({"pk": {"S": "good"}}) + line({"pk": {"N": "1"}}) + line({"other": {"S": "x"}}) + '{"pk": {"S": "bare"}}\nno\n' + \
        line({"pk": {"S": "big"}, "pad": {"S": "x" * 410_000}}) + line({"pk": {"S": "last"}}) + line({"pk": {"S": "good"}, "v": {"N": "2"}})
    s3.put_object(Bucket=bucket, Key="data", Body=body.encode())
    done = imported("DYNAMODB_JSON", bucket)
    assert (done["ImportStatus"], done["FailureCode"], done["FailureMessage"]) == VALIDATION
    assert counts(done) == (8, 3, 5)
    assert items_in(dynamodb, name_of(done)) == {"good": {"pk": {"S": "good"}, "v": {"N": "2"}}, "last": {"pk": {"S": "last"}}}

    assert done["CloudWatchLogGroupArn"].endswith(":log-group:/aws-dynamodb/imports:*")
    stream = done["ImportArn"].rsplit("/", 1)[1] + "/error"
    events = logs.get_log_events(logGroupName="/aws-dynamodb/imports", logStreamName=stream, startFromHead=True)["events"]
    told = [json.loads(event["message"]) for event in events]
    assert [one["itemS3Pointer"] for one in told] == [{"bucket": bucket, "key": "data", "itemIndex": at} for at in (1, 2, 3, 4, 5)]
    assert told[2]["errorMessages"] == ["Expected 'Item' top level container"] and told[0]["importArn"] == done["ImportArn"]


def test_an_item_whose_key_of_an_index_is_of_another_type_is_counted(dynamodb, s3, bucket, imported):
    lines = ['{"Item":{"pk":{"S":"well"},"g":{"S":"x"}}}', '{"Item":{"pk":{"S":"wrong"},"g":{"N":"1"}}}', '{"Item":{"pk":{"S":"outside"}}}']
    s3.put_object(Bucket=bucket, Key="data", Body="\n".join(lines).encode())
    parameters = {"AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "g")],
                  "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "GlobalSecondaryIndexes": [
                      {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}]}
    done = imported("DYNAMODB_JSON", bucket, parameters=parameters)
    assert (done["ImportStatus"], done["FailureCode"]) == VALIDATION[:2] and counts(done) == (3, 2, 1)
    assert set(items_in(dynamodb, name_of(done))) == {"well", "outside"}


def test_an_object_that_cannot_be_read_on_keeps_no_other_from_being_read(dynamodb, s3, bucket, imported):
    whole = gzip.compress(line({"pk": {"S": "whole"}}).encode())
    s3.put_object(Bucket=bucket, Key="1", Body=b"plain text")
    s3.put_object(Bucket=bucket, Key="2", Body=gzip.compress((line({"pk": {"S": "cut"}}) * 2).encode())[:-4])
    s3.put_object(Bucket=bucket, Key="3", Body=whole)
    done = imported("DYNAMODB_JSON", bucket, InputCompressionType="GZIP")
    assert (done["ImportStatus"], done["FailureCode"]) == VALIDATION[:2] and done["ErrorCount"] == 2
    assert "whole" in items_in(dynamodb, name_of(done))


def test_what_is_refused(server, dynamodb, iam, s3, bucket, make_table, imported):
    s3.put_object(Bucket=bucket, Key="data", Body=line({"pk": {"S": "a"}}).encode())
    for name, code in (("nobodys-" + uuid.uuid4().hex, "S3NoSuchBucket"), (bucket, "S3NoSuchKey")):
        done = imported("DYNAMODB_JSON", name, source={"S3KeyPrefix": "none/"})
        assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", code) and done["FailureMessage"]
        assert refusal(dynamodb.describe_table, TableName=name_of(done))[1] == "ResourceNotFoundException"

    ask = {"S3BucketSource": {"S3Bucket": bucket}, "InputFormat": "DYNAMODB_JSON", "TableCreationParameters": {"TableName": make_table(), **KEYS}}
    assert refusal(dynamodb.import_table, **ask)[1] == "ResourceInUseException"
    assert refusal(dynamodb.import_table, **ask | {"InputFormatOptions": {"Csv": {"Delimiter": ";"}}})[1] == "ValidationException"
    wrong = ask["TableCreationParameters"] | {"TableName": "other", "AttributeDefinitions": []}
    assert refusal(dynamodb.import_table, **ask | {"TableCreationParameters": wrong})[1] == "ValidationException"
    assert refusal(dynamodb.describe_import, ImportArn="arn:aws:dynamodb:us-east-1:000000000000:table/x-y/import/01693685827463-2d8752fd"
                   )[1] == "ImportNotFoundException"

    user = "importer-" + uuid.uuid4().hex[:8]
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = server.client("dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    def allow(*actions):
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}))

    allow("dynamodb:DescribeImport")
    fresh = ask | {"TableCreationParameters": {"TableName": "never-made", **KEYS}}
    assert refusal(own.import_table, **fresh)[1] == "AccessDeniedException"
    for actions in (("dynamodb:*", "s3:ListBucket"), ("dynamodb:*", "s3:GetObject")):
        allow(*actions)
        assert imported("DYNAMODB_JSON", bucket, client=own)["FailureCode"] == "S3AccessDenied"
    allow("dynamodb:*", "s3:ListBucket", "s3:GetObject")
    assert imported("DYNAMODB_JSON", bucket, client=own)["ImportStatus"] == "COMPLETED"


def test_imports_are_listed_and_begun_once(dynamodb, s3, bucket, imported):
    s3.put_object(Bucket=bucket, Key="data", Body=line({"pk": {"S": "a"}}).encode())
    arns = []
    for _ in range(3):
        arns.append(imported("DYNAMODB_JSON", bucket)["ImportArn"])
        time.sleep(0.002)
    found, token = [], {}
    while len(found) < 3:
        page = dynamodb.list_imports(PageSize=2, **token)
        found += [one["ImportArn"] for one in page["ImportSummaryList"]]
        token = {"NextToken": page["NextToken"]}
    assert found[:3] == arns[::-1]
    table = arns[0].split("/import/")[0]
    mine = dynamodb.list_imports(TableArn=table)["ImportSummaryList"]
    assert [(one["ImportArn"], one["ImportStatus"], one["InputFormat"]) for one in mine] == [(arns[0], "COMPLETED", "DYNAMODB_JSON")]

    name = "i-" + uuid.uuid4().hex
    ask = {"S3BucketSource": {"S3Bucket": bucket}, "InputFormat": "DYNAMODB_JSON", "ClientToken": name,
           "TableCreationParameters": {"TableName": name, **KEYS}}
    first = dynamodb.import_table(**ask)
    again = dynamodb.import_table(**ask)
    assert again["ImportTableDescription"]["ImportArn"] == first["ImportTableDescription"]["ImportArn"]
    assert refusal(dynamodb.import_table, **ask | {"InputFormat": "CSV"})[:2] == (400, "ImportConflictException")
    dynamodb.get_waiter("import_completed").wait(ImportArn=first["ImportTableDescription"]["ImportArn"], WaiterConfig={"Delay": 1})
    dynamodb.delete_table(TableName=name)
