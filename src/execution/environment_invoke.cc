// The part of an environment's life that callers see: one invoke from its delivery to its REPORT line.
#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "base/log.h"
#include "execution/durations.h"
#include "execution/environment.h"

namespace hearth::execution {
namespace {

using std::chrono::nanoseconds;

std::string error_document(std::string_view type, std::string_view message) {
  return to_text(json::object{{"errorType", type}, {"errorMessage", message}});
}

}  // namespace

int64_t Environment::deadline_ms(SteadyTime deadline) const {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - loop_.now());
  return epoch_ms(host_.clock.now() + left);
}

io::Headers Environment::event_head(const Invocation& invocation, int64_t deadline_ms) {
  io::Headers head;
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) head.add(name, value);
  };
  add("Content-Type", "application/json");
  add("Lambda-Runtime-Aws-Request-Id", invocation.request_id);
  add("Lambda-Runtime-Deadline-Ms", std::to_string(deadline_ms));
  add("Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn);
  add("Lambda-Runtime-Trace-Id", invocation.trace.header());
  add("Lambda-Runtime-Client-Context", invocation.client_context);
  add("Lambda-Runtime-Cognito-Identity", invocation.cognito_identity);
  add("Lambda-Runtime-Aws-Tenant-Id", invocation.tenant);
  return head;
}

Environment::Verdict Environment::failed(const std::string& request_id, std::string type,
                                         std::string_view what) const {
  Verdict verdict{.ending = {.status = Ending::Status::kError, .error_type = type}, .process_lost = true};
  verdict.outcome.payload = error_document(type, fmt::format("RequestId: {} Error: {}", request_id, what));
  verdict.outcome.function_error = true;
  verdict.log_line = fmt::format("RequestId: {} Error: {}\n{}", request_id, what, type);
  verdict.outcome.error_type = std::move(type);
  return verdict;
}

Environment::Verdict Environment::timed_out(const std::string& request_id, nanoseconds limit) const {
  Verdict verdict = failed(request_id, "Sandbox.Timedout",
                           fmt::format("Task timed out after {:.2f} seconds", milliseconds(limit) / 1000));
  verdict.ending = {.status = Ending::Status::kTimeout};
  verdict.log_line = fmt::format("{} {} Task timed out after {:.2f} seconds\n", iso8601_ms(host_.clock.now()),
                                 request_id, milliseconds(limit) / 1000);
  return verdict;
}

Environment::Verdict Environment::verdict_of(RuntimeEvent event, const std::string& request_id) const {
  using Kind = RuntimeEvent::Kind;
  Verdict verdict;
  switch (event.kind) {
    case Kind::kWaiting:
    case Kind::kNext:
    case Kind::kSnapshot:
    case Kind::kNoSnapshot:
    case Kind::kResting:
    case Kind::kResponse:
      verdict.outcome.payload = std::move(event.body);
      verdict.outcome.content_type = std::move(event.content_type);
      break;
    // The function failed, the runtime did not: it said so and goes on, which is a success to the platform.
    case Kind::kError:
    case Kind::kInitError:
      verdict.outcome.payload = std::move(event.body);
      verdict.outcome.function_error = true;
      verdict.outcome.error_type = event.error_type;
      if (event.kind == Kind::kInitError)
        verdict.ending = {.status = Ending::Status::kError, .error_type = event.error_type};
      break;
    case Kind::kTooLarge:
      verdict.outcome.function_error = true;
      verdict.outcome.error_type = "Function.ResponseSizeTooLarge";
      verdict.outcome.payload = error_document(
          "Function.ResponseSizeTooLarge",
          fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                      event.bytes_max));
      break;
    case Kind::kTruncated:
      verdict = failed(request_id, "Runtime.TruncatedResponse", "Runtime response was truncated");
      verdict.process_lost = false;
      verdict.truncated = true;
      break;
    case Kind::kRuntimeWaits:
    case Kind::kRegistered:
      break;
    case Kind::kExtensionFailed:
    case Kind::kExited:
      verdict = failed(request_id, event.error_type, event.body);
      break;
  }
  return verdict;
}

