// Promise: your AWS code runs unchanged.
// A destination reads the record of an asynchronous invoke as the service writes it.
#include "services/lambda/destination_record.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace hearth::services::lambda {
namespace {

const TimePoint kNow = from_epoch_ms(1'769'860'800'123);  // 2026-01-31T12:00:00.123Z

Finished finished(std::string condition) {
  return {.ref = {.account = "123456789012", .region = "eu-west-1", .name = "f", .qualifier = ""},
          .request_id = "id",
          .condition = std::move(condition),
          .tries = 3,
          .payload = R"({"a": 1.50})"};
}

TEST(DestinationRecord, OfAFailure) {
  Finished event = finished("RetriesExhausted");
  event.outcome = {
      .payload = R"({"errorMessage":"no"})", .function_error = true, .executed_version = "$LATEST"};
  EXPECT_EQ(
      destination_record(event, kNow),
      R"({"version":"1.0","timestamp":"2026-01-31T12:00:00.123Z",)"
      R"("requestContext":{"requestId":"id","functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST",)"
      R"("condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":{"a": 1.50},)"
      R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},)"
      R"("responsePayload":{"errorMessage":"no"}})");
}

TEST(DestinationRecord, OfASuccessByAnAliasSaysWhichVersionRanAndNoError) {
  Finished event = finished("Success");
  event.ref.qualifier = "live";
  event.outcome = {.payload = "null", .executed_version = "7"};
  const std::string text = destination_record(event, kNow);
  EXPECT_NE(text.find(R"(:function:f:live")"), std::string::npos) << text;
  EXPECT_NE(
      text.find(R"("responseContext":{"statusCode":200,"executedVersion":"7"},"responsePayload":null})"),
      std::string::npos)
      << text;
}

TEST(DestinationRecord, OfAnEventThatWasNotTriedHasNoResponse) {
  const std::string text = destination_record(finished("ZeroReservedConcurrency"), kNow);
  EXPECT_TRUE(text.ends_with(R"("requestPayload":{"a": 1.50}})")) << text;
}

TEST(DestinationRecord, APayloadThatIsNoJsonStandsThereAsText) {
  Finished event = finished("Success");
  event.outcome = {.payload = "plain \"text\"", .executed_version = "1"};
  const std::string text = destination_record(event, kNow);
  EXPECT_TRUE(text.ends_with(R"("responsePayload":"plain \"text\""})")) << text;
}

}  // namespace
}  // namespace hearth::services::lambda
