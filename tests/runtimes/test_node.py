"""Promise: your AWS code runs unchanged (Node.js runtime)."""

import base64
import json
import os
import re

import pytest
from fake_runtime_api import ROOT, FakeHttp, FakePipe, Function

COMMAND = ["/usr/bin/node", os.path.join(ROOT, "runtimes/node/bootstrap.js")]


@pytest.fixture(autouse=True, params=[FakeHttp, FakePipe])
def form(request, monkeypatch):
    """Each test is made over both forms of the Runtime API."""
    monkeypatch.setattr(Function, "form", request.param)


def node(files, handler="index.handler", environment=None):
    return Function(COMMAND, {"index.js": files} if isinstance(files, str) else files, handler, environment)


@pytest.mark.parametrize("files, handler", [
    ("exports.handler = async (event) => ({ got: event });", "index.handler"),
    ("exports.handler = (event, context, callback) => callback(null, { got: event });", "index.handler"),
    ("exports.handler = (event, context) => context.succeed({ got: event });", "index.handler"),
    ("exports.handler = (event, context) => context.done(null, { got: event });", "index.handler"),
    ("exports.a = { b: async (event) => ({ got: event }) };", "index.a.b"),
    ({"index.mjs": "const got = await Promise.resolve(1); export const handler = async (event) => ({ got: event });"}, "index.handler"),
    ({"index.cjs": "exports.handler = async (event) => ({ got: event });"}, "index.handler"),
    ({"index.js": "export async function handler(event) { return { got: event }; }", "package.json": '{"type":"module"}'}, "index.handler"),
    ({"src/deep/app.js": "exports.run = async (event) => ({ got: event });"}, "src/deep/app.run"),
])
def test_handlers_of_every_style_and_place_are_called(files, handler):
    with node(files, handler) as function:
        for number in range(3):
            path, body = function.invoke({"n": number}, request_id="id-%d" % number)
            assert path == "invocation/id-%d/response" % number
            assert body == {"got": {"n": number}}


def test_large_events_and_answers_pass_whole():
    with node("exports.handler = async (event) => event;") as function:
        event = {"text": "ä" * 1_500_000}
        assert function.invoke(event)[1] == event


def test_no_answer_is_null():
    for body in ("async () => {}", "async () => undefined", "() => {}", "(e, c, callback) => callback()"):
        with node("exports.handler = %s;" % body) as function:
            function.send({})
            assert function.answer()[2] == b"null"


def test_a_callback_waits_for_the_rest_of_the_work_unless_told_not_to():
    code = "exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = event.wait; let n = 0;" \
           " setTimeout(() => { n = 1; console.log('late'); }, 200); callback(null, 'done'); };"
    with node(code) as function:
        assert function.invoke({"wait": True})[1] == "done"
        function.process.kill()
        assert "late" in function.output_at_end()
    with node(code) as function:
        assert function.invoke({"wait": False})[1] == "done"
        assert "late" not in function.stop()


def test_context_has_all_attributes():
    code = "exports.handler = async (e, c) => [c.functionName, c.functionVersion, c.memoryLimitInMB, c.logGroupName, c.logStreamName," \
           " c.invokedFunctionArn, c.awsRequestId, c.clientContext, c.identity, c.getRemainingTimeInMillis() > 50000," \
           " c.callbackWaitsForEmptyEventLoop, process.env._X_AMZN_TRACE_ID];"
    with node(code) as function:
        headers = {"Lambda-Runtime-Client-Context": '{"custom":{"a":1}}', "Lambda-Runtime-Trace-Id": "Root=1"}
        assert function.invoke({}, headers=headers)[1] == [
            "fn", "$LATEST", "128", "/aws/lambda/fn", "stream", "arn:aws:lambda:us-east-1:000000000000:function:fn", "id-1",
            {"custom": {"a": 1}}, None, True, True, "Root=1"]


@pytest.mark.parametrize("body", ["async () => { throw new TypeError('bad'); }", "() => { throw new TypeError('bad'); }",
                                  "(e, c, callback) => callback(new TypeError('bad'))", "(e, c) => c.fail(new TypeError('bad'))"])
