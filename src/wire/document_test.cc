// Promise: your AWS code runs unchanged.
#include "wire/document.h"

#include <gtest/gtest.h>

#include "api/lambda.h"
#include "api/logs.h"

namespace hearth::wire {
namespace {

namespace lambda = api::lambda;

json::object object(std::string_view text) {
  return parse_json(text).value().as_object();
}

TEST(Document, ReadsNestedMembersIntoStructs) {
  Message message;
  message.document = object(R"({"FunctionName": "f", "Role": "r", "Code": {"S3Bucket": "b", "S3Key": "k"},
      "Environment": {"Variables": {"A": "1", "B": "2"}}, "Layers": ["one", "two"], "MemorySize": 256})");
  const auto input = from_document<lambda::CreateFunctionRequest>(std::move(message));
  ASSERT_TRUE(input.has_value()) << input.error().message;
  EXPECT_EQ(input->function_name, "f");
  EXPECT_EQ(input->code.s3_bucket, "b");
  EXPECT_FALSE(input->code.zip_file.has_value());
  EXPECT_EQ(input->environment->variables->at("B"), "2");
  EXPECT_EQ(*input->layers, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(input->memory_size, 256);
  EXPECT_FALSE(input->vpc_config.has_value());
}

TEST(Document, DefaultsOfTheOverlayAreTheStructsOwn) {
  const lambda::CreateFunctionRequest input;
  EXPECT_EQ(input.timeout, 3);
  EXPECT_EQ(input.package_type, "Zip");
}

TEST(Document, AbsentMembersAreLeftOut) {
  lambda::FunctionConfiguration output;
  output.function_name = "f";
  output.timeout = 3;
  const Message message = to_document(output);
  EXPECT_EQ(to_text(message.document), R"({"FunctionName":"f","Timeout":3})");
}

TEST(Document, ABlobPayloadTravelsBesideTheDocument) {
  lambda::InvocationResponse output;
  output.status_code = 200;
  output.payload = std::string("\0{}", 3);
  Message message = to_document(std::move(output));
  EXPECT_FALSE(message.document.contains("Payload"));
  EXPECT_EQ(message.payload, std::string("\0{}", 3));

  Message input;
  input.document = object(R"({"FunctionName": "f"})");
  input.payload = "event";
  EXPECT_EQ(from_document<lambda::InvocationRequest>(std::move(input))->payload, "event");
}

TEST(Document, TimestampsKeepTheirMicroseconds) {
  const TimePoint time(std::chrono::microseconds(1'769'862'896'789'012));
  EXPECT_EQ(document_time(document_time(time)), time);
  EXPECT_EQ(to_text(document_time(TimePoint(std::chrono::seconds(5)))), "5");
}

TEST(Document, AValueOfAnotherTypeIsRefused) {
  Message message;
  message.document = object(R"({"FunctionName": 5})");
  EXPECT_EQ(from_document<lambda::InvocationRequest>(std::move(message)).error().code,
            "SerializationException");
}

TEST(Document, DefaultsAreFilledWhereTheCallerSentNothing) {
  json::object document = object(R"({"Timeout": 60})");
  fill_defaults(lambda::CreateFunctionRequest::shape(), document);
  EXPECT_EQ(document.at("Timeout"), 60);
  EXPECT_EQ(document.at("PackageType"), "Zip");
}

TEST(Document, ListsOfStructuresGoBothWays) {
  Message message;
  message.document = object(R"({"logGroupName": "g", "logStreamName": "s",
      "logEvents": [{"timestamp": 1769862896789, "message": "one"}, {"timestamp": 1769862896790, "message": "two"}]})");
  auto input = from_document<api::logs::PutLogEventsRequest>(std::move(message));
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(input->log_events.size(), 2u);
  EXPECT_EQ(input->log_events[1].timestamp, 1769862896790);
  EXPECT_EQ(to_document(*input).document.at("logEvents").as_array().size(), 2u);
}

}  // namespace
}  // namespace hearth::wire
