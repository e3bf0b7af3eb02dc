#include "services/lambda/policy_check.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"

namespace hearth::services::lambda {
namespace {

const json::object kNothing;

const json::object& object_in(const json::object& members, std::string_view name) {
  const json::value* value = members.if_contains(name);
  return value && value->is_object() ? value->get_object() : kNothing;
}

std::string_view text_in(const json::object& members, std::string_view name) {
  const json::value* value = members.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

// A role's ARN stands for its sessions.
bool is_session_of(std::string_view session_arn, std::string_view role_arn) {
  constexpr std::string_view kRole = ":role/";
  constexpr std::string_view kSession = ":assumed-role/";
  const size_t role = role_arn.find(kRole);
  const size_t session = session_arn.find(kSession);
  if (role == std::string_view::npos || session == std::string_view::npos) return false;
  const std::string_view path = role_arn.substr(role + kRole.size());
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::string_view rest = session_arn.substr(session + kSession.size());
  const auto account = [](std::string_view arn, size_t end) {
    return arn.substr(arn.rfind(':', end - 1) + 1);
  };
  return rest.starts_with(name) && rest.substr(name.size()).starts_with("/") &&
         account(role_arn, role).substr(0, 12) == account(session_arn, session).substr(0, 12);
}

bool principal_matches(const json::object& statement, std::string_view caller_arn) {
  if (text_in(statement, "Principal") == "*") return true;
  const std::string_view named = text_in(object_in(statement, "Principal"), "AWS");
  if (named == "*") return true;
  return !caller_arn.empty() && (named == caller_arn || is_session_of(caller_arn, named));
}

bool condition_met(std::string_view test, std::string_view key, std::string_view value,
                   const PolicyQuestion& question) {
  if (test == "StringEquals" && iequals(key, "lambda:FunctionUrlAuthType"))
    return value == question.url_auth_type;
  if (test == "Bool" && iequals(key, "lambda:InvokedViaFunctionUrl")) return value == "true";
  return false;
}

bool conditions_met(const json::object& statement, const PolicyQuestion& question) {
  return std::ranges::all_of(object_in(statement, "Condition"), [&](const auto& test) {
    return test.value().is_object() &&
           std::ranges::all_of(test.value().get_object(), [&](const auto& condition) {
             return condition.value().is_string() &&
                    condition_met(test.key(), condition.key(), condition.value().get_string(), question);
           });
  });
}

bool action_matches(std::string_view allowed, std::string_view action) {
  return allowed == "*" || iequals(allowed, "lambda:*") || iequals(allowed, action);
}

}  // namespace

bool policy_allows(const PolicyRecord& policy, const PolicyQuestion& question) {
  return std::ranges::any_of(policy.statements, [&](const auto& entry) {
    const auto document = parse_json(entry.second);
    if (!document || !document->is_object()) return false;
    const json::object& statement = document->get_object();
    return text_in(statement, "Effect") == "Allow" &&
           action_matches(text_in(statement, "Action"), question.action) &&
           principal_matches(statement, question.caller_arn) && conditions_met(statement, question);
  });
}

}  // namespace hearth::services::lambda
