#include "services/dynamodb/expression/key_condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/check.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {
namespace {

using syntax::Call;
using syntax::Function;
using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

using Comparison = KeyCondition::Comparison;

// Nothing for what orders no keys.
std::optional<Comparison> comparison_of(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return Comparison::kEqual;
    case Operator::kLess:
      return Comparison::kLess;
    case Operator::kLessEqual:
      return Comparison::kLessEqual;
    case Operator::kGreater:
      return Comparison::kGreater;
    case Operator::kGreaterEqual:
      return Comparison::kGreaterEqual;
    case Operator::kBetween:
      return Comparison::kBetween;
    default:
      return std::nullopt;
  }
}

// `:v < a` is `a > :v`.
Comparison turned(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessEqual:
      return Comparison::kGreaterEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterEqual:
      return Comparison::kLessEqual;
    default:
      return comparison;
  }
}

// A comparison or begins_with, without what tells the two apart.
struct Test {
  Comparison comparison;
  std::string_view name;
  const std::vector<Operand>& operands;
};

Result<Test> test_of(const Predicate& predicate) {
  constexpr std::string_view kInvalid = "Invalid operator used in KeyConditionExpression: {}";
  if (predicate.op != Operator::kCall) {
    const auto comparison = comparison_of(predicate.op);
    if (!comparison) return fail(errors::validation(fmt::format(kInvalid, name_of(predicate.op))));
    return Test{*comparison, name_of(predicate.op), predicate.operands};
  }
  const auto& call = std::get<Call>(predicate.operands.front().form);
  if (call.function != Function::kBeginsWith)
    return fail(errors::validation(fmt::format(kInvalid, name_of(call.function))));
  return Test{Comparison::kBeginsWith, name_of(call.function), call.operands};
}

// Gathers the conditions on attributes out of a conjunction of them.
class Gatherer {
 public:
  explicit Gatherer(KeyCondition::Parts& parts) : parts_(parts) {}

  Status add(const Predicate& predicate) {
    if (predicate.op == Operator::kAnd) {
      for (const Predicate& inner : predicate.predicates) {
        TRY_SYNC_VOID(add(inner));
      }
      return {};
    }
    TRY_SYNC(const Test test, test_of(predicate));
    TRY_SYNC(const size_t at, attribute_at(test));
    const Comparison comparison = at == 0 ? test.comparison : turned(test.comparison);
    KeyCondition::Part part{.comparison = comparison, .operands = {}};
    for (size_t i = 0; i < test.operands.size(); ++i) {
      if (i != at) part.operands.push_back(std::get<Value>(test.operands[i].form));
    }
    const std::string& attribute = std::get<Path>(test.operands[at].form).attribute();
    if (!parts_.try_emplace(attribute, std::move(part)).second) {
      return fail(errors::validation("KeyConditionExpressions must only contain one condition per key"));
    }
    return {};
  }

 private:
  // Which operand is the attribute; all others are values.
  static Result<size_t> attribute_at(const Test& test) {
    const bool attribute_comes_first =
        test.comparison == Comparison::kBetween || test.comparison == Comparison::kBeginsWith;
    if (attribute_comes_first && !std::holds_alternative<Path>(test.operands.front().form)) {
      return fail(errors::validation(fmt::format(
          "Invalid condition in KeyConditionExpression: {} operator must have the key attribute as its "
          "first operand",
          test.name)));
    }
    std::optional<size_t> at;
    for (size_t i = 0; i < test.operands.size(); ++i) {
      const auto& form = test.operands[i].form;
      if (std::holds_alternative<Call>(form)) {
        return fail(errors::validation("KeyConditionExpressions cannot contain nested operations"));
      }
      const auto* path = std::get_if<Path>(&form);
      if (!path) continue;
      if (at) {
        return fail(errors::validation(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"));
      }
      if (path->is_nested())
        return fail(
            errors::validation("KeyConditionExpressions cannot have conditions on nested attributes"));
      at = i;
    }
    if (!at)
      return fail(
          errors::validation("Invalid condition in KeyConditionExpression: No key attribute specified"));
    return *at;
  }

  KeyCondition::Parts& parts_;
};

KeyBounds::Comparison bound_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      break;
    case Comparison::kLess:
      return KeyBounds::Comparison::kLess;
    case Comparison::kLessEqual:
      return KeyBounds::Comparison::kLessEqual;
    case Comparison::kGreater:
      return KeyBounds::Comparison::kGreater;
    case Comparison::kGreaterEqual:
      return KeyBounds::Comparison::kGreaterEqual;
    case Comparison::kBetween:
      return KeyBounds::Comparison::kBetween;
    case Comparison::kBeginsWith:
      return KeyBounds::Comparison::kBeginsWith;
  }
  CHECK(false, "an equality is no bound");
}

}  // namespace

