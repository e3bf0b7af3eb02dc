"""Promise: images come from registries over TLS: from those whose authority the operator trusts, and from no others."""

import base64
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile

import pytest
from blackbox_server import Server, create_from_image
import registry
from certificates import make_certificates
from images import BUSYBOX, CLIENT, File, Image, busybox_layer, run

NAME = "registry.test"
OTHER = "other." + NAME  # where it sends who wants a layer
STRANGER = "stranger.test"

pytestmark = [pytest.mark.skipif(not BUSYBOX.exists(), reason="this host lacks Debian's busybox-static"),
              pytest.mark.skipif(subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0
                                 or not shutil.which("openssl"), reason="a name of one's own needs root, certificates openssl")]


def serving(chain, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        path = pathlib.Path(folder)
        path.chmod(0o755)
        make_certificates(path, NAME, OTHER)
        (path / "ca.pem").chmod(0o644)
        # Names that are not this machine's own, which is asked without TLS, and lead to it for the server alone.
        (path / "hosts").write_text(f"127.0.0.1 localhost {NAME} {OTHER} {STRANGER}\n")
        (path / "hosts").chmod(0o644)
        yield path


@pytest.fixture(scope="module")
def image():
    return Image(busybox_layer(), {"client": File(CLIENT, 0o755)}, {"mark": "over TLS"}, Cmd=["/client"])


@pytest.fixture(scope="module")
def registries(place, image):
    tls = serving(place / "chain.pem", place / "leaf.key")
    images = {"team/app:v1": image}
    with registry.Registry(images, tls=tls, name=NAME) as plain, registry.Registry(images, "token", True, tls=tls, name=NAME) as tokens, \
            registry.Registry(images, tls=tls, name=STRANGER) as stranger:
        yield {"plain": plain, "tokens": tokens, "stranger": stranger}


def serve(place, registries, data, *under):
    logins = place / "config.json"
    auth = base64.b64encode(registry.LOGIN.encode()).decode()
    logins.write_text(json.dumps({"auths": {registries["tokens"].host: {"auth": auth}}}))
    hosts = [word for one in registries.values() for word in ("--registry", one.host)]
    return Server(str(place / data), *hosts, "--registry-logins", str(logins),
                  under=("unshare", "-m", "sh", "-c", f'mount --bind {place}/hosts /etc/hosts && exec "$@"', "sh", *under)).start()


@pytest.fixture(scope="module")
def trusting(place, registries):
    server = serve(place, registries, "trusting", "env", f"SSL_CERT_FILE={place}/ca.pem")
    yield server.client("lambda")
    assert server.stop() == 0


@pytest.mark.parametrize("kind", ["plain", "tokens"])
def test_an_image_comes_over_tls(trusting, registries, image, kind):
    """With a token, and layers from another host, where the registry has it so."""
    uri = registries[kind].host + "/team/app"
    name = create_from_image(trusting, uri + ":v1")
    assert run(trusting, name, "cat /mark") == "over TLS"
    assert trusting.get_function(FunctionName=name)["Code"]["ResolvedImageUri"] == f"{uri}@{image.digest}"
    asked = registries[kind].asked
    assert any(path.startswith("/elsewhere/") for path, _ in asked) == (kind == "tokens")
    for path, authorization in asked:
        assert not path.startswith("/elsewhere/") or authorization is None  # secrets stay with their host
    if kind == "tokens":
        assert ("Basic " + base64.b64encode(registry.LOGIN.encode()).decode()) in {
            authorization for path, authorization in asked if path.startswith("/token")}


def refused(aws, uri):
    with pytest.raises(aws.exceptions.ServiceException) as told:
        create_from_image(aws, uri, wait=False)
    return told.value.response["Error"]["Message"]


def test_a_certificate_for_another_name_is_refused(trusting, registries):
    host = registries["stranger"].host
    assert re.search(f"Source image {host}/team/app:v1 could not be read. Reason: {host}: .*(?i:hostname mismatch)",
                     refused(trusting, host + "/team/app:v1"))
    assert registries["stranger"].asked == []


def test_an_authority_that_nobody_trusts_is_refused_and_nothing_is_kept(place, registries):
    server = serve(place, registries, "strict")
    try:
        aws, host = server.client("lambda"), registries["tokens"].host
        before = list(registries["tokens"].asked)
        assert re.search(f"{host}: .*certificate", refused(aws, host + "/team/app:v1"))
        assert registries["tokens"].asked == before  # not even a login
        assert aws.list_functions()["Functions"] == []
        assert not [path for path in pathlib.Path(server.data, "blobs").rglob("*") if path.is_file()]
    finally:
        assert server.stop() == 0
