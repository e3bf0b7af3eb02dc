#include "services/lambda/mapping_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "delivery/pattern.h"
#include "delivery/target.h"
#include "services/lambda/mapping_progress.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
using api::lambda::CreateEventSourceMappingRequest;
using api::lambda::UpdateEventSourceMappingRequest;
using delivery::service_of;

constexpr size_t kFiltersMax = 5;
constexpr int64_t kBatchDefault = 10;
constexpr int64_t kStreamBatchDefault = 100;
constexpr int64_t kAgeSecondsMin = 60;
// Receives give no more at a time; more are gathered over a window.
constexpr int64_t kBatchWithoutWindowMax = 10;
constexpr std::string_view kReportFailures = "ReportBatchItemFailures";

template <typename Optional>
Status unsupported(const Optional& given, std::string_view name) {
  if (!given) return {};
  return fail(errors::invalid_parameter_value_exception(
      fmt::format("Unsupported {} parameter for given event source mapping type.", name)));
}

// What queues have not.
template <typename Request>
Status check_streams_own(const Request& request) {
  if (request.destination_config &&
      (request.destination_config->on_failure || request.destination_config->on_success))
    return unsupported(request.destination_config, "DestinationConfig");
  TRY_SYNC_VOID(unsupported(request.parallelization_factor, "ParallelizationFactor"));
  TRY_SYNC_VOID(unsupported(request.maximum_record_age_in_seconds, "MaximumRecordAgeInSeconds"));
  TRY_SYNC_VOID(unsupported(request.bisect_batch_on_function_error, "BisectBatchOnFunctionError"));
  TRY_SYNC_VOID(unsupported(request.maximum_retry_attempts, "MaximumRetryAttempts"));
  TRY_SYNC_VOID(unsupported(request.tumbling_window_in_seconds, "TumblingWindowInSeconds"));
  return {};
}

// What streams have not.
template <typename Request>
Status check_queues_own(const Request& request) {
  if (request.destination_config && request.destination_config->on_success)
    return unsupported(request.destination_config, "DestinationConfig");
  return unsupported(request.scaling_config, "ScalingConfig");
}

template <typename Request>
Status check_served(const Request& request) {
  if (!request.kms_key_arn.value_or("").empty())
    return fail(wire::not_implemented("keys for filter criteria"));
  if (request.metrics_config && request.metrics_config->metrics && !request.metrics_config->metrics->empty())
    return fail(wire::not_implemented("metrics of event source mappings"));
  TRY_SYNC_VOID(wire::refuse_given(request.logging_config, "logs of event source mappings"));
  return wire::refuse_given(request.provisioned_poller_config, "provisioned pollers");
}

Status apply_filters(const api::lambda::FilterCriteria& criteria, MappingRecord& record) {
  record.filters.clear();
  for (const auto& filter : criteria.filters.value_or(std::vector<api::lambda::Filter>()))
    record.filters.push_back(filter.pattern.value_or(""));
  if (record.filters.size() > kFiltersMax) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("1 validation error detected: Value at 'filterCriteria.filters' failed to satisfy "
                    "constraint: Member must "
                    "have length less than or equal to {}",
                    kFiltersMax)));
  }
  for (const std::string& filter : record.filters) {
    if (!delivery::Pattern::parse(filter))
      return fail(errors::invalid_parameter_value_exception("Invalid filter pattern definition."));
  }
  return {};
}

