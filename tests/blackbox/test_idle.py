"""Promise: your AWS code runs unchanged, and what nobody uses costs nothing. A function that nobody invokes becomes Inactive, and
its next invoke finds it as it was."""

import concurrent.futures
import json
import tempfile
import time
import urllib.request

import pytest
from blackbox_server import Server, create, invoke, until
from botocore.exceptions import ClientError
from test_snapstart import ready

STAYS = "import time\ndef handler(event, context):\n    time.sleep((event or {}).get('sleep', 0))\n    return event\n"


@pytest.fixture(scope="module")
def resting():
    with tempfile.TemporaryDirectory(prefix="hearth-idle-") as folder:
        running = Server(folder + "/data", "--inactive-after", "2").start()
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def client(resting):
    return resting.client("lambda")


def environments(server):
    with urllib.request.urlopen(server.url + "/_hearth/health") as answer:
        return json.load(answer)["environments"]


def state(client, name, qualifier="$LATEST"):
    found = client.get_function_configuration(FunctionName=name, Qualifier=qualifier)
    return found["State"], found.get("StateReasonCode")


def rests(client, name, qualifier="$LATEST"):
    until(lambda: state(client, name, qualifier) == ("Inactive", "Idle"))


def test_a_function_becomes_inactive_and_comes_back(resting, client):
    name = create(client, STAYS)
    version = client.publish_version(FunctionName=name)["Version"]
    assert invoke(client, name, {"a": 1})[1] == {"a": 1}
    before = client.get_function_configuration(FunctionName=name)
    rests(client, name)
    rests(client, name, version)
    until(lambda: environments(resting) == 0)
    assert client.get_function_configuration(FunctionName=name)["StateReason"]
    assert invoke(client, name, {"a": 2})[1] == {"a": 2}
    after = client.get_function_configuration(FunctionName=name)
    assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}, "it is what it was"
    assert state(client, name, version)[0] == "Inactive", "nobody asked for this one"
    assert invoke(client, name, {"a": 3}, Qualifier=version)[1] == {"a": 3}
    assert state(client, name, version)[0] == "Active"


def test_one_that_is_used_stays_active(client):
    name = create(client, "import uuid\nINIT = str(uuid.uuid4())\ndef handler(event, context):\n    return INIT\n")
    inits, end = set(), time.monotonic() + 5
    while time.monotonic() < end:
        inits.add(invoke(client, name)[1])
        time.sleep(0.3)
    assert state(client, name)[0] == "Active" and len(inits) == 1, "its environment was not taken away meanwhile"


def test_events_and_changes_bring_it_back(client, resting):
    name = create(client, "def handler(event, context):\n    print('came', event)\n")
    rests(client, name)
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b'"an event"')
    logs = resting.client("logs")
    until(lambda: "came an event" in str(logs.filter_log_events(logGroupName="/aws/lambda/" + name)["events"])
          if logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/" + name)["logGroups"] else False)
    rests(client, name)
    client.update_function_configuration(FunctionName=name, Timeout=5)
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert state(client, name)[0] == "Active"


def test_a_snapshot_is_made_anew_before_it_can_be_invoked(client):
    name = ready(client, STAYS)
    rests(client, name, "1")
    assert client.get_function_configuration(FunctionName=name, Qualifier="1")["SnapStart"]["OptimizationStatus"] == "Off"
    with pytest.raises(ClientError) as caught:
        invoke(client, name, Qualifier="1")
    assert caught.value.response["Error"]["Code"] == "SnapStartNotReadyException"
    until(lambda: state(client, name, "1")[0] == "Active")
    assert client.get_function_configuration(FunctionName=name, Qualifier="1")["SnapStart"]["OptimizationStatus"] == "On"
    assert invoke(client, name, {"a": 1}, Qualifier="1")[1] == {"a": 1}


def test_it_comes_back_as_large_as_it_was(resting, client):
    name = create(client, STAYS)
    with concurrent.futures.ThreadPoolExecutor(5) as callers:
        list(callers.map(lambda _: invoke(client, name, {"sleep": 0.7}), range(5)))
    rests(client, name)
    until(lambda: environments(resting) == 0)
    invoke(client, name)
    until(lambda: environments(resting) == 5)
