#include "services/kinesis/shards.h"

#include <algorithm>

#include "services/kinesis/limits.h"
#include "services/kinesis/presentation.h"
#include "services/kinesis/reader.h"

namespace hearth::services::kinesis {
namespace {

namespace ops = api::kinesis::ops;
using store::Key;

constexpr size_t kPageDefault = 1000;
constexpr std::chrono::minutes kTokenLife(5);

// What a listing is asked for, as one text that a token can carry: a kind, and its shard or time.
struct Filter {
  std::string type;
  uint64_t shard = 0;
  int64_t time_ms = 0;

  std::string text() const { return Key(type, shard, time_ms).bytes(); }
  static Filter parse(std::string_view text) {
    auto parts = store::parse_key<std::string, uint64_t, int64_t>(text);
    if (!parts) return {};
    return {std::get<0>(*parts), std::get<1>(*parts), std::get<2>(*parts)};
  }

  bool wants(const Shard& shard, const StreamRecord& stream, TimePoint now) const {
    if (type.empty()) return true;
    if (type == "AFTER_SHARD_ID") return shard.number > this->shard;
    if (type == "AT_LATEST") return shard.open();
    const TimePoint time = type.ends_with("TIMESTAMP")
                               ? from_epoch_ms(time_ms)
                               : std::max(now - std::chrono::hours(stream.retention_hours), stream.created);
    const bool lasts = !shard.record.closed || *shard.record.closed > time;
    return lasts && (type.starts_with("FROM_") || shard.record.created <= time);
  }
};

Result<Filter> filter_of(const api::kinesis::ListShardsInput& input) {
  Filter filter;
  if (input.exclusive_start_shard_id) {
    const auto shard = parse_shard_id(*input.exclusive_start_shard_id);
    if (!shard)
      return fail(errors::invalid(fmt::format("ShardId {} is invalid.", *input.exclusive_start_shard_id)));
    filter = {.type = "AFTER_SHARD_ID", .shard = *shard};
  }
  if (!input.shard_filter) return filter;
  filter.type = input.shard_filter->type;
  const bool by_shard = filter.type == "AFTER_SHARD_ID";
  if (by_shard != input.shard_filter->shard_id.has_value()) {
    return fail(errors::invalid(by_shard
                                    ? "ShardId must be specified for a filter of type AFTER_SHARD_ID."
                                    : "ShardId can only be specified for a filter of type AFTER_SHARD_ID."));
  }
  const bool by_time = filter.type.ends_with("TIMESTAMP");
  if (by_time != input.shard_filter->timestamp.has_value()) {
    return fail(errors::invalid(fmt::format("Timestamp {} be specified for a filter of type {}.",
                                            by_time ? "must" : "cannot", filter.type)));
  }
  if (by_shard) {
    const auto shard = parse_shard_id(*input.shard_filter->shard_id);
    if (!shard)
      return fail(errors::invalid(fmt::format("ShardId {} is invalid.", *input.shard_filter->shard_id)));
    filter.shard = *shard;
  }
  if (by_time) filter.time_ms = epoch_ms(*input.shard_filter->timestamp);
  return filter;
}

// An open shard, to be cut or joined.
Result<const Shard*> require_open(const ShardMap& shards, const std::string& id, const StreamRef& ref) {
  const auto number = read_shard_id(id);
  const Shard* shard = number ? shards.find(*number) : nullptr;
  if (!shard) return fail(errors::no_shard(number ? shard_id(*number) : id, ref));
  if (!shard->open()) return fail(errors::shard_closed(shard->id(), ref));
  return shard;
}

Status check_provisioned(const StreamRecord& stream, const StreamRef& ref) {
  if (!stream.on_demand) return {};
  return fail(errors::validation_exception(fmt::format(
      "Request is invalid. Stream {} under account {} is in On-Demand mode.", ref.name, ref.account)));
}

Status check_count(int64_t open, int64_t target) {
  if (target > open * 2) {
    return fail(errors::limit_exceeded_exception(fmt::format(
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard "
        "count: {} Target shard count: {}",
        open, target)));
  }
  if (target * 2 < open) {
    return fail(errors::limit_exceeded_exception(fmt::format(
        "UpdateShardCount cannot scale down below half your current open shard count. Current open shard "
        "count: {} Target shard count: {}",
        open, target)));
  }
  if (target <= limits::kShardsMax / 2) return {};
  return fail(errors::limit_exceeded_exception(
      fmt::format("UpdateShardCount cannot scale beyond {} shards.", limits::kShardsMax / 2)));
}

}  // namespace

void Shards::mount(wire::Router& router) {
  router.on<ops::ListShards>(*this, &Shards::list);
  router.on<ops::SplitShard>(*this, &Shards::split);
  router.on<ops::MergeShards>(*this, &Shards::merge);
  router.on<ops::UpdateShardCount>(*this, &Shards::set_count);
}

Async<api::kinesis::ListShardsOutput> Shards::list(const Call& call, api::kinesis::ListShardsInput input) {
  ShardPage page;
  Filter filter;
  const TimePoint now = parts_.clock.now();
  if (input.next_token) {
    if (input.stream_name || input.stream_arn) {
      co_return errors::invalid("NextToken and StreamName cannot be provided together.");
    }
    auto opened = tokens_.open_page(*input.next_token);
    if (!opened) co_return errors::invalid("NextToken is invalid.");
    if (from_epoch_ms(opened->made_ms) + kTokenLife < now) {
      co_return errors::expired_next_token_exception("The pagination token has expired.");
    }
    page = *std::move(opened);
    filter = Filter::parse(page.filter);
  } else {
    TRY(page.stream, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
    TRY(filter, filter_of(input));
  }
  const size_t limit = static_cast<size_t>(input.max_results.value_or(kPageDefault));
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::ListShardsOutput> {
    TRY(const StreamRecord stream, co_await require_stream(tx, page.stream));
    if (input.next_token && page.id != stream.id) co_return errors::no_stream(page.stream);
    TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
    api::kinesis::ListShardsOutput out;
    out.shards.emplace();
    for (const Shard& shard : shards.all()) {
      if (shard.number < page.next || !filter.wants(shard, stream, now)) continue;
      if (out.shards->size() == limit) {
        out.next_token = tokens_.seal(ShardPage{.stream = page.stream,
                                                .id = stream.id,
                                                .next = shard.number,
                                                .made_ms = epoch_ms(now),
                                                .filter = filter.text()});
        break;
      }
      out.shards->push_back(describe_shard(shard));
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::SplitShard::Output> Shards::split(const Call& call, api::kinesis::SplitShardInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  const auto middle = HashKey::parse(input.new_starting_hash_key);
  auto body = [&](store::Transaction& tx) -> Async<ops::SplitShard::Output> {
    TRY(StreamRecord stream, co_await require_stream(tx, ref));
    TRY_VOID(check_provisioned(stream, ref));
    TRY(ShardMap shards, co_await ShardMap::load(tx, stream.id));
    TRY(const Shard* shard, require_open(shards, input.shard_to_split, ref));
    const HashKey begin = shard->record.begin();
    if (!middle || *middle <= begin.next() || begin == HashKey::max() || *middle >= shard->record.end()) {
      co_return errors::invalid(
          fmt::format("NewStartingHashKey {} used in SplitShard() on shard {} in {} is not both greater than "
                      "one plus the shard's "
                      "StartingHashKey {} and less than the shard's EndingHashKey {}.",
                      input.new_starting_hash_key, shard->id(), errors::place_of(ref), begin.decimal(),
                      shard->record.end().decimal()));
    }
    shards.split(stream, shard->number, *middle, parts_.clock.now());
    shards.save(tx, stream.id);
    Tables(tx, ref).streams.put(Key(ref.name), stream);
    co_return ops::SplitShard::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::MergeShards::Output> Shards::merge(const Call& call, api::kinesis::MergeShardsInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  auto body = [&](store::Transaction& tx) -> Async<ops::MergeShards::Output> {
    TRY(StreamRecord stream, co_await require_stream(tx, ref));
    TRY_VOID(check_provisioned(stream, ref));
    TRY(ShardMap shards, co_await ShardMap::load(tx, stream.id));
    TRY(const Shard* first, require_open(shards, input.shard_to_merge, ref));
    TRY(const Shard* second, require_open(shards, input.adjacent_shard_to_merge, ref));
    const std::string named = first->id() + " and " + second->id();
    if (second->record.begin() < first->record.begin()) std::swap(first, second);
    if (first == second || first->record.end().next() != second->record.begin()) {
      co_return errors::invalid(
          fmt::format("Shards {} in {} are not an adjacent pair of shards eligible for merging.", named,
                      errors::place_of(ref)));
    }
    shards.merge(stream, first->number, second->number, parts_.clock.now());
    shards.save(tx, stream.id);
    Tables(tx, ref).streams.put(Key(ref.name), stream);
    co_return ops::MergeShards::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::kinesis::UpdateShardCountOutput> Shards::set_count(const Call& call,
                                                              api::kinesis::UpdateShardCountInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::UpdateShardCountOutput> {
    TRY(StreamRecord stream, co_await require_stream(tx, ref));
    TRY_VOID(check_provisioned(stream, ref));
    TRY(ShardMap shards, co_await ShardMap::load(tx, stream.id));
    const auto open = static_cast<int64_t>(shards.open().size());
    TRY_VOID(check_count(open, input.target_shard_count));
    shards.cut_evenly(stream, static_cast<uint64_t>(input.target_shard_count), parts_.clock.now());
    shards.save(tx, stream.id);
    Tables(tx, ref).streams.put(Key(ref.name), stream);
    co_return api::kinesis::UpdateShardCountOutput{.stream_name = ref.name,
                                                   .current_shard_count = static_cast<int32_t>(open),
                                                   .target_shard_count = input.target_shard_count,
                                                   .stream_arn = ref.arn()};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::kinesis
