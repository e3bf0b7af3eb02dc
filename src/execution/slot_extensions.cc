// The part of a slot that functions with extensions use.
#include <signal.h>

#include "base/json.h"
#include "base/log.h"
#include "execution/slot.h"

namespace hearth::execution {
namespace {

// From the first word of a shutdown to the last process's end.
constexpr std::chrono::milliseconds kShutdownTime(2000);
constexpr std::chrono::milliseconds kShutdownTimeInternal(500);  // with internal extensions alone
constexpr double kRuntimesShare = 0.3;                           // where external ones need time as well

std::string shutdown_event(std::string_view reason, int64_t deadline_ms) {
  return to_text(
      json::object{{"eventType", "SHUTDOWN"}, {"shutdownReason", reason}, {"deadlineMs", deadline_ms}});
}

}  // namespace

Async<void> Slot::start_extensions(const Variables& variables) {
  if (running_ && !can_furnish(variables)) co_await end_process();
  runtime_api_.extensions().begin(*config_, host_.random);
  extensions_ = std::make_unique<ExtensionProcesses>(
      *sandbox_, runtime_api_.extensions(),
      [this](std::string line) { take_(LineOf::kExtension, std::move(line)); });
  co_return co_await extensions_->start(config_->extensions, variables);
}

Task<void> Slot::shut_down(std::string_view reason) {
  ExtensionsApi& extensions = runtime_api_.extensions();
  if (extensions.any() && sandbox_->alive()) {
    const SteadyTime now = io::Loop::here().now();
    const bool external = extensions.any_external();
    const std::chrono::nanoseconds budget = external ? kShutdownTime : kShutdownTimeInternal;
    if (const auto thawed = co_await sandbox_->thaw(); !thawed) log::warn("{}", thawed.error().message);
    (void)sandbox_->limit_cpu(0);
    const std::string event = shutdown_event(
        reason, epoch_ms(host_.clock.now() + std::chrono::duration_cast<std::chrono::microseconds>(budget)));
    co_await end_runtime(
        now +
        (external ? std::chrono::duration_cast<std::chrono::nanoseconds>(budget * kRuntimesShare) : budget));
    drain_output();
    telemetry_.flush();
    extensions.deliver_shutdown(event);
    if (extensions_) co_await extensions_->await_end(now + budget);
  }
  co_await end_process();
}

// It is asked to end, and killed where it does not: the rest of the time is the extensions'.
Task<void> Slot::end_runtime(SteadyTime deadline) {
  if (!running_ || running_->exited) co_return;
  const auto asked = co_await sandbox_->signal(running_->id, SIGTERM);
  while (asked && !running_->exited) {
    if (co_await events_.pop(deadline)) continue;
    (void)co_await sandbox_->signal(running_->id, SIGKILL);
    co_return;
  }
}

}  // namespace hearth::execution
