"""Promise: your AWS code runs unchanged: an image that was pushed to a repository is a function, for its own account, and for
others that the repository's policy lets; and it stays one when the image has gone."""

import json
import uuid

import pytest
from blackbox_server import ROLE
from distribution import Registry
from images import BUSYBOX, File, Image, busybox_layer
from test_images import CLIENT, run

pytestmark = pytest.mark.skipif(not BUSYBOX.exists(), reason="this host lacks Debian's busybox-static")
NOWHERE = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def pushed(server, ecr):
    """A repository and an image in it."""
    name = "functions/" + uuid.uuid4().hex
    repository = ecr.create_repository(repositoryName=name)["repository"]
    image = Image(busybox_layer(), {"client": File(CLIENT, 0o755)}, Entrypoint=["/client"])
    Registry.of(server).push(name, image, "v1")
    return repository, image


def make(aws, uri, role=ROLE):
    name = "i-" + uuid.uuid4().hex[:12]
    made = aws.create_function(FunctionName=name, PackageType="Image", Code={"ImageUri": uri}, Role=role)
    aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
    return made


def refused(aws, uri, role=ROLE):
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as told:
        aws.create_function(FunctionName="i-refused", PackageType="Image", Code={"ImageUri": uri}, Role=role)
    return told.value.response["Error"]["Message"]


def test_an_image_of_the_registry_is_a_function(server, aws, pushed):
    repository, image = pushed
    port = server.url.rpartition(":")[2]
    for place in (repository["repositoryUri"], f"localhost:{port}/{repository['repositoryName']}",
                  f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{repository['repositoryName']}"):
        for suffix in (":v1", "@" + image.digest):
            made = make(aws, place + suffix)
            assert run(aws, made["FunctionName"], "echo hello") == "hello"
            assert made["CodeSha256"] == image.digest.removeprefix("sha256:")
            assert aws.get_function(FunctionName=made["FunctionName"])["Code"] == {
                "RepositoryType": "ECR", "ImageUri": place + suffix, "ResolvedImageUri": f"{place}@{image.digest}"}


def test_images_that_are_not_there(aws, pushed):
    place = pushed[0]["repositoryUri"]
    for uri in (place + ":none", f"{place}@{NOWHERE}", place.rpartition("/")[0] + "/not-there:v1", place):
        assert refused(aws, uri).startswith(f"Source image {uri} does not exist. Provide a valid source image.")


def test_the_function_outlives_its_image(server, aws, ecr):
    name = "brief/" + uuid.uuid4().hex
    place = ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]
    Registry.of(server).push(name, Image(busybox_layer(), {"client": File(CLIENT, 0o755)}, Entrypoint=["/client"]), "v1")
    function = make(aws, place + ":v1")["FunctionName"]
    ecr.delete_repository(repositoryName=name, force=True)
    assert run(aws, function, "echo still here") == "still here"


def test_another_account_needs_the_repositorys_policy(server, ecr, pushed):
    repository, _ = pushed
    number, root = server.make_account("--name", "tenant")
    role = server.make_role("tenant", "service-role/AWSLambdaBasicExecutionRole", account=number, **root)
    theirs = server.client("lambda", **root)
    uri = f"000000000000.dkr.ecr.us-east-1.localhost/{repository['repositoryName']}:v1"
    denied = "Lambda does not have permission to access the ECR image. Check the ECR permissions."
    assert refused(theirs, uri, role).startswith(denied)

    def let(source):
        ecr.set_repository_policy(repositoryName=repository["repositoryName"], policyText=json.dumps({
            "Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                "Condition": {"StringLike": {"aws:sourceArn": source}}}}))

    let("arn:aws:lambda:us-east-1:111122223333:function:*")
    assert refused(theirs, uri, role).startswith(denied)
    let(f"arn:aws:lambda:us-east-1:{number}:function:*")
    assert run(theirs, make(theirs, uri, role)["FunctionName"], "echo hello") == "hello"
