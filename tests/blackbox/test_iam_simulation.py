"""Promise: what a simulation says is what the engine that authorizes would decide."""

import json
import uuid

import pytest
from refusals import refusal


def fresh(prefix="s"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect="Allow", action="s3:GetObject", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def test_policies_of_ones_own(iam):
    given = policy(statement(action="s3:Get*", resource="arn:aws:s3:::a/*"), statement("Deny", "s3:*", "arn:aws:s3:::a/x"))
    results = iam.simulate_custom_policy(PolicyInputList=[given], ActionNames=["s3:GetObject", "s3:PutObject"],
                                         ResourceArns=["arn:aws:s3:::a/x", "arn:aws:s3:::a/y"])["EvaluationResults"]
    assert [(one["EvalActionName"], one["EvalResourceName"][-1], one["EvalDecision"]) for one in results] == [
        ("s3:GetObject", "x", "explicitDeny"), ("s3:GetObject", "y", "allowed"),
        ("s3:PutObject", "x", "explicitDeny"), ("s3:PutObject", "y", "implicitDeny")]
    denied, allowed = results[0]["MatchedStatements"][0], results[1]["MatchedStatements"][0]
    assert allowed["SourcePolicyId"] == "PolicyInputList.1" and allowed["SourcePolicyType"] == "IAM Policy"
    for found, text in ((allowed, '{"Effect": "Allow"'), (denied, '{"Effect": "Deny"')):
        assert found["StartPosition"] == {"Line": 1, "Column": given.index(text) + 1}
    assert results[1]["ResourceSpecificResults"][0]["EvalResourceDecision"] == "allowed"
    assert results[3]["MatchedStatements"] == []
    pages = list(iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[given], ActionNames=["s3:GetObject"] * 3, ResourceArns=["*", "arn:aws:s3:::a/y"],
        PaginationConfig={"PageSize": 4}))
    assert [len(page["EvaluationResults"]) for page in pages] == [4, 2]


def test_conditions_and_what_is_missing(iam):
    given = policy(statement(Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"},
                                        "NumericLessThan": {"s3:max-keys": "10"}}))

    def decide(*entries):
        return iam.simulate_custom_policy(PolicyInputList=[given], ActionNames=["s3:GetObject"], ContextEntries=[
            {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": values}
            for name, kind, values in entries])["EvaluationResults"][0]

    unknown = decide()
    assert unknown["EvalDecision"] == "implicitDeny"
    assert sorted(unknown["MissingContextValues"]) == ["aws:RequestedRegion", "s3:max-keys"]
    region = ("aws:RequestedRegion", "string", ["eu-west-1"])
    assert decide(region)["MissingContextValues"] == ["s3:max-keys"]
    assert decide(region, ("S3:MAX-KEYS", "numeric", ["9"]))["EvalDecision"] == "allowed"
    assert decide(region, ("s3:max-keys", "numeric", ["10"]))["EvalDecision"] == "implicitDeny"
    assert sorted(iam.get_context_keys_for_custom_policy(PolicyInputList=[given])["ContextKeyNames"]) == \
        ["aws:RequestedRegion", "s3:max-keys"]


def test_boundaries_and_policies_of_resources(iam):
    bounded = iam.simulate_custom_policy(
        PolicyInputList=[policy(statement(action="*"))], ActionNames=["s3:GetObject", "s3:PutObject"],
        PermissionsBoundaryPolicyInputList=[policy(statement(action="s3:Get*"))])["EvaluationResults"]
    assert [one["EvalDecision"] for one in bounded] == ["allowed", "implicitDeny"]
    assert [one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for one in bounded] == [True, False]
    caller = "arn:aws:iam::000000000000:user/me"
    resource = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": caller}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}})
    nothing = policy(statement(action="sqs:SendMessage"))
    granted = iam.simulate_custom_policy(PolicyInputList=[nothing], ActionNames=["s3:GetObject"], ResourcePolicy=resource,
                                         CallerArn=caller, ResourceArns=["arn:aws:s3:::b/k"])["EvaluationResults"][0]
    assert granted["EvalDecision"] == "allowed"
    foreign = iam.simulate_custom_policy(
        PolicyInputList=[nothing], ActionNames=["s3:GetObject"], ResourcePolicy=resource, CallerArn=caller,
        ResourceOwner="arn:aws:iam::111111111111:root", ResourceArns=["arn:aws:s3:::b/k"])["EvaluationResults"][0]
    assert foreign["EvalDecision"] == "implicitDeny", "across accounts both sides must allow"


def test_what_a_user_and_its_groups_have(iam):
    user, group = fresh("User"), fresh("Group")
    arn = iam.create_user(UserName=user)["User"]["Arn"]
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="Own", PolicyDocument=policy(statement(action="s3:GetObject")))
    iam.put_group_policy(GroupName=group, PolicyName="Theirs", PolicyDocument=policy(statement(action="s3:PutObject")))
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess")

    def decide(*actions, source=arn, **more):
        return iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=list(actions), **more)["EvaluationResults"]

    own, theirs, managed, none = decide("s3:GetObject", "s3:PutObject", "lambda:GetFunction", "s3:DeleteObject")
    assert [one["MatchedStatements"][0]["SourcePolicyId"] for one in (own, theirs, managed)] == \
        [f"user_{user}_Own", f"group_{group}_Theirs", "AWSLambda_ReadOnlyAccess"]
    assert none["EvalDecision"] == "implicitDeny"
    assert own["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert decide("s3:PutObject", source=arn.replace(":user/" + user, ":group/" + group))[0]["EvalDecision"] == "allowed"
    denied = decide("s3:GetObject", PolicyInputList=[policy(statement("Deny", "s3:*"))])[0]
    assert denied["EvalDecision"] == "explicitDeny"
    iam.delete_user_policy(UserName=user, PolicyName="Own")
    assert decide("s3:GetObject")[0]["EvalDecision"] == "implicitDeny", "a change holds from the next request on"
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary="arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess")
    assert [one["EvalDecision"] for one in decide("s3:PutObject", "lambda:GetFunction")] == ["implicitDeny", "allowed"]


