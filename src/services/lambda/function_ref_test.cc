// Promise: your AWS code runs unchanged.
// A function is found by every form of its name, and by no other's.
#include "services/lambda/function_ref.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

constexpr const char* kArn = "arn:aws:lambda:eu-west-1:123456789012:function:f";

// "account/region/name/qualifier", or the error's code.
std::string read(std::string_view name, const std::optional<std::string>& qualifier = std::nullopt) {
  const wire::Call call{.account = "123456789012", .region = "eu-west-1"};
  const auto ref = FunctionRef::parse(call, name, qualifier);
  if (!ref) return ref.error().code;
  return ref->account + "/" + ref->region + "/" + ref->name + "/" + ref->qualifier;
}

TEST(FunctionRef, EveryFormOfANameLeadsToTheFunction) {
  for (const char* form : {"f", "function:f", "123456789012:function:f", kArn}) {
    EXPECT_EQ(read(form), "123456789012/eu-west-1/f/") << form;
    EXPECT_EQ(read(form + std::string(":live")), "123456789012/eu-west-1/f/live") << form;
    EXPECT_EQ(read(form + std::string(":$LATEST")), "123456789012/eu-west-1/f/$LATEST") << form;
  }
}

TEST(FunctionRef, ANameMaySayAnotherAccountButNoOtherRegion) {
  EXPECT_EQ(read("999999999999:function:f"), "999999999999/eu-west-1/f/");
  EXPECT_EQ(read("arn:aws:lambda:us-east-1:123456789012:function:f"), "ResourceNotFoundException");
}

TEST(FunctionRef, AQualifierBesideTheNameMustAgreeWithTheOneInIt) {
  EXPECT_EQ(read("f", "7"), "123456789012/eu-west-1/f/7");
  EXPECT_EQ(read("f:7", "7"), "123456789012/eu-west-1/f/7");
  EXPECT_EQ(read("f:7", ""), "123456789012/eu-west-1/f/7");
  EXPECT_EQ(read("f:7", "8"), "InvalidParameterValueException");
}

TEST(FunctionRef, ANameOfTooManyLettersOrPartsIsRefused) {
  EXPECT_EQ(read(std::string(64, 'x')), "123456789012/eu-west-1/" + std::string(64, 'x') + "/");
  EXPECT_EQ(read(std::string(65, 'x')), "InvalidParameterValueException");
  EXPECT_EQ(read(std::string(kArn) + ":1:2"), "InvalidParameterValueException");
  EXPECT_EQ(read(""), "InvalidParameterValueException");
}

TEST(FunctionRef, PrintsAsTheCallerQualifiedIt) {
  FunctionRef ref{.account = "123456789012", .region = "eu-west-1", .name = "f", .qualifier = ""};
  EXPECT_EQ(ref.arn(), kArn);
  EXPECT_EQ(ref.qualified_arn(), kArn);
  EXPECT_EQ(ref.qualifier_or_latest(), "$LATEST");
  ref.qualifier = "live";
  EXPECT_EQ(ref.arn(), kArn);
  EXPECT_EQ(ref.qualified_arn(), std::string(kArn) + ":live");
  EXPECT_EQ(ref.qualifier_or_latest(), "live");
}

TEST(FunctionRef, VersionsAreNumbersAndAliasesAreNot) {
  EXPECT_TRUE(is_number("12"));
  EXPECT_EQ(version_number("12"), 12);
  for (const char* alias : {"", "$LATEST", "v1", "1a", "-1"}) EXPECT_FALSE(is_number(alias)) << alias;
}

}  // namespace
}  // namespace hearth::services::lambda
