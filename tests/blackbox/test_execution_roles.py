"""Promise: functions and people have the rights of the role that they assume, and no others. A role is given to a function
only by who may pass it, to a service that it trusts, and what runs there can do what the role may do."""

import re
import uuid

import pytest
from blackbox_server import ROOT, allow, create, invoke, package, policy_of, until
from refusals import refusal

HOME = "000000000000"
ARN = f"arn:aws:lambda:us-east-1:{HOME}:function:"
OWN_CALLS = {"app.py": (ROOT / "tests/support/own_calls.py").read_text()}
CODE = {"app.py": "def handler(e, c):\n    return 'ran'\n"}
NOT_ASSUMABLE = "The role defined for the function cannot be assumed by Lambda."
WHO = {"service": "sts", "form": {"Action": "GetCallerIdentity", "Version": "2011-06-15"}}


@pytest.fixture
def user(server):
    return server.make_user()


def make_role(server, *statements, service="lambda.amazonaws.com", **more):
    name = "r-" + uuid.uuid4().hex[:12]
    iam = server.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy_of(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy_of(*statements))
    return arn


class Giving:
    """Both ways to give a function a role, by a user."""

    def __init__(self, server, aws, user):
        self.mine = server.client("lambda", **user.keys)
        self.name = create(aws, CODE)

    def refused(self, role):
        """With the same by both, and nothing is made; nothing when it is given."""
        new = "f-" + uuid.uuid4().hex[:12]
        calls = ((self.mine.create_function, {"FunctionName": new, "Runtime": "python3.11", "Handler": "app.handler",
                                              "Code": {"ZipFile": package(CODE)}}),
                 (self.mine.update_function_configuration, {"FunctionName": self.name}))
        found = []
        for call, arguments in calls:
            try:
                call(**arguments, Role=role)
            except self.mine.exceptions.ClientError as error:
                answer = error.response
                found.append((answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"],
                              answer["Error"]["Message"]))
        assert not found or found == [found[0]] * 2, found
        if found:
            assert refusal(self.mine.get_function, FunctionName=new)[1] == "ResourceNotFoundException"
        return found[0] if found else None


LAMBDA = allow("lambda:*")


def test_a_role_is_given_by_who_may_pass_it(server, aws, user):
    role, giving = make_role(server), Giving(server, aws, user)
    denied = (403, "AccessDeniedException", f"User: {user.arn} is not authorized to perform: iam:PassRole on resource: {role} "
                                            "because no identity-based policy allows the iam:PassRole action")
    user.may(LAMBDA)
    assert giving.refused(role) == denied
    user.may(LAMBDA, allow("iam:PassRole", resource=f"arn:aws:iam::{HOME}:role/other*"))
    assert giving.refused(role) == denied
    to = lambda service: {"StringEquals": {"iam:PassedToService": service}}  # noqa: E731
    user.may(LAMBDA, allow("iam:PassRole", resource=role, Condition=to("states.amazonaws.com")))
    assert giving.refused(role) == denied
    user.may(LAMBDA, allow("iam:PassRole", resource=role, Condition=to("lambda.amazonaws.com")))
    assert giving.refused(role) is None
    user.may(LAMBDA, allow("iam:PassRole"), {**allow("iam:PassRole", resource=role), "Effect": "Deny"})
    assert giving.refused(role)[2].endswith("with an explicit deny in an identity-based policy")


def test_a_role_can_be_kept_to_one_function(server, aws, user):
    role, name = make_role(server), create(aws, CODE)
    mine = server.client("lambda", **user.keys)
    user.may(LAMBDA, allow("iam:PassRole", resource=role,
                           Condition={"ArnEquals": {"iam:AssociatedResourceArn": ARN + name}}))
    mine.update_function_configuration(FunctionName=name, Role=role)
    assert refusal(mine.update_function_configuration, FunctionName=create(aws, CODE), Role=role)[1] == "AccessDeniedException"


