#include "identity/policy/evaluate.h"

#include <algorithm>

namespace hearth::identity {
namespace {

using Reason = Decision::Reason;

// What the policies of one source say together.
struct Verdict {
  bool denies = false;
  Grant grant = Grant::kNone;  // the closest

  bool allows() const { return grant != Grant::kNone; }
};

class Evaluation {
 public:
  Evaluation(const AccessRequest& request, std::vector<MatchedStatement>& matches)
      : question_(request.action, request.resource, request.context),
        principal_(request.principal),
        matches_(matches) {}

  Verdict of(PolicySource source, const std::vector<PolicyPtr>& policies) {
    Verdict verdict;
    for (uint32_t i = 0; i < policies.size(); ++i) {
      if (policies[i]) add(source, i, *policies[i], verdict);
    }
    return verdict;
  }

  Verdict of(PolicySource source, const PolicyPtr& policy) {
    Verdict verdict;
    if (policy) add(source, 0, *policy, verdict);
    return verdict;
  }

 private:
  void add(PolicySource source, uint32_t index, const Policy& policy, Verdict& verdict) {
    const size_t before = matches_.size();
    const Policy::Candidates candidates = policy.candidates(question_.action, question_.service);
    for (const uint32_t i : candidates.naming_action) consider(source, index, i, policy, verdict);
    for (const auto& indices : {candidates.of_service, candidates.of_any_service}) {
      for (const uint32_t i : indices) {
        if (policy.statements()[i].is_about_action(question_)) consider(source, index, i, policy, verdict);
      }
    }
    std::ranges::sort(matches_.begin() + static_cast<std::ptrdiff_t>(before), matches_.end(), {},
                      &MatchedStatement::statement);
  }

  // A statement that is about the action.
  void consider(PolicySource source, uint32_t index, uint32_t i, const Policy& policy, Verdict& verdict) {
    const Statement& statement = policy.statements()[i];
    if (!statement.applies_if_action(question_)) return;
    const Grant grant = statement.grant(principal_);
    if (grant == Grant::kNone) return;
    matches_.push_back({.source = source,
                        .policy = index,
                        .statement = i,
                        .allows = statement.allows,
                        .span = statement.span});
    if (statement.allows) {
      verdict.grant = std::max(verdict.grant, grant);
    } else {
      verdict.denies = true;
    }
  }

  AccessQuestion question_;
  const Principal& principal_;
  std::vector<MatchedStatement>& matches_;
};

// Whose rights come from policies attached to them.
bool has_identity(const Principal& principal) {
  return principal.kind == PrincipalKind::kRoot || principal.kind == PrincipalKind::kUser ||
         principal.kind == PrincipalKind::kRoleSession || principal.kind == PrincipalKind::kFederatedUser;
}

struct Verdicts {
  Verdict identity = {};
  Verdict resource = {};
  Verdict boundary = {};
  Verdict session = {};
};

Reason without_denies(const AccessRequest& request, const PolicySet& policies, const Verdicts& said) {
  const Principal& caller = request.principal;
  if (!has_identity(caller)) return said.resource.allows() ? Reason::kAllowed : Reason::kNotAllowedByResource;
  const bool same_account = request.resource_account.empty() || request.resource_account == caller.account;
  const Grant grant = said.resource.grant;
  const bool root = caller.kind == PrincipalKind::kRoot;
  if (same_account) {
    if (grant == Grant::kDirect) return Reason::kAllowed;
    if (policies.resource_is_authoritative && grant == Grant::kNone) return Reason::kNotAllowedByResource;
  }
  const bool role_is_named = same_account && grant == Grant::kRole;
  if (!root && !role_is_named && !said.identity.allows()) return Reason::kNotAllowedByIdentity;
  if (!root && policies.boundary && !said.boundary.allows()) return Reason::kNotAllowedByBoundary;
  const bool session_limits = policies.has_session_policy || caller.kind == PrincipalKind::kFederatedUser;
  if (session_limits && !said.session.allows()) return Reason::kNotAllowedBySession;
  if (!same_account && grant == Grant::kNone) return Reason::kNotAllowedByResource;
  return Reason::kAllowed;
}

Reason reason_of(const AccessRequest& request, const PolicySet& policies, const Verdicts& said) {
  if (said.identity.denies) return Reason::kDeniedByIdentity;
  if (said.resource.denies) return Reason::kDeniedByResource;
  if (said.boundary.denies) return Reason::kDeniedByBoundary;
  if (said.session.denies) return Reason::kDeniedBySession;
  return without_denies(request, policies, said);
}

}  // namespace

Decision evaluate(const AccessRequest& request, const PolicySet& policies) {
  Decision decision;
  Evaluation evaluation(request, decision.matches);
  Verdicts said;
  if (has_identity(request.principal))
    said.identity = evaluation.of(PolicySource::kIdentity, policies.identity);
  said.resource = evaluation.of(PolicySource::kResource, policies.resource);
  if (has_identity(request.principal)) {
    said.boundary = evaluation.of(PolicySource::kBoundary, policies.boundary);
    said.session = evaluation.of(PolicySource::kSession, policies.session);
  }
  decision.reason = reason_of(request, policies, said);
  decision.allowed = decision.reason == Reason::kAllowed;
  return decision;
}

bool PolicySet::looks_at(std::string_view beginning) const {
  const auto looks = [beginning](const PolicyPtr& policy) { return policy && policy->looks_at(beginning); };
  return std::ranges::any_of(identity, looks) || std::ranges::any_of(session, looks) || looks(boundary) ||
         looks(resource);
}

}  // namespace hearth::identity
