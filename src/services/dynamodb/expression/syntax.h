// The form that every expression is brought to, whichever of the ways to write it a request took: names and
// values are in their places, nothing has to be looked up any more. Conditions are evaluated in this form
// (evaluate.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb::syntax {

enum class Function : uint8_t {
  // Of conditions.
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kSize,
  // Of updates.
  kIfNotExists,
  kListAppend,
  kPlus,
  kMinus,
};
// "begins_with", "+".
std::string_view name_of(Function function);
// Of those that are called by a name.
std::optional<Function> find_function(std::string_view name);
// So many operands each takes, no more and no less.
size_t operand_count(Function function);
bool is_for_conditions(Function function);

struct Operand;
struct Call {
  Function function;
  std::vector<Operand> operands;
};
struct Operand {
  std::variant<Path, Value, Call> form;
};

enum class Operator : uint8_t {
  kAnd,  // two or more predicates
  kOr,
  kNot,    // one predicate
  kEqual,  // two operands
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kBetween,  // three operands
  kIn,       // two or more operands
  kCall,     // one operand, a Call that is true or false
};
// "AND", "<=".
std::string_view name_of(Operator op);

struct Predicate {
  Operator op;
  std::vector<Predicate> predicates = {};
  std::vector<Operand> operands = {};
};

// A call that stands alone, and what is true where the predicate is not.
Predicate predicate_of(Call call);
Predicate negated(Predicate predicate);

enum class Action : uint8_t { kSet, kRemove, kAdd, kDelete };
// "SET".
std::string_view name_of(Action action);

struct Change {
  Action action;
  Path path;
  // Nothing for REMOVE.
  std::optional<Operand> value = std::nullopt;
};

// All paths in it.
void add_names(AttributeNames& names, const Operand& operand);
void add_names(AttributeNames& names, const Predicate& predicate);

}  // namespace hearth::services::dynamodb::syntax
