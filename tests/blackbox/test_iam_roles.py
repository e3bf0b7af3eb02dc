"""Promise: your AWS code runs unchanged. Roles are made, shown, changed and deleted as the tools do it."""

import json
import re
import urllib.parse
import uuid

import pytest
from refusals import refusal

ACCOUNT = "000000000000"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def trust(principal=None, action="sts:AssumeRole"):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal or {"Service": "lambda.amazonaws.com"}, "Action": action}]})


def allow(action="s3:GetObject", resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource}]})


def fresh(prefix="r"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def role(iam):
    name = fresh("Role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())
    return name


def test_what_create_get_and_list_show(iam):
    name = fresh("Shown")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())["Role"]
    assert set(made) == {"Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/{name}" and made["Path"] == "/"
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", made["RoleId"])
    assert made["CreateDate"].microsecond == 0
    shown = iam.get_role(RoleName=name)["Role"]
    assert shown["MaxSessionDuration"] == 3600 and shown["RoleLastUsed"] == {} and "Tags" not in shown
    assert shown["AssumeRolePolicyDocument"] == json.loads(trust())
    listed = [one for page in iam.get_paginator("list_roles").paginate() for one in page["Roles"]
              if one["RoleName"] == name]
    assert listed[0]["MaxSessionDuration"] == 3600
    assert not {"Tags", "PermissionsBoundary", "RoleLastUsed"} & set(listed[0])


def test_everything_that_was_given_is_shown(iam):
    name = fresh()
    made = iam.create_role(RoleName=name, Path="/a/b/", AssumeRolePolicyDocument=trust(), Description="d",
                           MaxSessionDuration=7200, PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess",
                           Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/a/b/{name}"
    assert (made["Description"], made["MaxSessionDuration"], made["Tags"]) == ("d", 7200, [{"Key": "k", "Value": "v"}])
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    assert made["PermissionsBoundary"] == boundary
    shown = iam.get_role(RoleName=name)["Role"]
    assert shown["PermissionsBoundary"] == boundary and shown["Tags"] == made["Tags"]
    assert [one["RoleName"] for one in iam.list_roles(PathPrefix="/a/b/")["Roles"]] == [name]
    iam.update_role(RoleName=name, MaxSessionDuration=3600)
    shown = iam.get_role(RoleName=name)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("d", 3600)
    assert iam.update_role_description(RoleName=name, Description="")["Role"]["Description"] == ""
    iam.delete_role_permissions_boundary(RoleName=name)
    assert "PermissionsBoundary" not in iam.get_role(RoleName=name)["Role"]
    assert refusal(iam.delete_role_permissions_boundary, RoleName=name)[1] == "NoSuchEntity"
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    assert iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/PowerUserAccess")["Policy"][
        "PermissionsBoundaryUsageCount"] >= 1
    iam.delete_role(RoleName=name)


def test_how_long_people_stay_signed_in_is_not_known(iam, role):
    before = iam.get_role(RoleName=role)["Role"]
    for call, arguments in ((iam.update_role, {"RoleName": role}),
                            (iam.create_role, {"RoleName": fresh(), "AssumeRolePolicyDocument": trust()})):
        assert refusal(call, MaxSigninSessionDuration=3600, **arguments)[:2] == (501, "NotImplemented")
    iam.update_role(RoleName=role, ResetMaxSigninSessionDuration=True)
    assert iam.get_role(RoleName=role)["Role"] == before


def test_names_are_one_in_any_case(iam, role):
    assert iam.get_role(RoleName=role.upper())["Role"]["RoleName"] == role
    assert refusal(iam.create_role, RoleName=role.lower(), AssumeRolePolicyDocument=trust()) == \
        (409, "EntityAlreadyExists", f"Role with name {role.lower()} already exists.")


def test_one_made_again_is_another(iam, role):
    before = iam.get_role(RoleName=role)["Role"]["RoleId"]
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "b"}])
    iam.delete_role(RoleName=role)
    assert refusal(iam.get_role, RoleName=role) == \
        (404, "NoSuchEntity", f"The role with name {role} cannot be found.")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust())
    again = iam.get_role(RoleName=role)["Role"]
    assert again["RoleId"] != before and "Tags" not in again


def raw(iam, operation, **arguments):
    """The answer's text, before the client decodes the documents in it."""
    bodies = []
    iam.meta.events.register("before-parse", lambda response_dict, **_: bodies.append(response_dict["body"].decode()))
    getattr(iam, operation)(**arguments)
    return bodies[-1]


