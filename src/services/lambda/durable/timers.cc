#include "services/lambda/durable/timers.h"

#include <algorithm>

#include "base/log.h"
#include "services/lambda/durable/execution.h"

namespace hearth::services::lambda {
namespace {

const store::Key kTimers("lambda-durable-timer");
constexpr size_t kBatch = 256;
constexpr size_t kAtOnce = 256;
constexpr std::chrono::seconds kPollTime(1);

// The name and the version stand in the row's value: they are in the ARN, and not in the key.
store::Key key_of(const DurableTimer& timer) {
  return kTimers + store::Key(timer.due) + timer.execution.key() +
         store::Key(static_cast<int64_t>(timer.kind), timer.operation);
}

Result<DurableTimer> read(std::string_view key, const std::string& arn) {
  auto execution = ExecutionRef::parse(arn);
  if (!execution) return fail("CorruptKey", "a timer is of no execution");
  TRY_SYNC(
      auto parts,
      (store::parse_key<TimePoint, std::string, std::string, std::string, std::string, int64_t, std::string>(
          key.substr(kTimers.bytes().size()))));
  return DurableTimer{std::get<0>(parts), *std::move(execution),
                      static_cast<DurableTimer::Kind>(std::get<5>(parts)), std::get<6>(parts)};
}

}  // namespace

void DurableTimer::put(store::Transaction& tx) const {
  tx.put(key_of(*this).bytes(), execution.arn());
}

void DurableTimer::erase(store::Transaction& tx) const {
  tx.erase(key_of(*this).bytes());
}

Task<void> DurableTimers::run() {
  io::TaskScope scope;
  store::Watch changes = parts_.store.watch(kTimers.bytes());
  for (;;) {
    const auto next = co_await fire_due(scope);
    SteadyTime wake = parts_.clock.steady_now() + kPollTime;
    if (!next) {
      log::error("timers of durable executions: {}", next.error().message);
    } else if (*next) {
      const auto wait = std::max(**next - parts_.clock.now(), std::chrono::microseconds(0));
      wake = std::min(wake, parts_.clock.steady_now() + wait);
    }
    co_await changes.changed(wake);
  }
}

Async<std::optional<TimePoint>> DurableTimers::fire_due(io::TaskScope& scope) {
  for (store::KeyRange range = kTimers.under();;) {
    auto list = [&](store::Transaction& tx) -> Async<store::Page> {
      co_return co_await tx.scan({.range = range, .rows_max = kBatch});
    };
    TRY(store::Page page, co_await parts_.store.read(list));
    for (store::Row& row : page.rows) {
      range.begin = store::key_after(row.key);
      TRY(const DurableTimer timer, read(row.key, row.value));
      if (timer.due > parts_.clock.now()) co_return std::optional(timer.due);
      if (under_way_.size() >= kAtOnce) co_return std::optional<TimePoint>();
      if (under_way_.insert(row.key).second) scope.spawn(fire(std::move(row.key)));
    }
    if (!page.more) co_return std::optional<TimePoint>();
  }
}

Task<void> DurableTimers::fire(std::string key) {
  const auto settled = co_await settle(key);
  if (!settled) {
    log::warn("a timer of a durable execution is tried again: {}", settled.error().message);
    co_await io::sleep_for(kPollTime);
  }
  under_way_.erase(key);
}

Async<void> DurableTimers::settle(std::string key) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto arn, co_await tx.get(key));
    if (!arn) co_return {};
    TRY(const DurableTimer timer, read(key, *arn));
    tx.erase(key);
    TRY(auto execution, co_await DurableExecution::find(parts_, tx, timer.execution));
    if (!execution) co_return {};
    co_return co_await apply(*execution, timer);
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> DurableTimers::apply(DurableExecution& execution, DurableTimer timer) {
  if (timer.kind == DurableTimer::kRetention) co_return co_await execution.forget();
  if (timer.kind == DurableTimer::kTimeout) {
    co_return co_await execution.end({.status = kTimedOut, .result = {}, .error = {}});
  }
  TRY(auto operation, co_await execution.operation(timer.operation));
  if (!operation || !operation->pends()) co_return {};
  if (operation->type == kCallback) {
    const bool heartbeat = timer.kind == DurableTimer::kHeartbeat;
    execution.complete(
        *std::move(operation), kTimedOut, std::nullopt,
        DurableError{.message = heartbeat ? "Callback timed out on heartbeat" : "Callback timed out",
                     .type = heartbeat ? "Callback.Heartbeat" : "Callback.Timeout"});
  } else if (operation->type == kWait) {
    execution.complete(*std::move(operation), kSucceeded, std::nullopt, std::nullopt);
  } else {
    const OperationRecord before = *operation;
    operation->status = kReady;
    operation->due.reset();
    execution.change(*operation, before);
  }
  execution.save();
  co_return {};
}

}  // namespace hearth::services::lambda
