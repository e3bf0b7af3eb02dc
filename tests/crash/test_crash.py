"""Promise: what was acknowledged is never lost. The server or a part of it is killed under load, and everything it said
yes to is there."""

import json
import os
import pathlib
import random
import shutil
import signal
import threading
import time

import botocore.exceptions
from blackbox_server import ROOT, allow, create, invoke, package, until
from queues import counts, make_queue, make_role


CODE = "def handler(e, c):\n    print('ran', e)\n    return e\n"


def test_functions_survive(fresh_server):
    acknowledged = []
    for _ in range(5):
        aws = fresh_server.client("lambda")

        def load():
            while True:
                try:
                    acknowledged.append(create(aws, CODE, wait=False))
                except botocore.exceptions.BotoCoreError:
                    return

        writers = [threading.Thread(target=load) for _ in range(4)]
        for writer in writers:
            writer.start()
        time.sleep(random.uniform(0.2, 0.6))
        fresh_server.kill()
        for writer in writers:
            writer.join()
        fresh_server.start()
    aws = fresh_server.client("lambda")
    there = {f["FunctionName"] for page in aws.get_paginator("list_functions").paginate() for f in page["Functions"]}
    assert acknowledged and set(acknowledged) <= there
    for name in random.sample(acknowledged, 3):
        aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
        assert invoke(aws, name, 5)[1] == 5


def test_asynchronous_invokes_survive(fresh_server):
    aws = fresh_server.client("lambda")
    # Slow, so that none has ended when the server is killed.
    name = create(aws, "import time\ndef handler(e, c):\n    time.sleep(2)\n    print('event', e)\n", Timeout=20)
    for number in range(10):
        assert aws.invoke(FunctionName=name, InvocationType="Event", Payload=str(number))["StatusCode"] == 202
    fresh_server.kill()
    fresh_server.start()
    logs = fresh_server.client("logs")

    def all_ran():
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
            seen = {event["message"] for page in pages for event in page["events"]}
        except logs.exceptions.ResourceNotFoundException:
            return False
        return {f"event {number}" for number in range(10)} <= seen

    until(all_ran, 40)


# Tells another queue what it has handled, before it says so to its own.
HANDLE = """import os, own_calls
def handler(event, context):
    for record in event.get('Records', []):
        status, text = own_calls.call('sqs', form={'Action': 'SendMessage', 'Version': '2012-11-05',
                                                   'QueueUrl': os.environ['DONE'], 'MessageBody': record['body']})
        assert status == 200, text
"""


def drain(sqs, url, into, wanted):
    """Takes what is in a queue until all that is wanted has come."""
    def empty():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            into.add(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return wanted()

    until(empty, 90)


def test_messages_reach_their_function_and_its_records_their_queue(fresh_server):
    """A queue, the function that it is mapped to, and a queue for what becomes of events: the server is killed again and
    again while messages run through both. Each is handled at least once."""
    aws, sqs = fresh_server.client("lambda"), fresh_server.client("sqs")
    url, arn = make_queue(sqs, VisibilityTimeout="5")
    done_url, _ = make_queue(sqs)
    records_url, records_arn = make_queue(sqs)
    code = {"app.py": HANDLE, "own_calls.py": (ROOT / "tests/support/own_calls.py").read_text()}
    name = create(aws, code, Role=make_role(fresh_server, allow("sqs:*", "logs:*")),
                  Environment={"Variables": {"DONE": done_url}})
    aws.put_function_event_invoke_config(FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": records_arn}})
    aws.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    sent, invoked = set(), set()
    for turn in range(4):
        aws, sqs = fresh_server.client("lambda"), fresh_server.client("sqs")

        def load(aws=aws, sqs=sqs, prefix=f"{turn}-"):
            for number in range(400):
                text = f"{prefix}{number}"
                try:
                    sqs.send_message(QueueUrl=url, MessageBody=text)
                    sent.add(text)
                    if number % 4 == 0:
                        aws.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"text": text}))
                        invoked.add(text)
                except botocore.exceptions.BotoCoreError:
                    return

        writer = threading.Thread(target=load)
        writer.start()
        time.sleep(random.uniform(0.5, 1.5))
        fresh_server.kill()
        writer.join()
        fresh_server.start()
    assert sent and invoked
    sqs = fresh_server.client("sqs")
    done, records = set(), set()
    drain(sqs, done_url, done, lambda: sent <= done)
    drain(sqs, records_url, records, lambda: invoked <= {json.loads(one)["requestPayload"]["text"] for one in records})
    until(lambda: counts(sqs, url) == (0, 0), 60)


