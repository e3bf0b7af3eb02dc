// Promise: your AWS code runs unchanged (messages of a queue are the records that functions know, and their
// answers mean what they mean at AWS).
#include "services/lambda/queue_event.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace hearth::services::lambda {
namespace {

const QueueRecordOptions kPlain{.arn = "arn:aws:sqs:eu-west-1:000000000000:q", .region = "eu-west-1"};

json::object message(std::string_view body) {
  return {{"MessageId", "id-1"},
          {"ReceiptHandle", "handle"},
          {"MD5OfBody", "digest"},
          {"Body", body},
          {"Attributes", {{"ApproximateReceiveCount", "1"}, {"SenderId", "s"}}}};
}

TEST(QueueEvent, ARecordHasTheServicesMembersInItsOrder) {
  EXPECT_EQ(to_text(queue_record(message("hello"), kPlain)),
            R"({"messageId":"id-1","receiptHandle":"handle","body":"hello",)"
            R"("attributes":{"ApproximateReceiveCount":"1","SenderId":"s"},"messageAttributes":{},)"
            R"("md5OfBody":"digest","eventSource":"aws:sqs",)"
            R"("eventSourceARN":"arn:aws:sqs:eu-west-1:000000000000:q","awsRegion":"eu-west-1"})");
}

TEST(QueueEvent, AttributesAreInCamelCaseAndBytesInBase64) {
  json::object given = message("x");
  given["MessageAttributes"] = {{"n", {{"StringValue", "1"}, {"DataType", "Number"}}},
                                {"b", {{"BinaryValue", "\x01\x02"}, {"DataType", "Binary"}}}};
  given["MD5OfMessageAttributes"] = "of-attributes";
  const json::object record = queue_record(given, kPlain);
  EXPECT_EQ(to_text(record.at("messageAttributes")),
            R"({"n":{"stringValue":"1","stringListValues":[],"binaryListValues":[],"dataType":"Number"},)"
            R"("b":{"binaryValue":"AQI=","stringListValues":[],"binaryListValues":[],"dataType":"Binary"}})");
  EXPECT_EQ(record.at("md5OfMessageAttributes"), "of-attributes");
}

TEST(QueueEvent, WithFiltersTheDigestOfNoAttributesIsNull) {
  EXPECT_FALSE(queue_record(message("x"), kPlain).contains("md5OfMessageAttributes"));
  QueueRecordOptions filtered = kPlain;
  filtered.filtered = true;
  EXPECT_TRUE(queue_record(message("x"), filtered).at("md5OfMessageAttributes").is_null());
}

TEST(QueueEvent, AnEventIsItsRecords) {
  EXPECT_EQ(queue_event({R"({"a":1})", R"({"b":2})"}), R"({"Records":[{"a":1},{"b":2}]})");
}

bool passes(std::string_view pattern, std::string_view body) {
  std::vector<delivery::Pattern> patterns;
  patterns.push_back(delivery::Pattern::parse(pattern).value());
  return wanted(patterns, queue_record(message(body), kPlain));
}

TEST(QueueEvent, AFilterLooksIntoBodiesThatAreJson) {
  EXPECT_TRUE(passes(R"({"body":{"kind":["a"]}})", R"({"kind":"a"})"));
  EXPECT_FALSE(passes(R"({"body":{"kind":["a"]}})", R"({"kind":"b"})"));
  EXPECT_FALSE(passes(R"({"body":{"kind":["a"]}})", "kind a"));
  EXPECT_TRUE(passes(R"({"body":[{"prefix":"kind"}]})", "kind a"));
  EXPECT_FALSE(passes(R"({"body":[{"prefix":"{"}]})", R"({"kind":"a"})"));
  EXPECT_TRUE(passes(R"({"body":["12"]})", "12"));
  EXPECT_TRUE(passes(R"({"messageAttributes":{"x":[{"exists":false}]}})", "anything"));
}

TEST(QueueEvent, AnyFilterSufficesAndNoneWantsAll) {
  const json::object record = queue_record(message("x"), kPlain);
  EXPECT_TRUE(wanted({}, record));
  std::vector<delivery::Pattern> patterns;
  patterns.push_back(delivery::Pattern::parse(R"({"body":["y"]})").value());
  EXPECT_FALSE(wanted(patterns, record));
  patterns.push_back(delivery::Pattern::parse(R"({"body":["x"]})").value());
  EXPECT_TRUE(wanted(patterns, record));
}

using Ids = std::set<std::string>;
const Ids kIds = {"1", "2", "3"};

TEST(QueueEvent, WhatCountsAsNoFailure) {
  for (const char* answer :
       {"", "null", "{}", "\"\"", R"({"batchItemFailures":[]})", R"({"batchItemFailures":null})"})
    EXPECT_EQ(reported_failures(answer, kIds), Ids()) << answer;
}

TEST(QueueEvent, ReportedMessagesFailedAndTheOthersDidNot) {
  EXPECT_EQ(
      reported_failures(R"({"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"3"}]})", kIds),
      (Ids{"2", "3"}));
}

TEST(QueueEvent, AReportThatCannotBeUnderstoodFailsThemAll) {
  for (const char* answer :
       {"no json", "\"ok\"", "[]", R"({"batchItemFailures":"1"})",
        R"({"batchItemFailures":[{"itemIdentifier":""}]})",
        R"({"batchItemFailures":[{"itemIdentifier":null}]})", R"({"batchItemFailures":[{"id":"1"}]})",
        R"({"batchItemFailures":[{"itemIdentifier":"4"}]})", R"({"batchItemFailures":["1"]})"})
    EXPECT_EQ(reported_failures(answer, kIds), std::nullopt) << answer;
}

}  // namespace
}  // namespace hearth::services::lambda
