#include "services/lambda/destination_record.h"

#include "base/json.h"

namespace hearth::services::lambda {
namespace {

// Payloads stand in the record as what they say; one that is no JSON as a string.
json::value document_of(const std::string& payload) {
  auto document = parse_json(payload);
  return document ? *std::move(document) : json::value(payload);
}

}  // namespace

std::string destination_record(const Finished& finished, TimePoint now) {
  json::object record{{"version", "1.0"},
                      {"timestamp", iso8601_ms(now)},
                      {"requestContext",
                       json::object{{"requestId", finished.request_id},
                                    {"functionArn", finished.ref.arn_of(finished.ref.qualifier_or_latest())},
                                    {"condition", finished.condition},
                                    {"approximateInvokeCount", finished.tries}}},
                      {"requestPayload", document_of(finished.payload)}};
  if (finished.outcome) {
    json::object context{{"statusCode", 200}, {"executedVersion", finished.outcome->executed_version}};
    if (finished.outcome->function_error) context["functionError"] = "Unhandled";
    record["responseContext"] = std::move(context);
    record["responsePayload"] = document_of(finished.outcome->payload);
  }
  return to_text(record);
}

}  // namespace hearth::services::lambda
