"""Promise: your AWS code runs unchanged. Repositories, images and layers by the service's own operations: what they answer, and
what they refuse with."""

import base64
import json
import os
import time
import uuid

import pytest
import requests
from blackbox_server import allow
from distribution import Registry, index_of
from images import DOCKER, INDEX, MANIFEST, Image, digest_of
from refusals import refusal

ACCOUNT = "000000000000"
NOWHERE = "sha256:" + "0" * 64


@pytest.fixture
def name(ecr):
    made = "r-" + uuid.uuid4().hex
    ecr.create_repository(repositoryName=made)
    return made


def image(**options):
    return Image({"hello": uuid.uuid4().hex}, Cmd=["/hello"], **options)


def upload(ecr, name, blob):
    about = {"repositoryName": name, "uploadId": ecr.initiate_layer_upload(repositoryName=name)["uploadId"]}
    ecr.upload_layer_part(**about, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
    return ecr.complete_layer_upload(**about, layerDigests=[digest_of(blob)])


def put(ecr, name, whole, tag=None):
    for blob in whole.blobs().values():
        if ecr.batch_check_layer_availability(repositoryName=name, layerDigests=[digest_of(blob)])["layers"][0][
                "layerAvailability"] == "UNAVAILABLE":
            upload(ecr, name, blob)
    return ecr.put_image(repositoryName=name, imageManifest=whole.manifest_bytes.decode(), **({"imageTag": tag} if tag else {}))["image"]


def place(name):
    return f"the repository with name '{name}' in the registry with id '{ACCOUNT}'"


def test_the_life_of_a_repository(server, ecr):
    name = "team/" + uuid.uuid4().hex
    made = ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE", tags=[{"Key": "team", "Value": "a"}],
                                 imageScanningConfiguration={"scanOnPush": True})["repository"]
    assert made.pop("createdAt")
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}"
    assert made == {"repositoryArn": arn, "registryId": ACCOUNT, "repositoryName": name,
                    "repositoryUri": server.url.removeprefix("http://") + "/" + name, "imageTagMutability": "IMMUTABLE",
                    "imageScanningConfiguration": {"scanOnPush": True}}
    assert refusal(ecr.create_repository, repositoryName=name) == (
        400, "RepositoryAlreadyExistsException",
        f"The repository with name '{name}' already exists in the registry with id '{ACCOUNT}'")
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "team", "Value": "a"}]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["x", "y"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "team", "Value": "b"}]
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": False})
    shown = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    assert shown["imageScanningConfiguration"] == {"scanOnPush": False} and shown["repositoryArn"] == arn
    assert ecr.delete_repository(repositoryName=name)["repository"]["repositoryName"] == name
    missing = f"The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"
    for call in (ecr.describe_images, ecr.delete_repository, ecr.list_images, ecr.initiate_layer_upload, ecr.get_repository_policy,
                 ecr.get_lifecycle_policy):
        assert refusal(call, repositoryName=name) == (400, "RepositoryNotFoundException", missing)
    assert refusal(ecr.describe_repositories, repositoryNames=[name]) == (400, "RepositoryNotFoundException", missing)
    assert refusal(ecr.list_tags_for_resource, resourceArn=arn) == (400, "RepositoryNotFoundException", missing)


def test_names_that_are_none(ecr):
    for name in ("x", "A", "a//b", "/a", "a_", "a" * 257):
        assert refusal(ecr.create_repository, repositoryName=name)[:2] == (400, "InvalidParameterException")


def test_what_is_not_done_is_refused(ecr):
    for encryption in ({"encryptionType": "AES256"}, {"encryptionType": "KMS"}):
        assert refusal(ecr.create_repository, repositoryName="encrypted", encryptionConfiguration=encryption)[:2] == (501, "NotImplemented")
    assert refusal(ecr.start_image_scan, repositoryName="x1", imageId={"imageTag": "a"})[:2] == (501, "NotImplemented")


def test_repositories_come_in_pages(ecr):
    made = sorted("pages/" + uuid.uuid4().hex for _ in range(5))
    for name in made:
        ecr.create_repository(repositoryName=name)
    pages = list(ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["repositories"]) <= 2 for page in pages)
    listed = [one["repositoryName"] for page in pages for one in page["repositories"]]
    assert listed == sorted(listed) and set(made) <= set(listed)


