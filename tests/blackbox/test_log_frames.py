"""Promise: your AWS code runs unchanged. What a function logs with several lines is one event in its log, with its lines."""

import pytest
from blackbox_server import create, invoke, logged
from test_layers import arn_of

PROGRAMS = {
    "python3.12": ("app.handler", {"app.py": """
import logging, os
logging.getLogger().setLevel("INFO")
def handler(event, context):
    print("before")
    logging.info("first\\n  second\\n\\nthird é")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("oh")
    logging.info("alone")
    return "_LAMBDA_TELEMETRY_LOG_FD" in os.environ
"""}),
    "nodejs20.x": ("app.handler", {"app.js": """
exports.handler = async () => {
  console.log("first\\n  second\\n\\nthird é");
  console.log("alone");
  return "_LAMBDA_TELEMETRY_LOG_FD" in process.env;
};
"""}),
    "ruby3.3": ("app.handler", {"app.rb": """
require 'logger'
LOG = Logger.new($stdout)
def handler(event:, context:)
  LOG.info("first\\n  second\\n\\nthird é")
  LOG.info("alone")
  ENV.key?('_LAMBDA_TELEMETRY_LOG_FD')
end
"""}),
}


def everything(logs, name):
    """All there is once the invoke has been reported."""
    logged(logs, name, "REPORT")
    return logged(logs, name, "")


@pytest.mark.parametrize("runtime", PROGRAMS)
def test_a_message_of_several_lines_is_one_event(aws, logs, runtime):
    handler, files = PROGRAMS[runtime]
    name = create(aws, files, Runtime=runtime, Handler=handler)
    assert invoke(aws, name)[1] is False, "the runtime has taken it"
    messages = everything(logs, name)
    [found] = [one for one in messages if "third" in one]
    assert found.rstrip("\n").endswith("first\n  second\n\nthird é"), found
    assert [one for one in messages if one.rstrip("\n").endswith("alone")]
    if runtime.startswith("python"):
        [trace] = [one for one in messages if "ZeroDivisionError" in one]
        assert "oh\nTraceback (most recent call last):\n" in trace
        assert trace.rstrip("\n").endswith("\nZeroDivisionError: division by zero")


def test_a_wrapper_may_use_the_descriptor(aws, logs):
    wrapper = """#!/bin/bash
printf '\\xa5\\x5a\\0\\3\\0\\0\\0\\x7\\0\\0\\0\\0\\0\\0\\0\\1one\\ntwo' >&$_LAMBDA_TELEMETRY_LOG_FD
exec "$@"
"""
    layer = arn_of(aws, {"wrap": wrapper})
    name = create(aws, "def handler(e, c):\n    return 1\n", Layers=[layer],
                  Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}})
    assert invoke(aws, name)[1] == 1
    assert [one for one in everything(logs, name) if one.rstrip("\n") == "one\ntwo"]
