"""What a server has in use of the host, and functions that do their worst to make it keep some of it."""

import collections
import concurrent.futures
import contextlib
import itertools
import json
import os
import pathlib
import urllib.request

from blackbox_server import create, invoke, until

EXIT, MEMORY, TIMEOUT = "Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout"

# Each with what its caller is told. Most are quick, so that there can be many.
HANDLERS = {
    "ends": ("import os\ndef handler(e, c):\n    os._exit(3)\n", EXIT),
    "kills itself": ("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 9)\n", EXIT),
    "leaves a child": ("import os, time\ndef handler(e, c):\n    if not os.fork():\n        os.setsid()\n"
                       "        time.sleep(1000)\n    return 'done'\n", "done"),
    "leaves children and ends": ("import os, time\ndef handler(e, c):\n    for _ in range(5):\n        if not os.fork():\n"
                                 "            time.sleep(1000)\n    os._exit(0)\n", EXIT),
    "fills its disk": ("import os\ndef handler(e, c):\n    with open('/tmp/' + c.aws_request_id, 'wb') as file:\n"
                       "        file.write(bytes(4 << 20))\n    return 'done'\n", "done"),
    "keeps a deleted file": ("import os\nkept = []\ndef handler(e, c):\n    kept.append(open('/tmp/x', 'wb'))\n    kept[-1].write(bytes(1 << 20))\n"
                             "    os.remove('/tmp/x')\n    return 'done'\n", "done"),
    "takes all memory": ("def handler(e, c):\n    kept = []\n    while True:\n        kept.append(bytes(1 << 20))\n", MEMORY),
    "takes memory that is no process's": ("import os\ndef handler(e, c):\n    file = os.memfd_create('x')\n    while True:\n"
                                          "        os.write(file, bytes(1 << 20))\n", MEMORY),
    "opens files until it may not": ("import os\ndef handler(e, c):\n    try:\n        while True:\n            os.open('/dev/null', 0)\n"
                                     "    except OSError as error:\n        return error.errno\n", 24),
    "opens connections": ("import os, socket\nkept = []\ndef handler(e, c):\n    host, port = os.environ['AWS_LAMBDA_RUNTIME_API'].split(':')\n"
                          "    for _ in range(20):\n        kept.append(socket.create_connection((host, int(port))))\n    return 'done'\n", "done"),
    "closes all it has open": ("import os\ndef handler(e, c):\n    os.closerange(0, 1000)\n", EXIT),
    "answers twice": ("import os, urllib.request\ndef handler(e, c):\n    url = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API']\n"
                      "    url += '/2018-06-01/runtime/invocation/' + c.aws_request_id + '/response'\n"
                      "    urllib.request.urlopen(urllib.request.Request(url, data=b'\"first\"'))\n    return 'second'\n", "first"),
    "floods its output": ("def handler(e, c):\n    print(('y' * 1023 + '\\n') * 64)\n    return 'done'\n", "done"),
    "stops itself": ("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 19)\n", TIMEOUT),
}
# One of so many, as these take a second each.
SLOW = {"stops itself": 20, "takes all memory": 10, "takes memory that is no process's": 10}
TIMEOUTS = {"stops itself": 1}


def tree(root):
    """The processes below a process, with itself: {id: name}."""
    parents, names = collections.defaultdict(list), {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        process = int(stat.parent.name)
        names[process] = head.partition("(")[2]
        parents[int(rest.split()[1])].append(process)
    found, open_ends = {}, [root]
    while open_ends:
        process = open_ends.pop()
        found[process] = names.get(process, "")
        open_ends += parents[process]
    return found


def count(listing):
    try:
        return sum(1 for _ in listing())
    except OSError:
        return 0


def in_use(server):
    """What the server and all that belongs to it have of the host, in numbers."""
    processes = tree(server.process.pid)
    supervisor = next(process for process, name in processes.items() if name == "hearth-superv")
    spawner = next(process for process, name in processes.items() if name == "hearth-spawner")
    found = {"processes": len(processes)}
    lasting = {"server": server.process.pid} | {name.removeprefix("hearth-"): process for process, name in sorted(processes.items())
                                                if name.startswith("hearth-") and name != "hearth-init"}
    for name, process in lasting.items():
        found[f"descriptors of the {name}"] = count(pathlib.Path(f"/proc/{process}/fd").iterdir)
    found["mounts of the spawner"] = len(pathlib.Path(f"/proc/{spawner}/mountinfo").read_text().splitlines())
    folder = os.path.realpath(server.data)
    found["loop devices"] = sum(1 for file in pathlib.Path("/sys/block").glob("loop*/loop/backing_file") if _text(file).startswith(folder))
    groups = [top for top, _, _ in os.walk("/sys/fs/cgroup") if f"/hearth-{supervisor}-" in top]
    found["control groups"] = sum(1 for top in groups if not top.rpartition("/")[2].startswith("hearth-"))
    namespaces = set()
    for process in processes:
        try:
            namespaces.add(os.readlink(f"/proc/{process}/ns/net"))
        except OSError:
            pass
    found["network namespaces"] = len(namespaces)
    # The store has as many files as it likes, and code is swept now and then.
    own = {pathlib.Path(folder, name) for name in ("state", "blobs", "code")}
    found["files"] = sum(1 for path in pathlib.Path(folder).rglob("*") if own.isdisjoint(path.parents))
    return found


def _text(file):
    try:
        return file.read_text()
    except OSError:
        return ""


def environments(server):
    with urllib.request.urlopen(server.url + "/_hearth/health") as answer:
        return json.load(answer)["environments"]


def settled(server, seconds=60):
    """in_use() once all environments have ended and it does not change any more: what ended goes in the background, and what
    was used is made again."""
    last = [None, 0]

    def same():
        if environments(server) > 0:
            return False
        now = in_use(server)
        last[1] = last[1] + 1 if now == last[0] else 0
        last[0] = now
        return last[1] >= 20

    until(same, seconds)
    return last[0]


def left(before, after):
    """What is in use after that was not before. The server may have some more connections and files of its store."""
    more = {"descriptors of the server": 16}
    return {what: (before.get(what), number) for what, number in after.items() if number > before.get(what, 0) + more.get(what, 0)}


def torment(server, invokes, renewed_after=10, threads=8):
    """So many invokes by functions of all kinds, whose sandboxes end now and then. Returns what was answered wrongly."""
    aws = server.client("lambda")
    names = {what: create(aws, code, MemorySize=128, Timeout=TIMEOUTS.get(what, 20)) for what, (code, _) in HANDLERS.items()}
    wrong, rounds = [], itertools.count()
    share = invokes / sum(1 / SLOW.get(what, 1) for what in HANDLERS)

    def work(what):
        for number in range(max(1, round(share / SLOW.get(what, 1)))):
            try:
                _, body = invoke(aws, names[what])
                told = body["errorType"] if isinstance(body, dict) else body
            except Exception as error:  # noqa: BLE001: whatever it is, the others go on
                told = str(error)
            next(rounds)
            if told != HANDLERS[what][1]:
                wrong.append((what, told))
            if number % renewed_after == renewed_after - 1:
                with contextlib.suppress(aws.exceptions.ResourceConflictException):  # the last one is not done yet
                    aws.update_function_configuration(FunctionName=names[what], Description=str(number))

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, names))
    for name in names.values():
        aws.delete_function(FunctionName=name)
    return next(rounds), wrong