def test_who_may_see_one_may_not_see_all(server, ecr, name):
    user = server.make_user(policy=allow("ecr:DescribeRepositories", resource=f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}"))
    theirs = server.client("ecr", **user.keys)
    assert len(theirs.describe_repositories(repositoryNames=[name])["repositories"]) == 1
    other = "r-" + uuid.uuid4().hex
    assert refusal(theirs.describe_repositories)[1] == "AccessDeniedException"
    assert refusal(theirs.describe_repositories, repositoryNames=[name, other])[1] == "AccessDeniedException"


def test_repositories_are_of_a_region_and_an_account(server, ecr, name):
    assert refusal(server.client("ecr", region_name="eu-west-1").describe_images, repositoryName=name)[1] == "RepositoryNotFoundException"
    _, root = server.make_account("--name", "other")
    theirs = server.client("ecr", **root)
    assert refusal(theirs.describe_images, repositoryName=name)[1] == "RepositoryNotFoundException"
    assert refusal(theirs.describe_images, repositoryName=name, registryId=ACCOUNT)[1] == "AccessDeniedException"


def test_an_image_by_the_services_own_operations(ecr, registry, name):
    whole = image()
    shown = put(ecr, name, whole, "v1")
    assert shown == {"registryId": ACCOUNT, "repositoryName": name, "imageManifest": whole.manifest_bytes.decode(),
                     "imageId": {"imageDigest": whole.digest, "imageTag": "v1"}, "imageManifestMediaType": MANIFEST}
    assert registry.pull(name, "v1") == (whole.manifest_bytes, whole.blobs())
    got = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "v1"}, {"imageDigest": whole.digest}])
    assert [one["imageManifest"] for one in got["images"]] == [whole.manifest_bytes.decode()] * 2 and got["failures"] == []
    # Whoever reads other forms of manifests alone does not find it.
    kinds = {"readers of it": [DOCKER[MANIFEST], MANIFEST], "others": [DOCKER[MANIFEST]]}
    for reader, accepted in kinds.items():
        got = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "v1"}], acceptedMediaTypes=accepted)
        assert (len(got["images"]), len(got["failures"])) == ((1, 0) if reader == "readers of it" else (0, 1)), reader
    assert got["failures"][0]["failureCode"] == "ImageNotFound"
    detail = ecr.describe_images(repositoryName=name)["imageDetails"][0]
    assert detail.pop("imagePushedAt")
    assert detail == {"registryId": ACCOUNT, "repositoryName": name, "imageDigest": whole.digest, "imageTags": ["v1"],
                      "imageSizeInBytes": sum(map(len, whole.blobs().values())), "imageManifestMediaType": MANIFEST,
                      "artifactMediaType": "application/vnd.oci.image.config.v1+json", "imageStatus": "ACTIVE"}
    assert refusal(ecr.put_image, repositoryName=name, imageManifest=whole.manifest_bytes.decode(), imageTag="v1") == (
        400, "ImageAlreadyExistsException",
        f"Image with digest '{whole.digest}' and tag 'v1' already exists in {place(name)}")
    layer = ecr.batch_check_layer_availability(repositoryName=name, layerDigests=[digest_of(whole.layers[0].data), NOWHERE, "x"])
    assert layer["layers"] == [
        {"layerDigest": digest_of(whole.layers[0].data), "layerAvailability": "AVAILABLE", "layerSize": len(whole.layers[0].data),
         "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"},
        {"layerDigest": NOWHERE, "layerAvailability": "UNAVAILABLE"}]
    assert [(one["layerDigest"], one["failureCode"]) for one in layer["failures"]] == [("x", "InvalidLayerDigest")]


