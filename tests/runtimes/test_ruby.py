"""Promise: your AWS code runs unchanged (Ruby runtime)."""

import json
import os
import re

import pytest
from fake_runtime_api import ROOT, Function

COMMAND = ["/usr/bin/ruby", os.path.join(ROOT, "runtimes/ruby/bootstrap.rb")]


def ruby(files, handler="app.handler", environment=None):
    return Function(COMMAND, {"app.rb": files} if isinstance(files, str) else files, handler,
                    {"LC_CTYPE": "C.UTF-8", **(environment or {})})


def test_events_are_answered_one_after_another_on_one_connection():
    with ruby("def handler(event:, context:) = { got: event, id: context.aws_request_id }") as function:
        for number in range(3):
            path, body = function.invoke({"n": number}, request_id="id-%d" % number)
            assert path == "invocation/id-%d/response" % number
            assert body == {"got": {"n": number}, "id": "id-%d" % number}


def test_large_events_and_answers_pass_whole():
    with ruby("def handler(event:, context:) = event") as function:
        event = {"text": "ä" * 1_500_000}
        assert function.invoke(event)[1] == event


@pytest.mark.parametrize("value, expected", [("nil", b"null"), ("'ä'", '"ä"'.encode()), ("[1, 2.5, :a]", b'[1,2.5,"a"]'),
                                             ("StringIO.new('raw')", b"raw")])
def test_results_are_written_as_the_official_client_writes_them(value, expected):
    with ruby("def handler(event:, context:) = %s" % value) as function:
        function.send({})
        assert function.answer()[2] == expected


@pytest.mark.parametrize("files, handler", [
    ({"app.rb": "def handler(event:, context:) = 'here'"}, "app.handler"),
    ({"app.rb": "class App\n  def self.run(event:, context:) = 'here'\nend"}, "app.App.run"),
    ({"app.rb": "module Some\n  class App\n    def self.run(event:, context:) = 'here'\n  end\nend"}, "app.Some::App.run"),
    ({"lib/app.rb": "require 'beside'\ndef handler(event:, **) = HERE", "beside.rb": "HERE = 'here'"}, "lib/app.handler"),
])
def test_every_form_of_a_handlers_name_is_understood(files, handler):
    with ruby(files, handler) as function:
        assert function.invoke({})[1] == "here"


