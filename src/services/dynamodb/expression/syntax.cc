#include "services/dynamodb/expression/syntax.h"

#include <algorithm>
#include <array>

namespace hearth::services::dynamodb::syntax {
namespace {

struct FunctionTraits {
  std::string_view name;
  size_t operands;
  bool for_conditions;
};

// In the order of Function.
constexpr auto kFunctions = std::to_array<FunctionTraits>({
    {"attribute_exists", 1, true},
    {"attribute_not_exists", 1, true},
    {"attribute_type", 2, true},
    {"begins_with", 2, true},
    {"contains", 2, true},
    {"size", 1, true},
    {"if_not_exists", 2, false},
    {"list_append", 2, false},
    {"+", 2, false},
    {"-", 2, false},
});

const FunctionTraits& traits(Function function) {
  return kFunctions[static_cast<size_t>(function)];
}

}  // namespace

std::string_view name_of(Function function) {
  return traits(function).name;
}

std::optional<Function> find_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &FunctionTraits::name);
  if (found == kFunctions.end()) return std::nullopt;
  return static_cast<Function>(found - kFunctions.begin());
}

size_t operand_count(Function function) {
  return traits(function).operands;
}

bool is_for_conditions(Function function) {
  return traits(function).for_conditions;
}

std::string_view name_of(Operator op) {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"AND", "OR", "NOT", "=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN", "function"});
  return kNames[static_cast<size_t>(op)];
}

Predicate predicate_of(Call call) {
  Predicate predicate{.op = Operator::kCall};
  predicate.operands.push_back(Operand{std::move(call)});
  return predicate;
}

Predicate negated(Predicate predicate) {
  Predicate negated{.op = Operator::kNot};
  negated.predicates.push_back(std::move(predicate));
  return negated;
}

std::string_view name_of(Action action) {
  static constexpr auto kNames = std::to_array<std::string_view>({"SET", "REMOVE", "ADD", "DELETE"});
  return kNames[static_cast<size_t>(action)];
}

void add_names(AttributeNames& names, const Operand& operand) {
  if (const auto* path = std::get_if<Path>(&operand.form)) add(names, *path);
  if (const auto* call = std::get_if<Call>(&operand.form)) {
    for (const Operand& inner : call->operands) add_names(names, inner);
  }
}

void add_names(AttributeNames& names, const Predicate& predicate) {
  for (const Predicate& inner : predicate.predicates) add_names(names, inner);
  for (const Operand& operand : predicate.operands) add_names(names, operand);
}

}  // namespace hearth::services::dynamodb::syntax
