"""Promise: your AWS code runs unchanged. A trace that a caller begins goes through the function and its log."""

import base64
import re

import pytest
from blackbox_server import create, invoke, logged

CODE = {
    "python3.12": ("app.handler", {"app.py": "import os\n"
                                   "outside = os.environ.get('_X_AMZN_TRACE_ID')\n"
                                   "def handler(event, context):\n"
                                   "    print('trace', os.environ['_X_AMZN_TRACE_ID'])\n"
                                   "    return [outside, os.environ['_X_AMZN_TRACE_ID']]\n"}),
    "nodejs20.x": ("app.handler", {"app.js": "const outside = process.env._X_AMZN_TRACE_ID ?? null;\n"
                                   "exports.handler = async () => [outside, process.env._X_AMZN_TRACE_ID];\n"}),
    "ruby3.3": ("app.handler", {"app.rb": "OUTSIDE = ENV['_X_AMZN_TRACE_ID']\n"
                                "def handler(event:, context:) = [OUTSIDE, ENV['_X_AMZN_TRACE_ID']]\n"}),
}
ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"
HEADER = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24});Parent=([0-9a-f]{16});Sampled=([01])(.*)")


@pytest.fixture
def traced_call(aws):
    """Invokes with the given X-Amzn-Trace-Id; answers the response and what the function returned."""
    sent = {}

    def add(request, **_):
        if sent:
            request.headers["X-Amzn-Trace-Id"] = sent["header"]

    aws.meta.events.register("before-sign.lambda.Invoke", add)

    def call(name, header=None, **options):
        sent.clear()
        if header:
            sent["header"] = header
        return invoke(aws, name, **options)

    yield call
    aws.meta.events.unregister("before-sign.lambda.Invoke", add)


@pytest.mark.parametrize("runtime", CODE)
def test_the_callers_trace_is_the_functions(aws, traced_call, runtime):
    handler, code = CODE[runtime]
    name = create(aws, code, Runtime=runtime, Handler=handler)
    header = f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=4:0123abcd:0"
    answer, body = traced_call(name, header, LogType="Tail")
    assert body[0] is None and re.fullmatch(re.escape(header) + r"\|1:[0-9a-f]{8}:0", body[1])
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-trace-id"] == body[1]
    assert "XRAY" not in base64.b64decode(answer["LogResult"]).decode(), "PassThrough has no segment of its own"
    _, own = traced_call(name)
    root, _, sampled, rest = HEADER.fullmatch(own[1]).groups()
    assert root != ROOT and sampled == "0" and re.fullmatch(r";Lineage=1:[0-9a-f]{8}:0", rest)


def test_an_active_function_names_its_segment_in_the_report(aws, traced_call):
    handler, code = CODE["python3.12"]
    name = create(aws, code, Handler=handler, TracingConfig={"Mode": "Active"})
    answer, body = traced_call(name, f"Root={ROOT};Parent={PARENT};Sampled=1", LogType="Tail")
    root, segment, sampled, _ = HEADER.fullmatch(body[1]).groups()
    assert (root, sampled) == (ROOT, "1") and segment != PARENT
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert tail.endswith(f"\t\nXRAY TraceId: {ROOT}\tSegmentId: {segment}\tSampled: true\t\n")
    answer, body = traced_call(name, f"Root={ROOT};Parent={PARENT};Sampled=0", LogType="Tail")
    assert body[1].startswith(f"Root={ROOT};Parent={PARENT};Sampled=0;")
    assert "XRAY" not in base64.b64decode(answer["LogResult"]).decode()


def test_the_report_and_its_trace_are_one_event_of_the_log(aws, logs, traced_call):
    handler, code = CODE["python3.12"]
    name = create(aws, code, Handler=handler, TracingConfig={"Mode": "Active"})
    traced_call(name, f"Root={ROOT};Parent={PARENT};Sampled=1")
    events = logged(logs, name, "XRAY")
    assert len(events) == 1 and events[0].startswith("REPORT RequestId: ")


def test_all_tries_of_an_asynchronous_event_are_of_the_callers_trace(aws, logs, traced_call):
    handler, code = CODE["python3.12"]
    name = create(aws, code, Handler=handler)
    header = f"Root={ROOT};Parent={PARENT};Sampled=1"
    answer, _ = traced_call(name, header, InvocationType="Event")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-trace-id"] == header
    assert logged(logs, name, "trace")[0].startswith(f"trace {header};")


def test_whoever_sends_no_trace_is_told_of_the_new_one(aws, logs):
    handler, code = CODE["python3.12"]
    name = create(aws, code, Handler=handler)
    event = invoke(aws, name, InvocationType="Event")[0]
    stream = aws.invoke_with_response_stream(FunctionName=name)
    for answer in (event, stream):
        begun = answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-trace-id"]
        assert any(line.startswith(f"trace {begun};") for line in logged(logs, name, f'"{begun}"'))