def test_documents_come_back_byte_for_byte_and_encoded(server, role):
    iam = server.client("iam")
    text = '{ "Version": "2012-10-17",\n\t"Statement":[{"Effect":"Allow","Action":"s3:*",' \
           '"Resource":"arn:aws:s3:::b/%3A\u00e9/*"}] }'
    iam.put_role_policy(RoleName=role, PolicyName="P", PolicyDocument=text)
    body = raw(iam, "get_role_policy", RoleName=role, PolicyName="p")
    encoded = re.search(r"<PolicyDocument>(.*)</PolicyDocument>", body)[1]
    assert re.fullmatch(r"[A-Za-z0-9\-_.~%]+", encoded)
    assert urllib.parse.unquote(encoded) == text
    assert "<PolicyName>P</PolicyName>" in body and body.startswith("<GetRolePolicyResponse xmlns=")
    assert 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"' in body


def test_deleting_wants_everything_gone_first(iam, role):
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=allow())
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    profile = fresh("profile")
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
    conflict = lambda: refusal(iam.delete_role, RoleName=role)  # noqa: E731
    assert conflict() == (409, "DeleteConflict",
                          "Cannot delete entity, must remove roles from instance profile first.")
    assert [one["InstanceProfileName"] for one in
            iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]] == [profile]
    iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
    assert conflict()[2] == "Cannot delete entity, must detach all policies first."
    iam.detach_role_policy(RoleName=role, PolicyArn=BASIC)
    assert conflict()[2] == "Cannot delete entity, must delete policies first."
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    iam.delete_role(RoleName=role)
    iam.delete_instance_profile(InstanceProfileName=profile)


def test_trust_policies(iam, role):
    assert refusal(iam.create_role, RoleName=fresh(), AssumeRolePolicyDocument="{") == \
        (400, "MalformedPolicyDocument", "This policy contains invalid Json")
    nobody = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    assert refusal(iam.create_role, RoleName=fresh(), AssumeRolePolicyDocument=trust({"AWS": nobody})) == \
        (400, "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{nobody}"')
    many = trust({"AWS": [f"{number:012}" for number in range(150)]})
    assert refusal(iam.update_assume_role_policy, RoleName=role, PolicyDocument=many) == \
        (409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
    for document, message in (
            (trust(action="s3:Get"), "AssumeRole policy may only specify STS AssumeRole actions."),
            (json.dumps({"Version": "2012-10-17", "Statement": {**json.loads(trust())["Statement"][0], "Resource": "*"}}),
             "Has prohibited field Resource")):
        assert refusal(iam.update_assume_role_policy, RoleName=role, PolicyDocument=document) == \
            (400, "MalformedPolicyDocument", message)
    friend = fresh("friend")
    arn = iam.create_role(RoleName=friend, AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    friend_id = iam.get_role(RoleName=friend)["Role"]["RoleId"]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust({"AWS": arn}))
    principal = lambda: iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0][  # noqa: E731
        "Principal"]["AWS"]
    assert principal() == arn
    iam.delete_role(RoleName=friend)
    assert principal() == friend_id
    iam.create_role(RoleName=friend, AssumeRolePolicyDocument=trust())
    assert principal() == friend_id, "another one under the name is not trusted"


def test_inline_policies(iam, role):
    for name in ("b", "A", "c"):
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=allow(f"s3:{name}"))
    iam.put_role_policy(RoleName=role, PolicyName="A", PolicyDocument=allow("s3:Put"))
    first = iam.list_role_policies(RoleName=role, MaxItems=2)
    assert first["PolicyNames"] == ["A", "b"] and first["IsTruncated"]
    rest = iam.list_role_policies(RoleName=role, MaxItems=2, Marker=first["Marker"])
    assert rest["PolicyNames"] == ["c"] and rest["IsTruncated"] is False and "Marker" not in rest
    assert iam.get_role_policy(RoleName=role, PolicyName="a")["PolicyDocument"] == json.loads(allow("s3:Put"))
    assert refusal(iam.get_role_policy, RoleName=role, PolicyName="z") == \
        (404, "NoSuchEntity", "The role policy with name z cannot be found.")
    assert refusal(iam.delete_role_policy, RoleName=role, PolicyName="z")[1] == "NoSuchEntity"
    big = allow(resource=["arn:aws:s3:::" + "x" * 500 + str(number) for number in range(21)])
    assert refusal(iam.put_role_policy, RoleName=role, PolicyName="big", PolicyDocument=big) == \
        (409, "LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {role}")
    blanks = allow() + " " * 20000
    iam.put_role_policy(RoleName=role, PolicyName="blanks", PolicyDocument=blanks)


