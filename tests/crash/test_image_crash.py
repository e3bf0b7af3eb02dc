"""Promise: what was acknowledged is never lost. The server is killed while images are read, unpacked and given to
functions: each function is there and runs, or it is not there; and nothing stays behind that is nobody's."""

import pathlib
import random
import tempfile
import threading
import time

import botocore.exceptions
import pytest
from blackbox_server import Server, create_from_image, until, wait_until_active
from images import BUSYBOX, CLIENT, File, Image, Layer, busybox_layer, run

pytestmark = pytest.mark.skipif(not BUSYBOX.exists(), reason="this host lacks Debian's busybox-static")


def blobs_in(data):
    return len([path for path in pathlib.Path(data, "blobs").rglob("*") if path.is_file()])


def test_functions_from_images_survive():
    with tempfile.TemporaryDirectory(prefix="hearth-crash-") as top:
        folder = pathlib.Path(top, "images")
        folder.mkdir()
        pathlib.Path(top).chmod(0o755)
        base, client = busybox_layer(), Layer({"client": File(CLIENT, 0o755)})
        # Large enough to be read and unpacked for a while, and each of its own.
        uris = [Image(base, client, {"mark": str(number), "filling": random.randbytes(8 << 20)},
                      Cmd=["/client"]).write_layout(folder / str(number)) for number in range(6)]
        server = Server(top + "/data", "--code-folder", str(folder)).start()
        acknowledged = {}
        for _ in range(6):
            aws = server.client("lambda")

            def load():
                while True:
                    number = random.randrange(len(uris))
                    try:
                        acknowledged[create_from_image(aws, uris[number], wait=False)] = str(number)
                    except botocore.exceptions.BotoCoreError:
                        return

            writers = [threading.Thread(target=load) for _ in range(3)]
            for writer in writers:
                writer.start()
            time.sleep(random.uniform(0.1, 0.8))
            server.kill()
            for writer in writers:
                writer.join()
            server.start()
        aws = server.client("lambda")
        there = {f["FunctionName"] for page in aws.get_paginator("list_functions").paginate() for f in page["Functions"]}
        assert acknowledged and acknowledged.keys() <= there
        for name in sorted(there):
            wait_until_active(aws, name, 60)
            mark = run(aws, name, "cat /mark")
            assert acknowledged.get(name, mark) == mark
        for name in there:
            aws.delete_function(FunctionName=name)
        until(lambda: blobs_in(server.data) == 0, 60)
        # What was left half unpacked goes too.
        assert not [path for boot in pathlib.Path(server.data, "code").iterdir() for path in boot.iterdir() if "." in path.name]
        assert server.stop() == 0
