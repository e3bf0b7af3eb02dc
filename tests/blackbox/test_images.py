"""Promise: your AWS code runs unchanged, packed as a container image: from an OCI layout, an archive, or a registry."""

import base64
import concurrent.futures
import gzip
import json
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import uuid

import pytest
from blackbox_server import ROLE, Server, create, create_from_image, failed_state, invoke, logged, until
import distribution
import registry
from images import (BUSYBOX, CLIENT, INDEX, File, Folder, HardLink, Image, Layer, Link, busybox_layer, descriptor, digest_of,
                    python_image, run, tar_of)

pytestmark = pytest.mark.skipif(not BUSYBOX.exists(), reason="this host lacks Debian's busybox-static")

@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="hearth-images-") as path:
        pathlib.Path(path).chmod(0o755)
        yield pathlib.Path(path)


@pytest.fixture(scope="module")
def own_server(folder):
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as data:
        running = Server(data + "/data", "--code-folder", str(folder)).start()
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def aws(own_server):
    return own_server.client("lambda")


@pytest.fixture(scope="module")
def base():
    return busybox_layer()


def test_an_image_runs_as_it_says(aws, folder, base):
    image = Image(base, {"client": File(CLIENT, 0o755)}, Entrypoint=["/client"], Cmd=["a", "b"], Env=["OWN=of the image", "BOTH=image"],
                  WorkingDir="/bin", User="nobody")
    uri = image.write_layout(folder / "first")
    name = create_from_image(aws, uri, Environment={"Variables": {"BOTH": "function"}})
    assert run(aws, name, "echo $OWN, $BOTH, $AWS_EXECUTION_ENV, $(pwd), $_HANDLER, $*") == "of the image, function, AWS_Lambda_Image, /bin, , a b"
    assert run(aws, name, "ls /") == "bin\nclient\ndev\netc\nproc\ntmp"


@pytest.fixture(scope="module")
def simple(base):
    """Layers of a function that runs what it is told."""
    return [base, Layer({"client": File(CLIENT, 0o755)})]


def refused(aws, uri, **options):
    """The message with which it is."""
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as told:
        create_from_image(aws, uri, wait=False, **options)
    return told.value.response["Error"]["Message"]


def test_the_beginning_of_its_init_is_told_without_a_version(aws, own_server, folder, simple):
    uri = Image(*simple, Cmd=["/client"]).write_layout(folder / "begun")
    name = create_from_image(aws, uri, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "DEBUG"})
    run(aws, name, "echo")
    begun = json.loads(logged(own_server.client("logs"), name, '"platform.initStart"')[0])["record"]
    assert (begun["functionName"], begun["phase"], begun["initializationType"]) == (name, "init", "on-demand")
    assert not {"runtimeVersion", "runtimeVersionArn"} & begun.keys()


def test_what_is_told_of_a_function_from_an_image(aws, folder, simple):
    image = Image(*simple, Cmd=["/client"])
    uri = image.write_layout(folder / "told")
    name = "i-" + uuid.uuid4().hex
    made = aws.create_function(FunctionName=name, PackageType="Image", Code={"ImageUri": uri}, Role=ROLE,
                               ImageConfig={"Command": ["/client", "x"], "WorkingDirectory": "/tmp"})
    assert made["PackageType"] == "Image" and made["CodeSize"] == 0 and made["CodeSha256"] == image.digest.removeprefix("sha256:")
    assert not {"Runtime", "Handler", "Layers", "RuntimeVersionConfig"} & made.keys()
    assert made["ImageConfigResponse"] == {"ImageConfig": {"Command": ["/client", "x"], "WorkingDirectory": "/tmp"}}
    aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert aws.get_function(FunctionName=name)["Code"] == {
        "RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": f"oci:{folder}/told@{image.digest}"}
    assert run(aws, name, "pwd; echo $*") == "/tmp\nx"
    assert [f["PackageType"] for f in aws.list_functions()["Functions"] if f["FunctionName"] == name] == ["Image"]


