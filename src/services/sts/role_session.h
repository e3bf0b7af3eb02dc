// What the ways to assume a role have in common.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "api/sts.h"
#include "identity/directory.h"
#include "identity/session.h"

namespace hearth::services::sts {

inline Error validation_error(std::string message) {
  return {.code = "ValidationError", .message = std::move(message), .status = 400};
}

api::sts::Credentials shown(identity::SessionCredentials credentials);

// Who the caller is from now on.
api::sts::AssumedRoleUser assumed_user(const identity::Subject& role, const std::string& session_name);

// How long the session lasts: what was asked for, or an hour. "ValidationError" beyond what the role allows.
Result<std::chrono::seconds> assumed_for(std::optional<int64_t> wanted_seconds,
                                         const identity::Subject& role);

}  // namespace hearth::services::sts
