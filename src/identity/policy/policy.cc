#include "identity/policy/policy.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "identity/policy/grammar.h"

namespace hearth::identity {

Policy::Policy(PolicyKind kind, bool is_2012, std::vector<Statement> statements)
    : kind_(kind), is_2012_(is_2012), statements_(std::move(statements)) {
  for (uint32_t i = 0; i < statements_.size(); ++i) add_to_index(i);
  find_context_keys();
}

void Policy::add_to_index(uint32_t index) {
  const Statement& statement = statements_[index];
  const auto of_any_service = [](const ActionPattern& action) { return action.service().empty(); };
  if (statement.not_action || std::ranges::any_of(statement.actions, of_any_service)) {
    of_any_service_.push_back(index);
    return;
  }
  const auto add = [&](std::vector<uint32_t>& indices) {
    if (indices.empty() || indices.back() != index) indices.push_back(index);
  };
  std::set<std::string_view> by_wildcards;
  for (const ActionPattern& action : statement.actions) {
    if (action.is_literal()) continue;
    by_wildcards.insert(action.service());
    add(by_service_[action.service()]);
  }
  for (const ActionPattern& action : statement.actions) {
    if (action.is_literal() && !by_wildcards.contains(action.service()))
      add(by_action_[action.service() + ":" + action.name()]);
  }
}

Result<Policy> Policy::parse(std::string_view text, PolicyKind kind) {
  TRY_SYNC(PolicyParts parts, parse_policy(text, kind));
  return Policy(kind, parts.is_2012, std::move(parts.statements));
}

Policy::Candidates Policy::candidates(std::string_view action, std::string_view service) const {
  const auto in = [](const Index& index, std::string_view key) -> std::span<const uint32_t> {
    const auto found = index.find(key);
    if (found == index.end()) return {};
    return found->second;
  };
  return {.naming_action = in(by_action_, action),
          .of_service = in(by_service_, service),
          .of_any_service = of_any_service_};
}

std::vector<std::string> Policy::aws_principals() const {
  std::vector<std::string> names;
  for (const Statement& statement : statements_) {
    if (!statement.principal) continue;
    const auto& of_statement = statement.principal->aws_names();
    names.insert(names.end(), of_statement.begin(), of_statement.end());
  }
  return names;
}

bool Policy::looks_at(std::string_view beginning) const {
  return std::ranges::any_of(context_keys_, [beginning](const std::string& key) {
    return iequals(std::string_view(key).substr(0, beginning.size()), beginning);
  });
}

void Policy::find_context_keys() {
  std::set<std::string> seen;
  const auto add = [&](const std::string& key) {
    if (seen.insert(to_lower(key)).second) context_keys_.push_back(key);
  };
  const auto add_variables = [&](const TextPattern& pattern) {
    for (const PatternVariable& variable : pattern.variables()) add(variable.name);
  };
  for (const Statement& statement : statements_) {
    if (statement.resources) {
      for (const ArnPattern& resource : *statement.resources)
        std::ranges::for_each(resource.fields(), add_variables);
    }
    for (const Condition& condition : statement.conditions) {
      add(condition.key_name());
      condition.each_pattern(add_variables);
    }
  }
}

Status check_managed(const Policy& policy) {
  if (policy.is_2012()) return {};
  return fail("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater.");
}

Error invalid_principal(std::string_view type, std::string_view name) {
  std::string spelled(type);
  for (char& c : spelled) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return {.code = "MalformedPolicyDocument",
          .message = "Invalid principal in policy: \"" + spelled + "\":\"" + std::string(name) + "\""};
}

size_t non_white_size(std::string_view text) {
  const auto white =
      std::ranges::count_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  return utf8_length(text) - static_cast<size_t>(white);
}

}  // namespace hearth::identity
