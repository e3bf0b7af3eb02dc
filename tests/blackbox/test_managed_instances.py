"""Promise: your AWS code runs unchanged. A function on managed instances serves many invokes at once in one environment, each with
its own end: one that fails or takes too long is no other's trouble, unless the process ends."""

import concurrent.futures
import json
import time
import uuid

import dotnet
import pytest
from blackbox_server import create, invoke, logged, until
from botocore.exceptions import ClientError
from java import compiled, jar
from refusals import refused

PROVIDER = "arn:aws:lambda:us-east-1:000000000000:capacity-provider:here"
MANY = 6

# Each answers when as many have come as the event says, and with who they are: of one environment is /tmp.
PYTHON = """import os, pathlib, time
def met(event):
    pathlib.Path('/tmp', event['id']).touch()
    end = time.monotonic() + 10
    while len(os.listdir('/tmp')) < event['wait']:
        if time.monotonic() > end: return False
        time.sleep(0.01)
    return True
served = 0
def handler(event, context):
    global served
    served += 1
    if event.get('exit'): os._exit(event['exit'])
    if event.get('raise'): raise ValueError(event['raise'])
    time.sleep(event.get('sleep', 0))
    print('here', event['id'])
    return {'met': met(event), 'pid': os.getpid(), 'stream': context.log_stream_name, 'served': served,
            'most': os.environ['AWS_LAMBDA_MAX_CONCURRENCY'], 'type': os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']}
"""
NODE = """const fs = require('fs');
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
exports.handler = async (event, context) => {
  if (event.exit) process.exit(event.exit);
  if (event.raise) throw new RangeError(event.raise);
  await rest((event.sleep || 0) * 1000);
  fs.writeFileSync('/tmp/' + event.id, '');
  console.log('here', event.id);
  const end = Date.now() + 10000;
  while (fs.readdirSync('/tmp').length < event.wait) {
    if (Date.now() > end) return { met: false };
    await rest(10);
  }
  return { met: true, pid: process.pid, stream: context.logStreamName, most: process.env.AWS_LAMBDA_MAX_CONCURRENCY,
           type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, trace: process.env._X_AMZN_TRACE_ID };
};
exports.back = (event, context, callback) => { callback(null, 'back'); };
exports.streamed = awslambda.streamifyResponse(async (event, stream) => {
  for (let part = 0; part < 5; ++part) { stream.write(event.id.repeat(1000)); await rest(20); }
  stream.end();
});
"""
JAVA = """package app;
import com.amazonaws.services.lambda.runtime.*;
import java.io.File;
import java.util.*;
public class Meet {
  public Map<String, Object> handle(Map<String, Object> event, Context context) throws Exception {
    if (event.get("raise") != null) throw new IllegalStateException((String) event.get("raise"));
    new File("/tmp/" + event.get("id")).createNewFile();
    context.getLogger().log("here " + event.get("id"));
    long end = System.currentTimeMillis() + 10000;
    boolean met = true;
    while (met && new File("/tmp").listFiles(one -> !one.isDirectory()).length < ((Number) event.get("wait")).intValue()) {
      Thread.sleep(10);
      met = System.currentTimeMillis() < end;
    }
    Map<String, Object> all = new HashMap<>();
    all.put("met", met);
    all.put("stream", context.getLogStreamName());
    all.put("pid", 1);
    all.put("most", System.getenv("AWS_LAMBDA_MAX_CONCURRENCY"));
    all.put("type", System.getenv("AWS_LAMBDA_INITIALIZATION_TYPE"));
    return all;
  }
}
"""
DOTNET = """
using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
namespace App {
  public class Meet {
    public Stream Handle(Stream input, Amazon.Lambda.Core.ILambdaContext context) {
      string text = new StreamReader(input).ReadToEnd();
      string id = text.Split(new[] {"\\"id\\": \\""}, StringSplitOptions.None)[1].Split('"')[0];
      int wait = int.Parse(text.Split(new[] {"\\"wait\\": "}, StringSplitOptions.None)[1].Split(',', '}')[0]);
      if (text.Contains("raise")) throw new InvalidOperationException("odd");
      File.WriteAllText("/tmp/met-" + id, "");
      Console.WriteLine("here " + id);
      DateTime end = DateTime.UtcNow.AddSeconds(10);
      bool met = true;
      while (met && Directory.GetFiles("/tmp", "met-*").Length < wait) {
        Thread.Sleep(10);
        met = DateTime.UtcNow < end;
      }
      string answer = "{\\"met\\": " + (met ? "true" : "false") + ", \\"pid\\": 1, \\"stream\\": \\"" + context.LogStreamName + "\\", \\"most\\": \\"" +
        Environment.GetEnvironmentVariable("AWS_LAMBDA_MAX_CONCURRENCY") + "\\", \\"type\\": \\"" +
        Environment.GetEnvironmentVariable("AWS_LAMBDA_INITIALIZATION_TYPE") + "\\"}";
      return new MemoryStream(Encoding.UTF8.GetBytes(answer));
    }
  }
}
"""
# A program that asks for many events at once, over as many connections.
PROGRAM = """#!/usr/bin/python3
import json, os, sys, threading, urllib.request
sys.path.insert(0, '/var/task')
import app
sys.stdout.reconfigure(line_buffering=True)
api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/'
class Context:
    log_stream_name = os.environ['AWS_LAMBDA_LOG_STREAM_NAME']
def serve():
    while True:
        with urllib.request.urlopen(api + 'invocation/next') as answer:
            id, event = answer.headers['Lambda-Runtime-Aws-Request-Id'], json.load(answer)
        try:
            what, result = 'response', app.handler(event, Context)
        except ValueError as error:
            what, result = 'error', {'errorType': 'ValueError', 'errorMessage': str(error)}
        urllib.request.urlopen(api + f'invocation/{id}/{what}', json.dumps(result).encode()).read()
for place in range(int(os.environ['AWS_LAMBDA_MAX_CONCURRENCY'])): threading.Thread(target=serve).start()
"""
# Tells what it was told of its results, which name what was delivered.
TOLD = """#!/usr/bin/python3
import json, os, threading, time, urllib.error, urllib.request
api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'
told = []
def serve():
    while True:
        with urllib.request.urlopen(api + 'next') as answer:
            head, event = answer.headers, json.load(answer)
        time.sleep(event.get('sleep', 0))
        result = urllib.request.Request(api + head['Lambda-Runtime-Aws-Request-Id'] + '/response', json.dumps(told).encode(),
                                        {'Lambda-Runtime-Invocation-Id': head['Lambda-Runtime-Invocation-Id']})
        try:
            with urllib.request.urlopen(result) as answer: told.append([answer.status, json.load(answer)])
        except urllib.error.HTTPError as error: told.append([error.code, json.load(error)])
for place in range(int(os.environ['AWS_LAMBDA_MAX_CONCURRENCY'])): threading.Thread(target=serve).start()
"""
RUNTIMES = ["python3.13", "nodejs22.x", "java21", "dotnet8", "provided.al2023"]


