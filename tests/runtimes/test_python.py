"""Promise: your AWS code runs unchanged (Python runtime)."""

import json
import os
import re

import pytest
from fake_runtime_api import ROOT, FakeHttp, FakePipe, Function

COMMAND = ["/usr/bin/python3", os.path.join(ROOT, "runtimes/python/bootstrap.py")]


@pytest.fixture(autouse=True, params=[FakeHttp, FakePipe])
def form(request, monkeypatch):
    """Each test is made over both forms of the Runtime API."""
    monkeypatch.setattr(Function, "form", request.param)


def python(files, handler="app.handler", environment=None):
    return Function(COMMAND, {"app.py": files} if isinstance(files, str) else files, handler, environment)


def test_events_are_answered_one_after_another_on_one_connection():
    with python("def handler(event, context): return {'got': event, 'id': context.aws_request_id}") as function:
        for number in range(3):
            path, body = function.invoke({"n": number}, request_id="id-%d" % number)
            assert path == "invocation/id-%d/response" % number
            assert body == {"got": {"n": number}, "id": "id-%d" % number}


def test_large_events_and_answers_pass_whole():
    with python("def handler(event, context): return event") as function:
        event = {"text": "ä" * 1_500_000}
        assert function.invoke(event)[1] == event


@pytest.mark.parametrize("value, expected", [("None", b"null"), ("'ä'", '"ä"'.encode()), ("(1, 2.5)", b"[1, 2.5]"), ("float('nan')", b"NaN")])
def test_results_are_written_as_the_official_client_writes_them(value, expected):
    with python("def handler(event, context): return %s" % value) as function:
        function.send({})
        assert function.answer()[2] == expected