def test_a_layer_in_parts(ecr, registry, name):
    parts = [os.urandom(5 << 20), os.urandom(6 << 20), os.urandom(1000)]
    blob = b"".join(parts)
    begun = ecr.initiate_layer_upload(repositoryName=name)
    assert begun["partSize"] == 20 << 20
    about, sent = {"repositoryName": name, "uploadId": begun["uploadId"]}, 0
    for part in parts:
        first, sent = sent, sent + len(part)
        wrong = refusal(ecr.upload_layer_part, **about, partFirstByte=first + 1, partLastByte=sent, layerPartBlob=part)
        assert wrong[:2] == (400, "InvalidLayerPartException")
        got = ecr.upload_layer_part(**about, partFirstByte=first, partLastByte=sent - 1, layerPartBlob=part)
        assert got["lastByteReceived"] == sent - 1
    assert refusal(ecr.complete_layer_upload, **about, layerDigests=[NOWHERE])[:2] == (400, "InvalidLayerException")
    done = ecr.complete_layer_upload(**about, layerDigests=[digest_of(blob)])
    assert done["layerDigest"] == digest_of(blob)
    assert registry.blob(name, digest_of(blob)).content == blob
    assert refusal(ecr.complete_layer_upload, **about, layerDigests=[digest_of(blob)])[:2] == (400, "UploadNotFoundException")


def test_layers_that_are_refused(ecr, name):
    about = {"repositoryName": name, "uploadId": ecr.initiate_layer_upload(repositoryName=name)["uploadId"]}
    assert refusal(ecr.complete_layer_upload, **about, layerDigests=[NOWHERE])[:2] == (400, "EmptyUploadException")
    assert refusal(ecr.upload_layer_part, **about, partFirstByte=0, partLastByte=5, layerPartBlob=b"x")[:2] == (400, "InvalidParameterException")
    for first in (0, 10):
        ecr.upload_layer_part(**about, partFirstByte=first, partLastByte=first + 9, layerPartBlob=b"x" * 10)
    assert refusal(ecr.complete_layer_upload, **about, layerDigests=[digest_of(b"x" * 20)])[:2] == (400, "LayerPartTooSmallException")
    upload(ecr, name, b"twice")
    with pytest.raises(ecr.exceptions.LayerAlreadyExistsException):
        upload(ecr, name, b"twice")
    assert refusal(ecr.upload_layer_part, repositoryName=name, uploadId=str(uuid.uuid4()), partFirstByte=0, partLastByte=0,
                   layerPartBlob=b"x")[:2] == (400, "UploadNotFoundException")


def test_a_link_to_a_layer(ecr, name):
    blob = os.urandom(1000)
    upload(ecr, name, blob)
    other = b"another"
    upload(ecr, name, other)
    link = ecr.get_download_url_for_layer(repositoryName=name, layerDigest=digest_of(blob))
    assert link["layerDigest"] == digest_of(blob)
    assert requests.get(link["downloadUrl"], timeout=10).content == blob
    # It opens this one alone, and only for reading.
    assert requests.get(link["downloadUrl"].replace(digest_of(blob), digest_of(other)), timeout=10).status_code == 403
    assert requests.get(link["downloadUrl"][:-5], timeout=10).status_code == 403
    assert requests.put(link["downloadUrl"], timeout=10).status_code == 403
    assert refusal(ecr.get_download_url_for_layer, repositoryName=name, layerDigest=NOWHERE)[:2] == (400, "LayersNotFoundException")


def test_images_that_are_refused(ecr, name):
    whole = image()
    status, code, text = refusal(ecr.put_image, repositoryName=name, imageManifest=whole.manifest_bytes.decode(), imageTag="v1")
    digests = ", ".join(sorted(whole.blobs()))
    assert (status, code, text) == (
        400, "LayersNotFoundException",
        f"Layers with digests '[{digests}]' required for pushing image into repository with name '{name}' in the registry with id "
        f"'{ACCOUNT}' do not exist")
    index = index_of(whole).decode()
    assert refusal(ecr.put_image, repositoryName=name, imageManifest=index) == (
        400, "ReferencedImagesNotFoundException",
        f"Images with digests '[{whole.digest}]' required for pushing image into repository with name '{name}' in the registry "
        f"with id '{ACCOUNT}' do not exist")
    for manifest in ("x", "{}", '{"schemaVersion": 1}'):
        assert refusal(ecr.put_image, repositoryName=name, imageManifest=manifest)[:2] == (400, "InvalidParameterException")
    put(ecr, name, whole)
    assert refusal(ecr.put_image, repositoryName=name, imageManifest=whole.manifest_bytes.decode(), imageDigest=NOWHERE)[:2] == (
        400, "ImageDigestDoesNotMatchException")
    assert refusal(ecr.put_image, repositoryName=name, imageManifest=whole.manifest_bytes.decode(), imageTag="-x")[:2] == (
        400, "InvalidParameterException")
    assert refusal(ecr.describe_images, repositoryName=name, imageIds=[{"imageTag": "none"}]) == (
        400, "ImageNotFoundException",
        "The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within " + place(name))


