// Promise: what was acknowledged is never lost.
// A message is handed out at its time and again until its handler is done with it, also after a restart.
#include "delivery/queue.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::delivery {
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

class Delivery : public ::testing::Test {
 protected:
  std::unique_ptr<store::Store> open() { return store::rocks::open({.folder = folder.path()}).value(); }
  std::unique_ptr<Queue> make() { return std::make_unique<Queue>(*store, clock, system_random(), "test"); }

  void put(std::string header, std::string body = "", std::chrono::milliseconds due = 0ms) {
    auto write = [&](store::Transaction& tx) -> Async<void> {
      queue->enqueue(tx, {.header = header, .body = body}, clock.now() + due);
      co_return {};
    };
    ASSERT_TRUE(run(loop, store->transact(write)));
  }
  size_t depth() { return run(loop, queue->depth()).value(); }
  // Rows of any kind that the queue keeps.
  Async<size_t> count_rows() {
    auto count = [](store::Transaction& tx) -> Async<size_t> {
      TRY(const store::Page page, co_await tx.scan({.range = store::Key("queue", "test").under()}));
      co_return page.rows.size();
    };
    co_return co_await store->read(count);
  }
  size_t rows() { return run(loop, count_rows()).value(); }

  Task<Verdict> handle(Message message) {
    handed_out.push_back(message.header);
    bodies.push_back(message.body);
    Verdict verdict;
    if (answer) verdict = answer(message);
    co_return verdict;
  }
  // Runs the queue until so many were handed out and so many rows are left, and a little longer to see that
  // nothing else comes. A condition that stays away is for the caller to notice.
  void work_until(size_t count, size_t rows_left) {
    auto body = [&]() -> Task<void> {
      io::TaskScope scope;
      auto handler = [this](Message message) { return handle(std::move(message)); };
      scope.spawn(queue->run(handler));
      for (int turn = 0; turn < kTurnsMax; ++turn) {
        co_await io::sleep_for(1ms);
        if (handed_out.size() < count) continue;
        const auto left = co_await count_rows();
        if (left == rows_left) break;
      }
      for (int turn = 0; turn < 20; ++turn) co_await io::sleep_for(1ms);
    };
    loop.run_until_done(body());
    queue = make();
  }

  static constexpr int kTurnsMax = 10'000;

  store::testing::TemporaryFolder folder;
  SetClock clock;
  io::Loop loop;
  std::unique_ptr<store::Store> store = open();
  std::unique_ptr<Queue> queue = make();
  std::function<Verdict(const Message&)> answer;
  std::vector<std::string> handed_out;
  std::vector<std::string> bodies;
};

using Names = std::vector<std::string>;

