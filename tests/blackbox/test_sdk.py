"""Promise: your AWS code runs unchanged. Functions find the AWS SDK without bringing it, and their own when they do."""

import pathlib
import subprocess

import boto3
import pytest
from blackbox_server import HEARTH, ROOT, Server, create, invoke, until
from test_slots import ready

PACKAGES = pathlib.Path(boto3.__file__).parents[1]
NODE_MODULES = ROOT / "tests" / "js" / "node_modules"
WHO = """
import sys
before = 'boto3' in sys.modules
import boto3, botocore.session
client = boto3.client('sts')
def handler(event, context):
    return [before, boto3.__version__, boto3.__file__, boto3.__spec__.origin, client.get_caller_identity()['Arn'], botocore.session.create_loader.__module__]
"""
ALIKE = """
import boto3

def told(client):
    meta = client.meta
    endpoint = client._ruleset_resolver.construct_endpoint(meta.service_model.operation_model('ListTables'), {}, {}).url
    handlers = meta.events._emitter._handlers
    return [type(client).__name__, dir(client), meta.endpoint_url, meta.region_name, meta.service_model.operation_names, endpoint,
            vars(meta.config)['_user_provided_options'], len(handlers.prefix_search('before-call')), client._user_agent_creator.to_string()]

def own(client):
    return [client.meta.service_model, client._ruleset_resolver._provider.ruleset, client._endpoint.http_session._manager.connection_pool_kw['ssl_context'],
            client.meta.events]

clients = [boto3.client('dynamodb'), boto3.client('dynamodb'), boto3.session.Session().client('dynamodb')]

def handler(event, context):
    return [told(clients[0]) == told(clients[2]), len({id(part) for client in clients for part in own(client)}), clients[0].meta.endpoint_url]
"""
OWN = """
{first}
import boto3, jmespath, botocore.paginate
def handler(event, context):
    return [boto3.__file__, jmespath.__file__, botocore.paginate.jmespath.__file__]
"""

# How many pages a first client writes to that were the zygote's, and whether anything is left of another.
COPIED = """
import os, resource, sys
seen = [name for name in sys.modules if name.partition('.')[0] in ('boto3', 'botocore')] + [name for name in os.environ if os.environ[name] == 'none']
import boto3
seen += [boto3.DEFAULT_SESSION] if boto3.DEFAULT_SESSION else []
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
client = boto3.client('dynamodb')
copied = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
def handler(event, context):
    return [copied, seen, client.meta.region_name, boto3.client('sts').get_caller_identity()['Arn']]
"""


def loaded_ahead(packages):
    """Only where nobody but root could have put something else there."""
    return all(folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o022 for folder in (packages, *packages.parents))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(str(tmp_path_factory.mktemp("sdk") / "data"), "--packages", f"python={PACKAGES}", "--packages", f"nodejs={NODE_MODULES}").start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def aws(server):
    return server.client("lambda")


def test_a_python_function_finds_the_sdk_and_the_server(server, aws):
    name = create(aws, WHO, Timeout=20)
    until(lambda: ready(server) > 0)
    fresh = create(aws, WHO, Timeout=20, Environment={"Variables": {"PYTHONNOUSERSITE": "1"}})  # not from what was loaded ahead
    ahead = "sdk" if loaded_ahead(PACKAGES) else "botocore.loaders"
    for one, made_by in ((name, ahead), (fresh, "botocore.loaders")):
        answer = invoke(aws, one)[1]
        assert isinstance(answer, list), answer
        before, version, file, origin, arn, loader = answer
        assert loader == made_by, "where it was loaded ahead, it has the zygote's"
        assert (before, version) == (False, boto3.__version__) and file == origin == "/var/packages/boto3/__init__.py"
        assert f":assumed-role/test/{one}" in arn


def test_a_first_client_is_like_any_other(server, aws):
    until(lambda: ready(server) > 0)
    alike, parts, endpoint = invoke(aws, create(aws, ALIKE, Timeout=20, MemorySize=512))[1]
    assert alike, "one of another session is made without what was loaded ahead"
    assert parts == 3 * 4, "clients share nothing that they would not share without what was loaded ahead"
    assert endpoint.startswith("http://"), "where the function's variables say"


@pytest.mark.skipif(not loaded_ahead(PACKAGES), reason="the packages are not root's alone")
def test_after_one_that_takes_the_sdk_processes_are_made_ahead_that_have_made_a_client(tmp_path):
    server = Server(str(tmp_path / "data"), "--packages", f"python={PACKAGES}").start()
    try:
        aws = server.client("lambda")

        def first_call(code):
            return invoke(aws, create(aws, code, Timeout=20))[1]

        def copied():
            pages, seen, region, arn = first_call(COPIED)
            assert (seen, region) == ([], "us-east-1") and ":assumed-role/test/" in arn
            return pages

        # Functions that do not take it get others, which do not have that memory.
        private = "def handler(e, c):\n    return [int(line.split()[1]) for line in open('/proc/self/smaps_rollup') if line.startswith('Private_Dirty')][0]\n"
        first_call(private)
        until(lambda: ready(server) > 0)
        without = first_call(private)
        before = copied()
        until(lambda: copied() < before / 2)
        until(lambda: first_call(private) < without + before * 2)
    finally:
        server.stop()


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


def test_a_folder_that_others_can_write_to_is_offered_too(tmp_path):
    folder = tmp_path / "packages"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "mine.py").write_text("VALUE = 42\n")
    server = Server(str(tmp_path / "data"), "--packages", f"python={folder}").start()
    try:
        aws = server.client("lambda")
        name = create(aws, "import mine\ndef handler(event, context):\n    return mine.VALUE\n")
        until(lambda: ready(server) > 0)
        assert invoke(aws, name)[1] == 42
    finally:
        server.stop()


@pytest.mark.parametrize("setting, why", [("cobol=/tmp", "wants python=FOLDER"), ("/tmp", "wants python=FOLDER"),
                                          ("python=/nowhere", "/nowhere is no folder"), ("python=/etc/passwd", "is no folder")])
def test_a_folder_that_cannot_be_offered_is_refused_at_the_start(tmp_path, setting, why):
    done = subprocess.run([HEARTH, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--packages", setting],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and why in done.stderr, done.stderr
