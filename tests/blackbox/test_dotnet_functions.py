"""Promise: your AWS code runs unchanged. Functions in .NET, as class libraries and as programs, on whichever .NET the host has."""

import json

import dotnet
import pytest
from blackbox_server import create, invoke, logged, until

pytestmark = pytest.mark.skipif(not dotnet.DOTNET, reason="there is no dotnet on this host")

SETTINGS = {"Runtime": "dotnet8", "Timeout": 30, "MemorySize": 512, "Environment": {"Variables": {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "MINE": "m"}}}
LIBRARY = """
using Amazon.Lambda.Core;
using System;
using System.IO;
using System.Text;
using System.Threading;
[assembly: LambdaSerializer(typeof(App.Plain))]
namespace App {
  public class Plain : ILambdaSerializer {
    public T Deserialize<T>(Stream stream) { return (T)(object)new StreamReader(stream).ReadToEnd().Trim('"'); }
    public void Serialize<T>(T value, Stream stream) { byte[] text = Encoding.UTF8.GetBytes("\\"" + value + "\\""); stream.Write(text, 0, text.Length); }
  }
  public class Function {
    public string Handle(string text, ILambdaContext context) {
      context.Logger.LogLine("logged\\nin two lines");
      Console.WriteLine("console");
      return string.Join(" ", text, context.FunctionName, context.MemoryLimitInMB, Environment.GetEnvironmentVariable("MINE"), Environment.CurrentDirectory);
    }
    public string Levels(string text, ILambdaContext context) {
      foreach (string level in new[] {"Trace", "Debug", "Information"}) context.Logger.Log(level, "not shown");
      foreach (string level in new[] {"Warning", "Error"}) context.Logger.Log(level, "seen");
      return text;
    }
    public string Fail(string text) { throw new InvalidOperationException(text); }
    public Stream Same(Stream input) { return input; }
    public string Limit(string text) {
      object info = typeof(GC).GetMethod("GetGCMemoryInfo", Type.EmptyTypes).Invoke(null, null);  // Mono has none
      return info.GetType().GetProperty("TotalAvailableMemoryBytes").GetValue(info, null).ToString();
    }
    static readonly AutoResetEvent Asked = new AutoResetEvent(false), Said = new AutoResetEvent(false);
    static Function() {
      new Thread(() => { for (;;) { Asked.WaitOne(); Console.WriteLine("from a thread of the init"); Said.Set(); } }) { IsBackground = true }.Start();
    }
    public string Ask(string text) { Asked.Set(); Said.WaitOne(); return text; }
    public string End(string text) { Environment.Exit(3); return text; }
  }
}
"""
PROGRAM = """
static class Program {
  static void Main(string[] all) {
    for (;;) {
      string payload = Client.Call("GET invocation/next", "");
      Client.Call("POST invocation/" + Client.Id + "/response", "[" + payload + "," + all.Length + "]");
    }
  }
}
"""


@pytest.fixture(scope="module", name="library")
def the_library():
    return dotnet.library(LIBRARY)


def test_methods_of_class_libraries_are_handlers(aws, logs, library):
    name = create(aws, library, Handler="app::App.Function::Handle", **SETTINGS)
    for word in ["a", "b"]:
        assert invoke(aws, name, word)[1] == f"{word} {name} 512 m /var/task"
    assert [line for line in logged(logs, name, "logged") if line.endswith("\tinfo\tlogged\nin two lines")]
    assert [line for line in logged(logs, name, "console") if line.rstrip("\n").endswith("\tinfo\tconsole")]


def test_what_other_threads_say_belongs_to_the_invoke(aws, logs, library):
    name = create(aws, library, Handler="app::App.Function::Ask", **SETTINGS)
    for _ in range(2):
        request = invoke(aws, name, "a")[0]["ResponseMetadata"]["RequestId"]
        assert until(lambda request=request: [line for line in logged(logs, name, '"from a thread"') if request in line])


def test_a_wrapper_starts_the_process(aws, library):
    variables = {**SETTINGS["Environment"]["Variables"], "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}
    name = create(aws, {**library, "wrap": '#!/bin/sh\nexport MINE=wrapped\nexec "$@"\n'}, Handler="app::App.Function::Handle",
                  **{**SETTINGS, "Environment": {"Variables": variables}})
    assert invoke(aws, name, "a")[1] == f"a {name} 512 wrapped /var/task"


def test_streams_pass_large_events(aws, library):
    name = create(aws, library, Handler="app::App.Function::Same", **SETTINGS)
    event = {"text": "ä" * 1_000_000}
    assert invoke(aws, name, event)[1] == event


def test_the_functions_level_holds_for_its_lines(aws, logs, library):
    name = create(aws, library, Handler="app::App.Function::Levels", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, **SETTINGS)
    assert invoke(aws, name, "a")[1] == "a"
    until(lambda: len(logged(logs, name, "seen")) == 2)
    lines = [json.loads(line) for line in logged(logs, name, "level")]
    assert [(line["level"], line["message"]) for line in lines if "level" in line] == [("Warning", "seen"), ("Error", "seen")]
    assert lines[0]["requestId"]


def test_what_handlers_throw_is_told_to_the_caller(aws, library):
    name = create(aws, library, Handler="app::App.Function::Fail", **SETTINGS)
    for word in ["a", "b"]:
        answer, body = invoke(aws, name, word)
        assert answer["FunctionError"] == "Unhandled"
        assert body["errorType"] == "InvalidOperationException" and body["errorMessage"] == word
        assert body["stackTrace"][0].startswith("at App.Function.Fail(String text)")


def test_a_handler_that_is_not_there_is_told_in_the_services_words(aws, library):
    name = create(aws, library, Handler="app::App.Function::None", **SETTINGS)
    answer, body = invoke(aws, name)
    assert answer["FunctionError"] == "Unhandled" and body["errorType"] == "LambdaValidationException"
    assert body["errorMessage"] == ("Unable to find method 'None' in type 'App.Function' from assembly 'app': Found no methods matching method"
                                    " name 'None'.")


def test_a_process_that_ends_is_told(aws, library):
    name = create(aws, library, Handler="app::App.Function::End", **SETTINGS)
    body = invoke(aws, name, "a")[1]
    assert body["errorType"] == "Runtime.ExitError" and body["errorMessage"].endswith("Runtime exited with error: exit status 3")


@pytest.mark.parametrize("memory", [256, 1024])
def test_the_heap_is_told_how_much_there_is(aws, library, memory):
    if float(dotnet.version()) < 6:
        pytest.skip("an older .NET calls the variable by another name")
    name = create(aws, library, Handler="app::App.Function::Limit", **{**SETTINGS, "MemorySize": memory})
    assert int(invoke(aws, name, "a")[1]) == (memory * 9 // 10 - 40) << 20


def test_programs_bring_their_own_client(aws):
    name = create(aws, dotnet.program(PROGRAM), Handler="program", **SETTINGS)
    for number in range(3):
        assert invoke(aws, name, number)[1] == [number, 0]