def test_context_has_all_attributes():
    code = """
def handler(event, context):
    import os
    return [context.function_name, context.function_version, context.memory_limit_in_mb, context.log_group_name,
            context.log_stream_name, context.invoked_function_arn, 0 < context.get_remaining_time_in_millis() <= 60000,
            context.client_context.custom, context.client_context.client.app_title, context.identity.cognito_identity_id,
            context.tenant_id, os.environ.get('_X_AMZN_TRACE_ID')]
"""
    headers = {"Lambda-Runtime-Client-Context": '{"custom":{"a":1},"client":{"app_title":"t"}}', "Lambda-Runtime-Trace-Id": "Root=1",
               "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"c","cognitoIdentityPoolId":"p"}'}
    with python(code) as function:
        assert function.invoke({}, headers=headers)[1] == [
            "fn", "$LATEST", "128", "/aws/lambda/fn", "stream", "arn:aws:lambda:us-east-1:000000000000:function:fn", True,
            {"a": 1}, "t", "c", None, "Root=1"]
    with python("import os\ndef handler(event, context): return [context.client_context, context.identity.cognito_identity_id, '_X_AMZN_TRACE_ID' in os.environ]") as function:
        assert function.invoke({})[1] == [None, None, False]


def test_a_raised_error_is_answered_and_the_function_goes_on():
    with python("def handler(event, context):\n    if event: raise ValueError('bad ä')\n    return 1\n") as function:
        function.send(True)
        path, headers, body = function.answer()
        assert path == "invocation/id-1/error"
        assert headers["Lambda-Runtime-Function-Error-Type"] == "ValueError"
        error = json.loads(body)
        assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
        assert (error["errorMessage"], error["errorType"], error["requestId"]) == ("bad ä", "ValueError", "id-1")
        assert error["stackTrace"] == ['  File "%s/app.py", line 2, in handler\n    if event: raise ValueError(\'bad ä\')\n              ^^^^^^^^^^^^^^^^^^^^^^^^^\n' % function.folder.name]
        assert function.invoke(False) == ("invocation/id-1/response", 1)
        assert function.stop().startswith("[ERROR] ValueError: bad ä\rTraceback (most recent call last):\r\u00a0\u00a0File ")


def test_a_result_that_is_no_json_is_a_marshal_error():
    with python("import datetime\ndef handler(event, context): return datetime.datetime(2026, 1, 1)") as function:
        path, error = function.invoke({})
        assert path == "invocation/id-1/error"
        assert error == {"errorMessage": "Unable to marshal response: Object of type datetime is not JSON serializable",
                         "errorType": "Runtime.MarshalError", "requestId": "id-1", "stackTrace": []}


@pytest.mark.parametrize("files, handler, kind, message", [
    ({"app.py": ""}, "nothere.handler", "Runtime.ImportModuleError", "Unable to import module 'nothere': No module named 'nothere'"),
    ({"app.py": "import absent"}, "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'absent'"),
    ({"app.py": ""}, "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
    ({"app.py": ""}, "app", "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)"),
    ({"app.py": "def ("}, "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax (app.py, line 1)"),
    ({"app.py": ""}, "sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
    ({"app.py": "raise KeyError('x')"}, "app.handler", "KeyError", "'x'"),
])
def test_init_errors_have_their_names_and_texts(files, handler, kind, message):
    with python(files, handler) as function:
        path, headers, body = function.answer()
        error = json.loads(body)
        assert path == "init/error"
        assert headers["Lambda-Runtime-Function-Error-Type"] == kind
        assert (error["errorType"], error["errorMessage"], error["requestId"]) == (kind, message, "")
        assert function.process.wait(timeout=10) == 1
        assert function.output_at_end().startswith("[ERROR] %s: %s\r" % (kind, message))


@pytest.mark.parametrize("handler", ["pkg/sub/mod.handler", "pkg.sub.mod.handler"])
def test_handlers_in_packages_are_found(handler):
    with python({"pkg/sub/mod.py": "def handler(event, context): return __name__"}, handler) as function:
        assert function.invoke({})[1] == "pkg.sub.mod"


def test_log_lines_carry_level_time_and_request():
    code = "import logging\nlogging.warning('at start')\nlog = logging.getLogger('x')\nlog.setLevel('INFO')\n" \
           "def handler(event, context):\n    log.info('one %s', 1)\n    logging.info('not shown')\n    print('plain')\n"
    with python(code) as function:
        function.invoke({})
        lines = function.stop().split("\n")
        assert re.fullmatch(r"\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}Z\t\tat start", lines[0])
        assert re.fullmatch(r"\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}Z\tid-1\tone 1", lines[1])
        assert lines[2:] == ["plain", ""]


def test_a_line_ends_whatever_formats_it():
    code = "import logging\nroot = logging.getLogger()\ndef handler(event, context):\n    try: 1 / 0\n" \
           "    except ZeroDivisionError: root.exception('oh')\n" \
           "    root.handlers[0].setFormatter(logging.Formatter('%(levelname)s %(message)s'))\n" \
           "    root.error('one')\n    root.error('two')\n"
    with python(code) as function:
        function.invoke({})
        lines = function.stop().split("\n")
        assert lines[-4:] == ["ZeroDivisionError: division by zero", "ERROR one", "ERROR two", ""]


def test_log_lines_are_json_objects_when_asked_for():
    code = "import logging\ndef handler(event, context):\n    logging.info('low')\n    logging.error('two', extra={'more': 5})\n" \
           "    try: 1 / 0\n    except ZeroDivisionError: logging.exception('three')\n"
    with python(code, environment={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}) as function:
        function.invoke({})
        lines = [json.loads(line) for line in function.stop().splitlines()]
        assert [line["message"] for line in lines] == ["two", "three"]
        assert lines[0]["level"] == "ERROR" and lines[0]["requestId"] == "id-1" and lines[0]["more"] == 5 and lines[0]["logger"] == "root"
        assert lines[1]["errorType"] == "ZeroDivisionError" and lines[1]["errorMessage"] == "division by zero"


def test_nothing_heavy_is_loaded_before_the_handler():
    with python("import sys\nloaded = sorted(sys.modules)\ndef handler(event, context): return loaded") as function:
        loaded = function.invoke({})[1]
        assert not {"logging", "json", "http.client", "email", "traceback", "urllib.request"} & set(loaded)


def test_leaving_the_process_ends_the_runtime_with_that_status():
    with python("import sys\ndef handler(event, context): sys.exit(7)") as function:
        function.send({})
        assert function.process.wait(timeout=10) == 7
