"""Promise: your AWS code runs unchanged. The AWS command line in both its versions: 1 from the test environment, 2 as
Debian has it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from blackbox_server import TRUST, create, invoke, package, until

DEBIAN = "/usr/bin/aws"
NEEDS_VERSION_2 = pytest.mark.skipif(not os.path.exists(DEBIAN), reason=f"no {DEBIAN}: apt-get install awscli")
CODE = "def handler(e, c):\n    print('from the command line')\n    return e\n"


def command(server, version):
    """Version 2 before 2.13 knows no AWS_ENDPOINT_URL."""
    return [sys.executable, "-m", "awscli"] if version == 1 else [DEBIAN, "--endpoint-url", server.url]


@pytest.mark.parametrize("version", [1, pytest.param(2, marks=NEEDS_VERSION_2)])
def test_the_five_minutes_of_the_readme(server, tmp_path, version):
    aws = command(server, version)
    name = f"line-{version}-{time.time_ns()}"
    (tmp_path / "app.zip").write_bytes(package(CODE))

    def run(*arguments):
        done = subprocess.run([*aws, *arguments], env=server.environment(), cwd=tmp_path, capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("iam", "create-role", "--role-name", name, "--assume-role-policy-document", json.dumps(TRUST))
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    run("iam", "attach-role-policy", "--role-name", name, "--policy-arn", basic)
    run("lambda", "create-function", "--function-name", name, "--runtime", "python3.11", "--handler", "app.handler",
        "--role", f"arn:aws:iam::000000000000:role/{name}", "--zip-file", "fileb://app.zip")
    run("lambda", "wait", "function-active-v2", "--function-name", name)
    plain = ["--cli-binary-format", "raw-in-base64-out"] if version == 2 else []
    run("lambda", "invoke", "--function-name", name, "--payload", '{"x":1}', *plain, "answer.json")
    assert (tmp_path / "answer.json").read_text() == '{"x": 1}'
    until(lambda: "from the command line" in run("logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{name}",
                                                 "--query", "events[].message", "--output", "text"))
    run("lambda", "delete-function", "--function-name", name)


@NEEDS_VERSION_2
def test_tail_follows_a_log(server, aws, tmp_path):
    name = create(aws, CODE)
    invoke(aws, name)
    shown = pathlib.Path(tmp_path / "shown")
    tail = [*command(server, 2), "logs", "tail", f"/aws/lambda/{name}", "--format", "short"]
    with shown.open("w") as output:
        # Whoever runs the tests in the background has interrupts ignored, and so would the follower.
        follower = subprocess.Popen([*tail, "--follow"], env={**server.environment(), "PYTHONUNBUFFERED": "1"}, stdout=output,
                                    stderr=subprocess.STDOUT,
                                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        until(lambda: "REPORT" in shown.read_text())
        answer, _ = invoke(aws, name)
        request_id = answer["ResponseMetadata"]["RequestId"]
        until(lambda: f"REPORT RequestId: {request_id}" in shown.read_text(), 30)
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) in (0, 130)  # by version
    finally:
        follower.kill()
    lines = [line.split(" ", 1)[1] for line in shown.read_text().splitlines() if " " in line]
    mine = lines[lines.index(f"START RequestId: {request_id} Version: $LATEST"):]
    assert mine[1:3] == ["from the command line", f"END RequestId: {request_id}"]
    assert mine[3].startswith(f"REPORT RequestId: {request_id}\tDuration: ")

    chosen = subprocess.run([*tail, "--since", "1h", "--filter-pattern", "command"], env=server.environment(),
                            capture_output=True, text=True, check=True).stdout
    assert [line.split(" ", 1)[1] for line in chosen.splitlines()] == ["from the command line"] * 2


@pytest.mark.parametrize("version", [1, pytest.param(2, marks=NEEDS_VERSION_2)])
def test_files_are_copied_and_synchronised(server, tmp_path, version):
    aws = command(server, version)
    bucket = f"line-{version}-{time.time_ns()}"

    def run(*arguments):
        done = subprocess.run([*aws, "s3", *arguments], env=server.environment(), cwd=tmp_path, capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    source = tmp_path / "source"
    (source / "deep er").mkdir(parents=True)
    files = {"empty": b"", "small": b"x" * 100, "deep er/größe+1": os.urandom(100_000), "large": os.urandom(20 << 20)}
    for name, body in files.items():
        (source / name).write_bytes(body)
    run("mb", f"s3://{bucket}")
    assert run("sync", "source", f"s3://{bucket}/all").count("upload:") == 4
    assert run("sync", "source", f"s3://{bucket}/all") == ""  # is all there
    listed = run("ls", "--recursive", f"s3://{bucket}")
    assert all(f"all/{name}" in listed for name in files) and " 20971520 all/large" in listed
    assert "PRE deep er/" in run("ls", f"s3://{bucket}/all/")
    run("cp", f"s3://{bucket}/all/large", f"s3://{bucket}/copy")
    run("mv", f"s3://{bucket}/copy", f"s3://{bucket}/moved")
    run("sync", f"s3://{bucket}", "back")
    for name, body in files.items():
        assert (tmp_path / "back/all" / name).read_bytes() == body, name
    assert (tmp_path / "back/moved").read_bytes() == files["large"]
    run("rm", "--recursive", f"s3://{bucket}")
    assert run("ls", f"s3://{bucket}") == ""
    run("rb", f"s3://{bucket}")
