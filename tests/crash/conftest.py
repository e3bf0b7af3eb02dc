"""Makes the support modules of the tests importable, and a server that a test may kill."""

import pathlib
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from blackbox_server import Server  # noqa: E402  pylint: disable=wrong-import-position


@pytest.fixture
def fresh_server():
    with tempfile.TemporaryDirectory(prefix="hearth-crash-") as folder:
        server = Server(folder + "/data").start()
        yield server
        if server.process.poll() is None:
            server.kill()
