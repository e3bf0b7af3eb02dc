"""Promise: functions are strangers to each other. What handlers do to their sandboxes leaves nothing behind on the host.
`./dev bench leaks` does it with many more invokes."""

import concurrent.futures
import shutil
import time

import pytest
from blackbox_server import Server, create, invoke, until
from leaks import environments, left, settled, torment


@pytest.fixture
def own_server(tmp_path):
    # With few slots made ahead there are as many at the end as in the beginning.
    server = Server(str(tmp_path / "data"), "--slots-max", "2").start()
    yield server
    assert server.stop() == 0


def test_nothing_is_left_of_hundreds_of_hostile_invokes(own_server):
    torment(own_server, 14)  # starts all there is to be started
    before = settled(own_server)
    count, wrong = torment(own_server, 100)
    assert not wrong
    assert count > 90
    assert left(before, settled(own_server)) == {}


def test_an_environment_that_begins_as_its_function_goes_does_not_stay(own_server):
    """Its code is unpacked for the first invoke, which takes a while."""
    name = create(own_server.client("lambda"), {f"data/{number}": "" for number in range(12_000)} | {
        "app.py": "def handler(event, context):\n    return 'done'\n"})
    assert own_server.stop() == 0
    shutil.rmtree(own_server.data + "/code")
    own_server.start()
    aws = own_server.client("lambda")
    with concurrent.futures.ThreadPoolExecutor(1) as callers:
        answer = callers.submit(invoke, aws, name)
        time.sleep(0.1)
        assert not answer.done()
        aws.delete_function(FunctionName=name)
        assert answer.result()[1] == "done"
    until(lambda: environments(own_server) == 0)
