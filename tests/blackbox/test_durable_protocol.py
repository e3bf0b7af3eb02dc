"""Promise: AWS code runs unchanged, and functions are strangers to each other: checkpoints of durable executions as any
client may send them. What is out of order, too large or not its own is refused in the service's words, and has no effect."""

import json

import botocore.exceptions
import pytest
from blackbox_server import create, invoke, until
from durable import create_durable, durable_server, ended, fresh, history, start
from test_urls import call as call_url
from test_urls import permit

# Does what its input says and tells what came of it: checkpoints, each with the token of that number (the last: -1).
SCRIPT = """
import boto3, botocore.exceptions
client = boto3.client("lambda")

def handler(event, context):
    operations = event["InitialExecutionState"]["Operations"]
    own = event["DurableExecutionArn"].rpartition("/")[2]
    script = json.loads(operations[0]["ExecutionDetails"]["InputPayload"].replace("THE_EXECUTION", own))
    tokens, told = [event["CheckpointToken"]], []
    if len(operations) > 1:
        return {"Status": "SUCCEEDED", "Result": json.dumps([event["UpdatedOperationIds"], [[one["Id"], one["Status"]] for one in operations[1:]]])}
    for call in script["calls"]:
        given = {"DurableExecutionArn": call.get("arn", event["DurableExecutionArn"]), "CheckpointToken": tokens[call.get("token", -1)]}
        try:
            if call.get("state"):
                answer = client.get_durable_execution_state(**given, **call["with"])
                told.append([[one["Id"] for one in answer["Operations"]], "NextMarker" in answer])
                continue
            answer = client.checkpoint_durable_execution(**given, **call["with"])
            tokens.append(answer.get("CheckpointToken"))
            told.append([[one["Id"], one["Type"], one["Status"]] for one in answer["NewExecutionState"]["Operations"]])
        except botocore.exceptions.ClientError as error:
            told.append([error.response["Error"]["Code"], error.response["Error"]["Message"]])
    answer = {"Status": script.get("status", "SUCCEEDED")}
    if answer["Status"] == "SUCCEEDED":
        answer["Result"] = json.dumps(told + [len(set(tokens))])
    return answer
"""
STALE = ["InvalidParameterValueException", "Invalid Checkpoint Token"]


def step(name, action="START", **more):
    return {"Id": name, "Type": "STEP", "Action": action, **more}


def call(*updates, token=-1, arn=None, **more):
    named = {"arn": arn} if arn else {}
    return {"with": {"Updates": list(updates), **more}, "token": token, **named}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = durable_server(tmp_path_factory.mktemp("durable") / "data")
    yield one
    assert one.stop() == 0


@pytest.fixture(scope="module")
def aws(server):
    return server.client("lambda")


@pytest.fixture(scope="module")
def scripted(server):
    return create_durable(server, SCRIPT)


def told(aws, scripted, *calls):
    answer, result = invoke(aws, scripted, {"calls": list(calls)})
    assert "FunctionError" not in answer, result
    return result[:-1], result[-1], answer["DurableExecutionArn"]


def test_each_token_counts_once(aws, scripted):
    answers, tokens, arn = told(aws, scripted, call(step("a")), call(step("b"), token=0), call(step("b")), call(step("c"), token=1))
    assert answers == [[["a", "STEP", "STARTED"]], STALE, [["b", "STEP", "STARTED"]], STALE]
    assert tokens == 3
    assert [event["Id"] for event in history(aws, arn) if event["EventType"] == "StepStarted"] == ["a", "b"]


def test_a_repeated_checkpoint_has_the_answer_again(aws, scripted):
    first, again = call(step("a"), ClientToken="t1", token=0), call(step("a"), ClientToken="t1", token=0)
    answers, tokens, arn = told(aws, scripted, first, again, call(step("b"), ClientToken="t2"), again,
                                call(step("a"), ClientToken="other", token=0))
    assert answers == [[["a", "STEP", "STARTED"]]] * 2 + [[["b", "STEP", "STARTED"]], STALE, STALE]
    assert tokens == 3, "and the same token"
    assert [event["Id"] for event in history(aws, arn) if event["EventType"] == "StepStarted"] == ["a", "b"]


