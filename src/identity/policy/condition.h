// One line of a statement's Condition: an operator, a key and the values it is compared with.
//
// Rules where the documentation is silent: a key without values is absent; a negated operator is the negation
// of its positive form, over all values of the key; a request's value that the operator cannot read (a number
// that is none) equals nothing; a value of a negated operator with a variable that has none makes the
// condition fail, one of a positive operator matches nothing.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "identity/policy/condition_context.h"
#include "identity/policy/condition_values.h"
#include "identity/policy/pattern.h"

namespace hearth::identity {

enum class ConditionFamily : uint8_t { kString, kNumeric, kDate, kBool, kBinary, kIp, kArn, kNull };
enum class ConditionTest : uint8_t { kEquals, kLike, kLess, kLessEquals, kGreater, kGreaterEquals };
enum class ConditionQuantifier : uint8_t { kNone, kForAnyValue, kForAllValues };

// "ForAllValues:StringNotEqualsIfExists", taken apart.
struct ConditionOperator {
  ConditionFamily family = ConditionFamily::kString;
  ConditionTest test = ConditionTest::kEquals;
  ConditionQuantifier quantifier = ConditionQuantifier::kNone;
  bool negated = false;
  bool ignore_case = false;
  bool if_exists = false;

  static std::optional<ConditionOperator> parse(std::string_view name);
};

class Condition {
 public:
  // `variables`: whether ${…} is one (it is in string and ARN values only).
  Condition(ConditionOperator op, std::string_view key, bool variables)
      : operator_(op), variables_(variables), key_(key), key_name_(key) {}

  // Another value it may have. False when the operator cannot read it.
  bool add_value(std::string_view value);

  bool holds(const ConditionContext& context) const;
  const std::string& key_name() const { return key_name_; }  // as written
  // The patterns of string and ARN values, for who wants to know their variables.
  void each_pattern(const std::function<void(const TextPattern&)>& visit) const;

 private:
  // Base64 is compared as the bytes it stands for.
  struct Bytes {
    std::string bytes;
  };
  using Operand = std::variant<TextPattern, ArnPattern, Decimal, Instant, IpRange, Bytes, bool>;

  // Whether one of the operands, which are all of a kind, satisfies.
  template <typename Kind>
  bool any(const auto& satisfies) const;
  // Whether the positive form is true of one value of the request.
  bool any_operand(std::string_view value, const ConditionContext& context) const;
  bool resolves(const ConditionContext& context) const;

  ConditionOperator operator_;
  bool variables_;
  ContextKey key_;
  std::vector<Operand> operands_;
  std::string key_name_;
};

}  // namespace hearth::identity
