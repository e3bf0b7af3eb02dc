#include "services/kinesis/readings.h"

#include "services/kinesis/consumers.h"
#include "services/kinesis/limits.h"
#include "services/kinesis/page.h"
#include "services/kinesis/presentation.h"
#include "services/kinesis/reader.h"
#include "services/kinesis/subscription.h"
#include "wire/not_implemented.h"

namespace hearth::services::kinesis {
namespace {

namespace ops = api::kinesis::ops;
using api::kinesis::GetShardIteratorInput;

constexpr std::string_view kStreamPart = "stream/";

Status check_start(const GetShardIteratorInput& input, TimePoint now) {
  const std::string& type = input.shard_iterator_type;
  const bool numbered = input.starting_sequence_number.has_value();
  if (type.ends_with("SEQUENCE_NUMBER") != numbered) {
    return fail(errors::invalid(fmt::format(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
        "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {} and {} "
        "StartingSequenceNumber.",
        type, numbered ? "also a" : "no")));
  }
  if (type == "AT_TIMESTAMP" && !input.timestamp) {
    return fail(
        errors::invalid("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current "
                        "request has no timestamp parameter."));
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
  if (!sequence) co_return errors::foreign_sequence(*input.starting_sequence_number, shard_id(shard), ref);
  if (sequence->shard != shard) {
    co_return errors::invalid(fmt::format(
        "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with {}",
        shard_id(sequence->shard), shard_id(shard)));
  }
  co_return type == "AT_SEQUENCE_NUMBER" ? sequence->stamp : sequence->stamp.next();
}

std::string expired(TimePoint made, TimePoint now) {
  return fmt::format(
      "Iterator expired. The iterator was created at time {} while right now it is {} which is further in "
      "the future than the tolerated delay of {} milliseconds.",
      told_time(made), told_time(now), std::chrono::milliseconds(limits::kIteratorLife).count());
}

}  // namespace

void Readings::mount(wire::Router& router) {
  router.resolve_with(api::kinesis::kService, *this);
  router.on<ops::GetShardIterator>(*this, &Readings::iterator);
  router.on<ops::GetRecords>(*this, &Readings::get);
  router.on<ops::SubscribeToShard>(*this, &Readings::subscribe);
}

Async<std::string> Readings::resolve(const Call&, std::string resource) {
  const size_t at = resource.rfind(':');
  const std::string_view rest = std::string_view(resource).substr(at + 1);
  if (!rest.starts_with(kStreamPart)) co_return resource;
  const auto stream = tokens_.stream_of(rest.substr(kStreamPart.size()));
  co_return stream ? stream->arn() : resource;
}

Async<Iterator> Readings::place(StreamRef ref, GetShardIteratorInput input) {
  TRY_VOID(check_start(input, parts_.clock.now()));
  auto body = [&](store::Transaction& tx) -> Async<Iterator> {
    TRY(const StreamRecord stream, co_await require_stream(tx, ref));
    TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
    const auto number = read_shard_id(input.shard_id);
    if (!number) co_return errors::no_shard(input.shard_id, ref);
    if (!shards.find(*number)) co_return errors::no_shard(shard_id(*number), ref);
    TRY(const store::Stamp from, co_await start_of(tx, records_of(stream.id, *number), input, *number, ref));
    co_return Iterator{ref, stream.id, *number, from, epoch_ms(parts_.clock.now())};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::kinesis::GetShardIteratorOutput> Readings::iterator(const Call& call,
                                                               GetShardIteratorInput input) {
  TRY_VOID(wire::refuse_given(input.dry_run, "DryRun"));
  TRY(StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY(const Iterator made, co_await place(std::move(ref), std::move(input)));
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
  auto body = [&](store::Transaction& tx) -> Async<Page> {
    co_return co_await page_from(tx, at, limit, now);
  };
  TRY(Page page, co_await parts_.store.read(body));
  if (!page.ended) {
    page.shown.next_shard_iterator =
        tokens_.seal(Iterator{at.stream, at.id, at.shard, page.next, epoch_ms(now)});
  }
  co_return std::move(page.shown);
}

Async<api::kinesis::SubscribeToShardOutput> Readings::subscribe(const Call& call,
                                                                api::kinesis::SubscribeToShardInput input) {
  TRY_VOID(wire::refuse_given(input.dry_run, "DryRun"));
  TRY_VOID(wire::refuse_given(input.stream_id, "StreamId"));
  if (call.request && call.request->headers.get("content-type").find("json") == std::string_view::npos)
    co_return wire::not_implemented("subscriptions in CBOR");
  const auto consumer = ConsumerRef::of_arn(input.consumer_arn);
  if (!consumer) co_return errors::invalid(fmt::format("ConsumerARN {} is invalid.", input.consumer_arn));
  auto exists = [&](store::Transaction& tx) -> Async<ConsumerRecord> {
    co_return co_await require_consumer(tx, *consumer);
  };
  TRY_VOID(co_await parts_.store.read(exists));
  const auto& start = input.starting_position;
  TRY(Iterator from, co_await place(consumer->stream, {.shard_id = input.shard_id,
                                                       .shard_iterator_type = start.type,
                                                       .starting_sequence_number = start.sequence_number,
                                                       .timestamp = start.timestamp}));
  co_return api::kinesis::SubscribeToShardOutput{
      .event_stream =
          std::unique_ptr<io::BodySource>(std::make_unique<Subscription>(parts_, std::move(from)))};
}

}  // namespace hearth::services::kinesis
