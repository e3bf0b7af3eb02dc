// The two questions the pipeline asks of the identity layer: whose key is this, and may they do that.
//
// Threads: both are asked on the request's own loop, from several loops at once.
#pragma once
#include <optional>
#include <string>

#include "base/json.h"
#include "base/task.h"
#include "wire/call.h"

namespace hearth::wire {

struct Credential {
  std::string secret;
  std::string session_token;            // empty for long-term keys
  std::optional<TimePoint> expires_at;  // of sessions
  Identity identity;
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Nothing for a key that does not exist or is inactive.
  // `session_token` is what the request carries, empty when none: some sessions are not stored but sealed in
  // it.
  virtual Async<std::optional<Credential>> find(std::string access_key_id, std::string session_token) = 0;
};

class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // Succeeds when the caller may do `action` on `resource` (an ARN or "*"); otherwise the error that the
  // caller sees, code "AccessDenied" or "AccessDeniedException" as the protocol spells it (access_denied()
  // below). `input` is the validated document, for condition keys; it and `call` outlive the task.
  virtual Async<void> authorize(const Call& call, std::string action, std::string resource,
                                const json::object& input) = 0;
};

// The refusal, in the spelling of the call's protocol.
Error access_denied(const Call& call, std::string message);

}  // namespace hearth::wire
