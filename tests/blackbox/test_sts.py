"""Promise: functions and people have the rights of the role that they assume, and no others."""

import datetime
import email.utils
import json
import uuid

import pytest
from refusals import refused_with

ACCOUNT = "000000000000"
ALLOW_IAM = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}}


def refused(call, code, text=None, status=None):
    return refused_with(call, code, status, text)


def allow(*actions, resource="*", **more):
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}}


def trust(principal, *actions, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions) or ["sts:AssumeRole"], **more}})


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture
def user(server, iam):
    """A user that may do nothing yet, with its keys."""
    name = "u-" + uuid.uuid4().hex[:8]
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"name": name, "arn": arn, "keys": {"aws_access_key_id": key["AccessKeyId"],
                                               "aws_secret_access_key": key["SecretAccessKey"]}}


def may(iam, user, policy):
    iam.put_user_policy(UserName=user["name"], PolicyName="p", PolicyDocument=json.dumps(policy))


def role(iam, trust_policy, policy=None, **more):
    name = "r-" + uuid.uuid4().hex[:8]
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy, **more)["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return arn


def keys_of(credentials):
    return {"aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"]}


def test_a_role_is_assumed_and_its_policies_hold(server, iam, user):
    arn = role(iam, trust(user["arn"]), ALLOW_IAM, Path="/team/")
    sts = server.client("sts", **user["keys"])
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="me")
    name = arn.rpartition("/")[2]
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/me"
    assert "PackedPolicySize" not in answer
    who = server.client("sts", **keys_of(answer["Credentials"])).get_caller_identity()
    assert who["Arn"] == answer["AssumedRoleUser"]["Arn"] and who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    session = server.client("iam", **keys_of(answer["Credentials"]))
    session.list_roles()
    refused(lambda: session.get_user(UserName=user["name"]), "AccessDenied",
            f"User: {who['Arn']} is not authorized to perform: iam:GetUser on resource: {user['arn']} because no "
            "identity-based policy allows the iam:GetUser action", 403)


def test_who_is_not_trusted_learns_nothing(server, iam, user):
    other = role(iam, trust(f"arn:aws:iam::{ACCOUNT}:root"))
    sts = server.client("sts", **user["keys"])
    for arn in (other, f"arn:aws:iam::{ACCOUNT}:role/there-is-none"):
        refused(lambda arn=arn: sts.assume_role(RoleArn=arn, RoleSessionName="me"), "AccessDenied",
                f"User: {user['arn']} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403)
    # A role that trusts the account leaves it to the policies of its users.
    may(iam, user, allow("sts:AssumeRole", resource=other))
    sts.assume_role(RoleArn=other, RoleSessionName="me")


def test_bad_parameters(server, iam, user):
    arn = role(iam, trust(user["arn"]))
    sts = server.client("sts", **user["keys"])
    refused(lambda: sts.assume_role(RoleArn="arn:aws:iam::000000000000:user/nobody", RoleSessionName="me"),
            "ValidationError", "arn:aws:iam::000000000000:user/nobody is invalid", 400)
    refused(lambda: sts.assume_role(RoleArn="x" * 30, RoleSessionName="me"), "ValidationError", "x" * 30 + " is invalid")
    refused(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="a b"), "ValidationError",
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must "
            r"satisfy regular expression pattern: [\w+=,.@-]*")
    refused(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=3601), "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    refused(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="me", Policy="{"), "MalformedPolicyDocument")
    refused(lambda: server.client("sts").assume_role(RoleArn=arn, RoleSessionName="me"), "AccessDenied",
            "Roles may not be assumed by root accounts.", 403)


def test_an_external_id_is_asked_for(server, iam, user):
    arn = role(iam, trust(user["arn"], Condition={"StringEquals": {"sts:ExternalId": "secret"}}))
    sts = server.client("sts", **user["keys"])
    for given in ({}, {"ExternalId": "wrong"}):
        refused(lambda given=given: sts.assume_role(RoleArn=arn, RoleSessionName="me", **given), "AccessDenied")
    sts.assume_role(RoleArn=arn, RoleSessionName="me", ExternalId="secret")


def test_session_policies_only_take_away(server, iam, user):
    arn = role(iam, trust(user["arn"]), ALLOW_IAM)
    sts = server.client("sts", **user["keys"])
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="me", Policy=json.dumps(allow("iam:ListUsers", "iam:GetUser")))
    assert 0 < answer["PackedPolicySize"] <= 100
    session = server.client("iam", **keys_of(answer["Credentials"]))
    session.list_users()
    who = answer["AssumedRoleUser"]["Arn"]
    refused(session.list_roles, "AccessDenied",
            f"User: {who} is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::{ACCOUNT}:role/ because "
            "no session policy allows the iam:ListRoles action")
    refused(lambda: session.get_user(UserName=user["name"]), "AccessDenied")
    by_arn = sts.assume_role(RoleArn=arn, RoleSessionName="me",
                             PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}])
    server.client("iam", **keys_of(by_arn["Credentials"])).list_roles()


