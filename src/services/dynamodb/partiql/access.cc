#include "services/dynamodb/partiql/access.h"

#include <algorithm>
#include <ranges>

#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb::partiql {
namespace {

using syntax::Call;
using syntax::Function;
using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

using Comparison = KeyBounds::Comparison;

constexpr size_t kPartitionsMax = 50;

// An attribute stands in a relation to values.
struct Test {
  std::string_view attribute;
  // kAny is equality, with one of several values.
  Comparison comparison;
  std::vector<const Value*> values;
};

Comparison comparison_of(Operator op, bool turned) {
  switch (op) {
    case Operator::kLess:
      return turned ? Comparison::kGreater : Comparison::kLess;
    case Operator::kLessEqual:
      return turned ? Comparison::kGreaterEqual : Comparison::kLessEqual;
    case Operator::kGreater:
      return turned ? Comparison::kLess : Comparison::kGreater;
    case Operator::kGreaterEqual:
      return turned ? Comparison::kLessEqual : Comparison::kGreaterEqual;
    case Operator::kBetween:
      return Comparison::kBetween;
    default:
      return Comparison::kAny;
  }
}

// Nothing for what keys cannot be asked.
std::optional<Test> test_of(const std::vector<Operand>& operands, Comparison comparison,
                            size_t attribute_at) {
  const auto* path = std::get_if<Path>(&operands[attribute_at].form);
  if (!path || path->is_nested()) return std::nullopt;
  Test test{.attribute = path->attribute(), .comparison = comparison, .values = {}};
  for (size_t i = 0; i < operands.size(); ++i) {
    if (i == attribute_at) continue;
    const auto* value = std::get_if<Value>(&operands[i].form);
    if (!value) return std::nullopt;
    test.values.push_back(value);
  }
  return test;
}

std::optional<Test> test_of(const Predicate& predicate);

// a = 1 OR a = 2
std::optional<Test> test_of_choice(const Predicate& choice) {
  std::optional<Test> all;
  for (const Predicate& predicate : choice.predicates) {
    const auto one = test_of(predicate);
    if (!one || one->comparison != Comparison::kAny || (all && all->attribute != one->attribute))
      return std::nullopt;
    if (!all) {
      all = one;
    } else {
      all->values.insert(all->values.end(), one->values.begin(), one->values.end());
    }
  }
  return all;
}

std::optional<Test> test_of(const Predicate& predicate) {
  switch (predicate.op) {
    case Operator::kOr:
      return test_of_choice(predicate);
    case Operator::kAnd:
    case Operator::kNot:
    case Operator::kNotEqual:
      return std::nullopt;
    case Operator::kCall: {
      const auto& call = std::get<Call>(predicate.operands.front().form);
      if (call.function != Function::kBeginsWith) return std::nullopt;
      return test_of(call.operands, Comparison::kBeginsWith, 0);
    }
    case Operator::kBetween:
    case Operator::kIn:
      return test_of(predicate.operands, comparison_of(predicate.op, false), 0);
    default: {
      const bool turned = std::holds_alternative<Value>(predicate.operands.front().form);
      return test_of(predicate.operands, comparison_of(predicate.op, turned), turned ? 1 : 0);
    }
  }
}

void add_conjuncts(std::vector<const Predicate*>& conjuncts, const Predicate& predicate) {
  if (predicate.op != Operator::kAnd) {
    conjuncts.push_back(&predicate);
    return;
  }
  for (const Predicate& inner : predicate.predicates) add_conjuncts(conjuncts, inner);
}

// Takes conditions on key attributes out of a conjunction.
class Splitter {
 public:
  explicit Splitter(const Predicate& where) { add_conjuncts(conjuncts_, where); }

  // The first test of the attribute that `fits`; it is no longer part of the rest.
  template <typename Fits>
  std::optional<Test> take(const KeyAttribute& attribute, Fits fits) {
    for (auto at = conjuncts_.begin(); at != conjuncts_.end(); ++at) {
      auto test = test_of(**at);
      if (!test || test->attribute != attribute.name || !fits(*test)) continue;
      conjuncts_.erase(at);
      return test;
    }
    return std::nullopt;
  }

