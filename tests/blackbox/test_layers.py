"""Promise: your AWS code runs unchanged. Layers answer like the real ones, and functions find their files at /opt."""

import base64
import ctypes.util
import hashlib
import json
import pathlib
import re
import uuid

import pytest
import requests
from blackbox_server import ROLE, create, invoke, package, until
from test_slots import ready

OK = "def handler(e, c):\n    return 1\n"
ARN = "arn:aws:lambda:us-east-1:000000000000:layer:"


def publish(aws, files, name=None, **options):
    return aws.publish_layer_version(LayerName=name or "l-" + uuid.uuid4().hex[:12], Content={"ZipFile": package(files)},
                                     **options)


def arn_of(aws, files, name=None, **options):
    return publish(aws, files, name, **options)["LayerVersionArn"]


def refused(code, call, **arguments):
    """The text of the error."""
    with pytest.raises(Exception) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


def test_a_published_version_is_described_and_can_be_downloaded(aws):
    content = package({"python/x.py": "X = 1\n"})
    answer = aws.publish_layer_version(LayerName="described", Content={"ZipFile": content}, LicenseInfo="MIT",
                                       CompatibleRuntimes=["python3.11"], CompatibleArchitectures=["x86_64"])
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", answer["CreatedDate"])
    assert requests.get(answer["Content"].pop("Location"), timeout=10).content == content
    described = {k: v for k, v in answer.items() if k != "CreatedDate"}
    assert described == {
        "Content": {"CodeSha256": base64.b64encode(hashlib.sha256(content).digest()).decode(), "CodeSize": len(content)},
        "LayerArn": ARN + "described", "LayerVersionArn": ARN + "described:1", "Description": "", "Version": 1,
        "CompatibleRuntimes": ["python3.11"], "CompatibleArchitectures": ["x86_64"], "LicenseInfo": "MIT"}
    for found in (aws.get_layer_version(LayerName="described", VersionNumber=1),
                  aws.get_layer_version(LayerName=ARN + "described", VersionNumber=1),
                  aws.get_layer_version_by_arn(Arn=ARN + "described:1")):
        assert requests.get(found["Content"].pop("Location"), timeout=10).content == content
        del found["ResponseMetadata"]
        assert found == answer


def test_versions_are_listed_newest_first_and_their_numbers_are_not_used_twice(aws):
    for number in range(1, 4):
        assert publish(aws, {"n": str(number)}, "numbered", Description=f"the {number}.")["Version"] == number
    aws.delete_layer_version(LayerName="numbered", VersionNumber=3)
    aws.delete_layer_version(LayerName="numbered", VersionNumber=3)
    assert publish(aws, {"n": "4"}, "numbered")["Version"] == 4
    first = aws.list_layer_versions(LayerName="numbered", MaxItems=2)
    assert [each["Version"] for each in first["LayerVersions"]] == [4, 2]
    assert first["LayerVersions"][1]["Description"] == "the 2."
    assert first["LayerVersions"][1]["LayerVersionArn"] == ARN + "numbered:2"
    rest = aws.list_layer_versions(LayerName="numbered", Marker=first["NextMarker"])
    assert [each["Version"] for each in rest["LayerVersions"]] == [1] and "NextMarker" not in rest
    assert aws.list_layer_versions(LayerName="never-seen")["LayerVersions"] == []


def test_a_list_of_layers_names_the_newest_version_that_fits(aws):
    publish(aws, {"n": "1"}, "fits", CompatibleRuntimes=["python3.11"], CompatibleArchitectures=["arm64"])
    publish(aws, {"n": "2"}, "fits", CompatibleRuntimes=["nodejs20.x"])
    publish(aws, {"n": "1"}, "gone")
    aws.delete_layer_version(LayerName="gone", VersionNumber=1)

    def newest(**filters):
        pages = aws.get_paginator("list_layers").paginate(**filters, PaginationConfig={"PageSize": 1})
        return {each["LayerName"]: each["LatestMatchingVersion"]["Version"] for page in pages for each in page["Layers"]}

    assert newest()["fits"] == 2 and "gone" not in newest()
    assert newest(CompatibleRuntime="python3.11")["fits"] == 1
    assert newest(CompatibleArchitecture="arm64")["fits"] == 1
    assert "fits" not in newest(CompatibleRuntime="ruby3.4")
    versions = aws.list_layer_versions(LayerName="fits", CompatibleRuntime="python3.11")["LayerVersions"]
    assert [each["Version"] for each in versions] == [1]


