"""Promise: AWS code runs unchanged: durable functions, written with the official SDK, of which none is changed. What they
did is kept, and they go on where they were."""

import json
import time

import botocore.exceptions
import pytest
from blackbox_server import create, invoke, until
from durable import create_durable, durable_server, ended, fresh, history, start

STEPS = """
@durable_execution
def handler(event, context: DurableContext):
    first = context.step(lambda _: event["n"] + 1, name="first")
    context.wait(Duration.from_seconds(1), name="pause")
    second = context.step(lambda _: first * 2, name="second")
    return {"first": first, "second": second}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = durable_server(tmp_path_factory.mktemp("durable") / "data")
    yield one
    assert one.stop() == 0


@pytest.fixture(scope="module")
def aws(server):
    return server.client("lambda")


def test_steps_and_a_wait_and_the_result_for_who_waits(server, aws):
    name = create_durable(server, STEPS)
    answer, result = invoke(aws, name, {"n": 20})
    assert result == {"first": 21, "second": 42}
    assert answer["ExecutedVersion"] == "$LATEST" and "FunctionError" not in answer
    arn = answer["DurableExecutionArn"]
    assert f":function:{name}/durable-execution/" in arn
    assert [event["EventType"] for event in history(aws, arn)] == [
        "ExecutionStarted", "StepStarted", "StepSucceeded", "WaitStarted", "InvocationCompleted", "WaitSucceeded",
        "StepStarted", "StepSucceeded", "InvocationCompleted", "ExecutionSucceeded"]


RETRIES = """
from aws_durable_execution_sdk_python.retries import RetryDecision
@durable_execution
def handler(event, context: DurableContext):
    def work(step):
        if step.attempt < 3:
            raise ValueError(f"attempt {step.attempt}")
        return step.attempt
    retry = StepConfig(retry_strategy=lambda error, attempt: RetryDecision(attempt < event["max"], Duration.from_seconds(1)))
    return context.step(work, name="work", config=retry)
"""


def test_a_step_is_tried_again_until_it_succeeds(server, aws):
    name = create_durable(server, RETRIES)
    arn = start(aws, name, {"max": 5})
    found = ended(aws, arn)
    assert (found["Status"], found["Result"]) == ("SUCCEEDED", "3")
    failed = [event["StepFailedDetails"] for event in history(aws, arn) if event["EventType"] == "StepFailed"]
    assert [one["RetryDetails"] for one in failed] == [{"CurrentAttempt": 1, "NextAttemptDelaySeconds": 1},
                                                      {"CurrentAttempt": 2, "NextAttemptDelaySeconds": 1}]
    assert [one["Error"]["Payload"]["ErrorMessage"] for one in failed] == ["attempt 1", "attempt 2"]


def test_a_step_that_fails_for_good_fails_the_execution(server, aws):
    name = create_durable(server, RETRIES)
    answer, error = invoke(aws, name, {"max": 1})
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorMessage"] == "attempt 1" and error["errorType"].endswith("StepError")
    found = ended(aws, answer["DurableExecutionArn"])
    assert found["Status"] == "FAILED" and found["Error"]["ErrorMessage"] == "attempt 1" and "Result" not in found


CALLBACK = """
@durable_execution
def handler(event, context: DurableContext):
    config = CallbackConfig(timeout=Duration.from_seconds(event.get("timeout", 60)), heartbeat_timeout=Duration.from_seconds(event.get("heartbeat", 0)))
    callback = context.create_callback(name="approval", config=config)
    try:
        return callback.result()
    except Exception as error:
        return [type(error).__name__, str(error), (error.__cause__ or error).error_type]
