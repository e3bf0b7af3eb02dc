#include "services/kinesis/presentation.h"

#include <fmt/format.h>

#include "services/kinesis/sequence.h"

namespace hearth::services::kinesis {

api::kinesis::StreamModeDetails mode_of(const StreamRecord& stream) {
  return {.stream_mode = stream.on_demand ? "ON_DEMAND" : "PROVISIONED"};
}

std::string told_time(TimePoint time) {
  const std::string date = http_date(time);  // Sat, 31 Jan 2026 12:34:56 GMT
  return fmt::format("{} {} {} {} UTC {}", date.substr(0, 3), date.substr(8, 3), date.substr(5, 2),
                     date.substr(17, 8), date.substr(12, 4));
}

std::string encryption_of(const StreamRecord& stream) {
  return stream.key.empty() ? "NONE" : "KMS";
}

api::kinesis::HashKeyRange range_of(const ShardRecord& shard) {
  return {.starting_hash_key = shard.begin().decimal(), .ending_hash_key = shard.end().decimal()};
}

api::kinesis::Shard describe_shard(const Shard& shard) {
  api::kinesis::Shard out{
      .shard_id = shard.id(),
      .hash_key_range = range_of(shard.record),
      .sequence_number_range = {.starting_sequence_number = Sequence{shard.begun, shard.number}.digits()}};
  const auto& parents = shard.record.parents;
  if (!parents.empty()) out.parent_shard_id = shard_id(parents.front());
  if (parents.size() > 1) out.adjacent_parent_shard_id = shard_id(parents.back());
  if (shard.ended)
    out.sequence_number_range.ending_sequence_number = Sequence{*shard.ended, shard.number}.digits();
  return out;
}

std::optional<std::vector<api::kinesis::ChildShard>> describe_children(const ShardMap& shards,
                                                                       const Shard& shard) {
  if (shard.open()) return std::nullopt;
  std::vector<api::kinesis::ChildShard> children;
  for (const uint64_t number : shard.record.children) {
    const Shard* child = shards.find(number);
    if (!child) continue;
    api::kinesis::ChildShard& shown = children.emplace_back();
    shown.shard_id = child->id();
    for (const uint64_t parent : child->record.parents) shown.parent_shards.push_back(shard_id(parent));
    shown.hash_key_range = range_of(child->record);
  }
  return children;
}

}  // namespace hearth::services::kinesis
