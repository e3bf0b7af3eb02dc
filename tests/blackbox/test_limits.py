"""Promise: one command starts it. Many environments at once, from a shell with the usual limits."""

import json
import pathlib
import re
import resource
import urllib.request

from blackbox_server import Server, create, invoke, until


def test_the_soft_limit_on_descriptors_is_raised(tmp_path):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = Server(str(tmp_path / "data"), under=("sh", "-c", 'ulimit -S -n 256; exec "$0" "$@"')).start()
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
    assert int(re.search(r"^Max open files +(\d+)", limits, re.MULTILINE)[1]) >= hard
    assert server.stop() == 0


def test_idle_environments_make_room_for_others(tmp_path):
    server = Server(str(tmp_path / "data"), "--environments-max", "4").start()
    aws = server.client("lambda")
    count = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n\n"

    def environments():
        return json.load(urllib.request.urlopen(server.url + "/_hearth/health"))["environments"]

    kept, *others = [create(aws, count) for _ in range(9)]
    for turn, name in enumerate(others, 1):
        assert invoke(aws, kept)[1] == turn, "the one that is in use stays"
        assert invoke(aws, name)[1] == 1
    until(lambda: environments() <= 4)
    assert invoke(aws, others[0])[1] == 1, "it ended and begins anew"
    assert invoke(aws, others[-1])[1] == 2
    assert server.stop() == 0