"""


def callback_of(aws, arn):
    def look():
        for event in history(aws, arn):
            if event["EventType"] == "CallbackStarted":
                return event["CallbackStartedDetails"]["CallbackId"]
        return None

    return until(look)


def test_a_callback_is_answered_from_outside(server, aws):
    name = create_durable(server, CALLBACK)
    arn = start(aws, name, {})
    callback = callback_of(aws, arn)
    aws.send_durable_execution_callback_heartbeat(CallbackId=callback)
    aws.send_durable_execution_callback_success(CallbackId=callback, Result=b'"yes"')
    assert ended(aws, arn)["Result"] == json.dumps('"yes"')
    with pytest.raises(aws.exceptions.CallbackTimeoutException):
        aws.send_durable_execution_callback_success(CallbackId=callback, Result=b'"again"')
    for wrong in ({"CallbackId": "bm9uZQ==", "Result": b'"x"'}, {"CallbackId": callback, "Result": b"\xff"}):
        with pytest.raises(aws.exceptions.InvalidParameterValueException):
            aws.send_durable_execution_callback_success(**wrong)


def test_a_callback_may_fail(server, aws):
    arn = start(aws, create_durable(server, CALLBACK), {})
    aws.send_durable_execution_callback_failure(CallbackId=callback_of(aws, arn), Error={"ErrorMessage": "no", "ErrorType": "Denied"})
    assert json.loads(ended(aws, arn)["Result"])[:2] == ["CallbackExternalError", "no"]
    failed = [event["CallbackFailedDetails"] for event in history(aws, arn) if event["EventType"] == "CallbackFailed"]
    assert [one["Error"]["Payload"] for one in failed] == [{"ErrorMessage": "no", "ErrorType": "Denied"}]


@pytest.mark.parametrize("event, why", [({"timeout": 1}, "Callback.Timeout"), ({"heartbeat": 1}, "Callback.Heartbeat")])
def test_a_callback_that_nobody_answers_times_out(server, aws, event, why):
    arn = start(aws, create_durable(server, CALLBACK), event)
    assert json.loads(ended(aws, arn)["Result"])[0] == "CallbackTimeoutError"
    late = [event["CallbackTimedOutDetails"] for event in history(aws, arn) if event["EventType"] == "CallbackTimedOut"]
    assert [one["Error"]["Payload"]["ErrorType"] for one in late] == [why]


def test_a_heartbeat_keeps_a_callback_from_timing_out(server, aws):
    arn = start(aws, create_durable(server, CALLBACK), {"heartbeat": 3})
    callback, end = callback_of(aws, arn), time.monotonic() + 6
    while time.monotonic() < end:
        aws.send_durable_execution_callback_heartbeat(CallbackId=callback)
        time.sleep(0.5)
    aws.send_durable_execution_callback_success(CallbackId=callback, Result=b'"late"')
    assert ended(aws, arn)["Result"] == json.dumps('"late"')


CHAIN = """
@durable_execution
def handler(event, context: DurableContext):
    try:
        return context.invoke(event["function"], event["payload"], name="chained")
    except Exception as error:
        return [type(error).__name__, str(error), (error.__cause__ or error).error_type]
"""


def chained(aws, server, function, payload, **options):
    arn = start(aws, create_durable(server, CHAIN, **options), {"function": function, "payload": payload})
    return arn, json.loads(ended(aws, arn)["Result"])


def test_a_chained_invoke_of_a_durable_function(server, aws):
    child = create_durable(server, STEPS)
    arn, result = chained(aws, server, child, {"n": 1})
    assert result == {"first": 2, "second": 4}
    begun = [event for event in history(aws, arn) if event["EventType"] == "ChainedInvokeStarted"][0]["ChainedInvokeStartedDetails"]
    assert begun["ExecutedVersion"] == "$LATEST" and json.loads(begun["Input"]["Payload"]) == {"n": 1}
    assert aws.get_durable_execution(DurableExecutionArn=begun["DurableExecutionArn"])["Status"] == "SUCCEEDED"


def test_a_chained_invoke_of_another_function(server, aws):
    child = create(aws, "def handler(event, context):\n    if event < 0: raise KeyError('negative')\n    return event * 2\n")
    assert chained(aws, server, child, 21)[1] == 42
    kind, text, error_type = chained(aws, server, child, -1)[1]
    assert (kind, error_type) == ("InvokeError", "KeyError") and "negative" in text


def test_chained_invokes_need_a_right_of_the_role_and_a_function(server, aws):
    child = create(aws, "def handler(event, context):\n    return event\n")
    poor = server.make_role("durable-poor", "service-role/AWSLambdaBasicDurableExecutionRolePolicy")
    assert chained(aws, server, child, 1, Role=poor)[1][2] == "AccessDeniedException"
    assert chained(aws, server, fresh("nobody"), 1)[1][2] == "ResourceNotFoundException"
    durable = create_durable(server, STEPS).partition(":")[0]
    kind, text, error_type = chained(aws, server, durable, {"n": 1})[1]
    assert "unqualified ARN" in text and error_type == "InvalidParameterValueException"


def test_a_chain_without_end_is_stopped(server, aws):
    name = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    try:
        return context.invoke(event, event, name="again") + 1
    except Exception as error:
        return 0 if "set off itself" in str(error) else str(error)
""")
    assert invoke(aws, name, name)[1] == 15, "after it ran 16 times"