def test_what_a_function_says_goes_before_what_its_image_says(aws, folder, simple):
    uri = Image(*simple, Entrypoint=["/client"], Cmd=["image"], WorkingDir="/bin").write_layout(folder / "overrides")
    name = create_from_image(aws, uri)
    answers = []
    for config in ({}, {"Command": ["mine"]}, {"EntryPoint": ["/bin/sh", "/client"], "WorkingDirectory": "/etc"}, {}):
        changed = aws.update_function_configuration(FunctionName=name, ImageConfig=config)
        assert changed.get("ImageConfigResponse", {}).get("ImageConfig", {}) == config
        aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
        answers.append(run(aws, name, "echo $(pwd) $*"))
    assert answers == ["/bin image", "/bin mine", "/etc image", "/bin image"]


def test_a_program_is_looked_for_in_the_path(aws, folder, simple):
    uri = Image(*simple, Cmd=["client"], Env=["PATH=/nowhere:/:/bin"]).write_layout(folder / "path")
    assert run(aws, create_from_image(aws, uri), "echo $PATH") == "/nowhere:/:/bin"


def test_archives_and_compressions(aws, folder, base):
    for number, compression in enumerate((None, "gzip")):
        image = Image(base, Layer({"client": File(CLIENT, 0o755), "compression": str(compression)}, compression), Cmd=["/client"])
        for uri in (image.write_archive(folder / f"{number}.tar", "v1"), image.write_docker_archive(folder / f"{number}.docker.tar", "app:v1")):
            assert run(aws, create_from_image(aws, uri), "cat /compression") == str(compression)


def test_layers_lie_over_another(aws, folder, simple):
    low = {"d/gone": "1", "d/stays": "2", "opaque/old": "3", "link": Link("/etc/passwd"), "tool": File("low", 0o755)}
    high = {"d/.wh.gone": "", "opaque/.wh..wh..opq": "", "opaque/new": "4", "link": "now a file", "tool": File("high", 0o644),
            "deep/in": "5", "deep/link": Link("../d/stays")}
    uri = Image(*simple, low, high, Cmd=["/client"]).write_layout(folder / "over")
    name = create_from_image(aws, uri)
    assert run(aws, name, "ls /d /opaque; cat /link; cat /tool; cat /deep/link; stat -c %a /tool") == (
        "/d:\nstays\n\n/opaque:\nnew\nnow a filehigh2644")


def test_an_image_is_read_only_but_for_tmp_and_its_user_is_ignored(aws, folder, simple):
    uri = Image(*simple, {"open": Folder(0o777)}, Cmd=["/client"], User="0:0").write_layout(folder / "readonly")
    name = create_from_image(aws, uri)
    text = run(aws, name, "id -u; for d in / /open /bin /dev /proc/self; do echo x > $d/y || echo no; done; echo x > /tmp/y && cat /tmp/y; "
                          "cat /etc/hosts; ls /dev")
    assert text.splitlines()[0] == "993"
    assert text.count("\nno") == 5 and "\nx\n127.0.0.1 localhost" in text
    assert text.endswith("\nfd\nfull\nnull\nrandom\nstderr\nstdin\nstdout\nurandom\nzero")


def test_the_function_runs_when_its_source_is_gone(folder, simple):
    """Also after a restart, with nothing unpacked: what was acknowledged is never lost."""
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as data:
        server = Server(data + "/data", "--code-folder", str(folder)).start()
        path = folder / "vanishing.tar"
        uri = Image(*simple, {"mark": "of the first"}, Cmd=["/client"]).write_archive(path)
        name = create_from_image(server.client("lambda"), uri)
        path.unlink()
        assert server.stop() == 0
        for boot in pathlib.Path(data, "data", "code").iterdir():
            boot.rename(boot.with_name("another-boot"))
        server.start()
        aws = server.client("lambda")
        assert run(aws, name, "cat /mark") == "of the first"
        assert "does not exist" in refused(aws, uri)
        assert server.stop() == 0


def test_an_archive_may_have_a_file_under_two_names(aws, folder, simple):
    image = Image(*simple, Cmd=["/client"])
    files = {}
    for path, data in image.layout_files().items():
        files.update({path: data} if not path.startswith("blobs/") else {"kept/" + path: data, path: HardLink("kept/" + path)})
    (folder / "twice.tar").write_bytes(tar_of(files))
    assert run(aws, create_from_image(aws, f"oci-archive:{folder}/twice.tar"), "echo ok") == "ok"


