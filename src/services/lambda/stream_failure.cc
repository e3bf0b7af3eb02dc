#include "services/lambda/stream_failure.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "delivery/queue.h"
#include "delivery/target.h"
#include "services/lambda/destinations.h"
#include "services/lambda/stream_event.h"

namespace hearth::services::lambda {
namespace {

std::string time_of(const StreamFailure& failure, TimePoint time) {
  return failure.traits.in_whole_seconds ? iso8601_seconds(time) : iso8601_ms(time);
}

json::object record_of(const StreamFailure& failure, TimePoint now) {
  const StreamBatch::Records records = failure.given_up.records;
  json::object record{{"requestContext",
                       {{"requestId", failure.request_id},
                        {"functionArn", failure.function.qualified_arn()},
                        {"condition", failure.given_up.condition},
                        {"approximateInvokeCount", failure.given_up.tries}}}};
  if (failure.outcome) {
    json::object response{{"statusCode", 200}, {"executedVersion", failure.outcome->executed_version}};
    response["functionError"] = failure.outcome->function_error ? json::value("Unhandled") : json::value();
    record["responseContext"] = std::move(response);
  }
  record["version"] = "1.0";
  record["timestamp"] = iso8601_ms(now);
  record[failure.traits.batch_info] = {
      {"shardId", failure.shard},
      {"startSequenceNumber", records.front().sequence_number},
      {"endSequenceNumber", records.back().sequence_number},
      {"approximateArrivalOfFirstRecord", time_of(failure, records.front().arrived)},
      {"approximateArrivalOfLastRecord", time_of(failure, records.back().arrived)},
      {"batchSize", records.size()},
      {"streamArn", failure.stream_arn}};
  return record;
}

}  // namespace

std::string failure_keys(const std::string& mapping) {
  return "aws/lambda/" + mapping + "/";
}

delivery::Delivery failure_delivery(const StreamFailure& failure, std::string destination_arn, TimePoint now,
                                    const std::string& id) {
  json::object record = record_of(failure, now);
  std::string body = to_text(record);
  // Buckets get the event, too, as far as a delivery can carry it.
  if (delivery::service_of(destination_arn) == "s3") {
    record["payload"] = stream_event(failure.given_up.records);
    std::string whole = to_text(record);
    if (whole.size() <= delivery::Queue::kBodyBytesMax) body = std::move(whole);
  }
  std::string time = iso8601_seconds(now);
  time.pop_back();
  std::ranges::replace(time, ':', '.');
  return {.sender = sender_of(failure.function, failure.role_arn),
          .target_arn = std::move(destination_arn),
          .body = std::move(body),
          .key = fmt::format("{}{}/{}/{}-{}", failure_keys(failure.mapping), failure.shard, date_slashes(now),
                             time, id),
          .about = fmt::format("the record of {} records of {} in {} that were given up",
                               failure.given_up.records.size(), failure.stream_arn, failure.shard)};
}

}  // namespace hearth::services::lambda