MAP = """
@durable_execution
def handler(event, context: DurableContext):
    def one(child, item, index, items):
        child.wait(Duration.from_seconds(1))
        return child.step(lambda _: item * item, name=f"square-{index}")
    done = context.map(event, one, name="squares")
    condition = context.wait_for_condition(lambda state, _: state + 1, WaitForConditionConfig(
        initial_state=0, wait_strategy=lambda state, attempt: decide(state)))
    return [done.get_results(), condition, context.run_in_child_context(lambda c: "x" * 300000, name="large")[:3]]
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision
def decide(state):
    return WaitForConditionDecision.continue_waiting(Duration.from_seconds(1)) if state < 2 else WaitForConditionDecision.stop_polling()
"""


def test_branches_and_conditions_and_large_contexts(server, aws):
    arn = start(aws, create_durable(server, MAP), [1, 2, 3, 4])
    found = ended(aws, arn)
    assert found["Status"] == "SUCCEEDED", found
    assert json.loads(found["Result"]) == [[1, 4, 9, 16], 2, "xxx"]


def test_a_name_is_one_execution(server, aws):
    name = create_durable(server, STEPS)
    once = fresh()
    arn = start(aws, name, {"n": 1}, once)
    assert start(aws, name, {"n": 1}, once) == arn
    answer, result = invoke(aws, name, {"n": 1}, DurableExecutionName=once)
    assert answer["DurableExecutionArn"] == arn and result["second"] == 4
    assert start(aws, name, {"n": 1}, once) == arn, "also when it has ended"
    with pytest.raises(aws.exceptions.DurableExecutionAlreadyStartedException) as refused:
        start(aws, name, {"n": 2}, once)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert start(aws, create_durable(server, STEPS), {"n": 2}, once) != arn, "another function's names are its own"


def test_how_durable_functions_are_invoked(server, aws):
    long = create_durable(server, STEPS, DurableConfig={"ExecutionTimeout": 3600})
    for name, why in ((long.partition(":")[0], "unqualified ARN"), (long, "greater than 15 minutes")):
        with pytest.raises(aws.exceptions.InvalidParameterValueException, match=why):
            aws.invoke(FunctionName=name)
    with pytest.raises(aws.exceptions.InvalidParameterValueException, match="unqualified ARN"):
        aws.invoke(FunctionName=long.partition(":")[0], InvocationType="Event")
    plain = create(aws, "def handler(event, context):\n    return event\n")
    with pytest.raises(aws.exceptions.InvalidParameterValueException):
        aws.invoke(FunctionName=plain, DurableExecutionName="x")


def test_a_version_runs_its_own_code_to_the_end(server, aws):
    name = create_durable(server, STEPS).partition(":")[0]
    version = aws.publish_version(FunctionName=name)["Version"]
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    arn = start(aws, name + ":live", {"n": 3})
    assert f":function:{name}:{version}/durable-execution/" in arn
    found = ended(aws, arn)
    assert found["Version"] == version and json.loads(found["Result"])["second"] == 8


