// Repositories: made, shown, set, deleted.
#pragma once
#include "services/ecr/errors.h"
#include "services/ecr/parts.h"
#include "wire/router.h"

namespace hearth::services::ecr {

class Repositories {
 public:
  explicit Repositories(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::ecr::CreateRepositoryResponse> create(const Call& call, api::ecr::CreateRepositoryRequest input);
  // Authorizes the caller itself: for each repository that is named, or for all.
  Async<api::ecr::DescribeRepositoriesResponse> describe(const Call& call,
                                                         api::ecr::DescribeRepositoriesRequest input);
  Async<api::ecr::DeleteRepositoryResponse> remove(const Call& call, api::ecr::DeleteRepositoryRequest input);
  Async<api::ecr::PutImageTagMutabilityResponse> set_mutability(const Call& call,
                                                                api::ecr::PutImageTagMutabilityRequest input);
  Async<api::ecr::PutImageScanningConfigurationResponse> set_scanning(
      const Call& call, api::ecr::PutImageScanningConfigurationRequest input);
  Async<api::ecr::GetAuthorizationTokenResponse> authorize(const Call& call,
                                                           api::ecr::GetAuthorizationTokenRequest input);

 private:
  api::ecr::Repository shown(const Call& call, const RepositoryRef& ref,
                             const RepositoryRecord& record) const;
  Async<api::ecr::DescribeRepositoriesResponse> named(const Call& call, RepositoryRef scope,
                                                      std::vector<std::string> names);

  const Parts& parts_;
};

}  // namespace hearth::services::ecr
