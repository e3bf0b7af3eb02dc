"""Promise: your AWS code runs unchanged: a function from an image is answered for before its image is read. It is Pending
until then, or goes on as it was while an update is InProgress, and what is found wrong later is its state's reason."""

import pathlib
import tempfile
import uuid

import botocore.exceptions
import pytest
from blackbox_server import ROLE, Server, create_from_image, failed_state, until, wait_until_active
import registry
from images import BUSYBOX, CLIENT, File, Image, Layer, busybox_layer, digest_of, run

pytestmark = pytest.mark.skipif(not BUSYBOX.exists(), reason="this host lacks Debian's busybox-static")
WAIT = {"Delay": 0.05, "MaxAttempts": 600}


class Shop:
    """A registry that hands out layers when it is told to, and a server that has images from there alone."""

    def __init__(self, folder):
        self.base = [busybox_layer(), Layer({"client": File(CLIENT, 0o755)})]
        self.images = {}
        self.registry = registry.Registry(self.images)
        self.server = Server(str(folder / "data"), "--registry", self.registry.host).start()
        self.aws = self.server.client("lambda")

    def push(self, mark):
        image = Image(*self.base, {"mark": mark}, Cmd=["/client"])
        name = f"app-{uuid.uuid4().hex[:8]}:v1"
        self.images[name] = image
        return f"{self.registry.host}/{name}", image

    def pending(self, uri, **options):
        """A function whose layers are held back, as it was answered for."""
        self.registry.open.clear()
        asked = len(self.registry.layers_asked())
        made = self.aws.create_function(FunctionName="p-" + uuid.uuid4().hex[:12], PackageType="Image", Code={"ImageUri": uri}, Role=ROLE,
                                        **options)
        until(lambda: len(self.registry.layers_asked()) > asked)
        return made

    def blobs(self):
        return [path for path in pathlib.Path(self.server.data, "blobs").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def shop():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as data:
        made = Shop(pathlib.Path(data))
        with made.registry:
            yield made
            assert made.server.stop() == 0


@pytest.fixture(autouse=True)
def opened(shop):
    yield
    shop.registry.open.set()
    shop.registry.lost.clear()


def conflict(call, **request):
    with pytest.raises(botocore.exceptions.ClientError) as told:
        call(**request)
    assert told.value.response["Error"]["Code"] == "ResourceConflictException"
    return told.value.response["Error"]["Message"]


def test_a_function_is_answered_for_before_its_image_is_read(shop):
    aws = shop.aws
    uri, image = shop.push("slow")
    made = shop.pending(uri)
    name = made["FunctionName"]
    assert (made["State"], made["StateReason"], made["StateReasonCode"]) == ("Pending", "The function is being created.", "Creating")
    assert "LastUpdateStatus" not in made and made["CodeSha256"] == image.digest.removeprefix("sha256:")
    shown = aws.get_function(FunctionName=name)
    assert shown["Configuration"]["State"] == "Pending" and shown["Configuration"]["CodeSha256"] == made["CodeSha256"]
    assert shown["Code"] == {"RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": f"{uri.rpartition(':')[0]}@{image.digest}"}
    pending = "The operation cannot be performed at this time. The function is currently in the following state: Pending"
    assert conflict(aws.invoke, FunctionName=name) == pending
    assert conflict(aws.invoke, FunctionName=name, InvocationType="Event", Payload=b"{}") == pending
    busy = "The operation cannot be performed at this time. An update is in progress for resource: " + made["FunctionArn"]
    assert conflict(aws.update_function_code, FunctionName=name, ImageUri=uri) == busy
    assert conflict(aws.update_function_configuration, FunctionName=name, Timeout=5) == busy
    assert conflict(aws.publish_version, FunctionName=name) == busy
    shop.registry.open.set()
    aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=WAIT)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=WAIT)
    active = aws.get_function_configuration(FunctionName=name)
    assert active["LastUpdateStatus"] == "Successful" and active["RevisionId"] != made["RevisionId"]
    assert not {"StateReason", "StateReasonCode", "LastUpdateStatusReason"} & active.keys()
    assert run(aws, name, "cat /mark") == "slow"


def test_a_version_that_is_published_with_it_waits_with_it(shop):
    aws = shop.aws
    made = shop.pending(shop.push("published")[0], Publish=True)
    name = made["FunctionName"]
    assert made["Version"] == "1" and made["State"] == "Pending"
    assert conflict(aws.invoke, FunctionName=name, Qualifier="1").endswith("state: Pending")
    shop.registry.open.set()
    aws.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="1", WaiterConfig=WAIT)
    assert run(aws, name + ":1", "cat /mark") == "published"
    aws.delete_function(FunctionName=name)


def test_a_function_runs_what_it_had_while_it_is_updated(shop):
    aws = shop.aws
    name = create_from_image(aws, shop.push("old")[0])
    uri, image = shop.push("new")
    shop.registry.open.clear()
    changed = aws.update_function_code(FunctionName=name, ImageUri=uri, Publish=True)
    assert (changed["LastUpdateStatus"], changed["LastUpdateStatusReasonCode"]) == ("InProgress", "Creating")
    assert changed["CodeSha256"] == image.digest.removeprefix("sha256:") and changed["Version"] == "1"
    latest = aws.get_function_configuration(FunctionName=name)
    assert (latest["State"], latest["LastUpdateStatus"]) == ("Active", "InProgress")
    assert run(aws, name, "cat /mark") == "old"
    assert conflict(aws.update_function_code, FunctionName=name, ImageUri=uri).startswith("The operation cannot be performed at this time.")
    shop.registry.open.set()
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=WAIT)
    assert run(aws, name, "cat /mark") == "new" and run(aws, name + ":1", "cat /mark") == "new"


