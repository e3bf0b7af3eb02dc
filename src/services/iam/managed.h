// Managed policies by their ARNs: the account's own, and those of AWS.
#pragma once
#include <optional>
#include <string>

#include "identity/managed_policies.h"
#include "services/iam/parts.h"

namespace hearth::services::iam {

struct ManagedRef {
  std::string arn;  // in the stored spelling
  std::string name;
  std::string path;
  const identity::ManagedPolicy* of_aws = nullptr;
  std::optional<identity::PolicyRecord> own;  // where it is not AWS's
};

// Nothing when there is no such policy. ValidationError or InvalidInput for what is no policy's ARN.
Async<std::optional<ManagedRef>> find_managed(Tables& tables, std::string arn);
// A policy of the account, to be changed: NoSuchEntity where there is none, and for those of AWS.
Async<ManagedRef> own_policy(Tables& tables, std::string arn);

// Its default version's text.
Async<std::string> default_document(Tables& tables, const ManagedRef& policy);

// How many users, groups and roles have it attached, and whose boundary it is.
Async<int32_t> attachment_count(Tables& tables, std::string arn);
Async<int32_t> boundary_count(Tables& tables, std::string arn);

}  // namespace hearth::services::iam
