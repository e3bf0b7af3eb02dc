"""Promise: your AWS code runs unchanged. What functions write is found with the clients that people use for it."""

import time

import pytest
from blackbox_server import Server, create, invoke, until
from refusals import refusal


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


def arn(name, region="us-east-1", account="000000000000"):
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def test_tags_by_arn_and_by_name(logs):
    logs.create_log_group(logGroupName="tagged", tags={"team": "a"})
    assert logs.list_tags_for_resource(resourceArn=arn("tagged"))["tags"] == {"team": "a"}
    logs.tag_resource(resourceArn=arn("tagged"), tags={"team": "b", "stage": "test"})
    logs.untag_resource(resourceArn=arn("tagged"), tagKeys=["team", "never"])
    assert logs.list_tags_log_group(logGroupName="tagged")["tags"] == {"stage": "test"}
    logs.tag_log_group(logGroupName="tagged", tags={"x": "y"})
    logs.untag_log_group(logGroupName="tagged", tags=["stage"])
    assert logs.list_tags_for_resource(resourceArn=arn("tagged"))["tags"] == {"x": "y"}
    assert refusal(logs.tag_resource, resourceArn=arn("tagged"), tags={f"k{i}": "" for i in range(50)})[1] == \
        "TooManyTagsException"
    assert refusal(logs.tag_resource, resourceArn=arn("tagged"), tags={"aws:x": ""})[1] == "InvalidParameterException"
    logs.delete_log_group(logGroupName="tagged")
    assert refusal(logs.list_tags_for_resource, resourceArn=arn("tagged")) == \
        (400, "ResourceNotFoundException", "The specified log group does not exist.")


def test_groups_are_found_by_name_and_by_arn(logs):
    logs.create_log_group(logGroupName="named", logGroupClass="STANDARD", deletionProtectionEnabled=False)
    logs.create_log_stream(logGroupName="named", logStreamName="s")
    streams = logs.describe_log_streams(logGroupIdentifier=arn("named"))["logStreams"]
    assert [stream["arn"] for stream in streams] == [arn("named") + ":log-stream:s"]
    assert len(logs.describe_log_streams(logGroupIdentifier="named")["logStreams"]) == 1
    assert refusal(logs.describe_log_streams, logGroupName="named", logGroupIdentifier="named") == \
        (400, "ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
    for other in (arn("named", region="eu-west-1"), "arn:aws:s3:::named", arn("named") + ":log-stream:s"):
        assert refusal(logs.describe_log_streams, logGroupIdentifier=other)[1] == "InvalidParameterException"
    other = arn("named", account="111111111111")
    assert refusal(logs.describe_log_streams, logGroupIdentifier=other)[1] == "AccessDeniedException"
    found = logs.describe_log_groups(logGroupIdentifiers=["named", "never"])["logGroups"]
    assert [(group["arn"], group["logGroupArn"]) for group in found] == [(arn("named") + ":*", arn("named"))]
    assert logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"] == []
    assert refusal(logs.create_log_group, logGroupName="named") == \
        (400, "ResourceAlreadyExistsException", "The specified log group already exists")
    assert refusal(logs.create_log_group, logGroupName="no spaces")[1] == "InvalidParameterException"
    logs.delete_log_stream(logGroupName="named", logStreamName="s")
    assert logs.describe_log_streams(logGroupName="named")["logStreams"] == []
    logs.delete_log_group(logGroupName="named")


@pytest.mark.parametrize("operation, arguments", [
    ("create_log_group", {"logGroupName": "r", "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/k"}),
    ("create_log_group", {"logGroupName": "r", "logGroupClass": "INFREQUENT_ACCESS"}),
    ("create_log_group", {"logGroupName": "r", "deletionProtectionEnabled": True}),
    ("describe_log_groups", {"includeLinkedAccounts": True}),
    ("describe_log_groups", {"accountIdentifiers": ["111111111111"]}),
    ("filter_log_events", {"logGroupName": "r", "startFromHead": False}),
    ("filter_log_events", {"logGroupName": "r", "filterPattern": "{ $.level = \"ERROR\" }"})])
def test_what_is_not_served_is_refused_by_name(logs, operation, arguments):
    status, code, message = refusal(getattr(logs, operation), **arguments)
    assert (status, code) == (501, "NotImplemented") and message.startswith("Hearth does not implement ")


def test_a_token_that_nobody_gave(logs):
    logs.create_log_group(logGroupName="tokens")
    logs.create_log_stream(logGroupName="tokens", logStreamName="s")
    for call, arguments in ((logs.describe_log_groups, {}),
                            (logs.describe_log_streams, {"logGroupName": "tokens"}),
                            (logs.filter_log_events, {"logGroupName": "tokens"}),
                            (logs.get_log_events, {"logGroupName": "tokens", "logStreamName": "s"})):
        assert refusal(call, nextToken="50", **arguments) == \
            (400, "InvalidParameterException", "The specified nextToken is invalid.")
    assert refusal(logs.filter_log_events, logGroupName="tokens", limit=10001)[2] == \
        ("1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
         "Member must have value less than or equal to 10000")


def test_events_put_by_clients(logs):
    logs.create_log_group(logGroupName="put")
    logs.create_log_stream(logGroupName="put", logStreamName="s")
    now = int(time.time() * 1000)

    def put(*events):
        return {"logGroupName": "put", "logStreamName": "s",
                "logEvents": [{"timestamp": now + after, "message": text} for after, text in events]}

    assert "rejectedLogEventsInfo" not in logs.put_log_events(**put((0, "one"), (0, "two"), (5, "three")))
    day = 24 * 3600 * 1000
    assert logs.put_log_events(**put((-14 * day - 1000, "old")))["rejectedLogEventsInfo"] == \
        {"tooOldLogEventEndIndex": 1}
    assert refusal(logs.put_log_events, **put((1, "b"), (0, "a"))) == \
        (400, "InvalidParameterException",
         "Log events in a single PutLogEvents request must be in chronological order.")
    assert refusal(logs.put_log_events, **put((-day - 1, "a"), (0, "b")))[1] == "InvalidParameterException"
    assert refusal(logs.put_log_events, **put((0, "x" * 600_000), (0, "x" * 600_000)))[1] == \
        "InvalidParameterException"
    logs.put_log_events(**put((6, "x" * 1_000_000)))
    events = logs.filter_log_events(logGroupName="put", endTime=now + 6)["events"]
    assert [(event["timestamp"] - now, event["message"]) for event in events] == [(0, "one"), (0, "two"), (5, "three")]
    assert all(event["ingestionTime"] >= now and len(event["eventId"]) == 56 for event in events)
    # Those who follow a log ask again from the last moment on, and know what they have seen by its id.
    again = logs.filter_log_events(logGroupName="put", startTime=now + 5, endTime=now + 6)["events"]
    assert [event["eventId"] for event in again] == [events[2]["eventId"]]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="put", PaginationConfig={"PageSize": 1})
    assert [len(event["message"]) for page in pages for event in page["events"]] == [3, 3, 5, 1_000_000]
    logs.delete_log_group(logGroupName="put")


