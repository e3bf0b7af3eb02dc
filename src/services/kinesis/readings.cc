#include "services/kinesis/readings.h"

#include "services/kinesis/limits.h"
#include "services/kinesis/presentation.h"
#include "services/kinesis/reader.h"
#include "wire/not_implemented.h"

namespace hearth::services::kinesis {
namespace {

namespace ops = api::kinesis::ops;
using api::kinesis::GetShardIteratorInput;

constexpr std::string_view kStreamPart = "stream/";

Status check_start(const GetShardIteratorInput& input, TimePoint now) {
  const std::string& type = input.shard_iterator_type;
  if (type.ends_with("SEQUENCE_NUMBER") && !input.starting_sequence_number) {
    return fail(errors::invalid(
        fmt::format("Must specify StartingSequenceNumber for an iterator of type {}.", type)));
  }
  if (type == "AT_TIMESTAMP" && !input.timestamp) {
    return fail(errors::invalid("Must specify Timestamp for an iterator of type AT_TIMESTAMP."));
  }
  if (type == "AT_TIMESTAMP" && *input.timestamp > now) {
    return fail(
        errors::invalid(fmt::format("The timestampInMillis parameter cannot be greater than the "
                                    "currentTimestampInMillis. timestampInMillis: {}, "
                                    "currentTimestampInMillis: {}",
                                    epoch_ms(*input.timestamp), epoch_ms(now))));
  }
  return {};
}

// Where an iterator of this type begins.
Async<store::Stamp> start_of(store::Transaction& tx, store::Key records, GetShardIteratorInput input,
                             uint64_t shard, StreamRef ref) {
  const std::string& type = input.shard_iterator_type;
  if (type == "LATEST") co_return co_await latest(tx, records);
  if (type == "AT_TIMESTAMP") co_return co_await first_since(tx, records, *input.timestamp);
  if (type == "TRIM_HORIZON") co_return store::Stamp{};
  const auto sequence = Sequence::parse(*input.starting_sequence_number);
  if (!sequence || sequence->shard != shard) {
    co_return errors::foreign_sequence(*input.starting_sequence_number, input.shard_id, ref);
  }
  co_return type == "AT_SEQUENCE_NUMBER" ? sequence->stamp : sequence->stamp.next();
}

std::string expired(TimePoint made, TimePoint now) {
  return fmt::format(
      "Iterator expired. The iterator was created at time {} while right now it is {} which is further in "
      "the future "
      "than the tolerated delay of {} milliseconds.",
      http_date(made), http_date(now), std::chrono::milliseconds(limits::kIteratorLife).count());
}

}  // namespace

void Readings::mount(wire::Router& router) {
  router.resolve_with(api::kinesis::kService, *this);
  router.on<ops::GetShardIterator>(*this, &Readings::iterator);
  router.on<ops::GetRecords>(*this, &Readings::get);
}

Async<std::string> Readings::resolve(const Call&, std::string resource) {
  const size_t at = resource.rfind(':');
  const std::string_view rest = std::string_view(resource).substr(at + 1);
  if (!rest.starts_with(kStreamPart)) co_return resource;
  const auto stream = tokens_.stream_of(rest.substr(kStreamPart.size()));
  co_return stream ? stream->arn() : resource;
}

Async<api::kinesis::GetShardIteratorOutput> Readings::iterator(const Call& call,
                                                               GetShardIteratorInput input) {
  TRY_VOID(wire::refuse_given(input.dry_run, "DryRun"));
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY_VOID(check_start(input, parts_.clock.now()));
  auto body = [&](store::Transaction& tx) -> Async<Iterator> {
    TRY(const StreamRecord stream, co_await require_stream(tx, ref));
    TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
    const auto number = parse_shard_id(input.shard_id);
    if (!number || !shards.find(*number)) co_return errors::no_shard(input.shard_id, ref);
    TRY(const store::Stamp from, co_await start_of(tx, records_of(stream.id, *number), input, *number, ref));
    co_return Iterator{ref, stream.id, *number, from, epoch_ms(parts_.clock.now())};
  };
  TRY(const Iterator made, co_await parts_.store.read(body));
  co_return api::kinesis::GetShardIteratorOutput{.shard_iterator = tokens_.seal(made)};
}

Async<api::kinesis::GetRecordsOutput> Readings::get(const Call&, api::kinesis::GetRecordsInput input) {
  TRY_VOID(wire::refuse_given(input.dry_run, "DryRun"));
  const auto opened = tokens_.open_iterator(input.shard_iterator);
  if (!opened) co_return errors::bad_iterator();
  const Iterator& at = *opened;
  const TimePoint now = parts_.clock.now();
  const TimePoint made = from_epoch_ms(at.made_ms);
  if (made + limits::kIteratorLife < now) co_return errors::expired_iterator_exception(expired(made, now));
  const auto limit = static_cast<size_t>(input.limit.value_or(limits::kGetRecordsMax));
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::GetRecordsOutput> {
    TRY(const StreamRecord stream, co_await require_stream(tx, at.stream));
    if (stream.id != at.id) co_return errors::no_stream(at.stream);
    TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
    const Shard* shard = shards.find(at.shard);
    if (!shard) co_return errors::no_shard(shard_id(at.shard), at.stream);
    TRY(GotPage page, co_await read_records(tx, records_of(at.id, at.shard),
                                            {.from = at.from,
                                             .horizon = horizon_of(stream, now),
                                             .records_max = limit,
                                             .bytes_max = limits::kGetBytesMax - limits::kRecordBytesMax}));
    api::kinesis::GetRecordsOutput out;
    out.millis_behind_latest = 0;
    if (page.more && !page.records.empty()) {
      const auto behind = now - page.records.back().record.arrived;
      out.millis_behind_latest =
          std::max<int64_t>(0, std::chrono::floor<std::chrono::milliseconds>(behind).count());
    }
    for (Got& got : page.records) {
      out.records.push_back({.sequence_number = Sequence{got.stamp, at.shard}.digits(),
                             .approximate_arrival_timestamp = got.record.arrived,
                             .data = std::move(got.record.data),
                             .partition_key = std::move(got.record.partition_key)});
    }
    if (page.more || shard->open()) {
      out.next_shard_iterator = tokens_.seal(Iterator{at.stream, at.id, at.shard, page.next, epoch_ms(now)});
    } else {
      out.child_shards = describe_children(shards, *shard);
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::kinesis
