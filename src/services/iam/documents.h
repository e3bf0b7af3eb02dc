// Policy documents as callers send them.
#pragma once
#include <string_view>

#include "identity/policy/policy.h"

namespace hearth::services::iam {

// The policy of a user, group or role. "MalformedPolicyDocument" with the service's text when it is none.
Status check_inline(std::string_view text);
// That of a managed policy, which must be of the newer version and no longer than its quota.
Status check_managed(std::string_view text);
// A trust policy, within its quota.
Result<identity::Policy> parse_trust(std::string_view text);

}  // namespace hearth::services::iam