def test_what_does_not_exist_or_is_malformed_is_said_in_the_services_words(aws):
    absent = {"LayerName": "absent", "VersionNumber": 7}
    assert refused("ResourceNotFoundException", aws.get_layer_version, **absent) == "The resource you requested does not exist."
    assert refused("ResourceNotFoundException", aws.get_layer_version_by_arn, Arn=ARN + "absent:7") == \
        "The resource you requested does not exist."
    assert refused("ResourceNotFoundException", aws.get_layer_version_policy, **absent) == \
        f"Layer version {ARN}absent:7 does not exist."
    for call in (aws.get_layer_version, aws.delete_layer_version):
        assert refused("InvalidParameterValueException", call, LayerName="absent", VersionNumber=0) == \
            "Layer Version Cannot be less than 1"
    assert refused("InvalidParameterValueException", aws.publish_layer_version, LayerName="bad", Content={"ZipFile": b"no zip"}) == \
        "Could not unzip uploaded file. Please check your file, then try to upload again."
    assert "Value '[cobol]' at 'compatibleRuntimes'" in refused(
        "ValidationException", aws.publish_layer_version, LayerName="bad", Content={"ZipFile": package(OK)}, CompatibleRuntimes=["cobol"])
    refused("ValidationException", aws.publish_layer_version, LayerName="b d", Content={"ZipFile": package(OK)})
    refused("ValidationException", aws.get_layer_version_by_arn, Arn=ARN + "absent")
    assert aws.list_layer_versions(LayerName="bad")["LayerVersions"] == []


def test_a_version_has_a_policy(aws):
    publish(aws, {"n": "1"}, "shared")
    version = {"LayerName": "shared", "VersionNumber": 1}
    assert refused("ResourceNotFoundException", aws.get_layer_version_policy, **version) == \
        "No policy is associated with the given resource."
    added = aws.add_layer_version_permission(**version, StatementId="all", Action="lambda:GetLayerVersion", Principal="*",
                                             OrganizationId="o-abcdefghij")
    assert added["ResponseMetadata"]["HTTPStatusCode"] == 201
    statement = {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion",
                 "Resource": ARN + "shared:1", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}
    assert json.loads(added["Statement"]) == statement
    one = {"StatementId": "one", "Action": "lambda:GetLayerVersion", "Principal": "123456789012"}
    stale = refused("PreconditionFailedException", aws.add_layer_version_permission, **version, **one, RevisionId="x")
    assert "Call the GetLayerPolicy API" in stale
    aws.add_layer_version_permission(**version, **one, RevisionId=added["RevisionId"])
    assert "The statement id (one) provided already exists." in refused(
        "ResourceConflictException", aws.add_layer_version_permission, **version, **one)
    refused("ValidationException", aws.add_layer_version_permission, **version, **{**one, "Action": "lambda:*"})
    found = aws.get_layer_version_policy(**version)
    document = json.loads(found["Policy"])
    assert document["Statement"][0] == statement
    assert document["Statement"][1]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert refused("ResourceNotFoundException", aws.remove_layer_version_permission, **version, StatementId="two") == \
        "Statement two is not found in resource policy."
    aws.remove_layer_version_permission(**version, StatementId="one", RevisionId=found["RevisionId"])
    aws.remove_layer_version_permission(**version, StatementId="all")
    refused("ResourceNotFoundException", aws.get_layer_version_policy, **version)


def test_a_function_names_versions_that_exist_and_fit_together(aws):
    one, other = (arn_of(aws, {"n": str(n)}, "together") for n in range(2))

    def attempt(layers, code="InvalidParameterValueException"):
        return refused(code, aws.create_function, FunctionName="never", Runtime="python3.11", Role=ROLE, Handler="app.handler",
                       Code={"ZipFile": package(OK)}, Layers=layers)

    assert attempt([ARN + f"l{n}:1" for n in range(6)]) == "Cannot reference more than 5 layers."
    assert attempt([one, other]) == (
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        f"{one} and {other} are versions of the same layer.")
    assert attempt([ARN + "absent:1"]) == f"Layer version {ARN}absent:1 does not exist."
    assert attempt(["arn:aws:lambda:eu-west-1:000000000000:layer:l:1"]) == (
        "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.")
    attempt(["arn:aws:lambda:us-east-1:123456789012:layer:l:1"], "AccessDeniedException")
    attempt(["together"], "ValidationException")
    refused("ResourceNotFoundException", aws.get_function, FunctionName="never")


def test_a_functions_layers_are_shown_changed_and_frozen_with_its_versions(aws):
    first, second = publish(aws, {"a": "1"}), publish(aws, {"b": "22"})
    uses = [{"Arn": each["LayerVersionArn"], "CodeSize": each["Content"]["CodeSize"]} for each in (first, second)]
    name = create(aws, OK, Layers=[each["Arn"] for each in uses])
    assert aws.get_function(FunctionName=name)["Configuration"]["Layers"] == uses
    aws.publish_version(FunctionName=name)
    aws.update_function_configuration(FunctionName=name, Description="same layers")
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert aws.get_function_configuration(FunctionName=name)["Layers"] == uses
    aws.update_function_configuration(FunctionName=name, Layers=[])
    assert "Layers" not in aws.get_function_configuration(FunctionName=name)
    assert aws.get_function_configuration(FunctionName=name, Qualifier="1")["Layers"] == uses


PROBE = """
import os, sys
import shared, packaged
def handler(event, context):
    return {'shared': shared.WHO, 'packaged': packaged.WHO, 'data': open('/opt/data/both').read(),
            'one': os.listdir('/opt/data'), 'path': sys.path[:3], 'tool': os.popen('layer-tool').read().strip()}
"""
LAYERS = (
    {"python/shared.py": "WHO = 'first'\n", "data/both": "first", "data/of-first": "", "bin/layer-tool": "#!/bin/sh\necho tool\n"},
    {"python/shared.py": "WHO = 'second'\n", "data/both": "second",
     "python/lib/python3.12/site-packages/packaged.py": "WHO = 'packaged'\n"},
)


