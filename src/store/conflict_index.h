// What recent commits wrote, to tell whether a transaction's reads still hold. Bounded: it forgets the oldest
// commits first, and a transaction that began before what it remembers counts as conflicting.
//
// Threads: one.
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/backend.h"

namespace hearth::store {

class ConflictIndex {
 public:
  // Keys and ranges that are remembered: some ten megabytes at the very most with long keys.
  static constexpr size_t kWritesMax = 50'000;

  explicit ConflictIndex(Version floor) : floor_(floor) {}

  // Whether anything the commit read was written after its snapshot. If that is one of its keys, `where`
  // names it.
  bool conflicts(const Commit& commit, std::string& where) const;
  // Remembers what a commit writes. REQUIRES versions that do not fall.
  void add(const Commit& commit, Version version);

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct Write {
    std::string_view key;  // of the entry in last_write_, which lives as long as this; unused for ranges
    KeyRange range;
    Version version;
  };

  void add_key(std::string_view key, Version version);
  void add_range(KeyRange range, Version version);
  void forget_oldest();

  Version floor_;  // snapshots before this one cannot be judged
  std::unordered_map<std::string, Version, Hash, std::equal_to<>> last_write_;
  std::deque<Write> keys_;    // by version
  std::deque<Write> ranges_;  // by version
};

}  // namespace hearth::store
