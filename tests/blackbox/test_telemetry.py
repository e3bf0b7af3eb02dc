"""Promise: your AWS code runs unchanged. Extensions that subscribe get what functions and the platform say, as the
Telemetry API and the Logs API describe it; one that stalls loses events and holds up nobody."""

import json
import time

import pytest
from blackbox_server import create, invoke, logged, until
from test_extensions import CLIENT, extended, refresh

# Keeps what comes on its port, and writes it down at the end. PROTOCOL, STALL and so on are set before it.
SINK = CLIENT + """
import http.server, socketserver, threading
got = []
class Http(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        got.append([self.path, self.headers["Host"], self.headers["Content-Type"], json.loads(body)])
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
class Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            got.append(["", "", "", [json.loads(line)]])
server = (http.server.ThreadingHTTPServer if PROTOCOL == "HTTP" else socketserver.ThreadingTCPServer)(
    ("0.0.0.0", 8081), Http if PROTOCOL == "HTTP" else Tcp)
threading.Thread(target=server.serve_forever, daemon=True).start()
def subscribe(me, **asked):
    destination = ({"protocol": "HTTP", "URI": "http://sandbox.localdomain:8081/events"} if PROTOCOL == "HTTP"
                   else {"protocol": "TCP", "port": 8081})
    body = {"schemaVersion": SCHEMA, "destination": destination, "types": ["platform", "function", "extension"],
            "buffering": {"timeoutMs": 25, "maxItems": 1000, "maxBytes": 262144}, **asked}
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request("PUT", PATH, json.dumps(body), {"Lambda-Extension-Identifier": me})
    answer = api.getresponse()
    return answer.status, answer.read().decode()
"""
TELEMETRY = 'PROTOCOL, PATH, SCHEMA = "HTTP", "/2022-07-01/telemetry", "2022-12-13"\n'
WHOLE = """
me = register("INVOKE", "SHUTDOWN")
print("extension says")
answer = subscribe(me)
while following(me)["eventType"] == "INVOKE":
    pass
time.sleep(0.3)
print("GOT " + json.dumps([answer, got]))
"""


def program(*parts):
    """Settings go behind the first line, which names the interpreter."""
    first, rest = "".join(parts[1:]).split("\n", 1)
    return first + "\n" + parts[0] + rest


def told(logs, name):
    """What the extension got: its answer, the requests, the events."""
    answer, requests = json.loads(until(lambda: logged(logs, name, '"GOT"'))[0][4:])
    return answer, requests, [event for request in requests for event in request[3]]


