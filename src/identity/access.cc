#include "identity/access.h"

#include <algorithm>
#include <iterator>

#include "base/encoding.h"
#include "identity/arn.h"
#include "identity/policy/denial.h"
#include "identity/request_context.h"

namespace hearth::identity {
namespace {

// A part of an ARN: arn:partition:service:region:account:rest. Empty where there is none.
std::string_view part_of(std::string_view arn, int index) {
  if (!arn.starts_with("arn:")) return {};
  for (; index > 0; --index) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return arn.substr(0, arn.find(':'));
}
constexpr int kService = 2, kAccount = 4;

// What AWS owns (its managed policies) is everyone's to look at, so it counts as the caller's.
std::string owner_of(std::string_view resource) {
  const std::string_view account = part_of(resource, kAccount);
  return account == "aws" ? std::string() : std::string(account);
}

// Who has no key: a service that acts by itself, which may do what resources let it, or nobody in particular.
CallerPtr without_key(const wire::Identity& identity) {
  static const CallerPtr kNobody = std::make_shared<const Caller>();
  if (identity.service.empty()) return kNobody;
  auto caller = std::make_shared<Caller>();
  caller->principal = {.kind = PrincipalKind::kService, .service = identity.service};
  set_principal_keys(caller->principal, caller->context);
  return caller;
}

CallerPtr caller_of(const wire::Identity& identity) {
  auto caller = std::dynamic_pointer_cast<const Caller>(identity.details);
  return caller ? caller : without_key(identity);
}

// Sessions that were begun without a second factor manage nobody.
bool beyond_session(const Caller& caller, std::string_view action) {
  if (!caller.session || caller.session->kind == Session::Kind::kRole) return false;
  const bool self = caller.session->kind == Session::Kind::kSelf;
  if (action.starts_with("iam:")) return true;
  return action.starts_with("sts:") && !(self && (action == "sts:AssumeRole" || action == "sts:TagSession"));
}

AccessRequest request_of(const wire::Call& call, const Caller& caller, wire::Permission& permission,
                         const ResourceFacts& facts, bool looked_at) {
  AccessRequest request{.principal = caller.principal,
                        .action = std::move(permission.action),
                        .resource = std::move(permission.resource),
                        .resource_account = facts.account};
  if (request.resource_account.empty()) request.resource_account = owner_of(request.resource);
  if (!looked_at) return request;
  request.context = caller.context;
  add_request_keys(call, request, request.context);
  if (request.action.starts_with("s3:")) add_s3_keys(call, request, request.context);
  add_resource_tags(request.action, facts.tags, request.context);
  for (auto& [key, values] : permission.conditions) request.context.set(key, std::move(values));
  return request;
}

bool is_root_of(const Caller& caller, const std::string& account) {
  return caller.principal.kind == PrincipalKind::kRoot && !caller.session &&
         caller.principal.account == account;
}

// Whether that is what is behind, or in it.
bool leads_to(const wire::Passage& passage, std::string_view resource) {
  if (!resource.starts_with(passage.beyond)) return false;
  return resource.size() == passage.beyond.size() || resource[passage.beyond.size()] == '/';
}

// What of a gate, for something to be done behind it.
wire::Permission asked_of(const wire::Passage::Gate& gate, const std::string& beyond,
                          wire::Permission permission) {
  const bool within = permission.resource.size() > beyond.size() && !gate.inside.empty();
  permission.resource =
      within ? gate.arn + gate.inside + permission.resource.substr(beyond.size() + 1) : gate.arn;
  if (!gate.service.empty()) {
    permission.action.replace(0, std::min(permission.action.find(':'), permission.action.size()),
                              gate.service);
  }
  return permission;
}

}  // namespace

bool Access::is_given(std::string_view access_key_id) const {
  return options_.root && access_key_id == options_.root->id;
}

CallerPtr Access::outside_the_store(const std::string& access_key_id) const {
  const auto root = [](const std::string& account) {
    auto caller = std::make_shared<Caller>();
    caller->principal = root_of(account);
    set_principal_keys(caller->principal, caller->context);
    return caller;
  };
  if (is_given(access_key_id)) {
    auto caller = root(options_.account);
    caller->secret = options_.root->secret;
    return caller;
  }
  if (!options_.development) return nullptr;
  if (access_key_id == "test") return root(options_.account);
  return is_account_id(access_key_id) ? root(access_key_id) : nullptr;
}

Async<std::optional<wire::Credential>> Access::find(std::string access_key_id, std::string session_token) {
  CallerPtr caller = outside_the_store(access_key_id);
  const bool unchecked = caller && !is_given(access_key_id);
  if (!caller) {
    TRY(caller, co_await callers_.find(access_key_id, session_token));
  }
  if (!caller) co_return std::optional<wire::Credential>();
  wire::Credential credential{.secret = caller->secret,
                              .session_token = unchecked ? session_token : caller->session_token,
                              .unchecked = unchecked};
  if (caller->session) credential.expires_at = caller->session->expires;
  credential.identity = identity_of(std::move(caller), std::move(access_key_id));
  co_return credential;
}

ResourceSource* Access::source_of(std::string_view resource) const {
  const auto found = sources_.find(part_of(resource, kService));
  return found == sources_.end() ? nullptr : found->second;
}

// The root user lacks nothing in its own account that no policy of a resource can deny.
bool Access::is_master(const Caller& caller, std::string_view resource) const {
  if (caller.principal.kind != PrincipalKind::kRoot || caller.session) return false;
  const ResourceSource* source = source_of(resource);
  if (source && source->may_deny()) return false;
  const std::string owner = owner_of(resource);
  return owner.empty() || owner == caller.principal.account;
}

Async<Access::Answer> Access::ask(const wire::Call& call, wire::Permission permission) {
  const CallerPtr caller = caller_of(call.identity);
  if (is_master(*caller, permission.resource)) co_return Answer{.allowed = true};
  static const auto kNothingKnown = std::make_shared<const ResourceFacts>();
  ResourceFactsPtr facts = kNothingKnown;
  ResourceSource* source = source_of(permission.resource);
  if (source) {
    TRY(facts, co_await source->facts_of(permission));
  }
  if (facts->open_to_root && is_root_of(*caller, facts->account)) co_return Answer{.allowed = true};
  // Otherwise caller, action and resource say it all, and a yes stays one until one of them changes.
  const bool looked_at = caller->looks_at_context || (facts->policy && facts->policy->looks_at_context());
  Allowances* allowances = looked_at ? nullptr : caller->allowances.get();
  if (allowances && allowances->hold(permission.action, permission.resource, facts)) {
    co_return Answer{.allowed = true};
  }
  PolicySet policies = caller->policies;
  policies.resource = facts->policy;
  policies.resource_is_authoritative = facts->authoritative;
  const bool dear =
      looked_at && source && !source->dear_keys().empty() && policies.looks_at(source->dear_keys());
  if (dear) {
    TRY_VOID(co_await source->add_dear_values(permission));
  }
  const AccessRequest request = request_of(call, *caller, permission, *facts, looked_at);
  if (beyond_session(*caller, request.action)) co_return Answer{.refusal = denial_text(request)};
  const Decision decision = evaluate(request, policies);
  if (decision.allowed) {
    if (allowances) allowances->add(request.action, request.resource, facts);
    co_return Answer{.allowed = true};
  }
  // Who asks for a role is not told whether there is one.
  co_return Answer{.refusal = facts->authoritative ? denial_text(request) : denial_text(request, decision)};
}

Async<void> Access::authorize(const wire::Call& call, wire::Permission permission) {
  const wire::Passage* passage = call.passage.get();
  if (passage && leads_to(*passage, permission.resource)) {
    for (const wire::Passage::Gate& gate : passage->gates) {
      TRY(Answer answer, co_await ask(call, asked_of(gate, passage->beyond, permission)));
      if (!answer.allowed) co_return wire::access_denied(call, std::move(answer.refusal));
    }
    std::ranges::copy(passage->conditions, std::back_inserter(permission.conditions));
  }
  TRY(Answer answer, co_await ask(call, std::move(permission)));
  if (answer.allowed) co_return {};
  co_return wire::access_denied(call, std::move(answer.refusal));
}

}  // namespace hearth::identity
