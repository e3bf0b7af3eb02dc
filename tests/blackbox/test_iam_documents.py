"""Promise: your AWS code runs unchanged. A policy document may be as long as the service takes it, and however many long
ones there are, no answer grows beyond what a client and this server can hold."""

import itertools
import json
import re
import urllib.parse
import uuid

import pytest
from refusals import refusal

LONGEST = 131072


def fresh(prefix="d"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def document(**more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
                                                               **more}]})


def trust():
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "000000000000"},
                                                               "Action": "sts:AssumeRole"}]})


def filled(text, length=LONGEST):
    """With blanks, up to a length."""
    return text.replace('"Statement"', " " * (length - len(text)) + '"Statement"', 1)


def shown(client, operation, member, **arguments):
    """A document as the answer has it, before the client reads it."""
    bodies = []
    client.meta.events.register("before-parse", lambda response_dict, **_: bodies.append(response_dict["body"].decode()))
    getattr(client, operation)(**arguments)
    return urllib.parse.unquote(re.search(f"<{member}>(.*)</{member}>", bodies[-1])[1])


def documents(iam):
    """(name, call of a document, what it is like) of every operation that takes one."""
    policy = iam.create_policy(PolicyName=fresh(), PolicyDocument=document())["Policy"]["Arn"]
    user, group, role = fresh(), fresh(), fresh()
    iam.create_user(UserName=user)
    iam.create_group(GroupName=group)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust())
    simulated = {"ActionNames": ["s3:GetObject"], "CallerArn": f"arn:aws:iam::000000000000:user/{user}"}
    return {
        "CreatePolicy": lambda text: iam.create_policy(PolicyName=fresh(), PolicyDocument=text),
        "CreatePolicyVersion": lambda text: iam.create_policy_version(PolicyArn=policy, PolicyDocument=text),
        "PutUserPolicy": lambda text: iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=text),
        "PutGroupPolicy": lambda text: iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=text),
        "PutRolePolicy": lambda text: iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=text),
        "CreateRole": lambda text: iam.create_role(RoleName=fresh(), AssumeRolePolicyDocument=text),
        "UpdateAssumeRolePolicy": lambda text: iam.update_assume_role_policy(RoleName=role, PolicyDocument=text),
        "SimulateCustomPolicy": lambda text: iam.simulate_custom_policy(PolicyInputList=[text], **simulated),
        "SimulateCustomPolicy, boundary": lambda text: iam.simulate_custom_policy(
            PolicyInputList=[document()], PermissionsBoundaryPolicyInputList=[text], **simulated),
        "SimulatePrincipalPolicy": lambda text: iam.simulate_principal_policy(
            PolicySourceArn=simulated["CallerArn"], PolicyInputList=[text], ActionNames=["s3:GetObject"]),
        "GetContextKeysForCustomPolicy": lambda text: iam.get_context_keys_for_custom_policy(PolicyInputList=[text]),
        "GetContextKeysForPrincipalPolicy": lambda text: iam.get_context_keys_for_principal_policy(
            PolicySourceArn=simulated["CallerArn"], PolicyInputList=[text]),
    }


def test_every_operation_takes_the_longest_document_and_no_longer_one(iam):
    for name, call in documents(iam).items():
        text = trust() if name in ("CreateRole", "UpdateAssumeRolePolicy") else document()
        call(filled(text))
        status, code, message = refusal(call, text=filled(text, LONGEST + 1))
        assert (status, code) == (400, "ValidationError") and f"less than or equal to {LONGEST}" in message, name


def test_a_long_document_comes_back_byte_for_byte(server):
    iam = server.client("iam")
    text = filled(document(Sid="a"))
    arn = iam.create_policy(PolicyName=fresh(), PolicyDocument=text)["Policy"]["Arn"]
    assert shown(iam, "get_policy_version", "Document", PolicyArn=arn, VersionId="v1") == text
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text)
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
    role = fresh()
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust())
    letters = filled(document(Condition={"StringEquals": {"aws:username": "ÿ" * 1000}}))
    iam.put_role_policy(RoleName=role, PolicyName="letters", PolicyDocument=letters)
    assert shown(iam, "get_role_policy", "PolicyDocument", RoleName=role, PolicyName="letters") == letters


