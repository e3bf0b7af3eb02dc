"""Promise: only trusted code is deployed. A package that a signing profile signed is taken by functions whose code signing
configuration names that profile; one that was changed never is, and all else is refused where signatures are enforced."""
import datetime
import io
import subprocess
import time
import uuid
import zipfile

import pytest
from blackbox_server import ROLE, ROOT, Server, allow, invoke, package
from operations import Wire, served
from refusals import refusal

SIGNATURE = "META-INF/hearth_signature_v1.SF"
PLATFORM = "AWSLambda-SHA384-ECDSA"
CANNOT = ("Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not "
          "configured to accept. Check the provided signature for {}.")
CODE = "def handler(event, context):\n    return {!r}\n"


class World:
    """The clients of one server, and a bucket that has versions."""

    def __init__(self, server, **keys):
        self.server = server
        self.signer, self.aws, self.s3 = (server.client(name, **keys) for name in ("signer", "lambda", "s3"))
        self.bucket = "signing-" + uuid.uuid4().hex
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def profile(self, **options):
        name = "p_" + uuid.uuid4().hex[:12]
        return name, self.signer.put_signing_profile(profileName=name, platformId=PLATFORM, **options)["profileVersionArn"]

    def put(self, body, key=None):
        key = key or uuid.uuid4().hex
        version = self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)["VersionId"]
        return {"s3": {"bucketName": self.bucket, "key": key, "version": version}}

    def job(self, profile, source, client=None, **options):
        signer = client or self.signer
        target = options.pop("destination", {"s3": {"bucketName": self.bucket, "prefix": "signed/"}})
        job = signer.start_signing_job(source=source, destination=target, profileName=profile, **options)["jobId"]
        return self.ended(job)

    def ended(self, job):
        for _ in range(200):
            told = self.signer.describe_signing_job(jobId=job)
            if told["status"] != "InProgress":
                return told
            time.sleep(0.05)
        raise AssertionError("the job does not end")

    def signed(self, profile, body):
        """The job, and what it made of the package."""
        told = self.job(profile, self.put(body))
        assert told["status"] == "Succeeded", told
        where = told["signedObject"]["s3"]
        return told, self.s3.get_object(Bucket=where["bucketName"], Key=where["key"])["Body"].read()

    def config(self, *profiles, policy=None, **options):
        if policy:
            options["CodeSigningPolicies"] = {"UntrustedArtifactOnDeployment": policy}
        told = self.aws.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": list(profiles)}, **options)
        return told["CodeSigningConfig"]["CodeSigningConfigArn"]

    def create(self, body, **options):
        name = "f-" + uuid.uuid4().hex[:12]
        self.aws.create_function(FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=ROLE, Code={"ZipFile": body},
                                 **options)
        self.aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
        return name

    def refused(self, body, config):
        """That a new function and a change of one are refused alike, and what is said."""
        new = refusal(self.aws.create_function, FunctionName="refused", Runtime="python3.11", Handler="app.handler", Role=ROLE,
                      Code={"ZipFile": body}, CodeSigningConfigArn=config)
        name = self.create(package(CODE.format("before")))
        self.aws.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=config)
        change = refusal(self.aws.update_function_code, FunctionName=name, ZipFile=body)
        assert change == (*new[:2], new[2].replace("refused", name))
        assert invoke(self.aws, name)[1] == "before"
        assert refusal(self.aws.get_function, FunctionName="refused")[1] == "ResourceNotFoundException"
        return new


@pytest.fixture(scope="module")
def world(server):
    return World(server)


@pytest.fixture(scope="module")
def trusted(world):
    return world.profile()


