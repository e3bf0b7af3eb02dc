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

// Begins the session: its credentials, and what the answer says of their token. It has as many bytes as the
// caller wants at least (MinimumSessionTokenSize).
template <typename Output>
void begin(const identity::Sessions& sessions, identity::Session session, std::optional<int32_t> bytes_min,
           Output& out) {
  auto credentials = sessions.issue(std::move(session), static_cast<size_t>(bytes_min.value_or(0)));
  constexpr size_t kWhole = 100, kMax = identity::kTokenBytesMax;
  const size_t bytes = credentials.session_token.size();
  out.session_token_size = static_cast<int32_t>(bytes);
  out.session_token_utilization = static_cast<int32_t>((bytes * kWhole + kMax - 1) / kMax);
  out.credentials = api::sts::Credentials{.access_key_id = std::move(credentials.access_key_id),
                                          .secret_access_key = std::move(credentials.secret_access_key),
                                          .session_token = std::move(credentials.session_token),
                                          .expiration = credentials.expires};
}

// Who the caller is from now on.
api::sts::AssumedRoleUser assumed_user(const identity::Subject& role, const std::string& session_name);

// How long the session lasts: what was asked for, or an hour. "ValidationError" beyond what the role allows.
Result<std::chrono::seconds> assumed_for(std::optional<int64_t> wanted_seconds,
                                         const identity::Subject& role);

}  // namespace hearth::services::sts
