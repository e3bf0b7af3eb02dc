"""Promise: it is fast, and your AWS code runs unchanged. Versions of Java functions that are published with SnapStart have
processes ready in which their init has run."""

import concurrent.futures
import os
import pathlib
import re
import signal
import tempfile
import time

import pytest
from blackbox_server import Server, create, invoke, logged, until
from java import compiled
from test_snapstart import ON, refused, settled

JAVA = {"Runtime": "java17", "Handler": "app.App", "Timeout": 20, "MemorySize": 256, "SnapStart": ON}
HEAD = """package app;
import com.amazonaws.services.lambda.crac.*;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.*;
import java.net.*;
import java.util.*;
"""
# A process of its own from the first, so that its variables are seen from outside.
SEEN_FROM_OUTSIDE = {"Environment": {"Variables": {"JAVA_TOOL_OPTIONS": "-Xshare:auto"}}}
TYPE = "com.amazonaws.services.lambda.runtime.Context"


def function(init="", body="return null;", more=""):
    return compiled([f"""{HEAD}
public class App implements RequestHandler<Map<String, Object>, Object>, Resource {{
  static final String INIT = UUID.randomUUID().toString();
  static final List<Object> SEEN = new ArrayList<>();
  public App() throws Exception {{ {init} }}
  public void beforeCheckpoint(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) throws Exception {{ SEEN.add("before"); }}
  public void afterRestore(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) throws Exception {{ SEEN.add("after"); }}
  {more}
  public Object handleRequest(Map<String, Object> event, {TYPE} context) {{ try {{ {body} }} catch (Exception e) {{ throw new RuntimeException(e); }} }}
}}
"""])


BASICS = """
  int sleep = event == null || event.get("sleep") == null ? 0 : (Integer) event.get("sleep");
  Thread.sleep(sleep);
  Map<String, Object> out = new HashMap<>();
  SEEN.add(event == null ? null : event.get("token"));
  out.put("init", INIT); out.put("seen", new ArrayList<>(SEEN)); out.put("type", System.getenv("AWS_LAMBDA_INITIALIZATION_TYPE"));
  out.put("group", context.getLogGroupName()); out.put("ours", System.getenv("_HEARTH_SNAPSHOT"));
  return out;
"""
REGISTERED = "Core.getGlobalContext().register(this);"


@pytest.fixture(scope="module")
def basics():
    return function(REGISTERED, BASICS)


def publish(aws, code, **options):
    name = create(aws, code, **{**JAVA, **options})
    assert aws.publish_version(FunctionName=name)["State"] == "Pending"
    return name, settled(aws, name)


def ready(aws, code, **options):
    name, version = publish(aws, code, **options)
    assert (version["State"], version["SnapStart"]["OptimizationStatus"]) == ("Active", "On"), version
    return name


