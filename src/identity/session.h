// Temporary credentials. They are not stored: the token carries, sealed with the server's key, who the
// session is, what it may do at most and how long it lasts, and the secret follows from the key id. A session
// can therefore be checked by any node that has the key, and a restart does not end it. It names its role or
// user by id, so it dies with them.
//
// Threads: any.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "identity/seal.h"

namespace hearth::identity {

struct Session {
  enum class Kind : uint8_t {
    kRole = 1,       // AssumeRole and its relatives, and what services run as a role
    kSelf = 2,       // GetSessionToken: of a user, or of the root
    kFederated = 3,  // GetFederationToken: for somebody that a user, or the root, vouches for
  };

  Kind kind = Kind::kRole;
  std::string account;
  std::string principal_id;  // AROA..., AIDA...; empty for the root
  std::string name;          // of the role's session, or the federated user's; else empty
  TimePoint issued;
  TimePoint expires;
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive_tags;  // keys of tags that go on to the sessions assumed from this
  std::string source_identity;
  std::optional<std::string> policy;  // a session policy's text
  std::vector<std::string> policy_arns;
  std::string provider;         // the identity provider that vouched (AssumeRoleWithWebIdentity)
  std::string source_function;  // the function whose environment has it: lambda:SourceFunctionArn
  std::string padding;          // of the token, where it is to have a certain size; nobody sees it

  bool limited() const { return policy.has_value() || !policy_arns.empty(); }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.kind);
    visit(2, self.account);
    visit(3, self.principal_id);
    visit(4, self.name);
    visit(5, self.issued);
    visit(6, self.expires);
    visit(7, self.tags);
    visit(8, self.transitive_tags);
    visit(9, self.source_identity);
    visit(10, self.policy);
    visit(11, self.policy_arns);
    visit(12, self.provider);
    visit(13, self.source_function);
    visit(14, self.padding);
  }
};

struct SessionCredentials {
  std::string access_key_id;  // ASIA...
  std::string secret_access_key;
  std::string session_token;
  TimePoint expires;
};

// No session's token is longer.
inline constexpr size_t kTokenBytesMax = 16 * 1024;

class Sessions {
 public:
  // `server_key`: 32 secret bytes, the same for the life of the data directory.
  Sessions(std::string server_key, Random& random);

  // The token has `token_bytes_min` bytes or a few more, where it would have fewer.
  SessionCredentials issue(Session session, size_t token_bytes_min = 0) const;
  // For a key id of ours, whether or not it was ever given out.
  std::string secret_of(std::string_view access_key_id) const;
  // The session that a token was issued for; nothing when the token is not ours or belongs to another key.
  // Expired ones are given as well.
  std::optional<Session> open(std::string_view access_key_id, std::string_view token) const;

 private:
  std::string server_key_;
  Seal seal_;
  Random& random_;
};

}  // namespace hearth::identity
