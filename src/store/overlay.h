// The writes of a transaction that has not committed, and how they look to its own reads.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/backend.h"

namespace hearth::store {

class Overlay {
 public:
  // What the writes say about one key: it holds a value, it is gone, or this much was added to what is below.
  struct Local {
    enum class Kind { kValue, kErased, kAdded };
    Kind kind;
    std::string value;
    int64_t delta = 0;
  };

  bool empty() const { return keys_.empty() && ranges_.empty(); }
  void put(std::string key, std::string value);
  void erase(std::string key);
  void erase_range(KeyRange range);
  // "StoreCorrupt" if an own write holds no integer.
  Status add(std::string key, int64_t delta);

  // Nothing if the key was not written.
  std::optional<Local> find(const std::string& key) const;
  // The value a reader sees, given what is below the writes.
  static Result<std::optional<std::string>> seen(const Local& local, std::optional<std::string> below);
  // The rows of `covered` a reader sees, given all rows below, in the given direction.
  Result<std::vector<Row>> merge(const KeyRange& covered, std::vector<Row> below, bool reverse) const;

  // The writes as mutations that give the same result in this order.
  std::vector<Mutation> take();

 private:
  bool in_erased_range(const std::string& key) const;

  std::map<std::string, Local> keys_;          // later than any range that holds them
  std::map<std::string, std::string> ranges_;  // erased: begin to end, without overlaps
};

}  // namespace hearth::store
