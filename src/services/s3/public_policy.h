// Whether a policy is public: whether anyone in the world is allowed anything, and not by an address, account
// or key that they come with. Those must be fixed values: a pattern, a large part of all addresses, or what
// it is not narrows nothing.
#pragma once
#include <string>

#include "identity/policy/policy.h"

namespace hearth::services::s3 {

// `text` is the policy's own.
bool is_public(const identity::Policy& policy, const std::string& text);

}  // namespace hearth::services::s3
