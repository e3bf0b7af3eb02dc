"""Packages of .NET functions, compiled by Mono's compiler as .NET's own would do it."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The host's, else what `./dev test` installs; servers that tests start find it as well.
os.environ["PATH"] += os.pathsep + str(ROOT / ".venv/dotnet")
DOTNET = shutil.which("dotnet")


def compiled(name, sources, target="library", references=None, options=()):
    """The assembly of this file name of sources, given as texts or paths, as bytes; references by their names."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "made").mkdir()
        files = []
        for number, source in enumerate(sources):
            if isinstance(source, str):
                path = root / ("source%d.cs" % number)
                path.write_text(source, encoding="utf-8")
                source = path
            files.append(str(source))
        for reference, assembly in (references or {}).items():
            (root / reference).write_bytes(assembly)
        subprocess.run(["mcs", "-nologo", "-nowarn:0649,1998", *options, "-target:" + target, "-out:" + str(root / "made" / name),
                        *["-r:" + str(root / reference) for reference in (references or {})], *files], check=True)
        return (root / "made" / name).read_bytes()


@functools.cache
def core():
    return compiled("Amazon.Lambda.Core.dll", [ROOT / "tests/support/lambda_core.cs"])


@functools.cache
def runtime():
    """Ours."""
    return compiled("runtime.dll", sorted((ROOT / "runtimes/dotnet").glob("*.cs")), "exe", options=["-langversion:6"])


@functools.cache
def version():
    """What to build for: .NET 8, or what the host has where that is older."""
    found = DOTNET and re.search(r"Microsoft.NETCore.App (\d+\.\d+)", subprocess.check_output([DOTNET, "--list-runtimes"], text=True))
    return min(found[1] if found else "8.0", "8.0", key=float)


def settings(name):
    """The files that a build puts beside an assembly."""
    target = ".NETCoreApp,Version=v" + version()
    files = {name + "/1.0.0": {"runtime": {name + ".dll": {}}}, "Amazon.Lambda.Core/1.0.0": {"runtime": {"Amazon.Lambda.Core.dll": {}}}}
    libraries = {file: {"type": "project", "serviceable": False, "sha512": ""} for file in files}
    return {name + ".deps.json": json.dumps({"runtimeTarget": {"name": target}, "targets": {target: files}, "libraries": libraries}),
            name + ".runtimeconfig.json": json.dumps({"runtimeOptions": {"tfm": "net" + version(), "framework": {
                "name": "Microsoft.NETCore.App", "version": version() + ".0"}}})}


def library(source, name="app"):
    """A function's package of one assembly."""
    return {name + ".dll": compiled(name + ".dll", [source], references={"Amazon.Lambda.Core.dll": core()}), "Amazon.Lambda.Core.dll": core(),
            **settings(name)}


# The Runtime API as a program of the function's own speaks to it: one connection, written by hand.
CLIENT = """
using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
static class Client {
  static readonly Stream stream = Open();
  public static string Status, Id;
  static Stream Open() {
    string[] address = Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API").Split(':');
    return new TcpClient(address[0], int.Parse(address[1])).GetStream();
  }
  static string Line() { string line = ""; for (int c; (c = stream.ReadByte()) != '\\n';) { if (c < 0) throw new EndOfStreamException(); line += (char)c; } return line.Trim(); }
  public static string Call(string what, string body) {
    string request = what.Replace(" ", " /2018-06-01/runtime/") + " HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: " + body.Length + "\\r\\n\\r\\n" + body;
    byte[] bytes = Encoding.ASCII.GetBytes(request);
    stream.Write(bytes, 0, bytes.Length);
    Status = Line().Split(' ')[1];
    int length = 0;
    for (string line; (line = Line()) != "";) {
      string value = line.Substring(line.IndexOf(':') + 1).Trim();
      if (line.ToLower().StartsWith("lambda-runtime-aws-request-id:")) Id = value;
      if (line.ToLower().StartsWith("content-length:")) length = int.Parse(value);
    }
    string text = "";
    while (length-- > 0) text += (char)stream.ReadByte();
    return text;
  }
}
"""


def program(source, name="program"):
    """A function's package of a program with a client of its own."""
    return {name + ".dll": compiled(name + ".dll", [CLIENT, source], "exe"), name + ".runtimeconfig.json": settings(name)[name + ".runtimeconfig.json"]}
