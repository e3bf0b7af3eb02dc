"""Promise: it is fast, and your AWS code runs unchanged. Versions that are published with SnapStart run their init once;
environments begin with what came out of it, and are strangers to each other all the same."""

import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

import pytest
from blackbox_server import HEARTH, Server, create, invoke, logged, package, until
from botocore.exceptions import ClientError

ON = {"ApplyOn": "PublishedVersions"}
BASICS = """
import os, random, time, uuid
INIT = str(uuid.uuid4())
TOKENS = []
def handler(event, context):
    event = event or {}
    TOKENS.append(event.get('token'))
    time.sleep(event.get('sleep', 0))
    return {'init': INIT, 'random': random.random(), 'uuid': str(uuid.uuid4()), 'tokens': TOKENS,
            'type': os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], 'time': time.time(),
            'streams': [context.log_group_name, context.log_stream_name]}
"""


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]


def settled(aws, name, version="1"):
    def look():
        found = aws.get_function_configuration(FunctionName=name, Qualifier=version)
        return found["State"] != "Pending" and found

    return until(look)


def publish(aws, code, **options):
    name = create(aws, code, **{"Runtime": "python3.12", "SnapStart": ON, **options})
    assert aws.publish_version(FunctionName=name)["State"] == "Pending"
    return name, settled(aws, name)


def ready(aws, code, **options):
    name, version = publish(aws, code, **options)
    assert (version["State"], version["SnapStart"]["OptimizationStatus"]) == ("Active", "On"), version
    return name


def test_a_version_is_pending_until_its_snapshot_is_there(aws):
    name = create(aws, "import time\ntime.sleep(1)\n" + BASICS, Runtime="python3.12", SnapStart=ON)
    published = aws.publish_version(FunctionName=name)
    assert published["State"] == "Pending" and published["SnapStart"] == {**ON, "OptimizationStatus": "Off"}
    assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (409, "SnapStartNotReadyException")
    version = settled(aws, name)
    assert version["State"] == "Active" and version["SnapStart"] == {**ON, "OptimizationStatus": "On"}
    assert version["RevisionId"] != published["RevisionId"]
    # Publishing what has not changed is no new version, and $LATEST has no snapshot.
    assert aws.publish_version(FunctionName=name)["Version"] == "1"
    latest = aws.get_function_configuration(FunctionName=name)
    assert latest["SnapStart"] == {**ON, "OptimizationStatus": "Off"}
    assert invoke(aws, name)[1]["type"] == "on-demand"
    assert invoke(aws, name, Qualifier="1")[1]["type"] == "snap-start"


def test_creating_and_updating_can_publish_too(aws):
    name = create(aws, BASICS, Runtime="python3.13", SnapStart=ON, Publish=True)
    assert settled(aws, name)["SnapStart"]["OptimizationStatus"] == "On"
    answer = aws.update_function_code(FunctionName=name, ZipFile=package("X = 1\n" + BASICS), Publish=True)
    assert answer["Version"] == "2"
    assert settled(aws, name, "2")["SnapStart"]["OptimizationStatus"] == "On"
    first, second = (invoke(aws, name, Qualifier=version)[1] for version in "12")
    assert first["type"] == second["type"] == "snap-start" and first["init"] != second["init"]


def test_init_runs_once_and_what_must_differ_differs(aws):
    name = ready(aws, BASICS)
    time.sleep(1)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: invoke(aws, name, {"sleep": 0.5, "token": n}, Qualifier="1")[1], range(4)))
    assert len({answer["init"] for answer in answers}) == 1
    assert len({answer["random"] for answer in answers}) == len({answer["uuid"] for answer in answers}) == 4
    # Each has its own memory.
    assert sorted(answer["tokens"] for answer in answers) == [[0], [1], [2], [3]]
    assert all(abs(answer["time"] - time.time()) < 20 for answer in answers)
    assert answers[0]["streams"] == [None, None]


def test_the_log_tells_of_a_restoring_and_of_no_init(aws, logs):
    name = ready(aws, BASICS)
    invoke(aws, name, Qualifier="1")
    invoke(aws, name, Qualifier="1")
    reports = until(lambda: len(found := logged(logs, name, "REPORT RequestId")) == 2 and found)
    assert re.search(r"\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms\t$", reports[0].rstrip("\n"))
    assert "Restore" not in reports[1] and "Init Duration" not in "".join(reports)
    assert re.match(r"RESTORE_START Runtime Version: python:3\.", logged(logs, name, "RESTORE_START")[0])
    assert re.match(r"RESTORE_REPORT Restore Duration: \d+\.\d\d ms$", logged(logs, name, "RESTORE_REPORT")[0].strip())
    assert len(logged(logs, name, "INIT_START")) == 1


