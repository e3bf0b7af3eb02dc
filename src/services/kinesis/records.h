// What Kinesis keeps in the store. Keys:
//
//   ("kinesis", account, region, "stream", name)             StreamRecord
//   ("kinesis", account, region, "consumer", stream, name)   ConsumerRecord
//   ("kinesis.shards", id, number)                           ShardRecord
//   ("kinesis.shards", id, number, "begin"), (…, "end")      the stamps of its making and of its closing
//   ("kinesis.records", id, number, stamp)                   DataRecord, a record of the stream
//
// `id` is the stream's own number: a stream that is made anew under the same name has another. A record is
// written under the stamp of its commit, by a transaction that has read that its shard is open; so writers of
// a shard do not meet each other, and whoever closes it comes before or behind each of them.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "services/kinesis/hash_key.h"
#include "store/table.h"

namespace hearth::services::kinesis {

struct StreamRecord {
  uint64_t id = 0;
  TimePoint created;
  bool on_demand = false;
  int64_t retention_hours = 24;
  uint64_t shards_made = 0;  // the number of the next one
  std::map<std::string, std::string> tags;
  std::string key;  // that it is to be encrypted with, as it was named; empty: none

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.created);
    visit(3, self.on_demand);
    visit(4, self.retention_hours);
    visit(5, self.shards_made);
    visit(6, self.tags);
    visit(7, self.key);
  }
};

struct ConsumerRecord {
  TimePoint created;
  std::map<std::string, std::string> tags;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.created);
    visit(2, self.tags);
  }
};

struct ShardRecord {
  uint64_t begin_high = 0;  // of its hash keys
  uint64_t begin_low = 0;
  uint64_t end_high = 0;  // inclusive
  uint64_t end_low = 0;
  std::vector<uint64_t> parents;  // one after a split, two after a merge
  TimePoint created;
  std::optional<TimePoint> closed;
  std::vector<uint64_t> children;

  HashKey begin() const { return {begin_high, begin_low}; }
  HashKey end() const { return {end_high, end_low}; }
  bool has(const HashKey& key) const { return begin() <= key && key <= end(); }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.begin_high);
    visit(2, self.begin_low);
    visit(3, self.end_high);
    visit(4, self.end_low);
    visit(5, self.parents);
    visit(6, self.created);
    visit(7, self.closed);
    visit(8, self.children);
  }
};

struct DataRecord {
  std::string partition_key;
  std::string data;
  TimePoint arrived;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.partition_key);
    visit(2, self.data);
    visit(3, self.arrived);
  }
};

inline const store::Key kShards("kinesis.shards");
inline const store::Key kRecords("kinesis.records");

inline store::Key shards_of(uint64_t stream) {
  return kShards + store::Key(stream);
}
inline store::Key records_of(uint64_t stream) {
  return kRecords + store::Key(stream);
}
inline store::Key records_of(uint64_t stream, uint64_t shard) {
  return kRecords + store::Key(stream, shard);
}

}  // namespace hearth::services::kinesis
