"""Promise: your AWS code runs unchanged. A function's /tmp is a disk of the size it asks for, not its memory."""

import os
import pathlib

import pytest
from blackbox_server import Server, create, invoke, until

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/loop-control"), reason="this host has no loop devices")

CODE = """
import hashlib, os
def handler(event, context):
    if event == 'look':
        info = os.statvfs('/tmp')
        return [os.listdir('/tmp'), info.f_bavail * info.f_frsize >> 20]
    if event == 'clear':
        os.remove('/tmp/file')
        return None
    wrote, read, block = hashlib.sha256(), hashlib.sha256(), os.urandom(1 << 20)
    written, problem = 0, None
    with open('/tmp/file', 'wb', buffering=0) as file:
        try:
            for number in range(event):
                data = number.to_bytes(4, 'big') + block[4:]
                assert file.write(data) == len(data)
                wrote.update(data)
                written += 1
        except OSError as error:
            problem = error.errno
    with open('/tmp/file', 'rb') as file:
        while (data := file.read(1 << 20)) and written > 0 and not problem:
            read.update(data)
    return [written, problem, problem or wrote.digest() == read.digest()]
"""


def devices_of(folder):
    """The loop devices whose files lie in a folder."""
    found = []
    for backing in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if backing.read_text().startswith(folder):
                found.append(backing)
        except OSError:
            pass
    return found


def test_a_small_function_writes_much_more_than_its_memory(aws):
    name = create(aws, CODE, MemorySize=128, Timeout=120)
    assert invoke(aws, name, 400)[1] == [400, None, True]
    assert invoke(aws, name, 400)[1] == [400, None, True]


def test_the_whole_size_can_be_written_and_no_more(aws):
    name = create(aws, CODE, MemorySize=256, Timeout=120, EphemeralStorage={"Size": 600})
    names, free = invoke(aws, name, "look")[1]
    assert names == []
    assert 600 <= free <= 630
    assert invoke(aws, name, 600)[1] == [600, None, True]
    invoke(aws, name, "clear")
    written, problem, _ = invoke(aws, name, 700)[1]
    assert 600 <= written <= 630
    assert problem == 28, "no space left on device"


def test_the_largest_size_there_is(aws):
    name = create(aws, CODE, EphemeralStorage={"Size": 10240})
    names, free = invoke(aws, name, "look")[1]
    assert names == []
    assert 10240 <= free <= 10400


def test_another_environment_sees_nothing_of_it(aws):
    name = create(aws, CODE, MemorySize=1024, Timeout=60)
    invoke(aws, name, 50)
    assert invoke(aws, name, "look")[1][0] == ["file"]
    aws.update_function_configuration(FunctionName=name, MemorySize=1088)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert invoke(aws, name, "look")[1][0] == []


def test_nothing_is_left_when_the_server_stops_or_is_killed(tmp_path):
    server = Server(str(tmp_path / "data")).start()
    aws = server.client("lambda")
    name = create(aws, CODE, MemorySize=1024, Timeout=60)
    invoke(aws, name, 50)
    assert devices_of(server.data)
    server.kill()
    until(lambda: not devices_of(server.data))
    server.start()
    assert invoke(server.client("lambda"), name, "look")[1][0] == []
    assert devices_of(server.data)
    assert server.stop() == 0
    until(lambda: not devices_of(server.data))
    assert not [path for path in pathlib.Path(server.data).iterdir() if path.name.startswith("scratch")]
