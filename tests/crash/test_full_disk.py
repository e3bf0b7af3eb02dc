"""Promise: what was acknowledged is never lost. A disk that fills: clear errors, nothing half; what is deleted makes room again,
and the server starts."""
import os
import pathlib
import subprocess
import tempfile

import botocore.exceptions
import pytest
from blackbox_server import Server, create_from_image, failed_state, until
from images import CLIENT, File, Image, Layer, busybox_layer, run

FULL = "The disk of this server is full; nothing of the request was kept."


@pytest.fixture
def small_disk():
    """A folder with room for 160 MiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    with tempfile.TemporaryDirectory(prefix="hearth-full-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=0755", "tmpfs", folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def fill(s3, size, kept):
    """Objects until one is refused."""
    for number in range(10_000):
        key, body = f"{size}/{number}", os.urandom(size)
        try:
            s3.put_object(Bucket="filled", Key=key, Body=body)
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 507
            assert error.response["Error"] == {"Code": "InsufficientStorage", "Message": FULL}
            return
        kept[key] = body
    raise AssertionError("the disk does not fill")


def check(s3, kept):
    assert {one["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="filled") for one in page.get("Contents", [])} == set(kept)
    for key, body in kept.items():
        assert s3.get_object(Bucket="filled", Key=key)["Body"].read() == body, key


def works(action, **arguments):
    try:
        action(**arguments)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "InsufficientStorage"
        return False
    return True


def test_a_disk_that_fills(small_disk):
    server = Server(small_disk + "/data").start()
    try:
        s3, sqs = server.client("s3"), server.client("sqs")
        s3.create_bucket(Bucket="filled")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="m")
        kept = {}
        for size in (5 << 20, 20_000, 100):
            fill(s3, size, kept)
        check(s3, kept)
        until(lambda: not works(sqs.send_message, QueueUrl=url, MessageBody="n"))
        server.kill()
        server.start()
        s3, sqs = server.client("s3"), server.client("sqs")
        check(s3, kept)
        for key in list(kept)[:6]:
            s3.delete_object(Bucket="filled", Key=key)
            del kept[key]
        body = os.urandom(5 << 20)
        until(lambda: works(s3.put_object, Bucket="filled", Key="again", Body=body), 40)
        kept["again"] = body
        check(s3, kept)
        assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"][0]["Body"] in "mn"
    finally:
        server.kill()


@pytest.mark.parametrize("size_mib, fits", [(90, False), (30, True)])
def test_an_image_that_does_not_fit(small_disk, size_mib, fits):
    """Kept and unpacked it takes the disk twice. What was begun makes room again."""
    filling = [Layer({f"filling{number}": File(os.urandom(size_mib << 19))}, None) for number in range(2)]
    with tempfile.TemporaryDirectory(prefix="hearth-image-") as images:
        os.chmod(images, 0o755)
        uri = Image(busybox_layer(), *filling, {"client": CLIENT}, Cmd=["/client"]).write_layout(images + "/large")
        server = Server(small_disk + "/data", "--code-folder", images).start()
        try:
            aws = server.client("lambda")
            if fits:
                assert run(aws, create_from_image(aws, uri), "echo well") == "well"
                return
            assert failed_state(aws, create_from_image(aws, uri, wait=False)) == (
                "no space left on the disk of the data directory", "InternalError")
            assert not list(pathlib.Path(small_disk, "data", "code").glob("*/*"))
            until(lambda: not blobs_in(small_disk), 40)
            small = Image(busybox_layer(), {"client": CLIENT}, Cmd=["/client"]).write_layout(images + "/small")
            assert run(aws, create_from_image(aws, small), "echo well") == "well"
        finally:
            assert server.stop() == 0


def blobs_in(folder):
    return [path for path in pathlib.Path(folder, "data", "blobs").rglob("*") if path.is_file()]
