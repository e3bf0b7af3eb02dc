"""Promise: AWS code runs unchanged: durable functions in JavaScript, written with the official SDK."""

import json

import pytest
from blackbox_server import create, invoke, until
from durable import NODE_MODULES, create_durable, durable_server, ended, history, start

HEAD = "const { withDurableExecution } = require('@aws/durable-execution-sdk-js');\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not NODE_MODULES.is_dir():
        pytest.skip("tests/js/node_modules is not installed")
    one = durable_server(tmp_path_factory.mktemp("durable") / "data")
    yield one
    assert one.stop() == 0


@pytest.fixture(scope="module")
def aws(server):
    return server.client("lambda")


def in_javascript(server, body):
    code = HEAD + f"exports.handler = withDurableExecution(async (event, context) => {{\n{body}\n}});\n"
    return create_durable(server, {"app.js": code}, Runtime="nodejs22.x", Handler="app.handler")


def test_steps_and_a_wait(server, aws):
    name = in_javascript(server, """
      const first = await context.step('first', async () => event.n + 1);
      await context.wait('pause', { seconds: 1 });
      return [first, await context.step('second', async () => first * 2)];
    """)
    answer, result = invoke(aws, name, {"n": 20})
    assert result == [21, 42], (answer, result)
    types = [event["EventType"] for event in history(aws, answer["DurableExecutionArn"])]
    assert types.count("InvocationCompleted") == 2 and types.count("StepSucceeded") == 2


def test_a_step_is_tried_again(server, aws):
    name = in_javascript(server, """
      return context.step('work', async (step) => {
        if (!globalThis.tried) { globalThis.tried = true; throw new Error('not yet'); }
        return 'done';
      }, { retryStrategy: (error, attempt) => ({ shouldRetry: attempt < 3, delay: { seconds: 1 } }) });
    """)
    answer, result = invoke(aws, name)
    assert result == "done", (answer, result)


def test_a_callback_and_a_chained_invoke_beside_each_other(server, aws):
    child = create(aws, "def handler(event, context):\n    return event * 2\n")
    name = in_javascript(server, """
      const [answer, doubled] = await context.parallel('both', [
        async (branch) => branch.waitForCallback('ask', async (id) => {}, { timeout: { seconds: 60 } }),
        async (branch) => branch.invoke('double', event.child, 21),
      ]).then((done) => done.getResults());
      return [answer, doubled];
    """)
    arn = start(aws, name, {"child": child})
    callback = until(lambda: next((event["CallbackStartedDetails"]["CallbackId"] for event in history(aws, arn)
                                   if event["EventType"] == "CallbackStarted"), None))
    aws.send_durable_execution_callback_success(CallbackId=callback, Result=b"yes")
    found = ended(aws, arn)
    assert found["Status"] == "SUCCEEDED" and json.loads(found["Result"]) == ["yes", 42], found


def test_a_map_with_waits_inside(server, aws):
    name = in_javascript(server, """
      const done = await context.map('squares', event, async (branch, item) => {
        await branch.wait({ seconds: 1 });
        return branch.step(async () => item * item);
      });
      return done.getResults();
    """)
    answer, result = invoke(aws, name, [1, 2, 3])
    assert result == [1, 4, 9], (answer, result)


def test_an_error_of_the_handler_fails_the_execution(server, aws):
    name = in_javascript(server, "throw new RangeError('too far');")
    answer, error = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled" and (error["errorMessage"], error["errorType"]) == ("too far", "RangeError")
