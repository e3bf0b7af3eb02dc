"""A hand that speaks the distribution API without a client's help: it does what it is told and no more."""

import base64
import json
import urllib.parse

import requests
from images import INDEX, MANIFEST, descriptor, digest_of


class Registry:
    def __init__(self, url, password=None, host=None):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        if password:
            self.session.auth = ("AWS", password)
        if host:
            self.session.headers["Host"] = host

    @classmethod
    def of(cls, server, host=None, **overrides):
        """With a password of the client's own."""
        return cls(server.url, password(server.client("ecr", **overrides)), host)

    def send(self, method, path, **options):
        return self.session.request(method, urllib.parse.urljoin(self.url, path), timeout=30, **options)

    def begin(self, name, **parameters):
        return self.send("POST", f"/v2/{name}/blobs/uploads/", params=parameters)

    def push_blob(self, name, blob):
        place = self.begin(name)
        assert place.status_code == 202, place.text
        sent = self.send("PATCH", place.headers["Location"], data=blob)
        assert sent.status_code == 202, sent.text
        done = self.send("PUT", sent.headers["Location"], params={"digest": digest_of(blob)})
        assert done.status_code == 201, done.text
        return done

    def push_manifest(self, name, reference, manifest, media_type=MANIFEST):
        return self.send("PUT", f"/v2/{name}/manifests/{reference}", data=manifest, headers={"Content-Type": media_type})

    def push(self, name, image, tag=None):
        for blob in image.blobs().values():
            self.push_blob(name, blob)
        done = self.push_manifest(name, tag or image.digest, image.manifest_bytes)
        assert done.status_code == 201, done.text
        assert done.headers["Docker-Content-Digest"] == image.digest
        return image

    def push_index(self, name, tag, index):
        return self.push_manifest(name, tag, index, INDEX)

    def pull(self, name, reference):
        """The manifest's bytes, and what it names by digests."""
        manifest = self.send("GET", f"/v2/{name}/manifests/{reference}")
        assert manifest.status_code == 200, manifest.text
        document = manifest.json()
        parts = [document["config"], *document["layers"]]
        return manifest.content, {part["digest"]: self.blob(name, part["digest"]).content for part in parts}

    def blob(self, name, digest, **headers):
        return self.send("GET", f"/v2/{name}/blobs/{digest}", headers=headers)


def password(ecr, **options):
    token = ecr.get_authorization_token(**options)["authorizationData"][0]["authorizationToken"]
    user, _, secret = base64.b64decode(token).decode().partition(":")
    assert user == "AWS"
    return secret


def refused(answer):
    """Status and code of a refusal."""
    errors = answer.json()["errors"]
    assert len(errors) == 1 and set(errors[0]) == {"code", "message"}
    return answer.status_code, errors[0]["code"]


def described(image):
    return descriptor(MANIFEST, image.manifest_bytes)


def index_of(*images) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {**described(one), "platform": {name: one.config[name] for name in ("os", "architecture")}} for one in images]}).encode()