def processes_of(name):
    """Java processes among whose variables is the function's name."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
            if b"java" in command and b"AWS_LAMBDA_FUNCTION_NAME=" + name.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def at_once(aws, name, count, milliseconds=1500):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        events = [{"sleep": milliseconds, "token": n} for n in range(count)]
        return list(pool.map(lambda event: invoke(aws, name, event, Qualifier="1")[1], events))


def test_a_version_is_pending_until_its_init_has_run(aws):
    name = create(aws, function("Thread.sleep(1000);", BASICS), **JAVA)
    assert aws.publish_version(FunctionName=name)["State"] == "Pending"
    assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (409, "SnapStartNotReadyException")
    assert settled(aws, name)["SnapStart"] == {**ON, "OptimizationStatus": "On"}
    began = time.monotonic()
    answer = invoke(aws, name, Qualifier="1")[1]
    assert answer["type"] == "snap-start" and answer["group"] is None and answer["ours"] is None
    assert time.monotonic() - began < 0.8
    # $LATEST has its init when it is invoked.
    assert invoke(aws, name)[1]["type"] == "on-demand"


def test_the_log_tells_of_a_restoring_and_of_no_init(aws, logs, basics):
    name = ready(aws, basics)
    for _ in range(2):
        invoke(aws, name, Qualifier="1")
    reports = until(lambda: len(found := logged(logs, name, "REPORT RequestId")) == 2 and found)
    assert re.search(r"\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms\t$", reports[0].rstrip("\n"))
    assert "Restore" not in reports[1] and "Init Duration" not in "".join(reports)
    assert re.match(r"RESTORE_START Runtime Version: java:", logged(logs, name, "RESTORE_START")[0])
    assert re.match(r"RESTORE_REPORT Restore Duration: \d+\.\d\d ms$", logged(logs, name, "RESTORE_REPORT")[0].strip())


def test_hooks_run_last_to_first_before_and_first_to_last_after(aws):
    hook = """
  static final List<Resource> HELD = new ArrayList<>();
  static Resource hook(String name) {
    Resource hook = new Resource() {
      public void beforeCheckpoint(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) { SEEN.add("before " + name); }
      public void afterRestore(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) { SEEN.add("after " + name); }
    };
    HELD.add(hook);
    return hook;
  }"""
    name = ready(aws, function('for (String one : new String[] {"a", "b"}) Core.getGlobalContext().register(hook(one));', "return SEEN;", hook))
    assert invoke(aws, name, Qualifier="1")[1] == ["before b", "before a", "after a", "after b"]
    assert invoke(aws, name)[1] == []


def test_hooks_of_code_that_uses_org_crac_are_found(aws):
    # That package looks for an implementation by this property and hands it proxies of its own resources.
    init = """
  String other = System.getProperty("org.crac.Core.Compat");
  Class<?> resource = Class.forName(other + ".Resource"), context = Class.forName(other + ".Context");
  Object global = Class.forName(other + ".Core").getMethod("getGlobalContext").invoke(null);
  PROXY = java.lang.reflect.Proxy.newProxyInstance(App.class.getClassLoader(), new Class<?>[] {resource}, (proxy, method, arguments) -> SEEN.add(method.getName()));
  context.getMethod("register", resource).invoke(global, PROXY);
"""
    name = ready(aws, function(init, "return SEEN;", "static Object PROXY;"))
    assert invoke(aws, name, Qualifier="1")[1] == ["beforeCheckpoint", "afterRestore"]


def raising(init, before="", after=""):
    return compiled([f"""{HEAD}
