// What would be decided: for policies that callers bring along, and for those that users, groups and roles
// have. The engine behind it is the one that authorizes every request.
#pragma once
#include "services/iam/entities.h"
#include "services/iam/simulation.h"
#include "wire/router.h"

namespace hearth::services::iam {

class Simulators {
 public:
  explicit Simulators(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::SimulatePolicyResponse> custom(const wire::Call& call,
                                                 api::iam::SimulateCustomPolicyRequest input);
  Async<api::iam::SimulatePolicyResponse> principal(const wire::Call& call,
                                                    api::iam::SimulatePrincipalPolicyRequest input);
  Async<api::iam::GetContextKeysForPolicyResponse> custom_keys(
      const wire::Call& call, api::iam::GetContextKeysForCustomPolicyRequest input);
  Async<api::iam::GetContextKeysForPolicyResponse> principal_keys(
      const wire::Call& call, api::iam::GetContextKeysForPrincipalPolicyRequest input);

 private:
  Async<identity::Directory::SubjectPtr> subject(const wire::Call& call, std::string arn);

  Parts parts_;
};

}  // namespace hearth::services::iam
