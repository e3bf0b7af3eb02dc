// Promise: what was acknowledged is never lost: a durable execution waits in the store, as long as it must,
// and what happens to it with time happens at that time, once.
#include "services/lambda/durable/timers.h"

#include <gtest/gtest.h>

#include "services/lambda/durable/callbacks.h"
#include "services/lambda/durable/starts.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::lambda {
namespace {

using namespace std::chrono_literals;
using store::testing::run;

// The wall clock stands where the test puts it; loops run on the real one.
class SetClock final : public Clock {
 public:
  TimePoint now() const override { return time; }
  SteadyTime steady_now() const override { return system_clock().steady_now(); }
  TimePoint time = from_epoch_ms(1'000'000);
};

class DurableTimersTest : public ::testing::Test {
 protected:
  DurableTimersTest() {
    auto target = std::make_shared<Target>();
    target->resolved.version.durable = DurableSettings{.timeout_seconds = 31'622'400, .retention_days = 30};
    start.target = target;
    start.function = {"123456789012", "eu-west-1", "f", "$LATEST"};
    start.invocation = {.request_id = "r", .payload = "{}"};
  }

  template <typename Body>
  auto transact(Body body) {
    return run(loop, store->transact(body)).value();
  }
  ExecutionRef begin(std::string name = "n") {
    start.name = std::move(name);
    return run(loop, starts.start(start)).value();
  }
  // As a run does: nobody is on the way.
  void fall_asleep(const ExecutionRef& ref) {
    change(ref, [](DurableExecution& execution) { execution.record.queued = false; });
  }
  void change(const ExecutionRef& ref, const std::function<void(DurableExecution&)>& how) {
    transact([&](store::Transaction& tx) -> Async<bool> {
      TRY(auto execution, co_await DurableExecution::load(parts, tx, ref));
      how(execution);
      execution.save();
      co_return true;
    });
  }
  std::optional<ExecutionRecord> record(const ExecutionRef& ref) {
    return transact([&](store::Transaction& tx) -> Async<std::optional<ExecutionRecord>> {
      TRY(auto execution, co_await DurableExecution::find(parts, tx, ref));
      co_return execution ? std::optional(execution->record) : std::nullopt;
    });
  }
  OperationRecord operation(const ExecutionRef& ref) {
    return transact([&](store::Transaction& tx) -> Async<OperationRecord> {
      TRY(auto execution, co_await DurableExecution::load(parts, tx, ref));
      TRY(auto found, co_await execution.operation("o"));
      co_return *found;
    });
  }
  size_t rows(const store::Key& under) {
    return transact([&](store::Transaction& tx) -> Async<size_t> {
      TRY(const store::Page page, co_await tx.scan({.range = under.under()}));
      co_return page.rows.size();
    });
  }
  size_t timers() { return rows(store::Key("lambda-durable-timer")); }
  // All that is kept but the invocations that wait.
  size_t everything() {
    size_t sum = 0;
    for (const char* name : {"lambda-durable", "lambda-durable-name", "lambda-durable-list",
                             "lambda-durable-timer", "lambda-durable-end"}) {
      sum += rows(store::Key(name));
    }
    return sum;
  }
  void put(const ExecutionRef& ref, OperationRecord one) {
    one.id = "o";
    change(ref, [&](DurableExecution& execution) { execution.put(one, std::nullopt); });
  }

  // Lets what is due happen.
  void work() {
    auto body = [&]() -> Task<void> {
      io::TaskScope scope;
      DurableTimers worker(parts);
      scope.spawn(worker.run());
      for (int turn = 0; turn < 100; ++turn) co_await io::sleep_for(1ms);
    };
    loop.run_until_done(body());
  }

  store::testing::TemporaryFolder folder;
  SetClock clock;
  io::Loop loop;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path()}).value();
  delivery::Targets targets;
  delivery::Outbox outbox{*store, targets, clock, system_random()};
  DurableParts parts{*store, clock, system_random(), outbox};
  DurableStarts starts{parts};
  DurableStarts::Start start;
};

OperationRecord waiting(TimePoint due) {
  return {.type = std::string(kWait), .status = std::string(kStarted), .due = due};
}

TEST_F(DurableTimersTest, AWaitOfAYearIsARowAndEndsInTime) {
  const ExecutionRef ref = begin();
  fall_asleep(ref);
  put(ref, waiting(clock.time + 365 * 24h));
  EXPECT_EQ(timers(), 2) << "the wait's and the execution's";
  clock.time += 365 * 24h - 1ms;
  work();
  EXPECT_EQ(operation(ref).status, kStarted);
  EXPECT_FALSE(record(ref)->queued);
  clock.time += 1ms;
  work();
  EXPECT_EQ(operation(ref).status, kSucceeded);
  EXPECT_TRUE(record(ref)->queued) << "the function is invoked";
  EXPECT_EQ(record(ref)->changes, 1);
  EXPECT_EQ(record(ref)->pending, 0);
  EXPECT_EQ(timers(), 1);
  work();
  EXPECT_EQ(record(ref)->changes, 1) << "once";
}

TEST_F(DurableTimersTest, AStepIsReadyForItsNextAttempt) {
  const ExecutionRef ref = begin();
  put(ref, {.type = std::string(kStep), .status = std::string(kPending), .due = clock.time + 5s});
  clock.time += 5s;
  work();
  EXPECT_EQ(operation(ref).status, kReady);
  EXPECT_FALSE(operation(ref).due);
}

