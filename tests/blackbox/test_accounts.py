"""Promise: the machine's owner makes accounts and keys from the machine itself, and nobody else can."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest
from blackbox_server import HEARTH, PROFILE, Server, allow
from refusals import refusal


def failed(server, *words):
    done = subprocess.run([HEARTH, *words, "--data", server.data], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr


def keys_in(text):
    return dict(PROFILE.findall(text))


def rows(text):
    return [line.split() for line in text.splitlines()]


def works(server, keys):
    try:
        return server.client("sts", **keys).get_caller_identity()["Account"]
    except Exception as error:  # pylint: disable=broad-exception-caught
        assert error.response["Error"]["Code"] == "InvalidClientTokenId"
        return None


def test_an_account_is_made_with_a_key_of_its_root(server):
    text = server.command("accounts", "create", "--id", "210987654321", "--name", "second")
    keys = keys_in(text)
    assert re.fullmatch(r"# account 210987654321\n\[default\]\naws_access_key_id = AKIA[A-Z2-7]{16}\n"
                        r"aws_secret_access_key = \S{40}\n", text), "a profile as it goes into a file"
    who = server.client("sts", **keys).get_caller_identity()
    assert (who["Arn"], who["UserId"]) == ("arn:aws:iam::210987654321:root", "210987654321")
    assert server.client("lambda", **keys).list_functions()["Functions"] == []
    listed = {row[0]: row[1:] for row in rows(server.command("accounts", "list"))}
    assert listed["210987654321"][0] == "second" and "000000000000" in listed
    assert "210987654321" in failed(server, "accounts", "create", "--id", "210987654321")
    assert "has 12 digits" in failed(server, "accounts", "create", "--id", "12")
    assert keys["aws_secret_access_key"] not in server.command("accounts", "list") + server.command(
        "keys", "list", "--account", "210987654321")


def test_accounts_without_a_number_get_one_that_is_free(server):
    numbers = {server.make_account()[0] for _ in range(5)}
    assert len(numbers) == 5 and all(re.fullmatch(r"\d{12}", number) for number in numbers)


def test_accounts_keep_to_themselves(server):
    (first, one), (_, two) = server.make_account(), server.make_account()
    for keys in (one, two):  # the same names in both
        iam = server.client("iam", **keys)
        iam.create_user(UserName="same")
        assert [user["UserName"] for user in iam.list_users()["Users"]] == ["same"]
        server.client("logs", **keys).create_log_group(logGroupName="/same")
    assert len(server.client("logs", **one).describe_log_groups()["logGroups"]) == 1
    theirs = server.client("iam", **two)
    theirs.delete_user(UserName="same")
    assert server.client("iam", **one).get_user(UserName="same")["User"]["Arn"] == f"arn:aws:iam::{first}:user/same"


def test_keys_of_a_root_are_made_rotated_and_revoked(server):
    account, first = server.make_account()
    of = ("--account", account)
    second = keys_in(server.command("keys", "create", *of))
    assert works(server, first) == works(server, second) == account
    assert "2" in failed(server, "keys", "create", *of), "two at most"
    listed = {row[0]: row[1] for row in rows(server.command("keys", "list", *of))}
    assert listed == {first["aws_access_key_id"]: "Active", second["aws_access_key_id"]: "Active"}

    server.command("keys", "revoke", second["aws_access_key_id"], *of)
    assert works(server, second) is None and works(server, first) == account
    third = keys_in(server.command("keys", "rotate", first["aws_access_key_id"], *of))
    assert works(server, third) == account and works(server, first) is None
    listed = {row[0]: row[1] for row in rows(server.command("keys", "list", *of))}
    assert listed == {first["aws_access_key_id"]: "Inactive", third["aws_access_key_id"]: "Active"}
    server.command("keys", "revoke", first["aws_access_key_id"], *of)
    for words in (("revoke", first["aws_access_key_id"]), ("rotate", "AKIANOBODYNOBODYNOBO"),
                  ("revoke", server.credentials["aws_access_key_id"])):
        assert failed(server, "keys", *words, *of), "there is none, or it is another account's"
    assert works(server, server.credentials) == "000000000000"


@pytest.fixture
def own(tmp_path):
    running = Server(str(tmp_path / "data")).start()
    yield running
    if running.process.poll() is None:
        running.stop()


def test_the_first_key_is_rotated_in_its_file_too_and_all_lasts(own):
    before = own.credentials
    account, keys = own.make_account("--name", "lasting")
    printed = keys_in(own.command("keys", "rotate", before["aws_access_key_id"]))
    assert own.credentials == printed != before
    assert oct(pathlib.Path(own.data, "credentials").stat().st_mode & 0o777) == "0o600"
    own.kill()
    own.start()
    assert works(own, printed) == "000000000000" and works(own, before) is None
    assert works(own, keys) == account
    assert "lasting" in own.command("accounts", "list")


def test_without_a_server_the_commands_say_so(own):
    own.stop()
    assert "no server is running" in failed(own, "accounts", "list")
    shutil.rmtree(own.data)
    assert "there is no data directory" in failed(own, "accounts", "list")


def over_socket(path, name, body, user=None):
    """What the socket answers; None when it cannot be connected to."""
    code = ("import json, os, socket, sys\n"
            "path, user, request = sys.argv[1:]\n"
            "if user: os.setgroups([]); os.setgid(int(user)); os.setuid(int(user))\n"
            "s = socket.socket(socket.AF_UNIX)\n"
            "try: s.connect(path)\n"
            "except PermissionError: print('refused'); sys.exit()\n"
            "s.sendall(request.encode())\n"
            "print(s.makefile().read())\n")
    request = f"POST {name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    return subprocess.run(["python3", "-c", code, path, user or "", request], capture_output=True, text=True, check=True,
                          timeout=30, cwd="/").stdout.strip()


def test_the_socket_is_for_the_servers_owner_alone(server):
    path = str(pathlib.Path(server.data, "admin.sock"))
    assert pathlib.Path(path).is_socket()
    assert "000000000000" in over_socket(path, "/accounts/list", "{}")
    mode = os.stat(path).st_mode & 0o777
    assert mode & 0o077 == 0, oct(mode)
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    # Not even where the folders above would let everyone through.
    opened = []
    for folder in pathlib.Path(path).parents:
        if folder.stat().st_mode & 0o001 == 0:
            opened.append((folder, folder.stat().st_mode))
            folder.chmod(opened[-1][1] | 0o011)
    try:
        assert over_socket(path, "/accounts/list", "{}", user="65534") == "refused"
    finally:
        for folder, before in opened:
            folder.chmod(before)


@pytest.mark.parametrize("name, body", [("/nothing", "{}"), ("/accounts/create", "[]"), ("/accounts/create", "{"),
                                        ("/accounts/create", '{"id":7}' * 3), ("/keys/revoke", "{}")])
def test_what_is_no_command_is_an_error(server, name, body):
    path = str(pathlib.Path(server.data, "admin.sock"))
    answer = over_socket(path, name, body)
    assert answer.startswith("HTTP/1.1 400") and json.loads(answer.splitlines()[-1])["error"]


def test_the_network_does_not_lead_there(server):
    user = server.make_user(policy=allow("*"))
    assert refusal(server.client("iam", **user.keys).create_access_key, UserName="root")[1] == "NoSuchEntity"
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /accounts/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
        assert not connection.makefile().read().startswith("HTTP/1.1 200")
