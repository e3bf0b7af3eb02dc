"""Promise: your AWS code runs unchanged. Functions, versions, aliases, policies and settings answer like the real ones."""

import base64
import hashlib
import json
import re
import uuid

import botocore.exceptions
import pytest
import requests
from blackbox_server import ROLE, create, invoke, package

OK = "def handler(e, c):\n    return c.function_version\n"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def test_create_answers_with_the_whole_configuration(aws):
    code = package(OK)
    answer = aws.create_function(FunctionName="whole", Runtime="python3.11", Role=ROLE, Handler="app.handler",
                                 Code={"ZipFile": code}, Tags={"a": "b"})
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", answer.pop("LastModified"))
    assert uuid.UUID(answer["RevisionId"]).version == 4
    assert re.fullmatch(r"arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}",
                        answer.pop("RuntimeVersionConfig")["RuntimeVersionArn"])
    first_revision = answer.pop("RevisionId")
    assert answer == {
        "FunctionName": "whole", "FunctionArn": ARN + "whole", "Runtime": "python3.11", "Role": ROLE,
        "Handler": "app.handler", "CodeSize": len(code), "Description": "", "Timeout": 3, "MemorySize": 128,
        "CodeSha256": base64.b64encode(hashlib.sha256(code).digest()).decode(), "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"}, "PackageType": "Zip", "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512}, "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/whole"}, "State": "Pending",
        "StateReason": "The function is being created.", "StateReasonCode": "Creating"}
    aws.get_waiter("function_active_v2").wait(FunctionName="whole", WaiterConfig={"Delay": 0.05})
    found = aws.get_function(FunctionName="whole")
    settled = found["Configuration"]
    assert settled["State"] == "Active" and settled["LastUpdateStatus"] == "Successful"
    assert not {"StateReason", "StateReasonCode", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"} & set(settled)
    assert settled["RevisionId"] != first_revision
    assert found["Tags"] == {"a": "b"} and found["Code"]["RepositoryType"] == "S3"


def test_an_update_answers_before_it_is_done(aws):
    name = create(aws, OK, Environment={"Variables": {"AB": "c"}}, Description="before")
    before = aws.get_function_configuration(FunctionName=name)
    answer = aws.update_function_configuration(FunctionName=name, Environment={}, LoggingConfig={"LogFormat": "JSON"})
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    assert answer["LastUpdateStatusReason"] == "The function is being created."
    assert answer["LastUpdateStatusReasonCode"] == "Creating"
    assert "Environment" not in answer and answer["Description"] == "before"
    assert answer["LoggingConfig"] == {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
                                       "LogGroup": "/aws/lambda/" + name}
    assert answer["RevisionId"] != before["RevisionId"]
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    settled = aws.get_function_configuration(FunctionName=name)
    assert settled["LastUpdateStatus"] == "Successful" and settled["RevisionId"] != answer["RevisionId"]


def test_a_dry_run_of_new_code_changes_nothing(aws):
    name = create(aws, OK)
    before = aws.get_function_configuration(FunctionName=name)
    aws.update_function_code(FunctionName=name, ZipFile=package("other = 1\n"), DryRun=True)
    after = aws.get_function_configuration(FunctionName=name)
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}


def test_a_key_for_the_variables_is_a_record(aws):
    key = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
    name = create(aws, "def handler(e, c):\n    return 1\n", KMSKeyArn=key)
    assert aws.get_function_configuration(FunctionName=name)["KMSKeyArn"] == key
    assert aws.publish_version(FunctionName=name)["KMSKeyArn"] == key
    assert "KMSKeyArn" not in aws.update_function_configuration(FunctionName=name, KMSKeyArn="")