def test_images_are_listed(ecr, name):
    first, second, third = image(), image(), image()
    put(ecr, name, first, "b")
    put(ecr, name, first, "a")
    put(ecr, name, second, "c")
    put(ecr, name, third)

    def listed(**options):
        return [(one["imageDigest"], one.get("imageTag")) for one in ecr.list_images(repositoryName=name, **options)["imageIds"]]

    tagged = sorted([(first.digest, "a"), (first.digest, "b"), (second.digest, "c")])
    assert listed(filter={"tagStatus": "TAGGED"}) == tagged
    assert listed(filter={"tagStatus": "UNTAGGED"}) == [(third.digest, None)]
    assert listed(filter={"imageStatus": "ARCHIVED"}) == []
    everything = listed()
    assert sorted(everything, key=str) == sorted([*tagged, (third.digest, None)], key=str)
    for kind, pick in (("list_images", "imageIds"), ("describe_images", "imageDetails")):
        pages = [page[pick] for page in ecr.get_paginator(kind).paginate(repositoryName=name, PaginationConfig={"PageSize": 1})]
        found = [(one["imageDigest"], one.get("imageTag")) for page in pages for one in page]
        assert all(len(page) <= 1 for page in pages)
        assert found == (everything if kind == "list_images" else sorted((one.digest, None) for one in (first, second, third)))
    for token in ("x", NOWHERE, ":"):
        assert refusal(ecr.list_images, repositoryName=name, nextToken=token)[1] == "InvalidParameterException"
    details = ecr.describe_images(repositoryName=name, filter={"tagStatus": "UNTAGGED"})["imageDetails"]
    assert [one["imageDigest"] for one in details] == [third.digest] and "imageTags" not in details[0]


def test_images_go_one_by_one(ecr, name):
    one, two = image(), image(architecture="arm64")
    for whole, tag in ((one, "a"), (one, "b"), (two, "c")):
        put(ecr, name, whole, tag)
    index = index_of(one, two)
    ecr.put_image(repositoryName=name, imageManifest=index.decode(), imageTag="all")
    gone = ecr.batch_delete_image(repositoryName=name, imageIds=[
        {"imageTag": "a"}, {"imageTag": "none"}, {"imageDigest": two.digest}, {}, {"imageDigest": "x"},
        {"imageTag": "c", "imageDigest": one.digest}])
    assert gone["imageIds"] == [{"imageDigest": one.digest, "imageTag": "a"}]
    assert [one["failureCode"] for one in gone["failures"]] == [
        "ImageNotFound", "ImageReferencedByManifestList", "MissingDigestAndTag", "InvalidImageDigest", "ImageTagDoesNotMatchDigest"]
    assert gone["failures"][0] == {"imageId": {"imageTag": "none"}, "failureCode": "ImageNotFound",
                                   "failureReason": "Requested image not found"}
    assert digest_of(index) in gone["failures"][1]["failureReason"]
    got = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "a"}, {"imageTag": "all"}])
    assert got["images"][0]["imageManifestMediaType"] == INDEX and got["failures"][0]["failureCode"] == "ImageNotFound"
    gone = ecr.batch_delete_image(repositoryName=name, imageIds=[
        {"imageDigest": digest_of(index)}, {"imageTag": "b"}, {"imageDigest": two.digest}])
    assert gone["failures"] == [] and gone["imageIds"] == [
        {"imageDigest": digest_of(index), "imageTag": "all"}, {"imageDigest": one.digest, "imageTag": "b"},
        {"imageDigest": two.digest, "imageTag": "c"}]
    assert ecr.list_images(repositoryName=name)["imageIds"] == []
    layers = ecr.batch_check_layer_availability(repositoryName=name, layerDigests=[digest_of(one.config_bytes)])["layers"]
    assert layers[0]["layerAvailability"] == "UNAVAILABLE"


