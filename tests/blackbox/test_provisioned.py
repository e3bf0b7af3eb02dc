"""Promise: it is fast. Provisioned environments are initialized before the first invoke, stay so, and come back after a
restart."""

import concurrent.futures
import tempfile
import time

from blackbox_server import Server, create, invoke, logged, until
from refusals import refusal as refused

STARTED = "import os, time\nSTARTED = time.time()\ndef handler(e, c):\n    return [STARTED, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']]\n"


def ready(aws, name, qualifier):
    return until(lambda: (found := aws.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier))["Status"] != "IN_PROGRESS"
                 and found)


def provision(aws, name, qualifier, count):
    answer = aws.put_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=count)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    return answer


def test_environments_are_there_before_the_first_invoke(aws, logs):
    name = create(aws, STARTED, Publish=True)
    first = provision(aws, name, "1", 2)
    assert first["RequestedProvisionedConcurrentExecutions"] == 2 and first["Status"] == "IN_PROGRESS"
    config = ready(aws, name, "1")
    assert (config["Status"], config["AllocatedProvisionedConcurrentExecutions"], config["AvailableProvisionedConcurrentExecutions"]) \
        == ("READY", 2, 2)
    before = time.time()
    answer, (started, kind) = invoke(aws, name, Qualifier="1", LogType="Tail")
    assert started < before and kind == "provisioned-concurrency"
    lines = logged(logs, name, "REPORT")
    assert "Init Duration" not in lines[0]
    # $LATEST is not meant.
    assert invoke(aws, name)[1][1] == "on-demand"


def test_an_alias_takes_them_along_and_fewer_means_fewer(aws):
    name = create(aws, STARTED, Publish=True)
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    provision(aws, name, "live", 2)
    ready(aws, name, "live")
    aws.update_function_configuration(FunctionName=name, Description="two")
    aws.get_waiter("function_updated_v2").wait(FunctionName=name)
    aws.publish_version(FunctionName=name)
    aws.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    until(lambda: ready(aws, name, "live")["AllocatedProvisionedConcurrentExecutions"] == 2)
    answer, (_, kind) = invoke(aws, name, Qualifier="live")
    assert answer["ExecutedVersion"] == "2" and kind == "provisioned-concurrency"
    until(lambda: invoke(aws, name, Qualifier="1")[1][1] == "on-demand")
    provision(aws, name, "live", 1)
    until(lambda: ready(aws, name, "live")["AllocatedProvisionedConcurrentExecutions"] == 1)
    listed = aws.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
    assert [(c["FunctionArn"].rsplit(":", 1)[1], c["RequestedProvisionedConcurrentExecutions"]) for c in listed] == [("live", 1)]
    aws.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    until(lambda: invoke(aws, name, Qualifier="live")[1][1] == "on-demand")


def publish_another(aws, name):
    aws.update_function_configuration(FunctionName=name, Description=str(time.time()))
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    return aws.publish_version(FunctionName=name)["Version"]


def test_an_alias_with_two_versions_shares_them_out(aws):
    name = create(aws, STARTED, Publish=True)
    publish_another(aws, name)
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}})
    provision(aws, name, "live", 4)
    assert ready(aws, name, "live")["AvailableProvisionedConcurrentExecutions"] == 4
    assert [invoke(aws, name, Qualifier=version)[1][1] for version in "12"] == ["provisioned-concurrency"] * 2
    assert refused(aws.put_provisioned_concurrency_config, FunctionName=name, Qualifier="2", ProvisionedConcurrentExecutions=1)[1:] == (
        "ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias")
    aws.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}})
    until(lambda: invoke(aws, name, Qualifier="2")[1][1] == "on-demand")
    aws.delete_function(FunctionName=name)


def at_once(aws, name, count, **options):
    """What so many invokes return that run at the same time."""
    with concurrent.futures.ThreadPoolExecutor(count) as callers:
        calls = [callers.submit(invoke, aws, name, **options) for _ in range(count)]
        return [call.result()[1] for call in calls]


def test_a_change_of_the_number_keeps_those_that_are_there(aws):
    name = create(aws, STARTED + "def slow(e, c):\n    time.sleep(1)\n    return handler(e, c)\n", Publish=True, Handler="app.slow", Timeout=10)
    provision(aws, name, "1", 1)
    ready(aws, name, "1")
    _, old = invoke(aws, name, Qualifier="1")
    provision(aws, name, "1", 3)
    until(lambda: ready(aws, name, "1")["AvailableProvisionedConcurrentExecutions"] == 3)
    found = at_once(aws, name, 3, Qualifier="1")
    assert old in found and {kind for _, kind in found} == {"provisioned-concurrency"}
    # What is beyond them goes to others.
    kinds = [kind for _, kind in at_once(aws, name, 4, Qualifier="1")]
    assert sorted(kinds) == ["on-demand"] + ["provisioned-concurrency"] * 3
    aws.delete_function(FunctionName=name)


def test_their_places_are_for_nobody_else(aws):
    name = create(aws, "import time\ndef handler(e, c):\n    time.sleep(2)\n    return 'done'\n", Publish=True, Timeout=10)
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
    provision(aws, name, "1", 2)
    ready(aws, name, "1")

    def outcome(qualifier):
        try:
            return invoke(aws, name, Qualifier=qualifier)[1]
        except aws.exceptions.TooManyRequestsException as error:
            return error.response["Reason"]

    with concurrent.futures.ThreadPoolExecutor() as callers:
        found = list(callers.map(outcome, ["$LATEST", "$LATEST", "1", "1"]))
    assert sorted(found[:2]) == ["ReservedFunctionConcurrentInvocationLimitExceeded", "done"]
    assert found[2:] == ["done", "done"]
    aws.delete_function(FunctionName=name)


def test_an_init_that_fails_is_told(aws):
    name = create(aws, "raise ValueError('no')\n", Publish=True)
    provision(aws, name, "1", 1)
    config = ready(aws, name, "1")
    assert (config["Status"], config["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")


def test_what_is_refused(aws):
    name = create(aws, STARTED, Publish=True)
    put = aws.put_provisioned_concurrency_config
    get = aws.get_provisioned_concurrency_config
    invalid = (400, "InvalidParameterValueException")
    assert refused(put, FunctionName=name, Qualifier="$LATEST", ProvisionedConcurrentExecutions=1) == (
        *invalid, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    assert refused(get, FunctionName=name, Qualifier="$LATEST") == (
        *invalid, "The function resource provided must be an alias or a published version.")
    assert refused(get, FunctionName=name, Qualifier="1") == (
        404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    assert refused(put, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=3) == (
        *invalid, "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
    provision(aws, name, "1", 2)
    assert refused(aws.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=1) == (
        *invalid, " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].")
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert refused(put, FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1) == (
        409, "ResourceConflictException",
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
    aws.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    provision(aws, name, "live", 1)
    assert refused(put, FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1) == (
        409, "ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias")
    aws.delete_function(FunctionName=name)


def test_they_come_back_after_a_crash():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        server = Server(folder + "/data").start()
        aws = server.client("lambda")
        name = create(aws, STARTED, Publish=True)
        provision(aws, name, "1", 1)
        server.process.kill()
        server.process.wait()
        server = Server(folder + "/data").start()
        aws = server.client("lambda")
        assert ready(aws, name, "1")["AllocatedProvisionedConcurrentExecutions"] == 1
        assert invoke(aws, name, Qualifier="1")[1][1] == "provisioned-concurrency"
        server.stop()