def managed(places=None, **more):
    config = {"CapacityProviderArn": PROVIDER, **more}
    if places:
        config["PerExecutionEnvironmentMaxConcurrency"] = places
    return {"LambdaManagedInstancesCapacityProviderConfig": config}


def make(aws, code, places=None, publish=True, **options):
    settings = {"Runtime": "python3.13", "Timeout": 20, "CapacityProviderConfig": managed(places), **options}
    if publish:
        settings.update(Publish=True, PublishTo="LATEST_PUBLISHED")
    name = create(aws, code, **settings)
    if publish:
        aws.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="$LATEST.PUBLISHED", WaiterConfig={"Delay": 0.05})
    return name


def of_runtime(aws, runtime, places=MANY):
    if runtime == "java21":
        return make(aws, compiled([JAVA]), places, Runtime=runtime, Handler="app.Meet::handle")
    if runtime == "dotnet8":
        if not dotnet.DOTNET:
            pytest.skip("there is no dotnet on this host")
        return make(aws, dotnet.library(DOTNET), places, Runtime=runtime, Handler="app::App.Meet::Handle",
                    Environment={"Variables": {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}})
    if runtime.startswith("node"):
        return make(aws, {"app.js": NODE}, places, Runtime=runtime)
    if runtime.startswith("provided"):
        return make(aws, {"bootstrap": PROGRAM, "app.py": PYTHON}, places, Runtime=runtime)
    return make(aws, PYTHON, places)


def event(wait=1, **more):
    return {"id": uuid.uuid4().hex[:8], "wait": wait, **more}