def test_an_update_that_fails_leaves_the_function_what_it_had(shop):
    aws = shop.aws
    first, image = shop.push("stays")
    name = create_from_image(aws, first)
    uri, lost = shop.push("lost")
    shop.registry.lost.add(digest_of(lost.layers[-1].data))
    aws.update_function_code(FunctionName=name, ImageUri=uri)
    failed = until(lambda: (lambda c: c if c["LastUpdateStatus"] != "InProgress" else None)(aws.get_function_configuration(FunctionName=name)))
    assert (failed["State"], failed["LastUpdateStatus"], failed["LastUpdateStatusReasonCode"]) == ("Active", "Failed", "ImageDeleted")
    assert failed["LastUpdateStatusReason"].startswith(f"Source image {uri} does not exist.")
    with pytest.raises(botocore.exceptions.WaiterError):
        aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=WAIT)
    assert failed["CodeSha256"] == image.digest.removeprefix("sha256:")
    assert aws.get_function(FunctionName=name)["Code"]["ImageUri"] == first
    assert run(aws, name, "cat /mark") == "stays"
    shop.registry.lost.clear()
    aws.update_function_code(FunctionName=name, ImageUri=uri)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=WAIT)
    assert run(aws, name, "cat /mark") == "lost"


def test_a_function_without_an_image_takes_another(shop):
    aws = shop.aws
    uri, lost = shop.push("gone")
    shop.registry.lost.add(digest_of(lost.layers[-1].data))
    name = create_from_image(aws, uri, wait=False)
    assert failed_state(aws, name)[1] == "ImageDeleted"
    with pytest.raises(botocore.exceptions.WaiterError):
        aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=WAIT)
    assert aws.get_function(FunctionName=name)["Code"]["ImageUri"] == uri
    for call, more in ((aws.publish_version, {}), (aws.update_function_configuration, {"Timeout": 5}), (aws.invoke, {})):
        assert conflict(call, FunctionName=name, **more).endswith("The function is currently in the following state: Failed")
    aws.update_function_code(FunctionName=name, ImageUri=shop.push("another")[0])
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=WAIT)
    wait_until_active(aws, name)
    assert run(aws, name, "cat /mark") == "another"


def test_a_dry_run_reads_what_tells_whether_it_could_be(shop):
    name = create_from_image(shop.aws, shop.push("kept")[0])
    uri, image = shop.push("tried")
    shop.registry.open.clear()
    tried = shop.aws.update_function_code(FunctionName=name, ImageUri=uri, DryRun=True)
    assert tried["CodeSha256"] == image.digest.removeprefix("sha256:")
    assert shop.aws.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful"
    with pytest.raises(shop.aws.exceptions.InvalidParameterValueException):
        shop.aws.update_function_code(FunctionName=name, ImageUri=uri + "2", DryRun=True)


def test_a_function_that_is_deleted_meanwhile_leaves_nothing(shop):
    """And another of its name has the image that it was made with."""
    aws = shop.aws
    before = len(shop.blobs())
    name = shop.pending(shop.push("first")[0])["FunctionName"]
    aws.delete_function(FunctionName=name)
    uri = shop.push("second")[0]
    aws.create_function(FunctionName=name, PackageType="Image", Code={"ImageUri": uri}, Role=ROLE)
    assert aws.get_function(FunctionName=name)["Code"]["ImageUri"] == uri
    shop.registry.open.set()
    wait_until_active(aws, name, 30)
    assert run(aws, name, "cat /mark") == "second"
    aws.delete_function(FunctionName=name)
    until(lambda: len(shop.blobs()) <= before, 40)


def test_what_was_pending_when_the_server_was_killed_goes_on(shop):
    """Also when it was killed in the middle of an update; and what is gone by then ends in Failed."""
    updated = create_from_image(shop.aws, shop.push("before")[0])
    update, gone = shop.push("after")[0], shop.push("gone")
    names = {mark: shop.pending(shop.push(mark)[0])["FunctionName"] for mark in ("one", "two")}
    lost = shop.pending(gone[0])["FunctionName"]
    shop.aws.update_function_code(FunctionName=updated, ImageUri=update)
    shop.server.kill()
    shop.registry.lost.add(digest_of(gone[1].layers[-1].data))
    shop.server.start()
    shop.aws = aws = shop.server.client("lambda")
    assert {aws.get_function_configuration(FunctionName=name)["State"] for name in (*names.values(), lost)} == {"Pending"}
    assert run(aws, updated, "cat /mark") == "before"
    shop.registry.open.set()
    for mark, name in names.items():
        wait_until_active(aws, name, 30)
        assert run(aws, name, "cat /mark") == mark
    assert failed_state(aws, lost)[1] == "ImageDeleted"
    aws.get_waiter("function_updated_v2").wait(FunctionName=updated, WaiterConfig=WAIT)
    assert run(aws, updated, "cat /mark") == "after"


def test_a_registry_that_is_away_for_a_moment_is_asked_again(shop):
    name = shop.pending(shop.push("patience")[0])["FunctionName"]
    shop.registry.away = True
    try:
        shop.registry.open.set()
        until(lambda: shop.registry.refusals > 1)
        assert shop.aws.get_function_configuration(FunctionName=name)["State"] == "Pending"
    finally:
        shop.registry.away = False
    wait_until_active(shop.aws, name, 30)
    assert run(shop.aws, name, "cat /mark") == "patience"
