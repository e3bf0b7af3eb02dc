// Promise: what was acknowledged is never lost.
// An event leaves the outbox when its target has it, in one step; what a target does not take is tried again
// or becomes a dead letter, and holds up nobody else's.
#include "delivery/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::delivery {
namespace {

using namespace std::chrono_literals;
using store::testing::run;

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return time; }
  SteadyTime steady_now() const override { return system_clock().steady_now(); }
  TimePoint time = from_epoch_ms(1'000'000);
};

// Takes events as rows, unless an ARN is told to fail.
class Shelf final : public Target {
 public:
  Async<void> check(Sender, std::string arn, std::string) override {
    ++checks[arn];
    const auto trouble = troubles.find(arn);
    if (trouble != troubles.end()) co_return trouble->second;
    co_return {};
  }
  Async<void> take(store::Transaction& tx, const Delivery& delivery) override {
    const auto trouble = late_troubles.find(delivery.target_arn);
    tx.put_stamped_key(store::Key("shelf", delivery.target_arn).bytes(), {}, delivery.body);
    attributes[delivery.body] = delivery.attributes;
    if (trouble != late_troubles.end()) co_return trouble->second;
    co_return {};
  }

  std::map<std::string, size_t> checks;
  std::map<std::string, Error> troubles;       // seen by check()
  std::map<std::string, Error> late_troubles;  // by take()
  std::map<std::string, std::map<std::string, Attribute>> attributes;
};

class OutboxTest : public ::testing::Test {
 protected:
  void SetUp() override { targets.add("shelf", shelf); }

  static std::string arn(std::string_view name) { return "arn:aws:shelf:eu-west-1:1:" + std::string(name); }

  void send(std::vector<Delivery> deliveries) {
    auto write = [&](store::Transaction& tx) -> Async<void> {
      for (const Delivery& delivery : deliveries) outbox->enqueue(tx, delivery);
      co_return {};
    };
    ASSERT_TRUE(run(loop, store->transact(write)));
  }
  Async<std::vector<std::string>> bodies_on(std::string name) {
    auto read = [&](store::Transaction& tx) -> Async<std::vector<std::string>> {
      TRY(const store::Page page, co_await tx.scan({.range = store::Key("shelf", name).under()}));
      std::vector<std::string> bodies;
      for (const store::Row& row : page.rows) bodies.push_back(row.value);
      co_return bodies;
    };
    co_return co_await store->read(read);
  }
  std::vector<std::string> on(std::string_view name) { return run(loop, bodies_on(arn(name))).value(); }
  size_t waiting() {
    Queue queue(*store, clock, system_random(), "outbox");
    return run(loop, queue.depth()).value();
  }

  // Works until so many bodies are on the shelf, and a little longer.
  void work_until(std::string_view name, size_t count) {
    const std::string shelf_arn = arn(name);
    auto body = [&]() -> Task<void> {
      io::TaskScope scope;
      scope.spawn(outbox->run());
      for (int turn = 0; turn < 10'000; ++turn) {
        const auto bodies = co_await bodies_on(shelf_arn);
        if (bodies->size() >= count) break;
        co_await io::sleep_for(1ms);
      }
      for (int turn = 0; turn < 30; ++turn) co_await io::sleep_for(1ms);
    };
    loop.run_until_done(body());
    outbox = std::make_unique<Outbox>(*store, targets, clock, system_random());
  }

  store::testing::TemporaryFolder folder;
  SetClock clock;
  io::Loop loop;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path()}).value();
  Shelf shelf;
  Targets targets;
  std::unique_ptr<Outbox> outbox = std::make_unique<Outbox>(*store, targets, clock, system_random());
};

using Bodies = std::vector<std::string>;