def test_the_configuration_of_a_durable_function(server, aws):
    name = create_durable(server, STEPS, DurableConfig={"ExecutionTimeout": 60}).partition(":")[0]
    assert aws.get_function_configuration(FunctionName=name)["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}
    aws.update_function_configuration(FunctionName=name, DurableConfig={"RetentionPeriodInDays": 3})
    until(lambda: aws.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful")
    assert aws.get_function_configuration(FunctionName=name)["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 3}
    plain = create(aws, "def handler(event, context):\n    return event\n")
    with pytest.raises(aws.exceptions.InvalidParameterValueException):
        aws.update_function_configuration(FunctionName=plain, DurableConfig={"ExecutionTimeout": 60})


@pytest.mark.parametrize("answer, why", [
    ("{'hello': 1}", "Invalid Status in invocation output."),
    ("'text'", "Invalid invocation output."),
    ("{'Status': 'FAILED', 'Result': 'x'}", "Cannot provide a Result for FAILED status."),
    ("{'Status': 'SUCCEEDED', 'Error': {}}", "Cannot provide an Error for SUCCEEDED status."),
    ("{'Status': 'PENDING'}", "Cannot return PENDING status with no pending operations."),
])
def test_an_answer_that_is_none_fails_the_execution(server, aws, answer, why):
    name = create_durable(server, f"def handler(event, context):\n    return {answer}\n")
    answer, error = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled"
    assert error == {"errorMessage": why, "errorType": "InvalidParameterValueException"}


def test_an_invocation_that_dies_is_followed_by_another(server, aws):
    name = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    ran = context.step(lambda _: time.time(), name="once")
    context.wait(Duration.from_seconds(1))
    if not os.path.exists("/tmp/died"):
        open("/tmp/died", "w").close()
        os._exit(3)
    return ran
""")
    answer, _ = invoke(aws, name)
    assert "FunctionError" not in answer
    events = history(aws, answer["DurableExecutionArn"])
    assert [event["EventType"] for event in events].count("StepSucceeded") == 1
    errors = [event["InvocationCompletedDetails"].get("Error") for event in events if event["EventType"] == "InvocationCompleted"]
    assert [error["Payload"]["ErrorType"] for error in errors if error] == ["Runtime.ExitError"]


def test_a_function_that_only_fails_is_given_up(server, aws):
    name = create_durable(server, "def handler(event, context):\n    raise ValueError('no')\n")
    answer, error = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled" and (error["errorMessage"], error["errorType"]) == ("no", "ValueError")
    assert [event["EventType"] for event in history(aws, answer["DurableExecutionArn"])].count("InvocationCompleted") == 3


def test_the_role_must_let_it_checkpoint(server, aws):
    poor = server.make_role("durable-mute", "service-role/AWSLambdaBasicExecutionRole")
    answer, error = invoke(aws, create_durable(server, STEPS, Role=poor), {"n": 1})
    assert answer["FunctionError"] == "Unhandled" and "CheckpointDurableExecution" in error["errorMessage"]


def test_an_execution_that_takes_too_long_times_out(server, aws):
    name = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    context.wait(Duration.from_days(1))
""", DurableConfig={"ExecutionTimeout": 1})
    answer, _ = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled"
    assert ended(aws, answer["DurableExecutionArn"])["Status"] == "TIMED_OUT"
    assert history(aws, answer["DurableExecutionArn"])[-1]["EventType"] == "ExecutionTimedOut"


SLEEP = """
@durable_execution
def handler(event, context: DurableContext):
    context.step(lambda _: 1, name="before")
    context.wait(Duration.from_seconds(event))
    return context.step(lambda _: "done", name="after")
"""


def running_wait(aws, arn):
    until(lambda: "InvocationCompleted" in [event["EventType"] for event in history(aws, arn)])


def test_an_execution_is_stopped(server, aws):
    arn = start(aws, create_durable(server, SLEEP), 1000)
    running_wait(aws, arn)
    stopped = aws.stop_durable_execution(DurableExecutionArn=arn, Error={"ErrorMessage": "enough"})["StopTimestamp"]
    found = aws.get_durable_execution(DurableExecutionArn=arn)
    assert (found["Status"], found["Error"], found["EndTimestamp"]) == ("STOPPED", {"ErrorMessage": "enough"}, stopped)
    assert aws.stop_durable_execution(DurableExecutionArn=arn)["StopTimestamp"] == stopped


def test_an_execution_pauses_and_goes_on(server, aws):
    arn = start(aws, create_durable(server, SLEEP), 1)
    running_wait(aws, arn)
    for _ in range(2):
        aws.pause_durable_execution(DurableExecutionArn=arn, Reason="look", ClientToken="again")
    found = aws.get_durable_execution(DurableExecutionArn=arn)
    assert found["Status"] == "PAUSED" and found["PauseDetails"]["Reason"] == "look"
    until(lambda: "WaitSucceeded" in [event["EventType"] for event in history(aws, arn)])
    with pytest.raises(aws.exceptions.ResourceConflictException):
        aws.pause_durable_execution(DurableExecutionArn=arn)
    with pytest.raises(aws.exceptions.ResourceConflictException):
        aws.delete_durable_execution(DurableExecutionArn=arn)
    for _ in range(2):
        aws.resume_durable_execution(DurableExecutionArn=arn, ClientToken="again")
    assert ended(aws, arn)["Status"] == "SUCCEEDED"
    types = [event["EventType"] for event in history(aws, arn)]
    assert types.index("ExecutionPaused") < types.index("WaitSucceeded") < types.index("ExecutionResumed")
    with pytest.raises(aws.exceptions.ResourceConflictException):
        aws.resume_durable_execution(DurableExecutionArn=arn)


def test_a_pause_takes_the_invocation_under_way_at_its_next_checkpoint(server, aws):
    arn = start(aws, create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    context.step(lambda _: time.sleep(2), name="slow")
    return context.step(lambda _: "done", name="after")
"""), None)
    until(lambda: "StepStarted" in [event["EventType"] for event in history(aws, arn)])
    aws.pause_durable_execution(DurableExecutionArn=arn)
    assert aws.get_durable_execution(DurableExecutionArn=arn)["Status"] == "PAUSING"
    until(lambda: aws.get_durable_execution(DurableExecutionArn=arn)["Status"] == "PAUSED")
    aws.resume_durable_execution(DurableExecutionArn=arn)
    assert ended(aws, arn)["Result"] == '"done"'
    assert [event["EventType"] for event in history(aws, arn)].count("StepSucceeded") == 2


def test_an_execution_is_deleted(server, aws):
    name = create_durable(server, STEPS)
    once = fresh()
    arn = start(aws, name, {"n": 1}, once)
    ended(aws, arn)
    aws.delete_durable_execution(DurableExecutionArn=arn)
    for operation in (aws.get_durable_execution, aws.get_durable_execution_history):
        with pytest.raises(aws.exceptions.ResourceNotFoundException):
            operation(DurableExecutionArn=arn)
    assert aws.list_durable_executions_by_function(FunctionName=name)["DurableExecutions"] == []
    assert start(aws, name, {"n": 2}, once) != arn, "its name is free"


def test_executions_are_listed(server, aws):
    name = create_durable(server, STEPS).partition(":")[0]
    version = aws.publish_version(FunctionName=name)["Version"]
    arns = [start(aws, f"{name}:{version if number % 2 else '$LATEST'}", {"n": number}, f"e{number}") for number in range(5)]
    for arn in arns:
        ended(aws, arn)

    def listed(**options):
        return [one["DurableExecutionName"] for one in aws.list_durable_executions_by_function(FunctionName=name, **options)["DurableExecutions"]]

    assert listed() == ["e4", "e3", "e2", "e1", "e0"] and listed(ReverseOrder=True) == ["e0", "e1", "e2", "e3", "e4"]
    assert listed(Qualifier=version) == ["e3", "e1"]
    assert listed(DurableExecutionName="e2") == ["e2"]
    assert listed(Statuses=["RUNNING"]) == [] and len(listed(Statuses=["SUCCEEDED", "FAILED"])) == 5
    middle = aws.get_durable_execution(DurableExecutionArn=arns[2])["StartTimestamp"]
    assert listed(StartedAfter=middle) == ["e4", "e3"] and listed(StartedBefore=middle) == ["e1", "e0"]
    pages = aws.get_paginator("list_durable_executions_by_function").paginate(FunctionName=name, PaginationConfig={"PageSize": 2})
    assert [len(page["DurableExecutions"]) for page in pages] == [2, 2, 1]


def test_history_page_by_page_and_without_data(server, aws):
    arn = start(aws, create_durable(server, STEPS), {"n": 1})
    ended(aws, arn)
    events = history(aws, arn)
    assert [event["EventId"] for event in events] == list(range(1, len(events) + 1))
    assert history(aws, arn, ReverseOrder=True) == events[::-1]
    pages = aws.get_paginator("get_durable_execution_history").paginate(DurableExecutionArn=arn, PaginationConfig={"PageSize": 3})
    assert [event for page in pages for event in page["Events"]] == events
    bare = history(aws, arn, IncludeExecutionData=False)
    assert bare[0]["ExecutionStartedDetails"]["Input"] == {"Truncated": True}
    assert json.loads(events[0]["ExecutionStartedDetails"]["Input"]["Payload"]) == {"n": 1}
    found = aws.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=False)
    assert not {"InputPayload", "Result"} & set(found) and found["ExecutionDataIncluded"] is False


def test_what_is_not_there_and_what_is_no_name(server, aws):
    arn = start(aws, create_durable(server, STEPS), {"n": 1})
    other = arn.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
    for wrong in (other, arn.replace("$LATEST", "7")):
        with pytest.raises(aws.exceptions.ResourceNotFoundException):
            aws.get_durable_execution(DurableExecutionArn=wrong)
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        aws.get_durable_execution(DurableExecutionArn=arn.replace("arn:aws:", "arn:aws-x:"))
    assert refused.value.response["Error"]["Code"] in ("InvalidParameterValueException", "ValidationException")
    ended(aws, arn)
