#include "services/lambda/source_stream.h"

#include <fmt/format.h>

#include "api/lambda.h"
#include "delivery/target.h"
#include "services/lambda/destinations.h"
#include "services/lambda/stream_failure.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

}  // namespace

delivery::StreamStart start_of(const MappingRecord& mapping) {
  using Kind = delivery::StreamStart::Kind;
  if (mapping.start == "LATEST") return {.kind = Kind::kLatest};
  if (mapping.start == "AT_TIMESTAMP") return {.kind = Kind::kAtTime, .time = *mapping.start_time};
  return {.kind = Kind::kOldest};
}

Async<void> check_stream(const Parts& parts, MappingRef ref, MappingRecord mapping, FunctionRef function,
                         std::string role_arn) {
  delivery::StreamSource& source = *parts.streams.find(mapping.source_arn);
  const Status good = co_await source.check(sender_of(function, role_arn), mapping.source_arn);
  if (!good && !delivery::is_final(good.error())) co_return good.error();
  if (!good) co_return errors::invalid_parameter_value_exception(good.error().message);
  if (mapping.on_failure.empty()) co_return {};
  co_return co_await check_destinations(parts, function, role_arn,
                                        {.on_failure = mapping.on_failure, .keys = failure_keys(ref.uuid)});
}

Async<std::vector<FirstLane>> first_lanes(const Parts& parts, MappingRecord mapping) {
  delivery::StreamSource& source = *parts.streams.find(mapping.source_arn);
  TRY(const auto shards, co_await source.shards(mapping.source_arn));
  std::vector<FirstLane> lanes;
  for (const delivery::StreamShard& shard : shards) {
    TRY(std::string position, co_await source.begin(mapping.source_arn, shard.id, start_of(mapping)));
    lanes.push_back(
        {.shard = shard.id,
         .record = {.lanes = static_cast<uint64_t>(mapping.lanes), .position = std::move(position)}});
  }
  co_return lanes;
}

void put_lanes(store::Transaction& tx, const MappingRef& ref, const MappingRecord& mapping,
               const std::vector<FirstLane>& lanes) {
  auto table = lanes_of(tx, ref.uuid);
  for (const FirstLane& lane : lanes) {
    for (uint64_t i = 0; i < static_cast<uint64_t>(mapping.lanes); ++i)
      table.put(store::Key(lane.shard, i), lane.record);
  }
}

}  // namespace hearth::services::lambda
