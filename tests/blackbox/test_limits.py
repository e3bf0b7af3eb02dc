"""Promise: one command starts it. Many environments at once, from a shell with the usual limits."""

import pathlib
import re
import resource

from blackbox_server import Server


def test_the_soft_limit_on_descriptors_is_raised(tmp_path):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = Server(str(tmp_path / "data"), under=("sh", "-c", 'ulimit -S -n 256; exec "$0" "$@"')).start()
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
    assert re.search(r"^Max open files +(\d+)", limits, re.MULTILINE)[1] == str(hard)
    assert server.stop() == 0
