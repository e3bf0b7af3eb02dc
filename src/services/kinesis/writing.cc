#include "services/kinesis/writing.h"

#include "services/kinesis/limits.h"
#include "services/kinesis/presentation.h"
#include "services/kinesis/sequence.h"
#include "services/kinesis/shard_map.h"
#include "wire/not_implemented.h"

namespace hearth::services::kinesis {
namespace {

namespace ops = api::kinesis::ops;
using Entry = api::kinesis::PutRecordsRequestEntry;

Result<HashKey> hash_key_of(const Entry& entry) {
  if (!entry.explicit_hash_key) return HashKey::of(*entry.partition_key);
  const auto key = HashKey::parse(*entry.explicit_hash_key);
  if (key) return *key;
  return fail(errors::invalid(fmt::format(
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {}",
      *entry.explicit_hash_key)));
}

// The model leaves keys out for streams of a kind that is not served.
Status check_keys(const std::vector<Entry>& entries, bool one) {
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].partition_key) continue;
    const std::string place = one ? "partitionKey" : fmt::format("records.{}.member.partitionKey", i + 1);
    return fail(
        errors::validation_exception(fmt::format("1 validation error detected: Value null at '{}' failed to "
                                                 "satisfy constraint: Member must not be null",
                                                 place)));
  }
  return {};
}

Status check_size(const std::vector<Entry>& entries) {
  size_t all = 0;
  for (const Entry& entry : entries) {
    const size_t bytes = entry.data.size() + entry.partition_key->size();
    if (bytes > limits::kRecordBytesMax) {
      return fail(errors::invalid(fmt::format("Record size exceeds {} bytes with partition key: {} bytes.",
                                              limits::kRecordBytesMax, bytes)));
    }
    all += bytes;
  }
  if (all <= limits::kPutBytesMax) return {};
  return fail(errors::invalid(
      fmt::format("Records size exceeds {} MB limit", limits::kPutBytesMax / (size_t{1024} * 1024))));
}

}  // namespace

void Writing::mount(wire::Router& router) {
  router.on<ops::PutRecord>(*this, &Writing::put);
  router.on<ops::PutRecords>(*this, &Writing::put_all);
}

Async<Writing::Written> Writing::write(StreamRef ref, std::vector<Entry> entries) {
  TRY_VOID(check_size(entries));
  std::vector<HashKey> keys;
  for (const Entry& entry : entries) {
    TRY(const HashKey key, hash_key_of(entry));
    keys.push_back(key);
  }
  std::vector<uint64_t> places;
  Written written;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const StreamRecord stream, co_await require_stream(tx, ref));
    TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
    places.clear();
    written.encryption = encryption_of(stream);
    const TimePoint now = parts_.clock.now();
    for (size_t i = 0; i < entries.size(); ++i) {
      places.push_back(shards.open_at(keys[i]).number);
      tx.put_stamped_key(
          records_of(stream.id, places.back()).bytes(), {},
          store::encode(DataRecord{
              .partition_key = *entries[i].partition_key, .data = entries[i].data, .arrived = now}));
    }
    co_return {};
  };
  uint64_t version = 0;
  TRY_VOID(co_await parts_.store.transact(body, {.version = &version}));
  for (size_t i = 0; i < places.size(); ++i) {
    const Sequence sequence{{version, static_cast<uint16_t>(i)}, places[i]};
    written.records.push_back({shard_id(places[i]), sequence.digits()});
  }
  co_return written;
}

// Promises what is so anyway: who has it has the answer to the record before.
Async<void> Writing::check_ordering(StreamRef ref, std::string sequence) {
  if (Sequence::parse(sequence)) co_return {};
  auto exists = [&](store::Transaction& tx) -> Async<StreamRecord> {
    co_return co_await require_stream(tx, ref);
  };
  TRY_VOID(co_await parts_.store.read(exists));
  co_return errors::invalid(
      fmt::format("ExclusiveMinimumSequenceNumber {} used in PutRecord on {} is invalid.", sequence,
                  errors::place_of(ref)));
}

Async<api::kinesis::PutRecordOutput> Writing::put(const Call& call, api::kinesis::PutRecordInput input) {
  TRY_VOID(wire::refuse_given(input.dry_run, "DryRun"));
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  std::vector<Entry> entries;
  entries.push_back({.data = std::move(input.data),
                     .explicit_hash_key = std::move(input.explicit_hash_key),
                     .partition_key = std::move(input.partition_key)});
  TRY_VOID(check_keys(entries, true));
  if (input.sequence_number_for_ordering) {
    TRY_VOID(co_await check_ordering(ref, *std::move(input.sequence_number_for_ordering)));
  }
  TRY(auto written, co_await write(ref, std::move(entries)));
  co_return api::kinesis::PutRecordOutput{.shard_id = std::move(written.records.front().shard),
                                          .sequence_number = std::move(written.records.front().sequence),
                                          .encryption_type = std::move(written.encryption)};
}

Async<api::kinesis::PutRecordsOutput> Writing::put_all(const Call& call,
                                                       api::kinesis::PutRecordsInput input) {
  TRY_VOID(wire::refuse_given(input.dry_run, "DryRun"));
  TRY(const StreamRef ref, StreamRef::of(call, input.stream_name, input.stream_arn, input.stream_id));
  TRY_VOID(check_keys(input.records, false));
  TRY(auto written, co_await write(ref, std::move(input.records)));
  api::kinesis::PutRecordsOutput out;
  out.failed_record_count = 0;
  out.encryption_type = std::move(written.encryption);
  for (Placed& one : written.records) {
    out.records.push_back({.sequence_number = std::move(one.sequence), .shard_id = std::move(one.shard)});
  }
  co_return out;
}

}  // namespace hearth::services::kinesis
