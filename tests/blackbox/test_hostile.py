"""Promise: functions are strangers to each other. Whatever a handler does, its caller gets the documented result, twice
in a row, a neighbour goes on, and nothing of it is left behind."""

import pathlib
import threading

import pytest
from blackbox_server import create, invoke, until

EXIT = "Runtime.ExitError"
MEMORY = "Runtime.OutOfMemory"
TIMEOUT = "Sandbox.Timedout"

HANDLERS = {
    "forks until it may not": ("import os, time\ndef handler(e, c):\n    try:\n        while True:\n            if not os.fork():\n"
                               "                time.sleep(60)\n    except OSError as error:\n        return error.errno\n", 11),
    "multiplies without end": ("import os\ndef handler(e, c):\n    while True:\n        try:\n            os.fork()\n"
                               "        except OSError:\n            pass\n", TIMEOUT),
    "starts threads until it may not": ("import threading, time\ndef handler(e, c):\n    try:\n        while True:\n"
                                        "            threading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n"
                                        "    except RuntimeError as error:\n        return str(error)\n", "can't start new thread"),
    "opens files until it may not": ("import os\ndef handler(e, c):\n    try:\n        while True:\n            os.open('/dev/null', 0)\n"
                                     "    except OSError as error:\n        return error.errno\n", 24),
    "takes all memory": ("def handler(e, c):\n    kept = []\n    while True:\n        kept.append(bytes(1 << 20))\n", MEMORY),
    "answers with more than it has": ("def handler(e, c):\n    return 'x' * 400_000_000\n", MEMORY),
    "floods its output": ("import sys\ndef handler(e, c):\n    for _ in range(100):\n"
                          "        sys.stdout.write(('y' * 1023 + '\\n') * 1024)\n    return 'done'\n", "done"),
    "writes one endless line": ("import sys\ndef handler(e, c):\n    sys.stdout.write('z' * 5_000_000)\n    return 'done'\n", "done"),
    "writes no text": ("import os\ndef handler(e, c):\n    os.write(1, bytes(range(256)) * 10)\n    return 'done'\n", "done"),
    "never answers": ("import time\ndef handler(e, c):\n    time.sleep(100)\n", TIMEOUT),
    "spins": ("def handler(e, c):\n    while True:\n        pass\n", TIMEOUT),
    "stops itself": ("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 19)\n", TIMEOUT),
    "kills itself": ("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 9)\n", EXIT),
    "ends": ("import os\ndef handler(e, c):\n    os._exit(3)\n", EXIT),
    "reads address 0": ("import ctypes\ndef handler(e, c):\n    ctypes.string_at(0)\n", EXIT),
    "closes all it has open": ("import os\ndef handler(e, c):\n    os.closerange(0, 1000)\n", EXIT),
    "kills the first process": ("import os\ndef handler(e, c):\n    os.kill(1, 9)\n", "PermissionError"),
    "recurses for ever": ("def handler(e, c):\n    return handler(e, c)\n", "RecursionError"),
    "answers twice": ("import os, urllib.request\ndef handler(e, c):\n    url = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API']\n"
                      "    url += '/2018-06-01/runtime/invocation/' + c.aws_request_id + '/response'\n"
                      "    urllib.request.urlopen(urllib.request.Request(url, data=b'\"first\"'))\n    return 'second'\n", "first"),
}


def processes_with(text):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and text in (entry / "cmdline").read_text():
                found.append(entry.name)
        except OSError:
            pass
    return found


@pytest.fixture(scope="module")
def neighbour(server):
    """Invokes another function all the time and collects what went wrong."""
    aws = server.client("lambda")
    name = create(aws, "def handler(e, c):\n    return e\n")
    stop = threading.Event()
    wrong = []

    def work():
        while not stop.wait(0.02):
            _, body = invoke(aws, name, {"n": 1})
            if body != {"n": 1}:
                wrong.append(body)

    thread = threading.Thread(target=work)
    thread.start()
    yield wrong
    stop.set()
    thread.join()
    aws.delete_function(FunctionName=name)


@pytest.mark.parametrize("what", HANDLERS)
def test_a_handler_that(aws, neighbour, what):
    code, expected = HANDLERS[what]
    name = create(aws, code, Timeout=3 if expected == TIMEOUT else 60, MemorySize=2048 if "forks" in what else 1024)
    for _ in range(2):
        answer, body = invoke(aws, name)
        if isinstance(body, dict):
            assert answer["FunctionError"] == "Unhandled"
            body = body["errorType"]
        assert body == expected
    assert not neighbour
    aws.delete_function(FunctionName=name)


def test_a_second_answer_counts_for_nothing_and_its_environment_serves_on(aws):
    name = create(aws, "import os, urllib.request\nserved = []\ndef handler(e, c):\n    served.append(e)\n"
                       "    url = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API']\n"
                       "    url += '/2018-06-01/runtime/invocation/' + c.aws_request_id + '/response'\n"
                       "    urllib.request.urlopen(urllib.request.Request(url, data=b'%d' % len(served)))\n"
                       "    return 'second'\n", Timeout=60)
    # The next call may come before it asks for an event, and have another.
    answers = []
    until(lambda: answers.append(invoke(aws, name)[1]) or answers[-1] >= 3)


def test_nothing_is_left_of_deleted_functions(aws):
    name = create(aws, "import os\ndef handler(e, c):\n    if not os.fork():\n        os.execv('/bin/sleep', ['sleep', '98765'])\n"
                       "    return 1\n")
    invoke(aws, name)
    until(lambda: processes_with("98765"))
    aws.delete_function(FunctionName=name)
    until(lambda: not processes_with("98765"))