@pytest.mark.parametrize("ahead", (True, False))
def test_python_finds_layers_and_later_ones_win(aws, server, ahead):
    layers = [arn_of(aws, files) for files in LAYERS]
    # With a variable that its interpreter reads at its start, a function gets a process of its own.
    variables = {} if ahead else {"PYTHONNOUSERSITE": "1"}
    # Whichever Python this host has.
    options = {"Runtime": "python3.12"}
    name = create(aws, PROBE, Layers=layers, Environment={"Variables": variables}, **options)
    until(lambda: ready(server) > 0)
    found = invoke(aws, name)[1]
    assert sorted(found.pop("one")) == ["both", "of-first"]
    assert found == {"shared": "second", "packaged": "packaged", "data": "second", "tool": "tool",
                     "path": ["/var/task", "/opt/python/lib/python3.12/site-packages", "/opt/python"]}
    assert invoke(aws, create(aws, PROBE, Layers=layers[::-1], **options))[1]["data"] == "first"


def test_layers_are_read_only_and_those_of_one_function_only(aws):
    layer = arn_of(aws, {"python/only.py": "X = 1\n"})
    code = "import only, os\ndef handler(e, c):\n    return os.statvfs('/opt/python').f_flag & os.ST_RDONLY\n"
    assert invoke(aws, create(aws, code, Layers=[layer]))[1] == 1
    assert "No module named 'only'" in invoke(aws, create(aws, code))[1]["errorMessage"]


def test_libraries_of_layers_are_found_also_by_what_was_started_ahead(aws, server):
    library = pathlib.Path("/usr/lib/x86_64-linux-gnu", ctypes.util.find_library("z"))
    layer = arn_of(aws, {"lib/libofalayer.so": library.read_bytes()})
    name = create(aws, {"app.py": "import ctypes\ndef handler(e, c):\n    ctypes.CDLL('libofalayer.so')\n    return ctypes.CDLL('libofthetask.so') is not None\n",
                        "lib/libofthetask.so": library.read_bytes()}, Layers=[layer])
    until(lambda: ready(server) > 0)
    assert invoke(aws, name)[1] is True


def test_node_finds_layers(aws):
    # Layers are made for the version that is named, which need not be the host's.
    layers = [arn_of(aws, {"nodejs/node_modules/one/index.js": "module.exports = 'one, first';"}),
              arn_of(aws, {"nodejs/node_modules/one/index.js": "module.exports = 'one, second';",
                           "nodejs/node22/node_modules/two/index.js": "module.exports = 'two';"})]
    code = "const one = require('one'); const two = require('two');\nexports.handler = async () => [one, two];\n"
    name = create(aws, {"app.js": code}, Runtime="nodejs22.x", Layers=layers)
    assert invoke(aws, name)[1] == ["one, second", "two"]


BOOTSTRAP = """#!/bin/sh
exec python3 - <<'END'
import http.client, os
while True:
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    event = api.getresponse()
    event.read()
    path = "/2018-06-01/runtime/invocation/%s/response" % event.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", path, b'"' + open("/opt/greeting", "rb").read() + b'"')
    api.getresponse().read()
END
"""


def test_a_bootstrap_may_come_from_a_layer(aws):
    layers = [arn_of(aws, {"bootstrap": BOOTSTRAP, "greeting": "hello"}), arn_of(aws, {"greeting": "good day"})]
    name = create(aws, {"data": ""}, Runtime="provided.al2023", Layers=layers)
    assert invoke(aws, name)[1] == "good day"
    bare = create(aws, {"data": ""}, Runtime="provided.al2023")
    assert "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]" in invoke(aws, bare)[1]["errorMessage"]


def test_a_wrapper_may_come_from_a_layer(aws):
    layer = arn_of(aws, {"wrap": "#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n"})
    name = create(aws, "import os\ndef handler(e, c):\n    return os.environ['WRAPPED']\n", Layers=[layer],
                  Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}})
    assert invoke(aws, name)[1] == "yes"


def test_a_deleted_version_stays_with_the_functions_that_use_it(aws):
    published = publish(aws, {"python/kept.py": "X = 'kept'\n"})
    name = create(aws, "import kept\ndef handler(e, c):\n    return kept.X\n", Layers=[published["LayerVersionArn"]])
    aws.delete_layer_version(LayerName=published["LayerArn"], VersionNumber=1)
    refused("ResourceNotFoundException", aws.get_layer_version, LayerName=published["LayerArn"], VersionNumber=1)
    assert invoke(aws, name)[1] == "kept"
    aws.update_function_configuration(FunctionName=name, Description="new environments")
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert invoke(aws, name)[1] == "kept"
    refused("InvalidParameterValueException", aws.update_function_configuration, FunctionName=name,
            Layers=[published["LayerVersionArn"]])
