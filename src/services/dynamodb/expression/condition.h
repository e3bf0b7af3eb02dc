// Condition: a ConditionExpression or a FilterExpression, ready to be asked.
#pragma once
#include <string_view>

#include "base/result.h"
#include "services/dynamodb/expression/parser.h"
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb {

class Condition {
 public:
  // "ValidationException": see parser.h.
  static Result<Condition> parse(ExpressionKind kind, std::string_view text, Placeholders& placeholders);
  explicit Condition(syntax::Predicate predicate) : predicate_(std::move(predicate)) {}

  // An item that does not exist is an empty one.
  bool holds(const Item& item) const;
  AttributeNames names() const;
  const syntax::Predicate& predicate() const { return predicate_; }

 private:
  syntax::Predicate predicate_;
};

}  // namespace hearth::services::dynamodb
