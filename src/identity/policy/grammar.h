// The grammar of policy documents: from text to compiled statements, or to the words in which IAM refuses it.
// Use Policy::parse (policy.h).
#pragma once
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/policy/policy.h"

namespace hearth::identity {

struct PolicyParts {
  bool is_2012 = false;
  std::vector<Statement> statements = {};
};

Result<PolicyParts> parse_policy(std::string_view text, PolicyKind kind);

}  // namespace hearth::identity
