// Promise: functions are strangers to each other. An answer is given once, to the one it is for, and nothing
// is left of those that nobody waits for.
#include "services/s3/pending_answers.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

TEST(PendingAnswers, ATokenIsGoodOnce) {
  PendingAnswers answers(system_random());
  const auto waiting = answers.open("arn");
  const std::string token = waiting->token();
  EXPECT_EQ(answers.access_point_of(token), "arn");
  EXPECT_FALSE(answers.take("other"));
  EXPECT_TRUE(answers.take(token));
  EXPECT_FALSE(answers.take(token));
  EXPECT_FALSE(answers.access_point_of(token));
}

TEST(PendingAnswers, TheTokenEndsWithWhoWaits) {
  PendingAnswers answers(system_random());
  auto one = answers.open("arn");
  auto other = answers.open("arn");
  const std::string token = one->token();
  EXPECT_NE(token, other->token());
  EXPECT_EQ(answers.size(), 2U);
  one.reset();
  EXPECT_FALSE(answers.take(token));
  other.reset();
  EXPECT_EQ(answers.size(), 0U);
}

TEST(PendingAnswers, TheFirstWhoDecidesDecides) {
  PendingAnswers answers(system_random());
  const auto waiting = answers.open("arn");
  const auto answerer = answers.take(waiting->token());
  ASSERT_TRUE(answerer);
  EXPECT_TRUE(waiting->begun.promise().set(fail("LambdaTimeout", "late")));
  EXPECT_FALSE(answerer->begun.set(PendingAnswers::Head{}));
}

}  // namespace
}  // namespace hearth::services::s3
