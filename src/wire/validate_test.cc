// Promise: your AWS code runs unchanged.
#include "wire/validate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/iam.h"
#include "api/kinesis.h"
#include "api/lambda.h"
#include "api/logs.h"
#include "api/sts.h"

namespace hearth::wire {
namespace {

namespace lambda = api::lambda;

json::object object(std::string_view text) {
  return parse_json(text).value().as_object();
}

std::string refusal(const Shape& shape, std::string_view document) {
  const Status status = validate(shape, object(document));
  return status ? "" : status.error().message;
}

TEST(Validate, ARequiredMemberThatIsMissingIsNull) {
  EXPECT_EQ(refusal(lambda::CreateAliasRequest::shape(), R"({"FunctionName": "f", "Name": "prod"})"),
            "1 validation error detected: Value null at 'functionVersion' failed to satisfy constraint: "
            "Member must "
            "not be null");
}

TEST(Validate, AllViolationsAreCollected) {
  EXPECT_EQ(
      refusal(lambda::CreateFunctionRequest::shape(),
              R"({"FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/r", "Code": {},
                        "Timeout": 0, "Architectures": ["x86_64", "arm64"]})"),
      "2 validation errors detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have "
      "value greater than or equal to 1; Value '[x86_64, arm64]' at 'architectures' failed to satisfy "
      "constraint: Member must have length less than or equal to 1");
}

TEST(Validate, AnEnumerationsValuesAreListed) {
  EXPECT_EQ(
      refusal(lambda::InvocationRequest::shape(), R"({"FunctionName": "f", "InvocationType": "Maybe"})"),
      "1 validation error detected: Value 'Maybe' at 'invocationType' failed to satisfy constraint: Member "
      "must "
      "satisfy enum value set: [Event, RequestResponse, DryRun]");
}

TEST(Validate, ScalarsInListsAreTheListsFault) {
  EXPECT_EQ(
      refusal(lambda::UpdateFunctionCodeRequest::shape(),
              R"({"FunctionName": "f", "Architectures": ["X86_64"]})"),
      "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member "
      "must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]");
}

TEST(Validate, OfAnItemEveryConstraintIsListed) {
  const std::string text = validate(lambda::CreateAliasRequest::shape(),
                                    object(R"({"FunctionName": "f", "Name": "a", "FunctionVersion": "1",
                         "RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}})"),
                                    {.items_not_null = true})
                               .error()
                               .message;
  EXPECT_EQ(text,
            "1 validation error detected: Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' failed "
            "to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or "
            "equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]");
}

TEST(Validate, PathsOfNestedMembersAreLowerCamel) {
  EXPECT_EQ(refusal(lambda::UpdateFunctionConfigurationRequest::shape(),
                    R"({"FunctionName": "f", "EphemeralStorage": {"Size": 1}})"),
            "1 validation error detected: Value '1' at 'ephemeralStorage.size' failed to satisfy constraint: "
            "Member "
            "must have value greater than or equal to 512");
  EXPECT_EQ(
      refusal(
          api::logs::PutLogEventsRequest::shape(),
          R"({"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": ""}]})"),
      "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: "
      "Member must have length greater than or equal to 1");
}

TEST(Validate, PatternsAreQuotedAsTheServiceWritesThem) {
  EXPECT_EQ(
      refusal(lambda::CreateAliasRequest::shape(),
              R"({"FunctionName": "f", "Name": "12", "FunctionVersion": "1"})"),
      "1 validation error detected: Value '12' at 'name' failed to satisfy constraint: Member must satisfy "
      "regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
  EXPECT_EQ(refusal(lambda::CreateAliasRequest::shape(),
                    R"({"FunctionName": "f", "Name": "12a", "FunctionVersion": "1"})"),
            "");
}

TEST(Validate, LengthsCountCharactersNotBytes) {
  std::string description;
  for (int index = 0; index < 256; ++index) description += "ä";
  json::object document = object(R"({"FunctionName": "f", "Name": "a", "FunctionVersion": "1"})");
  document["Description"] = description;
  EXPECT_TRUE(validate(lambda::CreateAliasRequest::shape(), document).has_value());
  document["Description"] = description + "b";
  EXPECT_FALSE(validate(lambda::CreateAliasRequest::shape(), document).has_value());
}

TEST(Validate, OfBytesIsPrintedHowManyThereAre) {
  const auto put = [](size_t records, std::string_view data) {
    std::string list;
    for (size_t i = 0; i < records; ++i) {
      list += fmt::format(R"({}{{"Data": "{}", "PartitionKey": "k"}})", i == 0 ? "" : ", ", data);
    }
    return refusal(api::kinesis::PutRecordsInput::shape(),
                   R"({"StreamName": "s", "Records": [)" + list + "]}");
  };
  EXPECT_EQ(
      put(1, std::string(1048577, 'x')),
      "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at "
      "'records.1.member.data' failed to satisfy constraint: Member must have length less than or equal to "
      "1048576");
  EXPECT_TRUE(
      put(501, "x").starts_with("1 validation error detected: Value '[{Data=java.nio.HeapByteBuffer[pos=0 "
                                "lim=1 cap=1], PartitionKey=k}, "));
}

TEST(Validate, WhatIsNoTextIsPrintedAsOne) {
  const auto printed = [](std::string_view name) {
    json::object document{{"FunctionName", name}};
    const Status status = validate(lambda::GetFunctionRequest::shape(), document);
    const std::string message = status ? "" : status.error().message;
    constexpr std::string_view kStart = "1 validation error detected: Value '";
    EXPECT_TRUE(message.starts_with(kStart)) << message;
    return message.substr(kStart.size(), message.find("' at 'functionName'") - kStart.size());
  };
  EXPECT_EQ(printed("a\xff b"), "a\uFFFD b");
  EXPECT_EQ(printed("\u00fc b\t"), "\u00fc b\t");
  EXPECT_EQ(printed("a\x01 b"), "a\uFFFD b");
}

TEST(Validate, SecretsAreNotPrinted) {
  const std::string text =
      refusal(lambda::UpdateFunctionConfigurationRequest::shape(),
              R"({"FunctionName": "f", "Environment": {"Variables": {"0bad": "hush"}}})");
  EXPECT_NE(text.find("at 'environment.variables' failed"), std::string::npos) << text;
  EXPECT_EQ(text.find("hush"), std::string::npos);
}

void check_patterns(const Shape& shape, std::vector<const Shape*>& seen) {
  if (std::ranges::find(seen, &shape) != seen.end()) return;
  seen.push_back(&shape);
  EXPECT_TRUE(pattern_usable(shape)) << shape.name << ": " << shape.pattern << " as " << shape.regex;
  for (const Member& member : shape.members) check_patterns(*member.shape, seen);
  if (shape.element) check_patterns(*shape.element, seen);
  if (shape.key) check_patterns(*shape.key, seen);
}

TEST(Validate, EveryPatternOfServedOperationsCanBeCompiled) {
  std::vector<const Shape*> seen;
  for (const ServiceInfo* service :
       {&lambda::kService, &api::logs::kService, &api::sts::kService, &api::iam::kService}) {
    for (const OperationInfo* operation : service->operations) {
      if (operation->served) check_patterns(*operation->input, seen);
    }
  }
  EXPECT_GT(seen.size(), 100u);
}

}  // namespace
}  // namespace hearth::wire
