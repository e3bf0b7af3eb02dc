// Caller: who signed a request, with everything that follows from it: secret, policies, tags. Made once for
// each key and kept until something of identity's changes (Callers::find).
//
// Threads: any that runs a loop.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "identity/allowances.h"
#include "identity/directory.h"
#include "identity/session.h"
#include "wire/auth.h"

namespace hearth::identity {

struct Caller final : wire::SessionDetails {
  Principal principal;
  std::string secret;
  std::string session_token;       // of sessions
  std::optional<Session> session;  // likewise
  PolicySet policies;              // all but the resource's
  // Keys that follow from who they are, and whether any of their policies looks at keys at all.
  ConditionContext context;
  bool looks_at_context = false;
  std::unique_ptr<Allowances> allowances;  // null for who has no key
};
// Shared by the requests under way and what is kept.
using CallerPtr = std::shared_ptr<const Caller>;

class Callers {
 public:
  // Both outlive it.
  Callers(store::Store& store, Directory& directory, const Sessions& sessions);

  // Null for a key that does not exist, is inactive, or whose token is not its own.
  Async<CallerPtr> find(std::string access_key_id, std::string session_token);

 private:
  Async<CallerPtr> of_key(std::string access_key_id);
  Async<CallerPtr> of_session(std::string access_key_id, std::string token, Session session);
  Async<void> add_session_policies(const Session& session, Caller& caller);

  Directory& directory_;
  const Sessions& sessions_;
  store::Watch watch_;
  RevisionCache<Caller> callers_{watch_};
};

// Who has a session of this role, with neither key nor token: services that act with a role need none.
CallerPtr session_of_role(const Subject& role, Session session);

// As the pipeline and services know a caller.
wire::Identity identity_of(CallerPtr caller, std::string access_key_id = {});

// The root of an account.
Principal root_of(std::string account);

}  // namespace hearth::identity