def test_a_repository_with_images_needs_force(ecr, name):
    put(ecr, name, image(), "v1")
    assert refusal(ecr.delete_repository, repositoryName=name) == (
        400, "RepositoryNotEmptyException",
        f"The repository with name '{name}' in registry with id '{ACCOUNT}' cannot be deleted because it still contains images")
    ecr.delete_repository(repositoryName=name, force=True)
    ecr.create_repository(repositoryName=name)
    assert ecr.list_images(repositoryName=name)["imageIds"] == []


def test_tags_that_stay(ecr, name):
    first, second = image(), image()
    put(ecr, name, first, "v1")
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE")
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException) as error:
        put(ecr, name, second, "v1")
    assert error.value.response["Error"]["Message"] == (
        f"The image tag 'v1' already exists in the '{name}' repository and cannot be overwritten because the tag is immutable.")
    filters = [{"filterType": "WILDCARD", "filter": "v*"}]
    for mutability, exclusions in (("IMMUTABLE", filters), ("IMMUTABLE_WITH_EXCLUSION", None),
                                   ("MUTABLE_WITH_EXCLUSION", [{"filterType": "WILDCARD", "filter": "*a*b*"}])):
        more = {"imageTagMutabilityExclusionFilters": exclusions} if exclusions else {}
        assert refusal(ecr.put_image_tag_mutability, repositoryName=name, imageTagMutability=mutability, **more)[1] == (
            "InvalidParameterException")
    done = ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
                                        imageTagMutabilityExclusionFilters=filters)
    assert done["imageTagMutabilityExclusionFilters"] == filters
    put(ecr, name, second, "v1")
    put(ecr, name, second, "stays")
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException):
        put(ecr, name, first, "stays")
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="MUTABLE_WITH_EXCLUSION",
                                 imageTagMutabilityExclusionFilters=filters)
    put(ecr, name, first, "stays")
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException):
        put(ecr, name, first, "v1")


def test_repository_policies(server, ecr, name):
    missing = (400, "RepositoryPolicyNotFoundException", "Repository policy does not exist for " + place(name))
    assert refusal(ecr.get_repository_policy, repositoryName=name) == missing
    assert refusal(ecr.delete_repository_policy, repositoryName=name) == missing
    for text in ("x", "{}", '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*"}]}'):
        assert refusal(ecr.set_repository_policy, repositoryName=name, policyText=text) == (
            400, "InvalidParameterException",
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'")
    user = server.make_user()
    theirs = server.client("ecr", **user.keys)
    assert refusal(theirs.list_images, repositoryName=name)[1] == "AccessDeniedException"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "ecr:ListImages"}]})
    assert ecr.set_repository_policy(repositoryName=name, policyText=policy)["policyText"] == policy
    assert theirs.list_images(repositoryName=name)["imageIds"] == []
    assert refusal(theirs.describe_images, repositoryName=name)[1] == "AccessDeniedException"
    assert ecr.get_repository_policy(repositoryName=name)["policyText"] == policy
    assert ecr.delete_repository_policy(repositoryName=name)["policyText"] == policy
    assert refusal(theirs.list_images, repositoryName=name)[1] == "AccessDeniedException"


def test_a_policy_that_locks_its_author_out_needs_force(server, ecr, name):
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "ecr:SetRepositoryPolicy"}]})
    admin = server.client("ecr", **server.make_user(policy=allow("ecr:*")).keys)
    for client in (ecr, admin):
        assert refusal(client.set_repository_policy, repositoryName=name, policyText=policy)[:2] == (400, "InvalidParameterException")
    assert refusal(ecr.get_repository_policy, repositoryName=name)[1] == "RepositoryPolicyNotFoundException"
    admin.set_repository_policy(repositoryName=name, policyText=policy, force=True)
    assert refusal(admin.set_repository_policy, repositoryName=name, policyText=policy)[1] == "AccessDeniedException"
    # Who may only because of the policy that is replaced is locked out too, and who may by a tag is not.
    user = server.make_user(policy=allow("ecr:SetRepositoryPolicy", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}))
    tagged = "r-" + uuid.uuid4().hex
    ecr.create_repository(repositoryName=tagged, tags=[{"Key": "team", "Value": "a"}])
    mine = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "ecr:ListImages"}]})
    server.client("ecr", **user.keys).set_repository_policy(repositoryName=tagged, policyText=mine)
    user.may(allow("sts:GetCallerIdentity"))
    ecr.set_repository_policy(repositoryName=tagged, policyText=mine.replace("ecr:ListImages", "ecr:SetRepositoryPolicy"))
    assert refusal(server.client("ecr", **user.keys).set_repository_policy, repositoryName=tagged, policyText=mine)[1] == "InvalidParameterException"


