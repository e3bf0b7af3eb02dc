// Promise: of a transaction that is asked for twice at once, one runs.
#include "services/dynamodb/running_tokens.h"

#include <gtest/gtest.h>

#include <optional>

namespace hearth::services::dynamodb {
namespace {

TEST(RunningTokens, AreFreeAgainWhenTheirHolderIsGone) {
  RunningTokens tokens;
  {
    auto first = tokens.begin("1", "a");
    ASSERT_TRUE(first);
    const std::optional<RunningTokens::Holder> moved(*std::move(first));
    const auto again = tokens.begin("1", "a");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, "TransactionInProgressException");
    EXPECT_TRUE(tokens.begin("2", "a"));
    EXPECT_TRUE(tokens.begin("1", "b"));
  }
  EXPECT_TRUE(tokens.begin("1", "a"));
}

}  // namespace
}  // namespace hearth::services::dynamodb