def test_attachments(iam, role):
    for _ in range(2):
        iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    attached = iam.list_attached_role_policies(RoleName=role)
    assert attached["AttachedPolicies"] == [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}]
    assert iam.list_attached_role_policies(RoleName=role, PathPrefix="/job-function/")["AttachedPolicies"] == []
    assert refusal(iam.attach_role_policy, RoleName=role, PolicyArn="longpolicynamebutnoarn") == \
        (400, "ValidationError", "Invalid ARN:  Could not be parsed!")
    missing = "arn:aws:iam::aws:policy/NoSuchPolicy"
    assert refusal(iam.attach_role_policy, RoleName=role, PolicyArn=missing) == \
        (404, "NoSuchEntity", f"Policy {missing} does not exist or is not attachable.")
    assert refusal(iam.detach_role_policy, RoleName=role, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess") == \
        (404, "NoSuchEntity", "Policy arn:aws:iam::aws:policy/ReadOnlyAccess was not found.")
    names = ["ReadOnlyAccess", "PowerUserAccess", "AdministratorAccess", "AmazonS3FullAccess", "AmazonSQSFullAccess",
             "AmazonSNSFullAccess", "AmazonKinesisFullAccess", "AWSLambda_FullAccess", "AWSLambdaExecute"]
    for name in names:
        iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    assert refusal(iam.attach_role_policy, RoleName=role, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit") == \
        (409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
    pages = list(iam.get_paginator("list_attached_role_policies").paginate(
        RoleName=role, PaginationConfig={"PageSize": 3}))
    assert [len(page["AttachedPolicies"]) for page in pages] == [3, 3, 3, 1]


def test_tags(iam, role):
    iam.tag_role(RoleName=role, Tags=[{"Key": "Team", "Value": "a"}, {"Key": "stage", "Value": ""}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "Team", "Value": "b"}])
    assert iam.list_role_tags(RoleName=role)["Tags"] == \
        [{"Key": "stage", "Value": ""}, {"Key": "Team", "Value": "b"}]
    assert refusal(iam.tag_role, RoleName=role, Tags=[{"Key": "x", "Value": ""}, {"Key": "X", "Value": ""}]) == \
        (400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    assert refusal(iam.tag_role, RoleName=role, Tags=[{"Key": "aws:x", "Value": ""}])[1] == "InvalidInput"
    assert refusal(iam.tag_role, RoleName=role, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(49)])[:2] == \
        (409, "LimitExceeded")
    iam.untag_role(RoleName=role, TagKeys=["TEAM", "never"])
    assert [tag["Key"] for tag in iam.list_role_tags(RoleName=role)["Tags"]] == ["stage"]


def test_constraints_are_refused_with_the_code_of_query_services(iam):
    status, code, message = refusal(iam.create_role, RoleName="a b", AssumeRolePolicyDocument=trust())
    assert (status, code) == (400, "ValidationError")
    assert message.startswith("1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: ")
    assert refusal(iam.create_role, RoleName="x" * 65, AssumeRolePolicyDocument=trust())[1] == "ValidationError"
    assert refusal(iam.list_roles, MaxItems=0)[1] == "ValidationError"
    assert refusal(iam.list_roles, Marker="no marker")[1] == "ValidationError"


def test_pages_of_roles(iam):
    path = f"/{fresh('pages')}/"
    names = sorted(fresh("P") for _ in range(7))
    for name in names:
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust())
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix=path, PaginationConfig={"PageSize": 3}))
    assert [len(page["Roles"]) for page in pages] == [3, 3, 1]
    assert [one["RoleName"] for page in pages for one in page["Roles"]] == names
    assert pages[-1]["IsTruncated"] is False


def test_service_linked_roles(iam):
    made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="mine",
                                          Description="d")["Role"]
    name = "AWSServiceRoleForAutoScaling_mine"
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/{name}"
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": ["autoscaling.amazonaws.com"]}
    assert refusal(iam.create_service_linked_role, AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="mine") == \
        (400, "InvalidInput", f"Service role name {name} has been taken in this account, please try a different suffix.")
    assert refusal(iam.create_service_linked_role, AWSServiceName="ecs.amazonaws.com", CustomSuffix="x") == \
        (400, "InvalidInput", "Custom suffix is not allowed for ecs.amazonaws.com")
    for call, arguments in ((iam.delete_role, {}), (iam.attach_role_policy, {"PolicyArn": BASIC}),
                            (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": allow()}),
                            (iam.tag_role, {"Tags": [{"Key": "a", "Value": "b"}]})):
        assert refusal(call, RoleName=name, **arguments)[1] == "UnmodifiableEntity"
    assert [one["PolicyName"] for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]] == \
        ["AutoScalingServiceRolePolicy"]
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert task.startswith(f"task/aws-service-role/autoscaling.amazonaws.com/{name}/")
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert refusal(iam.get_role, RoleName=name)[1] == "NoSuchEntity"
    assert refusal(iam.delete_service_linked_role, RoleName=name)[1] == "NoSuchEntity"