TEST_F(DurableTimersTest, AHeartbeatPutsACallbacksEndOff) {
  const ExecutionRef ref = begin();
  put(ref, {.type = std::string(kCallback),
            .status = std::string(kStarted),
            .due = clock.time + 60s,
            .heartbeat_due = clock.time + 10s,
            .heartbeat_seconds = 10,
            .secret = "s"});
  DurableCallbacks callbacks(parts);
  const wire::Call call{.account = "123456789012", .region = "eu-west-1"};
  for (int beat = 0; beat < 5; ++beat) {
    clock.time += 9s;
    work();
    ASSERT_TRUE(
        run(loop, callbacks.heartbeat(call, {.callback_id = CallbackId{ref.arn(), "o", "s"}.text()})));
  }
  EXPECT_EQ(operation(ref).status, kStarted);
  EXPECT_EQ(timers(), 3);
  clock.time += 10s;
  work();
  EXPECT_EQ(operation(ref).status, kTimedOut);
  EXPECT_EQ(timers(), 1) << "both of its timers are gone";
  const auto late =
      run(loop, callbacks.heartbeat(call, {.callback_id = CallbackId{ref.arn(), "o", "s"}.text()}));
  EXPECT_EQ(late.error().code, "CallbackTimeoutException");
  const auto forged =
      run(loop, callbacks.heartbeat(call, {.callback_id = CallbackId{ref.arn(), "o", "t"}.text()}));
  EXPECT_EQ(forged.error().code, "ResourceNotFoundException");
}

TEST_F(DurableTimersTest, AnExecutionEndsAtItsTimeAndIsForgottenLater) {
  const ExecutionRef ref = begin();
  put(ref, waiting(clock.time + 1000 * 24h));
  clock.time += std::chrono::seconds(31'622'400);
  work();
  EXPECT_EQ(record(ref)->status, kTimedOut);
  EXPECT_EQ(timers(), 1) << "what it waited for is no matter any more";
  EXPECT_EQ(begin().id, ref.id) << "its name is taken";
  clock.time += 30 * 24h - 1s;
  work();
  EXPECT_TRUE(record(ref));
  clock.time += 1s;
  work();
  EXPECT_FALSE(record(ref));
  EXPECT_EQ(everything(), 0) << "nothing is left of it";
  EXPECT_NE(begin().id, ref.id);
}

TEST_F(DurableTimersTest, ANameIsOneExecutionOfOneFunction) {
  const ExecutionRef ref = begin();
  EXPECT_EQ(begin().id, ref.id);
  EXPECT_NE(begin("m").id, ref.id);
  EXPECT_NE(begin("").id, begin("").id);
  start.name = "n";
  start.invocation.payload = "1";
  EXPECT_EQ(run(loop, starts.start(start)).error().code, "DurableExecutionAlreadyStartedException");
  auto other = std::make_shared<Target>(*start.target);
  other->resolved.function.id = "made anew";
  start.target = other;
  EXPECT_NE(begin().id, ref.id) << "another function of that name";
}

TEST_F(DurableTimersTest, APauseHoldsTheTimeoutAndWakesUpForWhatHappened) {
  start.target = [&] {
    auto target = std::make_shared<Target>(*start.target);
    target->resolved.version.durable->timeout_seconds = 100;
    return target;
  }();
  const ExecutionRef ref = begin();
  fall_asleep(ref);
  put(ref, waiting(clock.time + 50s));
  const TimePoint started = clock.time;
  clock.time += 10s;
  change(ref, [&](DurableExecution& execution) {
    execution.record.pause = PauseRecord{.requested = clock.time};
    execution.record.status = kPausing;
    execution.pause(false);
  });
  EXPECT_EQ(record(ref)->status, kPaused);
  EXPECT_EQ(record(ref)->timeout_at, started + 366 * 24h);
  clock.time += 1000s;
  work();
  EXPECT_EQ(operation(ref).status, kSucceeded) << "what it waits for goes on";
  EXPECT_FALSE(record(ref)->queued);
  change(ref, [](DurableExecution& execution) { execution.resume(""); });
  EXPECT_TRUE(record(ref)->queued);
  EXPECT_EQ(record(ref)->timeout_at, clock.time + 90s);
  clock.time += 90s;
  work();
  EXPECT_EQ(record(ref)->status, kTimedOut);
}

TEST_F(DurableTimersTest, AChainedInvokeEndsWithItsChild) {
  const ExecutionRef parent = begin("parent");
  fall_asleep(parent);
  put(parent, {.type = std::string(kChainedInvoke), .status = std::string(kStarted), .function = "g"});
  start.parent_arn = parent.arn();
  start.parent_operation = "o";
  const ExecutionRef child = begin("child");
  transact([&](store::Transaction& tx) -> Async<bool> {
    TRY(auto execution, co_await DurableExecution::load(parts, tx, child));
    TRY_VOID(co_await execution.end({.status = kSucceeded, .result = "42", .error = {}}));
    TRY_VOID(co_await execution.end({.status = kStopped, .result = {}, .error = {}}));
    co_return true;
  });
  EXPECT_EQ(record(child)->status, kSucceeded) << "an end is the end";
  EXPECT_EQ(operation(parent).status, kSucceeded);
  EXPECT_TRUE(record(parent)->queued);
}

}  // namespace
}  // namespace hearth::services::lambda
