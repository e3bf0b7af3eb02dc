#include "store/row_cache.h"

namespace hearth::store {

RowCache::RowCache(size_t bytes_max)
    : generation_bytes_max_(bytes_max / 2 / kShards), marks_(new std::atomic<Version>[kMarks]()) {}

size_t RowCache::size_of(std::string_view key, const Value& value) {
  return kEntryBytes + key.size() + (value ? value->size() : 0);
}

Version RowCache::last_write(size_t hash) const {
  return std::max(marks_[hash % kMarks].load(), all_changed_.load());
}

RowCache::Entries RowCache::grow(Shard& shard, size_t bytes) const {
  Entries forgotten;
  if (shard.young_bytes + bytes > generation_bytes_max_) {
    forgotten = std::exchange(shard.old, std::exchange(shard.young, {}));
    shard.young_bytes = 0;
  }
  shard.young_bytes += bytes;
  return forgotten;
}

std::optional<RowCache::Value> RowCache::find(std::string_view key, Version version) {
  const size_t hash = Hash()(key);
  const Version written = last_write(hash);
  Entries forgotten;
  Shard& shard = this->shard(hash);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.young.find(key);
  if (found == shard.young.end()) {
    const auto older = shard.old.find(key);
    if (older == shard.old.end()) return std::nullopt;
    auto node = shard.old.extract(older);
    forgotten = grow(shard, size_of(key, node.mapped().value));
    found = shard.young.insert(std::move(node)).position;
  }
  const Entry& entry = found->second;
  if (entry.read_at > version || entry.read_at < written) return std::nullopt;
  return entry.value;
}

void RowCache::keep(std::string_view key, const Value& value, Version version) {
  if (value && value->size() > kValueBytesMax) return;
  const size_t hash = Hash()(key);
  if (last_write(hash) > version) return;
  Entry entry{.value = value, .read_at = version};
  Entries forgotten;
  Shard& shard = this->shard(hash);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.young.find(key);
  if (found != shard.young.end() && found->second.read_at >= version) return;
  forgotten = grow(shard, size_of(key, value));
  shard.young.insert_or_assign(std::string(key), std::move(entry));
}

void RowCache::key_changed(std::string_view key, Version version) {
  marks_[Hash()(key) % kMarks].store(version);
}

void RowCache::range_changed(Version version) {
  all_changed_.store(version);
}

}  // namespace hearth::store