def test_quotas_count_no_blanks(iam):
    size = lambda text: len("".join(text.split()))  # noqa: E731
    exact = document(Sid="x" * (6144 - size(document(Sid=""))))
    assert size(exact) == 6144
    iam.create_policy(PolicyName=fresh(), PolicyDocument=filled(exact))
    assert refusal(iam.create_policy, PolicyName=fresh(), PolicyDocument=exact.replace("xx", "xxx", 1)) == \
        (409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
    exact = trust().replace('"Effect"', '"Sid": "' + "x" * (2048 - size(trust()) - 9) + '", "Effect"')
    assert size(exact) == 2048
    iam.create_role(RoleName=fresh(), AssumeRolePolicyDocument=filled(exact))
    assert refusal(iam.create_role, RoleName=fresh(), AssumeRolePolicyDocument=exact.replace("xx", "xxx", 1)) == \
        (409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")


def test_blanks_of_inline_policies_have_an_end(iam):
    user = fresh()
    iam.create_user(UserName=user)
    for number in range(8):
        iam.put_user_policy(UserName=user, PolicyName=str(number), PolicyDocument=filled(document()))
    iam.put_user_policy(UserName=user, PolicyName="7", PolicyDocument=filled(document(Sid="again")))
    assert refusal(iam.put_user_policy, UserName=user, PolicyName="8", PolicyDocument=document()) == \
        (409, "LimitExceeded", f"Maximum policy size of 1048576 bytes exceeded for user {user}")


def test_pages_of_roles_end_with_their_documents(iam):
    path = f"/{fresh()}/"
    names = sorted(fresh("R") for _ in range(24))
    for name in names:
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=filled(trust()))
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix=path, PaginationConfig={"PageSize": 1000}))
    assert [len(page["Roles"]) for page in pages] == [11, 11, 2], "of 384 KiB each, as they are encoded"
    assert [one["RoleName"] for page in pages for one in page["Roles"]] == names
    for name in names:
        iam.create_instance_profile(InstanceProfileName=name, Path=path)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=names[0])
    for pages, wanted in ((iam.get_paginator("list_instance_profiles").paginate(PathPrefix=path), names),
                          (iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=names[0]), names)):
        pages = [[one["InstanceProfileName"] for one in page["InstanceProfiles"]] for page in pages]
        assert [len(page) for page in pages] == [11, 11, 2] and list(itertools.chain(*pages)) == wanted


def test_a_role_is_in_so_many_profiles(iam):
    role = fresh()
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust())
    profiles = [fresh() for _ in range(101)]
    for name in profiles:
        iam.create_instance_profile(InstanceProfileName=name)
    for name in profiles[:-1]:
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName=profiles[-1], RoleName=role) == \
        (409, "LimitExceeded", "Cannot exceed quota for InstanceProfilesPerRole: 100")


def test_pages_of_everything_end_with_their_documents(iam):
    names = [fresh("R") for _ in range(4)]
    for name in names:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())
        for number in range(8):
            iam.put_role_policy(RoleName=name, PolicyName=str(number), PolicyDocument=filled(document()))
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["Role"], PaginationConfig={"PageSize": 1000}))
    found = [[role["RoleName"] for role in page["RoleDetailList"] if role["RoleName"] in names] for page in pages]
    assert max(len(page) for page in found) <= 2, "of 3 MiB each, as they are encoded"
    assert sorted(itertools.chain(*found)) == sorted(names)


def test_a_simulation_ends_its_page_with_what_it_has_to_say(iam):
    statements = [{"Effect": "Allow", "Action": "*", "Resource": "*"}] * 500
    keys = {f"team:{number}": "v" for number in range(1000)}
    for given in (json.dumps({"Statement": statements}), document(Condition={"StringEquals": keys})):
        asked = [f"s3:Get{number}" for number in range(60)]
        pages = list(iam.get_paginator("simulate_custom_policy").paginate(
            PolicyInputList=[given], ActionNames=asked, PaginationConfig={"PageSize": 1000}))
        assert len(pages) > 1
        assert [one["EvalActionName"] for page in pages for one in page["EvaluationResults"]] == asked


@pytest.mark.parametrize("values", [["x" * 16384], ["x"] * 1000])
def test_the_context_of_a_simulation_has_an_end(iam, values):
    call = {"PolicyInputList": [document()], "ActionNames": ["s3:GetObject"]}
    entry = {"ContextKeyName": "team:of", "ContextKeyType": "stringList", "ContextKeyValues": values}
    assert refusal(iam.simulate_custom_policy, ContextEntries=[entry], **call) == \
        (400, "InvalidInput", "ContextEntries must have at most 16384 characters together.")
    entry["ContextKeyValues"] = ["x" * 16000]
    iam.simulate_custom_policy(ContextEntries=[entry], **call)