@pytest.mark.parametrize("protocol", ("HTTP", "TCP"))
@pytest.mark.parametrize("form", ("Text", "JSON"))
def test_a_subscriber_gets_all_events(aws, logs, protocol, form):
    name = extended(aws, program(TELEMETRY.replace('"HTTP"', f'"{protocol}"'), SINK, WHOLE),
                    "def handler(e, c):\n    print('function says')\n    return 'x' * 98\n",
                    LoggingConfig={"LogFormat": form}, Timeout=10)
    request_id = invoke(aws, name)[0]["ResponseMetadata"]["RequestId"]
    time.sleep(0.5)
    refresh(aws, name)
    answer, requests, events = told(logs, name)
    assert answer == [200, '"OK"']
    if protocol == "HTTP":
        assert {tuple(request[:3]) for request in requests} == {("/events", "sandbox.localdomain:8081", "application/json")}
    assert all(set(event) == {"time", "type", "record"} for event in events)
    records = {event["type"]: event["record"] for event in events}
    assert records["function"] == "function says" and records["extension"] == "extension says"
    kinds = [event["type"] for event in events if event["type"].startswith("platform")]
    assert kinds == ["platform." + kind for kind in (
        "initStart", "telemetrySubscription", "initRuntimeDone", "extension", "initReport", "start", "runtimeDone", "report")]
    begun = records["platform.initStart"]
    assert (begun["functionName"], begun["phase"], begun["instanceMaxMemory"]) == (name, "init", 128 << 20)
    streams = logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert begun["instanceId"] in [stream["logStreamName"] for stream in streams]
    assert records["platform.telemetrySubscription"] == {"name": "watcher", "state": "Subscribed",
                                                         "types": ["platform", "function", "extension"]}
    assert records["platform.extension"] == {"name": "watcher", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}
    assert records["platform.initRuntimeDone"] == {"initializationType": "on-demand", "phase": "init", "status": "success"}
    assert records["platform.start"]["requestId"] == request_id
    done = records["platform.runtimeDone"]
    assert (done["requestId"], done["status"], done["metrics"]["producedBytes"]) == (request_id, "success", 100)
    assert [span["name"] for span in done["spans"]] == ["responseLatency", "responseDuration", "runtimeOverhead"]
    assert {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"} == set(records["platform.report"]["metrics"])
    if form == "Text":
        assert logged(logs, name, "TELEMETRY") == ["TELEMETRY\tName: watcher\tState: Subscribed\tTypes: [Platform,Function,Extension]"]


def test_the_logs_api_has_its_own_events(aws, logs):
    name = extended(aws, program('PROTOCOL, PATH, SCHEMA = "HTTP", "/2020-08-15/logs", "2021-03-18"\n', SINK, WHOLE))
    invoke(aws, name)
    time.sleep(0.5)
    refresh(aws, name)
    answer, _, events = told(logs, name)
    assert answer == [200, '"OK"']
    kinds = [event["type"] for event in events if event["type"].startswith("platform")]
    assert kinds == ["platform." + kind for kind in ("logsSubscription", "extension", "start", "runtimeDone", "end", "report")]
    assert logged(logs, name, "LOGS") == ["LOGS\tName: watcher\tState: Subscribed\tTypes: [Platform,Function,Extension]"]


SAYS_DOCUMENTS = "def handler(e, c):\n    print('{\"level\": \"INFO\", \"message\": \"a document\"}')\n    return 1\n"


@pytest.mark.parametrize("path, schema, documents, runtime_done", [
    ("/2022-07-01/telemetry", "2022-07-01", False, True), ("/2022-07-01/telemetry", "2022-12-13", True, True),
    ("/2022-07-01/telemetry", "2025-01-29", True, True), ("/2020-08-15/logs", "2021-03-18", False, True),
    ("/2020-08-15/logs", "2020-08-15", False, False)])
def test_what_an_older_schema_has_not(aws, logs, path, schema, documents, runtime_done):
    name = extended(aws, program(f'PROTOCOL, PATH, SCHEMA = "HTTP", "{path}", "{schema}"\n', SINK, WHOLE), SAYS_DOCUMENTS,
                    LoggingConfig={"LogFormat": "JSON"})
    invoke(aws, name)
    time.sleep(0.5)
    refresh(aws, name)
    events = told(logs, name)[2]
    record = next(event["record"] for event in events if event["type"] == "function")
    assert record == {"level": "INFO", "message": "a document"} if documents else json.loads(record)["message"] == "a document"
    assert ("platform.runtimeDone" in [event["type"] for event in events]) == runtime_done


def test_what_is_answered_with_an_error_is_sent_again(aws, logs):
    name = extended(aws, program(TELEMETRY, SINK, """
class Moody(Http):
    answers = [500, 503, 404]
    def send_response(self, status):
        super().send_response(Moody.answers.pop(0) if Moody.answers else status)
server.RequestHandlerClass = Moody
""", WHOLE), "import time\ndef handler(e, c):\n    time.sleep(1)\n")
    invoke(aws, name)
    refresh(aws, name)
    _, requests, events = told(logs, name)
    assert requests[0] == requests[1] == requests[2] == requests[3]
    assert len([event for event in events if event["type"] == "platform.initStart"]) == 4


@pytest.mark.parametrize("path, schema, told_of", [("/2022-07-01/telemetry/", "2022-12-13", False), ("/2020-08-15/logs/", "2021-03-18", True)])
def test_what_the_platform_says_of_a_failure_is_not_the_functions(aws, logs, path, schema, told_of):
    name = extended(aws, program(f'PROTOCOL, PATH, SCHEMA = "HTTP", "{path}", "{schema}"\n', SINK, WHOLE),
                    "import os\ndef handler(e, c):\n    os._exit(1)\n", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"})
    answer, _ = invoke(aws, name)
    fault = f"RequestId: {answer['ResponseMetadata']['RequestId']} Error: Runtime exited with error: exit status 1\nRuntime.ExitError"
    assert logged(logs, name, '"Error: Runtime exited"')[0] == fault, "whatever less is not shown"
    events = [(event["type"], event["record"]) for event in told(logs, name)[2]]
    assert (("platform.fault", fault) in events) == told_of
    assert "function" not in [kind for kind, _ in events]


def until_the_end(invokes):
    """Subscribes, and says what it heard some time after it was told to end."""
    return ('me = register("INVOKE", "SHUTDOWN")\nsubscribe(me)\n' + (invokes + 1) * "following(me)\n" +
            'time.sleep(0.5)\nprint("GOT " + json.dumps(["", got]))\n')


@pytest.mark.parametrize("code, status, seconds", [("os._exit(1)", "error", 0), ("time.sleep(9)", "timeout", 2)])
def test_how_an_invoke_ended_is_told_before_the_end(aws, logs, code, status, seconds):
    name = extended(aws, program(TELEMETRY, SINK, until_the_end(1)), f"import os, time\ndef handler(e, c):\n    print('before')\n    {code}\n", Timeout=2)
    invoke(aws, name)
    events = told(logs, name)[2]
    kinds = [event["type"] for event in events]
    assert kinds[kinds.index("platform.start"):] == ["platform.start", "function", "platform.runtimeDone", "platform.report"]
    assert [event["record"]["status"] for event in events[-2:]] == [status] * 2
    for event in events[-2:]:
        assert seconds <= event["record"]["metrics"]["durationMs"] / 1000 < seconds + 0.4, "the time of the end is none of the invoke's"


@pytest.mark.parametrize("code", ("sys.exit(3)", "raise ValueError"))
def test_how_an_init_ended_is_told_before_the_end(aws, logs, code):
    name = extended(aws, program(TELEMETRY, SINK, until_the_end(0)), f"import sys, time\nprint('before')\ntime.sleep(0.3)\n{code}\n", Timeout=5)
    invoke(aws, name)
    events = told(logs, name)[2]
    kinds = [event["type"] for event in events]
    assert [kind for kind in kinds if kind.startswith("platform.")] == ["platform." + kind for kind in (
        "initStart", "telemetrySubscription", "initRuntimeDone", "extension", "initReport")]
    last = events[-1]["record"]
    assert (last["status"], last["phase"]) == ("error", "init") and last["metrics"]["durationMs"] < 750


def test_an_init_within_an_invoke_is_told(aws, logs):
    name = extended(aws, program(TELEMETRY, SINK, WHOLE), "import os\ndef handler(e, c):\n    return os._exit(1) if e else 1\n")
    assert invoke(aws, name, 1)[0]["FunctionError"] == "Unhandled"
    time.sleep(1)  # its extension takes its time to end, and until then another environment would serve
    assert invoke(aws, name)[1] == 1
    time.sleep(0.5)
    refresh(aws, name)
    got = until(lambda: len(found := logged(logs, name, '"GOT"')) == 2 and [json.loads(one[4:])[1] for one in found])
    begun = [event["record"] for requests in got for request in requests for event in request[3] if event["type"] == "platform.initStart"]
    assert [record["phase"] for record in begun] == ["init", "invoke"]
    assert len(logged(logs, name, "INIT_START")) == 1


def test_an_extension_may_wait_for_the_runtime_to_be_done(aws):
    name = extended(aws, program(TELEMETRY, SINK, """
me = register("INVOKE")
subscribe(me)
while True:
    event = following(me)
    while not any(one["type"] == "platform.runtimeDone" and one["record"]["requestId"] == event["requestId"]
                  for request in got for one in request[3]):
        time.sleep(0.01)
"""), Timeout=5)
    began = time.monotonic()
    assert [invoke(aws, name, n)[1] for n in range(3)] == [0, 1, 2]
    assert time.monotonic() - began < 5


def test_subscriptions_that_are_refused(aws, logs):
    name = extended(aws, program(TELEMETRY, SINK, """
me = register("INVOKE")
said = [subscribe(me, types=[], destination={"protocol": "HTTP", "URI": "http://sandbox.localdomain"}), subscribe("x"),
        subscribe(me, buffering={"maxItems": 1}), subscribe(me, schemaVersion="1"),
        subscribe(me, destination={"protocol": "HTTP", "URI": "http://10.0.0.1:80"})]
following(me)
said.append(subscribe(me))
print("SAID " + json.dumps(said))
while True:
    following(me)
"""))
    invoke(aws, name)
    said = [(status, *json.loads(body).values()) for status, body in json.loads(until(lambda: logged(logs, name, "SAID"))[0][5:])]
    assert [(status, {kind, text} & {"ValidationError", "Extension.InvalidExtensionIdentifier", "Telemetry.NotSupported"})
            for status, text, kind in said] == [
        (400, {"ValidationError"}), (403, {"Extension.InvalidExtensionIdentifier"}), (400, {"ValidationError"}),
        (400, {"ValidationError"}), (400, {"ValidationError"}), (403, {"Telemetry.NotSupported"})]
    assert "types should not be empty; URI port is not provided" in said[0]


def test_a_subscriber_that_stalls_loses_events_and_holds_up_nobody(aws, logs):
    name = extended(aws, program(TELEMETRY, SINK, """
me = register("INVOKE", "SHUTDOWN")
stalled = threading.Event()
take = Http.do_POST
def stall(self):
    stalled.wait()
    take(self)
Http.do_POST = stall
subscribe(me)
n = 0
while following(me)["eventType"] == "INVOKE":
    n += 1
    if n == 3:
        stalled.set()
        time.sleep(1)
time.sleep(0.3)
print("GOT " + json.dumps([200, [[r[0], r[1], r[2], [e for e in r[3] if e["type"] == "platform.logsDropped"]] for r in got]]))
"""), "def handler(e, c):\n    for _ in range(3000):\n        print('x' * 1000)\n    return e\n", Timeout=20, MemorySize=512)
    began = time.monotonic()
    assert [invoke(aws, name, n)[1] for n in range(2)] == [0, 1]
    assert time.monotonic() - began < 10
    assert invoke(aws, name, 2)[1] == 2
    time.sleep(1.5)
    refresh(aws, name)
    dropped = told(logs, name)[2]
    assert dropped and dropped[0]["record"]["droppedRecords"] > 1000 and dropped[0]["record"]["droppedBytes"] > 1_000_000
    assert "slower" in dropped[0]["record"]["reason"]


def test_a_subscriber_that_nobody_listens_for_holds_up_nobody(aws):
    name = extended(aws, program(TELEMETRY, SINK, """
me = register("INVOKE", "SHUTDOWN")
server.shutdown()
server.server_close()
subscribe(me)
while following(me)["eventType"] == "INVOKE":
    pass
"""))
    for n in range(3):
        assert invoke(aws, name, n)[1] == n


def test_the_platforms_lines_follow_the_system_level(aws, logs):
    name = create(aws, "def handler(e, c):\n    return 1\n",
                  LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "DEBUG", "LogGroup": "of-their-own/telemetry"})
    invoke(aws, name)

    def events():
        try:
            found = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName="of-their-own/telemetry")["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return None
        return found if any(event["type"] == "platform.report" for event in found) else None

    assert [event["type"] for event in until(events)] == ["platform." + kind for kind in (
        "initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report")]


@pytest.mark.parametrize("code", ("return 1 / 0", "return 'x' * 7_000_000"))
def test_what_a_runtime_reports_of_its_function_is_a_success_of_the_runtime(aws, logs, code):
    for form, level in (("Text", {}), ("JSON", {"SystemLogLevel": "DEBUG"})):
        name = create(aws, f"def handler(e, c):\n    {code}\n", LoggingConfig={"LogFormat": form, **level}, MemorySize=512, Timeout=10)
        assert invoke(aws, name)[0]["FunctionError"] == "Unhandled"
        if form == "Text":
            assert "Status:" not in logged(logs, name, '"REPORT RequestId"')[0]
            continue
        report = json.loads(logged(logs, name, '"platform.report"')[0])["record"]
        done = json.loads(logged(logs, name, '"platform.runtimeDone"')[0])["record"]
        assert (report["status"], done["status"], done["metrics"]["producedBytes"]) == ("success", "success", 0)
        assert "errorType" not in {**report, **done}


def test_an_error_is_shown_whatever_less_is_not(aws, logs):
    name = create(aws, "import logging\ndef handler(e, c):\n    logging.getLogger().warning('a warning')\n    print('text')\n    return 1 / 0\n",
                  LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "ERROR", "SystemLogLevel": "WARN"})
    invoke(aws, name)
    shown = [json.loads(line) for line in until(lambda: logged(logs, name, "ZeroDivisionError"))]
    assert shown[0]["errorType"] == "ZeroDivisionError"
    assert not logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="warning")["events"]
    assert not logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="text")["events"]
