// Temporary credentials. They are not stored: the token carries, sealed with the server's key, who the
// session is and how long it lasts, and the secret follows from the key id. A session can therefore be
// checked by any node that has the key, and a restart does not end it.
//
// Threads: any.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace hearth::identity {

// A role that someone assumed: arn:aws:sts::<account>:assumed-role/<role>/<session>.
struct Session {
  std::string account;
  std::string role_arn;
  std::string session_name;
  TimePoint expires;

  std::string role_name() const;  // the last part of the role's path
  std::string assumed_role_arn() const;
  std::string role_id() const;  // AROA..., the same for a role at all times
};

struct SessionCredentials {
  std::string access_key_id;  // ASIA...
  std::string secret_access_key;
  std::string session_token;
  TimePoint expires;
};

class Sessions {
 public:
  // `server_key`: 32 secret bytes, the same for the life of the data directory.
  Sessions(std::string server_key, Random& random);

  SessionCredentials issue(const Session& session) const;
  // For a key id of ours, whether or not it was ever given out.
  std::string secret_of(std::string_view access_key_id) const;
  // The session that a token was issued for; nothing when the token is not ours or belongs to another key.
  // Expired ones are given as well.
  std::optional<Session> open(std::string_view access_key_id, std::string_view token) const;

 private:
  std::string server_key_;
  Random& random_;
};

}  // namespace hearth::identity
