// What IAM says, in one place. Codes and statuses are the model's (api/iam.h).
#pragma once
#include <fmt/format.h>

#include "api/iam.h"
#include "services/iam/parts.h"

namespace hearth::services::iam::errors {

using api::iam::errors::delete_conflict_exception;
using api::iam::errors::entity_already_exists_exception;
using api::iam::errors::invalid_input_exception;
using api::iam::errors::limit_exceeded_exception;
using api::iam::errors::no_such_entity_exception;

inline Error validation(std::string message) {
  return {.code = "ValidationError", .message = std::move(message), .status = 400};
}

// "role", as the service spells a kind in the middle of a sentence.
inline std::string_view spelled(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser:
      return "user";
    case EntityKind::kGroup:
      return "group";
    case EntityKind::kRole:
      return "role";
    case EntityKind::kPolicy:
      return "policy";
    case EntityKind::kProfile:
      return "instance profile";
    case EntityKind::kProvider:
      return "OpenIDConnect provider";
  }
  return "";
}
inline std::string capitalised(EntityKind kind) {
  std::string text(spelled(kind));
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// Something that is not there.
inline Error not_found(EntityKind kind, const std::string& name) {
  if (kind == EntityKind::kProfile) {
    return no_such_entity_exception(fmt::format("Instance Profile {} cannot be found.", name));
  }
  return no_such_entity_exception(fmt::format("The {} with name {} cannot be found.", spelled(kind), name));
}
inline Error inline_policy_not_found(EntityKind kind, const std::string& name) {
  return no_such_entity_exception(
      fmt::format("The {} policy with name {} cannot be found.", spelled(kind), name));
}
inline Error policy_not_found(const std::string& arn) {
  return no_such_entity_exception(fmt::format("Policy {} was not found.", arn));
}
inline Error policy_not_attachable(const std::string& arn) {
  return no_such_entity_exception(fmt::format("Policy {} does not exist or is not attachable.", arn));
}
inline Error version_not_found(const std::string& arn, const std::string& version) {
  return no_such_entity_exception(
      fmt::format("Policy {} version {} does not exist or is not attachable.", arn, version));
}
inline Error key_not_found(const std::string& id) {
  return no_such_entity_exception(fmt::format("The Access Key with id {} cannot be found.", id));
}
inline Error provider_not_found(const std::string& arn) {
  return no_such_entity_exception(fmt::format("OpenIDConnect Provider not found for arn {}", arn));
}

// Something that is there already.
inline Error exists(EntityKind kind, const std::string& name) {
  switch (kind) {
    case EntityKind::kPolicy:
      return entity_already_exists_exception(
          fmt::format("A policy called {} already exists. Duplicate names are not allowed.", name));
    case EntityKind::kProfile:
      return entity_already_exists_exception(fmt::format("Instance Profile {} already exists.", name));
    case EntityKind::kProvider:
      return entity_already_exists_exception(fmt::format("Provider with url {} already exists.", name));
    default:
      return entity_already_exists_exception(
          fmt::format("{} with name {} already exists.", capitalised(kind), name));
  }
}

// Something that others hang on.
inline Error must_first(std::string_view what) {
  return delete_conflict_exception(fmt::format("Cannot delete entity, must {} first.", what));
}

inline Error quota(std::string_view name, uint64_t limit) {
  return limit_exceeded_exception(fmt::format("Cannot exceed quota for {}: {}", name, limit));
}

inline Error protected_role(const std::string& name) {
  return api::iam::errors::unmodifiable_entity_exception(fmt::format(
      "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS", name));
}

}  // namespace hearth::services::iam::errors
