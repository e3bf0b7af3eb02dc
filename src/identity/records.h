// What identity keeps in the store: read by whoever authorizes, written by the IAM service and by Accounts.
//
//   ("iam-account", account) AccountRecord              ("iam-alias", alias) AliasRecord: whose alias
//   ("iam-key", access key id) AccessKeyRecord          ("principal-use", key or role id) UseRecord
//
// and under ("iam", account), where a name is in lower case because names are unique without regard to case:
//
//   ("user", name) UserRecord, ("group", name) GroupRecord, ("role", name) RoleRecord, ("policy", name)
//   PolicyRecord, ("profile", name) InstanceProfileRecord, ("oidc", url) OidcProviderRecord
//   ("id", id)                      IdRecord            what a user's, group's or role's id stands for now
//   ("tag", id, key in lower case)  TagRecord           of all but groups
//   ("inline", id, policy name)     InlinePolicyRecord  of users, groups, roles
//   ("attached", id, policy ARN)    Link                and ("attached-to", policy ARN, id)
//   ("bounds", policy ARN, id)      Link                whose permissions boundary the policy is
//   ("version", policy id, number)  PolicyVersionRecord
//   ("groups-of", user id, group id), ("users-of", group id, user id), ("keys-of", user id or "root", key
//   id),
//   ("profiles-of", role id, name)  Link
//   ("deletion", task id)           DeletionRecord
//   ("count", "users", ...)         counters of each kind
//
// What belongs to a user, group or role hangs on its id, so a rename moves nothing, and one that was deleted
// and made again begins with nothing.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/table.h"

namespace hearth::identity {

enum class EntityKind : uint8_t {
  kUser = 1,
  kGroup = 2,
  kRole = 3,
  kPolicy = 4,
  kProfile = 5,
  kProvider = 6
};

struct AccountRecord {
  TimePoint created;
  std::string name;   // for people, may be empty
  std::string alias;  // empty: none

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.created);
    visit(2, self.name);
    visit(3, self.alias);
  }
};

struct AliasRecord {
  std::string account;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
  }
};

struct AccessKeyRecord {
  std::string account;
  std::string user_id;  // empty: the account's root
  std::string sealed_secret;
  bool inactive = false;
  TimePoint created;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.user_id);
    visit(3, self.sealed_secret);
    visit(4, self.inactive);
    visit(5, self.created);
  }
};

struct UseRecord {
  TimePoint at;
  std::string service;
  std::string region;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.at);
    visit(2, self.service);
    visit(3, self.region);
  }
};

// `name` is the stored spelling; `boundary` the ARN of a managed policy, empty without one.
struct UserRecord {
  std::string id;
  std::string name;
  std::string path = "/";
  TimePoint created;
  std::string boundary;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.name);
    visit(3, self.path);
    visit(4, self.created);
    visit(5, self.boundary);
  }
};

struct GroupRecord {
  std::string id;
  std::string name;
  std::string path = "/";
  TimePoint created;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.name);
    visit(3, self.path);
    visit(4, self.created);
  }
};

struct RoleRecord {
  std::string id;
  std::string name;
  std::string path = "/";
  TimePoint created;
  std::string boundary;
  std::string trust_policy;  // as it was written
  // The users and roles that the trust policy names, as (ARN, id): it trusts the id, so one that is deleted
  // and made again under the same ARN is not trusted (effective_trust in trust.h).
  std::vector<std::pair<std::string, std::string>> trusted_ids;
  std::optional<std::string> description;
  int64_t max_session_seconds = 3600;
  std::string service_linked;  // the service whose role this is; empty for roles of one's own

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.name);
    visit(3, self.path);
    visit(4, self.created);
    visit(5, self.boundary);
    visit(6, self.trust_policy);
    visit(7, self.trusted_ids);
    visit(8, self.description);
    visit(9, self.max_session_seconds);
    visit(10, self.service_linked);
  }
};