def test_retention_takes_old_events_away(tmp_path):
    server = Server(str(tmp_path / "data")).start()
    try:
        logs = server.client("logs")
        logs.create_log_group(logGroupName="kept")
        logs.create_log_stream(logGroupName="kept", logStreamName="s")
        now = int(time.time() * 1000)
        for days in (2, 0):
            events = [{"timestamp": now - days * 24 * 3600 * 1000, "message": f"{days} days old"}]
            logs.put_log_events(logGroupName="kept", logStreamName="s", logEvents=events)
        logs.put_retention_policy(logGroupName="kept", retentionInDays=1)
        assert len(logs.filter_log_events(logGroupName="kept")["events"]) == 2
        # The groups are looked through at the start, and then once an hour.
        assert server.stop() == 0
        logs = server.start().client("logs")
        until(lambda: len(logs.filter_log_events(logGroupName="kept")["events"]) == 1)
        stream = logs.describe_log_streams(logGroupName="kept")["logStreams"][0]
        assert stream["firstEventTimestamp"] == stream["lastEventTimestamp"] == now
    finally:
        server.stop()


def test_an_entity_is_rejected_and_its_events_are_kept(logs):
    name = f"entity-{time.time_ns()}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    answer = logs.put_log_events(logGroupName=name, logStreamName="s", entity={"keyAttributes": {"Type": "Service", "Name": "n"}},
                                 logEvents=[{"timestamp": int(time.time() * 1000), "message": "m"}])
    assert answer["rejectedEntityInfo"] == {"errorType": "UnsupportedLogGroupType"}
    assert [e["message"] for e in logs.get_log_events(logGroupName=name, logStreamName="s")["events"]] == ["m"]
