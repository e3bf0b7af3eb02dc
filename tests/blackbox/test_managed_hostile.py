"""Promise: functions are strangers to each other, and what one of many invokes in an environment does is told to its own caller;
where the process is lost with it the others are told so, once, and nothing is left."""

import concurrent.futures
import random
import time
import uuid

import pytest
from blackbox_server import Server, invoke, logged, package, until
from botocore.exceptions import ClientError
from java import compiled
from leaks import environments, left, settled
from test_extensions import CLIENT, FUNCTION, RECORDER, several
from test_layers import arn_of
from test_managed_instances import MANY, all_at_once, make

PYTHON = """import json, os, subprocess, time
def handler(event, context):
    if 'signal' in event: os.kill(os.getpid(), event['signal'])
    if 'status' in event: os._exit(event['status'])
    if 'raise' in event: raise ValueError(event['raise'])
    if event.get('orphan') and os.fork() == 0:
        if os.fork() == 0: time.sleep(1)
        os._exit(7)
    time.sleep(event.get('sleep', 0))
    return {'id': event.get('id'), 'stream': context.log_stream_name, 'pad': 'x' * event.get('pad', 0)}
"""
NODE = """const rest = (ms) => new Promise((done) => setTimeout(done, ms));
exports.handler = async (event, context) => {
  if ('signal' in event) process.kill(process.pid, event.signal);
  if ('status' in event) process.exit(event.status);
  if ('raise' in event) throw new RangeError(event.raise);
  if (event.timer) setTimeout(() => { throw new RangeError('nobody catches it'); }, 10);
  if (event.promise) setTimeout(() => Promise.reject(new RangeError('nobody catches it')), 10);
  await rest((event.sleep || 0) * 1000);
  return { id: event.id, stream: context.logStreamName, pad: 'x'.repeat(event.pad || 0) };
};
"""
JAVA = """package app;
import java.util.*;
public class Threads {
  public String handle(Map<String, Object> event) throws Exception {
    if (event.get("interrupt") != null) {
      for (Thread one : Thread.getAllStackTraces().keySet()) if (one.getName().startsWith("serving-")) one.interrupt();
    } else {
      Thread.sleep(500);
    }
    return "done";
  }
}
"""
CODES = {"python3.13": PYTHON, "nodejs22.x": {"app.js": NODE}}


def beside(aws, name, event):
    """What an event's caller is told, and that of another which is under way meanwhile."""
    with concurrent.futures.ThreadPoolExecutor(1) as callers:
        other = callers.submit(invoke, aws, name, {"sleep": 2})
        time.sleep(0.7)
        return invoke(aws, name, event)[1], other.result()[1]


@pytest.mark.parametrize("runtime", CODES)
def test_a_response_that_is_too_large_is_one_callers_trouble(aws, runtime):
    name = make(aws, CODES[runtime], 2, Runtime=runtime)
    mine, others = beside(aws, name, {"pad": 20 << 20})
    assert mine["errorType"] == "Function.ResponseSizeTooLarge" and "stream" in others


@pytest.mark.parametrize("what, kind", [("timer", "RangeError"), ("promise", "Runtime.UnhandledPromiseRejection")])
def test_an_error_that_nobody_caught_is_told_to_whose_it_is(aws, what, kind):
    name = make(aws, CODES["nodejs22.x"], 2, Runtime="nodejs22.x")
    mine, others = beside(aws, name, {what: True, "sleep": 5})
    assert mine["errorType"] == kind and "nobody catches it" in mine["errorMessage"]
    assert others["errorType"] == "Runtime.ExitError"


@pytest.mark.parametrize("signal, words", [(9, "signal: killed"), (11, "signal: segmentation fault"), (15, "signal: terminated")])
def test_a_process_that_a_signal_ended_is_told_as_that(aws, signal, words):
    mine, others = beside(aws, make(aws, PYTHON, 2), {"signal": signal})
    assert words in mine["errorMessage"] and words in others["errorMessage"]


def test_an_interrupted_thread_serves_the_next_event_as_any(aws):
    name = make(aws, compiled([JAVA]), MANY, Runtime="java21", Handler="app.Threads::handle")
    assert invoke(aws, name, {"interrupt": True})[1] == "done"
    assert [body for _, body in all_at_once(aws, name, [{} for _ in range(MANY)])] == ["done"] * MANY


def test_other_processes_may_end(aws):
    wrapper = {"app.py": PYTHON, "wrap": '#!/bin/bash\nsleep 0.5 &\nexec "$@"\n'}
    name = make(aws, wrapper, 2, Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}})
    first = invoke(aws, name, {"orphan": True})[1]
    time.sleep(1.5)
    assert invoke(aws, name, {})[1]["stream"] == first["stream"]


def test_the_init_of_a_process_more_is_on_no_invokes_time(aws):
    name = make(aws, "import time\ntime.sleep(1.2)\n" + PYTHON, 4, Timeout=1)
    assert all("stream" in body for _, body in all_at_once(aws, name, [{"sleep": 0.2} for _ in range(4)]))


