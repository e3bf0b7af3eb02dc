"""Promise: your AWS code runs unchanged. Extensions register, are told of invokes and of the end, and hold an
environment until they are done; whatever they do wrong is told by its documented error and is no other function's matter."""

import json
import time

import pytest
from blackbox_server import create, invoke, logged, until
from test_hostile import neighbour  # noqa: F401  pylint: disable=unused-import
from test_layers import BOOTSTRAP, arn_of

OK = "def handler(e, c):\n    return e\n"

# What extensions of these tests have in common; each runs its own lines behind it.
CLIENT = """#!/usr/bin/env python3
import http.client, json, os, signal, sys, time
NAME = os.path.basename(sys.argv[0])
sys.stdout.reconfigure(line_buffering=True)
def call(method, path, body=None, version="2020-01-01/extension", **headers):
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request(method, "/" + version + "/" + path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = api.getresponse()
    return answer.status, answer.headers, json.loads(answer.read())
def register(*events, name=NAME, **headers):
    status, head, body = call("POST", "register", json.dumps({"events": events}), Lambda_Extension_Name=name, **headers)
    return head["Lambda-Extension-Identifier"] if status == 200 else body
def following(me):
    return call("GET", "event/next", Lambda_Extension_Identifier=me)[2]
"""

RECORDER = CLIENT + """
me = register("INVOKE", "SHUTDOWN")
while True:
    event = following(me)
    print("EVENT " + json.dumps(event))
    if event["eventType"] == "SHUTDOWN":
        break
"""

FUNCTION = """
import http.client, json, os
def call(method, path, body=None, **headers):
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request(method, "/2020-01-01/extension/" + path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = api.getresponse()
    return [answer.status, dict(answer.headers), json.loads(answer.read())]
"""


def extended(aws, program, code=OK, name="watcher", **options):
    """A function with one extension, or several."""
    programs = program if isinstance(program, dict) else {name: program}
    layer = arn_of(aws, {"extensions/" + one: text for one, text in programs.items()})
    return create(aws, code, Layers=[layer], **options)


def refresh(aws, name):
    """Its environments end."""
    aws.update_function_configuration(FunctionName=name, Description=str(time.time()))


def several(logs, name, pattern, count):
    def found():
        lines = logged(logs, name, pattern)
        return lines if len(lines) >= count else None

    return until(found)


def events_of(logs, name, count):
    return [json.loads(line[6:]) for line in several(logs, name, '"EVENT"', count)]


@pytest.mark.parametrize("runtime", ("python3.11", "nodejs18.x", "provided.al2023"))
def test_an_external_extension_is_told_of_invokes_and_of_the_end(aws, logs, runtime):
    code = {"python3.11": OK, "nodejs18.x": {"app.js": "exports.handler = async (e) => e;"},
            "provided.al2023": {"bootstrap": BOOTSTRAP.replace("/opt/greeting", "/var/task/greeting"), "greeting": "hello"}}[runtime]
    name = extended(aws, RECORDER, code, Runtime=runtime, Timeout=10)
    first, body = invoke(aws, name, 1)
    assert body == ("hello" if runtime == "provided.al2023" else 1)
    second, _ = invoke(aws, name, 2)
    refresh(aws, name)
    told = events_of(logs, name, 3)
    ids = [answer["ResponseMetadata"]["RequestId"] for answer in (first, second)]
    assert [event.get("requestId") for event in told] == [*ids, None]
    arn = aws.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    for event in told[:2]:
        assert set(event) == {"eventType", "deadlineMs", "requestId", "invokedFunctionArn", "tracing"}
        assert (event["eventType"], event["invokedFunctionArn"]) == ("INVOKE", arn)
        assert event["tracing"]["type"] == "X-Amzn-Trace-Id" and event["tracing"]["value"].startswith("Root=1-")
        assert abs(event["deadlineMs"] / 1000 - time.time()) < 60
    assert set(told[2]) == {"eventType", "shutdownReason", "deadlineMs"}
    assert (told[2]["eventType"], told[2]["shutdownReason"]) == ("SHUTDOWN", "spindown")
    assert logged(logs, name, "EXTENSION") == ["EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]"]


