#include "identity/policy/statement.h"

#include <algorithm>

#include "base/encoding.h"

namespace hearth::identity {

AccessQuestion::AccessQuestion(std::string_view asked_action, std::string_view asked_resource,
                               const ConditionContext& asked_context)
    : action(to_lower(asked_action)), resource(asked_resource), context(asked_context) {
  const std::string_view text = action;
  const size_t colon = text.find(':');
  service = text.substr(0, colon);
  if (colon != std::string_view::npos) name = text.substr(colon + 1);
}

ActionPattern ActionPattern::compile(std::string_view text) {
  const std::string lower = to_lower(text);
  const std::string_view all = lower;
  const size_t colon = all.find(':');
  ActionPattern pattern;
  if (all.substr(0, colon) != "*") pattern.service_ = all.substr(0, colon);
  pattern.name_ = TextPattern::compile(colon == std::string_view::npos ? "*" : all.substr(colon + 1),
                                       {.wildcards = true});
  return pattern;
}

bool ActionPattern::matches(const AccessQuestion& question) const {
  return (service_.empty() || service_ == question.service) && name_.matches(question.name, question.context);
}

bool Statement::is_about_action(const AccessQuestion& question) const {
  const bool action =
      std::ranges::any_of(actions, [&](const ActionPattern& pattern) { return pattern.matches(question); });
  return action != not_action;
}

bool Statement::applies_if_action(const AccessQuestion& question) const {
  if (resources) {
    const bool named = std::ranges::any_of(*resources, [&](const ArnPattern& pattern) {
      return pattern.matches(question.resource, question.context);
    });
    if (named == not_resource) return false;
    // Where it is not known what is left out, nor is what is meant.
    const bool known = !not_resource || std::ranges::all_of(*resources, [&](const ArnPattern& pattern) {
      return pattern.resolves(question.context);
    });
    if (!known) return false;
  }
  return std::ranges::all_of(conditions,
                             [&](const Condition& condition) { return condition.holds(question.context); });
}

Grant Statement::grant(const Principal& asking) const {
  if (!principal) return Grant::kDirect;
  if (!not_principal) return principal->grant(asking);
  return principal->lists(asking) ? Grant::kNone : Grant::kDirect;
}

}  // namespace hearth::identity
