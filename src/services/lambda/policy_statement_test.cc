// Promise: your AWS code runs unchanged.
// A permission reads in the function's policy as the service writes it.
#include "services/lambda/policy_statement.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

using api::lambda::AddPermissionRequest;

const FunctionRef kRef{.account = "123456789012", .region = "eu-west-1", .name = "f", .qualifier = ""};

// A part of the statement, from `member` on; the error's code when there is none.
std::string part(const AddPermissionRequest& input, std::string_view member, const FunctionRef& ref = kRef) {
  const auto text = policy_statement(ref, input);
  if (!text) return text.error().code;
  const size_t start = text->find("\"" + std::string(member) + "\":");
  return start == std::string::npos ? "(none)" : text->substr(start);
}

AddPermissionRequest from(std::string principal) {
  return {.statement_id = "s", .action = "lambda:InvokeFunction", .principal = std::move(principal)};
}

std::string principal(std::string text) {
  const std::string rest = part(from(std::move(text)), "Principal");
  return rest.substr(0, rest.find(",\"Action"));
}

TEST(PolicyStatement, IsWrittenInTheServicesOrder) {
  EXPECT_EQ(policy_statement(kRef, from("*")),
            R"({"Sid":"s","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction",)"
            R"("Resource":"arn:aws:lambda:eu-west-1:123456789012:function:f"})");
}

TEST(PolicyStatement, EveryFormOfAPrincipal) {
  EXPECT_EQ(principal("*"), R"("Principal":"*")");
  EXPECT_EQ(principal("999999999999"), R"("Principal":{"AWS":"arn:aws:iam::999999999999:root"})");
  EXPECT_EQ(principal("arn:aws:iam::999999999999:user/u"),
            R"("Principal":{"AWS":"arn:aws:iam::999999999999:user/u"})");
  EXPECT_EQ(principal("s3.amazonaws.com"), R"("Principal":{"Service":"s3.amazonaws.com"})");
  for (const char* bad : {"", "s3", "99999999999", "9999999999999"}) {
    EXPECT_EQ(principal(bad), "InvalidParameterValueException") << bad;
  }
}

TEST(PolicyStatement, TheResourceIsQualifiedAsTheCallerDid) {
  FunctionRef ref = kRef;
  ref.qualifier = "live";
  EXPECT_EQ(part(from("*"), "Resource", ref),
            R"("Resource":"arn:aws:lambda:eu-west-1:123456789012:function:f:live"})");
}

TEST(PolicyStatement, EveryCondition) {
  auto with = [](auto change) {
    AddPermissionRequest input = from("*");
    change(input);
    return part(input, "Condition");
  };
  EXPECT_EQ(with([](auto& input) { input.source_arn = "arn:aws:s3:::b*"; }),
            R"("Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b*"}}})");
  EXPECT_EQ(with([](auto& input) { input.source_account = "999999999999"; }),
            R"("Condition":{"StringEquals":{"AWS:SourceAccount":"999999999999"}}})");
  EXPECT_EQ(with([](auto& input) { input.principal_org_id = "o-1"; }),
            R"("Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}})");
  EXPECT_EQ(with([](auto& input) { input.event_source_token = "t"; }),
            R"("Condition":{"StringEquals":{"lambda:EventSourceToken":"t"}}})");
  EXPECT_EQ(with([](auto& input) { input.function_url_auth_type = "NONE"; }),
            R"("Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}})");
  EXPECT_EQ(with([](auto& input) { input.invoked_via_function_url = true; }),
            R"("Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}})");
  EXPECT_EQ(with([](auto& input) { input.invoked_via_function_url = false; }),
            R"("Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"false"}}})");
}

TEST(PolicyStatement, ConditionsOfOneKindStandTogether) {
  AddPermissionRequest input = from("s3.amazonaws.com");
  input.source_arn = "arn:aws:s3:::b";
  input.source_account = "999999999999";
  input.principal_org_id = "o-1";
  EXPECT_EQ(part(input, "Condition"),
            R"("Condition":{"StringEquals":{"AWS:SourceAccount":"999999999999","aws:PrincipalOrgID":"o-1"},)"
            R"("ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}})");
}

TEST(PolicyStatement, ALayersPermissionNamesTheVersion) {
  const LayerRef ref{.account = "123456789012", .region = "eu-west-1", .name = "l", .version = 2};
  EXPECT_EQ(
      policy_statement(ref, {.statement_id = "s", .action = "lambda:GetLayerVersion", .principal = "*"}),
      R"({"Sid":"s","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion",)"
      R"("Resource":"arn:aws:lambda:eu-west-1:123456789012:layer:l:2"})");
}

TEST(Policies, GrowAndShrinkByStatements) {
  PolicyRecord policy{.revision_id = "r1"};
  auto change = [](std::string id, std::string expected, std::string revision) {
    return PolicyChange{std::move(id), std::move(expected), "GetPolicy", std::move(revision)};
  };
  EXPECT_TRUE(add_statement(policy, change("a", "r1", "r2"), "{}"));
  EXPECT_EQ(add_statement(policy, change("b", "r1", "r3"), "{}").error().code, "PreconditionFailedException");
  EXPECT_EQ(add_statement(policy, change("a", "r2", "r3"), "{}").error().code, "ResourceConflictException");
  EXPECT_EQ(add_statement(policy, change("b", "r2", "r3"), std::string(20 * 1024, ' ')).error().code,
            "PolicyLengthExceededException");
  EXPECT_EQ(remove_statement(policy, change("c", "r2", "r3")).error().code, "ResourceNotFoundException");
  EXPECT_EQ(policy.revision_id, "r2");
  EXPECT_TRUE(remove_statement(policy, change("a", "r2", "r3")));
  EXPECT_EQ(document_of(policy), R"({"Version":"2012-10-17","Id":"default","Statement":[]})");
}

}  // namespace
}  // namespace hearth::services::lambda