def test_a_refused_checkpoint_changes_nothing_and_its_token_is_still_good(aws, scripted):
    answers, _, arn = told(aws, scripted, call(step("a"), step("a", "RETRY")), call(step("a", "SUCCEED", Payload="1")))
    assert answers == [["InvalidParameterValueException", "Invalid StepOptions for the given action."], [["a", "STEP", "SUCCEEDED"]]]
    assert [event["EventType"] for event in history(aws, arn)][1:3] == ["StepStarted", "StepSucceeded"]


def test_an_execution_takes_checkpoints_of_its_own_invocation_alone(server, aws, scripted):
    waiting = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    context.wait(Duration.from_days(1))
""")
    other = start(aws, waiting)
    until(lambda: "InvocationCompleted" in [event["EventType"] for event in history(aws, other)])
    before = history(aws, other)
    answers, _, own = told(aws, scripted, call(step("x"), arn=other))
    assert answers == [STALE] and history(aws, other) == before
    # Nor when it is over.
    answers, _, _ = told(aws, scripted, call(step("x"), arn=own))
    assert answers == [STALE]
    aws.stop_durable_execution(DurableExecutionArn=other)


@pytest.mark.parametrize("token", ["bm9uZQ==", "AAAA", "A" * 2048])
def test_a_token_that_nobody_gave(aws, scripted, token):
    arn = start(aws, scripted, {"calls": []})
    ended(aws, arn)
    for operation, more in ((aws.checkpoint_durable_execution, {"Updates": []}), (aws.get_durable_execution_state, {})):
        with pytest.raises(aws.exceptions.InvalidParameterValueException, match="Invalid Checkpoint Token"):
            operation(DurableExecutionArn=arn, CheckpointToken=token, **more)


def test_parents_are_contexts_and_the_execution_is_no_operation(aws, scripted):
    answers, _, _ = told(aws, scripted, call({"Id": "c", "Type": "CONTEXT", "Action": "START"}, step("a", ParentId="c")),
                         call(step("b", ParentId="a")), call(step("b", ParentId="nothing")), call(step("b", ParentId="THE_EXECUTION")),
                         call(step("THE_EXECUTION", "SUCCEED", Payload="1")))
    assert answers[1:4] == [["InvalidParameterValueException", "Invalid parent operation id."]] * 3
    assert answers[4] == ["InvalidParameterValueException", "Inconsistent operation type."]


def test_state_is_read_page_by_page(aws, scripted):
    many = call(*[step(f"s{number}", "SUCCEED", Payload="x") for number in range(5)])
    answers, _, _ = told(aws, scripted, many, {"state": True, "with": {"MaxItems": 4}}, {"state": True, "with": {}},
                         {"state": True, "with": {"Marker": "!"}}, {"state": True, "with": {}, "token": 0})
    (first, more), (everything, no_more), refused, (earlier, _) = answers[1:]
    assert len(first) == 4 and more and first[1:] == ["s0", "s1", "s2"]
    assert everything[1:] == [f"s{number}" for number in range(5)] and not no_more and earlier == everything
    assert refused == ["InvalidParameterValueException", "Invalid Marker"]


def test_what_a_context_had_inside_is_left_out_once_it_has_ended(aws, scripted):
    context = {"Id": "c", "Type": "CONTEXT", "Action": "START"}
    done = {"Id": "c", "Type": "CONTEXT", "Action": "SUCCEED", "Payload": "1"}
    read = {"state": True, "with": {}}
    for options, shown in (({}, ["c", "z"]), ({"ContextOptions": {"ReplayChildren": True}}, ["c", "a", "z"])):
        answers, _, _ = told(aws, scripted, call(context, step("a", "SUCCEED", ParentId="c"), step("z")), read, call({**done, **options}), read)
        assert answers[1][0][1:] == ["c", "a", "z"] and answers[3][0][1:] == shown


def test_a_wait_wakes_the_function_and_it_is_told_what_changed(aws, scripted):
    wait = {"Id": "w", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 1}}
    answer, result = invoke(aws, scripted, {"calls": [call(wait, step("a", "SUCCEED", Payload="1"))], "status": "PENDING"})
    assert "FunctionError" not in answer
    assert result == [["w"], [["w", "SUCCEEDED"], ["a", "SUCCEEDED"]]]


def test_too_many_operations_fail_the_execution(aws, scripted):
    arn = start(aws, scripted, {"calls": [call(*[step(f"s{number}") for number in range(3001)])]})
    found = ended(aws, arn)
    assert found["Status"] == "FAILED" and found["Error"]["ErrorType"] == "ServiceQuotaExceededException"


def test_an_execution_may_be_ended_by_a_checkpoint(aws, scripted):
    arn = start(aws, scripted, {"calls": [call({"Id": "end", "Type": "EXECUTION", "Action": "SUCCEED", "Payload": '"large"'}), call(step("a"))]})
    found = ended(aws, arn)
    assert (found["Status"], found["Result"]) == ("SUCCEEDED", '"large"')
    until(lambda: [event["EventType"] for event in history(aws, arn)][-1] == "InvocationCompleted")
    assert "StepStarted" not in [event["EventType"] for event in history(aws, arn)]


LARGE = """
@durable_execution
def handler(event, context: DurableContext):
    parts = [context.step(lambda _: "x" * 250_000, name=f"part-{number}") for number in range(30)]
    context.wait(Duration.from_seconds(1))
    return [sum(map(len, parts)), event]
