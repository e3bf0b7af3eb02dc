"""Promise: your AWS code runs unchanged. Functions, versions, aliases, policies and settings answer like the real ones."""

import json

import pytest
import requests
from blackbox_server import ROLE, create, invoke, package

OK = "def handler(e, c):\n    return c.function_version\n"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def test_create_answers_with_the_whole_configuration(aws):
    answer = aws.create_function(FunctionName="whole", Runtime="python3.11", Role=ROLE, Handler="app.handler",
                                 Code={"ZipFile": package(OK)}, Tags={"a": "b"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["FunctionArn"] == ARN + "whole" and answer["State"] == "Pending"
    assert answer["StateReasonCode"] == "Creating" and "LastUpdateStatus" not in answer
    assert answer["Timeout"] == 3 and answer["MemorySize"] == 128 and answer["Description"] == ""
    assert answer["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/whole"}
    assert "Environment" not in answer and "Layers" not in answer
    aws.get_waiter("function_active_v2").wait(FunctionName="whole", WaiterConfig={"Delay": 0.05})
    found = aws.get_function(FunctionName="whole")
    assert found["Configuration"]["LastUpdateStatus"] == "Successful"
    assert found["Configuration"]["RevisionId"] != answer["RevisionId"]
    assert found["Tags"] == {"a": "b"}


def test_the_code_link_gives_the_package_without_credentials(aws):
    name = create(aws, OK)
    link = aws.get_function(FunctionName=name)["Code"]["Location"]
    assert requests.get(link, timeout=10).content[:2] == b"PK"
    assert requests.get(link[:-1] + "x", timeout=10).status_code == 403


def test_versions_and_aliases(aws):
    name = create(aws, OK)
    first = aws.publish_version(FunctionName=name)
    assert first["Version"] == "1" and first["FunctionArn"] == ARN + name + ":1"
    assert aws.publish_version(FunctionName=name)["Version"] == "1"
    aws.update_function_configuration(FunctionName=name, Description="second")
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert aws.publish_version(FunctionName=name)["Version"] == "2"
    versions = [v["Version"] for v in aws.list_versions_by_function(FunctionName=name)["Versions"]]
    assert versions == ["$LATEST", "1", "2"]
    alias = aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1",
                             RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    assert alias["AliasArn"] == ARN + name + ":live"
    seen = {invoke(aws, name, Qualifier="live")[1] for _ in range(40)}
    assert seen == {"1", "2"}
    aws.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}})
    assert invoke(aws, name + ":live")[0]["ExecutedVersion"] == "2"
    with pytest.raises(aws.exceptions.ResourceConflictException):
        aws.delete_function(FunctionName=name, Qualifier="2")
    aws.delete_alias(FunctionName=name, Name="live")
    with pytest.raises(aws.exceptions.ResourceNotFoundException) as raised:
        aws.get_alias(FunctionName=name, Name="live")
    assert raised.value.response["Error"]["Message"] == f"Cannot find alias arn: {ARN}{name}:live"


def test_policies(aws):
    name = create(aws, OK)
    statement = json.loads(aws.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction",
                                              Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::b")["Statement"])
    assert statement == {"Sid": "s", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                         "Action": "lambda:InvokeFunction", "Resource": ARN + name,
                         "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}}
    assert json.loads(aws.get_policy(FunctionName=name)["Policy"])["Statement"] == [statement]
    aws.remove_permission(FunctionName=name, StatementId="s")
    with pytest.raises(aws.exceptions.ResourceNotFoundException) as raised:
        aws.get_policy(FunctionName=name)
    assert raised.value.response["Error"]["Message"] == "The resource you requested does not exist."


def test_settings_of_asynchronous_invokes(aws):
    name = create(aws, OK)
    put = aws.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    assert put["FunctionArn"] == ARN + name + ":$LATEST"
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    aws.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_function_event_invoke_config(FunctionName=name)


def test_tags_settings_and_deletion(aws):
    name = create(aws, OK)
    aws.tag_resource(Resource=ARN + name, Tags={"k": "v"})
    assert aws.list_tags(Resource=ARN + name)["Tags"] == {"k": "v"}
    aws.untag_resource(Resource=ARN + name, TagKeys=["k"])
    assert "Tags" not in aws.get_function(FunctionName=name)
    assert aws.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1000
    aws.delete_function(FunctionName=name)
    with pytest.raises(aws.exceptions.ResourceNotFoundException) as raised:
        aws.get_function(FunctionName=name)
    assert raised.value.response["Error"]["Message"] == f"Function not found: {ARN}{name}"


def test_a_function_has_its_role_and_no_more(aws):
    code = """
import os, urllib.request, json
def handler(e, c):
    import sys
    return {k: os.environ[k] for k in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN')}
"""
    name = create(aws, code)
    keys = invoke(aws, name)[1]
    import boto3
    session = {"aws_access_key_id": keys["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": keys["AWS_SECRET_ACCESS_KEY"],
               "aws_session_token": keys["AWS_SESSION_TOKEN"], "endpoint_url": aws.meta.endpoint_url,
               "region_name": "us-east-1"}
    who = boto3.client("sts", **session).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::000000000000:assumed-role/test/{name}"
    with pytest.raises(aws.exceptions.ClientError) as raised:
        boto3.client("lambda", **session).delete_function(FunctionName=name)
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
