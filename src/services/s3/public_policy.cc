#include "services/s3/public_policy.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/whole_number.h"
#include "identity/policy/condition.h"
#include "services/s3/bucket_policy.h"

namespace hearth::services::s3 {
namespace {

using identity::ConditionFamily;
using identity::ConditionOperator;

// Keys by which the world becomes somebody in particular.
bool may_narrow(std::string_view key) {
  constexpr std::string_view kKeys[] = {"aws:SourceIp",
                                        "aws:SourceVpc",
                                        "aws:SourceVpce",
                                        "aws:SourceArn",
                                        "aws:SourceAccount",
                                        "aws:SourceOwner",
                                        "aws:PrincipalOrgID",
                                        "aws:PrincipalAccount",
                                        "aws:PrincipalArn",
                                        "aws:userid",
                                        "s3:DataAccessPointArn",
                                        "s3:DataAccessPointAccount",
                                        "s3:x-amz-server-side-encryption-aws-kms-key-id"};
  return std::ranges::any_of(kKeys, [key](std::string_view one) { return iequals(one, key); });
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

// "192.0.2.0/24": narrower than what the service takes for a good part of the world.
bool is_narrow_range(std::string_view range) {
  constexpr uint32_t kBitsMin = 8, kBitsMinOfVersion6 = 32;
  const size_t slash = range.find('/');
  if (slash == std::string_view::npos) return true;
  const auto bits = whole_number<uint32_t>(range.substr(slash + 1));
  return bits && *bits >= (range.contains(':') ? kBitsMinOfVersion6 : kBitsMin);
}

bool is_fixed(const ConditionOperator& op, std::string_view key, std::string_view value) {
  if (op.family == ConditionFamily::kIp) return is_narrow_range(value);
  const bool pattern = op.test == identity::ConditionTest::kLike || op.family == ConditionFamily::kArn;
  if (!pattern || !has_wildcard(value)) return true;
  // Access points may have any name, as long as they are an account's; sessions of a role as well.
  if (iequals(key, "aws:userid"))
    return value.ends_with(":*") && !has_wildcard(value.substr(0, value.size() - 1));
  if (!iequals(key, "s3:DataAccessPointArn")) return false;
  const size_t name = value.find(":accesspoint");
  const std::string_view before = value.substr(0, name);
  return name != std::string_view::npos && !has_wildcard(before.substr(before.rfind(':') + 1));
}

// Of one operator: {"aws:SourceIp": ["192.0.2.0/24"]}.
bool narrows(std::string_view name, const json::value& keys) {
  const auto op = ConditionOperator::parse(name);
  const bool demands =
      op && !op->negated && !op->if_exists && op->quantifier != identity::ConditionQuantifier::kForAllValues;
  const bool compares =
      demands && (op->family == ConditionFamily::kString || op->family == ConditionFamily::kArn ||
                  op->family == ConditionFamily::kIp);
  if (!compares || !keys.is_object()) return false;
  for (const auto& [key, values] : keys.get_object()) {
    if (!may_narrow(key)) continue;
    const json::array one{values};
    const json::array& list = values.is_array() ? values.get_array() : one;
    const bool fixed = std::ranges::all_of(list, [&op, &key](const json::value& value) {
      return value.is_string() && is_fixed(*op, key, std::string_view(value.get_string()));
    });
    if (fixed) return true;
  }
  return false;
}

bool is_narrowed(const json::value& statement) {
  const json::object* members = statement.if_object();
  const json::value* conditions = members ? members->if_contains("Condition") : nullptr;
  if (!conditions || !conditions->is_object()) return false;
  return std::ranges::any_of(conditions->get_object(),
                             [](const auto& pair) { return narrows(pair.key(), pair.value()); });
}

}  // namespace

bool is_public(const identity::Policy& policy, const std::string& text) {
  const identity::Principal anyone;
  auto document = parse_json(text);
  if (!document || !document->is_object()) return false;
  const json::array& statements = statements_of(document->get_object());
  for (size_t i = 0; i < policy.statements().size(); ++i) {
    const identity::Statement& statement = policy.statements()[i];
    const bool reaches = statement.allows && statement.grant(anyone) != identity::Grant::kNone;
    if (reaches && !is_narrowed(statements.at(i))) return true;
  }
  return false;
}

}  // namespace hearth::services::s3