def test_what_an_image_was_resolved_to_names_it(aws, folder, simple):
    image, other = Image(*simple, {"mark": "1"}, Cmd=["/client"]), Image(*simple, {"mark": "2"}, Cmd=["/client"])
    places = [one.write_layout(folder / "pinned", "v1") for one in (other, image)]
    index = folder / "pinned" / "index.json"
    both = json.loads(index.read_bytes())
    both["manifests"] += [{**both["manifests"][0], "annotations": {"org.opencontainers.image.ref.name": "same"}},
                          descriptor(both["manifests"][0]["mediaType"], other.manifest_bytes)]
    index.write_text(json.dumps(both))
    for uri in (places[0], image.write_archive(folder / "pinned.tar"), image.write_docker_archive(folder / "pinned.docker.tar", "app:v1")):
        resolved = aws.get_function(FunctionName=create_from_image(aws, uri))["Code"]["ResolvedImageUri"]
        assert resolved.count("@sha256:") == 1
        name = create_from_image(aws, resolved)
        assert run(aws, name, "cat /mark") == "1"
        assert aws.get_function(FunctionName=name)["Code"]["ResolvedImageUri"] == resolved
        assert "does not exist" in refused(aws, resolved[:-4] + "0000")
    assert run(aws, create_from_image(aws, f"oci:{folder}/pinned@{other.digest}"), "cat /mark") == "2"


def test_a_tag_that_moves_changes_nothing_until_the_code_is_updated(aws, folder, simple):
    def image(text):
        return Image(*simple, {"mark": text}, Cmd=["/client"])

    path = folder / "moving.tar"
    uri = image("first").write_archive(path)
    name = create_from_image(aws, uri)
    first = aws.publish_version(FunctionName=name, CodeSha256=image("first").digest.removeprefix("sha256:"))
    assert aws.publish_version(FunctionName=name)["Version"] == first["Version"]
    image("second").write_archive(path)
    assert run(aws, name, "cat /mark") == "first"
    aws.update_function_code(FunctionName=name, ImageUri=uri)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert run(aws, name, "cat /mark") == "second"
    assert run(aws, f"{name}:{first['Version']}", "cat /mark") == "first"
    assert aws.get_function(FunctionName=name, Qualifier=first["Version"])["Configuration"]["CodeSha256"] == first["CodeSha256"]
    second = aws.publish_version(FunctionName=name)
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion=second["Version"])
    assert run(aws, f"{name}:live", "cat /mark") == "second"


def test_tmp_has_its_size_and_stays_when_the_program_is_started_again(aws, folder, simple):
    uri = Image(*simple, Cmd=["/client"]).write_layout(folder / "tmp")
    name = create_from_image(aws, uri, EphemeralStorage={"Size": 1024}, Timeout=1)
    size = run(aws, name, "busybox df -m /tmp").split()
    assert 1000 < int(size[size.index("/tmp") - 4]) <= 1080
    assert "Task timed out after 1.00 seconds" in run(aws, name, "echo kept > /tmp/kept; busybox sleep 60")
    assert run(aws, name, "cat /tmp/kept") == "kept"


def test_environments_kept_ready_and_one_after_the_other(aws, folder, simple):
    """Provisioned concurrency, and many at once: each has a root of its own."""
    uri = Image(*simple, {"mark": "ready"}, Cmd=["/client"]).write_layout(folder / "ready")
    name = create_from_image(aws, uri)
    version = aws.publish_version(FunctionName=name)["Version"]
    aws.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=2)
    until(lambda: aws.get_provisioned_concurrency_config(FunctionName=name, Qualifier=version)["Status"] == "READY")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda _: run(aws, f"{name}:{version}", "cat /mark; echo; busybox sleep 0.2; echo $AWS_LAMBDA_INITIALIZATION_TYPE"),
                                 range(8)))
    assert {text.split()[0] for text in texts} == {"ready"}
    assert {text.split()[1] for text in texts} == {"provisioned-concurrency", "on-demand"}


def test_layers_are_unpacked_once_and_shared(folder, simple):
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as data:
        server = Server(data + "/data", "--code-folder", str(folder)).start()
        aws = server.client("lambda")
        for text in ("one", "two"):
            uri = Image(*simple, {"mark": text}, Cmd=["/client"]).write_layout(folder / ("shared-" + text))
            assert run(aws, create_from_image(aws, uri), "cat /mark") == text
        code = pathlib.Path(data, "data", "code")
        assert len(list(code.glob("*/layer-*"))) == 4 and len(list(code.glob("*/image-*"))) == 2
        assert len({path.stat().st_ino for path in code.glob("*/*/bin/busybox")}) == 1
        assert server.stop() == 0


