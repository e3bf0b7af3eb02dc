"""Promise: every call is authorized, and by all policies that apply: what users and sessions may, what a function's own
policy gives to whom, what limits them, and under which conditions."""

import uuid

import pytest
from blackbox_server import allow, create, deny, policy_of
from refusals import refusal

HOME = "000000000000"
CODE = "def handler(e, c):\n    return 'ran'\n"
INVOKE = "lambda:InvokeFunction"


class Session:
    """Whoever has assumed a role that is made for it; like blackbox_server.User."""

    def __init__(self, server, account, root, limit=None, boundary=None):
        self.name, self.iam = "r-" + uuid.uuid4().hex[:12], server.client("iam", **root)
        trust = policy_of({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"})
        bound = {"PermissionsBoundary": boundary} if boundary else {}
        self.role = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=trust, **bound)["Role"]["Arn"]
        assumer = server.make_user(policy=allow("sts:AssumeRole"), **root)
        answer = server.client("sts", **assumer.keys).assume_role(
            RoleArn=self.role, RoleSessionName="me", **({"Policy": policy_of(limit)} if limit else {}))
        self.arn, keys = answer["AssumedRoleUser"]["Arn"], answer["Credentials"]
        self.keys = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"],
                     "aws_session_token": keys["SessionToken"]}

    def may(self, *statements):
        self.iam.put_role_policy(RoleName=self.name, PolicyName="p", PolicyDocument=policy_of(*statements))


@pytest.fixture(scope="module")
def away(server):
    return server.make_account("--name", "away")


@pytest.fixture(scope="module")
def accounts(server, away):
    return {"home": (HOME, server.credentials), "away": away}


@pytest.fixture(scope="module")
def function(aws):
    name = create(aws, CODE)
    return aws.get_function_configuration(FunctionName=name)["FunctionArn"]


@pytest.fixture
def grant(aws, function):
    """Lets a principal invoke the function by the function's own policy, for the length of a test."""
    made = []

    def add(principal, **more):
        made.append(f"s{len(made)}")
        aws.add_permission(FunctionName=function, StatementId=made[-1], Action=INVOKE, Principal=principal, **more)

    yield add
    for statement in made:
        aws.remove_permission(FunctionName=function, StatementId=statement)


@pytest.fixture
def user(server):
    return server.make_user()


def why(server, who, function):
    """Why the caller may not invoke the function; nothing when it may."""
    client = server.client("lambda", **who.keys)
    try:
        assert client.invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"] == 204
        return None
    except client.exceptions.ClientError as error:
        answer = error.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (403, "AccessDeniedException")
    beginning = f"User: {who.arn} is not authorized to perform: {INVOKE} on resource: {function} "
    assert answer["Error"]["Message"].startswith(beginning)
    return answer["Error"]["Message"].removeprefix(beginning)


def silent(policy):
    return f"because no {policy} allows the {INVOKE} action"


IDENTITY, RESOURCE = silent("identity-based policy"), silent("resource-based policy")
# Whom the function's policy names -> why not, by an account's callers without and with a policy of their own.
MATRIX = {
    "home": {"nobody": (IDENTITY, None), "itself": (None, None), "role": (None, None), "account": (IDENTITY, None),
             "everyone": (None, None), "service": (IDENTITY, None), "another user": (IDENTITY, None)},
    "away": {"nobody": (IDENTITY, RESOURCE), "itself": (IDENTITY, None), "role": (IDENTITY, None),
             "account": (IDENTITY, None), "everyone": (IDENTITY, None), "service": (IDENTITY, RESOURCE),
             "another user": (IDENTITY, RESOURCE)},
}


@pytest.mark.parametrize("kind, place, named", [
    (kind, place, named) for kind in ("user", "session") for place, rows in MATRIX.items() for named in rows
    if (kind, named) != ("user", "role")])
def test_who_may_invoke_whose_function(server, accounts, function, grant, kind, place, named):
    account, root = accounts[place]
    who = Session(server, account, root) if kind == "session" else server.make_user(**root)
    principal = {"itself": who.arn, "role": getattr(who, "role", None), "account": account, "everyone": "*",
                 "service": "events.amazonaws.com", "another user": server.make_user(**root).arn, "nobody": None}[named]
    if principal:
        grant(principal)
    without, with_own = MATRIX[place][named]
    assert why(server, who, function) == without
    who.may(allow(INVOKE, resource=function))
    assert why(server, who, function) == with_own


def test_the_root_of_the_account_lacks_nothing_and_that_of_another_all(server, away, function, grant):
    class Root:
        arn, keys = f"arn:aws:iam::{away[0]}:root", away[1]

    assert server.client("lambda").invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"] == 204
    assert why(server, Root, function) == RESOURCE
    grant(away[0])
    assert why(server, Root, function) is None


def test_a_permission_is_for_the_qualifier_and_the_action_that_it_names(server, aws, user):
    name = create(aws, CODE)
    aws.publish_version(FunctionName=name)
    arn = f"arn:aws:lambda:us-east-1:{HOME}:function:{name}"
    aws.add_permission(FunctionName=name, StatementId="s", Action=INVOKE, Principal=user.arn, Qualifier="1")
    aws.add_permission(FunctionName=name, StatementId="s", Action="lambda:GetFunction", Principal=user.arn)
    assert why(server, user, arn + ":1") is None
    assert why(server, user, arn) == IDENTITY
    mine = server.client("lambda", **user.keys)
    assert mine.get_function(FunctionName=name)["Configuration"]["FunctionArn"] == arn
    assert refusal(mine.delete_function, FunctionName=name)[1] == "AccessDeniedException"
    user.may(allow(INVOKE, resource=arn))
    assert why(server, user, arn) is None
    aws.remove_permission(FunctionName=name, StatementId="s", Qualifier="1")
    assert why(server, user, arn + ":1") == IDENTITY, "the function's ARN does not cover its versions"
    user.may(allow(INVOKE, resource=arn + ":*"))
    assert why(server, user, arn + ":1") is None