def rewritten(archive, change):
    """The archive with what `change` makes of its entries, a dictionary."""
    with zipfile.ZipFile(io.BytesIO(archive)) as before:
        entries = {info: before.read(info) for info in before.infolist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for info, data in change(entries).items():
            after.writestr(info, data)
    return out.getvalue()


def with_text(archive, text, path="app.py"):
    return rewritten(archive, lambda entries: {info: text if info.filename == path else data for info, data in entries.items()})


def test_a_signed_package_is_deployed_and_says_who_signed_it(world, trusted):
    name, version = trusted
    job, body = world.signed(name, package(CODE.format("signed")))
    arn = f"arn:aws:signer:us-east-1:{job['jobOwner']}:/signing-jobs/{job['jobId']}"
    function = world.create(body, CodeSigningConfigArn=world.config(version, policy="Enforce"))
    told = world.aws.get_function_configuration(FunctionName=function)
    assert (told["SigningProfileVersionArn"], told["SigningJobArn"]) == (version, arn)
    assert invoke(world.aws, function)[1] == "signed"
    world.aws.update_function_code(FunctionName=function, ZipFile=world.signed(name, package(CODE.format("again")))[1])
    world.aws.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 0.05})
    assert invoke(world.aws, function)[1] == "again"
    version_told = world.aws.publish_version(FunctionName=function)
    assert version_told["SigningProfileVersionArn"] == version and version_told["SigningJobArn"] != arn


def test_what_is_signed_is_what_was_given(world, trusted):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as given:
        given.writestr("app.py", "x")
        tool = zipfile.ZipInfo("bin/tool", (2024, 2, 3, 4, 5, 6))
        tool.external_attr = 0o100755 << 16
        given.writestr(tool, "#!/bin/sh\n")
        given.writestr("gr\u00fc\u00df.txt", "name")
    job, body = world.signed(trusted[0], out.getvalue())
    with zipfile.ZipFile(io.BytesIO(body)) as got:
        assert set(got.namelist()) == {"app.py", "bin/tool", "gr\u00fc\u00df.txt", SIGNATURE}
        assert got.read("app.py") == b"x" and got.getinfo("bin/tool").external_attr >> 16 & 0o777 == 0o755
        signature = got.read(SIGNATURE).decode()
    assert f"/signing-jobs/{job['jobId']}\n" in signature and f"profile {trusted[1]}\n" in signature
    # Packing anew changes nothing that runs.
    world.create(rewritten(body, lambda entries: dict(reversed(entries.items()))),
                 CodeSigningConfigArn=world.config(trusted[1], policy="Enforce"))


@pytest.mark.parametrize("policy", ["Warn", "Enforce"])
def test_what_was_changed_since_is_never_deployed(world, trusted, policy):
    body = world.signed(trusted[0], package({"app.py": CODE.format("x"), "data": "0123456789"}))[1]
    config = world.config(trusted[1], policy=policy)
    more = zipfile.ZipInfo("more.py")
    forged = rewritten(body, lambda entries: {info: data.replace(b"expires ", b"expires 9") if info.filename == SIGNATURE else data
                                              for info, data in entries.items()})
    changes = {
        "one byte": with_text(body, b"0123456780", "data"),
        "an entry more": rewritten(body, lambda entries: {**entries, more: b""}),
        "an entry less": rewritten(body, lambda entries: {info: data for info, data in entries.items() if info.filename != "data"}),
        "the signature's end": forged,
        "no signature": with_text(body, b"", SIGNATURE),
    }
    for what, changed in changes.items():
        status, code, text = world.refused(changed, config)
        assert (status, code) == (400, "InvalidCodeSignatureException"), what
        assert text.endswith("Check the provided signature for refused."), what


def test_tricks_with_paths(world, trusted):
    """The same path twice, in another spelling, or through a link: none gets past the signature."""
    body = world.signed(trusted[0], package({"app.py": CODE.format("x"), "lib/a.py": ""}))[1]
    config = world.config(trusted[1], policy="Warn")
    for path in ("app.py", "./app.py", "lib//a.py", "lib/./a.py", "META-INF/./hearth_signature_v1.SF", SIGNATURE):
        out = io.BytesIO(body)
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(path, "evil = 1\n")
        code = refusal(world.aws.create_function, FunctionName="tricked", Runtime="python3.11", Handler="app.handler", Role=ROLE,
                       Code={"ZipFile": out.getvalue()}, CodeSigningConfigArn=config)[1]
        assert code == "InvalidCodeSignatureException", path


def test_a_signature_of_another_package(world, trusted):
    one, other = (world.signed(trusted[0], package(CODE.format(text)))[1] for text in ("one", "other"))
    with zipfile.ZipFile(io.BytesIO(other)) as archive:
        signature = archive.read(SIGNATURE)
    config = world.config(trusted[1], policy="Warn")
    assert world.refused(with_text(one, signature, SIGNATURE), config)[1] == "InvalidCodeSignatureException"


