// Rows that were read lately, so that what every request reads (a table's record, a policy that is not there)
// and what many ask for does not go through all levels of the engine. For back ends whose commits all pass
// through this process.
//
// An entry holds from the version it was read at until the next write near it: the hashes of keys share marks
// with the version of the last write, so a write sets a mark and looks for nothing.
//
// Threads: any; a change is told before the write of that version can be seen by a read.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/backend.h"

namespace hearth::store {

class RowCache {
 public:
  using Value = std::optional<std::string>;  // nothing: there is no such row
  static constexpr size_t kValueBytesMax = 16 * 1024;

  explicit RowCache(size_t bytes_max);

  // What `key` holds for a reader at `version`; nothing if that is not known here.
  std::optional<Value> find(std::string_view key, Version version);
  // `value` was read at a snapshot of `version`, which may hold more than its version says.
  void keep(std::string_view key, const Value& value, Version version);

  void key_changed(std::string_view key, Version version);
  void range_changed(Version version);  // whichever

 private:
  static constexpr size_t kMarks = 65'536;
  static constexpr size_t kShards = 64;
  static constexpr size_t kEntryBytes = 96;  // beside key and value

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct Entry {
    Value value;
    Version read_at;
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;
  // What was used since the last change of generations, and what was used in the one before. The rest is
  // forgotten.
  struct Shard {
    std::mutex mutex;
    Entries young;
    Entries old;
    size_t young_bytes = 0;
  };

  static size_t size_of(std::string_view key, const Value& value);
  Version last_write(size_t hash) const;
  Shard& shard(size_t hash) { return shards_[hash / kMarks % kShards]; }
  // Makes room for a younger generation when this one is full; what it returns ends outside the lock.
  Entries grow(Shard& shard, size_t bytes) const;

  const size_t generation_bytes_max_;  // of a shard
  std::array<Shard, kShards> shards_;
  const std::unique_ptr<std::atomic<Version>[]> marks_;
  std::atomic<Version> all_changed_ = 0;
};

}  // namespace hearth::store
