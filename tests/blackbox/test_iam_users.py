"""Promise: your AWS code runs unchanged. Users with their access keys and groups, as people and tools manage them."""

import json
import re
import uuid

import botocore.exceptions
import pytest
from blackbox_server import until
from refusals import refusal

ACCOUNT = "000000000000"


def fresh(prefix="u"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def allow(action="s3:GetObject"):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}})


@pytest.fixture
def user(iam):
    return iam.create_user(UserName=fresh("User"))["User"]["UserName"]


def signed_with(server, key, service="sts"):
    return server.client(service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def test_a_refusal_of_a_strange_name_can_be_read(iam):
    status, code, message = refusal(iam.create_user, UserName="a\x01b")
    assert (status, code) == (400, "ValidationError") and message.startswith(
        "1 validation error detected: Value 'a\ufffdb' at 'userName' failed to satisfy constraint")


def test_what_is_shown_of_a_user(iam):
    name = fresh("Shown")
    made = iam.create_user(UserName=name, Path="/staff/", Tags=[{"Key": "k", "Value": "v"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/{name}"
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", made["UserId"])
    assert iam.get_user(UserName=name.upper())["User"] == made
    listed = iam.list_users(PathPrefix="/staff/")["Users"]
    assert [one["UserName"] for one in listed if one["UserName"] == name] == [name] and "Tags" not in listed[0]
    assert refusal(iam.create_user, UserName=name.lower()) == \
        (409, "EntityAlreadyExists", f"User with name {name.lower()} already exists.")
    assert refusal(iam.get_user, UserName="nobody") == \
        (404, "NoSuchEntity", "The user with name nobody cannot be found.")


def test_the_root_has_no_name(iam):
    root = iam.get_user()["User"]
    assert root["UserId"] == ACCOUNT and root["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert not {"UserName", "Path"} & set(root)


def test_a_key_signs_until_it_is_inactive_or_gone(server, iam, user):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key["AccessKeyId"]) and len(key["SecretAccessKey"]) == 40
    assert key["Status"] == "Active" and key["UserName"] == user
    sts = signed_with(server, key)
    who = sts.get_caller_identity()
    assert (who["Arn"], who["Account"]) == (f"arn:aws:iam::{ACCOUNT}:user/{user}", ACCOUNT)
    assert who["UserId"] == iam.get_user(UserName=user)["User"]["UserId"]
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    assert refusal(sts.get_caller_identity)[:2] == (403, "InvalidClientTokenId")
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Active")
    assert sts.get_caller_identity()["Account"] == ACCOUNT
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    assert refusal(sts.get_caller_identity)[:2] == (403, "InvalidClientTokenId")
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"] == []


def test_two_keys_and_no_more(iam, user):
    keys = [iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"] for _ in range(2)]
    assert refusal(iam.create_access_key, UserName=user) == \
        (409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    assert {one["AccessKeyId"] for one in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]} == set(keys)
    assert refusal(iam.delete_user, UserName=user) == \
        (409, "DeleteConflict", "Cannot delete entity, must delete access keys first.")
    other = iam.create_user(UserName=fresh())["User"]["UserName"]
    assert refusal(iam.delete_access_key, UserName=other, AccessKeyId=keys[0]) == \
        (404, "NoSuchEntity", f"The Access Key with id {keys[0]} cannot be found.")


def test_when_a_key_was_used(server, iam, user):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert used["UserName"] == user
    assert used["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    signed_with(server, key).get_caller_identity()
    last = until(lambda: (lambda one: "LastUsedDate" in one and one)(
        iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]))
    assert (last["ServiceName"], last["Region"]) == ("sts", "us-east-1")
    assert refusal(iam.get_access_key_last_used, AccessKeyId="AKIA2222222222222222")[1] == "NoSuchEntity"


def test_a_new_name_keeps_everything(server, iam, user):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    group = fresh("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=allow())
    before = iam.get_user(UserName=user)["User"]
    new = fresh("Renamed")
    iam.update_user(UserName=user, NewUserName=new, NewPath="/moved/")
    after = iam.get_user(UserName=new)["User"]
    assert after["UserId"] == before["UserId"] and after["Arn"].endswith(f"user/moved/{new}")
    assert refusal(iam.get_user, UserName=user)[1] == "NoSuchEntity"
    assert iam.list_user_policies(UserName=new)["PolicyNames"] == ["p"]
    assert [one["UserName"] for one in iam.get_group(GroupName=group)["Users"]] == [new]
    assert signed_with(server, key).get_caller_identity()["Arn"] == after["Arn"]
    other = iam.create_user(UserName=fresh())["User"]["UserName"]
    assert refusal(iam.update_user, UserName=new, NewUserName=other)[1] == "EntityAlreadyExists"
    iam.update_user(UserName=new, NewUserName=new.upper())
    assert iam.get_user(UserName=new)["User"]["UserName"] == new.upper()


def test_what_must_go_before_a_user(iam, user):
    group = fresh("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=allow())
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    told = lambda: refusal(iam.delete_user, UserName=user)[2]  # noqa: E731
    assert told() == "Cannot delete entity, must detach all policies first."
    iam.detach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert told() == "Cannot delete entity, must delete policies first."
    iam.delete_user_policy(UserName=user, PolicyName="p")
    assert told() == "Cannot delete entity, must remove users from group first."
    assert refusal(iam.delete_group, GroupName=group)[2] == "Cannot delete entity, must remove users from group first."
    iam.remove_user_from_group(GroupName=group, UserName=user)
    # Asked by the tools that delete everything a user may have.
    assert iam.list_mfa_devices(UserName=user)["MFADevices"] == []
    assert iam.list_ssh_public_keys(UserName=user)["SSHPublicKeys"] == []
    assert iam.list_signing_certificates(UserName=user)["Certificates"] == []
    assert iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"] == []
    assert refusal(iam.get_login_profile, UserName=user) == \
        (404, "NoSuchEntity", f"Login Profile for User {user} cannot be found.")
    iam.delete_user(UserName=user)
    assert refusal(iam.list_mfa_devices, UserName=user)[1] == "NoSuchEntity"
    iam.delete_group(GroupName=group)


def test_groups(iam, user):
    names = [fresh("Group") for _ in range(10)]
    for name in names:
        made = iam.create_group(GroupName=name, Path="/g/")["Group"]
        assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/g/{name}" and made["GroupId"].startswith("AGPA")
        iam.add_user_to_group(GroupName=name.lower(), UserName=user)
        iam.add_user_to_group(GroupName=name, UserName=user)
    extra = fresh("extra")
    iam.create_group(GroupName=extra)
    assert refusal(iam.add_user_to_group, GroupName=extra, UserName=user) == \
        (409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
    pages = list(iam.get_paginator("list_groups_for_user").paginate(UserName=user, PaginationConfig={"PageSize": 4}))
    assert [len(page["Groups"]) for page in pages] == [4, 4, 2]
    assert [one["GroupName"] for page in pages for one in page["Groups"]] == sorted(names)
    found = iam.get_group(GroupName=names[0])
    assert [one["UserName"] for one in found["Users"]] == [user] and found["IsTruncated"] is False
    iam.put_group_policy(GroupName=names[0], PolicyName="P", PolicyDocument=allow())
    assert iam.get_group_policy(GroupName=names[0], PolicyName="p")["GroupName"] == names[0]
    assert refusal(iam.get_group_policy, GroupName=names[0], PolicyName="q")[2] == \
        "The group policy with name q cannot be found."
    iam.update_group(GroupName=names[0], NewGroupName=names[0] + "-new")
    assert iam.list_group_policies(GroupName=names[0] + "-new")["PolicyNames"] == ["P"]
    assert refusal(iam.get_group, GroupName=names[0]) == \
        (404, "NoSuchEntity", f"The group with name {names[0]} cannot be found.")
    assert refusal(iam.create_group, GroupName=extra.upper())[1] == "EntityAlreadyExists"


def test_instance_profiles(iam):
    name, role = fresh("Profile"), fresh("role")
    made = iam.create_instance_profile(InstanceProfileName=name, Tags=[{"Key": "a", "Value": "b"}])["InstanceProfile"]
    assert made["Roles"] == [] and made["InstanceProfileId"].startswith("AIPA")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}))
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName=name, RoleName=role) == \
        (409, "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    shown = iam.get_instance_profile(InstanceProfileName=name.lower())["InstanceProfile"]
    assert [one["RoleName"] for one in shown["Roles"]] == [role] and shown["Tags"] == [{"Key": "a", "Value": "b"}]
    assert refusal(iam.delete_instance_profile, InstanceProfileName=name)[1] == "DeleteConflict"
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
    iam.delete_instance_profile(InstanceProfileName=name)
    assert refusal(iam.get_instance_profile, InstanceProfileName=name) == \
        (404, "NoSuchEntity", f"Instance Profile {name} cannot be found.")
    iam.delete_role(RoleName=role)


def test_oidc_providers(iam):
    host = f"{fresh('idp')}.example.com/path"
    arn = iam.create_open_id_connect_provider(Url="https://" + host, ClientIDList=["a"], ThumbprintList=["0" * 40])[
        "OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"
    assert refusal(iam.create_open_id_connect_provider, Url="https://" + host)[:2] == (409, "EntityAlreadyExists")
    assert refusal(iam.create_open_id_connect_provider, Url="http://" + host)[1] == "ValidationError"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["1" * 40])
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (shown["Url"], shown["ClientIDList"], shown["ThumbprintList"]) == (host, ["b"], ["1" * 40])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert refusal(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn) == \
        (404, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}")


def test_the_account(iam, user):
    iam.create_account_alias(AccountAlias="first")
    iam.create_account_alias(AccountAlias="second")
    assert iam.list_account_aliases()["AccountAliases"] == ["second"]
    assert refusal(iam.create_account_alias, AccountAlias="second")[1] == "EntityAlreadyExists"
    assert refusal(iam.create_account_alias, AccountAlias="a--b")[1] == "ValidationError"
    assert refusal(iam.delete_account_alias, AccountAlias="first")[1] == "NoSuchEntity"
    iam.delete_account_alias(AccountAlias="second")
    assert iam.list_account_aliases()["AccountAliases"] == []
    before = iam.get_account_summary()["SummaryMap"]
    assert before["UsersQuota"] == 5000 and before["AccessKeysPerUserQuota"] == 2
    iam.delete_user(UserName=user)
    assert iam.get_account_summary()["SummaryMap"]["Users"] == before["Users"] - 1


def test_everything_in_one_answer(iam, user):
    role, group, path = fresh("role"), fresh("group"), "/all/"
    iam.put_user_policy(UserName=user, PolicyName="inline", PolicyDocument=allow())
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.create_role(RoleName=role, Path=path, AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}))
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AWSLambdaExecute")
    arn = iam.create_policy(PolicyName=fresh(), PolicyDocument=allow())["Policy"]["Arn"]

    def collect(size):
        found = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
        for page in iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": size}):
            assert sum(len(page[part]) for part in found) <= size
            for part, items in found.items():
                items += page[part]
        return found

    whole = collect(1000)
    assert collect(3) == whole
    one = {item["UserName"]: item for item in whole["UserDetailList"]}[user]
    assert one["GroupList"] == [group] and one["UserPolicyList"][0]["PolicyDocument"] == json.loads(allow())
    one = {item["RoleName"]: item for item in whole["RoleDetailList"]}[role]
    assert one["AttachedManagedPolicies"][0]["PolicyName"] == "AWSLambdaExecute"
    policies = {item["Arn"]: item for item in whole["Policies"]}
    assert policies[arn]["PolicyVersionList"][0]["Document"] == json.loads(allow())
    assert policies["arn:aws:iam::aws:policy/AWSLambdaExecute"]["AttachmentCount"] >= 1
    only = iam.get_account_authorization_details(Filter=["Group"])
    assert only["UserDetailList"] == [] and only["GroupDetailList"] and only["Policies"] == []


def test_what_nobody_has_is_listed_as_nothing(iam, user):
    lists = {"list_mfa_devices": "MFADevices", "list_ssh_public_keys": "SSHPublicKeys",
             "list_signing_certificates": "Certificates", "list_service_specific_credentials": "ServiceSpecificCredentials"}
    for operation, member in lists.items():
        answer = getattr(iam, operation)(UserName=user, MaxItems=5)
        assert answer[member] == [] and answer["IsTruncated"] is False
        assert refusal(getattr(iam, operation), UserName=user, Marker="?") == (400, "ValidationError", "Invalid Marker.")
        assert refusal(getattr(iam, operation), UserName="nobody")[1] == "NoSuchEntity"
    credentials = iam.list_service_specific_credentials
    assert credentials(AllUsers=True, ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredentials"] == []
    assert refusal(credentials, AllUsers=True, UserName=user)[:2] == (400, "InvalidInput")


def test_no_filter_is_every_kind(iam, user):
    page = iam.get_account_authorization_details(Filter=[], MaxItems=1000)
    assert user in [one["UserName"] for one in page["UserDetailList"]]


def test_a_user_without_policies_is_told_what_it_may_not_do(server, iam):
    user = iam.create_user(UserName=fresh(), Path="/deep/down/")["User"]
    key = iam.create_access_key(UserName=user["UserName"])["AccessKey"]
    theirs = signed_with(server, key, "iam")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        theirs.get_user(UserName=user["UserName"].upper())
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    assert f"iam:GetUser on resource: {user['Arn']} " in error.value.response["Error"]["Message"]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        theirs.get_user()
    assert f"on resource: {user['Arn']} " in error.value.response["Error"]["Message"]
