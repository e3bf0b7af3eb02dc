"""Promise: it is fast, and your AWS code runs unchanged. Environments of versions of Java functions that are published with
SnapStart are made of a process that has run their init and was written down; or, where it could not be, they have
processes ready that have run it."""

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
from test_snapstart import ON, costs_an_init_when_spoilt, each_way_to_spoil, refused, settled

JAVA = {"Runtime": "java17", "Handler": "app.App", "Timeout": 20, "MemorySize": 256, "SnapStart": ON}
HEAD = """package app;
import com.amazonaws.services.lambda.crac.*;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.*;
import java.net.*;
import java.util.*;
"""
# What has a child cannot be written down, and rests.
RESTS = 'Runtime.getRuntime().exec(new String[] {"sleep", "1000"});'
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
  out.put("fresh", UUID.randomUUID().toString()); out.put("group", context.getLogGroupName()); out.put("ours", System.getenv("_HEARTH_SNAPSHOT"));
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


def test_init_runs_once_and_environments_are_strangers(aws, basics):
    name = ready(aws, basics)
    answers = at_once(aws, name, 4)
    assert {answer["type"] for answer in answers} == {"snap-start"} and len({answer["init"] for answer in answers}) == 1
    assert sorted(answer["seen"][-1] for answer in answers) == [0, 1, 2, 3]
    assert all(answer["seen"][:-1] == ["before", "after"] for answer in answers)
    assert len({answer["fresh"] for answer in answers}) == 4


ALL_KINDS = """
  static final java.util.concurrent.atomic.AtomicInteger TICKS = new java.util.concurrent.atomic.AtomicInteger();
  static final java.util.concurrent.BlockingQueue<String> ASKED = new java.util.concurrent.LinkedBlockingQueue<>();
  static final java.util.concurrent.SynchronousQueue<String> TOLD = new java.util.concurrent.SynchronousQueue<>();
  static ServerSocket LISTENER; static Socket GONE; static RandomAccessFile FILE; static java.nio.channels.Selector SELECTOR;
  static java.nio.channels.Pipe PIPE; static final ThreadLocal<String> OWN = new ThreadLocal<>(); static long PROCESS;
  static final Map<String, Long> NUMBERS = new java.util.concurrent.ConcurrentHashMap<>();
  static long number() throws Exception { return Long.parseLong(new File("/proc/thread-self").getCanonicalFile().getName()); }
  static long process() throws Exception { return Long.parseLong(new File("/proc/self").getCanonicalFile().getName()); }
  static void begin() throws Exception {
    PROCESS = process();
    for (int n = 0; n < 20; ++n) { Thread gone = new Thread(() -> {}); gone.start(); gone.join(); }
    java.util.concurrent.Executors.newScheduledThreadPool(2).scheduleAtFixedRate(TICKS::incrementAndGet, 5, 5, java.util.concurrent.TimeUnit.MILLISECONDS);
    Thread asked = new Thread(() -> { try { NUMBERS.put("asked", number()); for (;;) TOLD.put(ASKED.take() + " " + number()); } catch (Exception e) {} });
    asked.start();
    new Thread(() -> { for (double x = 1;; x *= 1.0000001) if (x > 1e9) x = 1; }).start();
    LISTENER = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    new Thread(() -> { try { for (;;) try (Socket one = LISTENER.accept()) { one.getOutputStream().write(7); } } catch (IOException e) {} }).start();
    GONE = new Socket("127.0.0.1", 9001);
    FILE = new RandomAccessFile("/tmp/file", "rw"); FILE.writeBytes("one two"); FILE.seek(4);
    new File("/tmp/a/b").mkdirs(); java.nio.file.Files.createSymbolicLink(new File("/tmp/a/link").toPath(), new File("/tmp/file").toPath());
    SELECTOR = java.nio.channels.Selector.open(); PIPE = java.nio.channels.Pipe.open(); PIPE.source().configureBlocking(false);
    PIPE.source().register(SELECTOR, java.nio.channels.SelectionKey.OP_READ); SELECTOR.selectNow();
    OWN.set("mine");
    while (!NUMBERS.containsKey("asked")) Thread.sleep(1);
  }
  static Map<String, Object> look() throws Exception {
    Map<String, Object> out = new HashMap<>();
    int ticks = TICKS.get(); Thread.sleep(200); out.put("ticks", TICKS.get() - ticks > 5);
    ASKED.put("hello"); out.put("told", TOLD.take().equals("hello " + NUMBERS.get("asked"))); out.put("own", OWN.get());
    out.put("process", PROCESS == process());
    try (Socket to = new Socket("127.0.0.1", LISTENER.getLocalPort())) { out.put("listener", to.getInputStream().read()); }
    out.put("gone", GONE.getInputStream().read());
    out.put("position", FILE.getFilePointer()); FILE.writeBytes("TWO!"); FILE.seek(0); out.put("file", FILE.readLine());
    out.put("link", new BufferedReader(new FileReader("/tmp/a/link")).readLine()); out.put("folder", new File("/tmp/a/b").isDirectory());
    PIPE.sink().write(java.nio.ByteBuffer.wrap(new byte[1])); out.put("selected", SELECTOR.select(5000));
    new Thread(() -> { try { Thread.sleep(50); } catch (InterruptedException e) {} SELECTOR.wakeup(); }).start(); SELECTOR.selectedKeys().clear();
    PIPE.source().read(java.nio.ByteBuffer.allocate(1)); out.put("woken", SELECTOR.select(5000));
    Process child = new ProcessBuilder("sh", "-c", "echo $AWS_LAMBDA_FUNCTION_NAME").start();
    out.put("child", new BufferedReader(new InputStreamReader(child.getInputStream())).readLine());
    return out;
  }
"""
KINDS_SEEN = {"ticks": True, "told": True, "own": None, "process": True, "listener": 7, "gone": -1, "position": 4, "file": "one TWO!",
              "link": "one TWO!", "folder": True, "selected": 1, "woken": 0}