def check_untrusted(world, body, *publishers):
    """By policy: refused, or let through."""
    assert world.refused(body, world.config(*publishers, policy="Enforce")) == (
        400, "CodeVerificationFailedException", CANNOT.format("refused"))
    function = world.create(body, CodeSigningConfigArn=world.config(*publishers))
    assert "FunctionError" not in invoke(world.aws, function)[0]


def test_what_nobody_signed(world, trusted):
    check_untrusted(world, package(CODE.format("x")), trusted[1])


def test_what_another_signed(world, trusted):
    check_untrusted(world, world.signed(world.profile()[0], package(CODE.format("x")))[1], trusted[1])


def test_a_signature_that_was_taken_back(world):
    name, version = world.profile()
    job, body = world.signed(name, package(CODE.format("x")))
    still = world.signed(name, package(CODE.format("y")))[1]
    enforcing = world.config(version, policy="Enforce")
    kept = world.create(body, CodeSigningConfigArn=enforcing)
    world.signer.revoke_signature(jobId=job["jobId"], reason="mistake")
    record = world.signer.describe_signing_job(jobId=job["jobId"])["revocationRecord"]
    assert record["reason"] == "mistake" and record["revokedBy"].startswith("arn:aws:iam::")
    revoked = [one["jobId"] for page in world.signer.get_paginator("list_signing_jobs").paginate(isRevoked=True)
               for one in page["jobs"]]
    assert job["jobId"] in revoked
    check_untrusted(world, body, version)
    world.create(still, CodeSigningConfigArn=enforcing)
    assert invoke(world.aws, kept)[1] == "x"  # what is deployed stays


def test_a_profile_that_was_taken_back(world):
    name, version = world.profile()
    before = world.signed(name, package(CODE.format("before")))[1]
    time.sleep(0.01)
    moment = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=1)
    time.sleep(max(0, (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) + 0.05)
    after = world.signed(name, package(CODE.format("after")))[1]
    world.signer.revoke_signing_profile(profileName=name, profileVersion=version.rpartition("/")[2], reason="lost", effectiveTime=moment)
    told = world.signer.get_signing_profile(profileName=name)
    assert told["status"] == "Revoked" and told["revocationRecord"]["revocationEffectiveFrom"] == moment
    check_untrusted(world, after, version)
    world.create(before, CodeSigningConfigArn=world.config(version, policy="Enforce"))
    assert refusal(world.signer.start_signing_job, source=world.put(b"x"), destination={"s3": {"bucketName": world.bucket}},
                   profileName=name)[1] == "ValidationException"


def test_a_signature_that_has_ended(tmp_path):
    library = tmp_path / "later.so"
    subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", library, ROOT / "tests/support/later.c", "-ldl"], check=True)
    now = Server(str(tmp_path / "data")).start()
    world = World(now)
    profile, version = world.profile(signatureValidityPeriod={"value": 1, "type": "DAYS"})
    body = world.signed(profile, package(CODE.format("x")))[1]
    enforcing, warning = world.config(version, policy="Enforce"), world.config(version)
    world.create(body, CodeSigningConfigArn=enforcing)
    assert now.stop() == 0
    later = Server(now.data, under=("env", f"LD_PRELOAD={library}", "LATER_SECONDS=90000"))
    later.make_role = lambda *_, **__: None  # its clients' clocks are behind
    later.start()
    create = next(one for one in served() if str(one) == "lambda-CreateFunction")

    def created(config):
        given = {"FunctionName": "late", "Runtime": "python3.11", "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": body},
                 "CodeSigningConfigArn": config}
        return Wire(later.url).send(create, given, now.credentials, age=datetime.timedelta(seconds=-90000))
    refused = created(enforcing)
    assert (refused.status, refused.code, refused.text) == (400, "CodeVerificationFailedException", CANNOT.format("late"))
    assert created(warning).status == 201
    assert later.stop() == 0


