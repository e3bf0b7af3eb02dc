"""Promise: your AWS code runs unchanged. Functions in Java, in all forms of handlers, on whichever Java the host has."""

import json
import subprocess
from random import Random

import pytest
from blackbox_server import create, invoke, until
from java import compiled, core_jar, jar
from test_layers import arn_of
from test_slots import ready

JAVA = {"Runtime": "java17", "Timeout": 20, "MemorySize": 512}
HEAD = """package app;
import com.amazonaws.services.lambda.runtime.*;
import java.io.*;
import java.util.*;
"""
FORMS = HEAD + """
public class Forms {
  public enum Kind { GOOD, BAD }
  public static class Item { public String name; public double price; }
  public static class Order {
    private int id; private List<Item> items; private Map<String, Kind> kinds; private Date when; private byte[] data; private long[] parts; private Optional<String> note;
    public int getId() { return id; } public void setId(int v) { id = v; }
    public List<Item> getItems() { return items; } public void setItems(List<Item> v) { items = v; }
    public Map<String, Kind> getKinds() { return kinds; } public void setKinds(Map<String, Kind> v) { kinds = v; }
    public Date getWhen() { return when; } public void setWhen(Date v) { when = v; }
    public byte[] getData() { return data; } public void setData(byte[] v) { data = v; }
    public long[] getParts() { return parts; } public void setParts(long[] v) { parts = v; }
    public boolean isLarge() { return items != null && items.size() > 1; }
    public String getURL() { return "u"; }
  }
  public Order order(Order order, Context context) { return order; }
  public double total(Order order) { double sum = 0; for (Item item : order.items) sum += item.price; return sum; }
  public String text(String text) { return text + "!"; }
  public int number(int n) { return n + 1; }
  public Integer boxed(Integer n) { return n == null ? null : n + 1; }
  public boolean truth(boolean b) { return !b; }
  public List<Integer> list(List<Integer> list) { Collections.reverse(list); int sum = 0; for (int n : list) sum += n; list.add(sum); return list; }
  public Map<String, Object> map(Map<String, Object> map) { map.put("size", map.size()); return map; }
  public Object same(Object event) { return event; }
  public Object any(Object event) { return event == null ? "nothing" : event.getClass().getSimpleName(); }
  public void nothing(Object event) {}
  public static String fixed() { return "fixed"; }
  public String named(Context context) { return context.getFunctionName(); }
  public void stream(InputStream in, OutputStream out) throws IOException { int c; while ((c = in.read()) >= 0) out.write(Character.toUpperCase(c)); }
  public void out(OutputStream out, Context context) throws IOException { out.write("\\"out\\"".getBytes()); }
  public String over(String s) { return "short"; }
  public String over(String s, Context c) { return "long"; }
  public String over(String s, Integer a, Context c) { return "odd"; }
}
"""
GENERIC = HEAD + """
public class Generic extends Middle<Forms.Item> { public String name(Forms.Item item) { return item.name; } }
"""
MIDDLE = HEAD + """
public abstract class Middle<T> implements RequestHandler<List<T>, String> {
  abstract String name(T one);
  public String handleRequest(List<T> input, Context context) { String all = ""; for (T one : input) all += name(one); return all; }
}
"""
STREAMING = HEAD + """
public class Streaming implements RequestStreamHandler {
  public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException { out.write(("[" + in.available() + "]").getBytes()); }
}
"""


@pytest.fixture(scope="module")
def forms():
    return compiled([FORMS, GENERIC, MIDDLE, STREAMING])