// A customer managed policy.
struct PolicyRecord {
  std::string id;
  std::string name;
  std::string path = "/";
  TimePoint created;
  TimePoint updated;
  std::optional<std::string> description;
  int64_t default_version = 1;
  int64_t last_version = 1;  // numbers are not used twice, also after a version was deleted

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.name);
    visit(3, self.path);
    visit(4, self.created);
    visit(5, self.updated);
    visit(6, self.description);
    visit(7, self.default_version);
    visit(8, self.last_version);
  }
};

struct PolicyVersionRecord {
  std::string document;
  TimePoint created;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.document);
    visit(2, self.created);
  }
};

struct InlinePolicyRecord {
  std::string name;
  std::string document;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
    visit(2, self.document);
  }
};

struct InstanceProfileRecord {
  std::string id;
  std::string name;
  std::string path = "/";
  TimePoint created;
  std::string role_id;  // empty: none

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.name);
    visit(3, self.path);
    visit(4, self.created);
    visit(5, self.role_id);
  }
};

struct OidcProviderRecord {
  std::string id;   // ours alone; tags hang on it
  std::string url;  // host and path, without "https://"
  TimePoint created;
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.url);
    visit(3, self.created);
    visit(4, self.client_ids);
    visit(5, self.thumbprints);
  }
};

struct IdRecord {
  EntityKind kind = EntityKind::kUser;
  std::string name;  // in lower case: the key of its record

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.kind);
    visit(2, self.name);
  }
};

struct TagRecord {
  std::string key;
  std::string value;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.key);
    visit(2, self.value);
  }
};

// The deletion of a service-linked role, which is over when it is answered.
struct DeletionRecord {
  std::string role_name;
  TimePoint at;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.role_name);
    visit(2, self.at);
  }
};

// A row whose key says all.
struct Link {
  template <typename Self>
  static void fields(Self&, auto&) {}
};

// The tables of one account, inside a transaction.
struct Tables {
  Tables(store::Transaction& tx, const std::string& account);

  // Counters of ("count", kind): blind adds, read with count().
  void add_count(EntityKind kind, int64_t delta);
  Async<int64_t> count(EntityKind kind);

  store::Transaction& tx;
  std::string account;
  store::Table<UserRecord> users;
  store::Table<GroupRecord> groups;
  store::Table<RoleRecord> roles;
  store::Table<PolicyRecord> policies;
  store::Table<InstanceProfileRecord> profiles;
  store::Table<OidcProviderRecord> providers;
  store::Table<IdRecord> ids;
  store::Table<TagRecord> tags;
  store::Table<InlinePolicyRecord> inline_policies;
  store::Table<Link> attached;
  store::Table<Link> attached_to;
  store::Table<Link> bounds;
  store::Table<PolicyVersionRecord> versions;
  store::Table<Link> groups_of;
  store::Table<Link> users_of;
  store::Table<Link> keys_of;
  store::Table<Link> profiles_of;
  store::Table<DeletionRecord> deletions;

 private:
  store::Key scope_;
};

// The tables that are not one account's.
struct SharedTables {
  explicit SharedTables(store::Transaction& tx);

  store::Table<AccountRecord> accounts;
  store::Table<AliasRecord> aliases;
  store::Table<AccessKeyRecord> keys;
  store::Table<UseRecord> uses;
};

// What every key of this file but those of UseRecord begins with: for watches.
std::string changes_prefix();

// The user or role with this id, nothing when there is none (any more).
Async<std::optional<UserRecord>> user_of_id(Tables& tables, std::string id);
Async<std::optional<GroupRecord>> group_of_id(Tables& tables, std::string id);
Async<std::optional<RoleRecord>> role_of_id(Tables& tables, std::string id);

// All rows of an index behind `under`: the last part of each key.
Async<std::vector<std::string>> linked(store::Table<Link>& table, std::string under);

// Whom access key rows of the root belong to, as `keys_of` has it.
inline constexpr std::string_view kRootKeys = "root";

}  // namespace hearth::identity