Task<Environment::Verdict> Environment::run(const Attempt& attempt) {
  const Invocation& invocation = attempt.job.invocation;
  const SteadyTime deadline = attempt.started + config_->timeout;
  // The process may have ended by itself since its last invoke.
  if (ready_ && !slot_->events().empty()) co_await end_process("failure");
  if (!ready_) {
    // The last init or process failed: it is done again here, on this invoke's time.
    Verdict verdict = co_await init(deadline, invocation.request_id, true);
    log_.start(invocation.request_id, invocation.trace);
    if (verdict.process_lost) co_return verdict;
  } else {
    log_.start(invocation.request_id, invocation.trace);
  }
  const int64_t deadline_at = deadline_ms(deadline);
  ready_ = false;
  slot_->runtime_api().deliver(invocation.request_id, event_head(invocation, deadline_at), invocation.payload,
                               invocation.stream);
  tell_extensions(invocation, deadline_at);
  auto event = co_await slot_->events().pop(deadline);
  if (!event) co_return timed_out(invocation.request_id, config_->timeout);
  co_return verdict_of(*std::move(event), invocation.request_id);
}

void Environment::tell_extensions(const Invocation& invocation, int64_t deadline_ms) {
  ExtensionsApi& extensions = slot_->runtime_api().extensions();
  if (!extensions.any()) return;
  extensions.deliver_invoke(to_text(json::object{
      {"eventType", "INVOKE"},
      {"deadlineMs", deadline_ms},
      {"requestId", invocation.request_id},
      {"invokedFunctionArn", invocation.function_arn},
      {"tracing", json::object{{"type", "X-Amzn-Trace-Id"}, {"value", invocation.trace.header()}}}}));
}

Task<void> Environment::serve(Job job) {
  Attempt attempt{.job = std::move(job), .started = loop_.now(), .started_at = host_.clock.now()};
  begin(attempt);
  if (std::exchange(frozen_, false)) {
    const auto thawed = co_await slot_->sandbox().thaw();
    if (!thawed) log::warn("environment of {}: {}", config_->arn, thawed.error().message);
  }
  Verdict verdict = co_await run(attempt);
  note_result(attempt, verdict);
  if (!attempt.tail && !verdict.truncated) answer(attempt, verdict);

  if (!verdict.process_lost) co_await await_next(attempt, verdict);
  Usage usage = usage_of(attempt, verdict);
  const auto tell = [&] { conclude(attempt, verdict, std::move(usage)); };
  if (verdict.process_lost) {
    co_await end_lost(verdict, tell);
  } else {
    tell();
  }
}

// A function is not to blame when its whole sandbox was lost, unless it used up the memory.
void Environment::blame_sandbox(Verdict& verdict) const {
  if (slot_->sandbox().alive() || verdict.ending.error_type == "Runtime.OutOfMemory") return;
  verdict.outcome = {.platform_error = kSandboxLost};
}

// The invoke is over when the runtime and all extensions ask for the next event; until then it is still on
// its time.
Task<void> Environment::await_next(Attempt& attempt, Verdict& verdict) {
  const std::string& request_id = attempt.job.invocation.request_id;
  const SteadyTime deadline = attempt.started + config_->timeout;
  auto event = co_await slot_->events().pop(deadline);
  if (event && event->kind == RuntimeEvent::Kind::kRuntimeWaits) {
    slot_->drain_output();
    tell_runtime_done(attempt, verdict);
    event = co_await slot_->events().pop(deadline);
  }
  if (event && event->kind == RuntimeEvent::Kind::kNext) {
    ready_ = true;
    co_return;
  }
  Verdict after = event ? verdict_of(*std::move(event), request_id) : timed_out(request_id, config_->timeout);
  verdict.ending = after.ending;
  verdict.log_line = after.log_line;
  verdict.process_lost = true;
  if (!verdict.truncated) co_return;
  verdict.outcome = std::move(after.outcome);
  blame_sandbox(verdict);
}