def test_events_and_answers_are_of_the_types_that_handlers_name(aws, forms):
    order = {"id": 7, "items": [{"name": "é", "price": 1.5}, {"name": "b", "price": 2, "unknown": 1}], "kinds": {"a": "GOOD", "b": "NEW"},
             "when": 1700000000000, "data": "aGk=", "parts": [1, 2]}
    expected = {**order, "kinds": {"a": "GOOD", "b": None}, "large": True, "URL": "u"}
    expected["items"] = [{"name": "é", "price": 1.5}, {"name": "b", "price": 2.0}]
    cases = [("order", order, expected), ("order", {"id": None}, {"id": 0, "large": False, "URL": "u"}), ("total", order, 3.5),
             ("text", "a\"\u2028\n", "a\"\u2028\n!"), ("number", 1, 2), ("number", "41", 42), ("boxed", None, None), ("truth", True, False),
             ("list", [1, 2, 3], [3, 2, 1, 6]), ("list", 5, [5, 5]), ("map", {"a": [1, 2.5, {"b": None}]}, {"a": [1, 2.5, {"b": None}], "size": 1}),
             ("any", {}, "LinkedHashMap"), ("any", 1.5, "Double"), ("any", 3000000000, "Long"), ("any", None, "nothing"), ("nothing", 1, None),
             ("fixed", 1, "fixed"), ("stream", "abc", "ABC"), ("out", 1, "out"), ("over", "a", "long")]
    names = {}
    for method, event, answer in cases:
        if method not in names:
            names[method] = create(aws, forms, Handler=f"app.Forms::{method}", wait=False, **JAVA)
    for method, event, answer in cases:
        aws.get_waiter("function_active_v2").wait(FunctionName=names[method], WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
        assert invoke(aws, names[method], event)[1] == answer, method
    named = create(aws, forms, Handler="app.Forms::named", **JAVA)
    assert invoke(aws, named)[1] == named


def test_classes_of_the_package_see_the_jars_beside_them(aws):
    helper = compiled(["package lib;\npublic class Helper { public static String hello() { return \"hello\"; } }\n"])
    code = HEAD + "public class App { public String handle(Object o) throws Exception { return (String) Class.forName(\"lib.Helper\").getMethod(\"hello\").invoke(null); } }\n"
    name = create(aws, {**compiled([code]), "lib/helper.jar": jar(helper)}, Handler="app.App::handle", **JAVA)
    assert invoke(aws, name)[1] == "hello"


def any_document(random, depth=0):
    kind = random.randrange(5 if depth > 5 else 7)
    if kind == 5:
        return [any_document(random, depth + 1) for _ in range(random.randrange(5))]
    if kind == 6:
        return {any_text(random): any_document(random, depth + 1) for _ in range(random.randrange(5))}
    return [None, random.random() < 0.5, random.randrange(-(2**70), 2**70) >> random.randrange(70), random.uniform(-1, 1) * 10.0 ** random.randrange(-300, 300),
            any_text(random)][kind]


def any_text(random):
    return "".join(random.choice('ab"\\/\b\n\r\t\0\x1f\x7fé\u2028\uffff😀 ') for _ in range(random.randrange(12)))


def test_every_document_comes_back_as_it_went(aws, forms):
    name = create(aws, forms, Handler="app.Forms::same", **JAVA)
    random = Random(7)
    for number in range(300):
        document = any_document(random)
        text = json.dumps(document, ensure_ascii=number % 2 == 0, indent=random.choice([None, 1]))
        answer = aws.invoke(FunctionName=name, Payload=text.encode())
        assert "FunctionError" not in answer and json.load(answer["Payload"]) == document, text
    deep = "[" * 900 + "]" * 900
    assert invoke(aws, name, json.loads(deep))[1] == json.loads(deep)


def test_classes_that_implement_an_interface_are_handlers(aws, forms):
    generic = create(aws, forms, Handler="app.Generic", **JAVA)
    assert invoke(aws, generic, [{"name": "a"}, {"name": "b"}])[1] == "ab"
    streaming = create(aws, forms, Handler="app.Streaming::handleRequest", **JAVA)
    assert invoke(aws, streaming, "abc")[1] == [5]


def test_jars_come_from_the_package_and_from_layers_and_may_bring_the_interfaces(aws):
    helper = compiled(["package lib;\npublic class Helper { public static String hello() { return \"hello\"; } }\n"])
    layered = compiled(["package lib;\npublic class Layered { public static String layer() { return \"layer\"; } }\n"])
    layer = arn_of(aws, {"java/lib/layered.jar": jar(layered)})
    code = HEAD + "public class App implements RequestHandler<Object, String> { public String handleRequest(Object o, Context c) throws RuntimeException {" \
                  " try { return Class.forName(\"lib.Helper\").getMethod(\"hello\").invoke(null) + \" \" + Class.forName(\"lib.Layered\").getMethod(\"layer\").invoke(null)" \
                  " + new Scanner(Thread.currentThread().getContextClassLoader().getResourceAsStream(\"some.txt\")).next(); } catch (Exception e) { throw new RuntimeException(e); } } }\n"
    name = create(aws, {"lib/app.jar": jar(compiled([code])), "lib/helper.jar": jar(helper), "lib/aws-lambda-java-core-1.2.3.jar": core_jar(),
                        "some.txt": "!"}, Handler="app.App", Layers=[layer], **JAVA)
    assert invoke(aws, name)[1] == "hello layer!"


PROBE = HEAD + """
public class Probe {
  public Map<String, Object> handle(Object event, Context context) throws Exception {
    Map<String, Object> told = new TreeMap<>();
    Map<String, String> variables = new TreeMap<>(System.getenv());
    variables.keySet().removeAll(Arrays.asList("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_METADATA_TOKEN", "JAVA_MINE"));
    told.put("variables", variables);
    told.put("mine", System.getenv("MINE"));
    told.put("child", child("printf '%s|%s|%s' \\"$MINE\\" \\"$_HANDLER\\" \\"$PWD\\"; ls"));
    told.put("folder", new File(".").getCanonicalPath());
    told.put("files", new File(".").list());
    Properties properties = new Properties();
    properties.putAll(System.getProperties());
    for (String one : Arrays.asList("com.amazonaws.xray.traceHeader")) properties.remove(one);
    told.put("properties", new TreeMap<>(properties));
    told.put("zone", TimeZone.getDefault().getID());
    told.put("locale", Locale.getDefault().toString());
    told.put("encoding", java.nio.charset.Charset.defaultCharset().name());
    told.put("arguments", java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
    told.put("heap", Runtime.getRuntime().maxMemory());
    List<String> open = new ArrayList<>();
    for (File one : new File("/proc/self/fd").listFiles()) {
      try { open.add(java.nio.file.Files.readSymbolicLink(one.toPath()).toString().replaceAll("[0-9]{3,}", "N")); } catch (IOException gone) { }
    }
    Collections.sort(open);
    told.put("open", open);
    told.put("tmp", new File("/tmp").list());
    told.put("threads", Thread.getAllStackTraces().keySet().stream().map(Thread::getName).sorted().toArray());
    told.put("loader", Thread.currentThread().getContextClassLoader() == getClass().getClassLoader());
    return told;
  }
  private static String child(String command) throws Exception {
    Process process = new ProcessBuilder("/bin/sh", "-c", command).start();
    Scanner scanner = new Scanner(process.getInputStream()).useDelimiter("\\\\A");
    return scanner.hasNext() ? scanner.next() : "";
  }
}
"""


def test_a_java_function_cannot_tell_when_its_process_was_started(server, aws):
    classes = compiled([PROBE])
    settings = {"MINE": "é 1", "TZ": "Asia/Tokyo", "PATH": "/opt/bin:/usr/bin:/bin"}
    options = {"Handler": "app.Probe::handle", **JAVA}
    before = ready(server)
    ahead = create(aws, classes, Environment={"Variables": settings}, **options)
    # The JVM may read this one at its start, so this function gets a process of its own from the first.
    fresh = create(aws, classes, Environment={"Variables": settings | {"JAVA_MINE": "1"}}, **options)
    until(lambda: ready(server) > before or ready(server) > 1)
    _, one = invoke(aws, ahead)
    _, other = invoke(aws, fresh)
    assert one == other
    assert one["variables"]["MINE"] == one["mine"] == "é 1"
    assert one["child"].startswith("é 1|app.Probe::handle|/var/task") and "app" in one["child"]
    assert (one["folder"], one["files"], one["zone"], one["encoding"], one["tmp"]) == ("/var/task", ["app"], "Asia/Tokyo", "UTF-8", [])
    assert 300 << 20 < one["heap"] < 512 << 20


def test_variables_that_the_jvm_reads_early_have_their_effect(aws):
    code = "package app;\npublic class App { public static String handle() { return System.getProperty(\"mine\"); } }\n"
    name = create(aws, compiled([code]), Handler="app.App::handle", Environment={"Variables": {"JAVA_TOOL_OPTIONS": "-Dmine=set -XX:+UseG1GC"}}, **JAVA)
    assert invoke(aws, name)[1] == "set"


FAULTS = HEAD + """
public class Faults {
  static int count = 0;
  public Object handle(Map<String, Object> event, Context context) throws Exception {
    ++count;
    if (event.containsKey("raise")) throw new IllegalStateException("odd", new IOException("below"));
    if (event.containsKey("silent")) throw new IllegalArgumentException();
    if (event.containsKey("deep")) return handle(event, context);
    if (event.containsKey("memory")) { List<byte[]> all = new ArrayList<>(); while (true) all.add(new byte[16 << 20]); }
    if (event.containsKey("exit")) System.exit(7);
    if (event.containsKey("circle")) { List<Object> circle = new ArrayList<>(); circle.add(circle); return circle; }
    return count;
  }
}
"""


def test_errors_and_faults_are_answered_and_the_next_invoke_runs(aws):
    name = create(aws, compiled([FAULTS]), Handler="app.Faults::handle", **JAVA)
    answer, error = invoke(aws, name, {"raise": 1})
    assert answer["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("java.lang.IllegalStateException", "odd")
    assert error["stackTrace"][0] == "app.Faults.handle(Faults.java:10)"
    assert not any("hearth" in frame for frame in error["stackTrace"])
    assert (error["cause"]["errorType"], error["cause"]["errorMessage"]) == ("java.io.IOException", "below")
    assert invoke(aws, name, {"silent": 1})[1]["errorMessage"] == "java.lang.IllegalArgumentException"
    assert invoke(aws, name, {})[1] == 3
    error = invoke(aws, name, "text")[1]
    assert (error["errorType"], error["errorMessage"]) == ("java.lang.RuntimeException", "An error occurred during JSON parsing")
    error = invoke(aws, name, {"circle": 1})[1]
    assert error["errorMessage"] == "An error occurred during JSON serialization of response"
    # What the JVM itself throws ends the process: the next invoke has a new one.
    assert invoke(aws, name, {"deep": 1})[1]["errorType"] == "java.lang.StackOverflowError"
    assert invoke(aws, name, {})[1] == 1
    assert invoke(aws, name, {"memory": 1})[1]["errorType"] == "java.lang.OutOfMemoryError"
    assert invoke(aws, name, {})[1] == 1
    assert invoke(aws, name, {"exit": 1})[1]["errorType"] == "Runtime.ExitError"
    assert invoke(aws, name, {})[1] == 1


@pytest.mark.parametrize("code, handler, kind, message", [
    ("public class App { }", "app.Absent::handle", "java.lang.ClassNotFoundException", "Class not found: app.Absent"),
    ("public class App { }", "app.App", None, "Class does not implement an appropriate handler interface: app.App"),
    ("public class App { }", "app.App::absent", None, "No public method named absent with appropriate method signature found on class app.App"),
    ("public class App { }", "app.App::", None, "Invalid handler: `app.App::'"),
    ("public class App { public App(int n) {} public void handle() {} }", "app.App::handle", "java.lang.Exception", "Class app.App has no public zero-argument constructor"),
    ("public class App { public App() { throw new IllegalStateException(\"at start\"); } public void handle() {} }", "app.App::handle", "java.lang.IllegalStateException", "at start"),
    ("public class App { static int n = Integer.parseInt(\"x\"); public void handle() {} }", "app.App::handle", "java.lang.NumberFormatException", "Error loading class app.App"),
])
def test_what_cannot_be_a_handler_is_told(aws, code, handler, kind, message):
    name = create(aws, compiled(["package app;\n" + code]), Handler=handler, **JAVA)
    for _ in range(2):
        answer, error = invoke(aws, name)
        assert answer["FunctionError"] == "Unhandled"
        assert (error.get("errorType"), error["errorMessage"]) == (kind, message)


LOGS = HEAD + """
public class Logs {
  public void handle(Object event, Context context) {
    System.out.println("out é"); System.err.println("err");
    context.getLogger().log("one\\ntwo"); context.getLogger().log("bytes".getBytes());
    context.getLogger().log("low", com.amazonaws.services.lambda.runtime.logging.LogLevel.DEBUG);
    context.getLogger().log("high", com.amazonaws.services.lambda.runtime.logging.LogLevel.ERROR);
    LambdaRuntime.getLogger().log("global");
  }
}
"""


def messages(server, group):
    logs = server.client("logs")
    try:
        logs.describe_log_streams(logGroupName=group)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].rstrip("\n") for event in logs.filter_log_events(logGroupName=group)["events"]]


