// What SQS says, in one place. Codes and statuses are the overlay's (api/sqs.toml).
#pragma once
#include <fmt/format.h>

#include "api/sqs.h"
#include "services/sqs/limits.h"

namespace hearth::services::sqs::errors {

using api::sqs::errors::invalid_attribute_name;
using api::sqs::errors::invalid_attribute_value;
using api::sqs::errors::over_limit;
using api::sqs::errors::queue_name_exists;
using api::sqs::errors::resource_not_found_exception;
using api::sqs::errors::unsupported_operation;

inline Error invalid_parameter(std::string message) {
  return api::sqs::errors::invalid_parameter_value_exception(std::move(message));
}
// Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.
inline Error invalid_value(std::string_view value, std::string_view parameter, std::string_view reason) {
  return invalid_parameter(
      fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, parameter, reason));
}
inline Error missing(std::string_view parameter) {
  return api::sqs::errors::missing_required_parameter_exception(
      fmt::format("The request must contain the parameter {}.", parameter));
}
inline Error no_such_queue() {
  return api::sqs::errors::queue_does_not_exist("The specified queue does not exist.");
}
inline Error unknown_attribute(std::string_view name) {
  return invalid_attribute_name(fmt::format("Unknown Attribute {}.", name));
}
inline Error invalid_attribute(std::string_view name, std::string_view reason = {}) {
  return invalid_attribute_value(
      reason.empty() ? fmt::format("Invalid value for the parameter {}.", name)
                     : fmt::format("Invalid value for the parameter {}. Reason: {}", name, reason));
}
inline Error message_too_long(int64_t bytes_max) {
  return invalid_parameter(fmt::format(
      "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.", bytes_max));
}
inline Error entry_too_long(int64_t bytes_max) {
  return invalid_parameter(fmt::format(
      "One or more parameters cannot be validated. Reason: Message must be shorter than {} bytes.",
      bytes_max));
}
inline Error bad_characters() {
  return api::sqs::errors::invalid_message_contents(
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
      "#xFFFD | #x10000 to #x10FFFF");
}
inline Error not_for_this_queue(std::string_view value, std::string_view parameter) {
  return invalid_value(value, parameter,
                       "The request include parameter that is not valid for this queue type.");
}
inline Error no_deduplication() {
  return invalid_parameter(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
      "explicitly");
}
inline Error invalid_id(std::string_view value, std::string_view parameter) {
  return invalid_value(
      value, parameter,
      fmt::format("{} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
                  parameter));
}

inline Error invalid_handle(std::string_view handle) {
  return api::sqs::errors::receipt_handle_is_invalid(
      fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", handle));
}
inline Error expired_handle(std::string_view handle) {
  return invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.");
}
inline Error not_in_flight(std::string_view handle) {
  return invalid_value(handle, "ReceiptHandle",
                       "Message does not exist or is not available for visibility timeout change.");
}
inline Error visible_for_too_long(int64_t seconds) {
  return invalid_value(std::to_string(seconds), "VisibilityTimeout",
                       fmt::format("Total VisibilityTimeout for the message is beyond the limit [{} seconds]",
                                   limits::kVisibilityMaxS));
}

inline Error too_many_in_flight() {
  return over_limit(
      fmt::format("Too many messages are in flight: a queue may have {}.", limits::kInFlightMax));
}

inline Error empty_batch(std::string_view entry) {
  return api::sqs::errors::empty_batch_request(
      fmt::format("There should be at least one {} in the request.", entry));
}
inline Error too_many_entries(size_t count) {
  return api::sqs::errors::too_many_entries_in_batch_request(fmt::format(
      "Maximum number of entries per request are {}. You have sent {}.", limits::kBatchMax, count));
}
inline Error entry_ids_not_distinct(std::string_view id) {
  return api::sqs::errors::batch_entry_ids_not_distinct(fmt::format("Id {} repeated.", id));
}
inline Error invalid_entry_id() {
  return api::sqs::errors::invalid_batch_entry_id(
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most "
      "80 "
      "letters long.");
}
inline Error batch_too_long(size_t bytes) {
  return api::sqs::errors::batch_request_too_long(
      fmt::format("Batch requests cannot be longer than {} bytes. You have sent {} bytes.",
                  limits::kMessageBytesMax, bytes));
}

}  // namespace hearth::services::sqs::errors
