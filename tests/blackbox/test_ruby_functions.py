"""Promise: your AWS code runs unchanged. Functions in Ruby, with gems and layers, on whichever Ruby the host has."""

import contextlib
import os
import pathlib
import re
import signal

import pytest
from blackbox_server import Server, create, invoke, until
from test_layers import arn_of
from test_slots import ready

RUBY = {"Runtime": "ruby3.3", "Handler": "app.handler"}
PROBE = """
LOADED = $LOADED_FEATURES.grep(/task|opt/)
def handler(event:, context:)
  hidden = %w[AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_LOG_STREAM_NAME
              AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_METADATA_TOKEN RUBY_MINE _X_AMZN_TRACE_ID]
  { variables: ENV.to_h.reject { |name, _| hidden.include?(name) }, folder: Dir.pwd, arguments: ARGV, program: $0,
    path: $LOAD_PATH, gems: Gem.path - [Gem.user_dir], files: Dir.children('.'), zone: Time.now.zone, loaded: LOADED,
    encoding: [ENV['MINE'].encoding, Encoding.default_external], open: Dir.children('/proc/self/fd').size,
    constants: [defined?(Net), defined?(URI), defined?(Logger), defined?(OpenSSL)] }
end
"""


def test_a_ruby_function_cannot_tell_when_its_process_was_started(server, aws):
    settings = {"MINE": "é 1", "TZ": "Asia/Tokyo"}
    ahead = create(aws, {"app.rb": PROBE}, Environment={"Variables": settings}, **RUBY)
    # The interpreter may read this one at its start, so this function gets a process of its own from the first.
    fresh = create(aws, {"app.rb": PROBE}, Environment={"Variables": settings | {"RUBY_MINE": "1"}}, **RUBY)
    until(lambda: ready(server) > 1)
    _, one = invoke(aws, ahead)
    _, other = invoke(aws, fresh)
    assert one == other
    assert one["folder"] == "/var/task" and one["files"] == ["app.rb"] and one["zone"] == "JST"
    assert one["variables"]["MINE"] == "é 1" and one["encoding"] == ["UTF-8", "UTF-8"]


def test_gems_come_from_the_package_and_from_layers(aws):
    gem = "Gem::Specification.new { |s| s.name = '%s'; s.version = '1.0'; s.authors = ['a']; s.summary = 's'; s.files = ['lib/%s.rb'] }"

    def gem_files(folder, name):
        return {f"{folder}/specifications/{name}-1.0.gemspec": gem % (name, name),
                f"{folder}/gems/{name}-1.0/lib/{name}.rb": f"{name.upper()} = '{name}'\n"}

    layer = arn_of(aws, {**gem_files("ruby/gems/3.3.0", "layered"), "ruby/lib/plain.rb": "PLAIN = 'plain'\n"})
    code = "require 'layered'\nrequire 'bundled'\nrequire 'plain'\ndef handler(event:, context:) = [LAYERED, BUNDLED, PLAIN]\n"
    name = create(aws, {"app.rb": code, **gem_files("vendor/bundle/ruby/3.3.0", "bundled")}, Layers=[layer], **RUBY)
    assert invoke(aws, name)[1] == ["layered", "bundled", "plain"]


def test_large_events_and_bytes_pass_whole(aws):
    code = "def handler(event:, context:) = event['raw'] ? StringIO.new(\"\\x00\\xff raw\") : event\n"
    name = create(aws, {"app.rb": code}, **RUBY)
    event = {"text": "ä" * 900_000}
    assert invoke(aws, name, event)[1] == event
    assert aws.invoke(FunctionName=name, Payload=b'{"raw": 1}')["Payload"].read() == b"\x00\xff raw"
    assert invoke(aws, name, {"ü": 1})[1] == {"ü": 1}


def test_errors_and_faults_are_answered_and_the_next_invoke_runs(aws):
    code = "def handler(event:, context:)\n  raise 'odd' if event == 1\n  event == 2 ? absent : 'fine'\nend\n"
    name = create(aws, {"app.rb": code}, **RUBY)
    answer, error = invoke(aws, name, 1)
    assert answer["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("Function<RuntimeError>", "odd")
    assert error["stackTrace"] == ["/var/task/app.rb:2:in `handler'"]
    assert invoke(aws, name, 2)[1]["errorType"] == "Function<NameError>"
    assert invoke(aws, name, 3)[1] == "fine"
    broken = create(aws, {"app.rb": "raise 'at start'"}, **RUBY)
    assert invoke(aws, broken)[1]["errorType"] == "Init<RuntimeError>"


def test_processes_of_one_zygote_are_strangers(server, aws):
    code = """
require 'securerandom'
def handler(event:, context:) = [Random.rand, SecureRandom.hex, OpenSSL::Random.random_bytes(8).unpack1('H*')]
"""
    until(lambda: ready(server) > 1)
    found = [invoke(aws, create(aws, {"app.rb": code}, **RUBY))[1] for _ in range(3)]
    for numbers in zip(*found):
        assert len(set(numbers)) == len(found)


def test_threads_timers_and_children_work_in_a_fork(aws):
    code = """
require 'timeout'
def handler(event:, context:)
  begin
    Timeout.timeout(0.01) { sleep }
  rescue Timeout::Error
    late = true
  end
  Process.wait(fork { exit(3) })
  [late, $?.exitstatus, `echo echo`, Thread.new { sleep(0.01) && :thread }.value]
end
"""
    name = create(aws, {"app.rb": code}, **RUBY)
    assert [invoke(aws, name)[1] for _ in range(2)] == [[True, 3, "echo\n", "thread"]] * 2


def in_namespace_of(child):
    """The processes that share a process's name space of process ids: name and id there."""
    space = os.readlink(f"/proc/{child}/ns/pid")
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(folder / "ns/pid") == space:
                yield (folder / "comm").read_text().strip(), (folder / "cmdline").read_text(), int(
                    re.search(r"^NSpid:.*\s(\d+)$", (folder / "status").read_text(), re.MULTILINE)[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a name space of process ids")
def test_no_process_has_the_number_that_its_zygote_has_outside(tmp_path):
    # Ruby tells by the number that it is a child. Numbers are small where a server is alone with its processes, as in a
    # container, like those in sandboxes.
    server = Server(str(tmp_path / "data"), under=("unshare", "--pid", "--fork", "--mount-proc")).start()
    child = int(pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text())
    aws = server.client("lambda")
    name = create(aws, {"app.rb": "def handler(event:, context:)\n  exit!(7) if event\n  sleep(0.01)\n  Process.pid\nend\n"}, **RUBY)
    until(lambda: ready(server) > 0)  # who comes before the zygote is ready has an interpreter of its own
    zygote = until(lambda: [number for comm, line, number in in_namespace_of(child) if comm == "hearth-zygote" and ".rb" in line])[0]
    numbers = []
    while not numbers or numbers[-1] <= zygote:
        numbers.append(invoke(aws, name)[1])
        assert invoke(aws, name, True)[1]["errorMessage"].endswith("exit status 7")
    assert sorted({*numbers, zygote}) == list(range(numbers[0], numbers[-1] + 1)) and zygote not in numbers
    os.kill(child, signal.SIGTERM)
    assert server.process.wait(timeout=60) == 0