Result<KeyCondition> KeyCondition::parse(std::string_view text, Placeholders& placeholders) {
  TRY_SYNC(const Predicate predicate, parse_condition(ExpressionKind::kKeyCondition, text, placeholders));
  Parts parts;
  TRY_SYNC_VOID(Gatherer(parts).add(predicate));
  return KeyCondition(std::move(parts));
}

const KeyCondition::Part* KeyCondition::find(const KeyAttribute& attribute) const {
  const auto found = parts_.find(attribute.name);
  return found == parts_.end() ? nullptr : &found->second;
}

Status KeyCondition::check(const KeySchema& schema) const {
  if (parts_.size() > schema.hash.size() + schema.range.size()) {
    return fail(errors::validation(fmt::format(
        "The number of query conditions ({}) exceeds the number of key attributes defined in the schema ({})",
        parts_.size(), schema.hash.size() + schema.range.size())));
  }
  size_t known = 0;
  for (const auto* attributes : {&schema.hash, &schema.range}) {
    // No attribute may be left out before one that is not.
    const KeyAttribute* missing = nullptr;
    for (const KeyAttribute& attribute : *attributes) {
      const Part* part = find(attribute);
      if (part) ++known;
      if (!part && !missing) missing = &attribute;
      const bool needed = attributes == &schema.hash || part;
      if (missing && needed) {
        return fail(
            errors::validation(fmt::format("Query condition missed key schema element: {}", missing->name)));
      }
    }
  }
  if (known == parts_.size()) return {};
  // A condition on something else is told as one that is missing on the key.
  const auto left =
      std::ranges::find_if(schema.range, [&](const auto& attribute) { return !find(attribute); });
  CHECK(left != schema.range.end(), "there are no more conditions than attributes");
  return fail(errors::validation(fmt::format("Query condition missed key schema element: {}", left->name)));
}

Result<KeyBounds> KeyCondition::bounds(const KeySchema& schema) const {
  TRY_SYNC_VOID(check(schema));
  const auto types_fit = [&](const KeyAttribute& attribute, const Part& part) {
    return std::ranges::all_of(part.operands,
                               [&](const Value& operand) { return operand.is(attribute.type); });
  };
  constexpr const char* kWrongType =
      "One or more parameter values were invalid: Condition parameter type does not match schema type";
  constexpr const char* kNotSupported = "Query key condition not supported";

  KeyBounds bounds;
  for (const KeyAttribute& attribute : schema.hash) {
    const Part& part = *find(attribute);
    if (part.comparison != Comparison::kEqual) return fail(errors::validation(kNotSupported));
    if (!types_fit(attribute, part)) return fail(errors::validation(kWrongType));
    bounds.hash.push_back(part.operands.front());
  }
  for (const KeyAttribute& attribute : schema.range) {
    const Part* part = find(attribute);
    if (!part) break;
    // Nothing may follow what leaves more than one value open.
    if (bounds.comparison != KeyBounds::Comparison::kAny) return fail(errors::validation(kNotSupported));
    if (!types_fit(attribute, *part)) return fail(errors::validation(kWrongType));
    if (part->comparison == Comparison::kEqual) {
      bounds.range.push_back(part->operands.front());
    } else {
      bounds.comparison = bound_of(part->comparison);
      bounds.operands = part->operands;
    }
  }
  return bounds;
}

}  // namespace hearth::services::dynamodb
