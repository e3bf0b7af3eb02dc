"""Promise: every call is authorized. A function's log is written as its role, and by nobody who may not."""

import base64
import time
import uuid

import pytest
from blackbox_server import allow, create, invoke, logged, until
from test_execution_roles import make_role

SAY = "def handler(event, context):\n    print('said', event)\n"
LOGS = "arn:aws:logs:us-east-1:000000000000:log-group:"


def groups(logs, prefix):
    return [one["logGroupName"] for one in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]]


def say(aws, name, what):
    """What the invoke's own log says, whoever else may see it."""
    answer, _ = invoke(aws, name, what, LogType="Tail")
    return base64.b64decode(answer["LogResult"]).decode()


def test_a_role_that_may_not_leaves_no_log(server, aws, logs):
    mute, loud = (create(aws, SAY, Role=make_role(server, *rights)) for rights in ((), [allow("logs:*")]))
    assert "said one" in say(aws, mute, "one")
    say(aws, loud, "two")
    assert logged(logs, loud, "said")
    assert groups(logs, "/aws/lambda/" + mute) == []


@pytest.mark.parametrize("missing", ["logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"])
def test_each_of_the_rights_is_needed(server, aws, logs, missing):
    rights = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"} - {missing}
    poor, able = (create(aws, SAY, Role=make_role(server, allow(*actions))) for actions in (rights, rights | {missing}))
    say(aws, poor, "one")
    say(aws, able, "two")
    assert logged(logs, able, "said")
    assert groups(logs, "/aws/lambda/" + poor) == []


def test_a_group_that_is_there_needs_not_be_made(server, aws, logs):
    name = "f-" + uuid.uuid4().hex[:12]
    logs.create_log_group(logGroupName="/aws/lambda/" + name)
    create(aws, SAY, name=name, Role=make_role(server, allow("logs:CreateLogStream", "logs:PutLogEvents",
                                                            resource=LOGS + f"/aws/lambda/{name}:*")))
    say(aws, name, "one")
    assert logged(logs, name, "said")


def test_a_group_of_ones_own_needs_its_own_right(server, aws, logs):
    group = "/mine/" + uuid.uuid4().hex
    role = make_role(server, allow("logs:*", resource=LOGS + "/aws/lambda/*"))
    name = create(aws, SAY, Role=role, LoggingConfig={"LogGroup": group})
    say(aws, name, "one")
    own = create(aws, SAY, Role=role)
    say(aws, own, "two")
    assert logged(logs, own, "said")
    assert groups(logs, group) == []


def test_a_right_that_is_taken_away_is_gone_soon(server, aws, logs, iam):
    role = make_role(server, allow("logs:*"))
    name = create(aws, SAY, Role=role)
    say(aws, name, "before")
    assert logged(logs, name, "before")
    iam.delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="p")
    deadline = time.monotonic() + 30

    def silent():
        assert time.monotonic() < deadline
        word = uuid.uuid4().hex
        say(aws, name, word)
        time.sleep(1)
        return not logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern=f'"{word}"')["events"]

    until(silent, 30)
