#include "services/dynamodb/expression/legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb::legacy {
namespace {

using syntax::Action;
using syntax::Call;
using syntax::Change;
using syntax::Function;
using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

using Types = uint16_t;
constexpr Types bit(Type type) {
  return static_cast<Types>(1U << static_cast<unsigned>(type));
}
constexpr Types kOrdered = bit(Type::kString) | bit(Type::kNumber) | bit(Type::kBinary);
constexpr Types kSets = bit(Type::kStringSet) | bit(Type::kNumberSet) | bit(Type::kBinarySet);
constexpr Types kAll = static_cast<Types>(~Types{});

struct OperatorTraits {
  std::string_view name;
  size_t values_min;
  size_t values_max;
  Types types;
  // What it is in an expression; NOT_CONTAINS is more than one of those.
  std::optional<Operator> op;
  std::optional<Function> function;
  // What it is for a key, if keys can be asked for it.
  std::optional<KeyCondition::Comparison> for_keys;
};

using ForKeys = KeyCondition::Comparison;
constexpr Types kElements = kOrdered | bit(Type::kBool) | bit(Type::kNull);
constexpr Types kBeginning = bit(Type::kString) | bit(Type::kBinary);
constexpr auto kOperators = std::to_array<OperatorTraits>({
    {"EQ", 1, 1, kAll, Operator::kEqual, {}, ForKeys::kEqual},
    {"NE", 1, 1, kAll, Operator::kNotEqual, {}, {}},
    {"LE", 1, 1, kOrdered, Operator::kLessEqual, {}, ForKeys::kLessEqual},
    {"LT", 1, 1, kOrdered, Operator::kLess, {}, ForKeys::kLess},
    {"GE", 1, 1, kOrdered, Operator::kGreaterEqual, {}, ForKeys::kGreaterEqual},
    {"GT", 1, 1, kOrdered, Operator::kGreater, {}, ForKeys::kGreater},
    {"BETWEEN", 2, 2, kOrdered, Operator::kBetween, {}, ForKeys::kBetween},
    {"IN", 1, SIZE_MAX, kOrdered, Operator::kIn, {}, {}},
    {"BEGINS_WITH", 1, 1, kBeginning, {}, Function::kBeginsWith, ForKeys::kBeginsWith},
    {"CONTAINS", 1, 1, kElements, {}, Function::kContains, {}},
    {"NOT_CONTAINS", 1, 1, kElements, {}, {}, {}},
    {"NULL", 0, 0, kAll, {}, Function::kAttributeNotExists, {}},
    {"NOT_NULL", 0, 0, kAll, {}, Function::kAttributeExists, {}},
});

Result<const OperatorTraits*> find_operator(std::string_view name) {
  const auto* found = std::ranges::find(kOperators, name, &OperatorTraits::name);
  if (found == kOperators.end())
    return fail(errors::invalid_values(fmt::format("Unknown ComparisonOperator: {}", name)));
  return found;
}

Result<const OperatorTraits*> checked_operator(const Comparison& comparison) {
  TRY_SYNC(const OperatorTraits* op, find_operator(comparison.comparison_operator));
  const List& values = comparison.values;
  if (values.size() < op->values_min || values.size() > op->values_max) {
    return fail(errors::invalid_values(
        fmt::format("Invalid number of argument(s) for the {} ComparisonOperator", op->name)));
  }
  if (values.empty()) return op;
  const Type type = values.front().type();
  if (!std::ranges::all_of(values, [&](const Value& value) { return value.is(type); })) {
    return fail(errors::invalid_values("AttributeValues inside AttributeValueList must be of same type"));
  }
  if ((op->types & bit(type)) == 0) {
    return fail(errors::invalid_values(fmt::format(
        "ComparisonOperator {} is not valid for {} AttributeValue type", op->name, type_name(type))));
  }
  if (op->op == Operator::kBetween && *order(values[0], values[1]) > 0) {
    return fail(errors::validation(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"));
  }
  return op;
}

Result<Predicate> predicate_of(const std::string& attribute, const Comparison& comparison) {
  TRY_SYNC(const OperatorTraits* op, checked_operator(comparison));
  std::vector<Operand> operands = {Operand{attribute_path(attribute)}};
  for (const Value& value : comparison.values) operands.push_back(Operand{value});
  if (op->op) return Predicate{.op = *op->op, .predicates = {}, .operands = std::move(operands)};
  if (op->function) return syntax::predicate_of(Call{*op->function, std::move(operands)});
  // What is not there does not contain, but is no answer to NOT_CONTAINS.
  Predicate both{.op = Operator::kAnd};
  both.predicates.push_back(syntax::predicate_of(Call{Function::kAttributeExists, {operands.front()}}));
  both.predicates.push_back(negated(syntax::predicate_of(Call{Function::kContains, std::move(operands)})));
  return both;
}

// The form of an expectation that says most is the one that all are brought to.
Result<Comparison> comparison_of(const std::string& attribute, const Expectation& expected) {
  const auto refuse = [&](std::string_view what) {
    return fail(errors::invalid_values(fmt::format("{} for Attribute: {}", what, attribute)));
  };
  if (expected.value && expected.values)
    return refuse("Value and AttributeValueList cannot be used together");
  if (const auto& op = expected.comparison_operator) {
    if (expected.exists) return refuse("Exists and ComparisonOperator cannot be used together");
    if (expected.values) return Comparison{*op, *expected.values};
    if (expected.value) return Comparison{*op, {*expected.value}};
    if (*op == "NULL" || *op == "NOT_NULL") return Comparison{*op};
    return refuse(fmt::format("Value or AttributeValueList must be used with ComparisonOperator: {}", *op));
  }
  if (expected.values) return refuse("AttributeValueList can only be used with a ComparisonOperator");
  if (expected.exists.value_or(true)) {
    if (expected.value) return Comparison{"EQ", {*expected.value}};
    return refuse(fmt::format("Value must be provided when Exists is {}", expected.exists ? "true" : "null"));
  }
  if (expected.value) return refuse("Value cannot be used when Exists is false");
  return Comparison{"NULL"};
}

}  // namespace

Result<std::optional<Condition>> condition(const ByAttribute<Expectation>& expected,
                                           const std::optional<std::string>& conditional_operator) {
  ByAttribute<Comparison> comparisons;
  for (const auto& [attribute, expectation] : expected) {
    TRY_SYNC(comparisons[attribute], comparison_of(attribute, expectation));
  }
  return condition(comparisons, conditional_operator);
}

Result<std::optional<Condition>> condition(const ByAttribute<Comparison>& filter,
                                           const std::optional<std::string>& conditional_operator) {
  if (filter.empty()) {
    if (!conditional_operator) return std::nullopt;
    return fail(errors::validation("ConditionalOperator cannot be used without Filter or Expected"));
  }
  Predicate all{.op = conditional_operator == "OR" ? Operator::kOr : Operator::kAnd};
  for (const auto& [attribute, comparison] : filter) {
    TRY_SYNC(Predicate predicate, predicate_of(attribute, comparison));
    all.predicates.push_back(std::move(predicate));
  }
  return Condition(all.predicates.size() == 1 ? std::move(all.predicates.front()) : std::move(all));
}

Result<KeyCondition> key_condition(const ByAttribute<Comparison>& comparisons) {
  if (comparisons.empty() || comparisons.size() > 2)
    return fail(errors::validation("Conditions can be of length 1 or 2 only"));
  KeyCondition::Parts parts;
  for (const auto& [attribute, comparison] : comparisons) {
    TRY_SYNC(const OperatorTraits* op, checked_operator(comparison));
    if (!op->for_keys)
      return fail(errors::validation("Attempted conditional constraint is not an indexable operation"));
    parts.emplace(attribute, KeyCondition::Part{*op->for_keys, comparison.values});
  }
  return KeyCondition(std::move(parts));
}

Result<Update> update(const ByAttribute<AttributeUpdate>& updates) {
  std::vector<Change> changes;
  for (const auto& [attribute, update] : updates) {
    Path path = attribute_path(attribute);
    if (!update.value) {
      if (update.action != "DELETE") {
        return fail(
            errors::invalid_values("Only DELETE action is allowed when no attribute value is specified"));
      }
      changes.push_back({.action = Action::kRemove, .path = std::move(path)});
      continue;
    }
    const Types type = bit(update.value->type());
    Action action = Action::kSet;
    if (update.action == "DELETE") {
      if ((type & kSets) == 0) {
        return fail(errors::invalid_values(fmt::format(
            "DELETE action with value is not supported for the type {}", type_name(update.value->type()))));
      }
      action = Action::kDelete;
    } else if (update.action == "ADD") {
      if ((type & (kSets | bit(Type::kNumber) | bit(Type::kList))) == 0) {
        return fail(errors::invalid_values(
            fmt::format("ADD action is not supported for the type {}", type_name(update.value->type()))));
      }
      action = Action::kAdd;
    }
    changes.push_back({.action = action, .path = std::move(path), .value = Operand{*update.value}});
  }
  return Update(std::move(changes), "Type mismatch for attribute to update");
}

Result<Projection> projection(const std::vector<std::string>& attributes) {
  PathTree paths;
  for (const std::string& attribute : attributes) {
    if (paths.add(attribute_path(attribute))) {
      return fail(errors::invalid_values(fmt::format("Duplicate value in attribute name: {}", attribute)));
    }
  }
  return Projection(std::move(paths));
}

}  // namespace hearth::services::dynamodb::legacy
