// Promise: your AWS code runs unchanged.
// Functions have the places they reserved, and share what the others leave.
#include "execution/concurrency.h"

#include <gtest/gtest.h>

#include <vector>

namespace hearth::execution {
namespace {

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return {}; }
  SteadyTime steady_now() const override { return time; }

  SteadyTime time{std::chrono::seconds(1)};
};

using Permits = std::vector<Concurrency::Permit>;

class Places : public ::testing::Test {
 protected:
  // How many places a function gets before it is throttled; they stay taken.
  int take_all(const std::string& function, std::optional<int> reserved, int claimed,
               const std::string& account = "1", const std::string& region = "r",
               const std::string& version = "1") {
    for (int count = 0;; ++count) {
      auto permit = concurrency.acquire({.account = account,
                                         .region = region,
                                         .function = function,
                                         .version = version,
                                         .reserved = reserved,
                                         .claimed = claimed,
                                         .queued = true});
      if (!permit) {
        refusal = permit.error();
        return count;
      }
      permits.push_back(*std::move(permit));
    }
  }

  // How many of so many requests begin when each ends at once.
  int begin(int tries, std::optional<int> reserved, bool queued = false, const std::string& function = "f") {
    int count = 0;
    for (int i = 0; i < tries; ++i) {
      const auto permit = concurrency.acquire({.account = "1",
                                               .region = "r",
                                               .function = function,
                                               .version = "1",
                                               .reserved = reserved,
                                               .claimed = reserved.value_or(0),
                                               .queued = queued});
      if (permit) {
        ++count;
      } else {
        refusal = permit.error();
      }
    }
    return count;
  }

  SetClock clock;
  Concurrency concurrency{clock};
  Permits permits;
  Error refusal;
};

TEST_F(Places, AFunctionHasWhatItReservedAndNotMore) {
  EXPECT_EQ(take_all("f", 3, 3), 3);
  EXPECT_EQ(refusal.code, "TooManyRequestsException");
  EXPECT_EQ(refusal.message, "Rate Exceeded.");
  EXPECT_EQ(refusal.extra.at(0),
            std::make_pair(std::string("Reason"),
                           std::string("ReservedFunctionConcurrentInvocationLimitExceeded")));
  EXPECT_EQ(concurrency.running("1", "r", "f"), 3);
  permits.pop_back();
  EXPECT_EQ(take_all("f", 3, 3), 1);
}

TEST_F(Places, FunctionsWithoutAReservationShareWhatTheReservationsLeave) {
  EXPECT_EQ(take_all("a", std::nullopt, 400), 600);
  EXPECT_EQ(take_all("b", std::nullopt, 400), 0);
  EXPECT_EQ(refusal.extra.at(0).second, "ConcurrentInvocationLimitExceeded");
  // A reservation is not eaten by the others.
  EXPECT_EQ(take_all("c", 400, 400), 400);
}

TEST_F(Places, AReservationOfNothingSwitchesOff) {
  EXPECT_EQ(take_all("f", 0, 0), 0);
  EXPECT_EQ(refusal.extra.at(0).second, "ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(concurrency.running("1", "r", "f"), 0);
}

TEST_F(Places, AReservedPlaceBeginsTenRequestsASecond) {
  EXPECT_EQ(begin(30, 2), 20);
  EXPECT_EQ(refusal.code, "TooManyRequestsException");
  EXPECT_EQ(refusal.extra.at(0).second, "ReservedFunctionInvocationRateLimitExceeded");
  EXPECT_EQ(concurrency.running("1", "r", "f"), 0);
  EXPECT_EQ(begin(30, 2, true), 30);
  clock.time += std::chrono::milliseconds(250);
  EXPECT_EQ(begin(30, 2), 5);
  clock.time += std::chrono::hours(1);
  EXPECT_EQ(begin(30, 2), 20);
}

TEST_F(Places, FunctionsWithoutAReservationBeginTogetherTenRequestsASecondForEachPlaceOfTheAccount) {
  EXPECT_EQ(begin(9990, std::nullopt), 9990);
  EXPECT_EQ(begin(20, std::nullopt, false, "other"), 10);
  EXPECT_EQ(refusal.code, "TooManyRequestsException");
  EXPECT_EQ(refusal.extra.at(0).second, "FunctionInvocationRateLimitExceeded");
  EXPECT_EQ(concurrency.running("1", "r", ""), 0);
  EXPECT_EQ(begin(30, std::nullopt, true), 30);
  EXPECT_EQ(begin(30, 2), 20);
  clock.time += std::chrono::milliseconds(1);
  EXPECT_EQ(begin(20, std::nullopt), 10);
}

TEST_F(Places, WhatIsSetAsideServesItsVersionFirstAndNobodyElse) {
  concurrency.set_aside("1", "r", "f", "7", 3);
  EXPECT_EQ(take_all("other", std::nullopt, 3), 997);
  EXPECT_EQ(take_all("f", std::nullopt, 3, "1", "r", "8"), 0);
  EXPECT_EQ(take_all("f", std::nullopt, 3, "1", "r", "7"), 3);
  EXPECT_EQ(refusal.extra.at(0).second, "ConcurrentInvocationLimitExceeded");
  permits.erase(permits.begin(), permits.begin() + 2);
  EXPECT_EQ(take_all("f", std::nullopt, 3, "1", "r", "7"), 2);
}

TEST_F(Places, WhatIsSetAsideIsPartOfAReservation) {
  concurrency.set_aside("1", "r", "f", "7", 3);
  EXPECT_EQ(take_all("f", 5, 5, "1", "r", "8"), 2);
  EXPECT_EQ(take_all("f", 5, 5, "1", "r", "7"), 3);
  concurrency.set_aside("1", "r", "f", "7", 0);
  EXPECT_EQ(take_all("f", 5, 5, "1", "r", "8"), 3);
}

TEST_F(Places, AccountsAndRegionsHaveTheirOwn) {
  EXPECT_EQ(take_all("f", std::nullopt, 0), Concurrency::kAccountLimit);
  EXPECT_EQ(take_all("f", std::nullopt, 999, "2"), 1);
  EXPECT_EQ(take_all("f", std::nullopt, 998, "1", "other"), 2);
}

TEST_F(Places, APlaceGoesBackOnce) {
  EXPECT_EQ(take_all("f", 2, 2), 2);
  Concurrency::Permit moved = std::move(permits.back());
  permits.back().release();
  EXPECT_EQ(concurrency.running("1", "r", "f"), 2);
  moved.release();
  moved.release();
  EXPECT_EQ(concurrency.running("1", "r", "f"), 1);
  moved = std::move(permits.front());
  permits.clear();
  EXPECT_EQ(concurrency.running("1", "r", "f"), 1);
  moved = Concurrency::Permit();
  EXPECT_EQ(concurrency.running("1", "r", "f"), 0);
}

}  // namespace
}  // namespace hearth::execution