public class App implements RequestHandler<Object, Object>, Resource {{
  public App() throws Exception {{ {init} {REGISTERED} }}
  public void beforeCheckpoint(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) throws Exception {{ {before} }}
  public void afterRestore(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) throws Exception {{ {after} }}
  public Object handleRequest(Object event, {TYPE} context) {{ return 1; }}
}}
"""])


@pytest.mark.parametrize("code, reason", [
    ({"init": 'if (true) throw new IllegalStateException("no init today");'}, "no init today"),
    ({"init": "", "before": 'throw new IOException("no rest today");'}, "no rest today"),
    ({"init": "Runtime.getRuntime().halt(3);"}, "exit status 3")])
def test_an_init_that_fails_fails_the_version(aws, code, reason):
    name, version = publish(aws, raising(**code), **SEEN_FROM_OUTSIDE)
    assert version["State"] == "Failed" and version["StateReasonCode"] == "FunctionError.RuntimeInitError"
    assert reason in version["StateReason"]
    assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (409, "ResourceConflictException")
    assert not processes_of(name)


def test_hooks_that_fail_after_restoring_are_told_to_the_caller(aws, logs):
    name = ready(aws, raising("", after='throw new IOException("not today");'))
    assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (400, "SnapStartException")
    assert "Status: error\tError Type: Runtime.AfterRestoreError" in logged(logs, name, "RESTORE_REPORT")[0]
    assert "not today" in "".join(logged(logs, name, "IOException"))
    slow = ready(aws, raising("", after="Thread.sleep(60000);"))
    assert refused(aws.invoke, FunctionName=slow, Qualifier="1") == (408, "SnapStartTimeoutException")


def test_a_burst_beyond_what_is_ready_is_served_by_strangers(aws, basics):
    name = ready(aws, basics)
    answers = at_once(aws, name, 4)
    assert len({answer["init"] for answer in answers}) == 4
    for answer in answers:
        hooks = ["before", "after"] if answer["type"] == "snap-start" else []
        assert answer["seen"][:-1] == hooks and answer["type"] in ("snap-start", "on-demand")
    assert sorted(answer["seen"][-1] for answer in answers) == [0, 1, 2, 3]
    assert "snap-start" in {answer["type"] for answer in answers}
    # What was taken is replaced, by as many as were wanted.
    until(lambda: [answer["type"] for answer in at_once(aws, name, 6)].count("snap-start") >= 2)


def test_credentials_are_those_of_now(aws):
    more = """
  static String FIRST;
  static String token() throws Exception {
    URLConnection connection = new URL(System.getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")).openConnection();
    connection.setRequestProperty("Authorization", System.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    String text = new Scanner(connection.getInputStream()).useDelimiter("\\\\A").next();
    return text.replaceAll(".*\\"Token\\":\\"([^\\"]*)\\".*", "$1");
  }"""
    name = ready(aws, function("FIRST = token();", "return Arrays.asList(FIRST, token(), String.valueOf(System.getenv(\"AWS_SECRET_ACCESS_KEY\")));", more))
    first, now, plain = invoke(aws, name, Qualifier="1")[1]
    assert len(first) > 20 and len(now) > 20 and first != now and plain == "null"


def test_a_process_that_was_killed_at_rest_costs_an_init(aws, basics):
    name = ready(aws, basics, **SEEN_FROM_OUTSIDE)
    (resting,) = processes_of(name)
    os.kill(resting, signal.SIGKILL)
    assert invoke(aws, name, Qualifier="1")[1]["type"] == "on-demand"
    until(lambda: len(set(processes_of(name)) - {resting}) == 2)


def test_a_version_that_is_inactive_has_no_process_until_it_is_called_for():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        server = Server(folder + "/data", "--inactive-after", "4").start()
        aws = server.client("lambda")
        name = ready(aws, function(REGISTERED, BASICS), **SEEN_FROM_OUTSIDE)
        assert len(processes_of(name)) == 1
        until(lambda: aws.get_function_configuration(FunctionName=name, Qualifier="1")["State"] == "Inactive")
        until(lambda: not processes_of(name))
        assert refused(aws.invoke, FunctionName=name, Qualifier="1") == (409, "SnapStartNotReadyException")
        until(lambda: aws.get_function_configuration(FunctionName=name, Qualifier="1")["State"] == "Active")
        assert invoke(aws, name, Qualifier="1")[1]["type"] == "snap-start"
        assert server.stop() == 0


def test_what_goes_takes_its_processes_with_it_and_a_kill_costs_an_init():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        server = Server(folder + "/data").start()
        aws = server.client("lambda")
        code = function(REGISTERED, BASICS)
        name = ready(aws, code, **SEEN_FROM_OUTSIDE)
        assert len(processes_of(name)) == 1
        assert invoke(aws, name, Qualifier="1")[1]["type"] == "snap-start"
        until(lambda: len(processes_of(name)) == 2)
        server.kill()
        server.start()
        aws = server.client("lambda")
        assert invoke(aws, name, Qualifier="1")[1]["type"] == "on-demand"
        until(lambda: len(processes_of(name)) == 2)
        until(lambda counts=iter(range(2, 9)): "snap-start" in {answer["type"] for answer in at_once(aws, name, next(counts), 500)})
        aws.delete_function(FunctionName=name)
        until(lambda: not processes_of(name))
        other = ready(aws, code, **SEEN_FROM_OUTSIDE)
        aws.delete_function(FunctionName=other, Qualifier="1")
        until(lambda: not processes_of(other))
        last = ready(aws, code, **SEEN_FROM_OUTSIDE)
        assert server.stop() == 0
        until(lambda: not processes_of(last))
