"""Promise: what was acknowledged is never lost: durable executions. The server is killed again and again while executions
take steps, wait, call each other and are answered from outside; each goes on by itself and ends, and what a step gave is
what it gave before the kill: none that was stored runs again."""

import json
import random
import tempfile
import threading
import time

import botocore.exceptions
import pytest
from blackbox_server import until
from durable import create_durable, durable_server, history, start

ROUNDS = 6
EXECUTIONS = 12
WORK = """
import uuid
def mark(_):
    return str(uuid.uuid4())

@durable_execution
def handler(event, context: DurableContext):
    marks = []
    for number in range(event["steps"]):
        marks.append(context.step(mark, name=f"mark-{number}"))
        if number % 2:
            context.wait(Duration.from_seconds(1), name=f"wait-{number}")
    child = context.invoke(event["child"], {"steps": 2}, name="child") if event.get("child") else None
    answer = context.create_callback(name="answer").result() if event.get("asks") else None
    return {"marks": marks, "child": child, "answer": answer}
"""


@pytest.fixture
def crashing():
    with tempfile.TemporaryDirectory(prefix="hearth-crash-") as folder:
        server = durable_server(folder + "/data")
        yield server
        if server.process.poll() is None:
            server.kill()


class Seen:
    """What the history has told of an execution: a result that it told once, it must tell for ever."""

    def __init__(self, arn):
        self.arn = arn
        self.results = {}
        self.events = []

    def look(self, aws):
        events = history(aws, self.arn)
        for event in events:
            event.pop("ChainedInvokeStartedDetails", None)  # tells of the child once there is one
        assert events[:len(self.events)] == self.events, "what was told is told again, and first"
        assert [event["EventId"] for event in events] == list(range(1, len(events) + 1))
        self.events = events
        for event in events:
            if event["EventType"] == "StepSucceeded":
                result = event["StepSucceededDetails"]["Result"]["Payload"]
                assert self.results.setdefault(event["Id"], result) == result
        done = [event["Id"] for event in events if event["EventType"] == "StepSucceeded"]
        assert len(done) == len(set(done)), "a step that was stored ran again"

    def callback(self):
        return next((event["CallbackStartedDetails"]["CallbackId"] for event in self.events if event["EventType"] == "CallbackStarted"), None)


def look(server, executions):
    aws = server.client("lambda")
    for one in executions:
        one.look(aws)


def answer_some(server, executions, answered):
    aws = server.client("lambda")
    for one in executions:
        callback = one.callback()
        if callback and one.arn not in answered:
            aws.send_durable_execution_callback_success(CallbackId=callback, Result=json.dumps(one.arn).encode())
            answered.add(one.arn)


def test_executions_go_on_where_they_were(crashing):
    server = crashing
    aws = server.client("lambda")
    name = create_durable(server, WORK)
    executions = [Seen(start(aws, name, {"steps": 6, "child": name if number % 3 == 0 else None, "asks": number % 3 == 1}, f"e{number}"))
                  for number in range(EXECUTIONS)]
    answered = set()
    chance = random.Random(4711)
    for _ in range(ROUNDS):
        end = time.monotonic() + chance.uniform(0.5, 2.5)
        while time.monotonic() < end:
            look(server, executions)
            answer_some(server, executions, answered)
        server.kill()
        server.start()
    aws = server.client("lambda")

    def all_ended():
        look(server, executions)
        answer_some(server, executions, answered)
        return all(aws.get_durable_execution(DurableExecutionArn=one.arn)["Status"] != "RUNNING" for one in executions)

    until(all_ended, 90)
    for number, one in enumerate(executions):
        found = aws.get_durable_execution(DurableExecutionArn=one.arn)
        assert found["Status"] == "SUCCEEDED", found
        result = json.loads(found["Result"])
        stored = [event["StepSucceededDetails"]["Result"]["Payload"] for event in one.events if event["EventType"] == "StepSucceeded"]
        assert [json.dumps(mark) for mark in result["marks"]] == stored and len(stored) == 6
        assert (result["child"] is not None) == (number % 3 == 0)
        assert result["answer"] == (json.dumps(one.arn) if number % 3 == 1 else None)
    names = [one["DurableExecutionName"] for one in aws.list_durable_executions_by_function(FunctionName=name)["DurableExecutions"]]
    assert len(names) == EXECUTIONS + EXECUTIONS // 3, "each chained execution began once"
    assert start(aws, name, {"steps": 6, "child": name, "asks": False}, "e0") == executions[0].arn


def test_who_waited_asks_again_by_the_name(crashing):
    server = crashing
    name = create_durable(server, WORK)
    asked = {"FunctionName": name, "DurableExecutionName": "once", "Payload": b'{"steps": 4}'}

    def ask():
        with pytest.raises(botocore.exceptions.BotoCoreError):
            server.client("lambda").invoke(**asked)

    waiting = threading.Thread(target=ask)
    waiting.start()
    aws = server.client("lambda")
    (one,) = until(lambda: aws.list_durable_executions_by_function(FunctionName=name)["DurableExecutions"])
    seen = Seen(one["DurableExecutionArn"])
    until(lambda: seen.look(aws) or seen.results)
    server.kill()
    waiting.join()
    server.start()
    aws = server.client("lambda")
    answer = aws.invoke(**asked)
    assert answer["DurableExecutionArn"] == seen.arn
    seen.look(aws)
    assert [json.dumps(mark) for mark in json.loads(answer["Payload"].read())["marks"]] == list(seen.results.values())
