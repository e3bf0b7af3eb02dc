"""Promise: your AWS code runs unchanged (.NET runtime). Mono runs what .NET would: its client is made of what they have in common."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from fake_runtime_api import ROOT, FakePipe, Function

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import dotnet  # noqa: E402  pylint: disable=wrong-import-position

HEAD = """
using Amazon.Lambda.Core;
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;
[assembly: LambdaSerializer(typeof(App.Plain))]
namespace App {
  public class Order { public int Id; }
  public class Odd : Exception { public Odd(string message, Exception inner = null) : base(message, inner) {} }
  public class Plain : ILambdaSerializer {
    public T Deserialize<T>(Stream stream) {
      string text = new StreamReader(stream).ReadToEnd();
      if (typeof(T) == typeof(Order)) return (T)(object)new Order { Id = int.Parse(text) };
      if (typeof(T) == typeof(string)) return (T)(object)text.Trim('"');
      return (T)Convert.ChangeType(text, typeof(T));
    }
    public void Serialize<T>(T value, Stream stream) {
      object written = value is Order ? (object)((Order)(object)value).Id : value;
      byte[] text = Encoding.UTF8.GetBytes(written is string ? "\\"" + written + "\\"" : Convert.ToString(written));
      stream.Write(text, 0, text.Length);
    }
  }
  public class Marked : ILambdaSerializer {
    public T Deserialize<T>(Stream stream) { return (T)(object)"marked"; }
    public void Serialize<T>(T value, Stream stream) { new Plain().Serialize(value, stream); }
  }
"""
FORMS = HEAD + """
  public class Base { public string Inherited(string text) { return "base " + text; } }
  public class Forms : Base {
    int calls;
    public Forms() { Console.WriteLine("constructed"); }
    public string Text(string text) { return text + "!"; }
    public int Counted(int n) { return n + ++calls; }
    public Order Poco(Order order, ILambdaContext context) { order.Id += context.MemoryLimitInMB; return order; }
    public string Nothing() { return "nothing"; }
    public string OnlyContext(ILambdaContext context) { return context.FunctionName; }
    public static string Static(string text) { return "static " + text; }
    private string Private(string text) { return "private " + text; }
    public Stream Streams(Stream input) { var all = new MemoryStream(); input.CopyTo(all); all.WriteByte((byte)' '); return all; }
    public void Void(string text) { Console.WriteLine("got " + text); }
    public async Task Later(string text) { await Task.Delay(1); Console.WriteLine("later " + text); }
    public async Task<string> Answer(string text) { await Task.Delay(1); return text + "?"; }
    public Task<Stream> StreamLater(Stream input) { return Task.FromResult(input); }
    [LambdaSerializer(typeof(Marked))] public string Mark(string text) { return text; }
    public string Over(string text) { return "text"; }
    public string Over(int number) { return "number"; }
    public string Fail(string text) { throw new Odd("bad \\"ä\\"\\n", new InvalidOperationException("inner")); }
    public async Task<string> FailLater(string text) { await Task.Delay(1); throw new Odd(text); }
    public string FailWaiting(string text) { return FailLater(text).Result; }
    public string Context(ILambdaContext c) {
      var client = c.ClientContext;
      return string.Join("|", c.AwsRequestId, c.FunctionName, c.FunctionVersion, c.InvokedFunctionArn, c.LogGroupName, c.LogStreamName,
        c.MemoryLimitInMB, c.RemainingTime.TotalSeconds > 50 && c.RemainingTime.TotalSeconds <= 60, c.TraceId, c.TenantId,
        c.Identity.IdentityId, c.Identity.IdentityPoolId, Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID"),
        client == null ? "none" : client.Client.AppTitle + "," + client.Custom["a"] + "," + client.Environment["locale"] + "," + client.Client.InstallationId);
    }
    public string Next(ILambdaContext c) { return c.OfNextYear; }
    public void Logs(string text, ILambdaContext c) {
      c.Logger.LogLine("line"); c.Logger.Log("two\\nlines"); c.Logger.Log(LogLevel.Debug, "hidden"); c.Logger.Log(LogLevel.Warning, "warned");
      c.Logger.Log("Error", "{count} of {all:000} {{x}}", 1, 20); LambdaLogger.Log("static"); Console.Write("part "); Console.WriteLine("whole {0}", 1);
      Console.Error.WriteLine("error"); Console.WriteLine(1.5); c.Logger.Log(LogLevel.Error, new Odd("seen"), "with {what}", "error");
    }
    public void Generic<T>(string text) {}
    public async void AsyncVoid(string text) { await Task.Delay(1); }
    public void Params(params string[] all) {}
    public string Three(string a, string b, ILambdaContext c) { return a; }
    public string Second(string a, string b) { return a; }
  }
  public abstract class Abstract { public string Text(string text) { return text; } public abstract string None(string text); }
  public class Generic<T> { public string Text(string text) { return text; } }
  public interface Interface { string Text(string text); }
  public class Unmade { public Unmade() { new System.Threading.Thread(() => System.Threading.Thread.Sleep(-1)).Start(); throw new Odd("no"); } public string Text(string text) { return text; } }
}
"""
BARE = "using System.IO; public class Bare { public string Text(string s) { return s; } public string Out(Stream s) { return null; } }"
MONO = shutil.which("mono")


@pytest.fixture(scope="module", name="folder")
def the_folder(tmp_path_factory):
    if not shutil.which("mcs"):
        pytest.skip("there is no mcs (mono-mcs) to compile functions with")
    folder = tmp_path_factory.mktemp("dotnet")
    (folder / "runtime.dll").write_bytes(dotnet.runtime())
    shutil.copy(os.path.join(ROOT, "runtimes/dotnet/bootstrap.sh"), folder)
    return folder


@pytest.fixture(scope="module", name="forms")
def the_forms(folder):  # pylint: disable=unused-argument
    return dotnet.library(FORMS)


class Piped(Function):
    form = FakePipe


@pytest.fixture(name="start", params=["mono", "dotnet"])
def the_start(request, folder):
    if request.param == "mono":
        if not MONO:
            pytest.skip("there is no mono")
        command = [MONO, str(folder / "runtime.dll")]
    else:
        if not dotnet.DOTNET:
            pytest.skip("there is no dotnet")
        command = ["/bin/sh", str(folder / "bootstrap.sh"), dotnet.DOTNET]
    variables = {"LAMBDA_RUNTIME_DIR": str(folder), "_LAMBDA_TELEMETRY_LOG_FD": "1", "DOTNET_ROLL_FORWARD": "LatestMajor",
                 "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}

    def start(files, handler, environment=None):
        return Piped(command, files, handler, {**variables, **(environment or {})})
    return start


@pytest.mark.parametrize("method, event, answer", [
    ("Text", "a", "a!"), ("Poco", 2, 130), ("Nothing", 1, "nothing"), ("OnlyContext", 1, "fn"), ("Static", "a", "static a"),
    ("Private", "a", "private a"), ("Inherited", "a", "base a"), ("Streams", {"a": "ä"}, {"a": "ä"}), ("Answer", "a", "a?"),
    ("StreamLater", [1], [1]), ("Mark", "a", "marked"), ("System.String Over(Int32)", 1, "number")])
def test_every_form_of_handler_is_called(start, forms, method, event, answer):
    with start(forms, "app::App.Forms::" + method) as function:
        assert function.invoke(event) == ("invocation/id-1/response", answer)


def test_events_are_answered_one_after_another_by_one_object(start, forms):
    with start(forms, "app::App.Forms::Counted") as function:
        for number in range(3):
            assert function.invoke(10, request_id="id-%d" % number) == ("invocation/id-%d/response" % number, 11 + number)


def test_large_events_and_answers_pass_whole(start, forms):
    with start(forms, "app::App.Forms::Streams") as function:
        event = {"text": "ä" * 1_500_000}
        assert function.invoke(event)[1] == event


@pytest.mark.parametrize("method, text", [("Void", "got a"), ("Later", "later a")])
def test_no_result_is_an_empty_answer(start, forms, method, text):
    with start(forms, "app::App.Forms::" + method) as function:
        function.send("a")
        path, _, body = function.answer()
        assert (path, body) == ("invocation/id-1/response", b"")
        assert text in function.stop()


def test_context_tells_all(start, forms):
    headers = {"Lambda-Runtime-Client-Context": json.dumps({"client": {"app_title": "t\u00e9\"", "installation_id": "i"}, "custom": {"a": 1}, "env": {"locale": "de"}}),
               "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"c","cognitoIdentityPoolId":"p"}', "Lambda-Runtime-Trace-Id": "Root=1"}
    common = "id-1|fn|$LATEST|arn:aws:lambda:us-east-1:000000000000:function:fn|/aws/lambda/fn|stream|128|True"
    with start(forms, "app::App.Forms::Context") as function:
        function.send(1, headers=headers)
        assert function.answer()[2].decode() == '"%s|Root=1||c|p|Root=1|té",1,de,i"' % common
        assert function.invoke(1)[1] == common + "||||||none"


def test_a_client_context_that_is_none_fails_its_event_alone(start, forms):
    whole = '{"custom":{"a":"\\u00e4\\/","b":[1,true,{"c":null}]},"env":{"locale":"x"},"client":{"app_title":null}}'
    quiet = {"AWS_LAMBDA_HANDLER_LOG_LEVEL": "Critical"}  # nobody reads them
    with start(forms, "app::App.Forms::Context", quiet) as function:
        for text in [*(whole[:end] for end in range(1, len(whole))), "[" * 10000, '{"a" 1}', '"\\u12', "{}x"]:
            path, body = function.invoke(1, headers={"Lambda-Runtime-Client-Context": text})
            assert path == "invocation/id-1/error" and body["errorType"] == "FormatException", text
        assert function.invoke(1, headers={"Lambda-Runtime-Client-Context": whole})[1].endswith("|,ä/,x,")


def test_members_that_are_not_known_are_refused_by_name(start, forms):
    with start(forms, "app::App.Forms::Next") as function:
        body = function.invoke(1)[1]
        assert body["errorType"] == "NotImplementedException" and "OfNextYear" in body["errorMessage"]


def test_what_handlers_throw_is_told_and_the_function_goes_on(start, forms):
    with start(forms, "app::App.Forms::Fail") as function:
        function.send("a")
        path, headers, text = function.answer()
        body = json.loads(text)
        assert path == "invocation/id-1/error" and headers["Lambda-Runtime-Function-Error-Type"] == "Odd"
        assert list(body) == ["errorType", "errorMessage", "stackTrace", "cause"]
        assert body["errorType"] == "Odd" and body["errorMessage"] == 'bad "ä"\n'
        assert body["stackTrace"][0].startswith("at App.Forms.Fail") and len(body["stackTrace"]) == 1
        assert body["cause"] == {"errorType": "InvalidOperationException", "errorMessage": "inner"}
        assert function.invoke("a")[0] == "invocation/id-1/error"
        function.process.kill()
        assert b"\tid-1\tfail\tApp.Odd: bad" in function.process.stdout.read()


def test_what_tasks_throw_is_told_as_it_was_thrown(start, forms):
    with start(forms, "app::App.Forms::FailLater") as function:
        body = function.invoke("a")[1]
        assert body["errorType"] == "Odd" and body["errorMessage"] == "a"
    with start(forms, "app::App.Forms::FailWaiting") as function:
        body = function.invoke("a")[1]
        assert body["errorType"] == "AggregateException" and body["cause"]["errorType"] == "Odd" and body["causes"][0]["errorMessage"] == "a"


UNUSABLE = "The method '{}' cannot be used as a Lambda Handler because it is "
OTHER_TYPES = (" data of type '{}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be "
               "annotated with Amazon.Lambda.Core.LambdaSerializerAttribute.")


@pytest.mark.parametrize("handler, message", [
    ("app::App.Forms", "Invalid lambda function handler: 'app::App.Forms'. The valid format is 'ASSEMBLY::TYPE::METHOD'."),
    ("::a::b", "Invalid lambda function handler: '::a::b', the assembly is missing. The valid format is 'ASSEMBLY::TYPE::METHOD'."),
    ("app::App.None::Text", "Unable to load type 'App.None' from assembly 'app'."),
    ("app::App.Forms::None", "Unable to find method 'None' in type 'App.Forms' from assembly 'app': Found no methods matching method name 'None'."),
    ("app::App.Forms::Over", "The method 'Over' in type 'App.Forms' appears to have a number of overloads. To call this method please specify a complete"
                             " method signature. Possible candidates are:\nSystem.String Over(System.String)\nSystem.String Over(Int32)."),
    ("app::App.Forms::Generic", UNUSABLE.format("Void Generic[T](System.String)") + "a generic method. Handler methods cannot be generic. Please specify a non-generic handler method."),
    ("app::App.Forms::AsyncVoid", UNUSABLE.format("Void AsyncVoid(System.String)") + "an 'async void' method. Handler methods cannot be 'async void'. Please specify a method that is not 'async void'."),
    ("app::App.Forms::Params", UNUSABLE.format("Void Params(System.String[])") + "a 'params' method. Please specify a method that does not use 'params'."),
    ("app::App.Forms::Three", "Method 'Three' of type 'App.Forms' is not supported: the method has more than 2 parameters."),
    ("app::App.Forms::Second", "Method 'Second' of type 'App.Forms' is not supported: the method has 2 parameters, but the second parameter is not of type 'Amazon.Lambda.Core.ILambdaContext'."),
    ("app::App.Abstract::None", UNUSABLE.format("System.String None(System.String)") + "an abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method."),
    ("app::App.Abstract::Text", "The instance method 'System.String Text(System.String)' cannot be used as a Lambda Handler because its type 'App.Abstract' is abstract. Please either use a static handler or specify a type that is not abstract."),
    ("app::App.Generic`1::Text", "The type 'App.Generic`1' cannot be used as a Lambda Handler type because it is generic. Handler methods cannot be located in generic types. Please specify a handler method in a non-generic type."),
    ("bare::Bare::Text", "Could not find the LambdaSerializerAttribute on the assembly 'bare' or method 'Text' while attempting to deserialize input" + OTHER_TYPES.format("System.String")),
    ("bare::Bare::Out", "Could not find the LambdaSerializerAttribute on the assembly 'bare' or method 'Out' while attempting to serialize output" + OTHER_TYPES.format("System.String")),
])
def test_unusable_handlers_are_told_in_the_services_words(start, forms, handler, message):
    files = {**forms, "bare.dll": dotnet.compiled("bare.dll", [BARE])}
    with start(files, handler) as function:
        path, headers, body = function.answer()
        assert path == "init/error" and headers["Lambda-Runtime-Function-Error-Type"] == "LambdaValidationException"
        assert json.loads(body)["errorMessage"] == message
        assert function.process.wait(20) == 1


def test_an_assembly_that_is_not_there_is_named(start, forms):
    with start(forms, "absent::App.Forms::Text") as function:
        message = json.loads(function.answer()[2])["errorMessage"]
        assert re.fullmatch(r"Could not find the specified handler assembly with the file name 'absent(, .*)?'\. The assembly should be located in"
                            r" the root of your uploaded \.zip file\.", message)


def test_what_constructors_throw_ends_the_init(start, forms):
    with start(forms, "app::App.Unmade::Text") as function:
        path, _, body = function.answer()
        assert path == "init/error" and json.loads(body)["errorType"] == "Odd" and json.loads(body)["errorMessage"] == "no"
        assert json.loads(body)["stackTrace"][-1].startswith("at App.Unmade..ctor")
        assert function.process.wait(20) == 1  # though a thread runs


def logged(start, forms, environment=None):
    with start(forms, "app::App.Forms::Logs", environment) as function:
        function.send("a")
        function.answer()
        function.process.kill()
        return function.process.stdout.read()


def test_lines_have_time_request_and_level(start, forms):
    text = logged(start, forms)
    plain = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", b"T", text)
    for line in [b"T\tid-1\tinfo\tline\n", b"T\tid-1\twarn\twarned\n", b"T\tid-1\tfail\t1 of 020 {x}\n", b"T\tid-1\tstatic\n",
                 b"part T\tid-1\tinfo\twhole 1\n", b"T\tid-1\tfail\terror\n", b"T\tid-1\tinfo\t1.5\n"]:
        assert line in plain, plain
    assert b"hidden" not in text
    # A message of two lines is one event.
    assert re.search(rb"\xa5\x5a\x00\x03\x00\x00\x00.{9}T\tid-1\tinfo\ttwo\nlines", plain, re.S)
    assert b"with error\nApp.Odd: seen" in text


def test_lines_are_documents_when_the_function_wants_so(start, forms):
    text = logged(start, forms, {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"})
    lines = [json.loads(line[line.index(b"{"):]) for line in text.splitlines() if b"{" in line]
    by_message = {line["message"]: line for line in lines}
    assert by_message["line"]["level"] == "Information" and by_message["line"]["requestId"] == "id-1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", by_message["line"]["timestamp"])
    assert by_message["hidden"]["level"] == "Debug" and by_message["two\nlines"]["level"] == "Information"
    assert by_message["1 of 020 {x}"]["count"] == 1 and by_message["1 of 020 {x}"]["level"] == "Error"
    assert by_message["with error"]["errorType"] == "App.Odd" and by_message["with error"]["what"] == "error"


def test_unformatted_lines_stay_as_they_are(start, forms):
    text = logged(start, forms, {"AWS_LAMBDA_HANDLER_LOG_FORMAT": "Unformatted"})
    assert b"\nline\n" in text and b"\nstatic\npart whole 1\nerror\n" in text


# How the function's program is started is said by a script, which needs no .NET.

@pytest.fixture(name="launched")
def the_launched(folder, tmp_path):
    def launched(files, handler):
        program = tmp_path / "dotnet"
        program.write_text('#!/bin/sh\necho "$DOTNET_ROOT" "$@"\n')
        program.chmod(0o755)
        task = tmp_path / "task"
        task.mkdir()
        for name in files:
            (task / name).write_text('#!/bin/sh\necho native "$0"\n')
            (task / name).chmod(0o755)
        done = subprocess.run(["/bin/sh", os.path.join(ROOT, "runtimes/dotnet/bootstrap.sh"), str(program), "--piped"], capture_output=True,
                              text=True, check=False, env={"LAMBDA_TASK_ROOT": str(task), "LAMBDA_RUNTIME_DIR": str(folder), "_HANDLER": handler})
        return done.returncode, (done.stdout + done.stderr).strip().replace(str(task), "TASK").replace(str(tmp_path), "ROOT").replace(str(folder), "OURS")
    return launched


LIBRARY = "ROOT exec --depsfile TASK/{0}.deps.json --runtimeconfig TASK/{0}.runtimeconfig.json OURS/runtime.dll"


@pytest.mark.parametrize("files, handler, expected", [
    (["app.dll", "app.deps.json", "app.runtimeconfig.json", "b.deps.json", "b.runtimeconfig.json"], "app::T::M", (0, LIBRARY.format("app"))),
    (["other.deps.json", "other.runtimeconfig.json"], "app::T::M", (0, LIBRARY.format("other"))),
    (["program.dll"], "program", (0, "ROOT exec TASK/program.dll")),
    (["program.dll"], "program.dll", (0, "ROOT exec TASK/program.dll")),
    (["program"], "program", (0, "native TASK/program")),
    ([], "program", (104, "Error: executable assembly TASK/program.dll or binary TASK/program not found.")),
    (["app.dll"], "app::T::M", (105, "Error: .NET binaries for Lambda function are not correctly installed in the TASK directory of the image when the"
                                     " image was built. The TASK directory is missing the required .deps.json file.")),
    (["app.deps.json", "a.runtimeconfig.json", "b.runtimeconfig.json"], "app::T::M", (106, "Error: .NET binaries for Lambda function are not correctly"
     " installed in the TASK directory of the image when the image was built. The TASK directory is missing the required .runtimeconfig.json file.")),
])
def test_the_program_is_what_the_handler_names(launched, files, handler, expected):
    assert launched(files, handler) == expected
