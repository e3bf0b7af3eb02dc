#include "services/kinesis/stream_target.h"

#include "api/kinesis.h"
#include "services/kinesis/limits.h"
#include "services/kinesis/shard_map.h"
#include "services/kinesis/stream_ref.h"

namespace hearth::services::kinesis {
namespace {

using delivery::target_error;

Async<StreamRecord> stream_at(store::Transaction& tx, std::string arn) {
  const auto ref = StreamRef::of_arn(arn);
  if (ref) {
    TRY(auto stream, co_await Tables(tx, *ref).streams.get(store::Key(ref->name)));
    if (stream) co_return *std::move(stream);
  }
  co_return target_error(delivery::kTargetMissing, "there is no stream " + arn);
}

}  // namespace

Async<void> StreamTarget::check(delivery::Sender sender, std::string arn, std::string) {
  auto exists = [&](store::Transaction& tx) -> Async<StreamRecord> { co_return co_await stream_at(tx, arn); };
  TRY_VOID(co_await parts_.store.read(exists));
  if (!sender.role_arn.empty()) {
    co_return co_await rights_.require(std::move(sender), api::kinesis::ops::PutRecord::kInfo,
                                       std::move(arn));
  }
  const auto ref = StreamRef::of_arn(arn);
  if (ref->account == sender.account && ref->region == sender.region) co_return {};
  co_return target_error(delivery::kTargetDenied, arn + " is of another account or region");
}

Async<void> StreamTarget::take(store::Transaction& tx, const delivery::Delivery& delivery) {
  TRY(const StreamRecord stream, co_await stream_at(tx, delivery.target_arn));
  TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
  DataRecord record{.partition_key = delivery.group.value_or(delivery.id),
                    .data = delivery.body,
                    .arrived = parts_.clock.now()};
  if (record.data.size() + record.partition_key.size() > limits::kRecordBytesMax) {
    co_return target_error(delivery::kTargetRefused, "the record is too large for a stream");
  }
  const uint64_t shard = shards.open_at(HashKey::of(record.partition_key)).number;
  tx.put_stamped_key(records_of(stream.id, shard).bytes(), {}, store::encode(record));
  co_return {};
}

}  // namespace hearth::services::kinesis