HOOKS = """
import os
from snapshot_restore_py import register_before_snapshot, register_after_restore
CALLS = []
@register_before_snapshot
def first():
    CALLS.append('before 1')
register_before_snapshot(lambda text, more: CALLS.append(text + more), 'before', more=' 2')
@register_after_restore
def restored():
    CALLS.append('after 1')
register_after_restore(CALLS.append, 'after 2')
os.environ['MINE'] = 'set at init'
def handler(event, context):
    return CALLS, os.environ['MINE'], os.environ['OTHER']
"""


def test_hooks_run_around_the_snapshot(aws):
    name = ready(aws, HOOKS, Environment={"Variables": {"MINE": "given", "OTHER": "given"}})
    assert invoke(aws, name, Qualifier="1")[1] == [["before 2", "before 1", "after 1", "after 2"], "set at init", "given"]
    # On $LATEST they are registered and nothing more.
    assert invoke(aws, name)[1][0] == []


def test_a_hook_that_fails_after_restoring_is_told_to_the_caller(aws, logs):
    code = ("from snapshot_restore_py import *\n@register_after_restore\ndef hook():\n    raise ValueError('not today')\n"
            "def handler(e, c): return 1\n")
    name = ready(aws, code)
    assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (400, "SnapStartException")
    assert "Status: error\tError Type: " in logged(logs, name, "RESTORE_REPORT")[0]
    assert "not today" in "".join(logged(logs, name, "ValueError"))


def test_a_hook_that_takes_too_long_after_restoring_is_told_to_the_caller(aws, server):
    name = ready(aws, "import time\nfrom snapshot_restore_py import *\nregister_after_restore(time.sleep, 60)\n"
                      "def handler(e, c): return 1\n")
    assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (408, "SnapStartTimeoutException")


@pytest.mark.parametrize("code, reason", [
    ("raise ValueError('no init today')\n", "no init today"),
    ("from snapshot_restore_py import *\n@register_before_snapshot\ndef hook():\n    raise KeyError('no snapshot today')\n"
     "def handler(e, c): pass\n", "no snapshot today"),
    ("import os\nos._exit(3)\n", "exit status 3")])
def test_an_init_that_fails_fails_the_version(aws, code, reason):
    name, version = publish(aws, code)
    assert version["State"] == "Failed" and version["StateReasonCode"] == "FunctionError.RuntimeInitError"
    assert reason in version["StateReason"]
    assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (409, "ResourceConflictException")


FILES = """
import http.client, os, time
READ = open('/var/task/data.txt'); READ.read(3)
os.makedirs('/tmp/kept'); open('/tmp/kept/a', 'w').write('at init'); os.symlink('a', '/tmp/kept/link')
WRITE = open('/tmp/log', 'a+'); WRITE.write('init\\n'); WRITE.flush()
os.chdir('/tmp/kept')
NULL = open('/dev/null')
CONNECTION = http.client.HTTPConnection('127.0.0.1', 9001)
def ping():
    CONNECTION.request('GET', '/ping')
    return CONNECTION.getresponse().read().decode()
BEFORE = ping()
def handler(event, context):
    time.sleep(0.5)
    try:
        alive = ping()
    except OSError as error:
        CONNECTION.close()
        alive = [type(error).__name__, ping()]
    WRITE.write('invoke\\n'); WRITE.flush(); WRITE.seek(0)
    return {'read': READ.read(), 'cwd': os.getcwd(), 'link': open('link').read(), 'log': WRITE.read(), 'before': BEFORE,
            'alive': alive, 'tmp': sorted(os.listdir('/tmp')), 'null': NULL.read()}
"""


def test_files_go_on_and_connections_are_found_closed(aws):
    name = ready(aws, {"app.py": FILES, "data.txt": "abcdef"})
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: invoke(aws, name, Qualifier="1")[1], range(2)))
    for answer in answers:
        assert answer["read"] == "def" and answer["cwd"] == "/tmp/kept" and answer["link"] == "at init"
        assert answer["before"] == "pong" and answer["alive"][1] == "pong" and answer["null"] == ""
        assert {"kept", "log"} <= set(answer["tmp"])
    assert answers[0]["log"] == "init\ninvoke\n"


