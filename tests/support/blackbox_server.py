"""A running server for the tests, real clients that speak to it, and functions made from a few lines of code."""

import io
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import uuid
import zipfile

import boto3
import botocore.config

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEARTH = os.environ.get("HEARTH_BINARY", str(ROOT / "build" / "release" / "hearth"))
ROLE = "arn:aws:iam::000000000000:role/test"
PROFILE = re.compile(r"(aws_access_key_id|aws_secret_access_key) = (\S+)")
TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                                                "Action": "sts:AssumeRole"}}


def policy_of(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, resource="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions, resource="*", **more):
    return {**allow(*actions, resource=resource, **more), "Effect": "Deny"}


class User:
    def __init__(self, name, arn, keys, iam):
        self.name, self.arn, self.keys, self.iam = name, arn, keys, iam

    def may(self, *statements):
        """This and nothing else, from now on."""
        self.iam.put_user_policy(UserName=self.name, PolicyName="p", PolicyDocument=policy_of(*statements))


class Server:
    def __init__(self, data: str, *arguments: str, under: tuple[str, ...] = ()):
        """`under` is the start of a command that runs the rest of itself, like env or nice."""
        self.data = data
        self.under = under
        self.arguments = arguments
        self.process = None
        self.url = None

    def start(self):
        self.log = open(self.data + ".log", "ab")
        self.process = subprocess.Popen([*self.under, HEARTH, "serve", "--data", self.data, "--listen", "127.0.0.1:0",
                                         *self.arguments], stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        match = re.search(r"ready on (\S+)", line)
        assert match, f"no ready line but {line!r}; see {self.data}.log"
        self.url = "http://" + match[1].rstrip(",")
        self.make_role(ROLE.rpartition("/")[2], "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaRole")
        return self

    def make_role(self, name, *managed_policies, account="000000000000", **overrides):
        """A role that functions may have, with policies of AWS. Gives its ARN."""
        iam = self.client("iam", **overrides)
        try:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        except iam.exceptions.EntityAlreadyExistsException:
            pass
        for policy in managed_policies:
            iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/" + policy)
        return f"arn:aws:iam::{account}:role/{name}"

    def command(self, *words, **options):
        """What `hearth accounts` or `hearth keys` prints."""
        done = subprocess.run([HEARTH, *words, "--data", self.data], capture_output=True, text=True, check=False, timeout=30,
                              **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_account(self, *words):
        """Another account: its number, and keys of its root."""
        text = self.command("accounts", "create", *words)
        return re.search(r"# account (\d{12})", text)[1], dict(PROFILE.findall(text))

    def make_user(self, *, policy=None, name=None, **overrides):
        """A user and keys to be it with. `overrides` say who makes it."""
        iam = self.client("iam", **overrides)
        name = name or "u-" + uuid.uuid4().hex[:12]
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        user = User(name, arn, {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}, iam)
        if policy:
            user.may(policy)
        return user

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    @property
    def credentials(self):
        text = pathlib.Path(self.data, "credentials").read_text()
        return dict(PROFILE.findall(text))

    def client(self, service: str, **overrides):
        return boto3.client(service, **self._options(overrides))

    def resource(self, service: str, **overrides):
        return boto3.resource(service, **self._options(overrides))

    def _options(self, overrides):
        config = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=30,
                                        parameter_validation=False, max_pool_connections=128)
        options = {"endpoint_url": self.url, "region_name": "us-east-1", "config": config, **self.credentials}
        return {**options, **overrides}

    def environment(self):
        keys = self.credentials
        return {**os.environ, "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"], "AWS_PAGER": "",
                "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"]}


def package(files) -> bytes:
    if isinstance(files, str):
        files = {"app.py": files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o755 << 16
            archive.writestr(info, text)
    return buffer.getvalue()


def create(aws, code, name=None, wait=True, **options):
    """`code` is a program's text, or files by name; none where the options say what Code is."""
    name = name or "f-" + uuid.uuid4().hex[:12]
    settings = {"Runtime": "python3.11", "Handler": "app.handler", "Role": ROLE, **options}
    settings.setdefault("Code", {} if code is None else {"ZipFile": package(code)})
    aws.create_function(FunctionName=name, **settings)
    if wait:
        wait_until_active(aws, name)
    return name


def create_from_image(aws, uri, wait=True, **options):
    name = "i-" + uuid.uuid4().hex[:12]
    aws.create_function(FunctionName=name, PackageType="Image", Code={"ImageUri": uri}, **{"Role": ROLE, **options})
    if wait:
        wait_until_active(aws, name, 60)  # it is unpacked first
    return name


def wait_until_active(aws, name, seconds=10):
    aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": seconds * 20})


def failed_state(aws, name):
    """The reason of a function that cannot become active, and its code."""
    def failed():
        found = aws.get_function_configuration(FunctionName=name)
        assert found["State"] in ("Pending", "Failed"), found
        return found if found["State"] == "Failed" else None

    found = until(failed, 60)
    assert (found["LastUpdateStatus"], found["LastUpdateStatusReasonCode"]) == ("Failed", found["StateReasonCode"])
    return found["StateReason"], found["StateReasonCode"]


def invoke(aws, name, event=None, **options):
    answer = aws.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **options)
    body = answer["Payload"].read()
    return answer, json.loads(body) if body else None


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def logged(logs, name, pattern):
    """The messages of a function's log that match, once there are any; until then there may not even be a log."""
    def events():
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern=pattern)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in found]

    return until(events)
