"""Promise: your AWS code runs unchanged. The registry speaks the distribution API: blobs, uploads, manifests, tags, referrers,
each with its rules and refusals; what is pushed comes back byte for byte."""

import base64
import json
import os
import subprocess
import uuid

import pytest
import requests
from blackbox_server import ROOT, Server, allow
from distribution import Registry, described, index_of, password, refused
from images import INDEX, MANIFEST, Image, digest_of
from refusals import refusal

NOWHERE = "sha256:" + "0" * 64


@pytest.fixture
def name(ecr):
    made = f"team/{uuid.uuid4().hex}/app"
    ecr.create_repository(repositoryName=made)
    return made


def image(**options):
    return Image({"hello": uuid.uuid4().hex}, {"large": os.urandom(300_000)}, Cmd=["/hello"], **options)


def test_what_is_pushed_comes_back(registry, name):
    pushed = registry.push(name, image(), "v1")
    for reference in ("v1", pushed.digest):
        manifest, blobs = registry.pull(name, reference)
        assert manifest == pushed.manifest_bytes and blobs == pushed.blobs()
        head = registry.send("HEAD", f"/v2/{name}/manifests/{reference}")
        assert head.status_code == 200 and head.content == b""
        assert head.headers["Docker-Content-Digest"] == pushed.digest
        assert head.headers["Content-Length"] == str(len(pushed.manifest_bytes)) and head.headers["Content-Type"] == MANIFEST
    layer = pushed.layers[1].data
    head = registry.send("HEAD", f"/v2/{name}/blobs/{digest_of(layer)}")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(layer)))
    assert head.headers["Docker-Content-Digest"] == digest_of(layer)


def test_who_shows_no_password_is_told_how(server):
    answer = Registry(server.url).send("GET", "/v2/")
    assert refused(answer) == (401, "UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"] == f'Basic realm="{server.url}/",service="ecr.amazonaws.com"'
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_passwords_that_are_none(server, ecr):
    good = password(ecr)
    for user, secret in [("AWS", "x"), ("AWS", ""), ("aws", good), ("AWS", good[:-4] + "AAA="), ("AWS", good + "AAAA")]:
        answer = requests.get(server.url + "/v2/", auth=(user, secret), timeout=10)
        assert refused(answer) == (400, "DENIED") and "Your Authorization Token is invalid." in answer.text
    for header in ("Basic", "Basic %%%", "Bearer " + good, "Basic " + base64.b64encode(good.encode()).decode()):
        assert requests.get(server.url + "/v2/", headers={"Authorization": header}, timeout=10).status_code == 400
    assert requests.get(server.url + "/v2/", auth=("AWS", good), timeout=10).status_code == 200


def test_a_password_is_its_owners(server, ecr, name):
    """It may what its user may, at the moment of each request, and ends with the user's key."""
    user = server.make_user(policy=allow("ecr:GetAuthorizationToken"))
    theirs = Registry.of(server, **user.keys)
    pushed = Registry.of(server).push(name, image(), "v1")
    arn = f"arn:aws:ecr:us-east-1:000000000000:repository/{name}"
    answer = theirs.send("GET", f"/v2/{name}/manifests/v1")
    assert refused(answer) == (403, "DENIED")
    assert answer.json()["errors"][0]["message"] == (
        f"User: {user.arn} is not authorized to perform: ecr:BatchGetImage on resource: {arn} because no identity-based policy "
        "allows the ecr:BatchGetImage action")
    user.may(allow("ecr:BatchGetImage", resource=arn))
    assert theirs.send("GET", f"/v2/{name}/manifests/v1").status_code == 200
    assert refused(theirs.blob(name, digest_of(pushed.config_bytes))) == (403, "DENIED")
    user.may(allow("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", resource=arn))
    assert theirs.blob(name, digest_of(pushed.config_bytes)).content == pushed.config_bytes
    assert refused(theirs.begin(name)) == (403, "DENIED")
    assert refused(theirs.push_manifest(name, "v2", pushed.manifest_bytes)) == (403, "DENIED")
    assert refused(theirs.send("DELETE", f"/v2/{name}/manifests/v1")) == (403, "DENIED")
    # Of what is not there nothing is told.
    assert refused(theirs.send("GET", "/v2/not-there/manifests/v1")) == (403, "DENIED")
    user.iam.delete_access_key(UserName=user.name, AccessKeyId=user.keys["aws_access_key_id"])
    assert refused(theirs.send("GET", f"/v2/{name}/manifests/v1")) == (400, "DENIED")


