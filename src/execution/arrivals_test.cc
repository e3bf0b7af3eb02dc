// Promise: it is fast.
// A function that is invoked regularly keeps its environment from one invoke to the next; no other keeps it
// longer than it would.
#include "execution/arrivals.h"

#include <gtest/gtest.h>

namespace hearth::execution {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds kUsual = 10min;

void note(Arrivals& arrivals, std::initializer_list<nanoseconds> pauses) {
  for (const auto pause : pauses) arrivals.came_after(pause);
}

TEST(Arrivals, WhatComesEveryHalfHourIsKeptThatLongAndLittleLonger) {
  Arrivals arrivals;
  note(arrivals, {30min, 31min, 29min});
  EXPECT_EQ(arrivals.keep_time(kUsual), kUsual) << "three say nothing yet";
  note(arrivals, {30min});
  EXPECT_GT(arrivals.keep_time(kUsual), 31min);
  EXPECT_LT(arrivals.keep_time(kUsual), 45min);
}

TEST(Arrivals, WhatComesAtAnyTimeIsKeptAsLongAsAll) {
  Arrivals arrivals;
  note(arrivals, {2min, 50min, 11min, 25min, 5min, 90min, 14min});
  EXPECT_EQ(arrivals.keep_time(kUsual), kUsual);
}

TEST(Arrivals, NothingIsKeptShorterThanUsualOrBeyondAllMeasure) {
  Arrivals often;
  note(often, {2min, 2min, 2min, 2min});
  EXPECT_EQ(often.keep_time(kUsual), kUsual);
  Arrivals daily;
  note(daily, {24h, 24h, 24h, 24h});
  EXPECT_EQ(daily.keep_time(kUsual), kUsual);
}

TEST(Arrivals, ShortPausesAreNoneOfItsPauses) {
  Arrivals arrivals;
  for (int burst = 0; burst < 4; ++burst) {
    for (int invoke = 0; invoke < 100; ++invoke) arrivals.came_after(50ms);
    arrivals.came_after(30min);
  }
  EXPECT_GT(arrivals.keep_time(kUsual), 30min);
}

TEST(Arrivals, OneOddPauseInTwentyChangesNothing) {
  Arrivals arrivals;
  for (int pause = 0; pause < 19; ++pause) arrivals.came_after(20min);
  arrivals.came_after(5h);
  EXPECT_GT(arrivals.keep_time(kUsual), 20min);
  EXPECT_LT(arrivals.keep_time(kUsual), 40min);
}

TEST(Arrivals, ANewHabitTakesTheOldOnesPlace) {
  Arrivals arrivals;
  for (int pause = 0; pause < 30; ++pause) arrivals.came_after(80min);
  for (int pause = 0; pause < 100; ++pause) arrivals.came_after(20min);
  EXPECT_GT(arrivals.keep_time(kUsual), 20min);
  EXPECT_LT(arrivals.keep_time(kUsual), 40min);
}

TEST(Arrivals, WhatIsDueSoonIsExpectedSoonAndWhatHasMissedItsTimeIsNot) {
  Arrivals arrivals;
  EXPECT_EQ(arrivals.expected_wait(15min), 15min) << "nothing is known of it";
  note(arrivals, {20min, 20min, 20min, 20min});
  EXPECT_LT(arrivals.expected_wait(15min), 15min);
  EXPECT_LT(arrivals.expected_wait(19min), arrivals.expected_wait(10min));
  EXPECT_EQ(arrivals.expected_wait(50min), 50min);
}

TEST(Arrivals, APauseIsKnownAlsoWhenTheEnvironmentHasGone) {
  Arrivals arrivals;
  SteadyTime now{1h};
  arrivals.came_late(now);  // the first
  for (int pause = 0; pause < 4; ++pause) {
    arrivals.rests(now);
    now += 25min;
    arrivals.came_late(now);
  }
  EXPECT_GT(arrivals.keep_time(kUsual), 25min);
  EXPECT_FALSE(arrivals.forgotten(now));
  EXPECT_TRUE(arrivals.forgotten(now + 48h));
}

}  // namespace
}  // namespace hearth::execution