def test_what_an_extension_is_told_when_it_registers(aws, logs):
    name = extended(aws, CLIENT + """
status, head, body = call("POST", "register", '{"events":["INVOKE"]}', Lambda_Extension_Name=NAME,
                          Lambda_Extension_Accept_Feature="other, accountId")
print("TOLD " + json.dumps([body, sorted(set(os.environ)), os.getcwd()]))
while True:
    following(head["Lambda-Extension-Identifier"])
""", Environment={"Variables": {"MINE": "1"}})
    invoke(aws, name)
    body, variables, folder = json.loads(logged(logs, name, "TOLD")[0][5:])
    assert body == {"functionName": name, "functionVersion": "$LATEST", "handler": "app.handler", "accountId": "000000000000"}
    assert {"MINE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_LAMBDA_RUNTIME_API"} <= set(variables)
    assert not {"_HANDLER", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT"} & set(variables)
    assert folder == "/"


def test_the_caller_is_answered_before_extensions_are_done_and_the_environment_is_free_after(aws, logs):
    name = extended(aws, RECORDER.replace("print(", "time.sleep(1)\n    print("), "import uuid\nME = str(uuid.uuid4())\ndef handler(e, c):\n    return ME, e\n",
                    Timeout=10)
    invoke(aws, name, 0)
    time.sleep(1.5)
    began = time.monotonic()
    same = invoke(aws, name, 1)[1][0]
    assert time.monotonic() - began < 0.9
    assert invoke(aws, name, 2)[1] != [same, 2], "its extension is not done"
    time.sleep(1.5)
    assert same in {invoke(aws, name, n)[1][0] for n in range(2)}
    report = several(logs, name, "REPORT", 2)[1]
    assert float(report.split("Duration: ")[1].split(" ")[0]) > 1000


REFUSALS = FUNCTION + """
def said(answer):
    return [answer[0], answer[2].get("errorType"), answer[2].get("errorMessage")]
def register(name, events):
    headers = {"Lambda_Extension_Name": name} if name else {}
    return call("POST", "register", events if isinstance(events, str) else json.dumps({"events": events}), **headers)
first = register("one", ["INVOKE"])
me = first[1]["Lambda-Extension-Identifier"]
early = [said(a) for a in (
    register("", []), register("x", "{"), register("x", ["SHUTDOWN"]), register("x", ["WHAT"]), register("one", []),
    call("GET", "event/next"), call("GET", "event/next", Lambda_Extension_Identifier="x"),
    call("GET", "event/next", Lambda_Extension_Identifier="00000000-0000-4000-8000-000000000000"),
    call("POST", "exit/error", "{}", Lambda_Extension_Identifier=me))]
rest = [register("x%d" % n, [])[0] for n in range(9)] if os.environ.get("MANY") else []
many = [said(register("more", []))] if rest else []
import threading
def loop(me):
    while True:
        call("GET", "event/next", Lambda_Extension_Identifier=me)
if not rest:
    threading.Thread(target=loop, args=(me,), daemon=True).start()
def handler(e, c):
    return {"early": early, "many": many, "late": said(register("late", []))}
"""


def test_what_internal_extensions_may_not_ask(aws):
    answer, body = invoke(aws, create(aws, REFUSALS, Timeout=10))
    assert "FunctionError" not in answer, body
    assert [one[:2] for one in body["early"]] == [[403, "Extension." + what] for what in (
        "InvalidExtensionName", "InvalidRequestFormat", "InvalidEventType", "InvalidEventType", "InvalidExtensionState",
        "MissingExtensionIdentifier", "InvalidExtensionIdentifier", "UnknownExtensionIdentifier", "MissingHeader")]
    assert [one[2] for one in body["early"]][2:] == [
        "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension", "WHAT: ErrorInvalidEventType",
        "Extension with this name already registered", "Missing Lambda-Extension-Identifier header",
        "Invalid Lambda-Extension-Identifier", "Unknown extension 00000000-0000-4000-8000-000000000000",
        "Lambda-Extension-Function-Error-Type not found"]
    assert body["late"] == [403, "Extension.RegistrationClosed", "Extension registration closed already"]


def test_what_an_extension_that_failed_may_not_do(aws, logs):
    name = extended(aws, CLIENT + """
me = register()
fail = {"Lambda_Extension_Identifier": me, "Lambda_Extension_Function_Error_Type": "Extension.Sad"}
nobody = {**fail, "Lambda_Extension_Identifier": "00000000-0000-4000-8000-000000000000"}
said = [register(), call("POST", "init/error", "", **nobody)[2], call("POST", "exit/error", "", **nobody)[2],
        call("POST", "init/error", "", **fail)[2], call("GET", "event/next", **fail)[2], call("POST", "exit/error", "", **fail)[2]]
print("SAID " + json.dumps([me, said]))
""", Timeout=3)
    assert invoke(aws, name)[1]["errorType"] == "Extension.InitError"
    me, said = json.loads(logged(logs, name, "SAID")[0][5:])
    wrong = "State transition from {} failed for extension {}. Error: State transition is not allowed"
    assert [one.get("errorMessage") for one in said] == [
        wrong.format("Registered to Registered", "watcher"), *["Unknown Lambda-Extension-Identifier"] * 2, None,
        wrong.format("InitError to Ready", me), wrong.format("InitError to Exited", me)]
    assert logged(logs, name, "EXTENSION")[0] == "EXTENSION\tName: watcher\tState: InitError\tEvents: []\tError Type: Extension.Sad"


def test_ten_extensions_may_register(aws, logs):
    many = REFUSALS.replace("def handler", "print('MANY', json.dumps([rest, many]))\ndef handler")
    name = create(aws, many, Timeout=3, Environment={"Variables": {"MANY": "1"}})
    invoke(aws, name)
    assert json.loads(logged(logs, name, "MANY")[0][5:]) == [[200] * 9, [[403, "Extension.TooManyExtensions", "Extension limit (10) reached"]]]


def test_eleven_external_ones_are_too_many(aws, logs):
    name = extended(aws, {f"e{n:02}": RECORDER for n in range(11)}, Timeout=3)
    answer, body = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled" and body["errorType"] == "Extension.LaunchError"
    assert "EXTENSION\tName: e10\tState: LaunchError\tEvents: []\tError Type: TooManyExtensions" in logged(logs, name, "EXTENSION")


WRONG = {
    "is no program": ("no program\n", "Extension.LaunchError", "fork/exec /opt/extensions/watcher: exec format error"),
    "ends at once": (CLIENT + "sys.exit(3)\n", "Extension.Crash", "exit status 3"),
    "ends well, but too early": (CLIENT, "Extension.Crash", "exit code 0"),
    "kills itself": (CLIENT + "register()\nos.kill(os.getpid(), 9)\n", "Extension.Crash", "signal: killed"),
    "says that its init failed": (CLIENT + "call('POST', 'init/error', '{}', Lambda_Extension_Identifier=register(), "
                                  "Lambda_Extension_Function_Error_Type='Extension.NoKey')\nsys.exit(1)\n", "Extension.InitError", "exit status 1"),
    "ends in an invoke": (CLIENT + "me = register('INVOKE')\nfollowing(me)\nsys.exit(4)\n", "Extension.Crash", "exit status 4"),
    "gives up in an invoke": (CLIENT + "me = register('INVOKE')\nfollowing(me)\ncall('POST', 'exit/error', '{}', Lambda_Extension_Identifier=me, "
                              "Lambda_Extension_Function_Error_Type='Extension.Lost')\n", "Extension.ExitError", "exit code 0"),
    "says that its init failed and stays": (CLIENT + "call('POST', 'init/error', '{}', Lambda_Extension_Identifier=register(), "
                                            "Lambda_Extension_Function_Error_Type='Extension.NoKey')\ntime.sleep(100)\n",
                                            "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
    "never registers": (CLIENT + "time.sleep(100)\n", "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
    "never asks for an event": (CLIENT + "register()\ntime.sleep(100)\n", "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_extension_that(aws, neighbour, what):  # noqa: F811
    program, kind, text = WRONG[what]
    name = extended(aws, program, "import time\ndef handler(e, c):\n    time.sleep(2)\n", Timeout=3)
    for _ in range(2):
        answer, body = invoke(aws, name)
        request_id = answer["ResponseMetadata"]["RequestId"]
        assert answer["FunctionError"] == "Unhandled"
        assert body == {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {text}"}
    assert not neighbour
    aws.delete_function(FunctionName=name)


def test_an_extension_that_is_not_done_in_time_ends_its_environment_not_the_answer(aws, logs):
    name = extended(aws, RECORDER.replace("print(", "time.sleep(30 if 'requestId' in event else 0)\n    print("), Timeout=3)
    began = time.monotonic()
    assert invoke(aws, name, "answered")[1] == "answered"
    assert invoke(aws, name, "again")[1] == "again"
    assert time.monotonic() - began < 3
    assert "Task timed out after 3.00 seconds" in logged(logs, name, '"timed out"')[0]


def test_extensions_are_told_why_processes_end(aws, logs):
    name = extended(aws, RECORDER, "import os, time\ndef handler(e, c):\n    time.sleep(30) if e else os._exit(1)\n", Timeout=2)
    assert invoke(aws, name, 1)[1]["errorType"] == "Sandbox.Timedout"
    assert [event.get("shutdownReason") for event in events_of(logs, name, 2)] == [None, "timeout"]
    assert invoke(aws, name, 0)[1]["errorType"] == "Runtime.ExitError"
    assert [event.get("shutdownReason") for event in events_of(logs, name, 4)][3] == "failure"


def test_a_runtime_is_asked_to_end_where_there_are_extensions(aws, logs):
    code = ("import signal, sys, time\ndef ended(*_):\n    print('ASKED TO END')\n    sys.stdout.flush()\n    sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, ended)\ndef handler(e, c):\n    print('SERVED')\n    return 1\n")
    name = extended(aws, RECORDER, code)
    bare = create(aws, code)
    for one in (name, bare):
        invoke(aws, one)
        logged(logs, one, "SERVED")
        refresh(aws, one)
    assert logged(logs, name, "ASKED")
    time.sleep(1)
    assert not logs.filter_log_events(logGroupName=f"/aws/lambda/{bare}", filterPattern="ASKED")["events"]


def test_a_runtime_that_does_not_end_is_killed_before_the_extensions_are_told(aws, logs):
    name = extended(aws, RECORDER.replace("    if event", "    time.sleep(0.5 if event['eventType'] == 'SHUTDOWN' else 0)\n    if event"),
                    "import signal, time\ndef stay(*_):\n    while True:\n        print('STILL', time.time(), flush=True)\n"
                    "        time.sleep(0.05)\nsignal.signal(signal.SIGTERM, stay)\ndef handler(e, c):\n    return 1\n")
    invoke(aws, name)
    refresh(aws, name)
    end = events_of(logs, name, 2)[1]
    times = [float(line.split()[1]) for line in logged(logs, name, "STILL")]
    assert 0.5 < max(times) - min(times) < 0.8
    assert max(times) * 1000 < end["deadlineMs"] - 1200


def test_an_extension_that_ignores_the_end_is_killed(aws, server, logs):
    name = extended(aws, CLIENT + "me = register('INVOKE', 'SHUTDOWN')\nwhile True:\n    event = following(me)\n"
                                  "    if event['eventType'] == 'SHUTDOWN':\n        while True:\n            print('STILL THERE')\n            time.sleep(0.2)\n")
    invoke(aws, name)
    refresh(aws, name)
    until(lambda: logged(logs, name, '"STILL THERE"'))
    time.sleep(3)
    assert 5 <= len(logged(logs, name, '"STILL THERE"')) <= 10
