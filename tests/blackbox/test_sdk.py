"""Promise: your AWS code runs unchanged. Functions find the AWS SDK without bringing it, and their own when they do."""

import pathlib
import subprocess

import boto3
import pytest
from blackbox_server import HEARTH, ROOT, Server, create, invoke, until
from test_slots import ready

NODE_MODULES = ROOT / "tests" / "js" / "node_modules"
WHO = """
import sys
before = 'boto3' in sys.modules
import boto3, botocore.session
client = boto3.client('sts')
def handler(event, context):
    return [before, boto3.__version__, boto3.__file__, boto3.__spec__.origin, client.get_caller_identity()['Arn'], botocore.session.create_loader.__module__]
"""
OWN = """
{first}
import boto3, jmespath, botocore.paginate
def handler(event, context):
    return [boto3.__file__, jmespath.__file__, botocore.paginate.jmespath.__file__]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    packages = pathlib.Path(boto3.__file__).parents[1]
    one = Server(str(tmp_path_factory.mktemp("sdk") / "data"), "--packages", f"python={packages}", "--packages", f"nodejs={NODE_MODULES}").start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def aws(server):
    return server.client("lambda")


def test_a_python_function_finds_the_sdk_and_the_server(server, aws):
    name = create(aws, WHO, Timeout=20)
    until(lambda: ready(server) > 0)
    fresh = create(aws, WHO, Timeout=20, Environment={"Variables": {"PYTHONNOUSERSITE": "1"}})  # not from what was loaded ahead
    for one, made_by in ((name, "sdk"), (fresh, "botocore.loaders")):
        before, version, file, origin, arn, loader = invoke(aws, one)[1]
        assert loader == made_by, "where it was loaded ahead, it has the zygote's"
        assert (before, version) == (False, boto3.__version__) and file == origin == "/var/packages/boto3/__init__.py"
        assert f":assumed-role/test/{one}" in arn


@pytest.mark.parametrize("brought", ["jmespath", "boto3"])
def test_what_a_function_brings_is_its_own_and_the_sdks(server, aws, brought):
    package = {f"{brought}.py": "def compile(text): pass\n"}
    name = create(aws, {"app.py": OWN.format(first=""), **package}, Timeout=20)
    hidden = create(aws, {"app.py": OWN.format(first="import sys; sys.path.insert(0, '/var/task/vendor')"),
                          **{"vendor/" + path: text for path, text in package.items()}}, Timeout=20)
    until(lambda: ready(server) > 0)
    for one, folder in ((name, "/var/task"), (hidden, "/var/task/vendor")):
        sdk, expressions, inside = invoke(aws, one)[1]
        own = f"{folder}/{brought}.py"
        assert (sdk == own, expressions == own, inside == own) == (brought == "boto3", brought == "jmespath", brought == "jmespath")


@pytest.mark.parametrize("code", [
    {"app.mjs": "import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';\n"
                "export const handler = () => new LambdaClient({}).send(new ListFunctionsCommand({})).catch(error => error.name);\n"},
    {"app.js": "const { LambdaClient, ListFunctionsCommand } = require('@aws-sdk/client-lambda');\n"
               "exports.handler = () => new LambdaClient({}).send(new ListFunctionsCommand({})).catch(error => error.name);\n"},
], ids=["module", "script"])
def test_a_node_function_finds_the_sdk_and_the_server(aws, code):
    if not NODE_MODULES.is_dir():
        pytest.skip("tests/js/node_modules is not installed")
    name = create(aws, code, Runtime="nodejs22.x", Handler="app.handler", Timeout=20)
    assert invoke(aws, name)[1] == "AccessDeniedException", "the server has answered"


@pytest.mark.parametrize("setting, why", [("cobol=/tmp", "wants python=FOLDER"), ("/tmp", "wants python=FOLDER"),
                                          ("python=/nowhere", "/nowhere is no folder"), ("python=/etc/passwd", "is no folder")])
def test_a_folder_that_cannot_be_offered_is_refused_at_the_start(tmp_path, setting, why):
    done = subprocess.run([HEARTH, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--packages", setting],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and why in done.stderr, done.stderr
