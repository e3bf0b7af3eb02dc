// Managed policies: those of the account with their versions, and AWS's, which nobody changes.
#pragma once
#include "services/iam/entities.h"
#include "services/iam/managed.h"
#include "wire/router.h"

namespace hearth::services::iam {

class Policies {
 public:
  explicit Policies(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreatePolicyResponse> create(const wire::Call& call, api::iam::CreatePolicyRequest input);
  Async<api::iam::GetPolicyResponse> get(const wire::Call& call, api::iam::GetPolicyRequest input);
  Async<api::iam::ListPoliciesResponse> list(const wire::Call& call, api::iam::ListPoliciesRequest input);
  Async<ops::DeletePolicy::Output> remove(const wire::Call& call, api::iam::DeletePolicyRequest input);
  Async<api::iam::ListEntitiesForPolicyResponse> entities(const wire::Call& call,
                                                          api::iam::ListEntitiesForPolicyRequest input);

 private:
  Parts parts_;
};

// How answers show a policy, without tags.
Async<api::iam::Policy> show_policy(Tables& tables, ManagedRef policy);
ManagedRef ref_of(const Tables& tables, identity::PolicyRecord record);
ManagedRef ref_of(const identity::ManagedPolicy& policy);

}  // namespace hearth::services::iam
