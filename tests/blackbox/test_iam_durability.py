"""Promise: what was acknowledged is on disk. Identities outlive a kill, their secrets lie sealed, and many callers at
once leave one consistent account."""

import concurrent.futures
import json
import pathlib
import uuid

import pytest
from blackbox_server import Server
from refusals import refusal

TRUST = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}})


@pytest.fixture
def own(tmp_path):
    running = Server(str(tmp_path / "data")).start()
    yield running
    if running.process.poll() is None:
        running.stop()


def test_a_kill_loses_nothing_and_secrets_are_nowhere_to_be_read(own):
    iam = own.client("iam")
    iam.create_user(UserName="kept", Tags=[{"Key": "a", "Value": "b"}])
    key = iam.create_access_key(UserName="kept")["AccessKey"]
    role = iam.create_role(RoleName="Kept", AssumeRolePolicyDocument=TRUST)["Role"]
    iam.attach_role_policy(RoleName="Kept", PolicyArn="arn:aws:iam::aws:policy/AWSLambdaExecute")
    created = iam.get_user()["User"]["CreateDate"]
    own.kill()
    own.start()
    iam = own.client("iam")
    assert iam.get_role(RoleName="kept")["Role"]["RoleId"] == role["RoleId"]
    assert len(iam.list_attached_role_policies(RoleName="Kept")["AttachedPolicies"]) == 1
    assert iam.list_user_tags(UserName="kept")["Tags"] == [{"Key": "a", "Value": "b"}]
    assert iam.get_user()["User"]["CreateDate"] == created, "the account was not made again"
    sts = own.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert sts.get_caller_identity()["Arn"].endswith(":user/kept")
    assert own.stop() == 0
    # Ends, as the store leaves out what a key begins with in common with its neighbour.
    secret, key_id = key["SecretAccessKey"][-16:].encode(), key["AccessKeyId"][-10:].encode()
    files = [path for path in pathlib.Path(own.data).rglob("*") if path.is_file()]
    assert any(key_id in path.read_bytes() for path in files), "the id is not secret"
    assert not [path for path in files if secret in path.read_bytes()]
    assert secret not in pathlib.Path(own.data + ".log").read_bytes()


def test_without_the_servers_key_stored_keys_are_none(own):
    iam = own.client("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    own.stop()
    (pathlib.Path(own.data) / "server-key").write_text("ab" * 32 + "\n")
    own.start()
    sts = own.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert refusal(sts.get_caller_identity)[:2] == (403, "InvalidClientTokenId")
    assert own.client("iam").list_access_keys(UserName="u")["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]


def test_many_callers_at_once(server, iam):
    """Of those that want one name one gets it, and quotas hold."""
    user = f"crowd-{uuid.uuid4().hex[:8]}"

    def outcome(call, **arguments):
        try:
            call(**arguments)
            return "done"
        except iam.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(16) as crowd:
        before = iam.get_account_summary()["SummaryMap"]["Users"]
        made = list(crowd.map(lambda _: outcome(iam.create_user, UserName=user), range(16)))
        assert sorted(made) == ["EntityAlreadyExists"] * 15 + ["done"]
        assert iam.get_account_summary()["SummaryMap"]["Users"] == before + 1
        keys = list(crowd.map(lambda _: outcome(iam.create_access_key, UserName=user), range(16)))
        assert sorted(keys) == ["LimitExceeded"] * 14 + ["done"] * 2
        names = [f"{user}-{number}" for number in range(64)]
        made = list(crowd.map(lambda name: outcome(iam.create_role, RoleName=name, AssumeRolePolicyDocument=TRUST), names))
        assert set(made) == {"done"}
        gone = list(crowd.map(lambda name: outcome(iam.delete_role, RoleName=name), names))
        assert set(gone) == {"done"}


def test_as_many_groups_as_an_account_may_have(own):
    iam = own.client("iam")
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda number: iam.create_group(GroupName=f"g{number}"), range(300)))
    assert refusal(iam.create_group, GroupName="one-more") == \
        (409, "LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 300")
    iam.delete_group(GroupName="g7")
    iam.create_group(GroupName="one-more")
