// The part of an environment's life that is another where its process serves many invokes at once.
#include "execution/environment.h"
#include "io/task_scope.h"

namespace hearth::execution {

// It began when a runtime took it; until one has, when it began to wait.
struct Environment::SharedAttempt : Attempt {
  std::string id;  // of its delivery
  bool taken = false;
  bool overdue = false;  // it goes on, and its caller was told that it took too long
  io::Channel<RuntimeEvent> results = {};
};

Task<void> Environment::serve_many() {
  io::TaskScope watching;
  io::TaskScope serving;
  watching.spawn(watch_process());
  given_ = config_->invokes_at_once;
  rests_since_ = loop_.now();
  for (uint32_t i = 0; i < config_->invokes_at_once; ++i) become_idle();
  for (;;) {
    const auto keep_time = owner_.keep_time();
    auto job = co_await jobs_.pop((awaited() ? loop_.now() : rests_since_) + keep_time);
    if (!job) {
      if (awaited() || loop_.now() - rests_since_ < keep_time) continue;
      leaving_ = owner_.leave(overdue_);
      if (leaving_) break;
      job = co_await jobs_.pop();  // something is on its way from another loop
    }
    if (!*job) break;
    if (lost_ || !slot_->sandbox().alive() || outlived()) {
      owner_.returned(**std::move(job));
      break;
    }
    serving.spawn(serve_among_others(**std::move(job)));
  }
  if (!std::exchange(leaving_, true)) co_await take_no_more();
  give_up_overdue();
  co_await serving.drained();
}

// What was on its way to it meanwhile is for others.
Task<void> Environment::take_no_more() {
  const size_t given = owner_.withdraw();
  while (given_ < given || !jobs_.empty()) {
    auto job = co_await jobs_.pop();
    if (*job) owner_.returned(**std::move(job));
  }
}

void Environment::become_idle() {
  --given_;
  owner_.idle();
}

// Those whose callers have long had an answer are waited for only while others are under way.
void Environment::give_up_overdue() {
  if (leaving_ && !awaited()) slot_->runtime_api().share().end({.kind = RuntimeEvent::Kind::kExited});
}

// What is under way when the process ends, ends with it.
Task<void> Environment::watch_process() {
  const auto event = co_await slot_->events().pop();
  lost_ = true;
  slot_->runtime_api().share().end(*event);
  jobs_.push(std::nullopt);
}

// Its time runs from when a runtime takes it: of those that serve side by side some begin only when they are
// needed, and what they do first is an init.
Task<Environment::Verdict> Environment::run_among_others(SharedAttempt& attempt) {
  SharedCalls& calls = slot_->runtime_api().share();
  const Invocation& invocation = attempt.job.invocation;
  const auto take = [this, &attempt] {
    attempt.taken = true;
    attempt.started = loop_.now();
    attempt.started_at = host_.clock.now();
    Invocation& taken = attempt.job.invocation;
    log_.start(taken.request_id, taken.trace);
    attempt.results.push({.kind = RuntimeEvent::Kind::kNext});
    io::Headers head = event_head(taken, deadline_ms(attempt.started + config_->timeout));
    head.add(SharedCalls::kId, attempt.id);
    return io::Response{.status = 200, .headers = std::move(head), .body = std::move(taken.payload)};
  };
  calls.deliver({.id = attempt.id,
                 .request_id = invocation.request_id,
                 .take = take,
                 .stream = invocation.stream,
                 .results = attempt.results});
  auto result = co_await attempt.results.pop(attempt.started + init_time());
  if (result && result->kind == RuntimeEvent::Kind::kNext)
    result = co_await attempt.results.pop(attempt.started + config_->timeout);
  if (!result) {
    attempt.overdue = !calls.give_up(attempt.id);
    if (!attempt.taken) jobs_.push(std::nullopt);  // the process asks for less than it is to serve
    co_return timed_out(invocation.request_id, attempt.taken ? config_->timeout : init_time());
  }
  co_return verdict_of(*std::move(result), invocation.request_id);
}

Task<void> Environment::serve_among_others(Job job) {
  ++under_way_;
  SharedAttempt attempt{{.job = std::move(job), .started = loop_.now(), .started_at = host_.clock.now()},
                        host_.random.uuid()};
  begin(attempt);
  Verdict verdict = co_await run_among_others(attempt);
  const Invocation& invocation = attempt.job.invocation;
  if (!attempt.taken) log_.start(invocation.request_id, invocation.trace);
  note_result(attempt, verdict);
  if (!attempt.tail) answer(attempt, verdict);
  conclude(attempt, verdict, usage_of(attempt, verdict));

  if (attempt.overdue) {
    // What it holds is free when it ends. A process in which nothing else is left has hung.
    if (++overdue_ == config_->invokes_at_once) jobs_.push(std::nullopt);
    if (!awaited()) rests_since_ = loop_.now();
    give_up_overdue();
    (void)co_await attempt.results.pop();
    --overdue_;
  }
  --under_way_;
  if (!awaited()) rests_since_ = loop_.now();
  give_up_overdue();
  if (!leaving_) become_idle();
}

}  // namespace hearth::execution