def test_errors_of_every_style_are_answered_and_the_function_goes_on(body):
    with node("const bad = %s; exports.handler = (e, c, k) => e.bad ? bad(e, c, k) : k(null, 1);" % body) as function:
        function.send({"bad": True})
        path, headers, answer = function.answer()
        error = json.loads(answer)
        assert path == "invocation/id-1/error"
        assert headers["Lambda-Runtime-Function-Error-Type"] == "TypeError"
        assert list(error) == ["errorType", "errorMessage", "trace"]
        assert (error["errorType"], error["errorMessage"], error["trace"][0]) == ("TypeError", "bad", "TypeError: bad")
        assert function.invoke({})[1] == 1
        assert re.match(r'\S+Z\tid-1\tERROR\tInvoke Error \t{"errorType":"TypeError","errorMessage":"bad","stack":\[', function.stop())


def test_what_is_thrown_need_not_be_an_error():
    with node("exports.handler = async () => { throw 'text'; };") as function:
        assert function.invoke({})[1] == {"errorType": "string", "errorMessage": "text", "trace": []}


@pytest.mark.parametrize("files, handler, kind, message", [
    ({"index.js": ""}, "nothere.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'nothere'"),
    ({"index.js": "require('absent')"}, "index.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'absent'"),
    ({"index.mjs": "import 'absent'"}, "index.handler", "Runtime.ImportModuleError", "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'absent'"),
    ({"index.js": ""}, "index.handler", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
    ({"index.js": "exports.handler = 5"}, "index.handler", "Runtime.HandlerNotFound", "index.handler is not a function"),
    ({"index.js": ""}, "index", "Runtime.MalformedHandlerName", "Bad handler"),
    ({"index.js": ""}, "../index.handler", "Runtime.MalformedHandlerName", "'../index.handler' is not a valid handler name."),
    ({"index.js": "function ("}, "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Function statements require a function name"),
    ({"index.js": "throw new RangeError('at start')"}, "index.handler", "RangeError", "at start"),
])
def test_init_errors_have_their_names_and_texts(files, handler, kind, message):
    with node(files, handler) as function:
        path, headers, body = function.answer()
        error = json.loads(body)
        assert path == "init/error"
        assert headers["Lambda-Runtime-Function-Error-Type"] == kind
        assert error["errorType"] == kind
        assert error["errorMessage"].startswith(message)
        assert function.process.wait(timeout=10) == 129
        assert re.match(r'\S+Z\tundefined\tERROR\tUncaught Exception \t{"errorType":"%s"' % re.escape(kind), function.output_at_end())


def test_an_unhandled_rejection_is_told_and_ends_the_process():
    with node("exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 500)); };") as function:
        path, error = function.invoke({})
        assert path == "invocation/id-1/error"
        assert (error["errorType"], error["errorMessage"]) == ("Runtime.UnhandledPromiseRejection", "Error: lost")
        assert function.process.wait(timeout=10) == 128


def test_an_uncaught_exception_is_told_and_ends_the_process():
    with node("exports.handler = async () => { setTimeout(() => { throw new Error('late'); }, 1); await new Promise(() => setTimeout(() => {}, 500)); };") as function:
        path, error = function.invoke({})
        assert path == "invocation/id-1/error"
        assert (error["errorType"], error["errorMessage"]) == ("Error", "late")
        assert function.process.wait(timeout=10) == 129


def test_an_open_promise_with_nothing_left_to_do_is_an_error():
    with node("exports.handler = () => new Promise(() => {});") as function:
        error = function.invoke({})[1]
        assert error["errorType"] == "Runtime.NodeJsExit"
        assert error["errorMessage"].startswith("The Lambda runtime client detected an unexpected Node.js exit code.")


NODE_24 = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}


@pytest.mark.parametrize("body, expected", [
    ("(event) => event.n", 7), ("async (event) => event.n", 7), ("() => {}", None),
    ("() => { setTimeout(() => {}, 5000); return 'at once'; }", "at once"),
    ("(event, context) => [context.done, context.succeed, context.fail, context.callbackWaitsForEmptyEventLoop].map((x) => x ?? null)",
     [None] * 4),
])
def test_since_version_24_a_handler_answers_with_what_it_returns(body, expected):
    with node("exports.handler = %s;" % body, environment=NODE_24) as function:
        for number in range(2):
            assert function.invoke({"n": 7}, request_id="id-%d" % number) == ("invocation/id-%d/response" % number, expected)


def test_since_version_24_errors_are_those_of_before():
    for body, kind in (("() => { throw new TypeError('x'); }", "TypeError"), ("async () => { throw new TypeError('x'); }", "TypeError"),
                       ("() => new Promise(() => {})", "Runtime.NodeJsExit")):
        with node("exports.handler = %s;" % body, environment=NODE_24) as function:
            assert function.invoke({})[1]["errorType"] == kind