WHOLE = """
import asyncio, os, queue, random, threading, time, uuid
ASKED, TOLD, BEATS = queue.Queue(), queue.Queue(), []
def answer():
    while True:
        TOLD.put(ASKED.get() + [threading.get_native_id()])
def beat():
    while True:
        BEATS.append(time.monotonic()); time.sleep(0.01)
THREAD = threading.Thread(target=answer, daemon=True); THREAD.start()
threading.Thread(target=beat, daemon=True).start()
LOOP = asyncio.new_event_loop()
async def work():
    await asyncio.sleep(0.01)
    return await LOOP.run_in_executor(None, lambda: "from a pool")
LOOP.run_until_complete(work())
INIT = str(uuid.uuid4())
READ, WRITTEN = os.pipe()
def handler(event, context):
    had = len(BEATS)
    ASKED.put(["hello"])
    time.sleep(0.3)
    os.write(WRITTEN, b"through")
    return {"init": INIT, "told": TOLD.get(timeout=5) == ["hello", THREAD.native_id], "beats": len(BEATS) > had + 2, "pipe": os.read(READ, 7).decode(),
            "async": LOOP.run_until_complete(work()), "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], "ours": os.environ.get("_HEARTH_SNAPSHOT"),
            "random": random.random(), "token": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"], "at": os.getcwd()}
"""


def test_threads_event_loops_and_pipes_go_on(aws):
    name = ready(aws, WHOLE, MemorySize=256)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: invoke(aws, name, Qualifier="1")[1], range(3)))
    for differs in ("random", "token"):
        assert len({answer.pop(differs) for answer in answers}) > 1
    assert answers[0].pop("init")
    assert answers[0] == {"told": True, "beats": True, "pipe": "through", "async": "from a pool", "type": "snap-start", "ours": None, "at": "/var/task"}
    assert len({str(sorted(answer.items())) for answer in answers[1:]}) == 1


@pytest.mark.parametrize("init", [
    "import subprocess\nCHILD = subprocess.Popen(['/bin/sleep', '1000'])",
    "import mmap\nSHARED = mmap.mmap(-1, 4096)",
    "import tempfile\nFILE = tempfile.TemporaryFile()",
    "import os\nHELD = os.urandom(64 << 20); open('/tmp/large', 'wb').write(HELD); open('/tmp/more', 'wb').write(b'x')"])
def test_what_cannot_be_kept_works_without_a_snapshot(aws, init):
    name, version = publish(aws, init + "\n" + BASICS, MemorySize=512)
    assert (version["State"], version["SnapStart"]["OptimizationStatus"]) == ("Active", "Off")
    answer, result = invoke(aws, name, Qualifier="1")
    assert "FunctionError" not in answer and result["type"] == "on-demand" and result["streams"][0]


def test_credentials_come_from_the_endpoint_of_containers(aws):
    code = """
import json, os, urllib.request
def credentials():
    request = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],
                                     headers={'Authorization': os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']})
    return json.load(urllib.request.urlopen(request))
AT_INIT, TOKEN = credentials(), os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']
def handler(event, context):
    now = credentials()
    try:
        urllib.request.urlopen(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])
    except urllib.error.HTTPError as error:
        status = error.code
    return {'keys': sorted(now), 'new': now['Token'] != AT_INIT['Token'], 'token': os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN'] != TOKEN,
            'status': status, 'plain': 'AWS_SECRET_ACCESS_KEY' in os.environ}
"""
    name = ready(aws, code)
    assert invoke(aws, name, Qualifier="1")[1] == {"keys": ["AccessKeyId", "Expiration", "RoleArn", "SecretAccessKey", "Token"],
                                                    "new": True, "token": True, "status": 401, "plain": False}


def test_libraries_loaded_at_init_are_there_and_new_work_can_begin(aws):
    code = """
import ctypes, decimal, signal, sqlite3, ssl, subprocess, threading, xml.etree.ElementTree
DATA = [bytes([n % 256]) * 1000 for n in range(20000)]
signal.signal(signal.SIGUSR1, lambda *_: SEEN.append('signal'))
SEEN = []
def handler(event, context):
    import os
    os.kill(os.getpid(), signal.SIGUSR1)
    thread = threading.Thread(target=lambda: SEEN.append('thread')); thread.start(); thread.join()
    more = [bytes(1000) for _ in range(20000)]
    return [SEEN, sqlite3.connect(':memory:').execute('select 6 * 7').fetchone()[0], sum(map(len, DATA)) + sum(map(len, more)),
            subprocess.check_output(['/bin/echo', 'child']).decode(), threading.get_native_id() == os.getpid(),
            threading.main_thread().native_id == os.getpid()]
"""
    name = ready(aws, code, MemorySize=256)
    assert invoke(aws, name, Qualifier="1")[1] == [["signal", "thread"], 42, 40000000, "child\n", True, True]