def all_at_once(aws, name, events):
    with concurrent.futures.ThreadPoolExecutor(len(events)) as callers:
        return list(callers.map(lambda one: invoke(aws, name, one), events))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_many_invokes_meet_in_one_environment(aws, logs, runtime):
    name = of_runtime(aws, runtime)
    events = [event(MANY) for _ in range(MANY)]
    answers = all_at_once(aws, name, events)
    assert all(body["met"] for _, body in answers), answers
    assert {body["stream"] for _, body in answers} == {answers[0][1]["stream"]}
    assert len({body["pid"] for _, body in answers}) == (MANY if runtime.startswith("python") else 1)
    assert {(body["most"], body["type"]) for _, body in answers} == {(str(MANY), "lambda-managed-instances")}
    # An error is its own invoke's.
    answer, body = invoke(aws, name, event(**{"raise": "odd"}))
    assert answer["FunctionError"] == "Unhandled" and body["errorMessage"] == "odd"
    assert all(body["met"] for _, body in all_at_once(aws, name, [event() for _ in range(MANY)]))
    assert until(lambda: logged(logs, name, "here " + events[0]["id"]))


def test_a_report_says_how_long_it_took(aws, logs):
    name = make(aws, PYTHON, MANY)
    answers = all_at_once(aws, name, [event(3) for _ in range(3)])
    for answer, _ in answers:
        request = answer["ResponseMetadata"]["RequestId"]
        assert until(lambda request=request: logged(logs, name, f'"START RequestId: {request} Version: $LATEST.PUBLISHED"'))
        assert until(lambda request=request: logged(logs, name, f'"END RequestId: {request}"'))
        line, = until(lambda request=request: logged(logs, name, f'"REPORT RequestId: {request}"'))
        assert line.split("\t")[1].startswith("Duration: ") and "Memory" not in line and "Billed" not in line
    named = make(aws, PYTHON, MANY, LoggingConfig={"LogFormat": "JSON"})
    invoke(aws, named, event())
    line, = until(lambda: logged(logs, named, '"platform.report"'))
    assert set(json.loads(line)["record"]["metrics"]) == {"durationMs"}


def test_each_tail_is_there(aws):
    name = make(aws, PYTHON, MANY)
    answer, body = invoke(aws, name, event(), LogType="Tail")
    assert body["met"] and answer["LogResult"]


def test_no_environment_serves_more_than_it_may(aws):
    name = make(aws, {"app.js": NODE}, 2, Runtime="nodejs22.x")
    answers = all_at_once(aws, name, [event(2, sleep=1.5) for _ in range(4)])  # none is done before both environments are there
    streams = [body["stream"] for _, body in answers]
    assert sorted(streams.count(stream) for stream in set(streams)) == [2, 2]


def test_one_that_takes_too_long_is_told_and_the_others_go_on(aws):
    name = make(aws, {"app.js": NODE}, 3, Runtime="nodejs22.x", Timeout=2)
    before = invoke(aws, name, event())[1]
    late, well = all_at_once(aws, name, [event(sleep=4), event(sleep=1.5)])
    assert late[0]["FunctionError"] and "Task timed out after 2.00 seconds" in late[1]["errorMessage"]
    assert well[1]["pid"] == before["pid"] and well[1]["stream"] == before["stream"]
    after = invoke(aws, name, event())[1]
    assert (after["pid"], after["stream"]) == (before["pid"], before["stream"])


def test_a_result_that_comes_too_late_is_told_so(aws):
    name = make(aws, {"bootstrap": TOLD}, 2, Runtime="provided.al2023", Timeout=1)
    assert invoke(aws, name, {"sleep": 2})[1]["errorType"] == "Sandbox.Timedout"
    late = [410, {"errorMessage": "Invoke timeout", "errorType": "InvokeTimeout"}]
    until(lambda: late in invoke(aws, name, {})[1])
    assert [202, {"status": "OK"}] in invoke(aws, name, {})[1]


def test_a_process_in_which_all_hang_is_replaced(aws):
    name = make(aws, PYTHON, 2, Timeout=1)
    first = invoke(aws, name, event())[1]
    late = all_at_once(aws, name, [event(sleep=60) for _ in range(2)])
    assert all("timed out" in body["errorMessage"] for _, body in late)
    assert invoke(aws, name, event())[1]["stream"] != first["stream"]