def test_since_version_24_a_handler_with_a_callback_is_none():
    with node("exports.handler = (event, context, callback) => callback(null, 1);", environment=NODE_24) as function:
        path, _, body = function.answer()
        assert (path, json.loads(body)["errorType"]) == ("init/error", "Runtime.CallbackHandlerDeprecated")


def test_leaving_the_process_ends_the_runtime_with_that_status():
    with node("exports.handler = async () => process.exit(7);") as function:
        function.send({})
        assert function.process.wait(timeout=10) == 7


def test_console_writes_one_record_a_call():
    with node("console.log('at start'); exports.handler = async () => { console.log('a %s', 'b', { c: 1 }); console.error('two\\nlines'); console.debug(1); };") as function:
        function.invoke({})
        lines = [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "T", line) for line in function.stop().split("\n")]
        assert lines == ["T\tundefined\tINFO\tat start", "T\tid-1\tINFO\ta b { c: 1 }", "T\tid-1\tERROR\ttwo\rlines", "T\tid-1\tDEBUG\t1", ""]


def test_log_lines_are_json_objects_when_asked_for():
    code = "exports.handler = async () => { console.info('low'); console.warn({ a: 1 }); console.error('x', new TypeError('bad')); };"
    with node(code, environment={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}) as function:
        function.invoke({})
        lines = [json.loads(line) for line in function.stop().splitlines()]
        assert [(line["level"], line["requestId"]) for line in lines] == [("WARN", "id-1"), ("ERROR", "id-1")]
        assert lines[0]["message"] == {"a": 1}
        assert (lines[1]["errorType"], lines[1]["errorMessage"]) == ("TypeError", "bad")
        assert lines[1]["stackTrace"][0] == "TypeError: bad" and lines[1]["stackTrace"][1].startswith("    at ")


def test_what_is_logged_alone_stays_what_it_is():
    code = "class Own extends Error { constructor(m) { super(m); this.code = 42; } }\n" \
           "exports.handler = async () => { for (const one of [5, true, null, [1], 'text', 5n, new Own('bad'), { in: new Own('deep') }])" \
           " console.log(one); const ring = {}; ring.self = ring; console.log(ring); console.log(); throw new Own('end'); };"
    with node(code, environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"}) as function:
        function.invoke({})
        messages = [json.loads(line)["message"] for line in function.stop().splitlines()]
        errors = [messages.pop(6), messages.pop(6)["in"], messages.pop()]
        assert messages == [5, True, None, [1], "text", "5n", "<ref *1> { self: [Circular *1] }", ""]
        assert [(one["errorType"], one["errorMessage"], one["code"]) for one in errors] == [
            ("Own", text, 42) for text in ("bad", "deep", "end")]
        assert errors[0]["stackTrace"][0] == "Error: bad" and errors[0]["stackTrace"][1].startswith("    at ")


def test_a_response_is_streamed_with_its_prelude():
    code = "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });" \
           " stream.write('one'); await new Promise((r) => setTimeout(r, 5)); stream.write('two'); stream.end(); });"
    with node(code) as function:
        for _ in range(2):
            function.send({})
            path, headers, body = function.answer()
            assert path == "invocation/id-1/response"
            assert headers["Lambda-Runtime-Function-Response-Mode"] == "streaming"
            assert headers["Content-Type"] == "application/vnd.awslambda.http-integration-response"
            assert body == b'{"statusCode":201}' + bytes(8) + b"onetwo"


def test_an_error_in_the_middle_of_a_stream_comes_as_trailers():
    code = "exports.handler = awslambda.streamifyResponse(async (event, stream) => { if (event.early) throw new Error('early'); stream.write('one'); throw new TypeError('bad'); });"
    with node(code) as function:
        assert function.invoke({"early": True})[1]["errorMessage"] == "early"
        function.send({})
        body, kind, detail = function.answer()[2].split(b"|")
        assert body == b"one" and kind == b"Lambda-Runtime-Function-Error-Type: TypeError"
        assert json.loads(base64.b64decode(detail.split(b": ")[1]))["errorMessage"] == "bad"


def test_http_is_not_loaded_before_the_handler():
    with node("exports.handler = async () => process.moduleLoadList.includes('NativeModule http');") as function:
        assert function.invoke({})[1] is False
