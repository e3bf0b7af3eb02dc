"""Promise: your AWS code runs unchanged. A function is created from a ZIP, invoked, and answers as on the real service."""

import base64
import json

import pytest
from blackbox_server import create, invoke, package

ECHO = "def handler(event, context):\n    print('seen', event)\n    return event\n"


def test_an_event_comes_back(aws):
    name = create(aws, ECHO)
    answer, body = invoke(aws, name, {"a": [1, "zwei", None]})
    assert body == {"a": [1, "zwei", None]}
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer


def test_the_log_tail_has_all_lines_of_the_invoke(aws):
    name = create(aws, ECHO)
    answer, _ = invoke(aws, name, 7, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request_id} Version: $LATEST\n" in tail
    assert "seen 7\n" in tail
    assert f"END RequestId: {request_id}\n" in tail
    assert f"REPORT RequestId: {request_id}\tDuration: " in tail
    assert "\tInit Duration: " in tail
    again, _ = invoke(aws, name, 8, LogType="Tail")
    assert "Init Duration" not in base64.b64decode(again["LogResult"]).decode()


def test_the_context_tells_what_the_service_tells(aws):
    code = """
def handler(event, context):
    return dict(id=context.aws_request_id, name=context.function_name, version=context.function_version,
                memory=context.memory_limit_in_mb, arn=context.invoked_function_arn,
                left=context.get_remaining_time_in_millis(), custom=context.client_context.custom)
"""
    name = create(aws, code, MemorySize=256, Timeout=10)
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    answer, body = invoke(aws, name, ClientContext=context)
    assert body["id"] == answer["ResponseMetadata"]["RequestId"]
    assert body["name"] == name and body["version"] == "$LATEST" and body["memory"] == "256"
    assert body["arn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    assert 8000 < body["left"] <= 10000 and body["custom"] == {"k": "v"}


def test_an_error_of_the_handler(aws):
    name = create(aws, "def handler(event, context):\n    raise ValueError('no')\n")
    answer, body = invoke(aws, name)
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled"
    assert body["errorType"] == "ValueError" and body["errorMessage"] == "no" and body["stackTrace"]


def test_a_timeout_kills_the_process_and_keeps_tmp(aws):
    code = """
import os, time
def handler(event, context):
    if event == 'hang':
        open('/tmp/kept', 'w').write('yes')
        time.sleep(60)
    return os.path.exists('/tmp/kept')
"""
    name = create(aws, code, Timeout=1)
    assert invoke(aws, name)[1] is False
    answer, body = invoke(aws, name, "hang")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert body == {"errorType": "Sandbox.Timedout",
                    "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds"}
    assert invoke(aws, name)[1] is True


@pytest.mark.parametrize("code, message", [
    ("import os\ndef handler(e, c):\n    os._exit(0)\n", "Runtime exited without providing a reason"),
    ("import os\ndef handler(e, c):\n    os._exit(3)\n", "Runtime exited with error: exit status 3"),
    ("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 9)\n", "Runtime exited with error: signal: killed"),
])
def test_a_process_that_ends(aws, code, message):
    name = create(aws, code)
    answer, body = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled"
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert body == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {message}"}


def test_memory_beyond_the_limit(aws):
    name = create(aws, "def handler(e, c):\n    return len(bytearray(400 << 20))\n", Timeout=20)
    _, body = invoke(aws, name)
    assert body["errorType"] in ("Runtime.OutOfMemory", "Function.Error", "MemoryError") or "killed" in body["errorMessage"]
    assert "signal: killed" in body["errorMessage"]


def test_garbage_is_collected_before_memory_runs_out(aws):
    """30 MiB are in use at a time, of several hundred that are made. V8 itself would let them lie, by what the machine has."""
    name = create(aws, {"index.js": "exports.handler = async () => { const ring = []; for (let i = 0; i < 1200000; i++)"
                                    " ring[i % 100000] = { a: 'x' + i, b: [i, i + 1, i + 2], c: { d: i } }; return ring.length; };"},
                  Runtime="nodejs20.x", Handler="index.handler", MemorySize=128, Timeout=60)
    assert json.load(aws.invoke(FunctionName=name)["Payload"]) == 100000


def test_an_import_error_is_told_each_time(aws):
    name = create(aws, "import not_there\n")
    for _ in range(2):
        answer, body = invoke(aws, name)
        assert answer["FunctionError"] == "Unhandled"
        assert body["errorType"] == "Runtime.ImportModuleError"
        assert body["errorMessage"] == "Unable to import module 'app': No module named 'not_there'"


def test_a_node_function_in_both_module_systems(aws):
    name = create(aws, {"index.mjs": "const x = await Promise.resolve(4);\n"
                                     "export const handler = async (event) => { console.log('hi'); return event.a + x; };"},
                  Runtime="nodejs20.x", Handler="index.handler")
    assert invoke(aws, name, {"a": 3})[1] == 7
    name = create(aws, {"index.js": "exports.handler = (event, context, done) => done(null, context.functionName);"},
                  Runtime="nodejs20.x", Handler="index.handler")
    assert invoke(aws, name)[1] == name


def test_a_bootstrap_of_ones_own(aws):
    script = r"""#!/bin/bash
exec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}
while true; do
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n' >&3
  length=0
  while IFS=$'\r' read -r line rest <&3 && [ -n "$line" ]; do
    case "${line,,}" in
      lambda-runtime-aws-request-id:*) id=${line#*: } ;;
      content-length:*) length=${line#*: } ;;
    esac
  done
  read -r -N "$length" event <&3
  body="{\"echo\":$event}"
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s' "$id" ${#body} "$body" >&3
  length=0
  while IFS=$'\r' read -r line rest <&3 && [ -n "$line" ]; do
    case "${line,,}" in content-length:*) length=${line#*: } ;; esac
  done
  read -r -N "$length" _ <&3
done
"""
    name = create(aws, {"bootstrap": script}, Runtime="provided.al2023", Handler="any")
    assert invoke(aws, name, {"n": 1})[1] == {"echo": {"n": 1}}
    assert invoke(aws, name, {"n": 2})[1] == {"echo": {"n": 2}}


def test_no_bootstrap(aws):
    name = create(aws, {"other": "x"}, Runtime="provided.al2023", Handler="any")
    _, body = invoke(aws, name)
    assert body["errorType"] == "Runtime.InvalidEntrypoint"
    assert "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]" in body["errorMessage"]


def test_a_large_event_and_a_result_that_is_too_large(aws):
    name = create(aws, "def handler(e, c):\n    return 'x' * e['n']\n", Timeout=20)
    _, body = invoke(aws, name, {"n": 5_000_000, "filler": "y" * 5_000_000})
    assert len(body) == 5_000_000
    answer, body = invoke(aws, name, {"n": 7_000_000})
    assert answer["FunctionError"] == "Unhandled"
    assert body["errorType"] == "Function.ResponseSizeTooLarge"
    assert invoke(aws, name, {"n": 1})[1] == "x"


def test_reserved_concurrency_throttles(aws):
    name = create(aws, ECHO)
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(aws.exceptions.TooManyRequestsException) as raised:
        invoke(aws, name)
    assert raised.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    aws.delete_function_concurrency(FunctionName=name)
    assert invoke(aws, name, 1)[1] == 1


def test_new_code_runs_after_an_update(aws):
    name = create(aws, "def handler(e, c):\n    return 1\n")
    assert invoke(aws, name)[1] == 1
    aws.update_function_code(FunctionName=name, ZipFile=package("def handler(e, c):\n    return 2\n"))
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    assert invoke(aws, name)[1] == 2
