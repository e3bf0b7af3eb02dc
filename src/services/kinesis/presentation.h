// Streams and shards as callers see them.
#pragma once
#include "api/kinesis.h"
#include "services/kinesis/shard_map.h"

namespace hearth::services::kinesis {

// Streams are made, changed and deleted at once.
inline constexpr std::string_view kActive = "ACTIVE";

api::kinesis::StreamModeDetails mode_of(const StreamRecord& stream);
// Sat Jan 31 12:34:56 UTC 2026, as errors tell times.
std::string told_time(TimePoint time);
std::string encryption_of(const StreamRecord& stream);
api::kinesis::HashKeyRange range_of(const ShardRecord& shard);
api::kinesis::Shard describe_shard(const Shard& shard);
// Nothing to tell while it is open.
std::optional<std::vector<api::kinesis::ChildShard>> describe_children(const ShardMap& shards,
                                                                       const Shard& shard);

}  // namespace hearth::services::kinesis