def test_it_does_not_go_with_provisioned_concurrency(aws):
    name = ready(aws, BASICS)
    invalid = (400, "InvalidParameterValueException")
    assert refused(aws.put_provisioned_concurrency_config, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1) == invalid
    aws.update_function_configuration(FunctionName=name, SnapStart={"ApplyOn": "None"})
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert aws.publish_version(FunctionName=name)["State"] == "Active"
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="2")
    aws.put_provisioned_concurrency_config(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1)
    assert refused(aws.update_alias, FunctionName=name, Name="live", FunctionVersion="1") == invalid


def zygotes():
    return {int(entry.name) for entry in pathlib.Path("/proc").iterdir()
            if entry.name.isdigit() and _name(entry) == "hearth-zygote"}


def _name(entry):
    try:
        return (entry / "comm").read_text().strip()
    except OSError:
        return ""


def test_snapshots_are_made_again_after_a_kill_and_versions_under_way_get_theirs():
    before = zygotes()
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        server = Server(folder + "/data").start()
        aws = server.client("lambda")
        name = ready(aws, BASICS, Timeout=20)
        restored = invoke(aws, name, Qualifier="1")[1]
        slow = create(aws, "import time\ntime.sleep(2)\n" + BASICS, Runtime="python3.12", SnapStart=ON)
        assert aws.publish_version(FunctionName=slow)["State"] == "Pending"
        server.kill()
        server.start()
        aws = server.client("lambda")
        first = invoke(aws, name, Qualifier="1")[1]
        assert first["type"] == "on-demand" and first["init"] != restored["init"]
        assert settled(aws, slow)["SnapStart"]["OptimizationStatus"] == "On"
        assert invoke(aws, slow, Qualifier="1")[1]["type"] == "snap-start"

        # Another environment than the one above, once there is a snapshot again.
        def begun(counts=iter(range(2, 99))):
            count = next(counts)
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                answers = pool.map(lambda _: invoke(aws, name, {"sleep": 0.5}, Qualifier="1")[1]["type"], range(count))
                return "snap-start" in answers

        until(begun)
        # The same when only what its process was forked from has gone.
        for zygote in zygotes() - before:
            os.kill(zygote, signal.SIGKILL)
        # What was idle may not have been seen to be gone yet.
        until(lambda: _kind(aws, name) == "on-demand")
        until(begun)
        assert server.stop() == 0


def _kind(aws, name):
    try:
        return invoke(aws, name, Qualifier="1")[1]["type"]
    except ClientError:
        return None


each_way_to_spoil = pytest.mark.parametrize("spoil", [
    lambda image: image.write_bytes(os.urandom(1 << 20)),
    lambda image: os.truncate(image, image.stat().st_size // 2),
    lambda image: image.unlink()], ids=["random", "cut off", "gone"])


def costs_an_init_when_spoilt(spoil, publish_ready):
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        server = Server(folder + "/data").start()
        aws = server.client("lambda")
        name = publish_ready(aws)
        (image,) = pathlib.Path(folder, "data", "snapshots").glob("*/image")
        spoil(image)
        assert invoke(aws, name, Qualifier="1")[1]["type"] == "on-demand"
        logs = server.client("logs")
        assert "Error Type: Runtime.SnapshotUnusable" in logged(logs, name, "RESTORE_REPORT")[0]
        # Another one takes its place.
        until(lambda: [other for other in pathlib.Path(folder, "data", "snapshots").glob("*/image") if other != image])
        assert server.stop() == 0


@each_way_to_spoil
def test_an_image_that_cannot_be_used_costs_an_init_and_no_more(spoil):
    costs_an_init_when_spoilt(spoil, lambda aws: ready(aws, BASICS))


def test_a_process_of_its_own_has_no_snapshot(aws):
    # The interpreter reads this variable when it starts, so no fork will do.
    name, version = publish(aws, BASICS, Environment={"Variables": {"PYTHONNOUSERSITE": "1"}})
    assert (version["State"], version["SnapStart"]["OptimizationStatus"]) == ("Active", "Off")
    assert invoke(aws, name, Qualifier="1")[1]["type"] == "on-demand"


def test_doctor_tells_by_what_versions_are_kept():
    told = subprocess.run([HEARTH, "doctor"], capture_output=True, text=True, check=False, timeout=60).stdout
    runtimes = {runtime: rest for runtime, _, rest in (line.partition(": ") for line in told.splitlines()) if rest.startswith("/")}
    assert runtimes["python3.12"].endswith(("; SnapStart by snapshots", "; no SnapStart, as others than root can change the interpreter"))
    for runtime, rest in runtimes.items():
        if runtime in ("java11", "java17", "java21", "java25", "dotnet8", "dotnet10"):
            assert rest.endswith("; SnapStart by snapshots"), runtime
        elif not runtime.startswith("python3.1") or runtime in ("python3.10", "python3.11"):
            assert "SnapStart" not in rest, runtime
