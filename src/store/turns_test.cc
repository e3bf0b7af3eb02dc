// Promise: fast, also where all want the same: who waits for a turn gets it, in order, and nobody blocks it.
#include "store/turns.h"

#include <gtest/gtest.h>

#include "io/loop.h"
#include "io/task_scope.h"
#include "store/testing.h"

namespace hearth::store {
namespace {

using namespace std::chrono_literals;
using testing::run;

class TurnsTest : public ::testing::Test {
 protected:
  SteadyTime soon() const { return loop_.now() + 5s; }
  Task<void> visit(int number, SteadyTime deadline) {
    const Turns::Turn turn = co_await turns_.take("row", deadline);
    order_.push_back(turn.is_at("row") ? number : -number);
    co_await io::sleep_for(1ms);
  }

  io::Loop loop_;
  Turns turns_;
  std::vector<int> order_;
};

TEST_F(TurnsTest, AreInTheOrderOfAsking) {
  auto all = [&]() -> Async<void> {
    io::TaskScope scope;
    for (int number = 1; number <= 5; ++number) scope.spawn(visit(number, soon()));
    co_await scope.drained();
    co_return {};
  };
  ASSERT_TRUE(run(loop_, all()));
  EXPECT_EQ(order_, (std::vector{1, 2, 3, 4, 5}));
}

TEST_F(TurnsTest, AtOtherNamesAreOthers) {
  auto both = [&]() -> Async<void> {
    const Turns::Turn one = co_await turns_.take("one", soon());
    const Turns::Turn two = co_await turns_.take("two", soon());
    EXPECT_TRUE(one.is_at("one") && two.is_at("two"));
    co_return {};
  };
  ASSERT_TRUE(run(loop_, both()));
}

TEST_F(TurnsTest, GoPastThoseWhoWereCancelledOrWaitedTooLong) {
  auto all = [&]() -> Async<void> {
    io::TaskScope scope;
    std::optional<Turns::Turn> first = co_await turns_.take("row", soon());
    scope.spawn(visit(1, loop_.now() + 10ms));
    {
      io::TaskScope cancelled;
      cancelled.spawn(visit(2, soon()));
      cancelled.spawn(visit(3, soon()));
    }
    scope.spawn(visit(4, soon()));
    co_await io::sleep_for(30ms);
    EXPECT_EQ(order_, std::vector{-1}) << "it went on without a turn";
    first.reset();
    co_await scope.drained();
    const Turns::Turn last = co_await turns_.take("row", soon());
    EXPECT_TRUE(last.is_at("row")) << "nobody kept it";
    co_return {};
  };
  ASSERT_TRUE(run(loop_, all()));
  EXPECT_EQ(order_, (std::vector{-1, 4}));
}

}  // namespace
}  // namespace hearth::store
