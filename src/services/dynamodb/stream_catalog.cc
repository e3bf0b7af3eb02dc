#include "services/dynamodb/stream_catalog.h"

#include <fmt/format.h>

#include "services/dynamodb/table_streams.h"

namespace hearth::services::dynamodb {

Async<std::optional<StreamRecord>> find_stream(store::Transaction& tx, StreamRef ref) {
  store::Table<StreamRecord> streams(tx, streams_prefix(ref.table.account, ref.table.region));
  co_return co_await streams.get(store::Key(ref.table.name, ref.label));
}

std::string shard_id(const StreamRecord& stream) {
  constexpr unsigned kLowHalf = 0xffffffffU;
  return fmt::format("shardId-{:020}-{:08x}", stream.created_ms, stream.number & kLowHalf);
}

}  // namespace hearth::services::dynamodb
