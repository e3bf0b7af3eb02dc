// Promise: your AWS code runs unchanged (what an invocation of a durable function may answer).
#include "services/lambda/durable/error.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

std::string said(const std::string& payload, size_t bytes_max = 100) {
  const auto ending = ending_of_answer(payload, bytes_max);
  if (!ending) return ending.error().message;
  return *ending ? std::string((*ending)->status) : "waits";
}

TEST(DurableError, AnAnswerIsAnEndOrAWait) {
  EXPECT_EQ(said(R"({"Status":"PENDING"})"), "waits");
  EXPECT_EQ(said(R"({"Status":"SUCCEEDED","Result":"1"})"), "SUCCEEDED");
  EXPECT_EQ(said(R"({"Status":"SUCCEEDED","Result":null,"Error":null})"), "SUCCEEDED");
  EXPECT_EQ(said(R"({"Status":"FAILED","Error":{"ErrorMessage":"m","StackTrace":["a",1]}})"), "FAILED");
  const auto failed =
      ending_of_answer(R"({"Status":"FAILED","Error":{"ErrorMessage":"m","ErrorType":"T"}})", 100);
  EXPECT_EQ((*failed)->error->message, "m");
  EXPECT_EQ((*failed)->error->type, "T");
}

TEST(DurableError, OtherAnswersAreNone) {
  EXPECT_EQ(said("not json"), "Invalid invocation output.");
  EXPECT_EQ(said("null"), "Invalid invocation output.");
  EXPECT_EQ(said("[]"), "Invalid invocation output.");
  EXPECT_EQ(said(R"({"Status":"SUCCEEDED","Result":{}})"), "Invalid invocation output.");
  EXPECT_EQ(said(R"({"Status":"FAILED","Error":"x"})"), "Invalid invocation output.");
  EXPECT_EQ(said("{}"), "Invalid Status in invocation output.");
  EXPECT_EQ(said(R"({"Status":"DONE"})"), "Invalid Status in invocation output.");
  EXPECT_EQ(said(R"({"Status":"PENDING","Result":"1"})"), "Cannot provide a Result for PENDING status.");
  EXPECT_EQ(said(R"({"Status":"SUCCEEDED","Result":"12345"})", 4),
            "EXECUTION output payload size must be less than or equal to 4 bytes.");
}

TEST(DurableError, WhoWaitsHasTheErrorAsFunctionsTellErrors) {
  const Ending failed{.status = kFailed, .result = {}, .error = DurableError{.message = "m", .type = "T"}};
  const auto outcome = outcome_of(failed, "3");
  EXPECT_TRUE(outcome.function_error);
  EXPECT_EQ(outcome.payload, R"({"errorMessage":"m","errorType":"T"})");
  EXPECT_EQ(outcome_of({.status = kSucceeded, .result = "1", .error = {}}, "3").payload, "1");
}

TEST(DurableError, AFailedInvocationTellsWhy) {
  const DurableError error = error_of_payload(R"({"errorMessage":"m","errorType":"T","stackTrace":["l"]})");
  EXPECT_EQ(error.message, "m");
  EXPECT_EQ(error.type, "T");
  EXPECT_EQ(error.stack_trace, std::vector<std::string>{"l"});
  EXPECT_EQ(error_of_payload("garbage").message, "garbage");
  EXPECT_EQ(error_of_payload("\xff").message, "The invocation failed.") << "what is kept is text";
}

TEST(DurableError, EventsAreNamedAfterTypes) {
  EXPECT_EQ(event_type(kChainedInvoke, "Started"), "ChainedInvokeStarted");
  EXPECT_EQ(event_type(kStep, "Failed"), "StepFailed");
}

}  // namespace
}  // namespace hearth::services::lambda
