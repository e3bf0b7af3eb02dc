// Promise: your AWS code runs unchanged (what an event source mapping may be set to, and in which words).
#include "services/lambda/mapping_settings.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

using api::lambda::CreateEventSourceMappingRequest;
using api::lambda::UpdateEventSourceMappingRequest;

constexpr const char* kQueue = "arn:aws:sqs:eu-west-1:000000000000:q";
constexpr const char* kStream = "arn:aws:kinesis:eu-west-1:000000000000:stream/s";

std::string said(const Status& status) {
  return status ? "ok" : status.error().message;
}

std::string source(CreateEventSourceMappingRequest request) {
  request.function_name = "f";
  return said(check_source(request));
}

class MappingSettings : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(apply(settings_of(CreateEventSourceMappingRequest{.function_name = "f"})), "ok");
  }
  std::string apply(const UpdateEventSourceMappingRequest& settings) {
    MappingRecord changed = record;
    const Status done = apply_mapping(settings, changed);
    if (done) record = std::move(changed);
    return said(done);
  }
  MappingRecord record{.source_arn = kQueue,
                       .function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:f"};
};

TEST_F(MappingSettings, WhatIsNoSourceAndWhatIsNotServed) {
  EXPECT_EQ(source({.event_source_arn = kQueue}), "ok");
  EXPECT_EQ(source({}), "Unrecognized event source.");
  EXPECT_EQ(source({.event_source_arn = "arn:aws:sns:eu-west-1:000000000000:t"}),
            "Unrecognized event source.");
  EXPECT_EQ(source({.event_source_arn = kStream}), "ok");
  EXPECT_EQ(source({.event_source_arn = std::string(kStream) + "/consumer/c:1"}), "ok");
  EXPECT_EQ(source({.event_source_arn = kQueue, .parallelization_factor = 2}),
            "Unsupported ParallelizationFactor parameter for given event source mapping type.");
  EXPECT_EQ(source({.event_source_arn = kQueue,
                    .destination_config =
                        api::lambda::DestinationConfig{.on_failure =
                                                           api::lambda::OnFailure{.destination = kQueue}}}),
            "Unsupported DestinationConfig parameter for given event source mapping type.");
}

TEST_F(MappingSettings, DefaultsAndWhatIsShown) {
  const auto shown = describe_mapping({"000000000000", "eu-west-1", "u"}, record);
  EXPECT_EQ(shown.event_source_mapping_arn, "arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:u");
  EXPECT_EQ(shown.batch_size, 10);
  EXPECT_EQ(shown.maximum_batching_window_in_seconds, 0);
  EXPECT_EQ(shown.state, "Creating");
  EXPECT_EQ(shown.state_transition_reason, "USER_INITIATED");
  EXPECT_TRUE(shown.function_response_types && shown.function_response_types->empty());
  EXPECT_FALSE(shown.filter_criteria || shown.scaling_config || shown.maximum_retry_attempts ||
               shown.last_processing_result || shown.destination_config);
}

