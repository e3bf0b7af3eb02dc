#include "services/kinesis/streams.h"

#include <algorithm>

#include "services/kinesis/limits.h"
#include "services/kinesis/presentation.h"
#include "services/kinesis/shard_map.h"
#include "services/kinesis/tags.h"
#include "wire/not_implemented.h"

namespace hearth::services::kinesis {
namespace {

namespace ops = api::kinesis::ops;
using store::Key;

constexpr size_t kNamesPage = 100;
constexpr int64_t kShardsPage = 100;

Status check_served(const api::kinesis::CreateStreamInput& input) {
  TRY_SYNC_VOID(wire::refuse_given(input.warm_throughput_mi_bps, "warm throughput"));
  if (input.record_distribution_strategy.value_or("USER_PARTITION_KEY") != "USER_PARTITION_KEY") {
    return fail(wire::not_implemented("records without partition keys"));
  }
  constexpr int32_t kKiB = limits::kRecordBytesMax / 1024;
  if (input.max_record_size_in_ki_b.value_or(kKiB) != kKiB)
    return fail(wire::not_implemented("records of more than 1 MiB"));
  return {};
}

// All streams of an account and region; there are few.
Async<int64_t> count_open_shards(store::Transaction& tx, StreamRef ref) {
  TRY(const auto streams, co_await Tables(tx, ref).streams.all());
  int64_t count = 0;
  for (const auto& entry : streams) {
    TRY(const ShardMap shards, co_await ShardMap::load(tx, entry.record.id));
    count += static_cast<int64_t>(shards.open().size());
  }
  co_return count;
}

Async<void> check_shards(store::Transaction& tx, StreamRef ref, int64_t more) {
  if (more > limits::kShardsMax / 2) {
    TRY(const int64_t count, co_await count_open_shards(tx, ref));
    if (count + more > limits::kShardsMax) {
      co_return errors::limit_exceeded_exception(fmt::format(
          "This request would exceed the shard limit for the account {} in {}. Current shard count for "
          "the account: {}. Limit: {}. Number of additional shards that would have resulted from this "
          "request: {}. Refer to the AWS Service Limits page "
          "(https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and "
          "how to request higher limits.",
          ref.account, ref.region, count, limits::kShardsMax, more));
    }
  }
  co_return {};
}

}  // namespace

void Streams::mount(wire::Router& router) {
  router.on<ops::CreateStream>(*this, &Streams::create);
  router.on<ops::DeleteStream>(*this, &Streams::remove);
  router.on<ops::DescribeStream>(*this, &Streams::describe);
  router.on<ops::DescribeStreamSummary>(*this, &Streams::summarize);
  router.on<ops::ListStreams>(*this, &Streams::list);
  router.on<ops::DescribeLimits>(*this, &Streams::limits);
  router.on<ops::UpdateStreamMode>(*this, &Streams::set_mode);
  router.on<ops::IncreaseStreamRetentionPeriod>(*this, &Streams::keep_longer);
  router.on<ops::DecreaseStreamRetentionPeriod>(*this, &Streams::keep_shorter);
  router.on<ops::StartStreamEncryption>(*this, &Streams::encrypt);
  router.on<ops::StopStreamEncryption>(*this, &Streams::decrypt);
}

Async<ops::CreateStream::Output> Streams::create(const Call& call, api::kinesis::CreateStreamInput input) {
  TRY_VOID(check_served(input));
  const StreamRef ref{.account = call.account, .region = call.region, .name = input.stream_name};
  const bool on_demand = input.stream_mode_details && input.stream_mode_details->stream_mode == "ON_DEMAND";
  if (on_demand && input.shard_count) {
    co_return errors::validation_exception("ShardCount cannot be specified for streams in On-Demand mode.");
  }
  if (!on_demand && !input.shard_count) {
    co_return errors::validation_exception("ShardCount must be specified for streams in Provisioned mode.");
  }
  const int64_t count = on_demand ? limits::kOnDemandShards : *input.shard_count;
  StreamRecord record{.id = parts_.random.next(), .created = parts_.clock.now(), .on_demand = on_demand};
  TRY_VOID(add_tags(ref, record.tags, input.tags.value_or(Tags())));
  auto body = [&](store::Transaction& tx) -> Async<ops::CreateStream::Output> {
    Tables tables(tx, ref);
    TRY(const bool exists, co_await tables.streams.contains(Key(ref.name)));
    if (exists) co_return errors::stream_exists(ref);
    TRY_VOID(co_await check_shards(tx, ref, count));
    StreamRecord stream = record;
    const ShardMap shards(stream, static_cast<uint64_t>(count), stream.created);
    tables.streams.put(Key(ref.name), stream);
    shards.save(tx, stream.id);
    co_return ops::CreateStream::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteStream::Output> Streams::remove(const Call& call, api::kinesis::DeleteStreamInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteStream::Output> {
    TRY(const StreamRecord stream, co_await require_stream(tx, ref));
    Tables tables(tx, ref);
    TRY(const size_t consumers, co_await tables.consumers.count(Key(ref.name), 1));
    if (consumers > 0 && !input.enforce_consumer_deletion.value_or(false)) {
      co_return errors::resource_in_use_exception(
          fmt::format("Stream {} under account {} has registered consumers. Deregister them, or set "
                      "EnforceConsumerDeletion.",
                      ref.name, ref.account));
    }
    tables.streams.erase(Key(ref.name));
    tables.consumers.erase_under(Key(ref.name));
    tx.erase_range(shards_of(stream.id).under());
    tx.erase_range(records_of(stream.id).under());
    co_return ops::DeleteStream::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::kinesis::DescribeStreamOutput> Streams::describe(const Call& call,
                                                            api::kinesis::DescribeStreamInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  const auto limit = static_cast<size_t>(input.limit.value_or(kShardsPage));
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::DescribeStreamOutput> {
    TRY(const StreamRecord stream, co_await require_stream(tx, ref));
    TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
    api::kinesis::DescribeStreamOutput out;
    auto& shown = out.stream_description;
    shown = {.stream_name = ref.name,
             .stream_arn = ref.arn(),
             .stream_status = std::string(kActive),
             .stream_mode_details = mode_of(stream),
             .retention_period_hours = static_cast<int32_t>(stream.retention_hours),
             .stream_creation_timestamp = stream.created,
             .enhanced_monitoring = {{.shard_level_metrics = std::vector<std::string>()}},
             .encryption_type = encryption_of(stream)};
    if (!stream.key.empty()) shown.key_id = stream.key;
    for (const Shard& shard : shards.all()) {
      if (input.exclusive_start_shard_id && shard.id() <= *input.exclusive_start_shard_id) continue;
      shown.has_more_shards = shown.shards.size() == limit;
      if (shown.has_more_shards) break;
      shown.shards.push_back(describe_shard(shard));
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::kinesis::DescribeStreamSummaryOutput> Streams::summarize(
    const Call& call, api::kinesis::DescribeStreamSummaryInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::DescribeStreamSummaryOutput> {
    TRY(const StreamRecord stream, co_await require_stream(tx, ref));
    TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
    TRY(const size_t consumers, co_await Tables(tx, ref).consumers.count(Key(ref.name)));
    api::kinesis::DescribeStreamSummaryOutput out;
    out.stream_description_summary = {
        .stream_name = ref.name,
        .stream_arn = ref.arn(),
        .stream_status = std::string(kActive),
        .stream_mode_details = mode_of(stream),
        .retention_period_hours = static_cast<int32_t>(stream.retention_hours),
        .stream_creation_timestamp = stream.created,
        .enhanced_monitoring = {{.shard_level_metrics = std::vector<std::string>()}},
        .encryption_type = encryption_of(stream),
        .open_shard_count = static_cast<int32_t>(shards.open().size()),
        .consumer_count = static_cast<int32_t>(consumers),
        .max_record_size_in_ki_b = static_cast<int32_t>(limits::kRecordBytesMax / 1024)};
    if (!stream.key.empty()) out.stream_description_summary.key_id = stream.key;
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::kinesis::ListStreamsOutput> Streams::list(const Call& call, api::kinesis::ListStreamsInput input) {
  const StreamRef scope{.account = call.account, .region = call.region, .name = {}};
  const auto& start = input.next_token ? input.next_token : input.exclusive_start_stream_name;
  store::ListOptions options{.rows_max = static_cast<size_t>(input.limit.value_or(kNamesPage))};
  if (start) options.after = Key(*start).bytes();
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::ListStreamsOutput> {
    TRY(const auto page, co_await Tables(tx, scope).streams.list(options));
    api::kinesis::ListStreamsOutput out;
    out.stream_summaries.emplace();
    for (const auto& [key, stream] : page.entries) {
      TRY(auto parts, store::parse_key<std::string>(key));
      StreamRef ref = scope;
      ref.name = std::get<0>(parts);
      out.stream_names.push_back(ref.name);
      out.stream_summaries->push_back({.stream_name = ref.name,
                                       .stream_arn = ref.arn(),
                                       .stream_status = std::string(kActive),
                                       .stream_mode_details = mode_of(stream),
                                       .stream_creation_timestamp = stream.created});
    }
    out.has_more_streams = !page.next.empty();
    if (out.has_more_streams) out.next_token = out.stream_names.back();
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::kinesis::DescribeLimitsOutput> Streams::limits(const Call& call,
                                                          api::kinesis::DescribeLimitsInput) {
  const StreamRef scope{.account = call.account, .region = call.region, .name = {}};
  auto body = [&](store::Transaction& tx) -> Async<api::kinesis::DescribeLimitsOutput> {
    TRY(const int64_t shards, co_await count_open_shards(tx, scope));
    TRY(const auto streams, co_await Tables(tx, scope).streams.all());
    const auto on_demand =
        std::ranges::count_if(streams, [](const auto& one) { return one.record.on_demand; });
    co_return api::kinesis::DescribeLimitsOutput{
        .shard_limit = static_cast<int32_t>(limits::kShardsMax),
        .open_shard_count = static_cast<int32_t>(shards),
        .on_demand_stream_count = static_cast<int32_t>(on_demand),
        .on_demand_stream_count_limit = static_cast<int32_t>(limits::kOnDemandStreamsMax)};
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::UpdateStreamMode::Output> Streams::set_mode(const Call& call,
                                                       api::kinesis::UpdateStreamModeInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, {}, input.stream_arn, input.stream_id));
  TRY_VOID(wire::refuse_given(input.warm_throughput_mi_bps, "warm throughput"));
  auto body = [&](store::Transaction& tx) -> Async<ops::UpdateStreamMode::Output> {
    TRY(StreamRecord stream, co_await require_stream(tx, ref));
    stream.on_demand = input.stream_mode_details.stream_mode == "ON_DEMAND";
    Tables(tx, ref).streams.put(Key(ref.name), stream);
    co_return ops::UpdateStreamMode::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> Streams::set_retention(StreamRef ref, int64_t hours, bool longer) {
  if (hours < limits::kRetentionHoursMin) {
    co_return errors::invalid(fmt::format(
        "Minimum allowed retention period is {} hours. Requested retention period ({} hours) is too short.",
        limits::kRetentionHoursMin, hours));
  }
  if (hours > limits::kRetentionHoursMax) {
    co_return errors::invalid(fmt::format(
        "Maximum allowed retention period is {} hours. Requested retention period ({} hours) is too long.",
        limits::kRetentionHoursMax, hours));
  }
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(StreamRecord stream, co_await require_stream(tx, ref));
    if (longer ? hours < stream.retention_hours : hours > stream.retention_hours) {
      co_return errors::invalid(fmt::format(
          "Requested retention period ({} hours) for stream {} can not be {} than existing retention "
          "period ({} hours). Use {}RetentionPeriod API.",
          hours, ref.name, longer ? "shorter" : "longer", stream.retention_hours,
          longer ? "Decrease" : "Increase"));
    }
    stream.retention_hours = hours;
    Tables(tx, ref).streams.put(Key(ref.name), stream);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::IncreaseStreamRetentionPeriod::Output> Streams::keep_longer(
    const Call& call, api::kinesis::IncreaseStreamRetentionPeriodInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY_VOID(co_await set_retention(ref, input.retention_period_hours, true));
  co_return ops::IncreaseStreamRetentionPeriod::Output{};
}

Async<ops::DecreaseStreamRetentionPeriod::Output> Streams::keep_shorter(
    const Call& call, api::kinesis::DecreaseStreamRetentionPeriodInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY_VOID(co_await set_retention(ref, input.retention_period_hours, false));
  co_return ops::DecreaseStreamRetentionPeriod::Output{};
}

Async<void> Streams::set_key(StreamRef ref, std::string key) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(StreamRecord stream, co_await require_stream(tx, ref));
    stream.key = key;
    Tables(tx, ref).streams.put(Key(ref.name), stream);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::StartStreamEncryption::Output> Streams::encrypt(const Call& call,
                                                           api::kinesis::StartStreamEncryptionInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  if (input.encryption_type == "NONE") co_return errors::invalid("EncryptionType NONE does not encrypt.");
  TRY_VOID(co_await set_key(ref, std::move(input.key_id)));
  co_return ops::StartStreamEncryption::Output{};
}

Async<ops::StopStreamEncryption::Output> Streams::decrypt(const Call& call,
                                                          api::kinesis::StopStreamEncryptionInput input) {
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY_VOID(co_await set_key(ref, {}));
  co_return ops::StopStreamEncryption::Output{};
}

}  // namespace hearth::services::kinesis