def test_layers(world, trusted):
    """Of a function whose code must be signed, layers must be too."""
    name, version = trusted
    config = world.config(version, policy="Enforce")
    bare = package({"python/lib.py": "value = 'layer'\n"})
    job, body = world.signed(name, bare)

    def published(content):
        told = world.aws.publish_layer_version(LayerName="l-" + uuid.uuid4().hex[:8], Content={"ZipFile": content})
        return told["LayerVersionArn"], told["Content"]

    good, content = published(body)
    assert content["SigningProfileVersionArn"] == version and content["SigningJobArn"].endswith(job["jobId"])
    assert world.aws.get_layer_version_by_arn(Arn=good)["Content"]["SigningJobArn"] == content["SigningJobArn"]
    unsigned, content = published(bare)
    assert "SigningJobArn" not in content
    changed = published(with_text(body, b"value = 1\n", "python/lib.py"))[0]
    code = world.signed(name, package("import lib\n\ndef handler(event, context):\n    return lib.value\n"))[1]
    function = world.create(code, CodeSigningConfigArn=config, Layers=[good])
    assert invoke(world.aws, function)[1] == "layer"
    assert world.aws.get_function_configuration(FunctionName=function)["Layers"][0]["SigningProfileVersionArn"] == version
    assert refusal(world.aws.update_function_configuration, FunctionName=function, Layers=[unsigned]) == (
        400, "CodeVerificationFailedException", CANNOT.format(function))
    assert refusal(world.aws.update_function_configuration, FunctionName=function, Layers=[changed])[1] == "InvalidCodeSignatureException"
    assert refusal(world.aws.create_function, FunctionName="refused", Runtime="python3.11", Handler="app.handler", Role=ROLE,
                   Code={"ZipFile": code}, CodeSigningConfigArn=config, Layers=[good, unsigned])[1] == "CodeVerificationFailedException"
    free = world.create(code, Layers=[unsigned, changed])  # nothing is asked of functions without a configuration
    assert len(world.aws.get_function_configuration(FunctionName=free)["Layers"]) == 2


def test_configurations(world, trusted):
    arn = world.config(trusted[1], Description="mine", Tags={"a": "b"})
    told = world.aws.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"]
    assert told["CodeSigningConfigId"] == arn.rpartition(":")[2] and len(told["CodeSigningConfigId"]) == 21
    assert told["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"} and told["Description"] == "mine"
    assert told["AllowedPublishers"] == {"SigningProfileVersionArns": [trusted[1]]}
    assert world.aws.list_tags(Resource=arn)["Tags"] == {"a": "b"}
    world.aws.tag_resource(Resource=arn, Tags={"c": "d"})
    world.aws.untag_resource(Resource=arn, TagKeys=["a"])
    assert world.aws.list_tags(Resource=arn)["Tags"] == {"c": "d"}
    changed = world.aws.update_code_signing_config(
        CodeSigningConfigArn=arn, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})["CodeSigningConfig"]
    assert changed["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"} and changed["Description"] == "mine"
    every = [one["CodeSigningConfigArn"] for page in world.aws.get_paginator("list_code_signing_configs").paginate()
             for one in page["CodeSigningConfigs"]]
    assert arn in every
    world.aws.delete_code_signing_config(CodeSigningConfigArn=arn)
    for call in (world.aws.get_code_signing_config, world.aws.delete_code_signing_config,
                 world.aws.list_functions_by_code_signing_config):
        assert refusal(call, CodeSigningConfigArn=arn)[:2] == (404, "ResourceNotFoundException")
    assert refusal(world.aws.create_code_signing_config,
                   AllowedPublishers={"SigningProfileVersionArns": [trusted[1]] * 21})[1] in ("ValidationException",
                                                                                            "InvalidParameterValueException")


