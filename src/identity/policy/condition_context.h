// What is known of a request beyond who, what and where: the values of condition keys. Keys are told apart
// without regard to ASCII letter case and may have several values; a key with no values is absent.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::identity {

// A key ready to be looked up: policies hold theirs in this form.
class ContextKey {
 public:
  explicit ContextKey(std::string_view name);

  const std::string& name() const { return name_; }  // lower case
  uint64_t hash() const { return hash_; }

 private:
  std::string name_;
  uint64_t hash_;
};

class ConditionContext {
 public:
  // Both replace what the key had.
  void set(std::string_view key, std::string value);
  void set(std::string_view key, std::vector<std::string> values);

  // Empty when the key is absent. Valid until the next set().
  std::span<const std::string> find(const ContextKey& key) const;
  std::span<const std::string> find(std::string_view key) const { return find(ContextKey(key)); }

 private:
  struct Entry {
    ContextKey key;
    std::vector<std::string> values;
  };

  const Entry* entry(const ContextKey& key) const;

  std::vector<uint64_t> hashes_;  // of entries_, side by side for the search
  std::vector<Entry> entries_;
};

}  // namespace hearth::identity