@pytest.mark.parametrize("runtime", ["java17", "java25"])
def test_what_is_printed_and_logged_is_in_the_log(server, aws, runtime):
    classes = compiled([LOGS])
    plain = create(aws, classes, Handler="app.Logs::handle", **{**JAVA, "Runtime": runtime})
    invoke(aws, plain)
    until(lambda: any("global" in line for line in messages(server, f"/aws/lambda/{plain}")))
    lines = [line.replace("\r", "\n") for line in messages(server, f"/aws/lambda/{plain}")]
    lines = [line for line in lines if line.split()[0] not in ("INIT_START", "START", "END", "REPORT")]
    assert "err" in lines  # it comes through a pipe of its own
    assert [line for line in lines if line != "err"] == ["out é", "one\ntwo", "bytes", "[DEBUG] low", "[ERROR] high", "global"]
    structured = create(aws, classes, Handler="app.Logs::handle", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}, **JAVA)
    answer, _ = invoke(aws, structured)
    group = f"/aws/lambda/{structured}"
    until(lambda: any("global" in line for line in messages(server, group)))
    found = [json.loads(line) for line in messages(server, group) if line.startswith("{")]
    ours = {line["message"]: line for line in found if "message" in line}
    assert "low" not in ours and ours["high"]["level"] == "ERROR" and ours["one\ntwo"]["level"] == "UNDEFINED"
    assert ours["high"]["AWSRequestId"] == answer["ResponseMetadata"]["RequestId"]