  std::optional<Condition> rest() const {
    if (conjuncts_.empty()) return std::nullopt;
    if (conjuncts_.size() == 1) return Condition(*conjuncts_.front());
    Predicate all{.op = Operator::kAnd};
    for (const Predicate* conjunct : conjuncts_) all.predicates.push_back(*conjunct);
    return Condition(std::move(all));
  }

 private:
  std::vector<const Predicate*> conjuncts_;
};

bool has_type(const Test& test, Type type) {
  return std::ranges::all_of(test.values, [&](const Value* value) { return value->is(type); });
}

// One for each combination of the values that the hash attributes may have; none if one of them may have any.
Result<std::vector<KeyBounds>> partitions(Splitter& splitter, const KeySchema& schema) {
  std::vector<KeyBounds> bounds(1);
  for (const KeyAttribute& attribute : schema.hash) {
    const auto test =
        splitter.take(attribute, [](const Test& test) { return test.comparison == Comparison::kAny; });
    if (!test) return std::vector<KeyBounds>();
    if (!has_type(*test, attribute.type)) {
      return fail(errors::validation(
          "One or more parameter values were invalid: Condition parameter type does not match schema type"));
    }
    std::vector<KeyBounds> longer;
    for (const KeyBounds& begun : bounds) {
      std::vector<const Value*> seen;
      for (const Value* value : test->values) {
        // A value that is named twice is one value.
        if (std::ranges::any_of(seen, [&](const Value* other) { return *other == *value; })) continue;
        seen.push_back(value);
        longer.push_back(begun);
        longer.back().hash.push_back(*value);
      }
    }
    bounds = std::move(longer);
    if (bounds.size() > kPartitionsMax) {
      return fail(errors::validation("The IN operator on the partition key may have 50 values at most."));
    }
  }
  return bounds;
}

// What holds for the range attributes of every partition.
KeyBounds range_of(Splitter& splitter, const KeySchema& schema) {
  KeyBounds range;
  for (const KeyAttribute& attribute : schema.range) {
    const auto equal = splitter.take(attribute, [&](const Test& test) {
      return test.comparison == Comparison::kAny && test.values.size() == 1 && has_type(test, attribute.type);
    });
    if (equal) {
      range.range.push_back(*equal->values.front());
      continue;
    }
    const auto bound = splitter.take(attribute, [&](const Test& test) {
      const bool of_numbers = test.comparison == Comparison::kBeginsWith && attribute.type == Type::kNumber;
      return test.comparison != Comparison::kAny && !of_numbers && has_type(test, attribute.type);
    });
    if (bound) {
      range.comparison = bound->comparison;
      for (const Value* value : bound->values) range.operands.push_back(*value);
    }
    break;
  }
  return range;
}

}  // namespace

Result<Access> access_of(const std::optional<Predicate>& where, const KeySchema& schema) {
  if (!where) return Access{};
  Splitter splitter(*where);
  TRY_SYNC(std::vector<KeyBounds> keys, partitions(splitter, schema));
  if (keys.empty()) return Access{.keys = {}, .rest = Condition(*where)};
  const KeyBounds range = range_of(splitter, schema);
  for (KeyBounds& key : keys) {
    key.range = range.range;
    key.comparison = range.comparison;
    key.operands = range.operands;
  }
  return Access{.keys = std::move(keys), .rest = splitter.rest()};
}

Result<OneItem> one_item_of(const std::optional<Predicate>& where, const KeySchema& schema) {
  TRY_SYNC(Access access, access_of(where, schema));
  if (access.keys.size() != 1 || access.keys.front().range.size() != schema.range.size()) {
    return fail(
        errors::validation("Where clause does not contain a mandatory equality on all key attributes"));
  }
  OneItem item{.key = {}, .rest = std::move(access.rest)};
  const KeyBounds& key = access.keys.front();
  for (size_t i = 0; i < key.hash.size(); ++i) item.key.set(schema.hash[i].name, key.hash[i]);
  for (size_t i = 0; i < key.range.size(); ++i) item.key.set(schema.range[i].name, key.range[i]);
  return item;
}

}  // namespace hearth::services::dynamodb::partiql