@pytest.mark.parametrize("runtime", ["python3.13", "nodejs22.x"])
def test_the_end_of_the_process_is_that_of_all_in_it(aws, runtime):
    name = of_runtime(aws, runtime)
    first = invoke(aws, name, event())[1]
    with concurrent.futures.ThreadPoolExecutor(2) as callers:
        waiting = callers.submit(invoke, aws, name, event(99))
        time.sleep(0.5)
        answer, body = invoke(aws, name, event(exit=3))
        assert answer["FunctionError"] and body["errorType"] == "Runtime.ExitError" and "exit status 3" in body["errorMessage"]
        assert waiting.result()[1]["errorType"] == "Runtime.ExitError"
    after = invoke(aws, name, event())[1]
    assert after["met"] and after["stream"] != first["stream"]


def test_code_that_does_not_load_is_told_to_all_who_wait(aws):
    name = make(aws, "import time\ntime.sleep(0.5)\nraise ValueError('never')", MANY)
    answers = all_at_once(aws, name, [event() for _ in range(MANY)])
    assert all(answer["FunctionError"] and body["errorType"] == "ValueError" for answer, body in answers)


def test_processes_come_as_they_are_needed(aws):
    """One python process serves one by one: what it has in its globals is of what came before."""
    name = make(aws, PYTHON, 16)
    pids = set()
    for _ in range(10):
        pids.add(invoke(aws, name, event())[1]["pid"])
        time.sleep(0.02)  # until it has asked for more
    assert len(pids) <= 3
    answers = all_at_once(aws, name, [event(16 + 10) for _ in range(16)])
    assert len({body["pid"] for _, body in answers}) == 16 and all(body["met"] for _, body in answers)


def test_responses_stream_side_by_side(aws):
    name = make(aws, {"app.js": NODE}, MANY, Runtime="nodejs22.x", Handler="app.streamed")

    def whole(number):
        answer = aws.invoke_with_response_stream(FunctionName=name, Payload=json.dumps({"id": str(number)}))
        return b"".join(part["PayloadChunk"]["Payload"] for part in answer["EventStream"] if "PayloadChunk" in part)

    with concurrent.futures.ThreadPoolExecutor(MANY) as callers:
        assert list(callers.map(whole, range(MANY))) == [str(number).encode() * 5000 for number in range(MANY)]


def test_a_callback_answers_at_once(aws):
    name = make(aws, {"app.js": NODE}, 2, Runtime="nodejs22.x", Handler="app.back")
    assert invoke(aws, name, event())[1] == "back"


def test_events_are_served_too(aws, logs):
    name = make(aws, PYTHON, MANY)
    one = event()
    assert aws.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(one))["StatusCode"] == 202
    assert until(lambda: logged(logs, name, "here " + one["id"]))


def test_what_was_published_runs(aws):
    name = make(aws, "def handler(event, context): return ['one', context.function_version]", publish=False)
    missing = "NoPublishedVersionException"
    assert refused(aws.invoke, FunctionName=name)[0] == missing
    assert refused(aws.invoke, FunctionName=name, Qualifier="$LATEST")[0] == missing
    assert refused(aws.invoke, FunctionName=name, Qualifier="$LATEST.PUBLISHED")[0] == "ResourceNotFoundException"
    published = aws.publish_version(FunctionName=name, PublishTo="LATEST_PUBLISHED")
    assert published["Version"] == "$LATEST.PUBLISHED" and published["FunctionArn"].endswith(name + ":$LATEST.PUBLISHED")
    assert aws.publish_version(FunctionName=name, PublishTo="LATEST_PUBLISHED")["RevisionId"] == published["RevisionId"]
    for qualifier in ({}, {"Qualifier": "$LATEST.PUBLISHED"}):
        assert invoke(aws, name, **qualifier)[1] == ["one", "$LATEST.PUBLISHED"]
    number = aws.publish_version(FunctionName=name)
    assert number["Version"] == "1" and invoke(aws, name, Qualifier="1")[1] == ["one", "1"]

    from blackbox_server import package
    two = package("def handler(event, context): return ['two', context.function_version]")
    aws.update_function_code(FunctionName=name, ZipFile=two)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    assert invoke(aws, name)[1] == ["one", "$LATEST.PUBLISHED"], "what is not published does not run"
    three = package("def handler(event, context): return ['three', context.function_version]")
    assert aws.update_function_code(FunctionName=name, ZipFile=three, PublishTo="LATEST_PUBLISHED")["Version"] == "$LATEST.PUBLISHED"
    until(lambda: invoke(aws, name)[1] == ["three", "$LATEST.PUBLISHED"])
    assert [one["Version"] for one in aws.list_versions_by_function(FunctionName=name)["Versions"]] == ["$LATEST", "$LATEST.PUBLISHED", "1"]
    pages = aws.get_paginator("list_versions_by_function").paginate(FunctionName=name, PaginationConfig={"PageSize": 1})
    assert [one["Version"] for page in pages for one in page["Versions"]] == ["$LATEST", "$LATEST.PUBLISHED", "1"]
    assert invoke(aws, name, Qualifier="1")[1] == ["one", "1"]
    aws.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST.PUBLISHED")
    assert invoke(aws, name, Qualifier="live")[1] == ["three", "$LATEST.PUBLISHED"]
    published = {"FunctionName": name, "Qualifier": "$LATEST.PUBLISHED"}
    assert refused(aws.delete_function, **published)[0] == "ResourceConflictException", "an alias points to it"
    aws.delete_alias(FunctionName=name, Name="live")
    aws.delete_function(**published)
    assert refused(aws.invoke, FunctionName=name)[0] == missing
    aws.delete_function(FunctionName=name)