def test_layers_survive_also_without_what_was_unpacked(fresh_server):
    aws = fresh_server.client("lambda")
    layers = [aws.publish_layer_version(LayerName=f"l{n}", Content={"ZipFile": package({"name": str(n), f"of-{n}": ""})})
              for n in range(2)]
    code = "import os\ndef handler(e, c):\n    return [open('/opt/name').read(), sorted(os.listdir('/opt'))]\n"
    name = create(aws, code, Layers=[layer["LayerVersionArn"] for layer in layers])
    aws.delete_layer_version(LayerName="l0", VersionNumber=1)
    fresh_server.kill()
    shutil.rmtree(pathlib.Path(fresh_server.data, "code"))
    fresh_server.start()
    aws = fresh_server.client("lambda")
    until(lambda: aws.get_function(FunctionName=name)["Configuration"]["State"] == "Active")
    assert invoke(aws, name)[1] == ["1", ["name", "of-0", "of-1"]]
    assert aws.publish_layer_version(LayerName="l0", Content={"ZipFile": package(code)})["Version"] == 2


def child_of(process: int) -> int:
    """The first process that this one started and that lives."""
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == process and state != "Z":
            return int(status.parent.name)
    return 0


SLOW = "import time\ndef handler(e, c):\n    print('begun', e)\n    time.sleep(e)\n    return e\n"


def has_begun(logs, name) -> bool:
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return False
    return any(event["message"].startswith("begun") for event in events)


def test_the_spawner_is_started_again(fresh_server):
    aws = fresh_server.client("lambda")
    busy = create(aws, SLOW, Timeout=60)
    idle = create(aws, CODE)
    assert invoke(aws, idle, 1)[1] == 1
    logs = fresh_server.client("logs")
    failure = []

    def wait_long():
        try:
            invoke(fresh_server.client("lambda"), busy, 50)
        except botocore.exceptions.ClientError as error:
            failure.append(error.response["Error"])

    caller = threading.Thread(target=wait_long)
    caller.start()
    until(lambda: has_begun(logs, busy))
    supervisor = child_of(fresh_server.process.pid)
    spawner = child_of(supervisor)
    os.kill(spawner, signal.SIGKILL)
    caller.join(timeout=20)
    assert failure and failure[0]["Code"] == "ServiceException" and "sandbox" in failure[0]["Message"]
    # An environment that was idle, one that was busy, one that is new.
    assert invoke(aws, idle, 2)[1] == 2
    assert invoke(aws, busy, 0)[1] == 0
    assert invoke(aws, create(aws, CODE), 3)[1] == 3
    assert child_of(supervisor) not in (0, spawner)
    assert fresh_server.stop() == 0


def test_without_the_supervisor_calls_fail_and_say_why(fresh_server):
    aws = fresh_server.client("lambda")
    name = create(aws, CODE)
    assert invoke(aws, name, 1)[1] == 1
    os.kill(child_of(fresh_server.process.pid), signal.SIGKILL)

    def refused():
        try:
            invoke(aws, name, 2)
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ServiceException"
            return "until the server is restarted" in error.response["Error"]["Message"]
        return False  # the kill has not taken effect yet

    until(refused)
    fresh_server.kill()
    fresh_server.start()
    assert invoke(fresh_server.client("lambda"), name, 3)[1] == 3
