#include "services/iam/documents.h"

#include "services/iam/errors.h"
#include "services/iam/limits.h"

namespace hearth::services::iam {

using identity::Policy;
using identity::PolicyKind;

Status check_inline(std::string_view text) {
  TRY_SYNC_VOID(Policy::parse(text, PolicyKind::kIdentity));
  return {};
}

Status check_managed(std::string_view text) {
  TRY_SYNC(const Policy policy, Policy::parse(text, PolicyKind::kIdentity));
  TRY_SYNC_VOID(identity::check_managed(policy));
  if (identity::non_white_size(text) <= limits::kManagedPolicySizeMax) return {};
  return fail(errors::quota("PolicySize", limits::kManagedPolicySizeMax));
}

Result<Policy> parse_trust(std::string_view text) {
  TRY_SYNC(Policy policy, Policy::parse(text, PolicyKind::kTrust));
  if (identity::non_white_size(text) <= limits::kTrustPolicySizeMax) return policy;
  return fail(errors::quota("ACLSizePerRole", limits::kTrustPolicySizeMax));
}

}  // namespace hearth::services::iam
