"""Promise: your AWS code runs unchanged. The tools that people push and pull images with, as Debian has them: skopeo, buildah, the
docker client, and the AWS CLI for their password."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import uuid

import pytest
from blackbox_server import Server
from distribution import index_of
from images import INDEX, Image, descriptor, digest_of

AWS = str(pathlib.Path(sys.executable).with_name("aws"))


def run(*words, given=None, **environment):
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False, timeout=120,
                          env={**os.environ, **environment})
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout


class Shop:
    """A repository, its password in a file as tools keep it, and an image in a folder."""

    def __init__(self, server, folder):
        self.ecr = server.client("ecr")
        self.name = "shop/" + uuid.uuid4().hex
        self.ecr.create_repository(repositoryName=self.name)
        self.host = server.url.removeprefix("http://")
        self.password = run(AWS, "ecr", "get-login-password", **server.environment())
        self.auth = str(folder / "auth.json")
        self.image = Image({"etc/motd": "hello"}, {"large": os.urandom(3 << 20)}, Cmd=["/bin/sh"])
        self.folder = folder
        self.image.write_layout(folder / "image", "v1")

    @property
    def place(self):
        return f"docker://{self.host}/{self.name}"

    def tags(self):
        return {tag: one["imageDigest"] for one in self.ecr.describe_images(repositoryName=self.name)["imageDetails"]
                for tag in one.get("imageTags", [])}


@pytest.fixture
def shop(server, tmp_path):
    return Shop(server, tmp_path)


def needs(tool):
    return pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not installed (./dev test installs what Debian has)")


@needs("skopeo")
def test_skopeo(shop):
    def skopeo(*words, **options):
        return run("skopeo", *words, "--authfile", shop.auth, **options)

    skopeo("login", "--tls-verify=false", "--username", "AWS", "--password-stdin", shop.host, given=shop.password)
    skopeo("copy", "--dest-tls-verify=false", f"oci:{shop.folder}/image:v1", shop.place + ":v1")
    assert shop.tags() == {"v1": shop.image.digest}
    shown = json.loads(skopeo("inspect", "--tls-verify=false", shop.place + ":v1"))
    assert shown["Digest"] == shop.image.digest and shown["RepoTags"] == ["v1"]
    skopeo("copy", "--src-tls-verify=false", f"{shop.place}@{shop.image.digest}", f"oci:{shop.folder}/back:v1")
    for digest, blob in {**shop.image.blobs(), shop.image.digest: shop.image.manifest_bytes}.items():
        assert (shop.folder / "back/blobs/sha256" / digest.partition(":")[2]).read_bytes() == blob
    # In the other format, to another name; layers that are there are not sent again.
    skopeo("copy", "--format", "v2s2", "--dest-tls-verify=false", f"oci:{shop.folder}/image:v1", shop.place + ":docker")
    kinds = {one["imageManifestMediaType"] for one in shop.ecr.describe_images(repositoryName=shop.name)["imageDetails"]}
    assert kinds == {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
    # From one repository into another.
    other = "other/" + uuid.uuid4().hex
    shop.ecr.create_repository(repositoryName=other)
    skopeo("copy", "--src-tls-verify=false", "--dest-tls-verify=false", shop.place + ":v1", f"docker://{shop.host}/{other}:v1")
    assert shop.ecr.describe_images(repositoryName=other)["imageDetails"][0]["imageDigest"] == shop.image.digest
    skopeo("delete", "--tls-verify=false", shop.place + ":docker")
    assert shop.tags() == {"v1": shop.image.digest}


@needs("skopeo")
def test_skopeo_copies_all_of_an_index(shop):
    parts = [shop.image, Image({"etc/motd": "hello"}, architecture="arm64")]
    index = index_of(*parts)
    both = shop.folder / "both"
    for one in parts:
        one.write_layout(both)
    (both / "blobs/sha256" / digest_of(index).partition(":")[2]).write_bytes(index)
    (both / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        descriptor(INDEX, index, annotations={"org.opencontainers.image.ref.name": "v1"})]}))
    run("skopeo", "login", "--authfile", shop.auth, "--tls-verify=false", "--username", "AWS", "--password-stdin", shop.host,
        given=shop.password)
    run("skopeo", "copy", "--all", "--authfile", shop.auth, "--dest-tls-verify=false", f"oci:{shop.folder}/both:v1", shop.place + ":all")
    assert shop.tags() == {"all": digest_of(index)}
    assert {one["imageDigest"] for one in shop.ecr.list_images(repositoryName=shop.name)["imageIds"]} == {
        digest_of(index), *(one.digest for one in parts)}


@needs("skopeo")
def test_skopeo_over_tls(shop, tmp_path):
    """As it comes: no tool has to be told of anything when the certificate is one that it knows."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(key), "-out", str(certificate),
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    server = Server(str(tmp_path / "data"), "--tls-certificate", str(certificate), "--tls-key", str(key))
    server.make_role = lambda *_, **__: None  # its clients do not know the certificate
    server.start()
    try:
        https = server.url.replace("http://", "https://")
        ecr = server.client("ecr", endpoint_url=https, verify=str(certificate))
        ecr.create_repository(repositoryName="app")
        data = ecr.get_authorization_token()["authorizationData"][0]
        assert data["proxyEndpoint"] == https
        environment = {**server.environment(), "AWS_ENDPOINT_URL": https, "AWS_CA_BUNDLE": str(certificate)}
        secret = run(AWS, "ecr", "get-login-password", **environment)
        run("skopeo", "copy", "--dest-creds", f"AWS:{secret.strip()}", f"oci:{shop.folder}/image:v1",
            f"docker://{https.removeprefix('https://')}/app:v1", SSL_CERT_FILE=str(certificate))
        assert ecr.describe_images(repositoryName="app")["imageDetails"][0]["imageDigest"] == shop.image.digest
    finally:
        server.stop()


