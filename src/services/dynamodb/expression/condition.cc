#include "services/dynamodb/expression/condition.h"

#include "services/dynamodb/expression/evaluate.h"

namespace hearth::services::dynamodb {

Result<Condition> Condition::parse(ExpressionKind kind, std::string_view text, Placeholders& placeholders) {
  TRY_SYNC(syntax::Predicate predicate, parse_condition(kind, text, placeholders));
  return Condition(std::move(predicate));
}

bool Condition::holds(const Item& item) const {
  return dynamodb::holds(predicate_, item);
}

AttributeNames Condition::names() const {
  AttributeNames names;
  add_names(names, predicate_);
  return names;
}

}  // namespace hearth::services::dynamodb
