#include "identity/policy/condition.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"

namespace hearth::identity {
namespace {

using Family = ConditionFamily;
using Test = ConditionTest;
using Quantifier = ConditionQuantifier;

struct NamedOperator {
  std::string_view name;
  ConditionOperator op;
};

constexpr std::array kOperators = {
    NamedOperator{"StringEquals", {.family = Family::kString}},
    NamedOperator{"StringNotEquals", {.family = Family::kString, .negated = true}},
    NamedOperator{"StringEqualsIgnoreCase", {.family = Family::kString, .ignore_case = true}},
    NamedOperator{"StringNotEqualsIgnoreCase",
                  {.family = Family::kString, .negated = true, .ignore_case = true}},
    NamedOperator{"StringLike", {.family = Family::kString, .test = Test::kLike}},
    NamedOperator{"StringNotLike", {.family = Family::kString, .test = Test::kLike, .negated = true}},
    NamedOperator{"NumericEquals", {.family = Family::kNumeric}},
    NamedOperator{"NumericNotEquals", {.family = Family::kNumeric, .negated = true}},
    NamedOperator{"NumericLessThan", {.family = Family::kNumeric, .test = Test::kLess}},
    NamedOperator{"NumericLessThanEquals", {.family = Family::kNumeric, .test = Test::kLessEquals}},
    NamedOperator{"NumericGreaterThan", {.family = Family::kNumeric, .test = Test::kGreater}},
    NamedOperator{"NumericGreaterThanEquals", {.family = Family::kNumeric, .test = Test::kGreaterEquals}},
    NamedOperator{"DateEquals", {.family = Family::kDate}},
    NamedOperator{"DateNotEquals", {.family = Family::kDate, .negated = true}},
    NamedOperator{"DateLessThan", {.family = Family::kDate, .test = Test::kLess}},
    NamedOperator{"DateLessThanEquals", {.family = Family::kDate, .test = Test::kLessEquals}},
    NamedOperator{"DateGreaterThan", {.family = Family::kDate, .test = Test::kGreater}},
    NamedOperator{"DateGreaterThanEquals", {.family = Family::kDate, .test = Test::kGreaterEquals}},
    NamedOperator{"Bool", {.family = Family::kBool}},
    NamedOperator{"BinaryEquals", {.family = Family::kBinary}},
    NamedOperator{"IpAddress", {.family = Family::kIp}},
    NamedOperator{"NotIpAddress", {.family = Family::kIp, .negated = true}},
    NamedOperator{"ArnEquals", {.family = Family::kArn, .test = Test::kLike}},
    NamedOperator{"ArnLike", {.family = Family::kArn, .test = Test::kLike}},
    NamedOperator{"ArnNotEquals", {.family = Family::kArn, .test = Test::kLike, .negated = true}},
    NamedOperator{"ArnNotLike", {.family = Family::kArn, .test = Test::kLike, .negated = true}},
    NamedOperator{"Null", {.family = Family::kNull}},
};

std::optional<bool> truth_of(std::string_view text) {
  if (iequals(text, "true")) return true;
  if (iequals(text, "false")) return false;
  return std::nullopt;
}

template <typename Value>
bool compares(const Value& value, Test test, const Value& operand) {
  switch (test) {
    case Test::kLess:
      return value < operand;
    case Test::kLessEquals:
      return value <= operand;
    case Test::kGreater:
      return value > operand;
    case Test::kGreaterEquals:
      return value >= operand;
    default:
      return value == operand;
  }
}

}  // namespace

std::optional<ConditionOperator> ConditionOperator::parse(std::string_view name) {
  constexpr std::string_view kAny = "ForAnyValue:", kAll = "ForAllValues:", kIfExists = "IfExists";
  Quantifier quantifier = Quantifier::kNone;
  if (name.starts_with(kAny)) {
    quantifier = Quantifier::kForAnyValue;
    name.remove_prefix(kAny.size());
  } else if (name.starts_with(kAll)) {
    quantifier = Quantifier::kForAllValues;
    name.remove_prefix(kAll.size());
  }
  const bool if_exists = name.ends_with(kIfExists);
  if (if_exists) name.remove_suffix(kIfExists.size());
  const auto* known = std::ranges::find(kOperators, name, &NamedOperator::name);
  if (known == kOperators.end()) return std::nullopt;
  // Whether a key is there is a question about the key, not about its values.
  if (known->op.family == Family::kNull && (if_exists || quantifier != Quantifier::kNone))
    return std::nullopt;
  ConditionOperator op = known->op;
  op.quantifier = quantifier;
  op.if_exists = if_exists;
  return op;
}

bool Condition::add_value(std::string_view value) {
  const auto add = [&](auto operand) {
    if (!operand) return false;
    operands_.emplace_back(*std::move(operand));
    return true;
  };
  switch (operator_.family) {
    case Family::kString:
      operands_.emplace_back(TextPattern::compile(value, {.wildcards = operator_.test == Test::kLike,
                                                          .variables = variables_,
                                                          .ignore_case = operator_.ignore_case}));
      return true;
    case Family::kArn:
      operands_.emplace_back(ArnPattern::compile(value, variables_));
      return true;
    case Family::kNumeric:
      return add(Decimal::parse(value));
    case Family::kDate:
      return add(Instant::parse(value));
    case Family::kIp:
      return add(IpRange::parse(value));
    case Family::kBinary: {
      auto bytes = base64_decode(value);
      if (!bytes) return false;
      operands_.emplace_back(Bytes{*std::move(bytes)});
      return true;
    }
    case Family::kBool:
    case Family::kNull:
      return add(truth_of(value));
  }
  return false;
}

template <typename Kind>
bool Condition::any(const auto& satisfies) const {
  return std::ranges::any_of(operands_,
                             [&](const Operand& operand) { return satisfies(std::get<Kind>(operand)); });
}

bool Condition::any_operand(std::string_view value, const ConditionContext& context) const {
  // Reads the value once, for all operands.
  const auto any_compares = [&]<typename Value>(const std::optional<Value>& read) {
    return read && any<Value>([&](const Value& operand) { return compares(*read, operator_.test, operand); });
  };
  switch (operator_.family) {
    case Family::kString:
      return any<TextPattern>([&](const TextPattern& pattern) { return pattern.matches(value, context); });
    case Family::kArn: {
      const ArnFields arn(value);
      return arn.is_arn() &&
             any<ArnPattern>([&](const ArnPattern& pattern) { return pattern.matches(arn, context); });
    }
    case Family::kNumeric:
      return any_compares(Decimal::parse(value));
    case Family::kDate:
      return any_compares(Instant::parse(value));
    case Family::kBool:
      return any_compares(truth_of(value));
    case Family::kIp: {
      const auto address = IpAddress::parse(value);
      return address && any<IpRange>([&](const IpRange& range) { return range.contains(*address); });
    }
    case Family::kBinary: {
      const auto bytes = base64_decode(value);
      return bytes && any<Bytes>([&](const Bytes& operand) { return operand.bytes == *bytes; });
    }
    case Family::kNull:
      break;
  }
  return false;
}

bool Condition::resolves(const ConditionContext& context) const {
  return std::ranges::all_of(operands_, [&](const Operand& operand) {
    if (const auto* text = std::get_if<TextPattern>(&operand)) return text->resolves(context);
    if (const auto* arn = std::get_if<ArnPattern>(&operand)) return arn->resolves(context);
    return true;
  });
}

bool Condition::holds(const ConditionContext& context) const {
  const auto values = context.find(key_);
  if (operator_.family == Family::kNull) {
    return std::ranges::any_of(
        operands_, [&](const Operand& operand) { return std::get<bool>(operand) == values.empty(); });
  }
  if (values.empty()) {
    if (operator_.if_exists) return true;
    if (operator_.quantifier != Quantifier::kNone) return operator_.quantifier == Quantifier::kForAllValues;
    return operator_.negated;
  }
  if (operator_.negated && !resolves(context)) return false;
  const auto value_passes = [&](const std::string& value) {
    return any_operand(value, context) != operator_.negated;
  };
  const bool all = operator_.quantifier == Quantifier::kForAllValues ||
                   (operator_.quantifier == Quantifier::kNone && operator_.negated);
  return all ? std::ranges::all_of(values, value_passes) : std::ranges::any_of(values, value_passes);
}

void Condition::each_pattern(const std::function<void(const TextPattern&)>& visit) const {
  for (const Operand& operand : operands_) {
    if (const auto* text = std::get_if<TextPattern>(&operand)) visit(*text);
    if (const auto* arn = std::get_if<ArnPattern>(&operand)) std::ranges::for_each(arn->fields(), visit);
  }
}

}  // namespace hearth::identity