def test_a_role_goes_to_the_service_that_it_trusts(server, aws, user):
    giving = Giving(server, aws, user)
    user.may(LAMBDA, allow("iam:PassRole"))
    for role in (make_role(server, service="states.amazonaws.com"), f"arn:aws:iam::{HOME}:role/there-is-none",
                 make_role(server, Condition={"StringEquals": {"aws:SourceAccount": "111111111111"}})):
        assert giving.refused(role) == (400, "InvalidParameterValueException", NOT_ASSUMABLE)
    assert giving.refused(make_role(server, Condition={"StringEquals": {"aws:SourceAccount": HOME}})) is None


def test_a_role_of_another_account_is_not_given(server, aws, user):
    account, root = server.make_account()
    theirs = server.make_role("theirs", account=account, **root)
    user.may(LAMBDA, allow("iam:PassRole"))
    assert Giving(server, aws, user).refused(theirs) == (
        403, "AccessDeniedException", "Cross-account pass role is not allowed.")


def test_other_settings_need_no_right_to_pass_the_role_that_is_there(server, aws, user):
    name = create(aws, CODE)
    user.may(LAMBDA)
    assert server.client("lambda", **user.keys).update_function_configuration(FunctionName=name, Timeout=9)["Timeout"] == 9


def ask(aws, name, **what):
    status, text = invoke(aws, name, what)[1]
    return status, text


def test_a_function_is_its_role_and_says_which(server, aws):
    role = make_role(server)
    name = create(aws, OWN_CALLS, Role=role)
    status, text = ask(aws, name, **WHO)
    assert status == 200
    assert f"<Arn>arn:aws:sts::{HOME}:assumed-role/{role.rpartition('/')[2]}/{name}</Arn>" in text
    assert re.search(rf"<UserId>AROA\w+:{name}</UserId>", text)


def test_code_may_do_what_its_role_may_and_nothing_else(server, aws, iam):
    other = create(aws, CODE)
    role = make_role(server, allow("lambda:GetFunctionConfiguration", resource=ARN + other))
    name = create(aws, OWN_CALLS, Role=role)
    me = f"arn:aws:sts::{HOME}:assumed-role/{role.rpartition('/')[2]}/{name}"
    get = {"service": "lambda", "method": "GET", "path": f"/2015-03-31/functions/{other}/configuration"}
    assert ask(aws, name, **get)[0] == 200
    status, text = ask(aws, name, **{**get, "path": f"/2015-03-31/functions/{name}/configuration"})
    assert status == 403 and f"User: {me} is not authorized to perform: lambda:GetFunctionConfiguration on " in text
    status, text = ask(aws, name, service="iam", form={"Action": "ListUsers", "Version": "2010-05-08"})
    assert status == 403 and "<Code>AccessDenied</Code>" in text and f"User: {me} is not authorized to perform: iam:ListUsers" in text
    status, text = ask(aws, name, service="lambda", method="DELETE", path=f"/2015-03-31/functions/{other}")
    assert status == 403 and aws.get_function(FunctionName=other)

    iam.put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="p", PolicyDocument=policy_of(allow("iam:ListUsers")))
    assert ask(aws, name, service="iam", form={"Action": "ListUsers", "Version": "2010-05-08"})[0] == 200, "at once"
    assert ask(aws, name, **get)[0] == 403


def test_a_policy_can_tell_which_function_calls(server, aws):
    here = {"ArnEquals": {"lambda:SourceFunctionArn": ARN + "the-one"}}
    role = make_role(server, allow("iam:ListUsers", Condition=here))
    names = [create(aws, OWN_CALLS, name=name, Role=role) for name in ("the-one", "another-one")]
    users = {"service": "iam", "form": {"Action": "ListUsers", "Version": "2010-05-08"}}
    assert [ask(aws, name, **users)[0] for name in names] == [200, 403]


def test_functions_of_one_account_reach_those_of_another_when_both_sides_say_so(server, aws):
    _, root = server.make_account()
    theirs = server.client("lambda", **root)
    server.make_role("test", account="-", **root)
    account = server.client("sts", **root).get_caller_identity()["Account"]
    target = create(theirs, CODE, Role=f"arn:aws:iam::{account}:role/test")
    target_arn = f"arn:aws:lambda:us-east-1:{account}:function:{target}"
    role = make_role(server, allow("lambda:InvokeFunction"))
    name = create(aws, OWN_CALLS, Role=role)
    call = {"service": "lambda", "path": f"/2015-03-31/functions/{target_arn}/invocations"}
    assert ask(aws, name, **call)[0] == 403
    theirs.add_permission(FunctionName=target, StatementId="s", Action="lambda:InvokeFunction", Principal=role)
    assert ask(aws, name, **call) == (200, '"ran"')
    server.client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="p")
    assert ask(aws, name, **call)[0] == 403


