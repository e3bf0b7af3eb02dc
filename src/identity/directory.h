// What authorization reads: whose an access key is, and which policies hold for a user or role, compiled. A
// warm look-up reads no record (revision_cache.h); what was changed is seen by the next one.
//
// Threads: any that runs a loop. Errors: those of the store, "CorruptRecord".
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "identity/managed_policies.h"
#include "identity/policy/evaluate.h"
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

// A policy that holds for someone, what it is called (the ARN of a managed one, the name of an inline one),
// and whose it is: their own, or that of a group they are in.
struct HeldPolicy {
  std::string name;
  PolicyPtr policy;
  EntityKind holder = EntityKind::kUser;
  std::string holder_name = {};
};

// A user, group or role with all that decides what it may do.
struct Subject {
  EntityKind kind = EntityKind::kUser;
  std::string account;
  std::string id;    // AIDA..., AROA...
  std::string name;  // as it is spelled
  std::string arn;   // with its path
  std::map<std::string, std::string> tags;
  std::vector<HeldPolicy> policies;  // inline, attached, and those of a user's groups
  HeldPolicy boundary;               // without policy: none
  // Of roles.
  PolicyPtr trust;  // as it holds now, see trust.h
  int64_t max_session_seconds = 3600;
  std::string service_linked;  // the service whose role it is

  // The part of a PolicySet that is the subject's.
  PolicySet policy_set() const;
};

// The policies of AWS, each compiled when it is first asked for.
class CompiledManaged {
 public:
  PolicyPtr find(const ManagedPolicy& policy);

 private:
  std::mutex mutex_;
  std::map<std::string_view, PolicyPtr> by_name_;
};

class Directory {
 public:
  using KeyHolderPtr = std::shared_ptr<const KeyHolder>;
  using SubjectPtr = std::shared_ptr<const Subject>;

  // Both outlive it. `seal` is the one for access keys (kAccessKeySeal).
  Directory(store::Store& store, const Seal& seal);
  Directory(const Directory&) = delete;

  // Null where there is none. A key whose secret cannot be opened is reported in the log and counts as none.
  Async<KeyHolderPtr> key(std::string access_key_id);
  Async<SubjectPtr> user(std::string account, std::string user_id);
  // By name, in any case.
  Async<SubjectPtr> user_named(std::string account, std::string name);
  Async<SubjectPtr> role(std::string account, std::string name);
  Async<SubjectPtr> group(std::string account, std::string name);
  // The role with this id: a session names it, and dies with it.
  Async<SubjectPtr> role_of_id(std::string account, std::string role_id);
  // The default version of a managed policy, the account's own or of AWS. Not kept: read each time.
  Async<PolicyPtr> managed_policy(std::string account, std::string arn);

 private:
  // Finds a record (Tables& -> Async<std::optional<R>>) and reads what hangs on it, unless it is kept.
  template <typename Find>
  Async<SubjectPtr> subject(std::string account, std::string kept_as, Find& find);

  store::Store& store_;
  const Seal& seal_;
  store::Watch watch_;
  CompiledManaged managed_;
  RevisionCache<KeyHolder> keys_{watch_};
  RevisionCache<Subject> subjects_{watch_};
};

}  // namespace hearth::identity
