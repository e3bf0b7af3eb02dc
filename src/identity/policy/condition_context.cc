#include "identity/policy/condition_context.h"

#include <functional>

#include "base/encoding.h"

namespace hearth::identity {

ContextKey::ContextKey(std::string_view name)
    : name_(to_lower(name)), hash_(std::hash<std::string_view>()(name_)) {}

const ConditionContext::Entry* ConditionContext::entry(const ContextKey& key) const {
  for (size_t i = 0; i < hashes_.size(); ++i) {
    if (hashes_[i] == key.hash() && entries_[i].key.name() == key.name()) return &entries_[i];
  }
  return nullptr;
}

void ConditionContext::set(std::string_view key, std::string value) {
  std::vector<std::string> values;
  values.push_back(std::move(value));
  set(key, std::move(values));
}

void ConditionContext::set(std::string_view key, std::vector<std::string> values) {
  ContextKey found(key);
  if (const Entry* known = entry(found)) {
    entries_[static_cast<size_t>(known - entries_.data())].values = std::move(values);
    return;
  }
  hashes_.push_back(found.hash());
  entries_.push_back({std::move(found), std::move(values)});
}

std::span<const std::string> ConditionContext::find(const ContextKey& key) const {
  const Entry* known = entry(key);
  return known ? std::span<const std::string>(known->values) : std::span<const std::string>();
}

}  // namespace hearth::identity