def test_a_deny_wins_wherever_it_stands(server, iam, function, grant, user):
    grant(user.arn)
    grant(HOME)
    user.may(allow("lambda:*"), deny("lambda:Invoke*"))
    assert why(server, user, function) == "with an explicit deny in an identity-based policy"
    group = "g-" + uuid.uuid4().hex[:8]
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=policy_of(deny("*", resource=function)))
    user.may(allow("lambda:*"))
    assert why(server, user, function) is None
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    assert why(server, user, function) == "with an explicit deny in an identity-based policy"
    iam.remove_user_from_group(GroupName=group, UserName=user.name)
    assert why(server, user, function) is None
    boundary = make_policy(iam, allow("*"), deny(INVOKE))
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=boundary)
    assert why(server, user, function) == "with an explicit deny in a permissions boundary"


def make_policy(iam, *statements):
    return iam.create_policy(PolicyName="p-" + uuid.uuid4().hex[:12], PolicyDocument=policy_of(*statements))["Policy"]["Arn"]


def test_a_boundary_only_takes_away(server, iam, function, grant, user):
    boundary = make_policy(iam, allow("lambda:Get*"))
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=boundary)
    assert why(server, user, function) == IDENTITY, "it gives nothing"
    user.may(allow("lambda:*"))
    assert why(server, user, function) == silent("permissions boundary")
    assert server.client("lambda", **user.keys).get_function(FunctionName=function)
    grant(user.arn)
    assert why(server, user, function) is None, "whom the function's policy names is not limited"
    iam.delete_user_permissions_boundary(UserName=user.name)
    assert why(server, user, function) is None


def test_what_limits_sessions_that_a_functions_policy_names(server, iam, function, grant):
    gets = allow("lambda:Get*")
    bound = Session(server, HOME, server.credentials, boundary=make_policy(iam, gets))
    limited = Session(server, HOME, server.credentials, limit=gets)
    grant(bound.role)
    grant(limited.role)
    assert why(server, bound, function) == silent("permissions boundary")
    assert why(server, limited, function) == silent("session policy")
    for who in (bound, limited):
        grant(who.arn)
        assert why(server, who, function) is None
    denied = Session(server, HOME, server.credentials, limit=deny("lambda:Invoke*"))
    grant(denied.arn)
    assert why(server, denied, function) == "with an explicit deny in a session policy"


def test_a_session_policy_only_takes_away(server, function):
    limited = Session(server, HOME, server.credentials, limit=allow("lambda:Get*"))
    assert why(server, limited, function) == IDENTITY
    limited.may(allow("lambda:*"))
    assert why(server, limited, function) == silent("session policy")
    assert server.client("lambda", **limited.keys).get_function(FunctionName=function)


def test_keys_that_are_switched_off_or_deleted_are_none_at_once(server, iam, user):
    mine = server.client("sts", **user.keys)
    key = {"UserName": user.name, "AccessKeyId": user.keys["aws_access_key_id"]}
    for status, good in (("Active", True), ("Inactive", False), ("Active", True)):
        iam.update_access_key(**key, Status=status)
        if good:
            assert mine.get_caller_identity()["Arn"] == user.arn
        else:
            assert refusal(mine.get_caller_identity) == (
                403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    iam.delete_access_key(**key)
    assert refusal(mine.get_caller_identity)[1] == "InvalidClientTokenId"
    assert refusal(server.client("lambda", **user.keys).list_functions)[1] == "UnrecognizedClientException"


def test_policies_that_are_attached_count_from_then_on_and_by_version(server, iam, function, user):
    arn = make_policy(iam, allow("lambda:Get*"))
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    assert why(server, user, function) == IDENTITY
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy_of(allow("lambda:*")), SetAsDefault=True)
    assert why(server, user, function) is None
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert why(server, user, function) == IDENTITY
    iam.attach_user_policy(UserName=user.name, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaRole")
    assert why(server, user, function) is None
    iam.detach_user_policy(UserName=user.name, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaRole")
    assert why(server, user, function) == IDENTITY


def test_whoever_puts_a_role_into_an_instance_profile_passes_it(server):
    iam, user = server.client("iam"), server.make_user()
    role, profile = server.make_role("r-" + uuid.uuid4().hex[:8]), "p-" + uuid.uuid4().hex[:8]
    iam.create_instance_profile(InstanceProfileName=profile)
    add = server.client("iam", **user.keys).add_role_to_instance_profile
    given = {"InstanceProfileName": profile, "RoleName": role.rpartition("/")[2]}
    user.may(allow("iam:AddRoleToInstanceProfile"))
    assert refusal(add, **given) == (403, "AccessDenied", f"User: {user.arn} is not authorized to perform: iam:PassRole on "
                                     f"resource: {role} because no identity-based policy allows the iam:PassRole action")
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    user.may(allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", resource=role, Condition=to_lambda))
    assert refusal(add, **given)[1] == "AccessDenied"
    user.may(allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", resource=role))
    add(**given)
