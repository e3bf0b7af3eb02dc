// Promise: your AWS code runs unchanged.
// A rate allows what a period holds at once, and as time goes by what has come back.
#include "execution/token_bucket.h"

#include <gtest/gtest.h>

namespace hearth::execution {
namespace {

using namespace std::chrono_literals;

constexpr TokenBucket::Rate kRate{.count = 1000, .period = 10s};
constexpr SteadyTime kStart{1h};

int taken(TokenBucket& bucket, SteadyTime now, TokenBucket::Rate rate = kRate) {
  int count = 0;
  while (bucket.take(now, rate)) ++count;
  return count;
}

TEST(TokenBucket, HoldsWhatAPeriodHoldsAndFillsLittleByLittle) {
  TokenBucket bucket;
  EXPECT_TRUE(bucket.full(kStart));
  EXPECT_EQ(taken(bucket, kStart), 1000);
  EXPECT_TRUE(bucket.empty(kStart, kRate));
  EXPECT_EQ(taken(bucket, kStart + 9ms), 0);
  EXPECT_EQ(taken(bucket, kStart + 10ms), 1);
  EXPECT_EQ(taken(bucket, kStart + 2510ms), 250);
  EXPECT_FALSE(bucket.full(kStart + 2510ms));
}

TEST(TokenBucket, SavesNothingUpBeyondThat) {
  TokenBucket bucket;
  EXPECT_EQ(taken(bucket, kStart), 1000);
  EXPECT_TRUE(bucket.full(kStart + 10s));
  EXPECT_EQ(taken(bucket, kStart + 1h), 1000);
}

TEST(TokenBucket, WhatIsChargedComesBackLater) {
  TokenBucket bucket;
  bucket.charge(kStart, kRate, 1500);
  EXPECT_EQ(taken(bucket, kStart + 5s), 0);
  EXPECT_EQ(taken(bucket, kStart + 6s), 100);
}

TEST(TokenBucket, AnotherRateHoldsFromThenOn) {
  TokenBucket bucket;
  EXPECT_EQ(taken(bucket, kStart), 1000);
  EXPECT_EQ(taken(bucket, kStart + 1s, {.count = 20, .period = 10s}), 2);
}

}  // namespace
}  // namespace hearth::execution