void Environment::begin(Attempt& attempt) {
  if (attempt.job.invocation.wants_log_tail) attempt.tail = log_.begin_tail();
}

void Environment::note_result(Attempt& attempt, Verdict& verdict) const {
  if (verdict.process_lost) blame_sandbox(verdict);
  attempt.latency_ms = milliseconds(loop_.now() - attempt.started);
  attempt.produced_bytes = verdict.produced_bytes();
}

void Environment::answer(Attempt& attempt, Verdict& verdict) {
  attempt.answered = true;
  if (!config_->shared()) owner_.returning();
  verdict.outcome.executed_version = config_->version;
  verdict.outcome.trace = attempt.job.invocation.trace.header();
  attempt.job.finish(std::move(verdict.outcome));
}

// Once: extensions may wait for it before they ask for their next event.
void Environment::tell_runtime_done(Attempt& attempt, const Verdict& verdict) {
  if (std::exchange(attempt.runtime_done_told, true)) return;
  const Invocation& invocation = attempt.job.invocation;
  log_.runtime_done({.request_id = invocation.request_id,
                     .began = attempt.started_at,
                     .latency_ms = attempt.latency_ms,
                     .duration_ms = milliseconds(loop_.now() - attempt.started),
                     .produced_bytes = attempt.produced_bytes},
                    verdict.ending, invocation.trace);
}

void Environment::conclude(Attempt& attempt, Verdict& verdict, Usage usage) {
  slot_->drain_output();
  tell_runtime_done(attempt, verdict);
  if (!verdict.log_line.empty()) log_.fault(verdict.log_line);
  log_.end_and_report(usage, verdict.ending, attempt.job.invocation.trace);
  if (attempt.tail) verdict.outcome.log_tail = log_.take_tail(*attempt.tail);
  if (!attempt.answered) answer(attempt, verdict);
  host_.usage.record(std::move(usage));
}

// Of all invokes so far. Reading it costs as much as parsing a request, and in a millisecond nobody writes to
// much memory that was not in use: then a reading of a moment ago will do.
uint32_t Environment::memory_peak_mib(nanoseconds spent) {
  constexpr std::chrono::milliseconds kShort(1);
  constexpr std::chrono::milliseconds kRecent(10);
  constexpr uint64_t kMib = 1 << 20;
  if (spent < kShort && loop_.now() - memory_peak_read_ < kRecent) return memory_peak_mib_;
  const auto bytes = slot_->sandbox().memory_peak_bytes();
  memory_peak_mib_ = bytes ? static_cast<uint32_t>((*bytes + kMib - 1) / kMib) : 0;
  memory_peak_read_ = loop_.now();
  return memory_peak_mib_;
}

Usage Environment::usage_of(const Attempt& attempt, const Verdict& verdict) {
  const nanoseconds limit = config_->timeout;
  const nanoseconds spent = loop_.now() - attempt.started;
  const bool late = verdict.ending.status == Ending::Status::kTimeout;
  uint32_t peak_mib = memory_peak_mib(spent);
  if (verdict.ending.error_type == "Runtime.OutOfMemory") peak_mib = config_->memory_mib;
  Usage usage{.account = config_->account,
              .region = config_->region,
              .function = config_->name,
              .version = config_->version,
              .request_id = attempt.job.invocation.request_id,
              .started = attempt.started_at,
              .duration_ms = milliseconds(late ? limit : spent),
              .init_ms = std::exchange(init_ms_, std::nullopt),
              .restore_ms = std::exchange(restore_ms_, std::nullopt),
              .memory_mib = config_->memory_mib,
              .memory_peak_mib = std::min(peak_mib, config_->memory_mib)};
  usage.billed_ms =
      std::max<int64_t>(1, static_cast<int64_t>(std::ceil(usage.duration_ms + usage.init_ms.value_or(0))));
  return usage;
}

}  // namespace hearth::execution
