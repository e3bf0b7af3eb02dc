// Promise: functions are strangers to each other.
// A URL lets in those whom its function's policy names, and nobody else.
#include "services/lambda/policy_check.h"

#include <gtest/gtest.h>

#include "services/lambda/policy_statement.h"

namespace hearth::services::lambda {
namespace {

constexpr std::string_view kSession = "arn:aws:sts::123456789012:assumed-role/caller/me";

PolicyRecord allowing(api::lambda::AddPermissionRequest input) {
  const FunctionRef ref{.account = "123456789012", .region = "us-east-1", .name = "f", .qualifier = ""};
  input.statement_id = "s";
  if (input.action.empty()) input.action = "lambda:InvokeFunctionUrl";
  return {.revision_id = "", .statements = {{"s", *policy_statement(ref, input)}}};
}

bool allows(const PolicyRecord& policy, std::string_view auth_type, std::string_view caller = "",
            std::string_view action = "lambda:InvokeFunctionUrl") {
  return policy_allows(policy, {.action = action, .url_auth_type = auth_type, .caller_arn = caller});
}

TEST(PolicyCheck, EveryoneIsLetInWhereThePolicySaysSoForThisKindOfUrl) {
  const auto open = allowing({.principal = "*", .function_url_auth_type = "NONE"});
  EXPECT_TRUE(allows(open, "NONE"));
  EXPECT_FALSE(allows(open, "AWS_IAM", kSession));
  EXPECT_FALSE(allows(open, "NONE", "", "lambda:InvokeFunction"));
  EXPECT_FALSE(allows(PolicyRecord{}, "NONE"));
}

TEST(PolicyCheck, AConditionOnTheWayIsMetByAUrlOnly) {
  EXPECT_TRUE(allows(
      allowing({.action = "lambda:InvokeFunction", .principal = "*", .invoked_via_function_url = true}),
      "NONE", "", "lambda:InvokeFunction"));
  EXPECT_FALSE(allows(
      allowing({.action = "lambda:InvokeFunction", .principal = "*", .invoked_via_function_url = false}),
      "NONE", "", "lambda:InvokeFunction"));
}

TEST(PolicyCheck, ARoleStandsForItsSessions) {
  const auto role = allowing({.principal = "arn:aws:iam::123456789012:role/path/caller"});
  EXPECT_TRUE(allows(role, "AWS_IAM", kSession));
  EXPECT_FALSE(allows(role, "AWS_IAM", "arn:aws:sts::123456789012:assumed-role/caller2/me"));
  EXPECT_FALSE(allows(role, "AWS_IAM", "arn:aws:sts::999999999999:assumed-role/caller/me"));
  EXPECT_FALSE(allows(role, "AWS_IAM", "arn:aws:iam::123456789012:user/caller"));
  EXPECT_FALSE(allows(role, "NONE"));
}

TEST(PolicyCheck, ServicesAndOtherConditionsLetNobodyInByUrl) {
  EXPECT_FALSE(allows(allowing({.principal = "s3.amazonaws.com"}), "NONE"));
  EXPECT_FALSE(allows(allowing({.principal = "*", .source_arn = "arn:aws:s3:::b"}), "NONE"));
  EXPECT_FALSE(allows(allowing({.principal = "*", .source_account = "123456789012"}), "NONE"));
  EXPECT_FALSE(allows(allowing({.principal = "999999999999"}), "AWS_IAM", kSession));
}

}  // namespace
}  // namespace hearth::services::lambda