def test_all_processes_are_asked_to_end(aws, logs):
    layer = arn_of(aws, {"extensions/watcher": RECORDER.replace('"INVOKE", ', "")})
    code = "import signal, sys\ndef end(number, frame):\n    print('asked to end')\n    sys.exit(0)\nsignal.signal(signal.SIGTERM, end)\n" + PYTHON
    name = make(aws, code, 2, Layers=[layer])
    assert all("stream" in body for _, body in all_at_once(aws, name, [{"sleep": 0.5} for _ in range(2)]))
    aws.update_function_configuration(FunctionName=name, Description="another")
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    aws.publish_version(FunctionName=name, PublishTo="LATEST_PUBLISHED")
    assert len(several(logs, name, '"asked to end"', 2)) >= 2
    assert "spindown" in until(lambda: logged(logs, name, '"shutdownReason"'))[0]


def test_extensions_are_told_of_no_invokes(aws):
    """What is refused is as in the service's own emulator."""
    layer = arn_of(aws, {"extensions/watcher": CLIENT + "json.dump(register('INVOKE'), open('/tmp/told', 'w'))\nfollowing(register())"})
    ask = FUNCTION + "told = call('POST', 'register', json.dumps({'events': ['INVOKE']}), Lambda_Extension_Name='inside')[2]\n"
    name = make(aws, ask + "def handler(event, context): return [json.load(open('/tmp/told')), told]\n", 2, Layers=[layer])
    assert [one["errorType"] + " " + one["errorMessage"] for one in invoke(aws, name)[1]] == [
        "Extension.InvalidEventType INVOKE: ErrorInvalidEventType", "Extension.InvalidEventType No events allowed for internal extensions"]


@pytest.fixture
def own_server(tmp_path):
    server = Server(str(tmp_path / "data"), "--slots-max", "2").start()
    yield server
    assert server.stop() == 0


# What one of many does, and what may be told to its caller: others may end its process at any time.
EVENTS = [({}, 30), ({"sleep": 0.1}, 30), ({"raise": "odd"}, 10), ({"pad": 3 << 20}, 2), ({"sleep": 3}, 1), ({"status": 3}, 1), ({"signal": 9}, 1)]


def storm(server, seconds):
    """Callers of two functions that are published anew and deleted meanwhile. What was answered that may not be."""
    aws = server.client("lambda")
    end = time.monotonic() + seconds
    names = {runtime: make(aws, code, MANY, Runtime=runtime, Timeout=2) for runtime, code in CODES.items()}

    def call(seed):
        wrong, chance = [], random.Random(seed)
        while time.monotonic() < end:
            event, = chance.choices([event for event, _ in EVENTS], [often for _, often in EVENTS])
            event = {**event, "id": uuid.uuid4().hex}
            if "raise" in event:
                event["raise"] = event["id"]
            _, body = invoke(aws, names[chance.choice(list(names))], event)
            whose = body.get("id") or (body["errorMessage"] if "raise" in event else None)
            lost = body.get("errorType") == "Runtime.ExitError"
            # On a busy machine so many bytes may take as long.
            late = (event.get("sleep") == 3 or "pad" in event) and body.get("errorType") == "Sandbox.Timedout"
            if not (whose == event["id"] or lost or late):
                wrong.append((event, str(body)[:200]))
        return wrong

    def publish():
        while time.monotonic() < end - 0.5:
            for runtime, name in names.items():
                files = {"app.py": PYTHON} if runtime.startswith("python") else CODES[runtime]
                try:
                    aws.update_function_code(FunctionName=name, ZipFile=package({**files, "number": uuid.uuid4().hex}), PublishTo="LATEST_PUBLISHED")
                except ClientError as error:  # the last one is not done yet
                    assert error.response["Error"]["Code"] == "ResourceConflictException"
            time.sleep(0.3)

    with concurrent.futures.ThreadPoolExecutor(17) as pool:
        publishing = pool.submit(publish)
        wrong = [one for all_of_one in pool.map(call, range(16)) for one in all_of_one]
        publishing.result()
    for name in names.values():
        aws.delete_function(FunctionName=name)
    return wrong


def test_what_hangs_goes_with_its_function(own_server):
    aws = own_server.client("lambda")
    name = make(aws, PYTHON, 3, Timeout=1)
    late = all_at_once(aws, name, [{"sleep": 600}, {}, {"sleep": 600}])
    assert [body.get("errorType") for _, body in late] == ["Sandbox.Timedout", None, "Sandbox.Timedout"]
    assert environments(own_server) == 1
    aws.delete_function(FunctionName=name)
    until(lambda: environments(own_server) == 0)


def test_no_environment_is_forgotten_when_others_end_as_it_begins(own_server):
    """Each invoke ends its environment, and another comes at that very moment."""
    aws = own_server.client("lambda")
    name = make(aws, PYTHON, 1)
    end = time.monotonic() + 4

    def call(seed):
        chance = random.Random(seed)
        while time.monotonic() < end:
            invoke(aws, name, chance.choice([{"status": 3}, {"status": 3}, {}]))

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(call, range(3)))
    aws.delete_function(FunctionName=name)
    until(lambda: environments(own_server) == 0)


def test_each_gets_its_answer_whatever_ends_meanwhile_and_nothing_is_left(own_server):
    storm(own_server, 1)  # starts all there is to be started
    before = settled(own_server)
    assert storm(own_server, 4) == []
    assert left(before, settled(own_server)) == {}