TEST_F(OutboxTest, AnEventIsWithItsTargetAndNoLongerHere) {
  send({{.sender = {.arn = "s"}, .target_arn = arn("a"), .body = "one"},
        {.sender = {.arn = "s"}, .target_arn = arn("b"), .body = "two"}});
  work_until("b", 1);
  EXPECT_EQ(on("a"), Bodies{"one"});
  EXPECT_EQ(on("b"), Bodies{"two"});
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(OutboxTest, ABusyTargetIsTriedAgainLaterAndHoldsUpNobody) {
  shelf.troubles[arn("busy")] = target_error(kTargetBusy, "not now");
  send({{.sender = {.arn = "s"}, .target_arn = arn("busy"), .body = "waits"},
        {.sender = {.arn = "s"}, .target_arn = arn("free"), .body = "goes"}});
  work_until("free", 1);
  EXPECT_EQ(on("busy"), Bodies{});
  EXPECT_EQ(shelf.checks[arn("busy")], 1u);
  EXPECT_EQ(waiting(), 1u);
  shelf.troubles.clear();
  work_until("busy", 0);
  EXPECT_EQ(shelf.checks[arn("busy")], 1u);  // its time has not come
  clock.time += 2s;
  work_until("busy", 1);
  EXPECT_EQ(on("busy"), Bodies{"waits"});
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(OutboxTest, WhatATargetRefusesWhileItTakesLeavesNothingThere) {
  shelf.late_troubles[arn("a")] = target_error(kTargetBusy, "full");
  send({{.sender = {.arn = "s"}, .target_arn = arn("a"), .body = "x"}});
  work_until("a", 0);
  EXPECT_EQ(on("a"), Bodies{});
  EXPECT_EQ(waiting(), 1u);
  shelf.late_troubles.clear();
  clock.time += 2s;
  work_until("a", 1);
  EXPECT_EQ(on("a"), Bodies{"x"});
}

TEST_F(OutboxTest, WhatWillNeverBeTakenBecomesADeadLetterAtOnce) {
  shelf.late_troubles[arn("gone")] = target_error(kTargetMissing, "it was deleted");
  shelf.troubles[arn("denied")] = target_error(kTargetDenied, "no");
  send({{.sender = {.arn = "s"},
         .target_arn = arn("gone"),
         .body = "x",
         .attributes = {{"Own", {"String", "kept"}}},
         .dead_letter_arn = arn("letters")},
        {.sender = {.arn = "s"}, .target_arn = arn("denied"), .body = "y", .dead_letter_arn = arn("letters")},
        {.sender = {.arn = "s"}, .target_arn = "arn:aws:nothing:eu-west-1:1:x", .body = "z"}});
  work_until("letters", 2);
  Bodies letters = on("letters");
  std::ranges::sort(letters);
  EXPECT_EQ(letters, (Bodies{"x", "y"}));
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(shelf.attributes["x"]["Own"].value, "kept");
  EXPECT_EQ(shelf.attributes["x"]["ERROR_CODE"].value, "TargetMissing");
  EXPECT_EQ(shelf.attributes["x"]["RETRY_ATTEMPTS"].value, "0");
  EXPECT_EQ(shelf.attributes["y"]["TARGET_ARN"].value, arn("denied"));
}

TEST_F(OutboxTest, TriesAndAgeHaveAnEnd) {
  shelf.troubles[arn("busy")] = target_error(kTargetBusy, "not now");
  send({{.sender = {.arn = "s"},
         .target_arn = arn("busy"),
         .body = "tries",
         .retries = {.tries_max = 2},
         .dead_letter_arn = arn("letters")},
        {.sender = {.arn = "s"},
         .target_arn = arn("busy"),
         .body = "age",
         .retries = {.age_max = 60s},
         .dead_letter_arn = arn("letters")}});
  work_until("busy", 0);
  clock.time += 2s;
  work_until("letters", 1);
  EXPECT_EQ(on("letters"), Bodies{"tries"});
  EXPECT_EQ(shelf.attributes["tries"]["EXHAUSTED_RETRY_CONDITION"].value, "MaximumRetryAttempts");
  clock.time += 60s;
  work_until("letters", 2);
  EXPECT_EQ(on("letters"), (Bodies{"tries", "age"}));
  EXPECT_EQ(shelf.attributes["age"]["EXHAUSTED_RETRY_CONDITION"].value, "MaximumEventAgeInSeconds");
}

TEST_F(OutboxTest, OneOrderOneAfterTheOther) {
  std::vector<Delivery> deliveries;
  Bodies expected;
  for (int i = 0; i < 300; ++i) {
    expected.push_back(std::to_string(i));
    deliveries.push_back(
        {.sender = {.arn = "s"}, .target_arn = arn("a"), .body = expected.back(), .order = "key"});
  }
  send(deliveries);
  work_until("a", 300);
  EXPECT_EQ(on("a"), expected);
}

TEST_F(OutboxTest, WhatWasCommittedIsDeliveredAfterARestart) {
  send({{.sender = {.arn = "s"}, .target_arn = arn("a"), .body = "x", .trace = "Root=1"}});
  outbox.reset();
  store.reset();
  store = store::rocks::open({.folder = folder.path()}).value();
  outbox = std::make_unique<Outbox>(*store, targets, clock, system_random());
  work_until("a", 1);
  EXPECT_EQ(on("a"), Bodies{"x"});
}

}  // namespace
}  // namespace hearth::delivery
