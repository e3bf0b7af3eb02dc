// By which attributes a table or an index is keyed.
#pragma once
#include <string>
#include <vector>

#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

struct KeyAttribute {
  std::string name;
  Type type = Type::kString;
  bool operator==(const KeyAttribute&) const = default;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
    visit(2, self.type);
  }
};

// A table has one attribute in `hash` and at most one in `range`; global indexes may have up to four of each.
struct KeySchema {
  std::vector<KeyAttribute> hash;
  std::vector<KeyAttribute> range;
  bool operator==(const KeySchema&) const = default;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.hash);
    visit(2, self.range);
  }
};

}  // namespace hearth::services::dynamodb