@needs("buildah")
def test_buildah(shop):
    """Builds an image of its own and pushes it; another run of it pulls that."""
    def buildah(*words, store="one", **options):
        return run("buildah", "--storage-driver", "vfs", "--root", f"{shop.folder}/{store}/root", "--runroot",
                   f"{shop.folder}/{store}/run", *words, BUILDAH_ISOLATION="chroot", **options).strip()

    (shop.folder / "greeting").write_text("hello")
    working = buildah("from", "scratch")
    buildah("copy", working, str(shop.folder / "greeting"), "/greeting")
    buildah("config", "--cmd", "/greeting", working)
    buildah("commit", working, "mine")
    buildah("login", "--authfile", shop.auth, "--tls-verify=false", "--username", "AWS", "--password-stdin", shop.host,
            given=shop.password)
    buildah("push", "--authfile", shop.auth, "--tls-verify=false", "mine", shop.place + ":built")
    assert set(shop.tags()) == {"built"}
    pulled = buildah("from", "--authfile", shop.auth, "--tls-verify=false", f"{shop.host}/{shop.name}:built", store="two")
    assert "/greeting" in buildah("inspect", pulled, store="two")
    buildah("rm", "--all", store="two")


def test_docker(shop):
    """The client needs its engine, which does not run in a test: where there is one, and nothing is lost by trying."""
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=60).returncode != 0:
        pytest.skip("there is no docker engine on this machine")
    config = str(shop.folder / "docker")
    port = shop.host.rpartition(":")[2]
    run("docker", "--config", config, "login", "--username", "AWS", "--password-stdin", f"localhost:{port}", given=shop.password)
    reference = f"localhost:{port}/{shop.name}:v1"
    run("docker", "import", "-", reference, given="")
    run("docker", "--config", config, "push", reference)
    assert set(shop.tags()) == {"v1"}
