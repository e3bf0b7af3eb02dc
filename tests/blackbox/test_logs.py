"""Promise: your AWS code runs unchanged. What functions write is found with the clients that people use for it."""

import subprocess
import sys

from blackbox_server import create, invoke, until


def test_the_lines_of_an_invoke_in_order(aws, logs):
    name = create(aws, "def handler(e, c):\n    print('one')\n    print('two')\n")
    answer, _ = invoke(aws, name)
    request_id = answer["ResponseMetadata"]["RequestId"]

    def lines():
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None
        return events if any("REPORT" in event["message"] for event in events) else None

    events = until(lines)
    messages = [event["message"] for event in events]
    assert messages[0].startswith("INIT_START Runtime Version: python:3.")
    assert messages[1:5] == [f"START RequestId: {request_id} Version: $LATEST", "one", "two",
                             f"END RequestId: {request_id}"]
    assert messages[5].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert len({event["eventId"] for event in events}) == len(events)
    stream = logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"][0]
    page = logs.get_log_events(logGroupName=f"/aws/lambda/{name}", logStreamName=stream["logStreamName"],
                               startFromHead=True)
    assert [event["message"] for event in page["events"]] == messages
    end = logs.get_log_events(logGroupName=f"/aws/lambda/{name}", logStreamName=stream["logStreamName"],
                              startFromHead=True, nextToken=page["nextForwardToken"])
    assert end["events"] == [] and end["nextForwardToken"] == page["nextForwardToken"]
    found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="two")["events"]
    assert [event["message"] for event in found] == ["two"]


def test_groups_of_ones_own(logs):
    logs.create_log_group(logGroupName="own/group")
    logs.put_retention_policy(logGroupName="own/group", retentionInDays=7)
    group = logs.describe_log_groups(logGroupNamePrefix="own/")["logGroups"][0]
    assert group["retentionInDays"] == 7 and group["arn"].endswith("log-group:own/group:*")
    logs.delete_log_group(logGroupName="own/group")
    assert logs.describe_log_groups(logGroupNamePrefix="own/")["logGroups"] == []


def test_the_aws_command_line(server, aws, tmp_path):
    name = create(aws, "def handler(e, c):\n    print('from the command line')\n    return e\n")
    command = [sys.executable, "-m", "awscli"]
    target = str(tmp_path / "answer")
    subprocess.run([*command, "lambda", "invoke", "--function-name", name, "--payload", '{"x":1}', target],
                   env=server.environment(), check=True, capture_output=True)
    assert open(target, encoding="utf-8").read() == '{"x": 1}'

    def tail():
        done = subprocess.run([*command, "logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{name}"],
                              env=server.environment(), capture_output=True, text=True, check=False)
        return "from the command line" in done.stdout

    until(tail)
