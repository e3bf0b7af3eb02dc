"""Promise: your AWS code runs unchanged. Functions in Ruby, with gems and layers, on whichever Ruby the host has."""

from blackbox_server import create, invoke, until
from test_layers import arn_of
from test_slots import ready

RUBY = {"Runtime": "ruby3.3", "Handler": "app.handler"}
PROBE = """
LOADED = $LOADED_FEATURES.grep(/task|opt/)
def handler(event:, context:)
  hidden = %w[AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_LOG_STREAM_NAME
              AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_LOG_GROUP_NAME RUBY_MINE _X_AMZN_TRACE_ID]
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
