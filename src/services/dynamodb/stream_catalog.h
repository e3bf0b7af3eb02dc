// Streams, looked up; and the one shard that each of them has.
#pragma once
#include <optional>

#include "services/dynamodb/records.h"
#include "services/dynamodb/stream_ref.h"
#include "store/store.h"

namespace hearth::services::dynamodb {

// Nothing when there is none, or none any more.
Async<std::optional<StreamRecord>> find_stream(store::Transaction& tx, StreamRef ref);

std::string shard_id(const StreamRecord& stream);

}  // namespace hearth::services::dynamodb
