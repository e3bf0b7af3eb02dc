#include "services/kinesis/source.h"

#include "base/encoding.h"
#include "delivery/target.h"
#include "services/kinesis/consumers.h"
#include "services/kinesis/errors.h"
#include "services/kinesis/reader.h"

namespace hearth::services::kinesis {
namespace {

using delivery::kTargetDenied;
using delivery::kTargetMissing;
using delivery::target_error;
namespace ops = api::kinesis::ops;

Error missing(const std::string& arn) {
  return target_error(kTargetMissing, "Stream not found: " + arn);
}

struct Place {
  StreamRef ref;
  StreamRecord stream;
};

// A consumer's ARN stands for its stream, as long as it is registered.
Async<Place> place_of(store::Transaction& tx, std::string arn) {
  const auto consumer = ConsumerRef::of_arn(arn);
  if (consumer) {
    const auto registered = co_await require_consumer(tx, *consumer);
    if (!registered) {
      co_return registered.error().code == "ResourceNotFoundException" ? missing(arn) : registered.error();
    }
  }
  auto ref = consumer ? consumer->stream : StreamRef::of_arn(arn);
  if (!ref) co_return missing(arn);
  TRY(auto stream, co_await Tables(tx, *ref).streams.get(store::Key(ref->name)));
  if (!stream) co_return missing(arn);
  co_return Place{*std::move(ref), *std::move(stream)};
}

Result<uint64_t> number_of(std::string_view shard) {
  const auto number = parse_shard_id(shard);
  if (number) return *number;
  return fail(target_error(kTargetMissing, fmt::format("Shard not found: {}", shard)));
}

// A position is the number of a record; readers here want the stamp behind it.
store::Stamp from_position(std::string_view position) {
  const auto sequence = Sequence::parse(position);
  return sequence ? sequence->stamp.next() : store::Stamp{};
}
std::string to_position(store::Stamp from, uint64_t shard) {
  if (from == store::Stamp{}) return {};
  return Sequence{from.previous(), shard}.digits();
}

json::object event_of(const Got& got, const delivery::StreamRead& read, const std::string& region,
                      uint64_t shard) {
  const std::string sequence = Sequence{got.stamp, shard}.digits();
  return {{"kinesis",
           {{"kinesisSchemaVersion", "1.0"},
            {"partitionKey", got.record.partition_key},
            {"sequenceNumber", sequence},
            {"data", base64_encode(got.record.data)},
            {"approximateArrivalTimestamp", epoch_seconds(got.record.arrived)}}},
          {"eventSource", "aws:kinesis"},
          {"eventVersion", "1.0"},
          {"eventID", read.shard + ":" + sequence},
          {"eventName", "aws:kinesis:record"},
          {"invokeIdentityArn", read.reader_role},
          {"awsRegion", region},
          {"eventSourceARN", read.arn}};
}

}  // namespace

Async<void> KinesisSource::check(delivery::Sender reader, std::string arn) {
  using Need = std::pair<const wire::OperationInfo*, std::string>;
  std::vector<Need> needs = {{&ops::GetRecords::kInfo, arn}, {&ops::GetShardIterator::kInfo, arn}};
  std::string stream = arn;
  if (const auto consumer = ConsumerRef::of_arn(arn)) {
    needs = {{&ops::SubscribeToShard::kInfo, arn}};
    stream = consumer->stream.arn();
  }
  needs.emplace_back(&ops::DescribeStream::kInfo, stream);
  needs.emplace_back(&ops::ListShards::kInfo, stream);
  for (const auto& [operation, resource] : needs) {
    const Status allowed = co_await rights_.require(reader, *operation, resource);
    if (allowed) continue;
    if (allowed.error().code != kTargetDenied) co_return allowed.error();
    const bool subscribes = stream != arn;
    co_return target_error(
        kTargetDenied,
        fmt::format("Cannot access stream {}. Please ensure the role can perform the {}, DescribeStream, "
                    "ListShards, and ListStreams Actions on your stream in IAM.",
                    arn, subscribes ? "SubscribeToShard" : "GetRecords, GetShardIterator"));
  }
  auto exists = [&](store::Transaction& tx) -> Async<void> {
    TRY_VOID(co_await place_of(tx, arn));
    co_return {};
  };
  co_return co_await parts_.store.read(exists);
}

Async<std::vector<delivery::StreamShard>> KinesisSource::shards(std::string arn) {
  auto body = [&](store::Transaction& tx) -> Async<std::vector<delivery::StreamShard>> {
    TRY(const Place place, co_await place_of(tx, arn));
    TRY(const ShardMap map, co_await ShardMap::load(tx, place.stream.id));
    std::vector<delivery::StreamShard> shards;
    for (const Shard& shard : map.all()) {
      auto& shown = shards.emplace_back();
      shown.id = shard.id();
      for (const uint64_t parent : shard.record.parents) shown.parents.push_back(shard_id(parent));
    }
    co_return shards;
  };
  co_return co_await parts_.store.read(body);
}

Async<std::string> KinesisSource::begin(std::string arn, std::string shard, delivery::StreamStart start) {
  TRY(const uint64_t number, number_of(shard));
  auto body = [&](store::Transaction& tx) -> Async<std::string> {
    TRY(const Place place, co_await place_of(tx, arn));
    const store::Key records = records_of(place.stream.id, number);
    if (start.kind == delivery::StreamStart::Kind::kOldest) co_return "";
    auto stamp = start.kind == delivery::StreamStart::Kind::kLatest ? latest(tx, records)
                                                                    : first_since(tx, records, start.time);
    TRY(const store::Stamp from, co_await stamp);
    co_return to_position(from, number);
  };
  co_return co_await parts_.store.read(body);
}

Async<delivery::StreamPage> KinesisSource::read(delivery::StreamRead read) {
  TRY(const uint64_t number, number_of(read.shard));
  auto body = [&](store::Transaction& tx) -> Async<delivery::StreamPage> {
    TRY(const Place place, co_await place_of(tx, read.arn));
    TRY(const ShardMap map, co_await ShardMap::load(tx, place.stream.id));
    const Shard* shard = map.find(number);
    if (!shard) co_return target_error(kTargetMissing, fmt::format("Shard not found: {}", read.shard));
    TRY(const GotPage page, co_await read_records(tx, records_of(place.stream.id, number),
                                                  {.from = from_position(read.position),
                                                   .horizon = horizon_of(place.stream, parts_.clock.now()),
                                                   .records_max = read.records_max,
                                                   .bytes_max = read.bytes_max,
                                                   .wants = read.wants}));
    delivery::StreamPage out{
        .position = to_position(page.next, number), .more = page.more, .ended = !page.more && !shard->open()};
    for (const Got& got : page.records) {
      out.records.push_back({.sequence_number = Sequence{got.stamp, number}.digits(),
                             .arrived = got.record.arrived,
                             .event = event_of(got, read, place.ref.region, number)});
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<store::Watch> KinesisSource::watch(std::string arn, std::string shard) {
  TRY(const uint64_t number, number_of(shard));
  auto body = [&](store::Transaction& tx) -> Async<uint64_t> {
    TRY(const Place place, co_await place_of(tx, arn));
    co_return place.stream.id;
  };
  TRY(const uint64_t id, co_await parts_.store.read(body));
  co_return parts_.store.watch(records_of(id, number).bytes());
}

json::value KinesisSource::seen_by_filters(const delivery::StreamRecord& record) const {
  json::object seen = record.event.at("kinesis").as_object();
  const auto bytes = base64_decode(seen["data"].as_string());
  auto document = parse_json(bytes.value_or(""));
  if (document && document->is_structured()) {
    seen["data"] = *std::move(document);
  } else {
    seen["data"] = bytes.value_or("");
  }
  for (const auto& [name, value] : record.event) {
    if (name != "kinesis") seen[name] = value;
  }
  return seen;
}

}  // namespace hearth::services::kinesis
