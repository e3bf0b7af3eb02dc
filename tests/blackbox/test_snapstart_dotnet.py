"""Promise: it is fast, and your AWS code runs unchanged. Versions of .NET functions that are published with SnapStart have
processes ready in which their init has run."""

import re
import time

import dotnet
import pytest
from blackbox_server import create, invoke, logged
from test_snapstart import ON, refused, settled

pytestmark = pytest.mark.skipif(not dotnet.DOTNET, reason="there is no dotnet on this host")

SETTINGS = {"Runtime": "dotnet8", "Timeout": 30, "MemorySize": 512, "SnapStart": ON, "Handler": "app::App.Function::Handle",
            "Environment": {"Variables": {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}}}
LIBRARY = """
using Amazon.Lambda.Core;
using System;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
namespace App {
  public class Function {
    static readonly StringBuilder Seen = new StringBuilder();
    static readonly string Init = Guid.NewGuid().ToString();
    static ValueTask Say(string word) {
      Seen.Append(word + " ");
      if (word == "FAILS") throw new InvalidOperationException("this hook fails");
      return new ValueTask(Task.Delay(1));
    }
    public Function() {
      Thread.Sleep(SLEEP);
      SnapshotRestore.RegisterBeforeSnapshot(() => Say("b1"));
      SnapshotRestore.RegisterBeforeSnapshot(() => Say("BEFORE"));
      SnapshotRestore.RegisterAfterRestore(() => Say("a1"));
      SnapshotRestore.RegisterAfterRestore(() => Say("AFTER"));
    }
    public Stream Handle(Stream input, ILambdaContext context) {
      string text = "\\"" + Init + "|" + Seen + "|" + Environment.GetEnvironmentVariable("AWS_LAMBDA_INITIALIZATION_TYPE") + "|" +
        Environment.GetEnvironmentVariable("_HEARTH_SNAPSHOT") + "|" + Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") + "\\"";
      return new MemoryStream(Encoding.UTF8.GetBytes(text));
    }
  }
}
"""
# It waits as the official client does where the initialization is a snapshot's.
PROGRAM = """
using System;
static class Program {
  static void Main() {
    string init = Guid.NewGuid().ToString(), type = Environment.GetEnvironmentVariable("AWS_LAMBDA_INITIALIZATION_TYPE");
    Client.Call("GET restore/next", "");
    string rested = Client.Status;
    if (Environment.GetEnvironmentVariable("FAILS") != null) Client.Call("POST restore/error", "{\\"errorMessage\\":\\"no\\"}");
    for (;;) {
      Client.Call("GET invocation/next", "");
      Client.Call("POST invocation/" + Client.Id + "/response", "[\\"" + init + "\\",\\"" + type + "\\",\\"" + rested + "\\",\\"" +
                  Environment.GetEnvironmentVariable("_HEARTH_SNAPSHOT") + "\\"]");
    }
  }
}
"""


def library(sleep=0, before="b2", after="a2"):
    return dotnet.library(LIBRARY.replace("SLEEP", str(sleep)).replace("BEFORE", before).replace("AFTER", after))


def published(aws, code, **options):
    name = create(aws, code, **{**SETTINGS, **options})
    assert aws.publish_version(FunctionName=name)["State"] == "Pending"
    return name, settled(aws, name)


def test_the_first_invoke_finds_the_init_done_and_hooks_were_told(aws, logs):
    name, version = published(aws, library(sleep=1500))
    assert (version["State"], version["SnapStart"]["OptimizationStatus"]) == ("Active", "On")
    began = time.monotonic()
    init, seen, kind, ours, key = invoke(aws, name, Qualifier="1")[1].split("|")
    assert time.monotonic() - began < 1.2
    # Last to first before, first to last after.
    assert (seen, kind, ours, key) == ("b2 b1 a1 a2 ", "snap-start", "", "")
    assert invoke(aws, name, Qualifier="1")[1].split("|")[:2] == [init, seen]
    assert re.match(r"RESTORE_REPORT Restore Duration: \d+\.\d\d ms$", logged(logs, name, "RESTORE_REPORT")[0].strip())
    # $LATEST has its init when it is invoked, and no hooks.
    assert invoke(aws, name)[1].split("|")[1:3] == ["", "on-demand"]


def test_a_hook_that_fails_before_makes_no_version(aws):
    _, version = published(aws, library(before="FAILS"))
    assert version["State"] == "Failed" and version["StateReasonCode"] == "FunctionError.RuntimeInitError"
    assert "Runtime.BeforeSnapshotError" in version["StateReason"] and "this hook fails" in version["StateReason"]


def test_a_hook_that_fails_after_is_told_to_the_caller(aws):
    name, version = published(aws, library(after="FAILS"))
    assert version["State"] == "Active"
    assert refused(aws.invoke, FunctionName=name, Qualifier="1")[1] == "SnapStartException"


def test_a_program_waits_at_the_runtime_api(aws):
    name, version = published(aws, dotnet.program(PROGRAM), Handler="program")
    assert (version["State"], version["SnapStart"]["OptimizationStatus"]) == ("Active", "On")
    init, kind, rested, ours = invoke(aws, name, Qualifier="1")[1]
    assert (kind, rested, ours) == ("snap-start", "200", "")
    assert invoke(aws, name, Qualifier="1")[1][0] == init
    # Who has no snapshot has nothing to wait for.
    assert invoke(aws, name)[1][1:3] == ["on-demand", "404"]


def test_a_program_that_cannot_go_on_says_so(aws):
    variables = {**SETTINGS["Environment"]["Variables"], "FAILS": "1"}
    name, version = published(aws, dotnet.program(PROGRAM), Handler="program", Environment={"Variables": variables})
    assert version["State"] == "Active"
    assert refused(aws.invoke, FunctionName=name, Qualifier="1")[1] == "SnapStartException"
