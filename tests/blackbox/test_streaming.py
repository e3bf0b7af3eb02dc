"""Promise: your AWS code runs unchanged. A function's response reaches its caller while it is still being made."""

import base64
import json
import time

import pytest
from blackbox_server import create, invoke, until

NODE = {"Runtime": "nodejs22.x", "Handler": "index.handler"}


def streaming(aws, body, **options):
    """A function whose handler has `event` and `stream`."""
    code = f"exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {{\n{body}\n}});\n"
    return create(aws, {"index.js": code}, **{**NODE, **options})


def stream(aws, name, event=None, **options):
    return aws.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event), **options)


def gather(answer):
    """The bytes and the last event."""
    payload, complete = b"", None
    for event in answer["EventStream"]:
        assert complete is None, "something came behind the last event"
        payload += event.get("PayloadChunk", {}).get("Payload", b"")
        complete = event.get("InvokeComplete")
    return payload, complete




def lines_of(logs, name):
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in events]


def test_a_chunk_arrives_before_the_function_is_done(aws):
    name = streaming(aws, """
const { setTimeout: sleep } = require('timers/promises');
stream.write(String(Date.now()));
await sleep(1000);
stream.end(' ' + Date.now());
""", Timeout=10)
    answer = stream(aws, name)
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST"
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    events = iter(answer["EventStream"])
    first = next(events)["PayloadChunk"]["Payload"]
    arrived = time.time() * 1000
    rest = list(events)
    written_last = float(rest[0]["PayloadChunk"]["Payload"])
    assert float(first) <= arrived < written_last
    assert rest[-1] == {"InvokeComplete": {}}


def test_large_streams_arrive_whole(aws):
    name = streaming(aws, """
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');
async function* blocks() { for (let i = 0; i < event; i += 1) yield Buffer.alloc(65536, i % 251); }
await pipeline(Readable.from(blocks()), stream);
""", Timeout=60, MemorySize=512)
    payload, complete = gather(stream(aws, name, 320))
    assert complete == {} and len(payload) == 320 * 65536
    assert all(payload[i * 65536] == i % 251 and payload[i * 65536 + 65535] == i % 251 for i in range(320))
    # Beyond what a buffered caller may get.
    answer, body = invoke(aws, name, 320)
    assert answer["FunctionError"] == "Unhandled" and body["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_buffered_caller_gets_the_whole_stream(aws):
    name = streaming(aws, "stream.write('{\"a\":'); stream.write('1'); stream.end('}');")
    answer, body = invoke(aws, name)
    assert "FunctionError" not in answer and body == {"a": 1}


def test_a_function_that_does_not_stream_is_one_chunk(aws):
    name = create(aws, "def handler(event, context):\n    print('seen')\n    return {'got': event}\n")
    answer = stream(aws, name, [1], LogType="Tail")
    payload, complete = gather(answer)
    assert json.loads(payload) == {"got": [1]}
    assert set(complete) == {"LogResult"}
    tail = base64.b64decode(complete["LogResult"]).decode()
    assert "seen\n" in tail and "REPORT RequestId: " + answer["ResponseMetadata"]["RequestId"] in tail


def test_an_error_before_the_first_byte(aws):
    name = create(aws, "def handler(event, context):\n    raise ValueError('no')\n")
    payload, complete = gather(stream(aws, name))
    details = json.loads(complete["ErrorDetails"])
    assert payload == b"" and complete["ErrorCode"] == "Unhandled"
    assert details["errorType"] == "ValueError" and details["errorMessage"] == "no"


def test_an_error_in_the_middle(aws):
    name = streaming(aws, "stream.write('part'); throw new RangeError('broke');")
    payload, complete = gather(stream(aws, name))
    details = json.loads(complete["ErrorDetails"])
    assert payload == b"part" and complete["ErrorCode"] == "Unhandled"
    assert details["errorType"] == "RangeError" and details["errorMessage"] == "broke"
    answer, body = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled" and body["errorType"] == "RangeError"


@pytest.mark.parametrize("how, error_type, message", [
    ("process.exit(3);", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    ("for (;;);", "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
    ("await new Promise((r) => setTimeout(r, 60000));", "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
])
@pytest.mark.parametrize("options", [{}, {"LogType": "Tail"}])
def test_a_process_that_ends_in_the_middle(aws, how, error_type, message, options):
    name = streaming(aws, "if (event === 'well') return stream.end('well');\n"
                          f"await new Promise((r) => stream.write('part', r));\n{how}", Timeout=3)
    answer = stream(aws, name, **options)
    payload, complete = gather(answer)
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert payload == b"part" and complete["ErrorCode"] == "Unhandled"
    assert json.loads(complete["ErrorDetails"]) == {
        "errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    if options:
        tail = base64.b64decode(complete["LogResult"]).decode()
        assert "REPORT RequestId: " + request_id in tail
    assert gather(stream(aws, name, "well")) == (b"well", {})


def test_what_runs_behind_the_stream_is_on_the_invokes_time(aws):
    name = streaming(aws, """
stream.end('done');
const until = Date.now() + 300;
await new Promise((r) => setImmediate(r));
while (Date.now() < until);
""", Timeout=10)
    answer = stream(aws, name, LogType="Tail")
    payload, complete = gather(answer)
    report = base64.b64decode(complete["LogResult"]).decode()
    assert payload == b"done"
    assert float(report.split("\tDuration: ")[1].split(" ms")[0]) >= 300


def test_a_caller_that_goes_away_does_not_stop_the_function(aws, logs):
    name = streaming(aws, """
for (let i = 0; i < 200; i += 1) await new Promise((r) => stream.write(Buffer.alloc(65536), r));
console.log('wrote it all');
stream.end();
""", Timeout=20)
    answer = stream(aws, name)
    next(iter(answer["EventStream"]))
    answer["EventStream"].close()
    until(lambda: any("wrote it all" in line for line in lines_of(logs, name)))


def test_a_slow_caller_holds_the_function_back(aws, logs):
    # More than the sockets between the two hold.
    name = streaming(aws, """
for (let i = 0; i < 800; i += 1) await new Promise((r) => stream.write(Buffer.alloc(65536), r));
console.log('wrote it all');
stream.end();
""", Timeout=30)
    answer = stream(aws, name)
    events = iter(answer["EventStream"])
    received = len(next(events)["PayloadChunk"]["Payload"])
    time.sleep(1.5)
    assert not any("wrote it all" in line for line in lines_of(logs, name))
    for event in events:
        received += len(event.get("PayloadChunk", {}).get("Payload", b""))
    assert received == 800 * 65536
    until(lambda: any("wrote it all" in line for line in lines_of(logs, name)))


def test_dry_runs_and_refusals(aws):
    name = create(aws, "def handler(event, context):\n    return 1\n")
    answer = stream(aws, name, InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        stream(aws, "absent")
    with pytest.raises(aws.exceptions.InvalidRequestContentException):
        aws.invoke_with_response_stream(FunctionName=name, Payload=b"{")
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(aws.exceptions.TooManyRequestsException):
        stream(aws, name)