def test_tags_go_with_the_session(server, iam, user):
    tagged = allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    plain = role(iam, trust(user["arn"]), tagged)
    arn = role(iam, trust(user["arn"], "sts:AssumeRole", "sts:TagSession"), tagged)
    sts = server.client("sts", **user["keys"])
    red = [{"Key": "team", "Value": "red"}]
    refused(lambda: sts.assume_role(RoleArn=plain, RoleSessionName="me", Tags=red), "AccessDenied")
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="me", Tags=red)
    server.client("iam", **keys_of(answer["Credentials"])).list_users()
    blue = sts.assume_role(RoleArn=arn, RoleSessionName="me", Tags=[{"Key": "team", "Value": "blue"}])
    refused(server.client("iam", **keys_of(blue["Credentials"])).list_users, "AccessDenied")
    refused(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="me", Tags=red + [{"Key": "TEAM", "Value": "x"}]),
            "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", 400)
    refused(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="me", Tags=red, TransitiveTagKeys=["other"]),
            "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")


def test_chained_roles_hand_on_tags_and_last_an_hour(server, iam, user):
    first = role(iam, trust(user["arn"], "sts:AssumeRole", "sts:TagSession"), allow("sts:AssumeRole", "sts:TagSession"))
    second = role(iam, trust(first, "sts:AssumeRole", "sts:TagSession"), MaxSessionDuration=7200,
                  policy=allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}))
    one = server.client("sts", **user["keys"]).assume_role(
        RoleArn=first, RoleSessionName="one", Tags=[{"Key": "team", "Value": "red"}], TransitiveTagKeys=["team"])
    sts = server.client("sts", **keys_of(one["Credentials"]))
    refused(lambda: sts.assume_role(RoleArn=second, RoleSessionName="two", DurationSeconds=7200), "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
    refused(lambda: sts.assume_role(RoleArn=second, RoleSessionName="two", Tags=[{"Key": "team", "Value": "blue"}]),
            "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session.")
    two = sts.assume_role(RoleArn=second, RoleSessionName="two")
    server.client("iam", **keys_of(two["Credentials"])).list_users()


def test_a_session_dies_with_its_role_and_its_token_is_its_own(server, iam, user):
    arn = role(iam, trust(user["arn"]))
    sts = server.client("sts", **user["keys"])
    one, two = (keys_of(sts.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]) for _ in range(2))
    server.client("sts", **one).get_caller_identity()
    mixed = {**one, "aws_session_token": two["aws_session_token"]}
    refused(server.client("sts", **mixed).get_caller_identity, "InvalidClientTokenId",
            "The security token included in the request is invalid.", 403)
    iam.delete_role(RoleName=arn.rpartition("/")[2])
    refused(server.client("sts", **one).get_caller_identity, "InvalidClientTokenId", status=403)


def test_session_tokens_of_users(server, iam, user):
    may(iam, user, allow("*"))
    sts = server.client("sts", **user["keys"])
    keys = keys_of(sts.get_session_token()["Credentials"])
    who = server.client("sts", **keys)
    assert who.get_caller_identity()["Arn"] == user["arn"]
    server.client("lambda", **keys).list_functions()
    refused(server.client("iam", **keys).list_users, "AccessDenied")  # nobody showed a second factor
    refused(who.get_session_token, "AccessDenied", "Cannot call GetSessionToken with session credentials", 403)


