"""Promise: every call is authorized. Conditions of policies see what the request, the resource and the caller are."""

import uuid

import pytest
from blackbox_server import allow, create, package
from refusals import refusal

CODE = "def handler(e, c):\n    return 'ran'\n"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def user(server):
    return server.make_user()


@pytest.fixture
def mine(server, user):
    return server.client("lambda", **user.keys)


def is_refused(call, **arguments):
    """Whether it is, by a policy."""
    try:
        call(**arguments)
        return False
    except Exception as error:  # pylint: disable=broad-exception-caught
        answer = error.response["Error"]
        assert answer["Code"] in ("AccessDenied", "AccessDeniedException"), answer
        return True


@pytest.mark.parametrize("test, key, good, bad", [
    ("IpAddress", "aws:SourceIp", "127.0.0.0/8", "10.0.0.0/8"),
    ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", "127.0.0.1"),
    ("StringEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"], "eu-west-1"),
    ("Bool", "aws:SecureTransport", "false", "true"),
    ("DateLessThan", "aws:CurrentTime", "2999-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    ("NumericGreaterThan", "aws:EpochTime", "1600000000", "32503680000"),
    ("StringLike", "aws:UserAgent", "*Boto3*", "Mozilla*"),
    ("StringEquals", "aws:PrincipalType", "User", "AssumedRole"),
    ("StringEquals", "aws:PrincipalAccount", "000000000000", "111111111111"),
    ("StringEquals", "AWS:PRINCIPALACCOUNT", "000000000000", "111111111111"),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", "arn:aws:iam::*:role/*"),
    ("StringEquals", "aws:ViaAWSService", "false", "true"),
    ("Null", "aws:SourceVpc", "true", "false"),
    ("StringEqualsIfExists", "aws:SourceVpc", "vpc-1", None),
    ("StringEquals", "aws:SourceVpc", None, "vpc-1"),
])
def test_what_is_known_of_every_request(user, mine, test, key, good, bad):
    for value, refused in ((good, False), (bad, True)):
        if value is None:
            continue
        user.may(allow("lambda:ListFunctions", Condition={test: {key: value}}))
        assert is_refused(mine.list_functions) == refused, value


def test_variables_stand_for_who_asks(server, iam, user):
    mine = server.client("iam", **user.keys)
    user.may(allow("iam:GetUser", resource="arn:aws:iam::*:user/${aws:username}"))
    assert mine.get_user(UserName=user.name)["User"]["Arn"] == user.arn
    assert is_refused(mine.get_user, UserName=server.make_user().name)


def test_tags_of_functions(aws, user, mine):
    functions = {team: create(aws, CODE, Tags={"team": team}) for team in ("red", "blue")}
    user.may(allow("lambda:GetFunction", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}))
    assert not is_refused(mine.get_function, FunctionName=functions["red"])
    assert is_refused(mine.get_function, FunctionName=functions["blue"])
    arn = aws.get_function(FunctionName=functions["red"])["Configuration"]["FunctionArn"]
    aws.untag_resource(Resource=arn, TagKeys=["team"])
    assert is_refused(mine.get_function, FunctionName=functions["red"]), "it counts at once"
    aws.tag_resource(Resource=arn, Tags={"team": "red"})
    assert not is_refused(mine.get_function, FunctionName=functions["red"])


def test_tags_of_the_caller_against_those_of_the_function(iam, aws, user, mine):
    functions = {team: create(aws, CODE, Tags={"team": team}) for team in ("red", "blue")}
    user.may(allow("lambda:GetFunction",
                   Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}))
    assert is_refused(mine.get_function, FunctionName=functions["red"])
    iam.tag_user(UserName=user.name, Tags=[{"Key": "team", "Value": "red"}])
    assert not is_refused(mine.get_function, FunctionName=functions["red"])
    assert is_refused(mine.get_function, FunctionName=functions["blue"])


def test_tags_that_a_request_sets(aws, user, mine):
    arn = aws.get_function(FunctionName=create(aws, CODE))["Configuration"]["FunctionArn"]
    user.may(allow("lambda:TagResource", Condition={"StringEquals": {"aws:RequestTag/team": "red"},
                                                    "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]}}))
    assert not is_refused(mine.tag_resource, Resource=arn, Tags={"team": "red", "stage": "test"})
    assert is_refused(mine.tag_resource, Resource=arn, Tags={"team": "blue"})
    assert is_refused(mine.tag_resource, Resource=arn, Tags={"team": "red", "owner": "me"})
    assert is_refused(mine.tag_resource, Resource=arn, Tags={"stage": "test"})
    user.may(allow("lambda:UntagResource", Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": "stage"}}))
    assert is_refused(mine.untag_resource, Resource=arn, TagKeys=["team"])
    assert not is_refused(mine.untag_resource, Resource=arn, TagKeys=["stage"])


def test_tags_that_are_taken_from_a_log_group(server, logs, user):
    mine, group = server.client("logs", **user.keys), "/tagged/" + user.name
    logs.create_log_group(logGroupName=group, tags={"team": "red", "stage": "test"})
    user.may(allow("logs:UntagLogGroup", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]}}))
    assert is_refused(mine.untag_log_group, logGroupName=group, tags=["team"])
    assert not is_refused(mine.untag_log_group, logGroupName=group, tags=["stage"])


def test_tags_of_roles_and_users(server, iam, user):
    mine = server.client("iam", **user.keys)
    user.may(allow("iam:CreateUser", "iam:TagUser", Condition={"StringEquals": {"aws:RequestTag/team": "red"}}),
             allow("iam:DeleteUser", Condition={"StringEquals": {"iam:ResourceTag/team": "red"}}))
    name = "u-" + uuid.uuid4().hex[:8]
    assert is_refused(mine.create_user, UserName=name)
    assert is_refused(mine.create_user, UserName=name, Tags=[{"Key": "team", "Value": "blue"}])
    assert not is_refused(mine.create_user, UserName=name, Tags=[{"Key": "team", "Value": "red"}])
    assert is_refused(mine.delete_user, UserName=server.make_user().name)
    assert not is_refused(mine.delete_user, UserName=name)


def test_which_policy_may_be_attached(server, user):
    mine, other = server.client("iam", **user.keys), server.make_user().name
    user.may(allow("iam:AttachUserPolicy", "iam:DetachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": READ_ONLY}}))
    assert is_refused(mine.attach_user_policy, UserName=other, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert not is_refused(mine.attach_user_policy, UserName=other, PolicyArn=READ_ONLY)
    assert not is_refused(mine.detach_user_policy, UserName=other, PolicyArn=READ_ONLY)


def test_users_are_made_only_within_a_boundary(server, user):
    mine, name = server.client("iam", **user.keys), "u-" + uuid.uuid4().hex[:8]
    user.may(allow("iam:CreateUser", Condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}}))
    assert is_refused(mine.create_user, UserName=name)
    assert not is_refused(mine.create_user, UserName=name, PermissionsBoundary=READ_ONLY)


def test_which_principal_may_be_let_in(aws, user, mine):
    name = create(aws, CODE)
    user.may(allow("lambda:AddPermission", Condition={"StringEquals": {"lambda:Principal": "events.amazonaws.com"}}))
    permission = {"FunctionName": name, "StatementId": "s", "Action": "lambda:InvokeFunction"}
    assert is_refused(mine.add_permission, **permission, Principal="*")
    assert not is_refused(mine.add_permission, **permission, Principal="events.amazonaws.com")


def test_which_urls_may_be_made(aws, user, mine):
    name = create(aws, CODE)
    user.may(allow("lambda:CreateFunctionUrlConfig", Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}))
    assert is_refused(mine.create_function_url_config, FunctionName=name, AuthType="NONE")
    assert not is_refused(mine.create_function_url_config, FunctionName=name, AuthType="AWS_IAM")


def layer(client):
    return client.publish_layer_version(LayerName="l-" + uuid.uuid4().hex[:12], Content={
        "ZipFile": package({"python/lent.py": "WORD = 'lent'\n"})})["LayerVersionArn"]


def test_which_layers_may_be_used(aws, user, mine):
    name, good, bad = create(aws, CODE), layer(aws), layer(aws)
    user.may(allow("lambda:GetLayerVersion"), allow("lambda:UpdateFunctionConfiguration", Condition={
        "ForAllValues:StringEquals": {"lambda:Layer": [good]}}))
    assert is_refused(mine.update_function_configuration, FunctionName=name, Layers=[bad])
    assert is_refused(mine.update_function_configuration, FunctionName=name, Layers=[good, bad])
    assert not is_refused(mine.update_function_configuration, FunctionName=name, Layers=[good])


def test_layers_of_another_account(server, aws, user, mine):
    _, root = server.make_account()
    theirs = server.client("lambda", **root)
    lent = layer(theirs)
    name = create(aws, "import lent\ndef handler(e, c):\n    return lent.WORD\n", wait=False)
    user.may(allow("lambda:*"))
    denied = (f"User: {{}} is not authorized to perform: lambda:GetLayerVersion on resource: {lent} because no "
              "{} policy allows the lambda:GetLayerVersion action")
    update = {"FunctionName": name, "Layers": [lent]}
    aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert refusal(mine.update_function_configuration, **update) == (
        403, "AccessDeniedException", denied.format(user.arn, "resource-based"))
    theirs.add_layer_version_permission(LayerName=lent.rpartition(":")[0], VersionNumber=1, StatementId="s",
                                        Action="lambda:GetLayerVersion", Principal="000000000000")
    user.may(allow("lambda:UpdateFunctionConfiguration"))
    assert refusal(mine.update_function_configuration, **update)[2] == denied.format(user.arn, "identity-based")
    user.may(allow("lambda:*"))
    mine.update_function_configuration(**update)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert aws.invoke(FunctionName=name)["Payload"].read() == b'"lent"'
    theirs.remove_layer_version_permission(LayerName=lent.rpartition(":")[0], VersionNumber=1, StatementId="s")
    assert refusal(mine.update_function_configuration, **update)[1] == "AccessDeniedException"
    assert aws.invoke(FunctionName=name)["Payload"].read() == b'"lent"', "what uses it keeps it"