TEST_F(Delivery, WhatIsDueIsHandedOutInTheOrderOfTheCommitsAndIsGoneThen) {
  put("first");
  put("second", "", -2ms);
  put("third");
  EXPECT_EQ(depth(), 3u);
  work_until(3, 0);
  EXPECT_EQ(handed_out, (Names{"first", "second", "third"}));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(Delivery, AMessageWaitsForItsTime) {
  put("later", "", 60s);
  put("now");
  work_until(1, 1);
  EXPECT_EQ(handed_out, Names{"now"});
  EXPECT_EQ(depth(), 1u);
  clock.time += 60s;
  work_until(2, 0);
  EXPECT_EQ(handed_out, (Names{"now", "later"}));
}

TEST_F(Delivery, AMessageThatComesWhileTheQueueRunsIsHandedOut) {
  answer = [this](const Message& message) {
    if (message.header != "first") return Verdict{};
    return Verdict{.also = [this](store::Transaction& tx) -> Async<void> {
      queue->enqueue(tx, {.header = "follows", .body = "from the first"}, clock.now());
      co_return {};
    }};
  };
  put("first");
  work_until(2, 0);
  EXPECT_EQ(handed_out, (Names{"first", "follows"}));
  EXPECT_EQ(bodies.back(), "from the first");
  EXPECT_EQ(rows(), 0u);
}

TEST_F(Delivery, AVerdictMayAskForAnotherTimeAndChangeTheHeader) {
  answer = [this](const Message& message) {
    if (message.header == "try 2") return Verdict{};
    return Verdict{.again_at = clock.now() + 60s, .header = "try 2"};
  };
  put("try 1", "body");
  work_until(1, 2);
  EXPECT_EQ(handed_out, Names{"try 1"});
  EXPECT_EQ(depth(), 1u);
  clock.time += 60s;
  work_until(2, 0);
  EXPECT_EQ(handed_out, (Names{"try 1", "try 2"}));
  EXPECT_EQ(bodies, (Names{"body", "body"}));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(Delivery, ALargeBodyComesWholeAndLeavesNothing) {
  std::string body(Queue::kBodyBytesMax, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i % 251);
  put("large", body);
  EXPECT_EQ(depth(), 1u);
  work_until(1, 0);
  EXPECT_TRUE(bodies.front() == body);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(Delivery, WhatWaitsAndWhatWasUnderWayIsThereAfterARestart) {
  put("under way", "its body");
  put("waits", "", 60s);
  // The handler never ends: the server goes while it works.
  auto body = [&]() -> Task<void> {
    io::TaskScope scope;
    auto handler = [this](Message message) -> Task<Verdict> {
      handed_out.push_back(message.header);
      co_await io::sleep_for(1h);
      co_return Verdict{};
    };
    scope.spawn(queue->run(handler));
    while (handed_out.empty()) co_await io::sleep_for(1ms);
  };
  loop.run_until_done(body());
  queue.reset();
  store.reset();
  store = open();
  queue = make();
  EXPECT_EQ(depth(), 2u);
  clock.time += 60s;
  work_until(3, 0);
  EXPECT_EQ(handed_out, (Names{"under way", "waits", "under way"}));
  EXPECT_EQ(bodies, (Names{"", "its body"}));
  EXPECT_EQ(rows(), 0u);
}

// Hands out until nothing more comes, with handlers that wait until `open_gate`.
struct Gate {
  Task<Verdict> wait(std::string name) {
    waiting.push_back(std::move(name));
    while (!open) co_await io::sleep_for(1ms);
    co_return Verdict{};
  }
  Task<void> settle() const {
    for (size_t last = SIZE_MAX; last != waiting.size();) {
      last = waiting.size();
      for (int turn = 0; turn < 50; ++turn) co_await io::sleep_for(1ms);
    }
  }
  std::vector<std::string> waiting;
  bool open = false;
};

TEST_F(Delivery, OnlySoManyAreUnderWayAtATimeAndOfOneGroup) {
  Queue limited(*store, clock, system_random(), "test", {.in_flight_max = 20, .group_in_flight_max = 12});
  auto write = [&](store::Transaction& tx) -> Async<void> {
    for (const char* group : {"a", "b"}) {
      for (int i = 0; i < 15; ++i) limited.enqueue(tx, {.header = group, .lane = {group, "x"}}, clock.now());
    }
    co_return {};
  };
  ASSERT_TRUE(run(loop, store->transact(write)));
  auto body = [&]() -> Task<void> {
    Gate gate;
    io::TaskScope scope;
    auto handler = [&](Message message) { return gate.wait(message.header); };
    scope.spawn(limited.run(handler));
    co_await gate.settle();
    EXPECT_EQ(std::ranges::count(gate.waiting, "a"), 12);
    EXPECT_EQ(std::ranges::count(gate.waiting, "b"), 8);
    gate.open = true;
    for (;;) {
      const auto left = co_await limited.depth();
      if (left == 0u) break;
      co_await io::sleep_for(1ms);
    }
    EXPECT_EQ(gate.waiting.size(), 30u);
  };
  loop.run_until_done(body());
}

TEST_F(Delivery, LanesTakeTurnsSoABacklogHoldsNobodyUp) {
  Queue limited(*store, clock, system_random(), "test", {.in_flight_max = 60, .group_in_flight_max = 60});
  auto write = [&](store::Transaction& tx) -> Async<void> {
    for (int i = 0; i < 300; ++i) limited.enqueue(tx, {.header = "many", .lane = {"t", "a"}}, clock.now());
    limited.enqueue(tx, {.header = "few", .lane = {"t", "b"}}, clock.now());
    limited.enqueue(tx, {.header = "few", .lane = {"u", "a"}}, clock.now());
    co_return {};
  };
  ASSERT_TRUE(run(loop, store->transact(write)));
  auto body = [&]() -> Task<void> {
    Gate gate;
    io::TaskScope scope;
    auto handler = [&](Message message) { return gate.wait(message.header); };
    scope.spawn(limited.run(handler));
    co_await gate.settle();
    EXPECT_EQ(gate.waiting.size(), 60u);
    EXPECT_EQ(std::ranges::count(gate.waiting, "few"), 2);
  };
  loop.run_until_done(body());
}

TEST_F(Delivery, WhatHasAnOrderIsFirstTriedOneAfterTheOther) {
  auto write = [&](store::Transaction& tx) -> Async<void> {
    for (const char* name : {"k1", "k2", "k3", "l1"})
      queue->enqueue(tx, {.header = name, .lane = {"t", "a"}, .order = std::string(name, 1)}, clock.now());
    queue->enqueue(tx, {.header = "elsewhere", .lane = {"t", "b"}, .order = "k"}, clock.now());
    co_return {};
  };
  ASSERT_TRUE(run(loop, store->transact(write)));
  auto body = [&]() -> Task<void> {
    Gate gate;
    io::TaskScope scope;
    bool fails = true;
    auto handler = [&](Message message) -> Task<Verdict> {
      handed_out.push_back(message.header);
      Verdict verdict = co_await gate.wait(message.header);
      // The first of them fails, and waits for another time.
      if (message.header == "k1" && std::exchange(fails, false)) verdict.again_at = clock.now() + 60s;
      co_return verdict;
    };
    scope.spawn(queue->run(handler));
    co_await gate.settle();
    EXPECT_EQ(handed_out, (Names{"k1", "l1", "elsewhere"}));
    gate.open = true;
    co_await gate.settle();
    EXPECT_EQ(handed_out, (Names{"k1", "l1", "elsewhere", "k2", "k3"}));
  };
  loop.run_until_done(body());
}

TEST_F(Delivery, WhatCannotBeWrittenIsAnotherVerdict) {
  answer = [this](const Message&) {
    return Verdict{.also = [](store::Transaction& tx) -> Async<void> {
                     tx.put(store::Key("half").bytes(), "done");
                     co_return Error{.code = "TargetMissing", .message = "gone"};
                   },
                   .otherwise =
                       [this](const Error& error) {
                         return Verdict{.again_at = clock.now() + 60s, .header = error.code};
                       }};
  };
  put("x", "its body");
  work_until(1, 2);
  answer = {};
  clock.time += 60s;
  work_until(2, 0);
  EXPECT_EQ(handed_out, (Names{"x", "TargetMissing"}));
  EXPECT_EQ(bodies.back(), "its body");
  auto read = [](store::Transaction& tx) -> Async<bool> {
    TRY(const auto half, co_await tx.get(store::Key("half").bytes()));
    co_return half.has_value();
  };
  EXPECT_EQ(run(loop, store->read(read)).value(), false);
}

TEST_F(Delivery, ADeliveryUnderWayEndsWithTheRun) {
  put("under way");
  bool ended = false;
  struct Mark {
    ~Mark() { ended = true; }
    bool& ended;
  };
  auto body = [&]() -> Task<void> {
    {
      io::TaskScope scope;
      auto handler = [&](Message message) -> Task<Verdict> {
        const Mark mark{ended};
        handed_out.push_back(message.header);
        co_await io::sleep_for(1h);
        co_return Verdict{};
      };
      scope.spawn(queue->run(handler));
      while (handed_out.empty()) co_await io::sleep_for(1ms);
    }
    EXPECT_TRUE(ended);
    co_await io::sleep_for(1ms);
  };
  loop.run_until_done(body());
  EXPECT_EQ(depth(), 1u);
}

TEST_F(Delivery, AMessageThatCannotBeReadStaysAndHoldsNobodyUp) {
  auto write = [&](store::Transaction& tx) -> Async<void> {
    tx.put(store::Key("queue", "test", "later", clock.now() - 1s, "broken").bytes(), "no record");
    co_return {};
  };
  ASSERT_TRUE(run(loop, store->transact(write)));
  put("good");
  work_until(1, 1);
  EXPECT_EQ(handed_out, Names{"good"});
  EXPECT_EQ(depth(), 1u);
}

}  // namespace
}  // namespace hearth::delivery