def rule(priority, number, kind="imageCountMoreThan", **selection):
    unit = {"countUnit": "days"} if kind == "sinceImagePushed" else {}
    return {"rulePriority": priority, "description": "x" * 60, "action": {"type": "expire"},
            "selection": {"countType": kind, "countNumber": number, **unit, **selection}}


def policy_text(*rules):
    return json.dumps({"rules": list(rules)})


def test_lifecycle_policies_that_are_none(ecr, name):
    missing = (400, "LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for " + place(name))
    assert refusal(ecr.get_lifecycle_policy, repositoryName=name) == missing
    assert refusal(ecr.delete_lifecycle_policy, repositoryName=name) == missing
    fine = rule(1, 5, tagStatus="any")
    for text in ("x" * 100, policy_text() + " " * 100, policy_text(fine, fine), policy_text({**fine, "rulePriority": 0}),
                 policy_text(rule(1, 5, tagStatus="tagged")), policy_text(rule(1, 0, tagStatus="any")),
                 policy_text(fine, rule(2, 5, tagStatus="untagged")), policy_text({**fine, "more": 1}),
                 policy_text(rule(1, 5, "sinceImagePulled", tagStatus="any"))):
        assert refusal(ecr.put_lifecycle_policy, repositoryName=name, lifecyclePolicyText=text)[:2] == (400, "InvalidParameterException")


def test_a_lifecycle_policy_expires_images(ecr, registry, name):
    """The oldest first; what another rule is for, and what an index names, stays."""
    kept = registry.push(name, image(), "release-1")
    old = [registry.push(name, image(), f"dev-{number}") for number in range(4)]
    named = registry.push(name, image())
    registry.push_index(name, "release-2", index_of(named))
    untagged = registry.push(name, image())
    text = policy_text(rule(1, 2, tagStatus="tagged", tagPrefixList=["dev-"]), rule(2, 9, tagStatus="tagged", tagPatternList=["rel*"]),
                       rule(3, 1, tagStatus="untagged"), rule(4, 1, tagStatus="any"))
    assert ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)["lifecyclePolicyText"] == text
    assert ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"] == text
    deadline = time.monotonic() + 90
    while "lastEvaluatedAt" not in ecr.get_lifecycle_policy(repositoryName=name):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    left = {one.get("imageTag") or one["imageDigest"] for one in ecr.list_images(repositoryName=name)["imageIds"]}
    assert left == {"release-1", "dev-2", "dev-3", "release-2", named.digest, untagged.digest}
    assert registry.pull(name, kept.digest) and registry.blob(name, digest_of(old[0].config_bytes)).status_code == 404
    assert ecr.delete_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"] == text


def test_a_token(server, ecr):
    data = ecr.get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == server.url
    assert base64.b64decode(data["authorizationToken"]).startswith(b"AWS:")
    left = data["expiresAt"].timestamp() - time.time()
    assert 12 * 3600 - 10 < left <= 12 * 3600
    other = ecr.get_authorization_token(registryIds=["111122223333"])["authorizationData"][0]
    assert other["proxyEndpoint"] == "http://111122223333.dkr.ecr.us-east-1.localhost:" + server.url.rpartition(":")[2]


def test_a_token_of_a_role(server, ecr, name):
    """Outlives its session, as on the service, and not its role."""
    iam = server.client("iam")
    role = iam.create_role(RoleName="r-" + uuid.uuid4().hex, AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}}))["Role"]
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": allow("ecr:*")}))
    user = server.make_user(policy=allow("sts:AssumeRole"))
    keys = server.client("sts", **user.keys).assume_role(RoleArn=role["Arn"], RoleSessionName="pusher")["Credentials"]
    theirs = Registry.of(server, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                         aws_session_token=keys["SessionToken"])
    theirs.push(name, image(), "v1")
    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="p")
    assert theirs.send("GET", f"/v2/{name}/manifests/v1").status_code == 403
    iam.delete_role(RoleName=role["RoleName"])
    assert theirs.send("GET", "/v2/").status_code == 400