def test_across_accounts_each_side_is_told(iam):
    caller = "arn:aws:iam::000000000000:user/me"
    queue = "arn:aws:sqs:us-east-1:111111111111:q"
    resource = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": caller}, "Action": "sqs:SendMessage", "Resource": queue}})

    def decide(own, **more):
        result = iam.simulate_custom_policy(
            PolicyInputList=[policy(own)], ActionNames=["sqs:SendMessage"], CallerArn=caller,
            ResourceArns=[queue], **more)["EvaluationResults"][0]
        assert result["ResourceSpecificResults"][0].get("EvalDecisionDetails") == result.get("EvalDecisionDetails")
        return result["EvalDecision"], result.get("EvalDecisionDetails")

    both = {"IAM Policy": "allowed", "Resource Policy": "allowed"}
    assert decide(statement(action="sqs:*"), ResourcePolicy=resource) == ("allowed", both), "an ARN says whose it is"
    assert decide(statement(action="s3:*"), ResourcePolicy=resource) == \
        ("implicitDeny", both | {"IAM Policy": "implicitDeny"})
    assert decide(statement("Deny", "sqs:*"), ResourcePolicy=resource) == \
        ("explicitDeny", both | {"IAM Policy": "explicitDeny"})
    assert decide(statement(action="sqs:*"), ResourcePolicy=resource.replace("Allow", "Deny")) == \
        ("explicitDeny", both | {"Resource Policy": "explicitDeny"})
    assert decide(statement(action="sqs:*")) == ("allowed", None), "nothing is known of the other side"
    own = iam.simulate_custom_policy(
        PolicyInputList=[policy(statement())], ActionNames=["s3:GetObject"], CallerArn=caller, ResourcePolicy=resource,
        ResourceArns=["arn:aws:s3:::b/k"])["EvaluationResults"][0]
    assert "EvalDecisionDetails" not in own


@pytest.mark.parametrize("kind, values, fits", [
    ("string", ["a"], True), ("string", ["a", "b"], False), ("stringList", ["a", "b"], True), ("string", [], True),
    ("numeric", ["1.5e3"], True), ("numeric", ["1", "2"], False), ("numeric", ["x"], False), ("numericList", ["1", "x"], False),
    ("boolean", ["TRUE"], True), ("boolean", ["yes"], False), ("ip", ["192.0.2.0/24"], True), ("ip", ["192.0.2"], False),
    ("date", ["2026-01-31T12:00:00Z"], True), ("dateList", ["1769860800", "soon"], False),
    ("binary", ["YQ=="], True), ("binaryList", ["?"], False)])