def test_functions_of_a_configuration(world, trusted):
    arn, other = world.config(trusted[1]), world.config(trusted[1])
    names = sorted(world.create(package(CODE.format("x"))) for _ in range(3))
    answer = world.aws.get_function_code_signing_config(FunctionName=names[0])
    assert "CodeSigningConfigArn" not in answer
    for name in names:
        world.aws.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=arn)
    told = world.aws.get_function_code_signing_config(FunctionName=names[0])
    assert (told["CodeSigningConfigArn"], told["FunctionName"]) == (arn, names[0])
    pages = world.aws.get_paginator("list_functions_by_code_signing_config").paginate(CodeSigningConfigArn=arn,
                                                                                     PaginationConfig={"PageSize": 2})
    assert [one.rpartition(":")[2] for page in pages for one in page["FunctionArns"]] == names
    assert refusal(world.aws.delete_code_signing_config, CodeSigningConfigArn=arn)[:2] == (409, "ResourceConflictException")
    world.aws.put_function_code_signing_config(FunctionName=names[0], CodeSigningConfigArn=other)
    world.aws.delete_function_code_signing_config(FunctionName=names[1])
    world.aws.delete_function(FunctionName=names[2])
    assert world.aws.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == []
    world.aws.delete_code_signing_config(CodeSigningConfigArn=arn)
    status, code, text = refusal(world.aws.put_function_code_signing_config, FunctionName=names[0], CodeSigningConfigArn=arn)
    assert (status, code) == (404, "CodeSigningConfigNotFoundException")
    assert text == f"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."
    assert refusal(world.aws.put_function_code_signing_config, FunctionName="nobody", CodeSigningConfigArn=other)[1] == (
        "ResourceNotFoundException")


def test_permissions_by_configuration(server, world, trusted):
    """Policies say which configurations may be given to functions, and tags whose a configuration is."""
    good, other = world.config(trusted[1], Tags={"team": "red"}), world.config(trusted[1], Tags={"team": "blue"})
    name = world.create(package(CODE.format("x")))
    user = server.make_user()
    aws = server.client("lambda", **user.keys)
    user.may(allow("lambda:PutFunctionCodeSigningConfig", Condition={"StringEquals": {"lambda:CodeSigningConfigArn": good}}),
             allow("lambda:UpdateCodeSigningConfig", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}))
    aws.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=good)
    assert refusal(aws.put_function_code_signing_config, FunctionName=name, CodeSigningConfigArn=other)[1] == "AccessDeniedException"
    aws.update_code_signing_config(CodeSigningConfigArn=good, Description="mine")
    assert refusal(aws.update_code_signing_config, CodeSigningConfigArn=other)[1] == "AccessDeniedException"


def test_permissions_by_tags_of_profiles(server, world):
    red, blue = world.profile(tags={"team": "red"})[0], world.profile(tags={"team": "blue"})[0]
    user = server.make_user(policy=allow("signer:CancelSigningProfile", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}))
    signer = server.client("signer", **user.keys)
    assert refusal(signer.cancel_signing_profile, profileName=blue)[1] == "AccessDeniedException"
    signer.cancel_signing_profile(profileName=red)


def test_images_are_not_signed(world, trusted):
    arn = world.config(trusted[1])
    status, code, text = refusal(world.aws.create_function, FunctionName="image", Role=ROLE, PackageType="Image",
                                 Code={"ImageUri": "oci:/nowhere"}, CodeSigningConfigArn=arn)
    assert (status, code) == (400, "InvalidParameterValueException") and "container images" in text


def test_profiles(world):
    name, version = world.profile(tags={"team": "red"})
    told = world.signer.get_signing_profile(profileName=name)
    assert told["profileVersionArn"] == version and len(told["profileVersion"]) == 10 and told["status"] == "Active"
    assert told["signatureValidityPeriod"] == {"value": 135, "type": "MONTHS"} and told["platformId"] == PLATFORM
    assert refusal(world.signer.put_signing_profile, profileName=name, platformId=PLATFORM)[:2] == (400, "ValidationException")
    world.signer.tag_resource(resourceArn=told["arn"], tags={"more": "x"})
    world.signer.untag_resource(resourceArn=told["arn"], tagKeys=["team"])
    assert world.signer.list_tags_for_resource(resourceArn=told["arn"])["tags"] == {"more": "x"}
    world.signer.cancel_signing_profile(profileName=name)
    assert world.signer.get_signing_profile(profileName=name)["status"] == "Canceled"

    def listed(**which):
        return [one["profileName"] for page in world.signer.get_paginator("list_signing_profiles").paginate(**which)
                for one in page["profiles"]]
    assert name not in listed() and name in listed(includeCanceled=True) and name in listed(statuses=["Canceled"])
    again = world.signer.put_signing_profile(profileName=name, platformId=PLATFORM)["profileVersionArn"]
    assert again != version and again.rpartition("/")[0] == version.rpartition("/")[0] and name in listed()


