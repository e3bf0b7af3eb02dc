#include "services/lambda/destinations.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/lambda.h"
#include "base/json.h"
#include "base/utf8.h"
#include "delivery/target.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
using delivery::service_of;

constexpr size_t kErrorMessageBytesMax = 1024;

// A destination as the service's own texts print it.
std::string printed(std::string_view kind, const std::string& arn) {
  return arn.empty() ? "null" : fmt::format("{}(destination={})", kind, arn);
}

// The kinds of destination that the service has and Hearth has not; null when it has none of this one.
const char* unserved(std::string_view service) {
  if (service == "sns") return "SNS topics as destinations";
  if (service == "events") return "event buses as destinations";
  return nullptr;
}

bool is_itself(const FunctionRef& ref, std::string_view arn) {
  return arn == ref.arn() || arn.starts_with(ref.arn() + ":");
}

bool is_fifo(std::string_view arn) {
  return service_of(arn) == "sqs" && arn.ends_with(".fifo");
}

// What the role must let the function do there.
std::string_view call_to(std::string_view service) {
  if (service == "lambda") return "InvokeFunction";
  return service == "s3" ? "PutObject" : "SendMessage";
}

// What the keys of a function's records in buckets begin with.
std::string keys_of(const FunctionRef& ref) {
  return "aws/lambda/async/" + ref.name + "/";
}

// aws/lambda/async/resize/2026/01/31/2026-01-31T12.34.56-90c2...
std::string record_key(const Finished& finished, TimePoint now) {
  std::string time = iso8601_seconds(now);
  time.pop_back();
  std::ranges::replace(time, ':', '.');
  return fmt::format("{}{}/{}-{}", keys_of(finished.ref), date_slashes(now), time, finished.request_id);
}

Async<void> check_destination(const Parts& parts, FunctionRef ref, std::string role_arn, std::string arn,
                              std::string keys) {
  if (is_itself(ref, arn)) {
    co_return errors::invalid_parameter_value_exception(
        "You can't specify the function as a destination for itself.");
  }
  const auto invalid =
      errors::invalid_parameter_value_exception(fmt::format("The destination ARN {} is invalid.", arn));
  if (is_fifo(arn)) co_return invalid;
  const delivery::Sender sender = sender_of(ref, std::move(role_arn));
  const Status good =
      co_await parts.event_targets.find(arn)->check(sender, arn, keys.empty() ? keys_of(ref) : keys);
  if (good) co_return {};
  if (good.error().code == delivery::kTargetDenied) {
    co_return errors::invalid_parameter_value_exception(
        fmt::format("The function's execution role does not have permissions to call {} on {}",
                    call_to(service_of(arn)), arn));
  }
  co_return delivery::is_final(good.error()) ? invalid : good.error();
}

// `errorMessage` of a function's error, or else the error as it is.
std::string message_of(const execution::Outcome& outcome) {
  const auto document = parse_json(outcome.payload);
  const json::object* object = document ? document->if_object() : nullptr;
  const json::value* message = object ? object->if_contains("errorMessage") : nullptr;
  return message && message->is_string() ? std::string(message->get_string()) : outcome.payload;
}

// At most so many bytes of it, and no half of a character.
std::string cut(std::string text) {
  if (text.size() <= kErrorMessageBytesMax) return text;
  size_t end = kErrorMessageBytesMax;
  while (end > 0 && continues_character(text[end])) --end;
  text.resize(end);
  return text;
}

}  // namespace

delivery::Sender sender_of(const FunctionRef& ref, std::string role_arn) {
  return {.service = "lambda.amazonaws.com",
          .arn = ref.arn(),
          .account = ref.account,
          .region = ref.region,
          .role_arn = std::move(role_arn),
          .session_name = ref.name};
}

Async<void> check_destinations(const Parts& parts, FunctionRef ref, std::string role_arn,
                               Destinations destinations) {
  for (const bool for_failures : {true, false}) {
    const std::string& arn = for_failures ? destinations.on_failure : destinations.on_success;
    if (arn.empty()) continue;
    // Buckets take failures only.
    const bool is_taken = for_failures || service_of(arn) != "s3";
    if (is_taken && parts.event_targets.find(arn)) {
      TRY_VOID(co_await check_destination(parts, ref, role_arn, arn, destinations.keys));
    } else if (const char* kind = unserved(service_of(arn))) {
      co_return wire::not_implemented(kind);
    } else {
      co_return errors::invalid_parameter_value_exception(fmt::format(
          "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
          printed("OnSuccess", destinations.on_success), printed("OnFailure", destinations.on_failure)));
    }
  }
  co_return {};
}

Async<void> check_dead_letters(const Parts& parts, FunctionRef ref, std::string role_arn, std::string arn) {
  if (arn.empty()) co_return {};
  const std::string_view service = service_of(arn);
  if (service == "sns") co_return wire::not_implemented("SNS topics for dead letters");
  delivery::Target* target = parts.event_targets.find(arn);
  const auto invalid = [&] {
    return errors::invalid_parameter_value_exception(
        fmt::format("The provided dead letter target ARN {} is invalid.", arn));
  };
  if (!target || service != "sqs" || is_fifo(arn)) co_return invalid();
  const Status good = co_await target->check(sender_of(ref, std::move(role_arn)), arn, "");
  if (good) co_return {};
  if (good.error().code == delivery::kTargetDenied) {
    co_return errors::invalid_parameter_value_exception(
        "The provided execution role does not have permissions to call SendMessage on SQS");
  }
  co_return delivery::is_final(good.error()) ? invalid() : good.error();
}

delivery::Delivery record_delivery(const Finished& finished, std::string destination_arn, TimePoint now) {
  return {.sender = sender_of(finished.ref, finished.role_arn),
          .target_arn = std::move(destination_arn),
          .body = destination_record(finished, now),
          .key = record_key(finished, now),
          .trace = finished.trace.header(),
          .about = "the record of invoke " + finished.request_id};
}

delivery::Delivery dead_letter(const Finished& finished, std::string target_arn) {
  // The status that a caller who waits would have had.
  const bool ran = finished.outcome.has_value();
  return {.sender = sender_of(finished.ref, finished.role_arn),
          .target_arn = std::move(target_arn),
          .body = finished.payload,
          .attributes = {{"RequestID", {"String", finished.request_id}},
                         {"ErrorCode", {"Number", ran ? "200" : "429"}},
                         {"ErrorMessage",
                          {"String", ran ? cut(message_of(*finished.outcome)) : finished.condition}}},
          .trace = finished.trace.header(),
          .about = "the event of invoke " + finished.request_id};
}

}  // namespace hearth::services::lambda
