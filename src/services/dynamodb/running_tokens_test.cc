// Promise: AWS code runs unchanged; a transaction is not begun twice at a time.
#include "services/dynamodb/running_tokens.h"

#include <gtest/gtest.h>

#include <optional>

namespace hearth::services::dynamodb {
namespace {

TEST(RunningTokens, AreHeldByOneUntilItsHolderGoes) {
  RunningTokens tokens;
  std::optional<RunningTokens::Holder> first;
  {
    auto begun = tokens.begin("1", "t");
    ASSERT_TRUE(begun);
    first.emplace(*std::move(begun));
  }
  const auto second = tokens.begin("1", "t");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "TransactionInProgressException");
  EXPECT_TRUE(tokens.begin("2", "t")) << "another account's";
  EXPECT_TRUE(tokens.begin("1", "u"));
  first.reset();
  EXPECT_TRUE(tokens.begin("1", "t"));
}

}  // namespace
}  // namespace hearth::services::dynamodb
