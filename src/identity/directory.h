// What authorization reads: whose an access key is, and which policies hold for a user or role. A warm
// look-up reads no record (revision_cache.h); what was changed is seen by the next one.
//
// Threads: any that runs a loop. Errors: those of the store, "CorruptRecord".
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "identity/evaluate.h"
#include "identity/records.h"
#include "identity/revision_cache.h"
#include "identity/seal.h"

namespace hearth::identity {

// A stored access key and whose it is.
struct KeyHolder {
  std::string account;
  std::string user_id;  // AIDA...; empty for the account's root
  std::string arn;      // of the user, or the root
  std::string secret;
  bool active = true;
};

// One policy that holds for a principal, and where it comes from.
struct NamedPolicy {
  std::string name;  // the ARN of a managed policy, the name of an inline one
  std::string document;
};

// A user or a role, and all that says what it may do.
struct IamIdentity {
  EntityKind kind = EntityKind::kUser;  // kUser or kRole
  std::string account;
  std::string id;    // AIDA..., AROA...
  std::string name;  // as it is spelled
  std::string arn;   // with its path
  std::map<std::string, std::string> tags;
  std::vector<NamedPolicy> policies;  // inline, attached, and those of a user's groups
  std::optional<NamedPolicy> boundary;
  // Of roles.
  std::string trust_policy;  // as it holds now, see trust.h
  int64_t max_session_seconds = 3600;
  std::string service_linked;

  // Compiled from the above; of what describe_user() and describe_role() give, empty.
  PolicySet compiled;  // identity and boundary
  PolicyPtr trust;     // of roles
};

class Directory {
 public:
  using KeyHolderPtr = std::shared_ptr<const KeyHolder>;
  using IdentityPtr = std::shared_ptr<const IamIdentity>;

  // Both outlive it. `seal` is the one for access keys (kAccessKeySeal).
  Directory(store::Store& store, const Seal& seal);
  Directory(const Directory&) = delete;

  // Null where there is none. A key whose secret cannot be opened is reported in the log and counts as none.
  Async<KeyHolderPtr> key(std::string access_key_id);
  Async<IdentityPtr> user(std::string account, std::string user_id);
  Async<IdentityPtr> role(std::string account, std::string name);
  // The role with this id: a session names it, and dies with it.
  Async<IdentityPtr> role_of_id(std::string account, std::string role_id);
  // The default version of a managed policy that an account can use; nothing when there is none.
  Async<std::optional<std::string>> managed_policy(std::string account, std::string arn);

 private:
  store::Store& store_;
  const Seal& seal_;
  store::Watch watch_;
  RevisionCache<KeyHolder> keys_{watch_};
  RevisionCache<IamIdentity> identities_{watch_};
};

// The policies of one user or role, uncached: for whoever is inside a transaction.
Async<IamIdentity> describe_user(store::Transaction& tx, std::string account, UserRecord record);
Async<IamIdentity> describe_role(store::Transaction& tx, std::string account, RoleRecord record);

}  // namespace hearth::identity