def test_settings_may_be_long(aws, folder, simple):
    uri = Image(*simple, Cmd=["/client", "y" * 6000], Env=["X=" + "x" * 9000]).write_layout(folder / "long")
    name = create_from_image(aws, uri, Environment={"Variables": {"MORE": "z" * 4000}})
    assert run(aws, name, "echo ${#X} ${#MORE} ${#1}") == "9000 4000 6000"


def test_blobs_of_images_go_with_the_last_function(folder, simple):
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as data:
        server = Server(data + "/data", "--code-folder", str(folder)).start()
        aws = server.client("lambda")
        uri = Image(*simple, {"mark": "counted"}, Cmd=["/client"]).write_layout(folder / "counted")

        def blobs():
            return len([path for path in pathlib.Path(data, "data", "blobs").rglob("*") if path.is_file()])

        name = create_from_image(aws, uri)
        assert blobs() == 4  # three layers and the manifest
        aws.publish_version(FunctionName=name)
        aws.update_function_code(FunctionName=name, ImageUri=uri)
        aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
        assert run(aws, name + ":1", "cat /mark") == "counted"
        aws.delete_function(FunctionName=name)
        until(lambda: blobs() == 0, 40)
        assert server.stop() == 0


@pytest.mark.parametrize("config, kind, text", [
    ({"Entrypoint": ["/absent"]}, "Runtime.InvalidEntrypoint", "fork/exec /absent: no such file or directory"),
    ({"Entrypoint": ["absent"]}, "Runtime.InvalidEntrypoint", 'exec: "absent": executable file not found in $PATH'),
    ({"Entrypoint": ["/closed"]}, "Runtime.InvalidEntrypoint", "fork/exec /closed: permission denied"),
    ({"Entrypoint": ["/foreign"]}, "Runtime.InvalidEntrypoint", "fork/exec /foreign: exec format error"),
    ({"Entrypoint": ["/bin"]}, "Runtime.InvalidEntrypoint", "fork/exec /bin: permission denied"),
    ({"Entrypoint": ["/client"], "WorkingDir": "/absent"}, "Runtime.InvalidWorkingDir", "chdir /absent: no such file or directory"),
    ({}, "Runtime.InvalidEntrypoint", "the image has neither an entry point nor a command"),
    ({"Entrypoint": ["/bin/sh", "-c", "exit 3"]}, "Runtime.ExitError", "Runtime exited with error: exit status 3"),
])
def test_programs_that_cannot_be_started(aws, folder, simple, config, kind, text):
    elf = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00\x01\x00\x00\x00" + bytes(40)  # for another processor
    uri = Image(*simple, {"closed": File("x", 0o644), "foreign": File(elf, 0o755)}, **config).write_layout(folder / uuid.uuid4().hex)
    answer = aws.invoke(FunctionName=create_from_image(aws, uri), Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    body = json.loads(answer["Payload"].read())
    assert body["errorType"] == kind
    assert body["errorMessage"].endswith(" Error: " + text) and body["errorMessage"].startswith("RequestId: ")


def test_members_that_do_not_go_together_are_refused(aws, folder, simple):
    uri = Image(*simple, Cmd=["/client"]).write_layout(folder / "members")
    mixed = "Please don't provide Handler or Runtime or Layer when the intended function PackageType is IMAGE."
    assert refused(aws, uri, Runtime="python3.11") == mixed
    assert refused(aws, uri, Handler="a.b") == mixed
    assert refused(aws, uri, Layers=["arn:aws:lambda:us-east-1:000000000000:layer:x:1"]) == mixed

    def create_refused(**request):
        with pytest.raises(aws.exceptions.InvalidParameterValueException) as told:
            aws.create_function(FunctionName="never", Role=ROLE, **request)
        return told.value.response["Error"]["Message"]

    assert "Please provide ImageUri" in create_refused(PackageType="Image", Code={"ZipFile": b"x"})
    assert "other FunctionCode parameters" in create_refused(PackageType="Image", Code={"ZipFile": b"x", "ImageUri": uri})
    assert "Please don't provide ImageUri" in create_refused(Runtime="python3.11", Handler="a.b", Code={"ImageUri": uri})
    name, zipped = create_from_image(aws, uri), create(aws, "def handler(e, c): pass")
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as told:
        aws.update_function_code(FunctionName=name, ZipFile=b"x")
    assert told.value.response["Error"]["Message"] == "Please provide ImageUri when updating a function with packageType Image."
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as told:
        aws.update_function_code(FunctionName=zipped, ImageUri=uri)
    assert told.value.response["Error"]["Message"] == "Please don't provide ImageUri when updating a function with packageType Zip."
    for wrong in ({"Runtime": "python3.11"}, {"Handler": "x"}, {"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:x:1"]}):
        with pytest.raises(aws.exceptions.InvalidParameterValueException):
            aws.update_function_configuration(FunctionName=name, **wrong)
    with pytest.raises(aws.exceptions.InvalidParameterValueException):
        aws.update_function_configuration(FunctionName=zipped, ImageConfig={"Command": ["x"]})


