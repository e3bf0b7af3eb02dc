"""Promise: your AWS code runs unchanged, and every call is authorized. A policy that is put as a document is the same policy that
permissions make up."""

import json
import uuid

import pytest
from blackbox_server import create, invoke
from refusals import refusal

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def document(arn, *statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": arn, **one} for one in statements]}, indent=1)


def allowed(account, action="lambda:InvokeFunction", sid="others"):
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": action}


@pytest.fixture(scope="module")
def others(server):
    """Another account: its number and a client of its root."""
    number, keys = server.make_account()
    return number, server.client("lambda", **keys)


@pytest.fixture
def name(aws):
    return create(aws, "def handler(e, c):\n    return e\n")


def test_what_is_put_counts_and_is_read_as_it_was_put(aws, others, name):
    number, theirs = others
    arn = ARN + name
    assert refusal(theirs.invoke, FunctionName=arn)[1] == "AccessDeniedException"
    text = document(arn, allowed(number))
    put = aws.put_resource_policy(ResourceArn=arn, Policy=text)
    assert put["Policy"] == text
    got = aws.get_resource_policy(ResourceArn=arn)
    assert (got["Policy"], got["RevisionId"]) == (text, put["RevisionId"])
    assert json.loads(aws.get_policy(FunctionName=name)["Policy"]) == json.loads(text)
    assert invoke(theirs, arn, 1)[1] == 1
    # The last word of one denies what the other allows.
    aws.put_resource_policy(ResourceArn=arn, Policy=document(arn, allowed(number), {**allowed(number, sid="no"), "Effect": "Deny"}))
    assert refusal(theirs.invoke, FunctionName=arn)[1] == "AccessDeniedException"
    aws.delete_resource_policy(ResourceArn=arn)
    assert refusal(aws.get_resource_policy, ResourceArn=arn)[:2] == (404, "ResourceNotFoundException")
    assert refusal(aws.delete_resource_policy, ResourceArn=arn)[:2] == (404, "ResourceNotFoundException")


def test_what_it_denies_nobody_may(server, aws, name):
    arn = ARN + name
    user = server.make_user(policy={"Effect": "Allow", "Action": "lambda:*", "Resource": "*"})
    mine = server.client("lambda", **user.keys)
    assert invoke(mine, name, 1)[1] == 1
    aws.put_resource_policy(ResourceArn=arn, Policy=document(arn, {
        "Sid": "not-you", "Effect": "Deny", "Principal": {"AWS": user.arn}, "Action": "lambda:InvokeFunction"}))
    assert refusal(mine.invoke, FunctionName=name)[1] == "AccessDeniedException"
    assert mine.get_function(FunctionName=name)
    assert invoke(aws, name, 2)[1] == 2, "others may"
    aws.delete_resource_policy(ResourceArn=arn)
    assert invoke(mine, name, 3)[1] == 3


def test_permissions_are_added_to_it_and_taken_from_it(aws, others, name):
    number, theirs = others
    arn = ARN + name
    aws.put_resource_policy(ResourceArn=arn, Policy=document(arn, allowed(number, "lambda:GetFunction"), allowed(number, sid="run")))
    aws.add_permission(FunctionName=name, StatementId="bus", Action="lambda:InvokeFunction", Principal="events.amazonaws.com")
    aws.remove_permission(FunctionName=name, StatementId="others")
    statements = json.loads(aws.get_resource_policy(ResourceArn=arn)["Policy"])["Statement"]
    assert [one["Sid"] for one in statements] == ["run", "bus"]
    assert invoke(theirs, arn, 2)[1] == 2
    assert refusal(theirs.get_function, FunctionName=arn)[1] == "AccessDeniedException"


def test_each_qualifier_has_its_own(aws, others, name):
    number, theirs = others
    arn = ARN + name + ":" + aws.publish_version(FunctionName=name)["Version"]
    aws.put_resource_policy(ResourceArn=arn, Policy=document(arn, allowed(number)))
    assert invoke(theirs, arn, 3)[1] == 3
    assert refusal(theirs.invoke, FunctionName=ARN + name)[1] == "AccessDeniedException"
    assert refusal(aws.put_resource_policy, ResourceArn=ARN + name + ":9", Policy=document(ARN + name + ":9", allowed(number)))[0] == 404


def test_what_is_refused(aws, others, name):
    number, _ = others
    arn = ARN + name
    good = document(arn, allowed(number))
    revision = aws.put_resource_policy(ResourceArn=arn, Policy=good)["RevisionId"]
    for policy in ["no json", "[]", "{}", document(ARN + "another", allowed(number)), document(arn + ":1", allowed(number)),
                   json.dumps({"Version": "2012-10-17", "Statement": [allowed(number)]}), document(arn, {"Effect": "Maybe"})]:
        assert refusal(aws.put_resource_policy, ResourceArn=arn, Policy=policy)[:2] == (400, "InvalidParameterValueException"), policy
    assert refusal(aws.put_resource_policy, ResourceArn=arn, Policy=good, RevisionId=str(uuid.uuid4()))[0] == 412
    assert refusal(aws.delete_resource_policy, ResourceArn=arn, RevisionId=str(uuid.uuid4()))[0] == 412
    assert aws.get_resource_policy(ResourceArn=arn)["RevisionId"] == revision
    assert refusal(aws.put_resource_policy, ResourceArn=ARN + "none-such", Policy=document(ARN + "none-such", allowed(number)))[0] == 404
    assert refusal(aws.put_resource_policy, ResourceArn=arn + ":$LATEST", Policy=good)[0] == 400
    aws.delete_resource_policy(ResourceArn=arn, RevisionId=revision)
