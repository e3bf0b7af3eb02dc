#include "services/dynamodb/expression/evaluate.h"

#include <algorithm>

#include "base/utf8.h"

namespace hearth::services::dynamodb {
namespace {

using syntax::Call;
using syntax::Function;
using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

// As UTF-16 counts them: what is beyond the basic plane counts twice.
size_t characters(std::string_view utf8) {
  size_t count = 0;
  for (const char c : utf8) {
    if (!continues_character(c)) count += static_cast<unsigned char>(c) >= 0xF0 ? 2 : 1;
  }
  return count;
}

std::optional<size_t> size_of(const Value& value) {
  switch (value.type()) {
    case Type::kString:
      return characters(value.text());
    case Type::kBinary:
      return value.text().size();
    case Type::kMap:
      return value.map().size();
    case Type::kList:
      return value.list().size();
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      return value.elements().size();
    case Type::kNumber:
    case Type::kBool:
    case Type::kNull:
      return std::nullopt;
  }
  return std::nullopt;
}

// What an operand is for an item: borrowed from the item or from the expression, or computed.
class Evaluated {
 public:
  Evaluated(const Operand& operand, const Item& item) {
    if (const auto* path = std::get_if<Path>(&operand.form)) {
      value_ = path->find(item);
    } else if (const auto* value = std::get_if<Value>(&operand.form)) {
      value_ = value;
    } else {
      compute(std::get<Call>(operand.form), item);
    }
  }
  Evaluated(const Evaluated&) = delete;
  Evaluated& operator=(const Evaluated&) = delete;

  explicit operator bool() const { return value_ != nullptr; }
  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return value_; }

 private:
  // Of the functions whose result is a value.
  void compute(const Call& call, const Item& item) {
    if (call.function == Function::kSize) return compute_size(call, item);
    compute_sum(call, item);
  }

  // Nothing where one is no number, or the result has no place among numbers.
  void compute_sum(const Call& call, const Item& item) {
    const Evaluated left(call.operands.front(), item);
    const Evaluated right(call.operands.back(), item);
    if (!left || !right || !left->is(Type::kNumber) || !right->is(Type::kNumber)) return;
    const Number number = left->as_number();
    const auto sum =
        call.function == Function::kPlus ? number.plus(right->as_number()) : number.minus(right->as_number());
    if (!sum) return;
    computed_ = Value::number(*sum);
    value_ = &computed_;
  }

  void compute_size(const Call& call, const Item& item) {
    const Evaluated of(call.operands.front(), item);
    const auto size = of ? size_of(*of) : std::nullopt;
    if (!size) return;
    // The text of a number that small needs no allocation.
    computed_ = Value::number(Number(static_cast<int64_t>(*size)));
    value_ = &computed_;
  }

  const Value* value_ = nullptr;
  Value computed_;
};

bool begins_with(const Value& value, const Value& start) {
  const bool comparable =
      value.type() == start.type() && (value.is(Type::kString) || value.is(Type::kBinary));
  return comparable && value.text().starts_with(start.text());
}

template <typename Element>
bool has(const std::vector<Element>& elements, const Element& element) {
  return std::ranges::find(elements, element) != elements.end();
}

bool contains(const Value& value, const Value& part) {
  const auto has_element = [&](Type element) {
    return part.is(element) && has(value.elements(), part.text());
  };
  switch (value.type()) {
    case Type::kString:
    case Type::kBinary:
      return part.type() == value.type() && value.text().contains(part.text());
    case Type::kStringSet:
      return has_element(Type::kString);
    case Type::kNumberSet:
      return has_element(Type::kNumber);
    case Type::kBinarySet:
      return has_element(Type::kBinary);
    case Type::kList:
      return has(value.list(), part);
    default:
      return false;
  }
}

bool is_true(const Call& call, const Item& item) {
  const Evaluated first(call.operands.front(), item);
  if (call.function == Function::kAttributeExists) return bool(first);
  if (call.function == Function::kAttributeNotExists) return !first;
  const Evaluated second(call.operands.back(), item);
  if (!first || !second) return false;
  switch (call.function) {
    case Function::kAttributeType:
      return type_name(first->type()) == second->text();
    case Function::kBeginsWith:
      return begins_with(*first, *second);
    case Function::kContains:
      return contains(*first, *second);
    default:
      return false;
  }
}

bool stands(Operator op, const Value& left, const Value& right) {
  const auto ordering = order(left, right);
  if (!ordering) return false;
  switch (op) {
    case Operator::kLess:
      return *ordering < 0;
    case Operator::kLessEqual:
      return *ordering <= 0;
    case Operator::kGreater:
      return *ordering > 0;
    case Operator::kGreaterEqual:
      return *ordering >= 0;
    default:
      return false;
  }
}

bool compares(const Predicate& predicate, const Item& item) {
  const auto& operands = predicate.operands;
  const Evaluated left(operands[0], item);
  const auto equals = [&](const Operand& operand) {
    const Evaluated right(operand, item);
    return left && right && *left == *right;
  };
  if (predicate.op == Operator::kEqual) return equals(operands[1]);
  if (predicate.op == Operator::kNotEqual) return !equals(operands[1]);
  if (predicate.op == Operator::kIn) return std::any_of(operands.begin() + 1, operands.end(), equals);

  const Evaluated right(operands[1], item);
  if (!left || !right) return false;
  if (predicate.op != Operator::kBetween) return stands(predicate.op, *left, *right);
  const Evaluated upper(operands[2], item);
  return upper && stands(Operator::kGreaterEqual, *left, *right) &&
         stands(Operator::kLessEqual, *left, *upper);
}

}  // namespace

bool holds(const Predicate& predicate, const Item& item) {
  const auto inner_holds = [&](const Predicate& inner) { return holds(inner, item); };
  switch (predicate.op) {
    case Operator::kAnd:
      return std::ranges::all_of(predicate.predicates, inner_holds);
    case Operator::kOr:
      return std::ranges::any_of(predicate.predicates, inner_holds);
    case Operator::kNot:
      return !holds(predicate.predicates.front(), item);
    case Operator::kCall:
      return is_true(std::get<Call>(predicate.operands.front().form), item);
    default:
      return compares(predicate, item);
  }
}

}  // namespace hearth::services::dynamodb
