#include "services/kinesis/shard_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/check.h"

namespace hearth::services::kinesis {
namespace {

using store::Key;

constexpr std::string_view kIdStart = "shardId-";
constexpr uint64_t kNumberMax = std::numeric_limits<int32_t>::max();  // that callers may name

Key stamp_key(uint64_t stream, uint64_t number, const char* which) {
  return shards_of(stream) + Key(number, which);
}

}  // namespace

std::string shard_id(uint64_t number) {
  return fmt::format("{}{:012}", kIdStart, number);
}

std::optional<uint64_t> parse_shard_id(std::string_view id) {
  if (!id.starts_with(kIdStart)) return std::nullopt;
  uint64_t number = 0;
  const std::string_view digits = id.substr(kIdStart.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || shard_id(number) != id)
    return std::nullopt;
  return number;
}

std::optional<uint64_t> read_shard_id(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) text.remove_prefix(dash + 1);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kNumberMax) return std::nullopt;
  return number;
}

Async<ShardMap> ShardMap::load(store::Transaction& tx, uint64_t stream) {
  ShardMap map;
  const Key prefix = shards_of(stream);
  store::KeyRange left = prefix.under();
  for (bool more = true; more;) {
    TRY(const store::Page page, co_await tx.scan({.range = left}));
    more = page.more;
    for (const store::Row& row : page.rows) {
      store::KeyReader key(std::string_view(row.key).substr(prefix.bytes().size()));
      uint64_t number = 0;
      TRY_VOID(key.read(number));
      if (key.at_end()) {
        TRY(ShardRecord record, store::decode<ShardRecord>(row.value));
        map.all_.push_back({.number = number, .record = std::move(record)});
        continue;
      }
      std::string which;
      TRY_VOID(key.read(which));
      TRY(const store::Stamp stamp, store::Stamp::parse(row.value));
      if (which == "begin") {
        map.all_.back().begun = stamp;
      } else {
        map.all_.back().ended = stamp;
      }
    }
    if (more) left.begin = store::key_after(page.rows.back().key);
  }
  co_return map;
}

ShardMap::ShardMap(StreamRecord& stream, uint64_t count, TimePoint now) {
  for (uint64_t i = 0; i < count; ++i) {
    const bool last = i + 1 == count;
    make(stream, HashKey::part_begin(i, count),
         last ? HashKey::max() : HashKey::part_begin(i + 1, count).previous(), now);
  }
}

const Shard* ShardMap::find(uint64_t number) const {
  const auto found = std::ranges::lower_bound(all_, number, {}, &Shard::number);
  return found == all_.end() || found->number != number ? nullptr : &*found;
}

const Shard& ShardMap::open_at(const HashKey& key) const {
  const auto found =
      std::ranges::find_if(all_, [&](const Shard& shard) { return shard.open() && shard.record.has(key); });
  CHECK(found != all_.end(), "the open shards of a stream have all hash keys");
  return *found;
}

std::vector<const Shard*> ShardMap::open() const {
  std::vector<const Shard*> open;
  for (const Shard& shard : all_) {
    if (shard.open()) open.push_back(&shard);
  }
  std::ranges::sort(open, {}, [](const Shard* shard) { return shard->record.begin(); });
  return open;
}

Shard& ShardMap::make(StreamRecord& stream, HashKey begin, HashKey end, TimePoint now) {
  const uint64_t number = stream.shards_made++;
  made_.insert(number);
  all_.push_back({.number = number,
                  .record = {.begin_high = begin.high,
                             .begin_low = begin.low,
                             .end_high = end.high,
                             .end_low = end.low,
                             .created = now}});
  return all_.back();
}

void ShardMap::close(uint64_t number, std::vector<uint64_t> children, TimePoint now) {
  const auto found = std::ranges::lower_bound(all_, number, {}, &Shard::number);
  CHECK(found != all_.end() && found->number == number && found->open());
  found->record.closed = now;
  found->record.children = std::move(children);
  closed_.insert(number);
}

void ShardMap::split(StreamRecord& stream, uint64_t number, HashKey middle, TimePoint now) {
  const ShardRecord parent = find(number)->record;
  Shard& left = make(stream, parent.begin(), middle.previous(), now);
  left.record.parents = {number};
  const uint64_t left_number = left.number;
  Shard& right = make(stream, middle, parent.end(), now);
  right.record.parents = {number};
  close(number, {left_number, right.number}, now);
}

void ShardMap::merge(StreamRecord& stream, uint64_t first, uint64_t second, TimePoint now) {
  const HashKey begin = find(first)->record.begin();
  const HashKey end = find(second)->record.end();
  Shard& child = make(stream, begin, end, now);
  child.record.parents = {first, second};
  const uint64_t number = child.number;
  close(first, {number}, now);
  close(second, {number}, now);
}

// Cuts at every new border first, then joins what no border parts.
void ShardMap::cut_evenly(StreamRecord& stream, uint64_t count, TimePoint now) {
  std::set<HashKey> borders;
  for (uint64_t i = 0; i < count; ++i) borders.insert(HashKey::part_begin(i, count));
  for (const HashKey& border : borders) {
    const Shard& shard = open_at(border);
    if (shard.record.begin() != border) split(stream, shard.number, border, now);
  }
  for (size_t i = 0; i + 1 < open().size();) {
    const auto shards = open();
    if (borders.contains(shards[i + 1]->record.begin())) {
      ++i;
    } else {
      merge(stream, shards[i]->number, shards[i + 1]->number, now);
    }
  }
}

void ShardMap::save(store::Transaction& tx, uint64_t stream) const {
  for (const Shard& shard : all_) {
    const bool made = made_.contains(shard.number);
    const bool closed = closed_.contains(shard.number);
    if (!made && !closed) continue;
    tx.put((shards_of(stream) + Key(shard.number)).bytes(), store::encode(shard.record));
    if (made) tx.put_stamped_value(stamp_key(stream, shard.number, "begin").bytes(), {});
    if (closed) tx.put_stamped_value(stamp_key(stream, shard.number, "end").bytes(), {});
  }
}

}  // namespace hearth::services::kinesis
