// Path: where in an item something is, `a.b[0]`: the name of an attribute, then names of members of maps and
// indexes of lists.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

// In the order of Step names stand before indexes.
using Step = std::variant<std::string, uint32_t>;

struct Path {
  // At most so many, the attribute's name among them.
  static constexpr size_t kStepsMax = 32;

  // Never empty; the first one is a name.
  std::vector<Step> steps;

  const std::string& attribute() const { return std::get<std::string>(steps.front()); }
  bool is_nested() const { return steps.size() > 1; }
  // What is there. Null where nothing is.
  const Value* find(const Item& item) const;
  // What is there after the first `count` steps. REQUIRES 0 < count <= steps.size().
  const Value* find(const Item& item, size_t count) const;
  // As messages show it: `[a, b, [0]]`.
  std::string text() const;

  auto operator<=>(const Path&) const = default;
};

// A path of one step.
Path attribute_path(std::string name);

// The top-level attributes that an expression names, and whether it looks into them (`a.b`, `a[0]`).
using AttributeNames = std::map<std::string, bool, std::less<>>;
void add(AttributeNames& names, const Path& path);

}  // namespace hearth::services::dynamodb
