"""Promise: your AWS code runs unchanged: deployment tools put packages into a bucket, and Lambda reads them there."""
import io
import os
import uuid

import pytest
from blackbox_server import ROLE, allow, invoke, package
from refusals import refusal


@pytest.fixture(scope="module")
def bucket(s3):
    name = "code-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def code(answer):
    return package(f"def handler(event, context):\n    return {answer!r}\n")


def made(aws, source, **options):
    name = "f-" + uuid.uuid4().hex[:12]
    aws.create_function(FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=ROLE, Code=source, **options)
    aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
    return name


def test_a_function_is_made_and_changed_from_a_bucket(server, s3, bucket):
    aws = server.client("lambda")
    first = s3.put_object(Bucket=bucket, Key="a/code.zip", Body=code("first"))["VersionId"]
    name = made(aws, {"S3Bucket": bucket, "S3Key": "a/code.zip"})
    assert invoke(aws, name)[1] == "first"
    s3.put_object(Bucket=bucket, Key="a/code.zip", Body=code("second"))
    aws.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key="a/code.zip")
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert invoke(aws, name)[1] == "second"
    kept = {"S3Bucket": bucket, "S3Key": "a/code.zip", "S3ObjectVersion": first, "S3ObjectStorageMode": "COPY"}
    assert invoke(aws, made(aws, kept))[1] == "first"
    s3.delete_object(Bucket=bucket, Key="a/code.zip")  # Lambda has its own copy
    assert invoke(aws, name)[1] == "second"


def test_a_package_of_many_parts(server, s3, bucket):
    aws = server.client("lambda")
    s3.upload_fileobj(io.BytesIO(package({"app.py": "def handler(e, c):\n    return 'big'\n", "data": os.urandom(20 << 20)})), bucket, "big")
    assert invoke(aws, made(aws, {"S3Bucket": bucket, "S3Key": "big"}))[1] == "big"


def test_what_is_not_there(server, bucket):
    aws = server.client("lambda")
    status, said, text = refusal(aws.create_function, FunctionName="x", Runtime="python3.11", Handler="app.handler", Role=ROLE,
                                 Code={"S3Bucket": bucket, "S3Key": "never"})
    assert (status, said) == (400, "InvalidParameterValueException")
    assert text == ("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")


def test_who_may_not_read_it_has_no_function_of_it(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=code("x"))
    user = server.make_user()
    user.may(allow("lambda:*", "iam:PassRole"))
    status, said, text = refusal(server.client("lambda", **user.keys).create_function, FunctionName="x", Runtime="python3.11",
                                 Handler="app.handler", Role=ROLE, Code={"S3Bucket": bucket, "S3Key": "k"})
    assert (status, said) == (403, "AccessDeniedException") and text.startswith("Your access has been denied by S3")
