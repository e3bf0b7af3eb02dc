"""One server for all black-box tests of a run."""

import pathlib
import sys
import tempfile
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from blackbox_server import Server  # noqa: E402  pylint: disable=wrong-import-position


@pytest.fixture(scope="session")
def server():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        running = Server(folder + "/data").start()
        yield running
        if running.process.poll() is None:
            assert running.stop() == 0


@pytest.fixture(scope="session")
def aws(server):
    return server.client("lambda")


@pytest.fixture(scope="session")
def logs(server):
    return server.client("logs")


@pytest.fixture(scope="session")
def iam(server):
    return server.client("iam")


@pytest.fixture(scope="session")
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3):  # pylint: disable=redefined-outer-name
    name = "b-" + uuid.uuid4().hex
    s3.create_bucket(Bucket=name)
    return name