def test_context_has_all_attributes():
    code = """
def handler(event:, context:)
  left = context.get_remaining_time_in_millis
  [context.function_name, context.function_version, context.memory_limit_in_mb, context.log_group_name,
   context.log_stream_name, context.invoked_function_arn, left > 0 && left <= 60_000, context.deadline_ms.class,
   context.client_context, context.identity, context.tenant_id, ENV['_X_AMZN_TRACE_ID']]
end
"""
    headers = {"Lambda-Runtime-Client-Context": '{"custom":{"a":1}}', "Lambda-Runtime-Trace-Id": "Root=1",
               "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"c"}'}
    with ruby(code) as function:
        common = ["fn", "$LATEST", "128", "/aws/lambda/fn", "stream", "arn:aws:lambda:us-east-1:000000000000:function:fn", True, "Integer"]
        assert function.invoke({}, headers=headers)[1] == common + [{"custom": {"a": 1}}, {"cognitoIdentityId": "c"}, None, "Root=1"]
        assert function.invoke({})[1] == common + [None] * 4


def test_a_raised_error_is_answered_and_the_function_goes_on():
    with ruby("class Odd < StandardError; end\ndef handler(event:, context:)\n  raise Odd, 'bad ä' if event\n  1\nend\n") as function:
        function.send(True)
        path, headers, body = function.answer()
        assert path == "invocation/id-1/error"
        assert headers["Lambda-Runtime-Function-Error-Type"] == "Function<UserException>"
        assert json.loads(body) == {"errorMessage": "bad ä", "errorType": "Function<Odd>",
                                    "stackTrace": ["%s/app.rb:3:in `handler'" % function.folder.name]}
        assert function.invoke(False) == ("invocation/id-1/response", 1)
        assert function.stop().startswith('Error raised from handler method\n{\r  "errorMessage": "bad ä",\r')


@pytest.mark.parametrize("code, kind", [("nil.absent", "NoMethodError"), ("Absent", "NameError"), ("exit(7)", "SystemExit"),
                                        ("handler(event: event, context: context)", "SystemStackError")])
def test_a_fault_of_the_program_is_answered_and_ends_the_process(code, kind):
    with ruby("def handler(event:, context:)\n  %s\nend\n" % code) as function:
        function.send({})
        path, headers, body = function.answer()
        assert path == "invocation/id-1/error"
        assert headers["Lambda-Runtime-Function-Error-Type"] == json.loads(body)["errorType"] == "Function<%s>" % kind
        assert function.process.wait(timeout=10) == 255


@pytest.mark.parametrize("files, handler, kind, message", [
    ({"app.rb": ""}, "absent.handler", "LoadError", "cannot load such file -- absent"),
    ({"app.rb": "raise ArgumentError, 'x'"}, "app.handler", "ArgumentError", "x"),
    ({"app.rb": "def ("}, "app.handler", "SyntaxError", "app.rb:1: "),
    ({"app.rb": ""}, "app", "ArgumentError", 'Invalid handler ["app"], must be of form FILENAME.METHOD or'),
    ({"app.rb": "exit"}, "app.handler", "SystemExit", "exit"),
])
def test_init_errors_have_their_names_and_texts(files, handler, kind, message):
    with ruby(files, handler) as function:
        path, _, body = function.answer()
        assert path == "init/error"
        error = json.loads(body)
        assert error["errorType"] == "Init<%s>" % kind and message in error["errorMessage"]
        assert function.process.wait(timeout=10) == 252
        assert "Init error when loading handler %s\n" % handler in function.output_at_end()


def test_log_lines_carry_level_time_and_request():
    code = "LOG = Logger.new($stdout)\nLOG.warn('at start')\ndef handler(event:, context:)\n  LOG.info('one')\n  puts 'plain'\nend\n"
    with ruby(code) as function:
        function.invoke({})
        lines = function.stop().split("\n")
        assert re.fullmatch(r"W, \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #\d+\]  WARN  -- : at start", lines[0])
        assert re.fullmatch(r"I, \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #\d+\]  INFO id-1 -- : one", lines[1])
        assert lines[2:] == ["plain", ""]


def test_log_lines_are_json_objects_when_asked_for():
    code = "require 'logger'\nLOG = Logger.new($stderr, progname: 'p')\ndef handler(event:, context:)\n  LOG.info('low')\n  LOG.error('two')\n" \
           "  begin\n    1 / 0\n  rescue => error\n    LOG.fatal(error)\n  end\nend\n"
    with ruby(code, environment={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}) as function:
        function.invoke({})
        lines = [json.loads(line) for line in function.stop().splitlines()]
        assert [line["message"] for line in lines] == ["two", "divided by 0"]
        assert lines[0]["level"] == "ERROR" and lines[0]["requestId"] == "id-1" and lines[0]["logger"] == "p"
        assert lines[1]["errorType"] == "ZeroDivisionError"


def test_functions_may_read_and_write_bodies_their_own_way():
    code = "module AwsLambda\n  class Marshaller\n    def self.marshall_request(raw) = raw.body.upcase\n" \
           "    def self.marshall_response(value) = [StringIO.new(value), 'text/plain']\n  end\nend\n" \
           "def handler(event:, context:) = event\n"
    with ruby(code) as function:
        function.send(b'{"a":1}')
        _, headers, body = function.answer()
        assert (headers["Content-Type"], body) == ("text/plain", b'{"A":1}')


def test_methods_of_ours_are_not_in_the_functions_way():
    with ruby("BEFORE = Object.private_instance_methods(false)\ndef handler(event:, context:) = BEFORE\n") as function:
        assert function.invoke({})[1] == []


def test_what_the_official_runtime_has_loaded_is_there():
    with ruby("def handler(event:, context:) = [Net::HTTP, URI, OpenSSL, Logger, JSON, StringIO].size") as function:
        assert function.invoke({})[1] == 6
