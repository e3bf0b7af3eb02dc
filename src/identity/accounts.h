// Accounts and the keys of their roots. The IAM service serves what callers do inside an account; this is for
// whoever owns the machine: from the command line, and at start.
//
// Errors: those of the store; "EntityAlreadyExists", "NoSuchEntity", "ValidationError" for what no account
// can be. Threads: any that runs a loop.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "identity/records.h"
#include "identity/root.h"
#include "identity/seal.h"

namespace hearth::identity {

class Accounts {
 public:
  // All outlive it. `seal` is the one for access keys (kAccessKeySeal).
  Accounts(store::Store& store, const Seal& seal, const Clock& clock, Random& random)
      : store_(store), seal_(seal), clock_(clock), random_(random) {}

  struct Account {
    std::string id;  // 12 digits
    std::string name;
    std::string alias;
    TimePoint created;
  };
  struct RootKey {
    std::string id;
    bool active = true;
    TimePoint created;
  };

  // A new account, with the id given or one that is free. `name` is for people.
  Async<Account> create(std::string id, std::string name);
  // The account that a server starts with is there afterwards, whether or not it was before. `root_key`
  // becomes a key of its root when the account is new, or the key is (`fresh`), or it was sealed by another
  // server's key; one that was revoked stays so.
  Async<void> ensure(std::string id, std::optional<FileKey> root_key = {});
  Async<std::vector<Account>> list();
  Async<bool> exists(std::string id);

  // At most two a root, as of users: LimitExceeded. The secret is given this once.
  Async<AccessKey> create_root_key(std::string account);
  Async<std::vector<RootKey>> list_root_keys(std::string account);
  // A new key, and `old_key` is inactive from then on, in one transaction. There is room for one more only
  // when `old_key` is the only one: revoke what is older first.
  Async<AccessKey> rotate_root_key(std::string account, std::string old_key);
  Async<void> revoke_root_key(std::string account, std::string key);

 private:
  // Times are kept as they are shown: in seconds.
  TimePoint now() const { return std::chrono::floor<std::chrono::seconds>(clock_.now()); }

  store::Store& store_;
  const Seal& seal_;
  const Clock& clock_;
  Random& random_;
};

// The purpose for which the secrets of access keys are sealed (Seal), with the key's id as their owner.
inline constexpr std::string_view kAccessKeySeal = "access-keys";

// Writes a key of a user, or of the root when `user_id` is empty: a given one, or a new one.
void keep_access_key(store::Transaction& tx, const Seal& seal, const AccessKey& key, TimePoint now,
                     const std::string& account, const std::string& user_id);
AccessKey put_access_key(store::Transaction& tx, const Seal& seal, Random& random, TimePoint now,
                         const std::string& account, const std::string& user_id);
// Removes a key and all that is known of it.
void erase_access_key(store::Transaction& tx, const std::string& account, const std::string& user_id,
                      const std::string& key_id);
inline constexpr size_t kAccessKeysMax = 2;  // of a user or root

}  // namespace hearth::identity
