"""Durable functions for the tests: written with the official SDK, which the server offers to functions."""

import json
import pathlib
import uuid

import boto3
from blackbox_server import ROOT, Server, create, until

PACKAGES = pathlib.Path(boto3.__file__).parents[1]
NODE_MODULES = ROOT / "tests" / "js" / "node_modules"
HEAD = """
import json, os, time
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import *
from aws_durable_execution_sdk_python.context import DurableContext

"""
POLICIES = ("service-role/AWSLambdaBasicDurableExecutionRolePolicy", "service-role/AWSLambdaRole")


def durable_server(folder):
    node = ("--packages", f"nodejs={NODE_MODULES}") if NODE_MODULES.is_dir() else ()
    server = Server(str(folder), "--packages", f"python={PACKAGES}", *node).start()
    server.durable_role = server.make_role("durable", *POLICIES)
    return server


def create_durable(server, code, **options):
    """Gives its name with a qualifier, which invokes of durable functions need. Text is Python, with what it imports."""
    settings = {"Timeout": 30, "MemorySize": 512, "Role": server.durable_role, "DurableConfig": {"ExecutionTimeout": 300}, **options}
    return create(server.client("lambda"), HEAD + code if isinstance(code, str) else code, **settings) + ":$LATEST"


def start(aws, name, event=None, execution=None, **options):
    """Begins an execution and gives its ARN."""
    named = {"DurableExecutionName": execution} if execution else {}
    answer = aws.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode(), **named, **options)
    assert answer["StatusCode"] == 202
    return answer["DurableExecutionArn"]


def ended(aws, arn, seconds=30):
    """The execution, once it has ended."""
    def look():
        found = aws.get_durable_execution(DurableExecutionArn=arn)
        return found if "EndTimestamp" in found else None

    return until(look, seconds)


def history(aws, arn, **options):
    return aws.get_durable_execution_history(DurableExecutionArn=arn, MaxItems=1000, **options)["Events"]


def fresh(prefix="e"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"
