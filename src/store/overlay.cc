#include "store/overlay.h"

#include <algorithm>

namespace hearth::store {

void Overlay::put(std::string key, std::string value) {
  keys_.insert_or_assign(std::move(key), Local{Local::Kind::kValue, std::move(value)});
}

void Overlay::erase(std::string key) {
  keys_.insert_or_assign(std::move(key), Local{Local::Kind::kErased, {}});
}

void Overlay::erase_range(KeyRange range) {
  if (range.empty()) return;
  keys_.erase(keys_.lower_bound(range.begin), keys_.lower_bound(range.end));
  // Swallow the ranges that touch this one.
  auto next = ranges_.upper_bound(range.begin);
  if (next != ranges_.begin() && std::prev(next)->second >= range.begin) --next;
  while (next != ranges_.end() && next->first <= range.end) {
    range.begin = std::min(range.begin, next->first);
    range.end = std::max(range.end, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace(std::move(range.begin), std::move(range.end));
}

Status Overlay::add(std::string key, int64_t delta) {
  const std::optional<Local> before = find(key);
  if (!before || before->kind == Local::Kind::kAdded) {
    const int64_t sum = static_cast<int64_t>(static_cast<uint64_t>(before ? before->delta : 0) +
                                             static_cast<uint64_t>(delta));
    keys_.insert_or_assign(std::move(key), Local{Local::Kind::kAdded, {}, sum});
    return {};
  }
  std::optional<std::string> below;
  if (before->kind == Local::Kind::kValue) below = before->value;
  TRY_SYNC(auto value, seen({Local::Kind::kAdded, {}, delta}, std::move(below)));
  put(std::move(key), *std::move(value));
  return {};
}

std::optional<Overlay::Local> Overlay::find(const std::string& key) const {
  const auto found = keys_.find(key);
  if (found != keys_.end()) return found->second;
  if (in_erased_range(key)) return Local{Local::Kind::kErased, {}};
  return std::nullopt;
}

bool Overlay::in_erased_range(const std::string& key) const {
  const auto after = ranges_.upper_bound(key);
  return after != ranges_.begin() && key < std::prev(after)->second;
}

Result<std::optional<std::string>> Overlay::seen(const Local& local, std::optional<std::string> below) {
  if (local.kind == Local::Kind::kErased) return std::nullopt;
  if (local.kind == Local::Kind::kValue) return local.value;
  int64_t sum = 0;
  if (below) {
    TRY_SYNC(sum, counter_value(*below));
  }
  return counter_bytes(static_cast<int64_t>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(local.delta)));
}

Result<std::vector<Row>> Overlay::merge(const KeyRange& covered, std::vector<Row> below, bool reverse) const {
  auto first = keys_.lower_bound(covered.begin);
  const auto last = keys_.lower_bound(covered.end);
  if (first == last && ranges_.empty()) return below;
  if (reverse) std::ranges::reverse(below);

  std::vector<Row> rows;
  const auto emit_own = [&](std::optional<std::string> value) -> Status {
    TRY_SYNC(auto now, seen(first->second, std::move(value)));
    if (now) rows.push_back({first->first, *std::move(now)});
    ++first;
    return {};
  };
  for (Row& row : below) {
    while (first != last && first->first < row.key) TRY_SYNC_VOID(emit_own(std::nullopt));
    const bool erased = in_erased_range(row.key);
    if (first != last && first->first == row.key) {
      TRY_SYNC_VOID(emit_own(erased ? std::nullopt : std::optional(std::move(row.value))));
    } else if (!erased) {
      rows.push_back(std::move(row));
    }
  }
  while (first != last) TRY_SYNC_VOID(emit_own(std::nullopt));
  if (reverse) std::ranges::reverse(rows);
  return rows;
}

std::vector<Mutation> Overlay::take() {
  std::vector<Mutation> mutations;
  mutations.reserve(ranges_.size() + keys_.size());
  for (auto& [begin, end] : ranges_)
    mutations.push_back({Mutation::Kind::kEraseRange, begin, std::move(end)});
  for (auto& [key, local] : keys_) {
    switch (local.kind) {
      case Local::Kind::kValue:
        mutations.push_back({Mutation::Kind::kPut, key, std::move(local.value)});
        break;
      case Local::Kind::kErased:
        mutations.push_back({Mutation::Kind::kErase, key, {}});
        break;
      case Local::Kind::kAdded:
        mutations.push_back({.kind = Mutation::Kind::kAdd, .key = key, .value = {}, .delta = local.delta});
        break;
    }
  }
  keys_.clear();
  ranges_.clear();
  return mutations;
}

}  // namespace hearth::store