TEST_F(MappingSettings, LargeBatchesNeedAWindow) {
  EXPECT_EQ(
      apply({.batch_size = 11}),
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  EXPECT_EQ(apply({.batch_size = 10000, .maximum_batching_window_in_seconds = 1}), "ok");
  EXPECT_NE(apply({.maximum_batching_window_in_seconds = 0}), "ok");
  record.source_arn += ".fifo";
  record.batch_size = 10;
  EXPECT_NE(apply({.maximum_batching_window_in_seconds = 1}), "ok");
}

TEST_F(MappingSettings, FiltersAreCheckedKeptAndTakenBack) {
  using api::lambda::Filter;
  using api::lambda::FilterCriteria;
  EXPECT_EQ(apply({.filter_criteria = FilterCriteria{.filters = {{Filter{.pattern = "{\"body\":\"x\"}"}}}}}),
            "Invalid filter pattern definition.");
  EXPECT_EQ(
      apply({.filter_criteria = FilterCriteria{.filters = {{Filter{.pattern = "{\"body\":[\"x\"]}"}}}}}),
      "ok");
  ASSERT_EQ(apply({.enabled = false}), "ok");
  EXPECT_EQ(describe_mapping({}, record).filter_criteria->filters->front().pattern, "{\"body\":[\"x\"]}");
  const std::vector<Filter> six(6, Filter{.pattern = "{\"body\":[\"x\"]}"});
  EXPECT_NE(apply({.filter_criteria = FilterCriteria{.filters = six}}), "ok");
  ASSERT_EQ(apply({.filter_criteria = FilterCriteria{}}), "ok");
  EXPECT_FALSE(describe_mapping({}, record).filter_criteria);
}

TEST_F(MappingSettings, ScalingAndReportsAreSetAndTakenBack) {
  ASSERT_EQ(apply({.scaling_config = api::lambda::ScalingConfig{.maximum_concurrency = 7},
                   .function_response_types = {{"ReportBatchItemFailures"}}}),
            "ok");
  EXPECT_EQ(describe_mapping({}, record).scaling_config->maximum_concurrency, 7);
  EXPECT_EQ(describe_mapping({}, record).function_response_types->front(), "ReportBatchItemFailures");
  ASSERT_EQ(apply({.scaling_config = api::lambda::ScalingConfig{},
                   .function_response_types = std::vector<std::string>()}),
            "ok");
  EXPECT_FALSE(record.concurrency_max || record.reports_failures);
}

TEST_F(MappingSettings, WhatHearthHasNotGotIsRefusedAndNotForgotten) {
  EXPECT_EQ(apply({.provisioned_poller_config = api::lambda::ProvisionedPollerConfig{}}),
            "Hearth does not implement provisioned pollers yet");
  EXPECT_EQ(apply({.kms_key_arn = "arn:aws:kms:eu-west-1:000000000000:key/k"}),
            "Hearth does not implement keys for filter criteria yet");
}

TEST(MappingRef, IsReadFromItsArnAlone) {
  const auto ref = MappingRef::of_arn("arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:u");
  ASSERT_TRUE(ref);
  EXPECT_EQ(ref->uuid, "u");
  EXPECT_EQ(ref->arn(), "arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:u");
  for (const char* other : {"", "u", "arn:aws:lambda:eu-west-1:000000000000:function:f",
                            "arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:u:v"})
    EXPECT_FALSE(MappingRef::of_arn(other)) << other;
}

TEST_F(MappingSettings, StreamsBeginSomewhere) {
  MappingRecord stream{.source_arn = kStream};
  const auto begin = [&](CreateEventSourceMappingRequest request) {
    return said(apply_start(request, stream));
  };
  EXPECT_EQ(begin({}),
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must "
            "not be null.");
  EXPECT_EQ(begin({.starting_position = "LATEST"}), "ok");
  EXPECT_NE(begin({.starting_position = "AT_TIMESTAMP"}), "ok");
  EXPECT_EQ(begin({.starting_position = "AT_TIMESTAMP", .starting_position_timestamp = from_epoch_ms(1000)}),
            "ok");
  stream.source_arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/2026-01-31T12:34:56.789";
  EXPECT_EQ(begin({.starting_position = "AT_TIMESTAMP", .starting_position_timestamp = from_epoch_ms(1000)}),
            "Unsupported starting position for arn type: " + stream.source_arn);
}

TEST_F(MappingSettings, StreamsHaveSettingsOfTheirOwn) {
  record = {.source_arn = kStream, .function_arn = record.function_arn, .start = "LATEST"};
  EXPECT_EQ(apply(settings_of({.event_source_arn = kStream, .function_name = "f"})), "ok");
  auto shown = describe_mapping({"000000000000", "eu-west-1", "u"}, record);
  EXPECT_EQ(shown.batch_size, 100);
  EXPECT_EQ(shown.maximum_retry_attempts, -1);
  EXPECT_EQ(shown.maximum_record_age_in_seconds, -1);
  EXPECT_EQ(shown.parallelization_factor, 1);
  EXPECT_EQ(shown.bisect_batch_on_function_error, false);
  EXPECT_EQ(shown.tumbling_window_in_seconds, 0);
  EXPECT_EQ(shown.last_processing_result, "No records processed");
  EXPECT_TRUE(shown.destination_config && shown.destination_config->on_failure &&
              !shown.destination_config->on_failure->destination);

  EXPECT_EQ(apply({.batch_size = 10000}), "ok") << "streams need no window for large batches";
  EXPECT_EQ(apply({.maximum_record_age_in_seconds = 60}), "ok");
  EXPECT_EQ(apply({.maximum_record_age_in_seconds = -1}), "ok");
  EXPECT_NE(apply({.maximum_record_age_in_seconds = 59}), "ok");
  EXPECT_EQ(apply({.scaling_config = api::lambda::ScalingConfig{.maximum_concurrency = 2}}),
            "Unsupported ScalingConfig parameter for given event source mapping type.");
  using api::lambda::DestinationConfig;
  using api::lambda::OnFailure;
  EXPECT_EQ(apply({.destination_config = DestinationConfig{.on_failure = OnFailure{.destination = kQueue}}}),
            "ok");
  EXPECT_EQ(record.on_failure, kQueue);
  EXPECT_EQ(apply({.destination_config = DestinationConfig{.on_failure = OnFailure{}}}), "ok");
  EXPECT_EQ(record.on_failure, "");
}

}  // namespace
}  // namespace hearth::services::lambda
