// Promise: functions are strangers to each other (a name of an execution, or of a callback, is of one
// execution).
#include "services/lambda/durable/ref.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

const std::string kArn = "arn:aws:lambda:eu-west-1:123456789012:function:f:7/durable-execution/name/id";

TEST(DurableRef, AnArnIsReadAndWritten) {
  const auto ref = ExecutionRef::parse(kArn);
  ASSERT_TRUE(ref);
  EXPECT_EQ(ref->function.name, "f");
  EXPECT_EQ(ref->function.qualifier, "7");
  EXPECT_EQ(ref->name, "name");
  EXPECT_EQ(ref->id, "id");
  EXPECT_EQ(ref->arn(), kArn);
}

TEST(DurableRef, WhatIsAuthorizedIsWhatIsMeant) {
  const wire::Call call{.account = "123456789012", .region = "eu-west-1"};
  EXPECT_TRUE(ExecutionRef::parse(call, kArn));
  for (const std::string_view other :
       {"arn:aws-x:lambda:eu-west-1:123456789012:function:f:7/durable-execution/name/id",
        "arn:aws:lambda:eu-west-1:123456789012:f:7/durable-execution/name/id",
        "arn:aws:lambda:eu-west-1:123456789012:function:f/durable-execution/name/id",
        "arn:aws:lambda:eu-west-1:123456789012:function:f:7/durable-execution/name",
        "arn:aws:lambda:eu-west-1:123456789012:function:f:7/durable-execution//id",
        "arn:aws:lambda:eu-west-1:123456789012:function:f:7/durable-execution/name/",
        "f:7/durable-execution/name/id", "", "/durable-execution/"}) {
    EXPECT_FALSE(ExecutionRef::parse(call, other)) << other;
  }
  EXPECT_FALSE(ExecutionRef::parse({.account = "123456789012", .region = "us-east-1"}, kArn));
}

TEST(DurableRef, TokensAreReadAndAnythingElseIsNot) {
  const auto token = CheckpointToken::parse(CheckpointToken{"run", 3}.text());
  ASSERT_TRUE(token);
  EXPECT_EQ(token->run, "run");
  EXPECT_EQ(token->number, 3);
  EXPECT_FALSE(CheckpointToken::parse("%%"));
  EXPECT_FALSE(CheckpointToken::parse("AAAA//8="));
}

TEST(DurableRef, ACallbackIsOfAnExecution) {
  const auto id = CallbackId::parse(CallbackId{kArn, "op", "secret"}.text());
  ASSERT_TRUE(id);
  EXPECT_EQ(id->execution_arn, kArn);
  EXPECT_FALSE(CallbackId::parse(CallbackId{"arn:aws:lambda:x", "op", "secret"}.text()));
  EXPECT_FALSE(CallbackId::parse("bm9uZQ=="));
}

}  // namespace
}  // namespace hearth::services::lambda
