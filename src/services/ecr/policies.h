// Policies of repositories: who may use one, and which images it keeps.
#pragma once
#include "services/ecr/errors.h"
#include "services/ecr/parts.h"
#include "wire/router.h"

namespace hearth::services::ecr {

class Policies {
 public:
  explicit Policies(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::ecr::SetRepositoryPolicyResponse> set(const Call& call,
                                                   api::ecr::SetRepositoryPolicyRequest input);
  Async<api::ecr::GetRepositoryPolicyResponse> get(const Call& call,
                                                   api::ecr::GetRepositoryPolicyRequest input);
  Async<api::ecr::DeleteRepositoryPolicyResponse> remove(const Call& call,
                                                         api::ecr::DeleteRepositoryPolicyRequest input);
  Async<api::ecr::PutLifecyclePolicyResponse> put_lifecycle(const Call& call,
                                                            api::ecr::PutLifecyclePolicyRequest input);
  Async<api::ecr::GetLifecyclePolicyResponse> get_lifecycle(const Call& call,
                                                            api::ecr::GetLifecyclePolicyRequest input);
  Async<api::ecr::DeleteLifecyclePolicyResponse> remove_lifecycle(
      const Call& call, api::ecr::DeleteLifecyclePolicyRequest input);

 private:
  // Reads the repository, lets `change` (RepositoryRecord& -> Status) have it, and writes it. Gives what was
  // there before.
  Async<RepositoryRecord> change(RepositoryRef ref, const auto& change);
  Async<RepositoryRecord> read(RepositoryRef ref);

  const Parts& parts_;
};

}  // namespace hearth::services::ecr
