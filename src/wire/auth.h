// The two questions the pipeline asks of the identity layer: whose key is this, and may they do that.
//
// Threads: both are asked on the request's own loop, from several loops at once.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/task.h"
#include "wire/call.h"

namespace hearth::wire {

struct Credential {
  std::string secret;
  std::string session_token;            // empty for long-term keys
  std::optional<TimePoint> expires_at;  // of sessions
  Identity identity;
  bool unchecked = false;  // anyone may sign as this: keys of development servers
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Nothing for a key that does not exist or is inactive.
  // `session_token` is what the request carries, empty when none: some sessions are not stored but sealed in
  // it.
  virtual Async<std::optional<Credential>> find(std::string access_key_id, std::string session_token) = 0;
};

// What somebody needs to be allowed.
struct Permission {
  std::string action;    // "lambda:InvokeFunction"
  std::string resource;  // an ARN, or "*"
  // Condition keys and their values, beyond those that are known of every request.
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions = {};
  // Of the operation that asks, for keys whose values are dear to find. Outlives the question; may be null.
  const json::object* input = nullptr;
};

class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // Succeeds when the caller may do that; otherwise the error that the caller sees, code "AccessDenied" or
  // "AccessDeniedException" as the protocol spells it (access_denied() below). `call` outlives the task.
  virtual Async<void> authorize(const Call& call, Permission permission) = 0;
};

// The refusal, in the spelling of the call's protocol.
Error access_denied(const Call& call, std::string message);

}  // namespace hearth::wire