def test_the_context_tells_of_the_invoke(aws):
    code = HEAD + """public class Told { public Map<String, Object> handle(Object event, Context c) {
      Map<String, Object> told = new HashMap<>();
      told.put("arn", c.getInvokedFunctionArn()); told.put("memory", c.getMemoryLimitInMB()); told.put("version", c.getFunctionVersion());
      told.put("time", c.getRemainingTimeInMillis()); told.put("id", c.getAwsRequestId()); told.put("custom", c.getClientContext().getCustom());
      told.put("app", c.getClientContext().getClient().getAppTitle()); told.put("identity", c.getIdentity()); return told; } }\n"""
    name = create(aws, compiled([code]), Handler="app.Told::handle", **JAVA)
    import base64

    client = base64.b64encode(json.dumps({"custom": {"a": "1"}, "client": {"app_title": "mine"}}).encode()).decode()
    answer, told = invoke(aws, name, ClientContext=client)
    assert told["arn"].endswith(":function:" + name) and told["memory"] == 512 and told["version"] == "$LATEST"
    assert told["custom"] == {"a": "1"} and told["app"] == "mine" and 15000 < told["time"] <= 20000
    assert told["id"] == answer["ResponseMetadata"]["RequestId"] and told.get("identity") is None


def test_events_of_the_events_library_are_read_whatever_their_spelling(aws):
    sqs = """package com.amazonaws.services.lambda.runtime.events;
import java.util.*;
public class SQSEvent {
  private List<Message> records;
  public List<Message> getRecords() { return records; } public void setRecords(List<Message> v) { records = v; }
  public static class Message { private String body; private String eventSourceArn; private Date sent;
    public String getBody() { return body; } public void setBody(String v) { body = v; }
    public String getEventSourceArn() { return eventSourceArn; } public void setEventSourceArn(String v) { eventSourceArn = v; }
    public Date getSent() { return sent; } public void setSent(Date v) { sent = v; } }
}
"""
    s3 = """package com.amazonaws.services.lambda.runtime.events;
import java.util.*;
public class S3Event { private final List<Record> records; public S3Event(List<Record> records) { this.records = records; }
  public List<Record> getRecords() { return records; }
  public static class Record { private final String eventName; private final When eventTime; public Record(String n, When t) { eventName = n; eventTime = t; }
    public String getEventName() { return eventName; } public When getEventTime() { return eventTime; } }
  public static class When { final String text; private When(String t) { text = t; } public static When parse(String t) { return new When(t + "!"); } public String toString() { return text; } }
}
"""
    app = HEAD + """import com.amazonaws.services.lambda.runtime.events.*;
public class App {
  public String sqs(SQSEvent e) { SQSEvent.Message m = e.getRecords().get(0); return m.getBody() + m.getEventSourceArn() + m.getSent().getTime(); }
  public String s3(S3Event e) { return e.getRecords().get(0).getEventName() + e.getRecords().get(0).getEventTime(); }
}
"""
    classes = compiled([sqs, s3, app])
    name = create(aws, classes, Handler="app.App::sqs", **JAVA)
    assert invoke(aws, name, {"Records": [{"body": "b", "eventSourceARN": "arn", "Sent": 1.5}]})[1] == "barn1500"
    name = create(aws, classes, Handler="app.App::s3", **JAVA)
    assert invoke(aws, name, {"Records": [{"eventName": "Put", "eventTime": "2026"}]})[1] == "Put2026!"


def test_a_newer_java_is_taken_for_what_needs_it(aws):
    newest = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=True).stdout.split()[1].split(".")[0]
    code = "package app;\npublic class App { public record Point(int x, String name) {} public Point handle(Point p) { return new Point(p.x() + 1, p.name()); } }\n"
    name = create(aws, compiled([code], release=newest), Handler="app.App::handle", **{**JAVA, "Runtime": "java21"})
    assert invoke(aws, name, {"x": 1, "name": "n"})[1] == {"x": 2, "name": "n"}


def test_every_java_identifier_runs(aws, forms):
    for runtime in ("java8.al2", "java8.al2023", "java11", "java11.al2023", "java17", "java17.al2023", "java21", "java25"):
        name = create(aws, forms, Handler="app.Forms::number", **{**JAVA, "Runtime": runtime})
        assert invoke(aws, name, 1)[1] == 2, runtime