Status apply_to_stream(const UpdateEventSourceMappingRequest& settings, MappingRecord& record) {
  TRY_SYNC_VOID(check_queues_own(settings));
  if (settings.parallelization_factor) record.lanes = *settings.parallelization_factor;
  if (settings.maximum_retry_attempts) record.retries_max = *settings.maximum_retry_attempts;
  if (settings.maximum_record_age_in_seconds) {
    record.age_seconds_max = *settings.maximum_record_age_in_seconds;
    if (record.age_seconds_max >= 0 && record.age_seconds_max < kAgeSecondsMin) {
      return fail(errors::invalid_parameter_value_exception(fmt::format(
          "1 validation error detected: Value '{}' at 'maximumRecordAgeInSeconds' failed to satisfy "
          "constraint: Member must have value greater than or equal to {}",
          record.age_seconds_max, kAgeSecondsMin)));
    }
  }
  if (settings.bisect_batch_on_function_error) record.bisects = *settings.bisect_batch_on_function_error;
  if (settings.tumbling_window_in_seconds) record.tumbling_seconds = *settings.tumbling_window_in_seconds;
  if (settings.destination_config) {
    const auto& failures = settings.destination_config->on_failure;
    record.on_failure = failures ? failures->destination.value_or("") : "";
  }
  return {};
}

void describe_stream(const MappingRecord& record, std::string_view result,
                     api::lambda::EventSourceMappingConfiguration& out) {
  out.starting_position = record.start;
  if (record.start_time) out.starting_position_timestamp = *record.start_time;
  out.parallelization_factor = static_cast<int32_t>(record.lanes);
  out.maximum_retry_attempts = static_cast<int32_t>(record.retries_max);
  out.maximum_record_age_in_seconds = static_cast<int32_t>(record.age_seconds_max);
  out.bisect_batch_on_function_error = record.bisects;
  out.tumbling_window_in_seconds = static_cast<int32_t>(record.tumbling_seconds);
  out.destination_config.emplace().on_failure.emplace();
  if (!record.on_failure.empty()) out.destination_config->on_failure->destination = record.on_failure;
  out.last_processing_result = result.empty() ? kNothingYet : result;
}

