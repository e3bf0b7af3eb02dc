#include "services/dynamodb/expression/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/dynamodb/expression/value_text.h"

namespace hearth::services::dynamodb::checks {
namespace {

using syntax::Action;
using syntax::Call;
using syntax::Change;
using syntax::Function;
using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

// In the order in which messages list them.
constexpr std::string_view kTypes = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}";

bool has_order(Type type) {
  return type == Type::kString || type == Type::kNumber || type == Type::kBinary;
}
bool is_sum(Function function) {
  return function == Function::kPlus || function == Function::kMinus;
}
bool is_set(Type type) {
  return type == Type::kStringSet || type == Type::kNumberSet || type == Type::kBinarySet;
}

// The type that an operand has whatever the item is.
std::optional<Type> type_of(const Operand& operand) {
  if (const auto* value = std::get_if<Value>(&operand.form)) return value->type();
  const auto* call = std::get_if<Call>(&operand.form);
  if (!call) return std::nullopt;
  switch (call->function) {
    case Function::kSize:
    case Function::kPlus:
    case Function::kMinus:
      return Type::kNumber;
    case Function::kListAppend:
      return Type::kList;
    default:
      return std::nullopt;
  }
}

void add_wrong_type(Faults& faults, std::string_view name, std::string_view type) {
  faults.add(
      Fault::kOperandType,
      fmt::format(
          "Incorrect operand type for operator or function; operator or function: {}, operand type: {}", name,
          type));
}

void check_type(const Operand& operand, bool (*fits)(Type), std::string_view name, Faults& faults) {
  const auto type = type_of(operand);
  if (type && !fits(*type)) add_wrong_type(faults, name, type_name(*type));
}

void check_distinct(const std::vector<Operand>& operands, std::string_view name, Faults& faults) {
  const auto* first = std::get_if<Path>(&operands.front().form);
  if (!first) return;
  for (size_t i = 1; i < operands.size(); ++i) {
    const auto* other = std::get_if<Path>(&operands[i].form);
    if (!other || *other != *first) continue;
    faults.add(
        Fault::kIdenticalOperands,
        fmt::format("The first operand must be distinct from the remaining operands for this operator or "
                    "function; operator: {}, first operand: {}",
                    name, first->text()));
  }
}

void add_misuse(Faults& faults, Function function) {
  faults.add(Fault::kMisusedFunction,
             fmt::format("The function is not allowed to be used this way in an expression; function: {}",
                         name_of(function)));
}

// The second operand of attribute_type.
void check_type_name(const Operand& operand, Faults& faults) {
  const auto* value = std::get_if<Value>(&operand.form);
  if (!value || !value->is(Type::kString)) {
    const auto type = type_of(operand);
    add_wrong_type(faults, name_of(Function::kAttributeType),
                   type ? type_name(*type) : "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
  } else if (!parse_type(value->text())) {
    faults.add(
        Fault::kOperandType,
        fmt::format("Invalid attribute type name found; type: {}, valid types: {}", value->text(), kTypes));
  }
}

void check_operand_types(const Call& call, Faults& faults) {
  const std::string_view name = name_of(call.function);
  const auto check_each = [&](bool (*fits)(Type)) {
    for (const Operand& operand : call.operands) check_type(operand, fits, name, faults);
  };
  switch (call.function) {
    case Function::kAttributeExists:
    case Function::kAttributeNotExists:
    case Function::kIfNotExists:
      if (!std::holds_alternative<Path>(call.operands.front().form)) {
        faults.add(
            Fault::kOperandType,
            fmt::format("Operator or function requires a document path; operator or function: {}", name));
      }
      return;
    case Function::kAttributeType:
      return check_type_name(call.operands.back(), faults);
    case Function::kBeginsWith:
      return check_each([](Type type) { return type == Type::kString || type == Type::kBinary; });
    case Function::kContains:
      return check_type(
          call.operands.front(),
          [](Type type) {
            return type == Type::kString || type == Type::kBinary || type == Type::kList || is_set(type);
          },
          name, faults);
    case Function::kSize:
      return check_each(
          [](Type type) { return type != Type::kNumber && type != Type::kBool && type != Type::kNull; });
    case Function::kListAppend:
      return check_each([](Type type) { return type == Type::kList; });
    case Function::kPlus:
    case Function::kMinus:
      return check_each([](Type type) { return type == Type::kNumber; });
  }
}

void check_operand(const Operand& operand, Faults& faults);

void check_call(const Call& call, Faults& faults) {
  // Only these may be an operand of a function.
  const Function inner = is_for_conditions(call.function) ? Function::kSize : Function::kIfNotExists;
  for (const Operand& operand : call.operands) {
    const auto* nested = std::get_if<Call>(&operand.form);
    if (nested && nested->function != inner && !is_sum(call.function)) add_misuse(faults, nested->function);
    check_operand(operand, faults);
  }
  if (call.operands.size() != operand_count(call.function)) {
    faults.add(
        Fault::kOperandCount,
        fmt::format("Incorrect number of operands for operator or function; operator or function: {}, number "
                    "of operands: {}",
                    name_of(call.function), call.operands.size()));
    return;
  }
  if (call.function == Function::kContains || call.function == Function::kBeginsWith) {
    check_distinct(call.operands, name_of(call.function), faults);
  }
  check_operand_types(call, faults);
}

void check_operand(const Operand& operand, Faults& faults) {
  if (const auto* call = std::get_if<Call>(&operand.form)) check_call(*call, faults);
}

void check_bounds(const Predicate& between, Faults& faults) {
  const auto* lower = std::get_if<Value>(&between.operands[1].form);
  const auto* upper = std::get_if<Value>(&between.operands[2].form);
  if (!lower || !upper || !has_order(lower->type()) || !has_order(upper->type())) return;
  const bool same_type = lower->type() == upper->type();
  if (same_type && *order(*lower, *upper) <= 0) return;
  faults.add(
      Fault::kOperandType,
      fmt::format("The BETWEEN operator requires {}; lower bound operand: AttributeValue: {}, upper bound "
                  "operand: AttributeValue: {}",
                  same_type ? "upper bound to be greater than or equal to lower bound"
                            : "same data type for lower and upper bounds",
                  text_of(*lower), text_of(*upper)));
}

// Without the one that is looked for.
constexpr size_t kOperandsOfInMax = 100;

void check_comparison(const Predicate& predicate, Faults& faults) {
  const std::string_view name = name_of(predicate.op);
  for (const Operand& operand : predicate.operands) {
    const auto* call = std::get_if<Call>(&operand.form);
    if (call && call->function != Function::kSize && !is_sum(call->function)) {
      add_misuse(faults, call->function);
    }
    check_operand(operand, faults);
  }
  check_distinct(predicate.operands, name, faults);
  if (predicate.op == Operator::kIn) {
    const size_t listed = predicate.operands.size() - 1;
    if (listed > kOperandsOfInMax) {
      faults.add(
          Fault::kOperandCount,
          fmt::format("The IN operator is provided with too many operands; number of operands: {}", listed));
    }
  } else if (predicate.op != Operator::kEqual && predicate.op != Operator::kNotEqual) {
    for (const Operand& operand : predicate.operands) check_type(operand, has_order, name, faults);
  }
  if (predicate.op == Operator::kBetween) check_bounds(predicate, faults);
}

// How the service calls types where it speaks of ADD and DELETE.
std::string_view long_name(Type type) {
  switch (type) {
    case Type::kString:
      return "STRING";
    case Type::kNumber:
      return "NUMBER";
    case Type::kBinary:
      return "BINARY";
    case Type::kBool:
      return "BOOLEAN";
    case Type::kNull:
      return "NULL";
    case Type::kMap:
      return "MAP";
    case Type::kList:
      return "LIST";
    case Type::kStringSet:
      return "STRING_SET";
    case Type::kNumberSet:
      return "NUMBER_SET";
    case Type::kBinarySet:
      return "BINARY_SET";
  }
  return {};
}

void check_change(const Change& change, Faults& faults) {
  if (!change.value) return;
  check_operand(*change.value, faults);
  const auto type = type_of(*change.value);
  if (change.action == Action::kSet || !type || is_set(*type)) return;
  if (change.action == Action::kAdd && *type == Type::kNumber) return;
  faults.add(Fault::kOperandType,
             fmt::format("Incorrect operand type for operator or function; operator: {}, operand type: {}",
                         name_of(change.action), long_name(*type)));
}

}  // namespace

void check(const Predicate& predicate, Faults& faults) {
  for (const Predicate& inner : predicate.predicates) check(inner, faults);
  if (predicate.op == Operator::kCall) {
    const auto& call = std::get<Call>(predicate.operands.front().form);
    const bool is_value = call.function == Function::kSize || is_sum(call.function);
    if (is_value) add_misuse(faults, call.function);
    check_call(call, faults);
  } else if (!predicate.operands.empty()) {
    check_comparison(predicate, faults);
  }
}

void check(const std::vector<Change>& changes, Faults& faults) {
  std::vector<Path> paths;
  paths.reserve(changes.size());
  for (const Change& change : changes) {
    check_change(change, faults);
    paths.push_back(change.path);
  }
  tree_of(paths, faults);
}

PathTree tree_of(const std::vector<Path>& paths, Faults& faults) {
  PathTree tree;
  for (const Path& path : paths) {
    const auto clash = tree.add(path);
    if (!clash) continue;
    const bool overlap = clash->kind == PathTree::Clash::Kind::kOverlap;
    faults.add(
        overlap ? Fault::kOverlap : Fault::kConflict,
        fmt::format("Two document paths {} with each other; must remove or rewrite one of these paths; path "
                    "one: {}, path two: {}",
                    overlap ? "overlap" : "conflict", clash->with.text(), path.text()));
  }
  return tree;
}

}  // namespace hearth::services::dynamodb::checks
