"""Promise: the use case that made Lambda known works here from the upload to the last function that hears of it."""

import os
import pathlib
import subprocess
import sys

import boto3
import pytest
from blackbox_server import Server, logged, until

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def with_sdk(tmp_path):
    packages = pathlib.Path(boto3.__file__).parents[1]
    one = Server(str(tmp_path / "data"), "--packages", f"python={packages}").start()
    yield one
    assert one.stop() == 0


def test_a_picture_gets_its_thumbnail_and_its_place_in_the_gallery(with_sdk, tmp_path):
    s3, dynamodb, logs = (with_sdk.client(name) for name in ("s3", "dynamodb", "logs"))
    (tmp_path / "build").mkdir()
    for _ in range(2):  # as often as you like
        done = subprocess.run([sys.executable, ROOT / "examples/thumbnail/deploy.py"], cwd=tmp_path, env=with_sdk.environment(),
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "The thumbnail example is deployed." in done.stdout
    s3.upload_file(os.fspath(tmp_path / "build/sample.png"), "pictures", "holiday.png")
    until(lambda: dynamodb.scan(TableName="pictures")["Count"] == 1, 60)
    assert dynamodb.scan(TableName="pictures")["Items"] == [{
        "key": {"S": "holiday.png"}, "width": {"N": "300"}, "height": {"N": "200"},
        "thumbnail": {"S": "s3://thumbnails/holiday.png"}}]
    thumbnail = s3.get_object(Bucket="thumbnails", Key="holiday.png")["Body"].read()
    assert thumbnail.startswith(b"\x89PNG") and thumbnail[16:24] == (64).to_bytes(4, "big") + (43).to_bytes(4, "big")
    assert logged(logs, "gallery", '"holiday.png"') == ["holiday.png: 300x200, to be shown as s3://thumbnails/holiday.png"]
