"""Promise: functions are strangers to each other. A name that one of them has chosen, and whose server does not answer, holds
nobody else up."""

import concurrent.futures
import shutil
import socket
import subprocess
import time

import pytest
from blackbox_server import ROLE, Server

NAME_SERVER = ("127.53.53.53", 53)
SLOW = "nobody-answers.test:5000"
PATIENCE_SECONDS = 2  # the C library waits five for each answer
CALLS = 40            # each over a connection of its own, so that all loops of the server have some

pytestmark = pytest.mark.skipif(subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0
                                or not shutil.which("mount"), reason="a name server of one's own needs root")


@pytest.fixture
def server(tmp_path):
    (tmp_path / "resolv.conf").write_text(f"nameserver {NAME_SERVER[0]}\n")
    (tmp_path / "resolv.conf").chmod(0o644)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(NAME_SERVER)
        running = Server(str(tmp_path / "data"), "--registry", SLOW,
                         under=("unshare", "-m", "sh", "-c", f'mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && exec "$@"', "sh")).start()
        running.name_server = silent
        yield running
        assert running.stop() == 0


def test_others_are_served_while_a_name_is_looked_up(server):
    def create():
        aws = server.client("lambda")
        with pytest.raises(aws.exceptions.ClientError) as told:
            aws.create_function(FunctionName="slow", Role=ROLE, PackageType="Image", Code={"ImageUri": SLOW + "/team/app:v1"})
        return told.value.response["Error"]["Message"]

    def call(_):
        began = time.monotonic()
        server.client("sts").get_caller_identity()
        return time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        slow = threads.submit(create)
        server.name_server.recvfrom(512)
        took = [call(n) for n in range(CALLS)]
        assert not slow.done()
        assert max(took) < PATIENCE_SECONDS
        assert "looking up nobody-answers.test" in slow.result(timeout=60)
