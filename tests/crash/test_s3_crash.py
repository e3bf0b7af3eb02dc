"""Promise: what was acknowledged is never lost: objects, and that they are gone, under load and `kill -9`; with each kind of
encryption what was acknowledged can be read."""
import hashlib
import os
import random
import subprocess
import tempfile
import threading
import time

import botocore.exceptions
import pytest
from blackbox_server import HEARTH, Server, until

BUCKET = "survivors"
SIZES = [0, 10, 30_000, 40_000, 300_000]  # in the store, and files
PART = 5 << 20
KINDS = [{}, {"ServerSideEncryption": "aws:kms"}, {"ServerSideEncryption": "aws:kms:dsse"}]


@pytest.fixture
def fresh_server(fresh_server):
    fresh_server.client("s3").create_bucket(Bucket=BUCKET)
    return fresh_server


class Writer:
    """One hand with keys of its own. What a key holds is what was last acknowledged of it, or what was under way."""

    def __init__(self, number):
        self.number = number
        self.known = {}  # key: the bodies it may have now, None for none

    def run(self, server):
        s3, chance = server.client("s3"), random.Random()
        try:
            while True:
                key = f"{self.number}/{chance.randrange(20)}"
                before = self.known.get(key, [None])
                body = None if chance.random() < 0.2 else os.urandom(chance.choice(SIZES))
                self.known[key] = before + [body]
                if body is None:
                    s3.delete_object(Bucket=BUCKET, Key=key)
                elif len(body) > 100_000:
                    about = {"Bucket": BUCKET, "Key": key}
                    about["UploadId"] = s3.create_multipart_upload(**about, **chance.choice(KINDS))["UploadId"]
                    etag = s3.upload_part(**about, PartNumber=1, Body=body)["ETag"]
                    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
                else:
                    s3.put_object(Bucket=BUCKET, Key=key, Body=body, **chance.choice(KINDS))
                self.known[key] = [body]
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            return

    def check(self, s3):
        for key, bodies in self.known.items():
            try:
                answer = s3.get_object(Bucket=BUCKET, Key=key)
                found = answer["Body"].read()
                if "-" not in answer["ETag"] and answer["ServerSideEncryption"] == "AES256":
                    assert answer["ETag"] == f'"{hashlib.md5(found).hexdigest()}"'
            except s3.exceptions.NoSuchKey:
                found = None
            assert found in bodies, (key, found and len(found), [body and len(body) for body in bodies])
            self.known[key] = [found]


def test_objects_survive(fresh_server):
    writers = [Writer(number) for number in range(6)]
    for _ in range(5):
        threads = [threading.Thread(target=writer.run, args=[fresh_server]) for writer in writers]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.3, 1.2))
        fresh_server.kill()
        for thread in threads:
            thread.join()
        fresh_server.start()
        s3 = fresh_server.client("s3")
        for writer in writers:
            writer.check(s3)
    there = {entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
             for entry in page.get("Contents", [])}
    assert there == {key for writer in writers for key, bodies in writer.known.items() if bodies[0] is not None}
    assert sum(len(writer.known) for writer in writers) > 30
    fresh_server.kill()
    for _ in range(2):  # what a crash has left over is removed, and was not missing anywhere
        done = subprocess.run([HEARTH, "check", fresh_server.data, "--repair"], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and " 0 damaged" in done.stdout, done.stdout + done.stderr
    assert " 0 damaged, 0 left over" in done.stdout


def test_parts_of_an_upload_survive(fresh_server):
    s3 = fresh_server.client("s3")
    parts = [os.urandom(PART), os.urandom(100)]
    about = {"Bucket": BUCKET, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]}
    done = [{"PartNumber": n, "ETag": s3.upload_part(**about, PartNumber=n, Body=part)["ETag"]}
            for n, part in enumerate(parts, start=1)]
    fresh_server.kill()
    fresh_server.start()
    s3 = fresh_server.client("s3")
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": done})
    fresh_server.kill()
    fresh_server.start()
    assert fresh_server.client("s3").get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"".join(parts)


def test_a_lifecycle_takes_what_it_should_and_nothing_else():
    """However often it is interrupted: all that its rule is about goes, but for what is locked; the rest stays."""
    with tempfile.TemporaryDirectory(prefix="hearth-crash-") as folder:
        server = Server(folder + "/data", "--lifecycle-day", "1").start()
        s3 = server.client("s3")
        s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "gone/"}, "Expiration": {"Days": 1},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
        locked = s3.put_object(Bucket=BUCKET, Key="gone/locked", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]
        kept = {}

        def write(number):
            s3, chance = server.client("s3"), random.Random()
            try:
                while True:
                    body = os.urandom(chance.choice(SIZES))
                    s3.put_object(Bucket=BUCKET, Key=f"gone/{number}-{chance.randrange(30)}", Body=body)
                    key = f"kept/{number}-{len(kept)}"
                    s3.put_object(Bucket=BUCKET, Key=key, Body=body)
                    kept[key] = body
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                return

        for _ in range(4):
            threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(1.0, 2.0))
            server.kill()
            for thread in threads:
                thread.join()
            server.start()
        s3 = server.client("s3")

        def left():
            found = s3.list_object_versions(Bucket=BUCKET, Prefix="gone/")
            return {one["VersionId"] for one in found.get("Versions", [])}
        until(lambda: left() == {locked}, 60)
        for key, body in kept.items():
            assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body
        assert len(kept) > 20
        server.kill()
