// Promise: it is fast.
// What was asked for is there the next time, and nothing is kept that nobody asks for.
#include "sandbox/spares.h"

#include <gtest/gtest.h>

namespace hearth::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{1h};

// As many as there shall be, with these numbers.
uint32_t fill(Spares& spares, uint32_t slot) {
  while (spares.missing() != nullptr) {
    spares.add(slot);
    spares.complete(slot++);
  }
  return slot;
}

TEST(Spares, WhatWasAskedForIsMadeAndTheOldestIsGivenFirst) {
  Spares spares;
  EXPECT_EQ(spares.missing(), nullptr);
  EXPECT_FALSE(spares.take("python", kStart));
  ASSERT_NE(spares.missing(), nullptr);
  EXPECT_EQ(*spares.missing(), "python");
  EXPECT_EQ(fill(spares, 1), 1 + Spares::kOfAKind);
  EXPECT_EQ(spares.take("python", kStart), 1u);
  EXPECT_EQ(*spares.missing(), "python");
  EXPECT_FALSE(spares.take("node", kStart));
  EXPECT_EQ(spares.take("python", kStart), 2u);
}

TEST(Spares, OneThatIsNotCompleteIsNotGiven) {
  Spares spares;
  (void)spares.take("python", kStart);
  spares.add(1);
  spares.add(2);
  spares.complete(2);
  EXPECT_EQ(spares.take("python", kStart), 2u);
  EXPECT_FALSE(spares.take("python", kStart));
}

TEST(Spares, AKindThatCannotBeMadeIsNotTriedUntilSomebodyAsks) {
  Spares spares;
  (void)spares.take("python", kStart);
  spares.add(1);
  spares.ended(1);
  EXPECT_EQ(spares.missing(), nullptr);
  (void)spares.take("python", kStart);
  ASSERT_NE(spares.missing(), nullptr);
  spares.add({});
  EXPECT_EQ(spares.missing(), nullptr);
}

TEST(Spares, TheEndOfOneThatWasGivenAwaySaysNothing) {
  Spares spares;
  (void)spares.take("python", kStart);
  fill(spares, 1);
  EXPECT_EQ(spares.take("python", kStart), 1u);
  spares.ended(1);
  EXPECT_NE(spares.missing(), nullptr);
}

TEST(Spares, KindsThatWereAskedForLongestAgoGoForOthers) {
  Spares spares;
  uint32_t slot = 0;
  for (size_t kind = 0; kind <= Spares::kKinds; ++kind) {
    (void)spares.take(std::to_string(kind), kStart);
    slot = fill(spares, slot);
  }
  EXPECT_EQ(spares.surplus(kStart), (std::vector<uint32_t>{0, 1, 2, 3}));
  EXPECT_FALSE(spares.take("0", kStart));
  EXPECT_TRUE(spares.take("1", kStart));
}

TEST(Spares, AllGoWhenNobodyAsksForLong) {
  Spares spares;
  (void)spares.take("python", kStart);
  fill(spares, 1);
  EXPECT_TRUE(spares.surplus(kStart + Spares::kKeepTime - 1s).empty());
  EXPECT_EQ(spares.surplus(kStart + Spares::kKeepTime).size(), Spares::kOfAKind);
  EXPECT_TRUE(spares.empty());
}

}  // namespace
}  // namespace hearth::sandbox
