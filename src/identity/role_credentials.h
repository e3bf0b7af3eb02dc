// What services do with the roles that they are handed: see that a role is one they may have, and get
// credentials of it for what they run.
//
// Threads: any that runs a loop.
#pragma once
#include <chrono>
#include <string>

#include "base/clock.h"
#include "identity/directory.h"
#include "identity/session.h"
#include "wire/auth.h"

namespace hearth::identity {

class RoleCredentials {
 public:
  // All outlive it.
  RoleCredentials(Directory& directory, const Sessions& sessions, const Clock& clock)
      : directory_(directory), sessions_(sessions), clock_(clock) {}

  struct Use {
    std::string role_arn;
    std::string session_name;
    std::string service;               // "lambda.amazonaws.com": who uses it, and must be trusted still
    std::string resource_arn;          // for what, aws:SourceArn of that trust
    std::string source_function = {};  // the function's ARN, for what runs in its environments
    std::chrono::seconds lifetime = std::chrono::hours(12);
  };
  // A role that is not there (any more), or does not trust the service (any more), gives credentials that
  // nobody accepts. Errors: those of the store.
  Async<SessionCredentials> issue(Use use) const;

  // Who a service is that does something itself with a role it was handed, to be authorized as. Fails with
  // "RoleNotAssumable" where issue() gives credentials that nobody accepts.
  Async<wire::Identity> act_as(Use use) const;

  struct Pass {
    std::string role_arn;
    std::string service;       // "lambda.amazonaws.com": who is to have it
    std::string resource_arn;  // for what: iam:AssociatedResourceArn
  };
  // Whether the caller may hand the role to the service ("AccessDenied..."), and the role trusts it
  // ("RoleNotAssumable", which the service puts into its own words; so for one that does not exist).
  Async<void> check_pass(const wire::Call& call, Pass pass, wire::Authorizer& authorizer) const;

 private:
  Async<Directory::SubjectPtr> find(std::string role_arn) const;
  // Null unless the role trusts the service.
  Async<Directory::SubjectPtr> assumable(Use use) const;
  Session session(const Directory::SubjectPtr& role, Use use) const;

  Directory& directory_;
  const Sessions& sessions_;
  const Clock& clock_;
};

}  // namespace hearth::identity
