// Promise: your AWS code runs unchanged.
// What a request says of a function's configuration is taken, refused or reported as the service does it.
#include "services/lambda/settings.h"

#include <gtest/gtest.h>

#include "services/lambda/limits.h"

namespace hearth::services::lambda {
namespace {

using api::lambda::UpdateFunctionConfigurationRequest;
using Variables = std::map<std::string, std::string>;

const FunctionRef kRef{.account = "123456789012", .region = "eu-west-1", .name = "f", .qualifier = ""};

class Settings : public ::testing::Test {
 protected:
  // "ok" or the error's code; its text stays in `message`.
  std::string apply(UpdateFunctionConfigurationRequest settings) {
    const auto done = apply_settings(std::move(settings), record);
    message = done ? "" : done.error().message;
    return done ? "ok" : done.error().code;
  }
  std::string apply(Variables variables) {
    return apply({.environment = api::lambda::Environment{.variables = std::move(variables)}});
  }

  VersionRecord record{.runtime = "python3.11", .handler = "main.handler"};
  std::string message;
};

TEST_F(Settings, WhatARequestDoesNotNameStays) {
  ASSERT_EQ(apply({.handler = "app.handler", .timeout = 9, .memory_size = 512}), "ok");
  ASSERT_EQ(apply({.description = "new"}), "ok");
  EXPECT_EQ(record.handler, "app.handler");
  EXPECT_EQ(record.timeout_seconds, 9);
  EXPECT_EQ(record.memory_mib, 512);
  EXPECT_EQ(record.description, "new");
}

TEST_F(Settings, TimeAndMemoryEndAtTheirLimits) {
  EXPECT_EQ(apply({.timeout = 900, .memory_size = 10240}), "ok");
  EXPECT_EQ(apply({.timeout = 901}), "InvalidParameterValueException");
  EXPECT_NE(message.find("Value '901' at 'timeout'"), std::string::npos) << message;
  EXPECT_EQ(apply({.memory_size = 10241}), "InvalidParameterValueException");
  EXPECT_NE(message.find("Value '10241' at 'memorySize'"), std::string::npos) << message;
}

TEST_F(Settings, RuntimesAreKnownOrRefused) {
  EXPECT_EQ(apply({.runtime = "python3.12"}), "ok");
  EXPECT_EQ(apply({.runtime = "python2.7"}), "InvalidParameterValueException");
  EXPECT_NE(message.find("The runtime parameter of python2.7 is no longer supported"), std::string::npos);
  EXPECT_EQ(apply({.runtime = "cobol"}), "InvalidParameterValueException");
  EXPECT_EQ(record.runtime, "python3.12");
}

TEST_F(Settings, AnEnvironmentOfFourKilobytesIsTaken) {
  // As JSON: {"A":"..."}
  const size_t room = limits::kEnvironmentBytesMax - 8;
  EXPECT_EQ(apply(Variables{{"A", std::string(room, 'x')}}), "ok");
  EXPECT_EQ(apply(Variables{{"A", std::string(room + 1, 'x')}}), "InvalidParameterValueException");
  EXPECT_NE(message.find("exceeded the 4KB limit"), std::string::npos) << message;
}

TEST_F(Settings, ReservedVariablesAreRefusedByName) {
  EXPECT_EQ(apply(Variables{{"MINE", "1"}, {"AWS_REGION", "x"}, {"_HANDLER", "x"}}),
            "InvalidParameterValueException");
  EXPECT_TRUE(message.ends_with("Reserved keys used in this request: AWS_REGION, _HANDLER")) << message;
  // What functions may set for themselves.
  EXPECT_EQ(apply(Variables{{"AWS_LAMBDA_EXEC_WRAPPER", "/opt/x"}, {"TZ", "UTC"}}), "ok");
}

TEST_F(Settings, AnEmptyEnvironmentTakesTheVariablesAway) {
  ASSERT_EQ(apply(Variables{{"A", "1"}}), "ok");
  ASSERT_EQ(apply({.description = "other"}), "ok");
  EXPECT_EQ(record.environment, (Variables{{"A", "1"}}));
  ASSERT_EQ(apply(Variables{}), "ok");
  EXPECT_FALSE(record.environment);
}

TEST_F(Settings, LogLevelsNeedTheJsonFormatAndHaveDefaultsThere) {
  auto logging = [](std::optional<std::string> format, std::optional<std::string> level) {
    return UpdateFunctionConfigurationRequest{
        .logging_config = api::lambda::LoggingConfig{.log_format = format, .application_log_level = level}};
  };
  EXPECT_EQ(apply(logging(std::nullopt, "DEBUG")), "InvalidParameterValueException");
  ASSERT_EQ(apply(logging("JSON", "DEBUG")), "ok");
  EXPECT_EQ(record.application_log_level, "DEBUG");
  EXPECT_EQ(record.system_log_level, "INFO");
  ASSERT_EQ(apply(logging("Text", std::nullopt)), "ok");
  EXPECT_EQ(record.application_log_level, "");
  EXPECT_EQ(record.system_log_level, "");
}

TEST_F(Settings, WhatHearthHasNotGotIsRefusedAndNotForgotten) {
  EXPECT_EQ(apply({.vpc_config = api::lambda::VpcConfig{.subnet_ids = std::vector<std::string>{"subnet-1"}}}),
            "InvalidParameterValueException");
  // The ways to say "none of it".
  EXPECT_EQ(apply({.vpc_config = api::lambda::VpcConfig{},
                   .dead_letter_config = api::lambda::DeadLetterConfig{.target_arn = ""},
                   .kms_key_arn = "",
                   .snap_start = api::lambda::SnapStart{.apply_on = "None"}}),
            "ok");
}

TEST_F(Settings, WhereDeadLettersGoIsKeptUntilItIsTakenBack) {
  const std::string arn = "arn:aws:sqs:eu-west-1:123456789012:q";
  ASSERT_EQ(apply({.dead_letter_config = api::lambda::DeadLetterConfig{.target_arn = arn}}), "ok");
  ASSERT_EQ(apply({.description = "other"}), "ok");
  EXPECT_EQ(record.dead_letter_arn, arn);
  const FunctionRef ref{"123456789012", "eu-west-1", "f", ""};
  EXPECT_EQ(describe(ref, record, {}).dead_letter_config->target_arn, arn);
  ASSERT_EQ(apply({.dead_letter_config = api::lambda::DeadLetterConfig{.target_arn = ""}}), "ok");
  EXPECT_FALSE(describe(ref, record, {}).dead_letter_config);
}

TEST_F(Settings, SnapStartIsForSomeRuntimesAndASmallTmp) {
  const api::lambda::SnapStart on{.apply_on = "PublishedVersions"};
  constexpr const char* kInvalid = "InvalidParameterValueException";
  for (const char* runtime :
       {"python3.12", "python3.14", "java11", "java21", "java17.al2023", "dotnet8", "dotnet10"}) {
    record = {};
    EXPECT_EQ(apply({.handler = "a.b", .runtime = runtime, .snap_start = on}), "ok") << runtime;
    EXPECT_EQ(record.snap_start, "PublishedVersions");
  }
  for (const char* runtime : {"python3.11", "java8.al2", "nodejs22.x", "ruby3.4", "provided.al2023"}) {
    record = {};
    EXPECT_EQ(apply({.handler = "a.b", .runtime = runtime, .snap_start = on}), kInvalid) << runtime;
  }
  record = {};
  ASSERT_EQ(apply({.handler = "a.b", .runtime = "python3.13", .snap_start = on}), "ok");
  const VersionRecord before = record;
  EXPECT_EQ(apply({.ephemeral_storage = api::lambda::EphemeralStorage{.size = 513}}), kInvalid);
  record = before;
  EXPECT_EQ(apply({.runtime = "nodejs22.x"}), kInvalid);
  record = before;
  EXPECT_EQ(apply({.runtime = "nodejs22.x", .snap_start = api::lambda::SnapStart{.apply_on = "None"}}), "ok");
}

TEST_F(Settings, AVersionDescribesItself) {
  record.version = "3";
  record.runtime = "python3.12";
  const auto whole = describe(kRef, record, {.qualified = true});
  EXPECT_EQ(whole.function_arn, "arn:aws:lambda:eu-west-1:123456789012:function:f:3");
  EXPECT_EQ(whole.logging_config->log_group, "/aws/lambda/f");
  EXPECT_EQ(whole.state, "Active");
  EXPECT_FALSE(whole.state_reason);
  EXPECT_FALSE(whole.environment);
  EXPECT_FALSE(whole.vpc_config);
  const auto listed = describe(kRef, record, {.qualified = false, .with_state = false});
  EXPECT_EQ(listed.function_arn, "arn:aws:lambda:eu-west-1:123456789012:function:f");
  EXPECT_FALSE(listed.state);
  EXPECT_FALSE(listed.runtime_version_config);
}

TEST_F(Settings, TagsHaveLimits) {
  Variables tags;
  for (int i = 0; i < 50; ++i) tags[std::to_string(i)] = "x";
  EXPECT_TRUE(check_tags(tags));
  tags["one more"] = "x";
  EXPECT_FALSE(check_tags(tags));
  EXPECT_TRUE(check_tags({{std::string(128, 'k'), std::string(256, 'v')}}));
  EXPECT_FALSE(check_tags({{std::string(129, 'k'), ""}}));
  EXPECT_FALSE(check_tags({{"k", std::string(257, 'v')}}));
}

}  // namespace
}  // namespace hearth::services::lambda