def test_threads_files_and_sockets_go_on_and_connections_are_found_closed(aws):
    name = ready(aws, function("begin();", "return look();", ALL_KINDS))
    seen = invoke(aws, name, Qualifier="1")[1]
    assert seen.pop("child") == name
    # The handler runs in the thread that has run the init.
    assert seen == {**KINDS_SEEN, "own": "mine"}


def test_it_computes_on(aws):
    body = """
  System.gc(); long sum = 0;
  for (int n = 0; n < 200; ++n) { byte[] one = new byte[1 << 20]; one[n] = 1; sum += one[n]; }
  List<Thread> threads = new ArrayList<>();
  int[] sorted = new int[50];
  for (int n = 0; n < 50; ++n) { final int at = n; Thread thread = new Thread(() -> { int[] all = new Random(at).ints(20000).sorted().toArray(); sorted[at] = all[0] <= all[19999] ? 1 : 0; }); threads.add(thread); thread.start(); }
  for (Thread thread : threads) thread.join();
  try { deep(0); } catch (StackOverflowError e) { sum += 1000; }
  try { Object none = event.get("none"); none.hashCode(); } catch (NullPointerException e) { sum += 10000; }
  return sum + Arrays.stream(sorted).sum();"""
    name = ready(aws, function("", body, "static int deep(int n) { return 1 + deep(n + 1); }"), MemorySize=512)
    for _ in range(3):
        assert invoke(aws, name, {}, Qualifier="1")[1] == 200 + 50 + 1000 + 10000


def test_an_environment_that_ends_is_followed_by_another(aws):
    name = ready(aws, function("", 'if (event.get("end") != null) Runtime.getRuntime().halt(3); return INIT;'))
    first = invoke(aws, name, {}, Qualifier="1")[1]
    assert "exit status 3" in str(invoke(aws, name, {"end": 1}, Qualifier="1"))
    assert first and invoke(aws, name, {}, Qualifier="1")[1]


@pytest.mark.parametrize("wrap, processes", [('exec "$@"', 0), ('"$@"', 2)], ids=["written down", "at rest"])
def test_a_wrapper_that_stays_leaves_its_process_at_rest(aws, wrap, processes):
    """Which is not the first of its sandbox then, and could not be made again with its number."""
    code = {**function(REGISTERED, BASICS), "wrap": f"#!/bin/sh\n{wrap}\n"}
    name = ready(aws, code, Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}})
    assert len(processes_of(name)) == processes
    answer = invoke(aws, name, Qualifier="1")[1]
    assert answer["type"] == "snap-start" and answer["seen"] == ["before", "after", None]


@each_way_to_spoil
def test_an_image_that_cannot_be_used_costs_an_init_and_no_more(basics, spoil):
    costs_an_init_when_spoilt(spoil, lambda aws: ready(aws, basics))


def test_images_are_made_again_after_a_kill(basics):
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        server = Server(folder + "/data").start()
        name = ready(server.client("lambda"), basics)
        server.kill()
        server.start()
        aws = server.client("lambda")
        assert invoke(aws, name, Qualifier="1")[1]["type"] == "on-demand"
        until(lambda counts=iter(range(2, 9)): "snap-start" in {answer["type"] for answer in at_once(aws, name, next(counts), 500)})
        assert server.stop() == 0


def test_a_burst_beyond_what_rests_is_served_by_strangers(aws):
    name = ready(aws, function(RESTS + REGISTERED, BASICS))
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


def test_a_process_that_was_killed_at_rest_costs_an_init(aws):
    name = ready(aws, function(RESTS, BASICS), **SEEN_FROM_OUTSIDE)
    (resting,) = processes_of(name)
    os.kill(resting, signal.SIGKILL)
    assert invoke(aws, name, Qualifier="1")[1]["type"] == "on-demand"
    until(lambda: len(set(processes_of(name)) - {resting}) == 2)


def test_a_version_that_is_inactive_has_no_process_until_it_is_called_for():
    with tempfile.TemporaryDirectory(prefix="hearth-test-") as folder:
        server = Server(folder + "/data", "--inactive-after", "4").start()
        aws = server.client("lambda")
        name = ready(aws, function(RESTS + REGISTERED, BASICS), **SEEN_FROM_OUTSIDE)
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
        code = function(RESTS + REGISTERED, BASICS)
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
