// Permissions as statements of the policy language, and the policies that they make up.
#pragma once
#include <optional>
#include <string>

#include "api/lambda.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

// Their JSON text, for the function, version or alias, or the layer's version, that `ref` names. Fails for a
// principal that is none.
Result<std::string> policy_statement(const FunctionRef& ref, const api::lambda::AddPermissionRequest& input);
Result<std::string> policy_statement(const LayerRef& ref,
                                     const api::lambda::AddLayerVersionPermissionRequest& input);

// A change of a policy: by whom it was meant to be seen before, and what it is after.
struct PolicyChange {
  std::string statement_id;
  std::optional<std::string> expected_revision;
  std::string_view reader;  // the operation that tells the revision, for the error: "GetPolicy"
  std::string revision;
};

// Fails where another revision is expected than the policy has.
Status check_revision(const PolicyRecord& policy, const std::optional<std::string>& expected,
                      std::string_view reader);

// Both fail in the service's words: another revision, an id that is there already or is not, a size beyond
// the limit.
Status add_statement(PolicyRecord& policy, const PolicyChange& change, std::string statement);
Status remove_statement(PolicyRecord& policy, const PolicyChange& change);

std::string document_of(const PolicyRecord& policy);

}  // namespace hearth::services::lambda