def test_values_of_a_context_are_of_their_type(iam, kind, values, fits):
    arguments = {"PolicyInputList": [policy(statement())], "ActionNames": ["s3:GetObject"], "ContextEntries": [
        {"ContextKeyName": "team:of", "ContextKeyType": kind, "ContextKeyValues": values}]}
    if fits:
        iam.simulate_custom_policy(**arguments)
    else:
        status, code, message = refusal(iam.simulate_custom_policy, **arguments)
        assert (status, code) == (400, "InvalidInput") and "team:of" in message


def test_a_key_without_values_is_absent(iam):
    given = policy(statement(Condition={"Null": {"team:of": "true"}}))
    result = iam.simulate_custom_policy(PolicyInputList=[given], ActionNames=["s3:GetObject"], ContextEntries=[
        {"ContextKeyName": "team:of", "ContextKeyType": "string", "ContextKeyValues": []}])["EvaluationResults"][0]
    assert result["EvalDecision"] == "allowed" and result["MissingContextValues"] == ["team:of"]
    assert refusal(iam.simulate_custom_policy, PolicyInputList=[given], ActionNames=["s3:GetObject"],
                   ContextEntries=[{"ContextKeyValues": ["x"]}])[:2] == (400, "InvalidInput")


def test_who_can_be_a_simulated_caller(iam):
    role = iam.create_role(RoleName=fresh(), AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}}))["Role"]["Arn"]
    arguments = {"PolicyInputList": [policy(statement())], "ActionNames": ["s3:GetObject"]}
    for caller in ("arn:aws:iam::000000000000:user/me", role, "arn:aws:iam::000000000000:group/all"):
        iam.simulate_custom_policy(CallerArn=caller, **arguments)
    for caller in ("arn:aws:sts::000000000000:assumed-role/r/s", "arn:aws:sts::000000000000:federated-user/f", "lambda",
                   "arn:aws:iam::aws:policy/ReadOnlyAccess"):
        for call, more in ((iam.simulate_custom_policy, {}), (iam.simulate_principal_policy, {"PolicySourceArn": role})):
            assert refusal(call, CallerArn=caller, **arguments, **more) == (400, "InvalidInput", f"Invalid CallerArn: {caller}")
    resource = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})
    assert refusal(iam.simulate_principal_policy, PolicySourceArn=role, ActionNames=["s3:GetObject"],
                   ResourcePolicy=resource) == (400, "InvalidInput", "CallerArn is required with ResourcePolicy.")


def test_what_cannot_be_simulated(iam):
    good = policy(statement())
    assert refusal(iam.simulate_custom_policy, PolicyInputList=[good], ActionNames=["s3:Get"],
                   PermissionsBoundaryPolicyInputList=[good, good])[:2] == (400, "InvalidInput")
    assert refusal(iam.simulate_custom_policy, PolicyInputList=[good], ActionNames=["s3:Get"],
                   ResourceHandlingOption="EC2-VPC-EBS")[:2] == (501, "NotImplemented")
    assert refusal(iam.simulate_principal_policy, PolicySourceArn="arn:aws:iam::000000000000:user/nobody",
                   ActionNames=["s3:Get"])[:2] == (404, "NoSuchEntity")
    for arguments in ({"PolicyInputList": ["{"], "ActionNames": ["s3:Get"]},
                      {"PolicyInputList": [good], "ActionNames": ["Get"]},
                      {"PolicyInputList": [good], "ActionNames": ["s3:Get"], "ResourceArns": ["bucket"]},
                      {"PolicyInputList": [good], "ActionNames": ["s3:Get"], "ResourcePolicy": good}):
        assert refusal(iam.simulate_custom_policy, **arguments)[:2] == (400, "InvalidInput"), arguments
    assert refusal(iam.simulate_custom_policy, PolicyInputList=[good], ActionNames=["s3:Get"],
                   OrderedOrganizationPolicyInputList=[{"ServiceControlPolicyInputList": [good]}])[:2] == \
        (501, "NotImplemented")
    with pytest.raises(iam.exceptions.ClientError):
        iam.get_context_keys_for_principal_policy(PolicySourceArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
