// May they do that? The decision over all policies that apply to a request.
//
// An explicit deny in any policy wins. Otherwise, within one account: a resource's policy that names the
// user, the session or everyone is enough by itself; one that names the session's role stands in for the
// policies of identity, but boundary and session policy still limit it; one that names the account leaves it
// to the policies of identity. Across accounts both sides must allow. Services and the anonymous have only
// what the resource's policy gives them. The root user of the resource's account lacks nothing but what is
// denied.
//
// Service control and endpoint policies are not known here.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "identity/policy/policy.h"

namespace hearth::identity {

struct AccessRequest {
  Principal principal = {};
  std::string action = {};            // "s3:GetObject"
  std::string resource = {};          // an ARN, or "*" for actions on nothing in particular
  std::string resource_account = {};  // whose the resource is; empty: of the caller's account
  // With the keys of the principal (set_principal_keys) as well.
  ConditionContext context = {};
};

// Shared because compiled policies are kept by revision and outlive the request that looked them up.
using PolicyPtr = std::shared_ptr<const Policy>;

struct PolicySet {
  std::vector<PolicyPtr> identity = {};  // of the user and its groups, or of the role
  PolicyPtr boundary = {};               // null: none
  // What a session was begun with; each widens the others. A session that was given none but must have one
  // (a federated user's) has an empty list.
  std::vector<PolicyPtr> session = {};
  bool has_session_policy = false;
  PolicyPtr resource = {};  // null: none
  // Nobody may do anything that the resource's policy does not allow or leave to their account, root
  // included: policies of keys, trust policies of roles.
  bool resource_is_authoritative = false;

  // Whether any of them does (Policy::looks_at).
  bool looks_at(std::string_view beginning) const;
};

enum class PolicySource { kIdentity, kResource, kBoundary, kSession };

// A statement that is about the request and its principal.
struct MatchedStatement {
  PolicySource source = PolicySource::kIdentity;
  uint32_t policy = 0;     // its place among the policies of that source
  uint32_t statement = 0;  // its place in the policy
  bool allows = false;
  TextSpan span = {};  // where it stands in the text
};

struct Decision {
  enum class Reason {
    kAllowed,
    kDeniedByIdentity,
    kDeniedByResource,
    kDeniedByBoundary,
    kDeniedBySession,
    kNotAllowedByIdentity,
    kNotAllowedByResource,
    kNotAllowedByBoundary,
    kNotAllowedBySession,
  };

  bool allowed = false;
  Reason reason = Reason::kNotAllowedByIdentity;
  std::vector<MatchedStatement> matches = {};  // by source, policy and place

  bool explicitly_denied() const {
    return reason >= Reason::kDeniedByIdentity && reason <= Reason::kDeniedBySession;
  }
};

Decision evaluate(const AccessRequest& request, const PolicySet& policies);

}  // namespace hearth::identity
