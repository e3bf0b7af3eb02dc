"""Promise: one command starts it. Many environments at once, from a shell with the usual limits."""

import concurrent.futures
import json
import pathlib
import re
import resource
import urllib.request

import pytest
from blackbox_server import Server, create, invoke, until

COUNT = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n\n"


def environments(server):
    return json.load(urllib.request.urlopen(server.url + "/_hearth/health"))["environments"]


def refusal(aws, name):
    """Why an invoke was refused, or nothing when it was not."""
    try:
        invoke(aws, name)
    except aws.exceptions.TooManyRequestsException as error:
        return error.response["Reason"], error.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"]
    return None


def test_the_soft_limit_on_descriptors_is_raised(tmp_path):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = Server(str(tmp_path / "data"), under=("sh", "-c", 'ulimit -S -n 256; exec "$0" "$@"')).start()
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
    assert int(re.search(r"^Max open files +(\d+)", limits, re.MULTILINE)[1]) >= hard
    assert server.stop() == 0


def test_idle_environments_make_room_for_others(tmp_path):
    server = Server(str(tmp_path / "data"), "--environments-max", "4").start()
    aws = server.client("lambda")
    kept, *others = [create(aws, COUNT) for _ in range(9)]
    for turn, name in enumerate(others, 1):
        assert invoke(aws, kept)[1] == turn, "the one that is in use stays"
        assert invoke(aws, name)[1] == 1
    until(lambda: environments(server) <= 4)
    assert invoke(aws, others[0])[1] == 1, "it ended and begins anew"
    assert invoke(aws, others[-1])[1] == 2
    assert server.stop() == 0


def test_environments_end_early_when_memory_is_short_but_not_provisioned_ones(tmp_path):
    server = Server(str(tmp_path / "data"), "--memory-free-min", "100").start()
    aws = server.client("lambda")
    names = [create(aws, COUNT) for _ in range(3)]
    provisioned = create(aws, COUNT, Publish=True)
    aws.put_provisioned_concurrency_config(FunctionName=provisioned, Qualifier="1", ProvisionedConcurrentExecutions=1)
    assert [invoke(aws, name)[1] for name in names] == [1, 1, 1]
    until(lambda: environments(server) == 1)
    assert [invoke(aws, name)[1] for name in names] == [1, 1, 1]
    until(lambda: aws.get_provisioned_concurrency_config(FunctionName=provisioned, Qualifier="1")["Status"] == "READY")
    assert invoke(aws, provisioned, Qualifier="1")[1] == 1
    until(lambda: environments(server) == 1)
    assert invoke(aws, provisioned, Qualifier="1")[1] == 2
    assert server.stop() == 0


def test_an_account_begins_ten_requests_a_second_for_each_of_its_places(tmp_path):
    server = Server(str(tmp_path / "data"), "--concurrency", "1").start()
    aws = server.client("lambda")
    one, other = create(aws, COUNT), create(aws, COUNT)
    assert invoke(aws, one)[1] == 1
    assert until(lambda: refusal(aws, one)) == ("FunctionInvocationRateLimitExceeded", "1")
    until(lambda: refusal(aws, other))
    # Events wait in a queue and are not counted.
    assert {aws.invoke(FunctionName=one, InvocationType="Event")["StatusCode"] for _ in range(20)} == {202}
    until(lambda: not refusal(aws, one))
    assert server.stop() == 0


def test_an_account_has_so_many_places(tmp_path):
    server = Server(str(tmp_path / "data"), "--concurrency", "2").start()
    aws = server.client("lambda")
    code = "import time\ndef handler(event, context):\n    time.sleep(5)\n    return 'done'\n"
    slow, other = create(aws, code, Timeout=20), create(aws, COUNT)
    with concurrent.futures.ThreadPoolExecutor() as callers:
        calls = [callers.submit(invoke, aws, slow) for _ in range(2)]
        until(lambda: environments(server) == 2)
        assert refusal(aws, other) == ("ConcurrentInvocationLimitExceeded", "1")
        assert [call.result()[1] for call in calls] == ["done", "done"]
    assert not refusal(aws, other)
    assert server.stop() == 0


def test_what_is_claimed_is_not_for_all(tmp_path):
    server = Server(str(tmp_path / "data"), "--concurrency", "150").start()
    aws = server.client("lambda")
    name, other = create(aws, COUNT, Publish=True), create(aws, COUNT, Publish=True)

    def limits():
        limit = aws.get_account_settings()["AccountLimit"]
        return limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]

    def provision(function, count):
        aws.put_provisioned_concurrency_config(FunctionName=function, Qualifier="1", ProvisionedConcurrentExecutions=count)

    assert limits() == (150, 150)
    provision(name, 3)
    assert limits() == (150, 147)
    provision(name, 2)
    assert limits() == (150, 148)
    for call in (lambda: provision(other, 49), lambda: aws.put_function_concurrency(FunctionName=other, ReservedConcurrentExecutions=49)):
        with pytest.raises(aws.exceptions.InvalidParameterValueException, match=r"below its minimum value of \[100\]"):
            call()
    aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=5)
    assert limits() == (150, 145), "what is provisioned is part of the reservation"
    aws.delete_function_concurrency(FunctionName=name)
    assert limits() == (150, 148)
    provision(other, 1)
    aws.delete_provisioned_concurrency_config(FunctionName=other, Qualifier="1")
    assert limits() == (150, 148)
    aws.delete_function(FunctionName=name)
    assert limits() == (150, 150)
    assert server.stop() == 0
