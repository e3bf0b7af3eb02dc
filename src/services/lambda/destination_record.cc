#include "services/lambda/destination_record.h"

#include <fmt/format.h>

#include "base/json.h"

namespace hearth::services::lambda {
namespace {

// Payloads stand in the record as they are, to the letter; one that is no JSON as a string.
std::string embedded(const std::string& payload) {
  return check_json(payload) ? payload : to_text(json::value(payload));
}

}  // namespace

std::string destination_record(const Finished& finished, TimePoint now) {
  const json::object context{{"requestId", finished.request_id},
                             {"functionArn", finished.ref.arn_of(finished.ref.qualifier_or_latest())},
                             {"condition", finished.condition},
                             {"approximateInvokeCount", finished.tries}};
  std::string record =
      fmt::format(R"({{"version":"1.0","timestamp":"{}","requestContext":{},"requestPayload":{})",
                  iso8601_ms(now), to_text(context), embedded(finished.payload));
  if (finished.outcome) {
    json::object response{{"statusCode", 200}, {"executedVersion", finished.outcome->executed_version}};
    if (finished.outcome->function_error) response["functionError"] = "Unhandled";
    record += fmt::format(R"(,"responseContext":{},"responsePayload":{})", to_text(response),
                          embedded(finished.outcome->payload));
  }
  return record + "}";
}

}  // namespace hearth::services::lambda