def unpacked(server):
    return [path.name for path in pathlib.Path(server.data, "code").glob("*/*")]


def without_layer(image):
    """An image whose source lacks a layer."""
    lost = image.layers[-1].data
    blobs = image.blobs
    image.blobs = lambda: {digest: data for digest, data in blobs().items() if data != lost}
    return image


def damaged(image):
    """An image whose source has something else under a layer's digest."""
    blobs = image.blobs
    digest = image.manifest["layers"][-1]["digest"]
    image.blobs = lambda: {**blobs(), digest: blobs()[digest][:-1] + b"x"}
    return image


def with_manifest(image, **changes):
    image.manifest |= changes
    return image


def special(kind):
    info = tarfile.TarInfo("device")
    info.type, info.devmajor, info.devminor = kind, 8, 0
    return info


def bomb():
    """A gigabyte of zeros in a megabyte, in more layers than an image may be large."""
    layer = Layer({"zeros": bytes(1 << 20)})
    sparse = tarfile.TarInfo("huge")
    sparse.size = 11 << 30
    header = sparse.tobuf(tarfile.GNU_FORMAT)
    layer.diff_id = digest_of(header)
    layer.data = gzip.compress(header)
    return layer


# What the manifest and the configuration tell is an error of the request.
WRONG = {
    "too few diff ids": lambda simple: wrong_diff_id(Image(*simple, Cmd=["/client"]), []),
    "another architecture": lambda simple: Image(*simple, Cmd=["/client"], architecture="arm64"),
    "another system": lambda simple: Image(*simple, Cmd=["/client"], system="windows"),
    "no manifest": lambda simple: with_manifest(Image(*simple), config={}),
    "an old manifest": lambda simple: with_manifest(Image(*simple), schemaVersion=1),
    "settings of 17 KB": lambda simple: Image(*simple, Cmd=["/client"], Env=["X=" + "x" * 17_000]),
}

# What only its layers tell is a state.
HOSTILE = {
    "a path that climbs out": lambda simple: Image(*simple, {"../../escaped": "x"}, Cmd=["/client"]),
    "a hard link that leads out": lambda simple: Image(*simple, {"passwd": HardLink("../../../etc/passwd")}, Cmd=["/client"]),
    "a hard link to a file of the host": lambda simple: Image(*simple, {"passwd": HardLink("/etc/shadow")}, Cmd=["/client"]),
    "a whiteout of what is above": lambda simple: Image(*simple, {"a/.wh...": ""}, Cmd=["/client"]),
    "more than an image may have": lambda simple: Image(*simple, bomb(), Cmd=["/client"]),
    "a missing layer": lambda simple: without_layer(Image(*simple, Cmd=["/client"])),
    "a damaged layer": lambda simple: damaged(Image(*simple, Cmd=["/client"])),
    "a wrong diff id": lambda simple: wrong_diff_id(Image(*simple, Cmd=["/client"])),
    # Of content that the server has unpacked for others.
    "the diff id of another layer": lambda simple: wrong_diff_id(Image(*simple, Cmd=["/client"]), [simple[0].diff_id] * 2),
    "no archive": lambda simple: Image(*simple, Layer(b"x" * 10_000), Cmd=["/client"]),
}


