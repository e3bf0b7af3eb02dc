"""Promise: your AWS code runs unchanged. Managed policies and their versions, and those that AWS manages."""

import json
import re
import uuid

import pytest
from refusals import refusal

ACCOUNT = "000000000000"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def fresh(prefix="p"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def allow(action="s3:GetObject", resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource}]})


@pytest.fixture
def policy(iam):
    return iam.create_policy(PolicyName=fresh(), PolicyDocument=allow())["Policy"]["Arn"]


def test_what_create_and_get_show(iam):
    name = fresh("Policy")
    made = iam.create_policy(PolicyName=name, Path="/x/", PolicyDocument=allow(), Description="d")["Policy"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:policy/x/{name}"
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert {key: made[key] for key in ("PolicyName", "Path", "DefaultVersionId", "AttachmentCount",
                                       "PermissionsBoundaryUsageCount", "IsAttachable")} == \
        {"PolicyName": name, "Path": "/x/", "DefaultVersionId": "v1", "AttachmentCount": 0,
         "PermissionsBoundaryUsageCount": 0, "IsAttachable": True}
    assert made["CreateDate"] == made["UpdateDate"] and "Tags" not in made
    shown = iam.get_policy(PolicyArn=made["Arn"])["Policy"]
    assert shown["Description"] == "d" and shown["Tags"] == []
    assert refusal(iam.create_policy, PolicyName=name.upper(), PolicyDocument=allow()) == \
        (409, "EntityAlreadyExists", f"A policy called {name.upper()} already exists. Duplicate names are not allowed.")


def test_versions(iam, policy):
    for number in range(2, 6):
        made = iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow(f"s3:V{number}"),
                                         SetAsDefault=number == 3)["PolicyVersion"]
        assert made["VersionId"] == f"v{number}" and made["IsDefaultVersion"] is (number == 3)
    assert refusal(iam.create_policy_version, PolicyArn=policy, PolicyDocument=allow()) == \
        (409, "LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you must "
                               "delete an existing version.")
    assert refusal(iam.delete_policy_version, PolicyArn=policy, VersionId="v3") == \
        (409, "DeleteConflict", "Cannot delete the default version of a policy.")
    iam.delete_policy_version(PolicyArn=policy, VersionId="v5")
    assert iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow())["PolicyVersion"]["VersionId"] == "v6"
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=policy)["Versions"]] == \
        ["v6", "v4", "v3", "v2", "v1"]
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v2")
    assert iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v2"
    shown = iam.get_policy_version(PolicyArn=policy, VersionId="v2")["PolicyVersion"]
    assert shown["Document"] == json.loads(allow("s3:V2")) and shown["IsDefaultVersion"]
    assert refusal(iam.get_policy_version, PolicyArn=policy, VersionId="v5") == \
        (404, "NoSuchEntity", f"Policy {policy} version v5 does not exist or is not attachable.")
    assert refusal(iam.delete_policy, PolicyArn=policy)[:2] == (409, "DeleteConflict")
    for version in ("v1", "v3", "v4", "v6"):
        iam.delete_policy_version(PolicyArn=policy, VersionId=version)
    iam.delete_policy(PolicyArn=policy)
    assert refusal(iam.get_policy, PolicyArn=policy) == (404, "NoSuchEntity", f"Policy {policy} was not found.")


