"""Promise: it is fast. What was started ahead of need serves first invokes, and a function cannot tell."""

import base64
import json
import pathlib
import re
import subprocess
import time
import urllib.request

from blackbox_server import Server, create, invoke, until
from leaks import tree

PROBE = """
import inspect, logging, os, sys, time
def handler(event, context):
    hidden = ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_LAMBDA_LOG_STREAM_NAME',
              'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_LOG_GROUP_NAME', 'PYTHONNOUSERSITE', '_X_AMZN_TRACE_ID',
              'AWS_LAMBDA_METADATA_TOKEN')
    told = ('Name', 'Uid', 'Gid', 'Groups', 'SigBlk', 'SigIgn', 'SigCgt', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd',
            'CapAmb', 'NoNewPrivs', 'Seccomp', 'Seccomp_filters', 'Threads')
    status = dict(line.split(':', 1) for line in open('/proc/self/status'))
    return {'variables': {name: value for name, value in os.environ.items() if name not in hidden},
            'folder': os.getcwd(), 'arguments': sys.argv, 'path': sys.path, 'files': sorted(os.listdir('.')),
            'zone': time.tzname[0], 'status': {name: status[name].strip() for name in told}, 'umask': os.umask(0o22),
            'session': os.getsid(0) == os.getpid(), 'depth': len(inspect.stack(0)), 'limits': open('/proc/self/limits').read(),
            'logging': [logging.root.level, [str(handler) for handler in logging.root.handlers]], 'tmp': os.listdir('/tmp'),
            'rehearsed': 'rehearsal' in sys.modules, 'owner': os.stat('/proc/self/fd').st_uid == os.getuid(), 'nice': os.nice(0), 'open': sorted(int(n) for n in os.listdir('/proc/self/fd'))}
"""
NODE_PROBE = """
exports.handler = async () => ({ folder: process.cwd(), arguments: process.argv, zone: new Date(0).getHours(),
  mine: process.env.MINE, handler: process.env._HANDLER, main: require.main === undefined || require.main.filename,
  loaded: Object.keys(require.cache), files: require('fs').readdirSync('/tmp') });
"""


def ready(server):
    return json.load(urllib.request.urlopen(server.url + "/_hearth/health"))["slotsReady"]


def test_a_function_that_is_created_is_prepared_for(server, aws):
    name = create(aws, PROBE)
    until(lambda: ready(server) > 0)
    invoke(aws, name)
    until(lambda: ready(server) > 0)


def test_a_python_function_cannot_tell_when_its_process_was_started(server, aws):
    settings = {"MINE": "é 1", "TZ": "Asia/Tokyo"}
    ahead = create(aws, PROBE, Environment={"Variables": settings})
    # The interpreter reads this one at its start, so this function gets a process of its own from the first.
    fresh = create(aws, PROBE, Environment={"Variables": settings | {"PYTHONNOUSERSITE": "1"}})
    until(lambda: ready(server) > 1)
    _, one = invoke(aws, ahead)
    _, other = invoke(aws, fresh)
    for told in one:
        assert one[told] == other[told], told
    assert one["folder"] == "/var/task" and one["files"] == ["app.py"] and one["zone"] == "JST"
    assert one["variables"]["MINE"] == "é 1"


