"""Promise: functions are strangers to each other. What handlers do to their sandboxes leaves nothing behind on the host.
`./dev bench leaks` does it with many more invokes."""

import pytest
from blackbox_server import Server
from leaks import left, settled, torment


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
