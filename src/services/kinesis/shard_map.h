// The shards of one stream: which one has a hash key, and how they are cut and joined. Read as a whole,
// changed in memory, and what changed is written.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/kinesis/records.h"

namespace hearth::services::kinesis {

std::string shard_id(uint64_t number);  // shardId-000000000042
std::optional<uint64_t> parse_shard_id(std::string_view id);
// As callers may write it: the number alone, or behind any word (shard-42).
std::optional<uint64_t> read_shard_id(std::string_view text);

struct Shard {
  uint64_t number = 0;
  ShardRecord record = {};
  store::Stamp begun = {};
  std::optional<store::Stamp> ended = {};

  bool open() const { return !record.closed; }
  std::string id() const { return shard_id(number); }
};

class ShardMap {
 public:
  static Async<ShardMap> load(store::Transaction& tx, uint64_t stream);
  // A new stream's.
  ShardMap(StreamRecord& stream, uint64_t count, TimePoint now);

  // By number.
  const std::vector<Shard>& all() const { return all_; }
  const Shard* find(uint64_t number) const;
  // The open one that has this key.
  const Shard& open_at(const HashKey& key) const;
  std::vector<const Shard*> open() const;  // by hash key

  // REQUIRES an open shard, and begin < middle <= end of it.
  void split(StreamRecord& stream, uint64_t number, HashKey middle, TimePoint now);
  // REQUIRES two open shards, the second behind the first.
  void merge(StreamRecord& stream, uint64_t first, uint64_t second, TimePoint now);
  // By splits and merges, into parts of equal size.
  void cut_evenly(StreamRecord& stream, uint64_t count, TimePoint now);

  // Writes what changed; the stream's record is the caller's to write.
  void save(store::Transaction& tx, uint64_t stream) const;

 private:
  ShardMap() = default;
  Shard& make(StreamRecord& stream, HashKey begin, HashKey end, TimePoint now);
  void close(uint64_t number, std::vector<uint64_t> children, TimePoint now);

  std::vector<Shard> all_;
  std::set<uint64_t> made_;
  std::set<uint64_t> closed_;
};

}  // namespace hearth::services::kinesis
