// Resource policies: who else may use a function, a version or an alias. Each qualifier has a policy of its
// own.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

// Where the policy of a function, a version or an alias is, and that what it is of is there.
store::Key policy_key(const FunctionRef& ref);
Async<void> require_policy_target(store::Transaction& tx, FunctionRef ref);

class Policies {
 public:
  explicit Policies(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::AddPermissionResponse> add(const wire::Call& call,
                                                api::lambda::AddPermissionRequest input);
  Async<api::lambda::ops::RemovePermission::Output> remove(const wire::Call& call,
                                                           api::lambda::RemovePermissionRequest input);
  Async<api::lambda::GetPolicyResponse> get(const wire::Call& call, api::lambda::GetPolicyRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
