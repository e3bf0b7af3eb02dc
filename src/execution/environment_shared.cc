// The part of an environment's life that is another where its process serves many invokes at once.
#include "execution/durations.h"
#include "execution/environment.h"
#include "io/task_scope.h"

namespace hearth::execution {

Task<void> Environment::serve_many() {
  io::TaskScope watching;
  io::TaskScope serving;
  watching.spawn(watch_process());
  for (uint32_t i = 0; i < config_->invokes_at_once; ++i) owner_.idle(*this);
  size_t given_back = 0;
  for (;;) {
    auto job = co_await jobs_.pop(loop_.now() + owner_.keep_time());
    if (!job) {
      if (under_way_ == 0 && owner_.leave(*this)) co_return;
      continue;
    }
    if (!*job) break;
    if (lost_ || !slot_->sandbox().alive() || outlived()) {
      owner_.returned(**std::move(job));
      given_back = 1;
      break;
    }
    serving.spawn(serve_among_others(**std::move(job)));
  }
  leaving_ = true;
  for (size_t left = owner_.withdraw(*this) - given_back - under_way_; left > 0;) {
    auto job = co_await jobs_.pop();
    if (!*job) continue;
    owner_.returned(**std::move(job));
    --left;
  }
  give_up_overdue();
  co_await serving.drained();
}

// Those whose callers have long had an answer are waited for only while others are under way.
void Environment::give_up_overdue() {
  if (leaving_ && overdue_ == under_way_)
    slot_->runtime_api().share().end({.kind = RuntimeEvent::Kind::kExited});
}

// What is under way when the process ends, ends with it.
Task<void> Environment::watch_process() {
  const auto event = co_await slot_->events().pop();
  lost_ = true;
  slot_->runtime_api().share().end(*event);
  jobs_.push(std::nullopt);
}

Task<void> Environment::serve_among_others(Job job) {
  ++under_way_;
  const Invocation& invocation = job.invocation;
  SharedCalls& calls = slot_->runtime_api().share();
  const SteadyTime started = loop_.now();
  const TimePoint started_at = host_.clock.now();
  const SteadyTime deadline = started + config_->timeout;
  std::optional<EnvironmentLog::Tail> tail;
  if (invocation.wants_log_tail) tail = log_.begin_tail();
  log_.start(invocation.request_id, invocation.trace);

  io::Channel<RuntimeEvent> results;
  io::Response event{
      .status = 200, .headers = event_head(invocation, deadline_ms(deadline)), .body = invocation.payload};
  Verdict verdict;
  bool overdue = false;
  if (!calls.deliver(invocation.request_id, std::move(event), invocation.stream, results)) {
    verdict.ending.status = Ending::Status::kError;
    verdict.outcome.platform_error = "An earlier attempt of this request still runs";
  } else if (auto result = co_await results.pop(deadline)) {
    verdict = verdict_of(*std::move(result), invocation.request_id);
    if (verdict.process_lost) blame_sandbox(verdict);
  } else {
    verdict = timed_out(invocation.request_id, config_->timeout);
    overdue = !calls.withdraw(invocation.request_id);
  }
  const double spent_ms = milliseconds(loop_.now() - started);
  RuntimeDone done{.request_id = invocation.request_id,
                   .began = started_at,
                   .latency_ms = spent_ms,
                   .duration_ms = spent_ms,
                   .produced_bytes = verdict.produced_bytes()};
  Usage usage = usage_of(job, verdict, started);
  usage.started = started_at;
  verdict.outcome.executed_version = config_->version;
  verdict.outcome.trace = invocation.trace.header();
  if (!tail) job.finish(std::move(verdict.outcome));

  slot_->drain_output();
  log_.runtime_done(done, verdict.ending, invocation.trace);
  if (!verdict.log_line.empty()) log_.fault(verdict.log_line);
  log_.end_and_report(usage, verdict.ending, invocation.trace);
  if (tail) {
    verdict.outcome.log_tail = log_.take_tail(*tail);
    job.finish(std::move(verdict.outcome));
  }
  host_.usage.record(std::move(usage));

  if (overdue) {
    // What it holds is free when it ends. A process in which nothing else is left has hung.
    if (++overdue_ == config_->invokes_at_once) jobs_.push(std::nullopt);
    give_up_overdue();
    (void)co_await results.pop();
    --overdue_;
  }
  --under_way_;
  give_up_overdue();
  if (!leaving_) owner_.idle(*this);
}

}  // namespace hearth::execution