def test_a_repository_policy_lets_others_in(server, ecr, name):
    """And a password of one account opens another's registry by its host name."""
    Registry.of(server).push(name, image(), "v1")
    number, root = server.make_account("--name", "puller")
    puller = server.make_user(policy=allow("ecr:*"), **root)
    theirs = Registry.of(server, host="000000000000.dkr.ecr.us-east-1.localhost", **puller.keys)
    assert refused(theirs.send("GET", f"/v2/{name}/manifests/v1")) == (403, "DENIED")
    ecr.set_repository_policy(repositoryName=name, policyText=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{number}:root"},
         "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]}))
    theirs.pull(name, "v1")
    assert refused(theirs.begin(name)) == (403, "DENIED")
    # In its own registry there is no such repository.
    own = Registry.of(server, **puller.keys)
    assert refused(own.send("GET", f"/v2/{name}/manifests/v1")) == (404, "NAME_UNKNOWN")


def test_a_host_names_the_region(server):
    west = server.client("ecr", region_name="eu-west-1")
    uri = west.create_repository(repositoryName="in-the-west")["repository"]["repositoryUri"]
    port = server.url.rpartition(":")[2]
    assert uri == f"000000000000.dkr.ecr.eu-west-1.localhost:{port}/in-the-west"
    there = Registry.of(server, host=uri.partition("/")[0])
    pushed = there.push("in-the-west", image(), "v1")
    assert refused(Registry.of(server).send("GET", "/v2/in-the-west/manifests/v1")) == (404, "NAME_UNKNOWN")
    assert west.describe_images(repositoryName="in-the-west")["imageDetails"][0]["imageDigest"] == pushed.digest
    west.delete_repository(repositoryName="in-the-west", force=True)


def test_chunks_come_in_order(registry, name):
    blob = os.urandom(100_000)
    place = registry.begin(name).headers["Location"]
    first = registry.send("PATCH", place, data=blob[:60_000], headers={"Content-Range": "0-59999"})
    assert (first.status_code, first.headers["Range"]) == (202, "0-59999")
    for header in ("0-39999", "60001-100000", "59999-99998"):
        wrong = registry.send("PATCH", place, data=blob[60_000:], headers={"Content-Range": header})
        assert refused(wrong) == (416, "BLOB_UPLOAD_INVALID")
        assert wrong.headers["Range"] == "0-59999" and wrong.headers["Location"] == place
        last = registry.send("PUT", place, params={"digest": digest_of(blob)}, data=blob[60_000:], headers={"Content-Range": header})
        assert refused(last) == (416, "BLOB_UPLOAD_INVALID")
        assert last.headers["Range"] == "0-59999" and last.headers["Location"] == place
    for header in ("60000-60001", "x", "5-1"):
        wrong = registry.send("PATCH", place, data=blob[60_000:], headers={"Content-Range": header})
        assert refused(wrong) == (400, "SIZE_INVALID")
    status = registry.send("GET", place)
    assert (status.status_code, status.headers["Range"]) == (204, "0-59999")
    # The last one may come with the end.
    done = registry.send("PUT", place, params={"digest": digest_of(blob)}, data=blob[60_000:], headers={"Content-Range": "60000-99999"})
    assert done.status_code == 201 and done.headers["Docker-Content-Digest"] == digest_of(blob)
    assert registry.send("GET", done.headers["Location"]).content == blob
    assert refused(registry.send("GET", place)) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_stream_of_unknown_length(registry, name):
    pieces = [os.urandom(70_000) for _ in range(5)]
    place = registry.begin(name).headers["Location"]
    sent = registry.send("PATCH", place, data=iter(pieces))
    assert (sent.status_code, sent.headers["Range"]) == (202, "0-349999")
    blob = b"".join(pieces)
    assert registry.send("PUT", place, params={"digest": digest_of(blob)}).status_code == 201
    assert registry.blob(name, digest_of(blob)).content == blob


def test_a_blob_in_one_request(registry, name):
    blob = os.urandom(50_000)
    done = registry.send("POST", f"/v2/{name}/blobs/uploads/", params={"digest": digest_of(blob)}, data=blob)
    assert done.status_code == 201 and registry.blob(name, digest_of(blob)).content == blob
    wrong = registry.send("POST", f"/v2/{name}/blobs/uploads/", params={"digest": NOWHERE}, data=blob)
    assert refused(wrong) == (400, "DIGEST_INVALID")
    assert refused(registry.blob(name, NOWHERE)) == (404, "BLOB_UNKNOWN")


def test_uploads_that_come_to_nothing(registry, name):
    blob = b"some bytes"
    place = registry.begin(name).headers["Location"]
    assert refused(registry.send("PUT", place, params={"digest": digest_of(blob)})) == (400, "BLOB_UPLOAD_INVALID")
    registry.send("PATCH", place, data=blob)
    for digest in (NOWHERE, "sha256:abc", "md5:" + "0" * 32, "", None):
        assert refused(registry.send("PUT", place, params={"digest": digest})) == (400, "DIGEST_INVALID")
    assert registry.send("DELETE", place).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert refused(registry.send(method, place, data=b"x" if method == "PATCH" else None)) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert refused(registry.send("PUT", place, params={"digest": digest_of(blob)})) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert refused(registry.blob(name, digest_of(blob))) == (404, "BLOB_UNKNOWN")
    assert refused(registry.begin("not-there")) == (404, "NAME_UNKNOWN")


def test_ranges_of_a_blob(registry, name):
    blob = os.urandom(1000)
    registry.push_blob(name, blob)
    for header, part, shown in [("bytes=0-9", blob[:10], "bytes 0-9/1000"), ("bytes=990-", blob[990:], "bytes 990-999/1000"),
                                ("bytes=-5", blob[-5:], "bytes 995-999/1000"), ("bytes=5-5000", blob[5:], "bytes 5-999/1000")]:
        answer = registry.blob(name, digest_of(blob), Range=header)
        assert (answer.status_code, answer.content, answer.headers["Content-Range"]) == (206, part, shown)
    beyond = registry.blob(name, digest_of(blob), Range="bytes=1000-")
    assert refused(beyond) == (416, "RANGE_INVALID") and beyond.headers["Content-Range"] == "bytes */1000"
    assert registry.blob(name, digest_of(blob), Range="lines=1-2").content == blob


def test_layers_are_shared_between_repositories(server, ecr, registry, name):
    other = "other-" + uuid.uuid4().hex
    ecr.create_repository(repositoryName=other)
    blob = os.urandom(10_000)
    digest = digest_of(blob)
    registry.push_blob(name, blob)
    for parameters in ({"mount": digest}, {"mount": digest, "from": "not-there"}, {"mount": NOWHERE, "from": name}):
        assert registry.begin(other, **parameters).status_code == 202
    mounted = registry.begin(other, mount=digest, **{"from": name})
    assert mounted.status_code == 201 and mounted.headers["Location"] == f"/v2/{other}/blobs/{digest}"
    # It is there even when it has gone from where it came from.
    ecr.delete_repository(repositoryName=name, force=True)
    assert registry.blob(other, digest).content == blob
    # Who may not read it there gets a place to upload to.
    user = server.make_user(policy=allow("ecr:GetAuthorizationToken"))
    mine = "mine-" + uuid.uuid4().hex
    ecr.create_repository(repositoryName=mine)
    user.may(allow("ecr:*", resource=f"arn:aws:ecr:us-east-1:000000000000:repository/{mine}"), allow("ecr:GetAuthorizationToken"))
    assert Registry.of(server, **user.keys).begin(mine, mount=digest, **{"from": other}).status_code == 202
    assert refused(registry.blob(mine, digest)) == (404, "BLOB_UNKNOWN")


def test_manifests_that_are_refused(registry, name):
    whole = image()
    *others, last = whole.blobs().values()
    for blob in others:
        registry.push_blob(name, blob)
    missing = registry.push_manifest(name, "v1", whole.manifest_bytes)
    assert refused(missing) == (400, "MANIFEST_BLOB_UNKNOWN") and digest_of(last) in missing.text
    assert refused(registry.send("GET", f"/v2/{name}/manifests/v1")) == (404, "MANIFEST_UNKNOWN")
    registry.push_blob(name, last)
    assert refused(registry.push_manifest(name, NOWHERE, whole.manifest_bytes)) == (400, "DIGEST_INVALID")
    assert refused(registry.push_manifest(name, "no%20tag", whole.manifest_bytes)) == (400, "TAG_INVALID")
    assert refused(registry.push_manifest(name, "v1", b"{")) == (400, "MANIFEST_INVALID")
    assert refused(registry.push_manifest(name, "v1", whole.manifest_bytes, INDEX)) == (400, "MANIFEST_INVALID")
    assert refused(registry.push_manifest(name, "v1", b" " * ((4 << 20) + 1))) == (413, "MANIFEST_INVALID")
    lying = json.loads(whole.manifest_bytes)
    lying["layers"][0]["size"] += 1
    assert refused(registry.push_manifest(name, "v1", json.dumps(lying).encode())) == (400, "MANIFEST_INVALID")
    assert refused(registry.push_manifest("not-there", "v1", whole.manifest_bytes)) == (404, "NAME_UNKNOWN")
    assert registry.push_manifest(name, "v1", whole.manifest_bytes).status_code == 201


def test_the_largest_manifest(registry, ecr, name):
    whole = image()
    for blob in whole.blobs().values():
        registry.push_blob(name, blob)
    document = json.loads(whole.manifest_bytes)
    document["annotations"] = {"filler": ""}
    document["annotations"]["filler"] = "x" * ((4 << 20) - len(json.dumps(document)))
    manifest = json.dumps(document).encode()
    assert len(manifest) == 4 << 20
    assert registry.push_manifest(name, "v1", manifest).status_code == 201
    assert registry.pull(name, "v1")[0] == manifest
    for count, fine in ((8, True), (9, False)):  # an answer has a limit
        asked = {"repositoryName": name, "imageIds": [{"imageTag": "v1"}] * count}
        if fine:
            assert len(ecr.batch_get_image(**asked)["images"]) == count
        else:
            assert refusal(ecr.batch_get_image, **asked)[:2] == (400, "LimitExceededException")


def test_indexes(registry, name):
    parts = [image(), image(architecture="arm64")]
    index = index_of(*parts)
    registry.push(name, parts[0])
    missing = registry.push_index(name, "v1", index)
    assert refused(missing) == (400, "MANIFEST_BLOB_UNKNOWN") and parts[1].digest in missing.text
    registry.push(name, parts[1])
    assert registry.push_index(name, "v1", index).status_code == 201
    answer = registry.send("GET", f"/v2/{name}/manifests/v1")
    assert answer.content == index and answer.headers["Content-Type"] == INDEX
    # What it names cannot go before it.
    assert refused(registry.send("DELETE", f"/v2/{name}/manifests/{parts[0].digest}")) == (403, "DENIED")
    assert registry.send("DELETE", f"/v2/{name}/manifests/{digest_of(index)}").status_code == 202
    assert registry.send("DELETE", f"/v2/{name}/manifests/{parts[0].digest}").status_code == 202
    assert refused(registry.send("GET", f"/v2/{name}/manifests/{parts[0].digest}")) == (404, "MANIFEST_UNKNOWN")
    registry.pull(name, parts[1].digest)


def test_tags_move_unless_they_are_immutable(registry, ecr, name):
    first, second = registry.push(name, image(), "v1"), registry.push(name, image(), "v1")
    assert registry.pull(name, "v1")[0] == second.manifest_bytes
    registry.pull(name, first.digest)
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE")
    answer = registry.push_manifest(name, "v1", first.manifest_bytes)
    assert refused(answer) == (400, "TAG_INVALID")
    assert answer.json()["errors"][0]["message"] == (
        f"The image tag 'v1' already exists in the '{name}' repository and cannot be overwritten because the tag is immutable.")
    assert registry.push_manifest(name, "v1", second.manifest_bytes).status_code == 201  # the same once more
    assert registry.push_manifest(name, "v2", first.manifest_bytes).status_code == 201


def test_deleting(registry, name):
    """A tag alone by its name; an image by its digest, with the layers that no other one has."""
    base = {"base": uuid.uuid4().hex}
    one, two = Image(base, {"a": "1"}), Image(base, {"b": "2"})
    for tag, each in (("one", one), ("also-one", one), ("two", two)):
        registry.push(name, each, tag)
    assert registry.send("DELETE", f"/v2/{name}/manifests/one").status_code == 202
    assert refused(registry.send("GET", f"/v2/{name}/manifests/one")) == (404, "MANIFEST_UNKNOWN")
    registry.pull(name, "also-one")
    assert registry.send("DELETE", f"/v2/{name}/manifests/{one.digest}").status_code == 202
    assert refused(registry.send("GET", f"/v2/{name}/manifests/also-one")) == (404, "MANIFEST_UNKNOWN")
    assert refused(registry.send("DELETE", f"/v2/{name}/manifests/{one.digest}")) == (404, "MANIFEST_UNKNOWN")
    assert refused(registry.blob(name, digest_of(one.layers[1].data))) == (404, "BLOB_UNKNOWN")
    assert registry.pull(name, "two")[1] == two.blobs()
    assert refused(registry.send("DELETE", f"/v2/{name}/blobs/{digest_of(two.config_bytes)}")) == (405, "UNSUPPORTED")


def test_lists_come_in_pages(registry, ecr, name):
    pushed = registry.push(name, image(), "t-0")
    for number in range(1, 5):
        registry.push_manifest(name, f"t-{number}", pushed.manifest_bytes)
    assert registry.send("GET", f"/v2/{name}/tags/list").json() == {"name": name, "tags": [f"t-{n}" for n in range(5)]}
    path, seen = f"/v2/{name}/tags/list?n=2", []
    while path:
        page = registry.send("GET", path)
        seen.append(page.json()["tags"])
        path = page.links.get("next", {}).get("url")
    assert seen == [["t-0", "t-1"], ["t-2", "t-3"], ["t-4"]]
    assert registry.send("GET", f"/v2/{name}/tags/list?last=t-3").json()["tags"] == ["t-4"]
    none = registry.send("GET", f"/v2/{name}/tags/list?n=0")
    assert none.json()["tags"] == [] and not none.links
    assert refused(registry.send("GET", f"/v2/{name}/tags/list?n=x")) == (400, "PAGINATION_NUMBER_INVALID")
    assert refused(registry.send("GET", "/v2/not-there/tags/list")) == (404, "NAME_UNKNOWN")
    path, seen = "/v2/_catalog?n=1", []
    while path:
        page = registry.send("GET", path)
        seen += page.json()["repositories"]
        path = page.links.get("next", {}).get("url")
    assert name in seen and seen == sorted(seen)


def test_referrers(registry, name):
    subject = image()
    kinds = ("application/vnd.example.signature", "application/vnd.example.sbom")
    about = [image() for _ in kinds]
    for one, kind in zip(about, kinds):
        one.manifest |= {"subject": described(subject), "artifactType": kind, "annotations": {"of": kind}}
    # What is about something may come before it.
    for one in about:
        for blob in one.blobs().values():
            registry.push_blob(name, blob)
        done = registry.push_manifest(name, one.digest, one.manifest_bytes)
        assert done.status_code == 201 and done.headers["OCI-Subject"] == subject.digest
    registry.push(name, subject, "v1")
    answer = registry.send("GET", f"/v2/{name}/referrers/{subject.digest}")
    assert answer.headers["Content-Type"] == INDEX and answer.json()["mediaType"] == INDEX
    listed = {one["digest"]: one for one in answer.json()["manifests"]}
    assert listed == {one.digest: {**described(one), "artifactType": kind, "annotations": {"of": kind}}
                      for one, kind in zip(about, kinds)}
    answer = registry.send("GET", f"/v2/{name}/referrers/{subject.digest}?artifactType=application/vnd.example.sbom")
    assert answer.headers["OCI-Filters-Applied"] == "artifactType"
    assert [one["digest"] for one in answer.json()["manifests"]] == [about[1].digest]
    assert registry.send("GET", f"/v2/{name}/referrers/{NOWHERE}").json()["manifests"] == []
    registry.send("DELETE", f"/v2/{name}/manifests/{about[0].digest}")
    assert len(registry.send("GET", f"/v2/{name}/referrers/{subject.digest}").json()["manifests"]) == 1


def test_paths_that_are_none(registry):
    for path in ("/v2/x", "/v2/a/b/c", "/v2/A/manifests/v1", "/v2/a//b/manifests/v1", "/v2/a%00/manifests/v1", "/v2/manifests/v1"):
        assert refused(registry.send("GET", path)) == (404, "NAME_INVALID")
    assert refused(registry.send("GET", "/v2/a/manifests/sha256:x")) == (400, "DIGEST_INVALID")
    assert refused(registry.send("POST", "/v2/a/manifests/v1")) == (405, "UNSUPPORTED")


def test_buckets_have_the_paths_too(server, s3, bucket):
    """What is an object of a bucket that the host names stays one, and so does what is signed."""
    s3.put_object(Bucket=bucket, Key="v2/name/tags/list", Body=b"an object")
    port = server.url.rpartition(":")[2]
    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "v2/name/tags/list"})
    assert requests.get(link, timeout=10).content == b"an object"
    answer = requests.get(server.url + "/v2/name/tags/list", headers={"Host": f"{bucket}.s3.localhost:{port}"}, timeout=10)
    assert answer.status_code == 403 and "<Code>AccessDenied</Code>" in answer.text


