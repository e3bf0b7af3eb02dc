// Update: what an UpdateExpression makes of an item.
//
// Its parts do not see each other: all values are taken from the item as it was, and all indexes mean the
// lists as they were.
#pragma once
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/parser.h"
#include "services/dynamodb/expression/path_tree.h"
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb {

class Update {
 public:
  // What is said where the item holds a value that an operand may not have.
  static constexpr std::string_view kWrongType =
      "An operand in the update expression has an incorrect data type";

  // "ValidationException": see parser.h.
  static Result<Update> parse(std::string_view text, Placeholders& placeholders);
  // REQUIRES paths that do not clash. Without changes it leaves every item as it is.
  explicit Update(std::vector<syntax::Change> changes, std::string_view wrong_type = kWrongType);

  // Whether the item is there afterwards if it was not before: not if all that is asked is to take away.
  bool creates_item() const;
  // `exists`: whether there is an item; if not, `item` is empty or holds the key only, and taking away from
  // it is without effect whatever the path. "ValidationException" for what the item does not allow; it is
  // then what it was.
  Status apply(Item& item, bool exists) const;
  // What the update named and nothing else: of the item before it (UPDATED_OLD) or after it (UPDATED_NEW).
  Item named_part(const Item& item) const { return paths_.pick(item); }
  AttributeNames names() const;
  // What it writes only.
  AttributeNames written_names() const;

 private:
  std::vector<syntax::Change> changes_;
  PathTree paths_;
  std::string wrong_type_;
};

}  // namespace hearth::services::dynamodb