def wrong_diff_id(image, ids=None):
    image.config["rootfs"]["diff_ids"] = [digest_of(b"wrong")] * len(image.layers) if ids is None else ids
    image.manifest["config"] = descriptor(image.manifest["config"]["mediaType"], image.config_bytes)
    return image


@pytest.mark.parametrize("what", WRONG)
def test_images_whose_documents_are_wrong_are_refused(own_server, aws, folder, simple, what):
    uri = WRONG[what](simple).write_layout(folder / "sources" / uuid.uuid4().hex)
    before = set(unpacked(own_server))
    assert refused(aws, uri).startswith(f"Source image {uri} is not valid. Provide a valid source image.")
    assert set(unpacked(own_server)) == before


@pytest.mark.parametrize("what", HOSTILE)
def test_images_that_are_wrong_fail_and_change_nothing(own_server, aws, folder, simple, what):
    uri = HOSTILE[what](simple).write_layout(folder / "sources" / uuid.uuid4().hex)
    neighbour = create_from_image(aws, Image(*simple, Cmd=["/client"]).write_layout(folder / "neighbour"))
    before = set(unpacked(own_server))
    name = create_from_image(aws, uri, wait=False)
    missing = what == "a missing layer"
    text, code = failed_state(aws, name)
    assert code == ("ImageDeleted" if missing else "InvalidImage")
    assert text.startswith(f"Source image {uri} does not exist. Provide a valid source image." if missing else
                           f"Source image {uri} is not valid. Provide a valid source image.")
    assert not (folder / "escaped").exists() and not (folder.parent / "escaped").exists()
    assert set(unpacked(own_server)) == before
    with pytest.raises(aws.exceptions.ResourceConflictException) as told:
        aws.invoke(FunctionName=name)
    assert told.value.response["Error"]["Message"].endswith("The function is currently in the following state: Failed")
    assert run(aws, neighbour, "echo well") == "well"


