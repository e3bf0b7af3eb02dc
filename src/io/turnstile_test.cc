// Promise: it is fast.
// A crowd is let in a few at a time, everybody in the end, and nobody's place is lost.
#include "io/turnstile.h"

#include <gtest/gtest.h>

#include "io/task_scope.h"

namespace hearth::io {
namespace {

struct Crowd {
  int inside = 0;
  int most = 0;
  std::vector<int> order;
};

Task<void> go_through(Turnstile& turnstile, Crowd& crowd, int number) {
  const auto pass = co_await turnstile.enter();
  crowd.most = std::max(crowd.most, ++crowd.inside);
  co_await sleep_for(std::chrono::milliseconds(1));
  --crowd.inside;
  crowd.order.push_back(number);
}

TEST(Turnstile, LetsAFewInAtATimeInTheirOrder) {
  Loop loop;
  Turnstile turnstile(3);
  Crowd crowd;
  auto body = [&]() -> Task<void> {
    TaskScope scope;
    for (int number = 0; number < 20; ++number) scope.spawn(go_through(turnstile, crowd, number));
    while (crowd.order.size() < 20) co_await sleep_for(std::chrono::milliseconds(1));
  };
  loop.run_until_done(body());
  EXPECT_EQ(crowd.most, 3);
  EXPECT_TRUE(std::ranges::is_sorted(crowd.order));
}

TEST(Turnstile, LetsThoseAtLeisureInAfterTheOthersAndNeverEverywhere) {
  Loop loop;
  Turnstile turnstile(4);
  Crowd crowd;
  Crowd at_leisure;
  auto stroll = [&](int number) -> Task<void> {
    const auto pass = co_await turnstile.enter(Turnstile::Rank::kAtLeisure);
    at_leisure.most = std::max(at_leisure.most, ++at_leisure.inside);
    co_await sleep_for(std::chrono::milliseconds(1));
    --at_leisure.inside;
    if (number >= 2) EXPECT_EQ(crowd.order.size(), 20U);
    at_leisure.order.push_back(number);
  };
  auto body = [&]() -> Task<void> {
    TaskScope scope;
    for (int number = 0; number < 10; ++number) scope.spawn(stroll(number));
    for (int number = 0; number < 20; ++number) scope.spawn(go_through(turnstile, crowd, number));
    while (at_leisure.order.size() < 10) co_await sleep_for(std::chrono::milliseconds(1));
  };
  loop.run_until_done(body());
  EXPECT_EQ(at_leisure.most, 2);
  EXPECT_TRUE(std::ranges::is_sorted(at_leisure.order));
}

TEST(Turnstile, PassesOverThoseWhoWentAway) {
  Loop loop;
  Turnstile turnstile(1);
  Crowd crowd;
  auto body = [&]() -> Task<void> {
    TaskScope staying;
    {
      TaskScope leaving;
      staying.spawn(go_through(turnstile, crowd, 0));
      for (int number = 1; number < 5; ++number) leaving.spawn(go_through(turnstile, crowd, number));
      staying.spawn(go_through(turnstile, crowd, 5));
    }
    while (crowd.order.size() < 2) co_await sleep_for(std::chrono::milliseconds(1));
  };
  loop.run_until_done(body());
  EXPECT_EQ(crowd.order, (std::vector<int>{0, 5}));
}

}  // namespace
}  // namespace hearth::io
