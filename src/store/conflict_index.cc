#include "store/conflict_index.h"

#include <algorithm>

namespace hearth::store {
namespace {

// Sorted and without overlaps, so that a key is looked up by one search.
std::vector<KeyRange> merged(std::vector<KeyRange> ranges) {
  std::ranges::sort(ranges, {}, &KeyRange::begin);
  std::vector<KeyRange> result;
  for (KeyRange& range : ranges) {
    if (range.empty()) continue;
    if (!result.empty() && range.begin <= result.back().end) {
      if (result.back().end < range.end) result.back().end = std::move(range.end);
    } else {
      result.push_back(std::move(range));
    }
  }
  return result;
}

bool any_contains(const std::vector<KeyRange>& ranges, std::string_view key) {
  auto after =
      std::ranges::upper_bound(ranges, key, {}, [](const KeyRange& r) { return std::string_view(r.begin); });
  return after != ranges.begin() && key < std::prev(after)->end;
}

}  // namespace

bool ConflictIndex::conflicts(const Commit& commit, std::string& where) const {
  if (commit.read_keys.empty() && commit.read_ranges.empty()) return false;
  if (commit.snapshot < floor_) return true;
  for (const std::string& key : commit.read_keys) {
    const auto found = last_write_.find(key);
    if (found == last_write_.end() || found->second <= commit.snapshot) continue;
    where = key;
    return true;
  }
  // Few writes are younger than a snapshot, so ranges are checked against those one by one.
  for (auto write = ranges_.rbegin(); write != ranges_.rend() && write->version > commit.snapshot; ++write) {
    for (const std::string& key : commit.read_keys) {
      if (write->range.contains(key)) return true;
    }
    for (const KeyRange& range : commit.read_ranges) {
      if (range.begin < write->range.end && write->range.begin < range.end) return true;
    }
  }
  if (commit.read_ranges.empty()) return false;
  const std::vector<KeyRange> ranges = merged(commit.read_ranges);
  for (auto write = keys_.rbegin(); write != keys_.rend() && write->version > commit.snapshot; ++write) {
    if (any_contains(ranges, write->key)) return true;
  }
  return false;
}

void ConflictIndex::add(const Commit& commit, Version version) {
  for (const Mutation& mutation : commit.mutations) {
    switch (mutation.kind) {
      case Mutation::Kind::kEraseRange:
        add_range({mutation.key, mutation.value}, version);
        break;
      case Mutation::Kind::kPutStampedKey:
        // The whole of what the stamp could be: who read the range before the prefix's end may have missed
        // it.
        add_range(Key::from_bytes(mutation.key).under(), version);
        break;
      default:
        add_key(mutation.key, version);
    }
  }
  for (const KeyRange& range : commit.write_conflicts) add_range(range, version);
  while (keys_.size() + ranges_.size() > kWritesMax) forget_oldest();
}

void ConflictIndex::add_key(std::string_view key, Version version) {
  auto found = last_write_.find(key);
  if (found == last_write_.end()) {
    found = last_write_.emplace(std::string(key), version).first;
  } else {
    if (found->second == version) return;  // twice in one commit
    found->second = version;
  }
  keys_.push_back({found->first, {}, version});
}

void ConflictIndex::add_range(KeyRange range, Version version) {
  ranges_.push_back({{}, std::move(range), version});
}

void ConflictIndex::forget_oldest() {
  const bool key_first =
      ranges_.empty() || (!keys_.empty() && keys_.front().version <= ranges_.front().version);
  std::deque<Write>& writes = key_first ? keys_ : ranges_;
  const Write& oldest = writes.front();
  floor_ = std::max(floor_, oldest.version);
  if (key_first) {
    const auto found = last_write_.find(oldest.key);
    if (found->second == oldest.version) last_write_.erase(found);
  }
  writes.pop_front();
}

}  // namespace hearth::store