def test_other_platforms(world):
    assert world.signer.get_signing_platform(platformId=PLATFORM)["displayName"] == "AWS Lambda"
    assert [one["platformId"] for one in world.signer.list_signing_platforms()["platforms"]] == [PLATFORM]
    assert refusal(world.signer.put_signing_profile, profileName="oci", platformId="Notation-OCI-SHA384-ECDSA")[:2] == (
        501, "NotImplemented")
    assert refusal(world.signer.put_signing_profile, profileName="none", platformId="none")[1] == "ResourceNotFoundException"
    for name in ("a-b", "a/b", "a b", "x" * 65):
        assert refusal(world.signer.put_signing_profile, profileName=name, platformId=PLATFORM)[1] in ("ValidationException", "404"), name
    for value, unit in ((0, "DAYS"), (136, "MONTHS"), (12, "YEARS")):
        assert refusal(world.signer.put_signing_profile, profileName="long", platformId=PLATFORM,
                       signatureValidityPeriod={"value": value, "type": unit})[1] == "ValidationException"


def test_jobs_that_cannot_be_done(world, trusted):
    good = world.put(package(CODE.format("x")))
    twice = io.BytesIO(package(CODE.format("x")))
    with zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("app.py", "y")
    gone = {"s3": {**good["s3"], "key": "never"}}
    nowhere = {"s3": {"bucketName": "no-such-bucket-" + uuid.uuid4().hex}}
    for told in (world.job(trusted[0], world.put(b"no archive")), world.job(trusted[0], world.put(twice.getvalue())),
                 world.job(trusted[0], gone), world.job(trusted[0], good, destination=nowhere)):
        assert told["status"] == "Failed" and told["statusReason"] and "signedObject" not in told
    assert refusal(world.signer.start_signing_job, source=good, destination=nowhere, profileName="nobody")[1] == (
        "ResourceNotFoundException")


def test_a_job_that_is_asked_for_twice_is_one(world, trusted):
    source, token = world.put(package(CODE.format("x"))), uuid.uuid4().hex
    first = world.job(trusted[0], source, clientRequestToken=token)
    assert world.job(trusted[0], source, clientRequestToken=token)["jobId"] == first["jobId"]
    target = {"s3": {"bucketName": world.bucket, "prefix": "elsewhere/"}}
    assert refusal(world.signer.start_signing_job, source=source, destination=target, profileName=trusted[0],
                   clientRequestToken=token)[1] == "ValidationException"
    listed = [one["jobId"] for page in world.signer.get_paginator("list_signing_jobs").paginate(status="Succeeded")
              for one in page["jobs"]]
    assert listed.count(first["jobId"]) == 1


