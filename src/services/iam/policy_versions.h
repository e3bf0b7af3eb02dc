// Versions of managed policies: at most five, numbers never used twice, one of them the default that holds.
#pragma once
#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class PolicyVersions {
 public:
  explicit PolicyVersions(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreatePolicyVersionResponse> create(const wire::Call& call,
                                                      api::iam::CreatePolicyVersionRequest input);
  Async<api::iam::GetPolicyVersionResponse> get(const wire::Call& call,
                                                api::iam::GetPolicyVersionRequest input);
  Async<api::iam::ListPolicyVersionsResponse> list(const wire::Call& call,
                                                   api::iam::ListPolicyVersionsRequest input);
  Async<ops::DeletePolicyVersion::Output> remove(const wire::Call& call,
                                                 api::iam::DeletePolicyVersionRequest input);
  Async<ops::SetDefaultPolicyVersion::Output> set_default(const wire::Call& call,
                                                          api::iam::SetDefaultPolicyVersionRequest input);

 private:
  Parts parts_;
};

}  // namespace hearth::services::iam