@pytest.mark.parametrize("what", ["an index", "a foreign layer", "an artifact"])
def test_kinds_that_are_no_images_are_refused_by_name(aws, folder, simple, what):
    image = Image(*simple, Cmd=["/client"])
    if what == "an index":
        image.manifest = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
        files = image.layout_files()
        index = json.loads(files["index.json"])
        index["manifests"][0]["mediaType"] = INDEX
        image.layout_files = lambda tag: {**files, "index.json": json.dumps(index).encode()}
        uri = image.write_layout(folder / "index")
        uri = uri.removesuffix(":latest")
    elif what == "a foreign layer":
        image.manifest["layers"][0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
        uri = image.write_layout(folder / "foreign")
    else:
        image.manifest["config"]["mediaType"] = "application/vnd.example+json"
        uri = image.write_layout(folder / "artifact")
    assert refused(aws, uri).startswith(
        f"The image manifest, config or layer media type for the source image {uri} is not supported.")


def test_devices_are_left_out_and_set_uid_is_gone(aws, folder, simple):
    su = File(pathlib.Path("/bin/busybox"), 0o6755)
    uri = Image(*simple, {"dev/sda": special(tarfile.BLKTYPE), "device": special(tarfile.CHRTYPE), "setuid": su},
                Cmd=["/client"]).write_layout(folder / "devices")
    assert run(aws, create_from_image(aws, uri), "stat -c %a /setuid; ls /dev/sda /device || echo none; sh -c 'exec -a id /setuid -u'").splitlines() == [
        "755", "ls: /dev/sda: No such file or directory", "ls: /device: No such file or directory", "none", "993"]


def test_links_of_an_image_lead_nowhere_but_into_it(aws, folder, simple):
    """Where the sandbox's own things go, where extensions are looked for, and where it starts."""
    links = {name: Link("../../../../../../etc") for name in ("proc", "dev", "tmp", "run", "sys")}
    uri = Image(*simple, {**links, "opt": Link("../../../../../../etc"), "etc/hosts": Link("../../../../../../etc/hostname"),
                          "work": Link("/proc/1/root")}, Cmd=["/client"]).write_layout(folder / "links")
    name = create_from_image(aws, uri, ImageConfig={"WorkingDirectory": "/opt"})
    text = run(aws, name, "cat /etc/passwd; pwd -P; ls -d /proc/1; echo x > /tmp/y && cat /tmp/y; cat /etc/hosts")
    assert text.startswith("root:x:0:0:root:/root:/bin/sh\n/etc\n/proc/1\nx\n127.0.0.1 localhost")


def test_only_folders_that_were_named_are_looked_into(aws, folder, simple):
    with tempfile.TemporaryDirectory(prefix="hearth-other-") as other:
        pathlib.Path(other).chmod(0o755)
        uri = Image(*simple, Cmd=["/client"]).write_layout(pathlib.Path(other) / "image")
        (folder / "way-out").symlink_to(other)
        for path in (uri, f"oci:{folder}/way-out/image", f"oci:{folder}/../{pathlib.Path(other).name}/image", "oci:/etc", "oci-archive:/etc/shadow",
                     f"oci:{folder}-other/image"):
            assert refused(aws, path).startswith("Lambda does not have permission to access the ECR image. Check the ECR permissions.")
    assert "does not exist" in refused(aws, f"oci:{folder}/absent")
    for path in ("oci:relative", "", "ubuntu", "https://localhost/x", "localhost:5000/UPPER", "localhost:5000/x:" + "t" * 200):
        assert refused(aws, path).startswith(f"Source image {path} is not valid.")


def test_external_extensions_are_those_in_the_image(aws, folder, simple):
    extension = """#!/bin/sh
wget -q -O /dev/null --header "Lambda-Extension-Name: watcher" --post-data '{"events":["INVOKE"]}' \\
  -S http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension/register 2>/tmp/registered
id=$(sed -n 's/^ *[Ll]ambda-[Ee]xtension-[Ii]dentifier: *//p' /tmp/registered | tr -d '\\r')
while true; do
  wget -q -O /tmp/event --header "Lambda-Extension-Identifier: $id" http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension/event/next
done
"""
    uri = Image(*simple, {"opt/extensions/watcher": File(extension, 0o755)}, Cmd=["/client"]).write_layout(folder / "extension")
    assert "Lambda-Extension-Identifier" in run(aws, create_from_image(aws, uri), "cat /tmp/registered")


@pytest.fixture(scope="module")
def registries(simple):
    image = Image(*simple, {"mark": "pulled"}, Cmd=["/client"])
    images = {"team/app:v1": image}
    with registry.Registry(images) as plain, registry.Registry(images, "token", True) as tokens, \
            registry.Registry(images, "basic") as basic, registry.Registry(images, "denied") as denied:
        yield {"plain": plain, "tokens": tokens, "basic": basic, "denied": denied, "image": image}


@pytest.fixture(scope="module")
def pulling(registries):
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as data:
        logins = pathlib.Path(data, "config.json")
        auth = base64.b64encode(registry.LOGIN.encode()).decode()
        logins.write_text(json.dumps({"auths": {registries[kind].host: {"auth": auth} for kind in ("basic", "tokens")}}))
        hosts = [word for kind in ("plain", "tokens", "basic", "denied") for word in ("--registry", registries[kind].host)]
        running = Server(data + "/data", *hosts, "--registry", "localhost:1", "--registry-logins", str(logins)).start()
        yield running.client("lambda")
        assert running.stop() == 0


@pytest.mark.parametrize("kind", ["plain", "tokens", "basic"])
def test_images_of_a_registry(pulling, registries, kind):
    image, host = registries["image"], registries[kind].host
    by_tag = create_from_image(pulling, f"{host}/team/app:v1")
    assert run(pulling, by_tag, "cat /mark") == "pulled"
    assert pulling.get_function(FunctionName=by_tag)["Code"]["ResolvedImageUri"] == f"{host}/team/app@{image.digest}"
    assert run(pulling, create_from_image(pulling, f"{host}/team/app@{image.digest}"), "cat /mark") == "pulled"
    for path, authorization in registries[kind].asked:
        assert not path.startswith("/elsewhere/") or authorization is None  # secrets stay with their host


def test_images_that_a_registry_has_not_or_denies(pulling, registries):
    plain = registries["plain"].host
    for name in ("team/app:v2", "team/other:v1", "team/app", "team/app@" + digest_of(b"other")):
        assert refused(pulling, f"{plain}/{name}").startswith(f"Source image {plain}/{name} does not exist. Provide a valid source image.")
    assert refused(pulling, registries["denied"].host + "/team/app:v1").startswith("Lambda does not have permission to access")
    assert "--registry" in refused(pulling, "localhost:2/team/app:v1")
    with pytest.raises(pulling.exceptions.ServiceException):
        create_from_image(pulling, "localhost:1/team/app:v1", wait=False)


def test_images_of_the_registry_of_ones_own(own_server, aws, simple):
    """By each of its names; and the function runs when the registry has them no more."""
    ecr = own_server.client("ecr")
    ecr.create_repository(repositoryName="team/app")
    image = Image(*simple, {"mark": "pushed"}, Cmd=["/client"])
    distribution.Registry.of(own_server).push("team/app", image, "v1")
    host = own_server.url.removeprefix("http://")
    names = [f"{place}/team/app" for place in (host, host.replace("127.0.0.1", "localhost"), "000000000000.dkr.ecr.us-east-1.amazonaws.com")]
    functions = []
    for name in names:
        for uri in (f"{name}:v1", f"{name}@{image.digest}"):
            functions.append(create_from_image(aws, uri))
            assert aws.get_function(FunctionName=functions[-1])["Code"] == {
                "RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": f"{name}@{image.digest}"}
    assert refused(aws, names[0] + ":v2") == f"Source image {names[0]}:v2 does not exist. Provide a valid source image."
    assert refused(aws, f"{host}/absent:v1") == f"Source image {host}/absent:v1 does not exist. Provide a valid source image."
    distribution.Registry.of(own_server).push_index("team/app", "many", distribution.index_of(image))
    assert refused(aws, names[0] + ":many").startswith("The image manifest, config or layer media type for the source image")
    assert "region" in refused(aws, "000000000000.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1")
    ecr.delete_repository(repositoryName="team/app", force=True)
    for name in functions:
        assert run(aws, name, "cat /mark") == "pushed"
    assert "does not exist" in refused(aws, names[0] + ":v1")


def test_an_image_of_another_account_needs_its_leave(own_server, simple):
    number, keys = own_server.make_account("--name", "other")
    mine, theirs = own_server.client("lambda", **keys), own_server.client("ecr")
    own_server.make_role("test", account=number, **keys)
    theirs.create_repository(repositoryName="lent")
    distribution.Registry.of(own_server).push("lent", Image(*simple, {"mark": "lent"}, Cmd=["/client"]), "v1")
    uri = "000000000000.dkr.ecr.us-east-1.amazonaws.com/lent:v1"
    role = f"arn:aws:iam::{number}:role/test"
    assert refused(mine, uri, Role=role) == "Lambda does not have permission to access the ECR image. Check the ECR permissions."
    theirs.set_repository_policy(repositoryName="lent", policyText=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
         "Condition": {"StringLike": {"aws:sourceArn": f"arn:aws:lambda:us-east-1:{number}:function:*"}}}]}))
    assert run(mine, create_from_image(mine, uri, Role=role), "cat /mark") == "lent"