def test_a_password_and_a_link_last_their_time(tmp_path):
    """And are good after a restart until then."""
    library = tmp_path / "later.so"
    subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", library, ROOT / "tests/support/later.c", "-ldl"], check=True)
    now = Server(str(tmp_path / "data")).start()
    ecr = now.client("ecr")
    ecr.create_repository(repositoryName="app")
    secret = password(ecr)
    Registry(now.url, secret).push_blob("app", b"a layer")
    link = ecr.get_download_url_for_layer(repositoryName="app", layerDigest=digest_of(b"a layer"))["downloadUrl"]
    path = "/" + link.partition("://")[2].partition("/")[2]
    now.stop()

    def after(seconds):
        later = Server(now.data, under=("env", f"LD_PRELOAD={library}", f"LATER_SECONDS={seconds}"))
        later.make_role = lambda *_, **__: None  # its clients' clocks are behind
        later.start()
        ping, layer = Registry(later.url, secret).send("GET", "/v2/"), Registry(later.url).send("GET", path)
        later.stop()
        return ping, layer

    ping, layer = after(3500)
    assert ping.status_code == 200 and layer.content == b"a layer"
    ping, layer = after(3700)
    assert ping.status_code == 200 and refused(layer) == (403, "DENIED")
    ping, layer = after(12 * 3600 + 60)
    assert refused(ping) == (403, "DENIED")
    assert ping.json()["errors"][0]["message"] == "Your authorization token has expired. Reauthenticate and try again."