def test_documents_that_are_none(iam):
    for document, message in (("{", "This policy contains invalid Json"), ("[]", None), ('{"Version":"2012-10-17"}', None),
                              (allow().replace("2012", "2008"), None),
                              (allow("nonsense"), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, "
                                                  "ec2, etc.")):
        status, code, told = refusal(iam.create_policy, PolicyName=fresh(), PolicyDocument=document)
        assert (status, code) == (400, "MalformedPolicyDocument"), document
        assert message is None or told == message
    long = allow(resource=[f"arn:aws:s3:::{'b' * 50}{number}" for number in range(120)])
    assert refusal(iam.create_policy, PolicyName=fresh(), PolicyDocument=long) == \
        (409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
    iam.create_policy(PolicyName=fresh(), PolicyDocument=json.dumps(json.loads(allow()), indent=2000))


def test_attached_policies_stay(iam, policy):
    user, group, role = fresh("user"), fresh("group"), fresh("role")
    iam.create_user(UserName=user, Path="/staff/")
    iam.create_group(GroupName=group)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}))
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=policy)
    shown = iam.get_policy(PolicyArn=policy)["Policy"]
    assert (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"]) == (2, 1)
    found = iam.list_entities_for_policy(PolicyArn=policy)
    assert [one["UserName"] for one in found["PolicyUsers"]] == [user]
    assert [one["GroupName"] for one in found["PolicyGroups"]] == [group]
    assert [one["RoleName"] for one in found["PolicyRoles"]] == [role]
    only = iam.list_entities_for_policy(PolicyArn=policy, EntityFilter="User", PathPrefix="/staff/")
    assert len(only["PolicyUsers"]) == 1 and only["PolicyGroups"] == [] and only["PolicyRoles"] == []
    bounded = iam.list_entities_for_policy(PolicyArn=policy, PolicyUsageFilter="PermissionsBoundary")
    assert bounded["PolicyUsers"] == [] and len(bounded["PolicyRoles"]) == 1
    assert refusal(iam.delete_policy, PolicyArn=policy) == \
        (409, "DeleteConflict", "Cannot delete a policy attached to entities.")
    iam.detach_user_policy(UserName=user, PolicyArn=policy)
    iam.detach_group_policy(GroupName=group, PolicyArn=policy)
    iam.delete_role(RoleName=role)  # takes its boundary along
    iam.delete_policy(PolicyArn=policy)


def test_all_policies_of_aws_are_listed_and_can_be_read(iam):
    pages = list(iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 1000}))
    listed = {one["Arn"]: one for page in pages for one in page["Policies"]}
    assert len(listed) > 1500 and len(pages) == 2
    assert listed[BASIC]["PolicyName"] == "AWSLambdaBasicExecutionRole" and listed[BASIC]["Path"] == "/service-role/"
    for name in ("AWSLambda_FullAccess", "AdministratorAccess", "ReadOnlyAccess", "AmazonDynamoDBFullAccess",
                 "service-role/AWSLambdaVPCAccessExecutionRole", "job-function/ViewOnlyAccess"):
        arn = f"arn:aws:iam::aws:policy/{name}"
        shown = iam.get_policy(PolicyArn=arn)["Policy"]
        assert shown["PolicyId"] == listed[arn]["PolicyId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=shown["DefaultVersionId"])["PolicyVersion"]["Document"]
        assert document["Version"] == "2012-10-17" and document["Statement"]
    assert refusal(iam.delete_policy, PolicyArn=BASIC)[1] in ("NoSuchEntity", "AccessDenied")
    assert refusal(iam.create_policy_version, PolicyArn=BASIC, PolicyDocument=allow())[1] == "NoSuchEntity"


def test_lists_of_policies(iam, policy):
    local = [one["Arn"] for page in iam.get_paginator("list_policies").paginate(
        Scope="Local", PaginationConfig={"PageSize": 2}) for one in page["Policies"]]
    assert policy in local and len(local) == len(set(local)) and all(ACCOUNT in arn for arn in local)
    everything = [one["Arn"] for page in iam.get_paginator("list_policies").paginate(
        PaginationConfig={"PageSize": 700}) for one in page["Policies"]]
    assert len(everything) == len(set(everything)) and {policy, BASIC} <= set(everything)
    assert policy not in [one["Arn"] for page in iam.get_paginator("list_policies").paginate(OnlyAttached=True)
                          for one in page["Policies"]]
    assert iam.list_policies(PathPrefix="/job-function/", MaxItems=1)["IsTruncated"] is True


def test_tags(iam, policy):
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    assert iam.get_policy(PolicyArn=policy)["Policy"]["Tags"] == iam.list_policy_tags(PolicyArn=policy)["Tags"]
    page = iam.list_policy_tags(PolicyArn=policy, MaxItems=1)
    assert page["IsTruncated"] and iam.list_policy_tags(PolicyArn=policy, Marker=page["Marker"])["Tags"] == \
        [{"Key": "b", "Value": "2"}]
    iam.untag_policy(PolicyArn=policy, TagKeys=["a", "b"])
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == []
    assert refusal(iam.tag_policy, PolicyArn=BASIC, Tags=[{"Key": "a", "Value": "1"}])[1] == "NoSuchEntity"