def test_an_empty_network_is_told(aws):
    name = create(aws, OK, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
    assert aws.get_function_configuration(FunctionName=name)["VpcConfig"] == {
        "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False}


def test_a_page_holds_fifty_whatever_is_asked_for(aws):
    names = {create(aws, OK, wait=False) for _ in range(51)}
    page = aws.list_functions(MaxItems=10000)
    assert len(page["Functions"]) == 50 and page["NextMarker"]
    everyone = [entry["FunctionName"] for page in aws.get_paginator("list_functions").paginate()
                for entry in page["Functions"]]
    assert names <= set(everyone) and len(set(everyone)) == len(everyone)
    for name in names:
        aws.delete_function(FunctionName=name)


def test_a_function_that_is_created_with_its_first_version(aws):
    answer = aws.create_function(FunctionName="published", Runtime="python3.11", Role=ROLE, Handler="app.handler",
                                 Code={"ZipFile": package(OK)}, Publish=True)
    assert (answer["FunctionArn"], answer["Version"]) == (ARN + "published:1", "1")
    aws.get_waiter("published_version_active").wait(FunctionName="published", Qualifier="1", WaiterConfig={"Delay": 0.05})
    assert invoke(aws, "published:1")[1] == "1"


def test_the_code_link_gives_the_package_without_credentials(aws):
    name = create(aws, OK)
    link = aws.get_function(FunctionName=name)["Code"]["Location"]
    assert requests.get(link, timeout=10).content[:2] == b"PK"
    assert requests.get(link[:-1] + "x", timeout=10).status_code == 403


def test_all_versions_are_listed_and_deletions_answer_with_nothing(server):
    """In a region of its own, where there are no other functions."""
    client = server.client("lambda", region_name="eu-west-3")
    names = [f"f{number}" for number in range(3)]
    for name in names:
        create(client, "def handler(event, context):\n    return event\n", name)
        for version in range(2):
            client.update_function_configuration(FunctionName=name, Description=str(version))
            client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
            client.publish_version(FunctionName=name)
    want = [(name, version) for name in names for version in ("$LATEST", "1", "2")]

    def shown(answer):
        return [(one["FunctionName"], one["Version"]) for one in answer["Functions"]]

    whole = client.list_functions(FunctionVersion="ALL")
    assert shown(whole) == want and "NextMarker" not in whole
    for size in (1, 2, 3, 9):
        pages = list(client.get_paginator("list_functions").paginate(FunctionVersion="ALL", PaginationConfig={"PageSize": size}))
        assert [one for page in pages for one in shown(page)] == want
        assert all(len(page["Functions"]) == size for page in pages[:-1])
    answers = [client.delete_function(FunctionName="f0", Qualifier="1")]
    answers += [client.delete_function(FunctionName=name) for name in names]
    assert [one["ResponseMetadata"]["HTTPStatusCode"] for one in answers] == [204] * 4


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


@pytest.fixture(scope="module")
def permitted(aws):
    return create(aws, OK)


@pytest.mark.parametrize("given, shown", [
    ({"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b"},
     {"Principal": {"Service": "s3.amazonaws.com"}, "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}}),
    ({"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b", "SourceAccount": "123456789012"},
     {"Principal": {"Service": "s3.amazonaws.com"},
      "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}}),
    ({"Principal": "123456789012"}, {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
    ({"Principal": "arn:aws:iam::123456789012:user/u"}, {"Principal": {"AWS": "arn:aws:iam::123456789012:user/u"}}),
    ({"Principal": "*", "PrincipalOrgID": "o-0123456789"},
     {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-0123456789"}}}),
    ({"Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1.ask"},
     {"Principal": {"Service": "alexa-appkit.amazon.com"},
      "Condition": {"StringEquals": {"lambda:EventSourceToken": "amzn1.ask"}}}),
    ({"Principal": "*", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
     {"Principal": "*", "Action": "lambda:InvokeFunctionUrl",
      "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}),
    ({"Principal": "*", "InvokedViaFunctionUrl": True},
     {"Principal": "*", "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}}),
])
def test_statements_of_a_policy(aws, permitted, given, shown):
    answer = aws.add_permission(**{"FunctionName": permitted, "StatementId": "s", "Action": "lambda:InvokeFunction", **given})
    statement = json.loads(answer["Statement"])
    assert statement == {"Sid": "s", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ARN + permitted, **shown}
    policy = aws.get_policy(FunctionName=permitted)
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    aws.remove_permission(FunctionName=permitted, StatementId="s", RevisionId=policy["RevisionId"])
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_policy(FunctionName=permitted)


def test_each_qualifier_has_its_own_policy(aws):
    name = create(aws, OK)
    statement = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    aws.add_permission(FunctionName=name, **statement)
    aws.publish_version(FunctionName=name)
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_policy(FunctionName=name, Qualifier="1")
    answer = aws.add_permission(FunctionName=name, Qualifier="1", **statement)
    assert json.loads(answer["Statement"])["Resource"] == f"{ARN}{name}:1"
    assert len(json.loads(aws.get_policy(FunctionName=name)["Policy"])["Statement"]) == 1


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


def test_what_is_attached_to_an_alias_goes_with_it(aws):
    name = create(aws, "def handler(e, c):\n    return 1\n", Publish=True)
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    on_alias = {"FunctionName": name, "Qualifier": "live"}
    aws.add_permission(**on_alias, StatementId="s", Action="lambda:InvokeFunction", Principal="*")
    aws.put_function_event_invoke_config(**on_alias, MaximumRetryAttempts=1)
    aws.put_provisioned_concurrency_config(**on_alias, ProvisionedConcurrentExecutions=1)
    aws.create_function_url_config(**on_alias, AuthType="NONE")
    aws.delete_alias(FunctionName=name, Name="live")
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    for read in (aws.get_policy, aws.get_function_event_invoke_config, aws.get_provisioned_concurrency_config,
                 aws.get_function_url_config):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            read(**on_alias)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    aws.delete_function(FunctionName=name)


def test_runtime_management_is_a_setting_of_each_version(aws):
    name = create(aws, "def handler(event, context):\n    return 1\n")
    config = aws.get_runtime_management_config(FunctionName=name)
    assert config["UpdateRuntimeOn"] == "Auto" and config["FunctionArn"].endswith(name + ":$LATEST") and "RuntimeVersionArn" not in config
    version = aws.publish_version(FunctionName=name)["Version"]
    arn = aws.get_function_configuration(FunctionName=name)["RuntimeVersionConfig"]["RuntimeVersionArn"]
    put = aws.put_runtime_management_config(FunctionName=name, Qualifier=version, UpdateRuntimeOn="Manual", RuntimeVersionArn=arn)
    assert (put["UpdateRuntimeOn"], put["RuntimeVersionArn"]) == ("Manual", arn)
    assert aws.get_runtime_management_config(FunctionName=name, Qualifier=version)["RuntimeVersionArn"] == arn
    assert aws.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "Auto"
    aws.put_runtime_management_config(FunctionName=name, UpdateRuntimeOn="FunctionUpdate")
    assert aws.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "FunctionUpdate"
    for refused in ({"UpdateRuntimeOn": "Manual"}, {"UpdateRuntimeOn": "Auto", "RuntimeVersionArn": arn},
                    {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": arn[:-1] + "x"}):
        with pytest.raises(aws.exceptions.InvalidParameterValueException):
            aws.put_runtime_management_config(FunctionName=name, **refused)
