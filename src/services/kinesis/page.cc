#include "services/kinesis/page.h"

#include "services/kinesis/limits.h"
#include "services/kinesis/presentation.h"
#include "services/kinesis/reader.h"

namespace hearth::services::kinesis {

Async<Page> page_from(store::Transaction& tx, Iterator at, size_t records_max, TimePoint now) {
  TRY(const StreamRecord stream, co_await require_stream(tx, at.stream));
  if (stream.id != at.id) co_return errors::no_stream(at.stream);
  TRY(const ShardMap shards, co_await ShardMap::load(tx, stream.id));
  const Shard* shard = shards.find(at.shard);
  if (!shard) co_return errors::no_shard(shard_id(at.shard), at.stream);
  TRY(GotPage got, co_await read_records(tx, records_of(at.id, at.shard),
                                         {.from = at.from,
                                          .horizon = horizon_of(stream, now),
                                          .records_max = records_max,
                                          .bytes_max = limits::kGetBytesMax - limits::kRecordBytesMax}));
  Page page{.next = got.next, .ended = !got.more && !shard->open()};
  page.behind = Sequence{got.next == store::Stamp{} ? shard->begun : got.next.previous(), at.shard}.digits();
  page.shown.millis_behind_latest = 0;
  if (got.more && !got.records.empty()) {
    const auto late = now - got.records.back().record.arrived;
    page.shown.millis_behind_latest =
        std::max<int64_t>(0, std::chrono::floor<std::chrono::milliseconds>(late).count());
  }
  for (Got& one : got.records) {
    page.shown.records.push_back({.sequence_number = Sequence{one.stamp, at.shard}.digits(),
                                  .approximate_arrival_timestamp = one.record.arrived,
                                  .data = std::move(one.record.data),
                                  .partition_key = std::move(one.record.partition_key)});
  }
  if (page.ended) page.shown.child_shards = describe_children(shards, *shard);
  co_return page;
}

}  // namespace hearth::services::kinesis