def test_what_was_made_ahead_takes_the_format_of_logs_that_the_function_wants(server, aws):
    code = "import logging\ndef handler(event, context):\n    logging.info('a')\n    logging.warning('b')\n    logging.error('c')\n"
    name = create(aws, code, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"})
    until(lambda: ready(server) > 0)
    answer = aws.invoke(FunctionName=name, LogType="Tail")
    lines = [json.loads(line) for line in base64.b64decode(answer["LogResult"]).decode().splitlines()]
    assert [(line["level"], line["message"]) for line in lines if "message" in line] == [("ERROR", "c")]


def test_a_node_function_cannot_tell_either(server, aws):
    settings = {"MINE": "é 1", "TZ": "Asia/Tokyo"}
    options = {"Runtime": "nodejs20.x", "Handler": "app.handler"}
    ahead = create(aws, {"app.js": NODE_PROBE}, Environment={"Variables": settings}, **options)
    fresh = create(aws, {"app.js": NODE_PROBE}, Environment={"Variables": settings | {"NODE_NO_WARNINGS": "1"}}, **options)
    until(lambda: ready(server) > 1)
    _, one = invoke(aws, ahead)
    _, other = invoke(aws, fresh)
    assert one == other
    assert one["folder"] == "/var/task" and one["zone"] == 9 and one["mine"] == "é 1"


def test_variables_that_interpreters_read_early_have_their_effect(server, aws):
    name = create(aws, "import sys\ndef handler(e, c):\n    return sys.flags.optimize\n",
                  Environment={"Variables": {"PYTHONOPTIMIZE": "2"}})
    until(lambda: ready(server) > 0)  # there is a process that has not seen it
    assert invoke(aws, name)[1] == 2


def test_limits_are_those_of_the_function_not_of_the_slot(aws):
    code = "import os\ndef handler(e, c):\n    s = os.statvfs('/tmp')\n    return s.f_blocks * s.f_frsize >> 20\n"
    # A little more than was asked for: what the file system keeps back for itself.
    assert 1024 <= invoke(aws, create(aws, code, EphemeralStorage={"Size": 1024}))[1] < 1060
    assert 512 <= invoke(aws, create(aws, code))[1] < 540
    greedy = create(aws, "def handler(e, c):\n    return len(bytearray(200 << 20))\n", MemorySize=128, Timeout=20)
    assert invoke(aws, greedy)[1]["errorType"] == "Runtime.OutOfMemory"


def test_libraries_that_a_function_brings_are_found(server, aws, tmp_path):
    source = tmp_path / "mine.c"
    source.write_text("int answer(void) { return 42; }\n")
    subprocess.run(["clang-19", "-shared", "-fPIC", "-o", tmp_path / "libmine.so", source], check=True)
    name = create(aws, {"app.py": "import ctypes\ndef handler(e, c):\n    return ctypes.CDLL('libmine.so').answer()\n",
                        "lib/libmine.so": (tmp_path / "libmine.so").read_bytes()})
    until(lambda: ready(server) > 0)
    assert invoke(aws, name)[1] == 42


def test_as_many_slots_are_kept_as_are_wanted_and_no_more_than_are_allowed(tmp_path):
    server = Server(str(tmp_path / "data"), "--slots-max", "7").start()
    aws = server.client("lambda")
    code = "def handler(e, c):\n    return e\n"
    names = [create(aws, code)]
    until(lambda: ready(server) == 4)
    # Many that are made at a time will have their first calls.
    until(lambda: names.append(create(aws, code)) or ready(server) == 7)
    for name in names:
        assert invoke(aws, name, 1)[1] == 1
        assert ready(server) <= 7
    assert server.stop() == 0


def test_functions_work_without_any_slot(tmp_path):
    server = Server(str(tmp_path / "data"), "--slots-max", "0").start()
    name = create(server.client("lambda"), "def handler(e, c):\n    return e\n")
    assert invoke(server.client("lambda"), name, 1)[1] == 1
    assert ready(server) == 0
    assert server.stop() == 0


def test_the_table_of_descriptors_need_not_grow(server):
    """A process with threads stands still for 20 ms whenever the kernel enlarges it."""
    status = dict(line.split(":", 1) for line in open(f"/proc/{server.process.pid}/status"))
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
    assert int(status["FDSize"]) >= min(int(re.search(r"Max open files +(\d+)", limits)[1]), 65536)


def test_a_zygote_is_loaded_when_a_function_is_made(tmp_path):
    server = Server(str(tmp_path / "data"), "--slots-max", "0").start()
    try:
        aws = server.client("lambda")
        name = create(aws, "import sys\nforked = 'uuid' in sys.modules\ndef handler(event, context):\n    return forked\n")
        until(lambda: "hearth-zygote" in tree(server.process.pid).values())
        time.sleep(1)
        assert invoke(aws, name)[1]
    finally:
        server.stop()
