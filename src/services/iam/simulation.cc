#include "services/iam/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "services/iam/context_entry.h"
#include "services/iam/errors.h"
#include "services/iam/limits.h"

namespace hearth::services::iam {
namespace {

using identity::Decision;
using identity::PolicySource;

constexpr std::string_view kAllowed = "allowed", kExplicitDeny = "explicitDeny",
                           kImplicitDeny = "implicitDeny";

std::string_view spelled(const Decision& decision) {
  if (decision.allowed) return kAllowed;
  return decision.explicitly_denied() ? kExplicitDeny : kImplicitDeny;
}

api::iam::Position show(const identity::TextPosition& position) {
  return {.line = static_cast<int32_t>(position.line), .column = static_cast<int32_t>(position.column)};
}

// Small ones are not for nothing either.
size_t bytes_of(const std::vector<api::iam::ContextEntry>& entries) {
  constexpr size_t kEach = 16;
  size_t bytes = 0;
  for (const api::iam::ContextEntry& entry : entries) {
    bytes += kEach + (entry.context_key_name ? entry.context_key_name->size() : 0);
    if (!entry.context_key_values) continue;
    for (const std::string& value : *entry.context_key_values) bytes += kEach + value.size();
  }
  return bytes;
}

// What the policies of one source say by themselves.
std::string_view decision_of(const Decision& decision, PolicySource source) {
  const auto says = [&](bool allow) {
    return std::ranges::any_of(decision.matches, [&](const identity::MatchedStatement& match) {
      return match.source == source && match.allows == allow;
    });
  };
  if (says(false)) return kExplicitDeny;
  return says(true) ? kAllowed : kImplicitDeny;
}

}  // namespace

void Simulation::add_policy(identity::PolicyPtr policy, std::string id, std::string type) {
  set_.identity.push_back(std::move(policy));
  sources_.push_back({std::move(id), std::move(type)});
}

void Simulation::add_held(const identity::HeldPolicy& held) {
  // Managed policies go by their names, inline ones by whose they are.
  const bool managed = held.name.starts_with("arn:");
  const std::string id =
      managed ? held.name.substr(held.name.rfind('/') + 1)
              : fmt::format("{}_{}_{}", errors::spelled(held.holder), held.holder_name, held.name);
  add_policy(held.policy, id, "IAM Policy");
}

void Simulation::set_boundary(identity::PolicyPtr policy, std::string id, std::string type) {
  set_.boundary = std::move(policy);
  boundary_ = {std::move(id), std::move(type)};
}

Status Simulation::set_context(const std::vector<api::iam::ContextEntry>& entries) {
  identity::set_principal_keys(request_.principal, request_.context);
  // What a decision costs grows with the policies times the context.
  if (bytes_of(entries) > limits::kContextBytesMax) {
    return fail(errors::invalid_input_exception(
        fmt::format("ContextEntries must have at most {} characters together.", limits::kContextBytesMax)));
  }
  for (const api::iam::ContextEntry& entry : entries) {
    TRY_SYNC_VOID(check_context_entry(entry));
    request_.context.set(*entry.context_key_name,
                         entry.context_key_values.value_or(std::vector<std::string>()));
  }
  missing_keys_ = context_keys();
  std::erase_if(missing_keys_, [&](const std::string& key) { return !request_.context.find(key).empty(); });
  return {};
}

std::vector<std::string> Simulation::context_keys() const {
  std::vector<std::string> keys;
  std::set<std::string> seen;
  const auto add = [&](const identity::PolicyPtr& policy) {
    if (!policy) return;
    for (const std::string& key : policy->context_keys()) {
      if (seen.insert(to_lower(key)).second) keys.push_back(key);
    }
  };
  std::ranges::for_each(set_.identity, add);
  add(set_.boundary);
  add(set_.resource);
  return keys;
}

std::string Simulation::account_of(const std::string& resource) const {
  if (!set_.resource) return resource_account_;
  const identity::ArnFields arn(resource);
  return arn.is_arn() && !arn.account().empty() ? std::string(arn.account()) : resource_account_;
}

api::iam::Statement Simulation::show(const identity::MatchedStatement& match) const {
  Source source{.id = "ResourcePolicy", .type = "Resource Policy"};
  if (match.source == PolicySource::kIdentity) source = sources_[match.policy];
  if (match.source == PolicySource::kBoundary) source = boundary_;
  return {.source_policy_id = source.id,
          .source_policy_type = source.type,
          .start_position = iam::show(match.span.begin),
          .end_position = iam::show(match.span.end)};
}

api::iam::EvaluationResult Simulation::decide(const std::string& action, const std::string& resource) const {
  identity::AccessRequest request = request_;
  request.action = action;
  request.resource = resource;
  request.resource_account = account_of(resource);
  const Decision decision = identity::evaluate(request, set_);
  api::iam::EvaluationResult out{.eval_action_name = action,
                                 .eval_resource_name = resource,
                                 .eval_decision = std::string(spelled(decision))};
  out.matched_statements.emplace();
  // The statements that made the decision: those that deny where it was denied.
  for (const identity::MatchedStatement& match : decision.matches) {
    if (match.allows != decision.explicitly_denied()) out.matched_statements->push_back(show(match));
  }
  out.missing_context_values = missing_keys_;
  if (set_.boundary) {
    out.permissions_boundary_decision_detail = api::iam::PermissionsBoundaryDecisionDetail{
        .allowed_by_permissions_boundary = decision_of(decision, PolicySource::kBoundary) == kAllowed};
  }
  const bool across_accounts =
      !request.resource_account.empty() && request.resource_account != request.principal.account;
  if (across_accounts) {
    out.eval_decision_details = {
        {"IAM Policy", std::string(decision_of(decision, PolicySource::kIdentity))},
        {"Resource Policy", std::string(decision_of(decision, PolicySource::kResource))}};
  }
  out.resource_specific_results = {
      {.eval_resource_name = resource,
       .eval_resource_decision = out.eval_decision,
       .matched_statements = out.matched_statements,
       .missing_context_values = out.missing_context_values,
       .eval_decision_details = out.eval_decision_details,
       .permissions_boundary_decision_detail = out.permissions_boundary_decision_detail}};
  return out;
}

}  // namespace hearth::services::iam
