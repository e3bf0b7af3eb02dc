"""Promise: there is no mode that skips authorization silently, and none that strangers can reach."""

import subprocess
import urllib.error
import urllib.request


import pytest
from blackbox_server import HEARTH, Server, create
from botocore.exceptions import ClientError

TEST = {"aws_access_key_id": "test", "aws_secret_access_key": "whatever"}


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    running = Server(str(tmp_path_factory.mktemp("dev") / "data"), "--dev").start()
    yield running
    assert running.stop() == 0


def post(server, path):
    return urllib.request.urlopen(urllib.request.Request(server.url + path, method="POST"))


def test_test_and_account_numbers_are_roots(open_server):
    who = open_server.client("sts", **TEST).get_caller_identity()
    assert who["Arn"] == "arn:aws:iam::000000000000:root"
    other = open_server.client("sts", aws_access_key_id="111122223333", aws_secret_access_key="x").get_caller_identity()
    assert other["Arn"] == "arn:aws:iam::111122223333:root"


def test_accounts_see_their_own(open_server):
    create(open_server.client("lambda", **TEST), "def handler(e, c): pass\n", name="mine")
    other = open_server.client("lambda", aws_access_key_id="111122223333", aws_secret_access_key="x")
    assert other.list_functions()["Functions"] == []
    with pytest.raises(ClientError) as refused:
        other.get_function(FunctionName="arn:aws:lambda:us-east-1:000000000000:function:mine")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_policies_of_others_still_count(open_server):
    iam = open_server.client("iam", **TEST)
    iam.create_user(UserName="weak")
    key = iam.create_access_key(UserName="weak")["AccessKey"]
    weak = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with pytest.raises(ClientError) as refused:
        open_server.client("lambda", **weak).list_functions()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    forged = {**weak, "aws_secret_access_key": "wrong"}
    with pytest.raises(ClientError) as refused:
        open_server.client("sts", **forged).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_every_answer_says_so(open_server):
    for path in ("/_hearth/health", "/"):
        try:
            headers = urllib.request.urlopen(open_server.url + path).headers
        except urllib.error.HTTPError as error:
            headers = error.headers
        assert headers["X-Hearth-Development"]
    assert "NOT checked" in open(open_server.data + ".log").read()


def test_reset_empties_everything(open_server):
    aws, iam = open_server.client("lambda", **TEST), open_server.client("iam", **TEST)
    open_server.make_role("test", **TEST)
    name = create(aws, "def handler(e, c): return 1\n")
    assert aws.invoke(FunctionName=name)["Payload"].read() == b"1"
    assert post(open_server, "/_hearth/reset").status == 200
    assert aws.list_functions()["Functions"] == [] and iam.list_roles()["Roles"] == []
    assert open_server.client("logs", **TEST).describe_log_groups()["logGroups"] == []
    assert open_server.client("sts").get_caller_identity()["Arn"].endswith(":root")  # the key of the file still opens
    open_server.make_role("test", **TEST)
    assert aws.invoke(FunctionName=create(aws, "def handler(e, c): return 2\n"))["Payload"].read() == b"2"


def test_it_is_for_this_machine_alone(tmp_path):
    done = subprocess.run([HEARTH, "serve", "--dev", "--data", str(tmp_path / "data"), "--listen", "0.0.0.0:0"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "loopback" in done.stderr


def test_without_it_none_of_this_is_there(server):
    for key in ("test", "111122223333"):
        with pytest.raises(ClientError) as refused:
            server.client("sts", aws_access_key_id=key, aws_secret_access_key="x").get_caller_identity()
        assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"
    with pytest.raises(urllib.error.HTTPError):
        post(server, "/_hearth/reset")
