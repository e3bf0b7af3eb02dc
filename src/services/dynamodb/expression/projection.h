// Projection: what a ProjectionExpression shows of an item.
#pragma once
#include <string_view>

#include "base/result.h"
#include "services/dynamodb/expression/parser.h"
#include "services/dynamodb/expression/path_tree.h"

namespace hearth::services::dynamodb {

class Projection {
 public:
  // "ValidationException": see parser.h.
  static Result<Projection> parse(std::string_view text, Placeholders& placeholders);
  explicit Projection(PathTree paths) : paths_(std::move(paths)) {}

  // The paths' values in the maps and lists that hold them; elements of lists close ranks. May be empty.
  Item apply(const Item& item) const { return paths_.pick(item); }
  AttributeNames names() const;

 private:
  PathTree paths_;
};

}  // namespace hearth::services::dynamodb
