"""Promise: what was acknowledged is never lost: layers and images that were pushed, under load and `kill -9`; and what was not
acknowledged leaves no file behind."""

import os
import pathlib
import random
import subprocess
import threading
import time

import pytest
import requests
from blackbox_server import HEARTH, until
from distribution import Registry
from images import Image, digest_of

NAME = "survivors"


@pytest.fixture
def fresh_server(fresh_server):
    fresh_server.client("ecr").create_repository(repositoryName=NAME)
    return fresh_server


class Pusher:
    """One hand. A tag has the image whose push was acknowledged last, or the one that was under way; a layer that was
    acknowledged is there until the image goes."""

    def __init__(self, number):
        self.number = number
        self.known = {}  # tag: images that it may have now, None for none
        self.layers = []  # acknowledged, of pushes that did not come to their end

    def run(self, server):
        registry, chance = Registry.of(server), random.Random()
        try:
            while True:
                tag = f"t-{self.number}-{chance.randrange(5)}"
                before, self.layers = self.known.get(tag, [None]), []
                if before[-1] and chance.random() < 0.25:
                    self.known[tag] = before + [None]
                    registry.send("DELETE", f"/v2/{NAME}/manifests/{before[-1].digest}")
                    self.known[tag] = [None]
                    continue
                image = Image({"f": os.urandom(chance.choice([10, 300_000]))}, {"g": os.urandom(100_000)})
                for blob in image.blobs().values():
                    registry.push_blob(NAME, blob)
                    self.layers.append(blob)
                self.known[tag] = before + [image]
                assert registry.push_manifest(NAME, tag, image.manifest_bytes).status_code == 201
                if before[-1]:  # it has no tag now
                    registry.send("DELETE", f"/v2/{NAME}/manifests/{before[-1].digest}")
                self.known[tag] = [image]
        except requests.exceptions.RequestException:
            return

    def check(self, registry):
        for tag, images in self.known.items():
            answer = registry.send("GET", f"/v2/{NAME}/manifests/{tag}")
            found = next((one for one in images if one and one.manifest_bytes == answer.content), None)
            assert found or (answer.status_code == 404 and None in images), (tag, answer.text)
            if found:
                assert registry.pull(NAME, tag)[1] == found.blobs()
            self.known[tag] = [found]
        for blob in self.layers:
            assert registry.blob(NAME, digest_of(blob)).content == blob


def files(server):
    return {one.name for one in pathlib.Path(server.data, "blobs").iterdir()}


def test_pushes_survive(fresh_server):
    pushers = [Pusher(number) for number in range(4)]
    for _ in range(4):
        threads = [threading.Thread(target=pusher.run, args=[fresh_server]) for pusher in pushers]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.5, 1.5))
        fresh_server.kill()
        for thread in threads:
            thread.join()
        fresh_server.start()
        for pusher in pushers:
            pusher.check(Registry.of(fresh_server))
    assert sum(len(pusher.known) for pusher in pushers) > 10
    # Every layer that a repository has is a file, and there are no others once all uploads are over.
    ecr = fresh_server.client("ecr")
    ecr.delete_repository(repositoryName=NAME, force=True)
    fresh_server.kill()
    for _ in range(2):
        done = subprocess.run([HEARTH, "check", fresh_server.data, "--repair"], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and " 0 damaged" in done.stdout, done.stdout + done.stderr
    assert files(fresh_server) == set()


def test_an_upload_goes_on_after_a_crash(fresh_server):
    registry = Registry.of(fresh_server)
    blob = os.urandom(300_000)
    place = registry.begin(NAME).headers["Location"]
    assert registry.send("PATCH", place, data=blob[:200_000]).status_code == 202
    fresh_server.kill()
    fresh_server.start()
    # With the same password: it was not kept anywhere that could be lost.
    registry.url = fresh_server.url
    assert registry.send("GET", place).headers["Range"] == "0-199999"
    assert registry.send("PATCH", place, data=blob[200_000:], headers={"Content-Range": "200000-299999"}).status_code == 202
    fresh_server.kill()
    fresh_server.start()
    registry.url = fresh_server.url
    assert registry.send("PUT", place, params={"digest": digest_of(blob)}).status_code == 201
    fresh_server.kill()
    fresh_server.start()
    assert Registry.of(fresh_server).blob(NAME, digest_of(blob)).content == blob


def test_a_chunk_that_was_cut_off_leaves_nothing(fresh_server):
    registry = Registry.of(fresh_server)
    place = registry.begin(NAME).headers["Location"]
    assert registry.send("PATCH", place, data=b"x" * 1000).status_code == 202

    def endless():
        while True:
            yield os.urandom(100_000)

    def send():
        with pytest.raises(requests.exceptions.RequestException):
            registry.send("PATCH", place, data=endless())

    sender = threading.Thread(target=send)
    sender.start()
    until(lambda: any(name.endswith(".partial") for name in files(fresh_server)))
    fresh_server.kill()
    sender.join()
    fresh_server.start()
    until(lambda: len(files(fresh_server)) == 1)
    registry.url = fresh_server.url
    assert registry.send("GET", place).headers["Range"] == "0-999"
    assert registry.send("DELETE", place).status_code == 204
    until(lambda: not files(fresh_server), seconds=30)