@pytest.mark.skipif(not shutil.which("skopeo"), reason="this host has no skopeo")
def test_what_skopeo_writes(aws, folder, simple):
    uri = Image(*simple, {"mark": "copied"}, Cmd=["/client"]).write_layout(folder / "skopeo-source")
    for target in ("oci:{}/skopeo:x", "oci-archive:{}/skopeo.tar:x", "docker-archive:{}/skopeo.docker.tar:app:x"):
        target = target.format(folder)
        subprocess.run(["skopeo", "copy", "-q", "--insecure-policy", uri, target], check=True)
        assert run(aws, create_from_image(aws, target), "cat /mark") == "copied"


PYTHON = """
import json, os, ssl, sys
def handler(event, context):
    if event == 'fail':
        raise ValueError('as told')
    return [event, context.function_name, sys.version_info[:2], os.environ['AWS_EXECUTION_ENV']]
"""


def test_the_official_client_of_python_runs_unchanged(aws, folder):
    """Debian's Python, and awslambdaric as AWS publishes it."""
    pytest.importorskip("awslambdaric")
    image = python_image({"app.py": PYTHON})
    name = create_from_image(aws, image.write_layout(folder / "python"), MemorySize=256)
    assert invoke(aws, name, {"a": 1})[1] == [{"a": 1}, name, [3, 11], "AWS_Lambda_Image"]
    answer, body = invoke(aws, name, "fail")
    assert answer["FunctionError"] == "Unhandled" and body["errorType"] == "ValueError"