"""


def test_large_inputs_results_and_states(server, aws):
    name = create_durable(server, LARGE, MemorySize=1024)
    text = "y" * 5_900_000
    answer, result = invoke(server.client("lambda"), name, text)
    assert "FunctionError" not in answer, result
    assert result == [7_500_000, text]
    arn = answer["DurableExecutionArn"]
    found = aws.get_durable_execution(DurableExecutionArn=arn)
    assert json.loads(found["InputPayload"]) == text and json.loads(found["Result"])[0] == 7_500_000
    events, marker = [], None
    while True:
        page = aws.get_durable_execution_history(DurableExecutionArn=arn, **({"Marker": marker} if marker else {}))
        events += page["Events"]
        marker = page.get("NextMarker")
        if not marker:
            break
    assert [event["EventId"] for event in events] == list(range(1, len(events) + 1))


@pytest.fixture
def live(server, aws):
    """The name of a durable function that has an alias."""
    name = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    context.wait(Duration.from_seconds(1))
    return {"batchItemFailures": [], "statusCode": 201, "body": "made"}
""").partition(":")[0]
    version = aws.publish_version(FunctionName=name)["Version"]
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    return name


def test_messages_of_a_queue_are_executions(server, aws, live):
    name = live
    server.client("iam").attach_role_policy(RoleName="durable", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole")
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName=fresh("q"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with pytest.raises(aws.exceptions.InvalidParameterValueException, match="unqualified ARN"):
        aws.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    mapping = aws.create_event_source_mapping(FunctionName=name + ":live", EventSourceArn=arn)["UUID"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")

    def executions():
        found = aws.list_durable_executions_by_function(FunctionName=name)["DurableExecutions"]
        return found if found and all(one["Status"] == "SUCCEEDED" for one in found) else None

    (one,) = until(executions)
    assert "hello" in aws.get_durable_execution(DurableExecutionArn=one["DurableExecutionArn"])["InputPayload"]
    until(lambda: sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0")
    aws.delete_event_source_mapping(UUID=mapping)


def test_who_asks_for_a_page_waits_for_the_end(server, aws, live):
    url = aws.create_function_url_config(FunctionName=live, Qualifier="live", AuthType="NONE")["FunctionUrl"]
    permit(aws, live, Qualifier="live")
    page = call_url(server, url)
    assert (page.status, page.body) == (201, b"made")


def test_an_event_from_another_function_is_an_execution(server, aws, live):
    arn = aws.get_function_configuration(FunctionName=live, Qualifier="live")["FunctionArn"]
    sender = create(aws, "def handler(event, context):\n    return event\n")
    with pytest.raises(aws.exceptions.InvalidParameterValueException):
        aws.put_function_event_invoke_config(FunctionName=sender, DestinationConfig={"OnSuccess": {"Destination": arn.rpartition(":")[0]}})
    aws.put_function_event_invoke_config(FunctionName=sender, DestinationConfig={"OnSuccess": {"Destination": arn}})
    aws.invoke(FunctionName=sender, InvocationType="Event", Payload=b"42")
    (one,) = until(lambda: aws.list_durable_executions_by_function(FunctionName=live)["DurableExecutions"])
    found = ended(aws, one["DurableExecutionArn"])
    assert json.loads(found["InputPayload"])["responsePayload"] == 42 and found["Status"] == "SUCCEEDED"


def test_other_ways_to_invoke(aws, live):
    assert aws.invoke(FunctionName=live + ":live", InvocationType="DryRun")["StatusCode"] == 204
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        aws.invoke_with_response_stream(FunctionName=live + ":live")
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert aws.list_durable_executions_by_function(FunctionName=live)["DurableExecutions"] == []


def test_a_letter_about_an_execution_that_failed(server, aws):
    sqs = server.client("sqs")
    server.client("iam").attach_role_policy(RoleName="durable", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    queue = sqs.create_queue(QueueName=fresh("dead"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name = create_durable(server, "@durable_execution\ndef handler(event, context):\n    raise ValueError('no')\n", DeadLetterConfig={"TargetArn": arn})
    assert ended(aws, start(aws, name, {"n": 1}))["Status"] == "FAILED"
    (letter,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(letter["Body"]) == {"n": 1}


def test_durable_functions_have_letters_and_no_destinations(aws, live):
    queue = "arn:aws:sqs:us-east-1:000000000000:" + fresh("q")
    with pytest.raises(aws.exceptions.InvalidParameterValueException, match="do not support destinations"):
        aws.put_function_event_invoke_config(FunctionName=live, Qualifier="live", DestinationConfig={"OnFailure": {"Destination": queue}})


def test_executions_of_a_function_that_is_deleted_are_stopped(server, aws):
    code = """
@durable_execution
def handler(event, context: DurableContext):
    context.wait(Duration.from_seconds(2))
    return "%s"
"""
    name = create_durable(server, code % "old")
    bare = name.partition(":")[0]
    arn = start(aws, name)
    until(lambda: "InvocationCompleted" in [event["EventType"] for event in history(aws, arn)])
    aws.delete_function(FunctionName=bare)
    create_durable(server, code % "new", name=bare)
    found = ended(aws, arn)
    assert found["Status"] == "STOPPED" and found["Error"]["ErrorType"] == "ResourceNotFoundException"
    assert invoke(aws, name)[1] == "new"


def test_executions_of_a_version_that_is_deleted_are_stopped(server, aws):
    name = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    context.wait(Duration.from_seconds(event))
    return "done"
""").partition(":")[0]
    version = aws.publish_version(FunctionName=name)["Version"]
    arns = [start(aws, f"{name}:{qualifier}", 3) for qualifier in (version, "$LATEST")]
    aws.delete_function(FunctionName=name, Qualifier=version)
    assert [ended(aws, arn)["Status"] for arn in arns] == ["STOPPED", "SUCCEEDED"]


def test_tenants_have_executions_of_their_own(server, aws):
    name = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    return context.step(lambda _: context.lambda_context.tenant_id, name="who")
""", TenancyConfig={"TenantIsolationMode": "PER_TENANT"})
    assert invoke(aws, name, TenantId="blue")[1] == "blue"
    with pytest.raises(aws.exceptions.InvalidParameterValueException):
        aws.invoke(FunctionName=name)


def test_others_rights(server, aws):
    """What a user may is said by executions' ARNs, and a callback is its execution's."""
    name = create_durable(server, """
@durable_execution
def handler(event, context: DurableContext):
    return context.create_callback(name="ask").result()
""")
    arn = start(aws, name)
    callback = until(lambda: next((event["CallbackStartedDetails"]["CallbackId"] for event in history(aws, arn)
                                   if event["EventType"] == "CallbackStarted"), None))
    bare = arn.partition("/durable-execution/")[0]
    user = server.make_user()
    mine = server.client("lambda", **user.keys)
    allow = {"Effect": "Allow", "Action": "lambda:*"}
    user.may({**allow, "Resource": bare.rpartition(":")[0]})
    for ask in (lambda: mine.get_durable_execution(DurableExecutionArn=arn),
                lambda: mine.send_durable_execution_callback_success(CallbackId=callback, Result=b"1")):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            ask()
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException" and arn in str(refused.value)
    user.may({**allow, "Resource": bare.rpartition(":")[0] + ":*"})
    assert mine.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
    mine.send_durable_execution_callback_success(CallbackId=callback, Result=b"1")
    assert ended(aws, arn)["Status"] == "SUCCEEDED"


def test_a_plain_function_is_no_durable_one(aws):
    name = create(aws, "def handler(event, context):\n    return event\n")
    assert aws.list_durable_executions_by_function(FunctionName=name)["DurableExecutions"] == []
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.list_durable_executions_by_function(FunctionName=fresh("nobody"))