def test_federated_users_have_what_both_sides_give(server, iam, user):
    may(iam, user, allow("sts:GetFederationToken", "lambda:*"))
    sts = server.client("sts", **user["keys"])
    bare = sts.get_federation_token(Name="guest")
    assert bare["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    refused(server.client("lambda", **keys_of(bare["Credentials"])).list_functions, "AccessDeniedException")
    given = sts.get_federation_token(Name="guest", Policy=json.dumps(allow("lambda:ListFunctions", "logs:*")))
    server.client("lambda", **keys_of(given["Credentials"])).list_functions()
    refused(server.client("logs", **keys_of(given["Credentials"])).describe_log_groups, "AccessDeniedException")
    assert server.client("sts", **keys_of(given["Credentials"])).get_caller_identity()["UserId"] == f"{ACCOUNT}:guest"


def test_a_source_identity_is_set_once(server, iam, user):
    first = role(iam, trust(user["arn"], "sts:AssumeRole", "sts:SetSourceIdentity"), allow("sts:*"))
    second = role(iam, trust(first, "sts:AssumeRole", "sts:SetSourceIdentity"))
    silent = role(iam, trust(user["arn"]))
    sts = server.client("sts", **user["keys"])
    refused(lambda: sts.assume_role(RoleArn=silent, RoleSessionName="me", SourceIdentity="alice"), "AccessDenied")
    answer = sts.assume_role(RoleArn=first, RoleSessionName="me", SourceIdentity="alice")
    assert answer["SourceIdentity"] == "alice"
    chained = server.client("sts", **keys_of(answer["Credentials"]))
    assert chained.assume_role(RoleArn=second, RoleSessionName="me")["SourceIdentity"] == "alice"
    chained.assume_role(RoleArn=second, RoleSessionName="me", SourceIdentity="alice")
    refused(lambda: chained.assume_role(RoleArn=second, RoleSessionName="me", SourceIdentity="bob"), "AccessDenied",
            "Source identity of the calling session cannot be changed.")


def test_a_session_vouches_for_nobody(server, iam, user):
    arn = role(iam, trust(user["arn"]), allow("sts:*"))
    answer = server.client("sts", **user["keys"]).assume_role(RoleArn=arn, RoleSessionName="me")
    session = server.client("sts", **keys_of(answer["Credentials"]))
    refused(lambda: session.get_federation_token(Name="fed"), "AccessDenied",
            "Cannot call GetFederationToken with session credentials")


def test_sessions_of_the_root_last_an_hour(server):
    sts = server.client("sts")
    for call, arguments in ((sts.get_session_token, {}), (sts.get_federation_token, {"Name": "fed"})):
        for wanted in ({}, {"DurationSeconds": 7200}):
            answer = call(**arguments, **wanted)
            begun = email.utils.parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
            assert answer["Credentials"]["Expiration"] - begun <= datetime.timedelta(hours=1)


def test_who_names_a_device_is_refused(server, iam, user):
    arn = role(iam, trust(user["arn"]))
    sts = server.client("sts", **user["keys"])
    device = {"SerialNumber": "arn:aws:iam::000000000000:mfa/me", "TokenCode": "123456"}
    refused(lambda: sts.get_session_token(**device), "AccessDenied")
    refused(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="me", **device), "AccessDenied")


def test_a_token_is_as_long_as_its_caller_wants(server, iam, user):
    arn = role(iam, trust(user["arn"]), ALLOW_IAM)
    may(iam, user, allow("sts:GetFederationToken"))
    sts = server.client("sts", **user["keys"])
    for call, arguments in ((sts.assume_role, {"RoleArn": arn, "RoleSessionName": "me"}), (sts.get_session_token, {}),
                            (sts.get_federation_token, {"Name": "fed"})):
        plain = call(**arguments)
        shortest = plain["SessionTokenSize"]
        assert shortest == len(plain["Credentials"]["SessionToken"]) and plain["SessionTokenUtilization"] in range(1, 6)
        for wanted in (0, 10, shortest, shortest + 1, shortest + 2, shortest + 3, shortest + 4, 1000, 4096):
            answer = call(MinimumSessionTokenSize=wanted, **arguments)
            size = answer["SessionTokenSize"]
            assert size == len(answer["Credentials"]["SessionToken"])
            assert max(wanted, shortest) <= size <= max(wanted, shortest) + 12, wanted
        who = server.client("sts", **keys_of(answer["Credentials"])).get_caller_identity()["Arn"]
        assert who == server.client("sts", **keys_of(plain["Credentials"])).get_caller_identity()["Arn"]
        assert answer["SessionTokenUtilization"] > plain["SessionTokenUtilization"]
        refused(lambda: call(MinimumSessionTokenSize=4097, **arguments), "ValidationError")  # pylint: disable=cell-var-from-loop


def test_whose_a_key_is(server, user):
    sts = server.client("sts")
    assert sts.get_access_key_info(AccessKeyId=user["keys"]["aws_access_key_id"])["Account"] == ACCOUNT
    refused(lambda: sts.decode_authorization_message(EncodedMessage="x"), "InvalidAuthorizationMessageException", status=400)
