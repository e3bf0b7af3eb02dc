// What Signer keeps in the store. Keys, all under ("signer", account, region):
//
//   ("profile", name)              ProfileRecord
//   ("version", name, version)     VersionRecord, of each that the profile had
//   ("permissions", name)          PermissionsRecord
//   ("job", id)                    JobRecord
//   ("asked", id)                  AskedRecord: of a job of another account's, which this one asked for
//   ("token", client token)        TokenRecord: which job was begun with it
//
// and ("signer-work", account, region, id): jobs that are under way.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "delivery/asker.h"
#include "services/signer/names.h"
#include "store/table.h"

namespace hearth::services::signer {

using Tags = std::map<std::string, std::string>;

// How long a signature holds.
struct Validity {
  int64_t value = 135;
  std::string unit = "MONTHS";  // or DAYS, YEARS

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.value);
    visit(2, self.unit);
  }
};

struct ProfileRecord {
  std::string version;  // the newest
  bool canceled = false;
  Validity validity;
  std::map<std::string, std::string> parameters;
  Tags tags;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.version);
    visit(2, self.canceled);
    visit(3, self.validity);
    visit(4, self.parameters);
    visit(5, self.tags);
  }
};

struct Revocation {
  TimePoint at;
  std::string by;
  std::string reason;
  TimePoint effective_from;  // of profiles: signatures that were made before still hold

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.at);
    visit(2, self.by);
    visit(3, self.reason);
    visit(4, self.effective_from);
  }
};

struct VersionRecord {
  std::string public_key;  // signing_key.h
  std::string sealed_key;  // the private one, sealed for the version's ARN
  std::optional<Revocation> revoked;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.public_key);
    visit(2, self.sealed_key);
    visit(3, self.revoked);
  }
};

// What others may do with a profile.
struct ProfilePermission {
  std::string id;
  std::string action;
  std::string principal;
  std::string version;  // of the profile; empty: any

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.action);
    visit(3, self.principal);
    visit(4, self.version);
  }
};

struct PermissionsRecord {
  std::string revision;
  std::vector<ProfilePermission> permissions;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.revision);
    visit(2, self.permissions);
  }
};

enum class JobStatus : uint8_t { kInProgress = 0, kSucceeded = 1, kFailed = 2 };

struct JobRecord {
  std::string profile;
  std::string version;
  delivery::Asker asker;
  std::string requested_by;  // an ARN
  JobStatus status = JobStatus::kInProgress;
  std::string reason;  // of a failure
  std::string source_bucket;
  std::string source_key;
  std::string source_version;
  std::string target_bucket;
  std::string target_prefix;
  TimePoint created;
  TimePoint completed;
  TimePoint expires;
  Validity validity;
  std::optional<Revocation> revoked;

  std::string target_key(const std::string& id) const { return target_prefix + id + ".zip"; }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.profile);
    visit(2, self.version);
    visit(3, self.asker);
    visit(4, self.requested_by);
    visit(5, self.status);
    visit(6, self.reason);
    visit(7, self.source_bucket);
    visit(8, self.source_key);
    visit(9, self.source_version);
    visit(10, self.target_bucket);
    visit(11, self.target_prefix);
    visit(12, self.created);
    visit(13, self.completed);
    visit(14, self.expires);
    visit(15, self.validity);
    visit(16, self.revoked);
  }
};

struct TokenRecord {
  std::string job;
  std::string request_sha256;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.job);
    visit(2, self.request_sha256);
  }
};

struct AskedRecord {
  std::string owner;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.owner);
  }
};

inline const store::Key kSignerWork("signer-work");

// The tables of one account and region, inside a transaction.
struct Tables {
  Tables(store::Transaction& tx, const std::string& account, const std::string& region)
      : profiles(tx, scope(account, region) + store::Key("profile")),
        versions(tx, scope(account, region) + store::Key("version")),
        permissions(tx, scope(account, region) + store::Key("permissions")),
        jobs(tx, scope(account, region) + store::Key("job")),
        asked(tx, scope(account, region) + store::Key("asked")),
        tokens(tx, scope(account, region) + store::Key("token")) {}
  template <typename Ref>
  Tables(store::Transaction& tx, const Ref& ref) : Tables(tx, ref.account, ref.region) {}

  static store::Key scope(const std::string& account, const std::string& region) {
    return store::Key("signer", account, region);
  }

  store::Table<ProfileRecord> profiles;
  store::Table<VersionRecord> versions;
  store::Table<PermissionsRecord> permissions;
  store::Table<JobRecord> jobs;
  store::Table<AskedRecord> asked;
  store::Table<TokenRecord> tokens;
};

}  // namespace hearth::services::signer