def test_an_environment_outlives_that_nothing_new_is_published(aws):
    name = make(aws, PYTHON, 2)
    first = invoke(aws, name, event())[1]
    aws.publish_version(FunctionName=name, PublishTo="LATEST_PUBLISHED")
    assert invoke(aws, name, event())[1]["stream"] == first["stream"]


def test_what_is_told_of_it(aws):
    name = make(aws, PYTHON, publish=False)
    told = aws.get_function_configuration(FunctionName=name)
    assert told["CapacityProviderConfig"] == managed(ExecutionEnvironmentMemoryGiBPerVCpu=2.0)
    assert told["MemorySize"] == 2048 and told["ConfigSha256"]
    aws.update_function_configuration(FunctionName=name, CapacityProviderConfig=managed(7, ExecutionEnvironmentMemoryGiBPerVCpu=4.0),
                                      MemorySize=8192, Timeout=5400)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    changed = aws.get_function_configuration(FunctionName=name)
    assert changed["CapacityProviderConfig"] == managed(7, ExecutionEnvironmentMemoryGiBPerVCpu=4.0)
    assert (changed["MemorySize"], changed["Timeout"]) == (8192, 5400) and changed["ConfigSha256"] != told["ConfigSha256"]
    assert "CapacityProviderConfig" not in aws.get_function_configuration(FunctionName=create(aws, PYTHON))


def test_as_many_as_its_runtime_does_by_core(aws):
    name = make(aws, PYTHON, MemorySize=4096)
    assert invoke(aws, name, event())[1]["most"] == "32"


@pytest.mark.parametrize("settings, what", [
    ({"MemorySize": 1024}, "at least 2048 MB"),
    ({"MemorySize": 40000}, "less than or equal to 32768"),
    ({"Timeout": 5401}, "less than or equal to 5400"),
    ({"Runtime": "ruby3.3"}, "Runtime ruby3.3 is not supported"),
    ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart is not supported"),
    ({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}, "Tenant isolation is not supported"),
    ({"CapacityProviderConfig": managed(1601)}, "1600"),
    ({"CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": "here"}}}, "capacityProviderArn"),
])
def test_what_does_not_go_with_it(aws, settings, what):
    with pytest.raises(ClientError) as caught:
        make(aws, PYTHON, publish=False, **settings)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400 and what in str(caught.value), caught.value


def test_other_functions_have_none_of_it(aws):
    name = create(aws, PYTHON)
    assert refused(aws.publish_version, FunctionName=name, PublishTo="LATEST_PUBLISHED")[0] == "InvalidParameterValueException"
    assert refused(aws.update_function_configuration, FunctionName=name, CapacityProviderConfig=managed())[0] == "InvalidParameterValueException"
    mine = make(aws, PYTHON)
    version = aws.publish_version(FunctionName=mine)["Version"]
    assert refused(aws.put_provisioned_concurrency_config, FunctionName=mine, Qualifier=version,
                   ProvisionedConcurrentExecutions=1)[0] == "InvalidParameterValueException"


def test_providers_are_refused_by_name(aws):
    assert refused(aws.list_capacity_providers)[0] == "NotImplemented"
    assert refused(aws.get_function_scaling_config, FunctionName="f", Qualifier="1")[0] == "NotImplemented"