def test_a_job_has_the_rights_of_who_asked(server, world, trusted):
    source = world.put(package(CODE.format("x")))
    user = server.make_user(policy=allow("signer:StartSigningJob"))
    told = world.job(trusted[0], source, client=server.client("signer", **user.keys))
    assert told["status"] == "Failed" and "s3:GetObject" in told["statusReason"]
    user.may(allow("signer:StartSigningJob", "s3:GetObject", "s3:GetObjectVersion"))
    told = world.job(trusted[0], source, client=server.client("signer", **user.keys))
    assert told["status"] == "Failed" and "s3:PutObject" in told["statusReason"]
    user.may(allow("signer:StartSigningJob", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"))
    told = world.job(trusted[0], source, client=server.client("signer", **user.keys))
    assert told["status"] == "Succeeded" and told["requestedBy"] == user.arn


def test_a_profile_is_its_account_s_own(server, world, trusted):
    """The same name elsewhere is another profile, and another key."""
    _, root = server.make_account("--name", "signing")
    other = World(server, **root)
    other.signer.put_signing_profile(profileName=trusted[0], platformId=PLATFORM)
    body = other.signed(trusted[0], package(CODE.format("x")))[1]
    assert world.refused(body, world.config(trusted[1], policy="Enforce"))[1] == "CodeVerificationFailedException"


def test_another_account_signs_as_it_is_permitted(server, world):
    account, root = server.make_account("--name", "guest")
    guest, owner = World(server, **root), "0" * 12
    name, version = world.profile()
    source = guest.put(package(CODE.format("signed by a guest")))
    theirs = {"profileName": name, "profileOwner": owner}
    start = {"source": source, "destination": {"s3": {"bucketName": guest.bucket}}, **theirs}

    def permit(action, statement, **more):
        return world.signer.add_profile_permission(profileName=name, action="signer:" + action, principal=account, statementId=statement,
                                                   **more)["revisionId"]

    assert refusal(guest.signer.start_signing_job, **start)[1] == "AccessDeniedException"
    first = permit("StartSigningJob", "sign")
    told = guest.job(name, source, profileOwner=owner)
    assert (told["status"], told["jobOwner"], told["jobInvoker"]) == ("Succeeded", owner, account)
    assert world.signer.describe_signing_job(jobId=told["jobId"])["requestedBy"] == told["requestedBy"]
    where = told["signedObject"]["s3"]
    body = guest.s3.get_object(Bucket=where["bucketName"], Key=where["key"])["Body"].read()
    deploy = {"CodeSigningConfigArn": world.config(version, policy="Enforce")}
    assert invoke(world.aws, world.create(body, **deploy))[1] == "signed by a guest"
    assert refusal(guest.signer.describe_signing_job, jobId=world.signed(name, body)[0]["jobId"])[1] == "ResourceNotFoundException"

    # Each permission is for what it says alone, and for the version that it names.
    assert refusal(guest.signer.get_signing_profile, **theirs)[1] == "AccessDeniedException"
    permit("GetSigningProfile", "see", profileVersion="Another123", revisionId=first)
    assert refusal(guest.signer.get_signing_profile, **theirs)[1] == "AccessDeniedException"
    permit("GetSigningProfile", "look", profileVersion=version.rpartition("/")[2])
    assert guest.signer.get_signing_profile(**theirs)["profileVersionArn"] == version
    revoke = {"jobId": told["jobId"], "jobOwner": owner, "reason": "a mistake"}
    assert refusal(guest.signer.revoke_signature, **revoke)[1] == "AccessDeniedException"
    last = permit("RevokeSignature", "revoke")
    guest.signer.revoke_signature(**revoke)
    assert world.refused(body, deploy["CodeSigningConfigArn"])[1] == "CodeVerificationFailedException"

    listed = world.signer.list_profile_permissions(profileName=name)
    assert listed["revisionId"] == last and listed["policySizeBytes"] > 100
    assert [one["statementId"] for one in listed["permissions"]] == ["sign", "see", "look", "revoke"]
    assert listed["permissions"][1] == {"action": "signer:GetSigningProfile", "principal": account, "statementId": "see",
                                        "profileVersion": "Another123"}
    remove = {"profileName": name, "statementId": "sign"}
    assert refusal(world.signer.remove_profile_permission, **remove, revisionId=first)[1] == "ConflictException"
    world.signer.remove_profile_permission(**remove, revisionId=last)
    assert refusal(guest.signer.start_signing_job, **start)[1] == "AccessDeniedException"


def test_permissions_that_cannot_be(world):
    name, _ = world.profile()
    add = {"profileName": name, "action": "signer:StartSigningJob", "principal": "1" * 12, "statementId": "one"}
    assert world.signer.list_profile_permissions(profileName=name)["permissions"] == []
    world.signer.add_profile_permission(**add)
    for change, code in (({}, "ConflictException"), ({"statementId": "two", "revisionId": "another"}, "ConflictException"),
                         ({"action": "signer:PutSigningProfile"}, "ValidationException"), ({"principal": "somebody"}, "ValidationException"),
                         ({"profileName": "missing"}, "ResourceNotFoundException")):
        assert refusal(world.signer.add_profile_permission, **{**add, **change})[1] == code, change
    assert refusal(world.signer.remove_profile_permission, profileName=name, statementId="two",
                   revisionId="another")[1] == "ResourceNotFoundException"
    assert refusal(world.signer.list_profile_permissions, profileName="missing")[1] == "ResourceNotFoundException"