def test_credentials_die_with_the_role(server, aws, iam):
    role = make_role(server)
    name, role_name = create(aws, OWN_CALLS, Role=role), role.rpartition("/")[2]
    assert ask(aws, name, **WHO)[0] == 200
    iam.delete_role(RoleName=role_name)
    status, text = ask(aws, name, **WHO)
    assert status == 403 and "<Code>InvalidClientTokenId</Code>" in text
    iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=policy_of(
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}))
    assert ask(aws, name, **WHO)[0] == 403, "one of the same name is another role"


def test_a_role_that_trusts_lambda_no_more_is_no_help_to_new_environments(server, aws, iam):
    role = make_role(server)
    name = create(aws, OWN_CALLS, Role=role)
    assert ask(aws, name, **WHO)[0] == 200
    iam.update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=policy_of(
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}))
    assert ask(aws, name, **WHO)[0] == 200, "sessions that were begun go on"
    aws.update_function_configuration(FunctionName=name, Environment={"Variables": {"ANOTHER": "one"}})
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    status, text = ask(aws, name, **WHO)
    assert status == 403 and "<Code>InvalidClientTokenId</Code>" in text


@pytest.fixture
def pair(server, aws, iam):
    """A function that tells another what became of its events, and its role."""
    target = create(aws, "import json\ndef handler(e, c):\n    print('GOT', e['requestPayload'])\n")
    role = make_role(server, allow("lambda:InvokeFunction", resource=ARN + target))
    return create(aws, CODE, Role=role), target, role.rpartition("/")[2]


def tell(aws, name, target):
    return aws.put_function_event_invoke_config(FunctionName=name,
                                                DestinationConfig={"OnSuccess": {"Destination": ARN + target}})


def test_a_destination_must_be_the_roles_to_invoke(server, aws, iam, pair):
    name, target, role = pair
    assert tell(aws, name, target)["DestinationConfig"]["OnSuccess"] == {"Destination": ARN + target}
    aws.delete_function_event_invoke_config(FunctionName=name)
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    text = f"The function's execution role does not have permissions to call InvokeFunction on {ARN}{target}"
    assert refusal(tell, aws=aws, name=name, target=target) == (400, "InvalidParameterValueException", text)
    assert refusal(aws.get_function_event_invoke_config, FunctionName=name)[1] == "ResourceNotFoundException"
    aws.add_permission(FunctionName=target, StatementId="s", Action="lambda:InvokeFunction",
                       Principal=f"arn:aws:iam::{HOME}:role/{role}")
    tell(aws, name, target)
    # Versions have the role that they were published with.
    version = aws.publish_version(FunctionName=name)["Version"]
    aws.update_function_configuration(FunctionName=name, Role=make_role(server))
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert refusal(tell, aws=aws, name=name, target=target)[2] == text
    assert tell(aws, f"{name}:{version}", target)


def test_a_destination_hears_nothing_once_the_role_may_not_tell(server, aws, iam, logs, pair):
    name, target, role = pair
    tell(aws, name, target)

    def event(number):
        return aws.invoke(FunctionName=name, InvocationType="Event", Payload=str(number))["ResponseMetadata"]["RequestId"]

    def heard():
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{target}", filterPattern="GOT")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [one["message"].split()[1] for one in events]

    event(1)
    until(lambda: heard() == ["1"])
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    request_id = event(2)
    lost = f"the record of invoke {request_id} of {ARN}{name} cannot go to {ARN}{target}: User: arn:aws:sts::{HOME}:assumed-role/"
    until(lambda: lost in open(server.data + ".log").read())
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=policy_of(allow("lambda:InvokeFunction")))
    event(3)
    until(lambda: "3" in heard())
    assert heard() == ["1", "3"]
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    iam.delete_role(RoleName=role)
    request_id = event(4)
    until(lambda: request_id in open(server.data + ".log").read())
    assert heard() == ["1", "3"]