Status check_batches(const MappingRecord& record) {
  const bool fifo = record.source_arn.ends_with(".fifo");
  if (fifo && record.batch_size > kBatchWithoutWindowMax)
    return fail(errors::invalid_parameter_value_exception("Maximum batch size for FIFO queues is 10"));
  if (fifo && record.window_seconds > 0)
    return fail(
        errors::invalid_parameter_value_exception("Batching window is not supported for FIFO queues"));
  if (record.batch_size > kBatchWithoutWindowMax && record.window_seconds == 0) {
    return fail(errors::invalid_parameter_value_exception(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"));
  }
  return {};
}

}  // namespace

Status check_source(const CreateEventSourceMappingRequest& request) {
  if (request.self_managed_event_source || request.topics) {
    return fail(wire::not_implemented("Kafka as an event source"));
  }
  if (request.queues) return fail(wire::not_implemented("message brokers as event sources"));
  if (!request.event_source_arn)
    return fail(errors::invalid_parameter_value_exception("Unrecognized event source."));
  const std::string_view service = service_of(*request.event_source_arn);
  if (service == "sqs") return check_streams_own(request);
  if (is_stream(*request.event_source_arn)) return check_queues_own(request);
  for (const auto& [name, what] : {std::pair{"kafka", "Kafka as an event source"},
                                   {"mq", "message brokers as event sources"},
                                   {"rds", "DocumentDB as an event source"}}) {
    if (service == name) return fail(wire::not_implemented(what));
  }
  return fail(errors::invalid_parameter_value_exception("Unrecognized event source."));
}

bool is_stream(std::string_view source_arn) {
  const std::string_view service = service_of(source_arn);
  return service == "kinesis" || service == "dynamodb";
}

Status apply_start(const CreateEventSourceMappingRequest& request, MappingRecord& record) {
  if (!request.starting_position) {
    return fail(errors::invalid_parameter_value_exception(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member "
        "must not be null."));
  }
  record.start = *request.starting_position;
  const bool at_time = record.start == "AT_TIMESTAMP";
  if (at_time && service_of(record.source_arn) == "dynamodb")
    return fail(errors::invalid_parameter_value_exception("Unsupported starting position for arn type: " +
                                                          record.source_arn));
  if (at_time && !request.starting_position_timestamp)
    return fail(errors::invalid_parameter_value_exception(
        "StartingPositionTimestamp is required when StartingPosition is AT_TIMESTAMP."));
  if (at_time) record.start_time = *request.starting_position_timestamp;
  return {};
}

UpdateEventSourceMappingRequest settings_of(const CreateEventSourceMappingRequest& request) {
  const bool stream = is_stream(request.event_source_arn.value_or(""));
  return {.function_name = request.function_name,
          .enabled = request.enabled.value_or(true),
          .batch_size = request.batch_size.value_or(stream ? kStreamBatchDefault : kBatchDefault),
          .filter_criteria = request.filter_criteria,
          .kms_key_arn = request.kms_key_arn,
          .metrics_config = request.metrics_config,
          .logging_config = request.logging_config,
          .scaling_config = request.scaling_config,
          .maximum_batching_window_in_seconds = request.maximum_batching_window_in_seconds,
          .parallelization_factor = request.parallelization_factor,
          .destination_config = request.destination_config,
          .maximum_record_age_in_seconds = request.maximum_record_age_in_seconds,
          .bisect_batch_on_function_error = request.bisect_batch_on_function_error,
          .maximum_retry_attempts = request.maximum_retry_attempts,
          .tumbling_window_in_seconds = request.tumbling_window_in_seconds,
          .function_response_types = request.function_response_types,
          .provisioned_poller_config = request.provisioned_poller_config};
}

Status apply_mapping(const UpdateEventSourceMappingRequest& settings, MappingRecord& record) {
  TRY_SYNC_VOID(record.of_stream() ? apply_to_stream(settings, record) : check_streams_own(settings));
  TRY_SYNC_VOID(check_served(settings));
  if (settings.enabled) record.enabled = *settings.enabled;
  if (settings.batch_size) record.batch_size = *settings.batch_size;
  if (settings.maximum_batching_window_in_seconds)
    record.window_seconds = *settings.maximum_batching_window_in_seconds;
  if (settings.filter_criteria) TRY_SYNC_VOID(apply_filters(*settings.filter_criteria, record));
  if (settings.function_response_types) {
    record.reports_failures = std::ranges::find(*settings.function_response_types, kReportFailures) !=
                              settings.function_response_types->end();
  }
  if (settings.scaling_config) {
    record.concurrency_max.reset();
    if (settings.scaling_config->maximum_concurrency)
      record.concurrency_max = *settings.scaling_config->maximum_concurrency;
  }
  return record.of_stream() ? Status() : check_batches(record);
}

api::lambda::EventSourceMappingConfiguration describe_mapping(const MappingRef& ref,
                                                              const MappingRecord& record,
                                                              std::string_view result) {
  api::lambda::EventSourceMappingConfiguration out;
  out.uuid = ref.uuid;
  out.event_source_mapping_arn = ref.arn();
  out.event_source_arn = record.source_arn;
  out.function_arn = record.function_arn;
  out.batch_size = static_cast<int32_t>(record.batch_size);
  out.maximum_batching_window_in_seconds = static_cast<int32_t>(record.window_seconds);
  out.last_modified = record.modified;
  out.state = record.state;
  out.state_transition_reason = record.reason;
  out.function_response_types.emplace();
  if (record.reports_failures) out.function_response_types->emplace_back(kReportFailures);
  if (!record.filters.empty()) {
    out.filter_criteria.emplace().filters.emplace();
    for (const std::string& filter : record.filters)
      out.filter_criteria->filters->push_back({.pattern = filter});
  }
  if (record.concurrency_max)
    out.scaling_config = {.maximum_concurrency = static_cast<int32_t>(*record.concurrency_max)};
  if (record.of_stream()) describe_stream(record, result, out);
  return out;
}

}  // namespace hearth::services::lambda
