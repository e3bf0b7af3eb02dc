"""Promise: one command starts it, for people at work too. A function runs from a folder, the next invoke after a change runs the
new code, and nothing outside the permitted folders is ever seen."""

import os
import pathlib
import tempfile

import pytest
from blackbox_server import Server, create, invoke, package
from refusals import refused

ECHO = "def handler(event, context):\n    return %r\n"


@pytest.fixture(scope="module")
def here():
    """A server that permits a folder, and that folder."""
    with tempfile.TemporaryDirectory(prefix="hearth-live-") as folder:
        os.chmod(folder, 0o755)
        work = pathlib.Path(folder, "work")
        work.mkdir()
        running = Server(folder + "/data", "--code-folder", str(work)).start()
        yield running.client("lambda"), work
        assert running.stop() == 0


@pytest.fixture
def folder(here, request):
    made = here[1] / request.node.name
    made.mkdir()
    (made / "app.py").write_text(ECHO % "first")
    return made


@pytest.fixture
def live(here):
    return here[0]


def from_folder(aws, folder, **options):
    return create(aws, None, Code={"S3Bucket": "hot-reload", "S3Key": str(folder)}, **options)


def test_the_next_invoke_after_a_change_runs_the_new_code(live, folder):
    name = from_folder(live, folder)
    assert invoke(live, name)[1] == "first"
    for round_ in range(20):
        (folder / "app.py").write_text(ECHO % f"round {round_}")
        assert invoke(live, name)[1] == f"round {round_}"
    # A file of the same size and time is another file all the same.
    before = (folder / "app.py").stat()
    (folder / "app.py").write_text(ECHO % "round 77")
    os.utime(folder / "app.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert invoke(live, name)[1] == "round 77"


def test_files_that_come_go_and_move_are_changes(live, folder):
    (folder / "app.py").write_text("import os\ndef handler(e, c):\n    return sorted(os.listdir('part')) + [COUNT.append(1), len(COUNT)]\nCOUNT = []\n")
    (folder / "part").mkdir()
    name = from_folder(live, folder)
    assert invoke(live, name)[1] == [None, 1]
    assert invoke(live, name)[1] == [None, 2], "an environment stays while nothing changes"
    (folder / "part" / "a").touch()
    assert invoke(live, name)[1] == ["a", None, 1]
    (folder / "part" / "a").rename(folder / "part" / "b")
    assert invoke(live, name)[1] == ["b", None, 1]
    (folder / "part" / "b").unlink()
    assert invoke(live, name)[1] == [None, 1]


def test_a_function_cannot_write_to_it(live, folder):
    (folder / "app.py").chmod(0o666)
    (folder / "app.py").write_text("def handler(e, c):\n    try:\n        open('app.py', 'a')\n    except OSError as error:\n        return error.strerror\n")
    assert invoke(live, from_folder(live, folder))[1] == "Read-only file system"


def test_only_permitted_folders_are_seen(live, here, folder):
    outside = here[1].parent / "outside"
    outside.mkdir(exist_ok=True)
    (folder / "way-out").symlink_to(outside)
    (here[1] / "work-too").mkdir(exist_ok=True)
    beside = here[1].parent / "work-beside"
    beside.mkdir(exist_ok=True)
    for path in [outside, folder / "way-out", folder / ".." / ".." / "outside", beside, folder / "app.py", folder / "absent", "relative", "/"]:
        code, message = refused(from_folder, aws=live, folder=path)
        assert code == "InvalidParameterValueException" and "is no folder below" in message, (path, message)


def test_a_folder_that_becomes_a_way_out_is_no_longer_run(live, here, folder):
    outside = here[1].parent / "secret"
    outside.mkdir()
    (outside / "app.py").write_text(ECHO % "secret")
    name = from_folder(live, folder)
    assert invoke(live, name)[1] == "first"
    folder.rename(folder.with_name("moved"))
    assert refused(live.invoke, FunctionName=name)[0] == "CodeArtifactUserFailedException"
    folder.symlink_to(outside)
    assert refused(live.invoke, FunctionName=name)[0] == "InvalidParameterValueException"
    folder.unlink()
    folder.with_name("moved").rename(folder)
    assert invoke(live, name)[1] == "first"


def test_it_is_no_version_and_a_package_makes_it_one(live, folder):
    name = from_folder(live, folder)
    for call, more in [(live.publish_version, {}), (live.update_function_code, {"S3Bucket": "hot-reload", "S3Key": str(folder), "Publish": True})]:
        assert refused(call, FunctionName=name, **more)[0] == "InvalidParameterValueException"
    assert live.get_function(FunctionName=name)["Code"]["Location"] == f"file://{folder}"
    live.update_function_code(FunctionName=name, ZipFile=package(ECHO % "package"), Publish=True)
    live.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert invoke(live, name)[1] == "package"
    live.update_function_code(FunctionName=name, S3Bucket="hot-reload", S3Key=str(folder))
    live.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert invoke(live, name)[1] == "first"
    assert invoke(live, name, Qualifier="1")[1] == "package"
    live.delete_function(FunctionName=name)


def test_without_permission_it_is_a_bucket_like_others(aws):
    code, message = refused(create, aws=aws, code=None, Code={"S3Bucket": "hot-reload", "S3Key": "/etc"})
    assert (code, "NoSuchBucket" in message) == ("InvalidParameterValueException", True)
