#include "execution/extension_processes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.h"

namespace hearth::execution {
namespace {

constexpr const char* kFolder = "/opt/extensions";

// Of the runtime's variables, those that are its own business.
constexpr std::array<std::string_view, 10> kNotForExtensions = {
    "AWS_EXECUTION_ENV",          "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",           "_HANDLER",
    "_LAMBDA_TELEMETRY_LOG_FD",   "_X_AMZN_TRACE_ID"};

}  // namespace

std::string exit_text(const sandbox::ExitStatus& status) {
  if (status.signal == 0) return fmt::format("exit status {}", status.code);
  const char* name = strsignal(status.signal);
  return "signal: " + to_lower(name ? name : "unknown");
}

Async<void> ExtensionProcesses::start(std::vector<std::string> names, Variables variables) {
  for (const std::string_view name : kNotForExtensions) variables.erase(std::string(name));
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  if (names.size() > ExtensionsApi::kExtensionsMax) {
    api_.launch_failed(names.back(), "TooManyExtensions");
    co_return fail("", "ErrTooManyExtensions");
  }
  for (const std::string& name : names) TRY_VOID(co_await start_one(name, environment));
  co_return {};
}

Async<void> ExtensionProcesses::start_one(std::string name, std::vector<std::string> environment) {
  const std::string path = fmt::format("{}/{}", kFolder, name);
  auto process =
      co_await sandbox_.start({.argv = {path}, .environment = std::move(environment), .directory = "/"});
  if (!process) {
    // "... start /opt/extensions/name: Permission denied"
    const std::string& message = process.error().message;
    const std::string why = to_lower(message.substr(message.rfind(": ") + 2));
    api_.launch_failed(name, why == "permission denied" ? "PermissionDenied" : "UnknownError");
    co_return fail("", fmt::format("fork/exec {}: {}", path, why));
  }
  Running& running = running_.emplace_back(std::move(name), *std::move(process), take_);
  tasks_.spawn(running.output.run());
  tasks_.spawn(running.errors.run());
  tasks_.spawn(watch_exit(running));
  co_return {};
}

Task<void> ExtensionProcesses::watch_exit(Running& running) {
  const sandbox::ExitStatus status = co_await sandbox_.exited(running.id);
  co_await io::yield_now();  // what it said last may be told in the same turn of the loop, and comes first
  running.exited = true;
  exits_.push(running.id);
  api_.exited(running.name, status.code == 0 ? "exit code 0" : exit_text(status));
}

bool ExtensionProcesses::awaited(const Running& running) const {
  using State = ExtensionsApi::Extension::State;
  const auto& all = api_.all();
  const auto found = std::ranges::find(all, running.name, &ExtensionsApi::Extension::name);
  return !running.exited && found != all.end() && found->wants_shutdown &&
         (found->state == State::kRegistered || found->state == State::kReady ||
          found->state == State::kRunning);
}

Task<void> ExtensionProcesses::await_end(SteadyTime deadline) {
  while (std::ranges::any_of(running_, [this](const Running& running) { return awaited(running); })) {
    if (!co_await exits_.pop(deadline)) co_return;
  }
}

void ExtensionProcesses::drain_output() {
  for (Running& running : running_) {
    for (LogPipe* pipe : {&running.output, &running.errors}) {
      pipe->drain();
      pipe->flush();
    }
  }
}

}  // namespace hearth::execution
