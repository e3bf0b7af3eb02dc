"""Promise: functions are strangers to each other. In whatever group of a v2 hierarchy the server is started, its
functions get their limits."""

import pathlib
import subprocess

import pytest
from blackbox_server import Server, create, invoke, until

TOP = pathlib.Path("/sys/fs/cgroup")
CONTROLLERS = TOP / "cgroup.controllers"
pytestmark = pytest.mark.skipif(not CONTROLLERS.exists() or "memory" not in CONTROLLERS.read_text(),
                                reason="this host has no control groups v2")

ENTER = ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"')
TAKES = "def handler(e, c):\n    return len(bytearray(e << 20))\n"


@pytest.fixture
def group():
    (TOP / "cgroup.subtree_control").write_text("+memory +cpu +pids")
    path = TOP / "group-of-a-test"
    path.mkdir(exist_ok=True)
    yield path
    for leaf in path.iterdir():
        if leaf.is_dir():
            until(lambda gone=leaf: not (gone / "cgroup.procs").read_text())
            leaf.rmdir()
    until(lambda: not (path / "cgroup.procs").read_text())
    path.rmdir()


def limited_below(folder):
    return [found for found in folder.glob("hearth-*-*/*/memory.max") if found.read_text().strip().isdigit()]


def serve_in(group, tmp_path, where, under=ENTER):
    others = limited_below(where) if where else []
    server = Server(str(tmp_path / "data"), under=(*under, str(group))).start()
    aws = server.client("lambda")
    name = create(aws, TAKES, MemorySize=256, Timeout=60)
    assert invoke(aws, name, 1)[1] == 1 << 20
    assert invoke(aws, name, 600)[1]["errorType"] == "Runtime.OutOfMemory"
    if where:
        mine = set(limited_below(where)) - set(others)
        assert mine
    assert server.stop() == 0
    assert not where or not [path for path in mine if path.exists()]
    assert "delegated" not in pathlib.Path(server.data + ".log").read_text()


def test_alone_in_a_group_as_a_service_is(group, tmp_path):
    serve_in(group, tmp_path, group)
    # What the first left does not keep the second from its limits.
    (group / "cgroup.subtree_control").write_text("-memory -cpu -pids")
    serve_in(group, tmp_path, group)
    assert len(list(group.glob("hearth-*"))) == 1, "only the last server's own group is left"


def test_beside_others_in_a_group_as_from_a_terminal(group, tmp_path):
    with subprocess.Popen([*ENTER, str(group), "sleep", "1000"]) as other:
        serve_in(group, tmp_path, TOP)
        other.kill()


def test_beside_others_in_a_container(group, tmp_path, monkeypatch):
    inside = ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec unshare --cgroup --mount sh -c "$IN_CONTAINER" "$@"')
    monkeypatch.setenv("IN_CONTAINER", f"umount {TOP} && mount -t cgroup2 none {TOP} && "
                                       '{ sleep 15 > /dev/null & exec "$0" "$@"; }')
    serve_in(group, tmp_path, None, inside)
