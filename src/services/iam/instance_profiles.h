// Instance profiles: records that templates declare. No instance here uses them.
#pragma once
#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class InstanceProfiles {
 public:
  explicit InstanceProfiles(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreateInstanceProfileResponse> create(const wire::Call& call,
                                                        api::iam::CreateInstanceProfileRequest input);
  Async<api::iam::GetInstanceProfileResponse> get(const wire::Call& call,
                                                  api::iam::GetInstanceProfileRequest input);
  Async<api::iam::ListInstanceProfilesResponse> list(const wire::Call& call,
                                                     api::iam::ListInstanceProfilesRequest input);
  Async<ops::DeleteInstanceProfile::Output> remove(const wire::Call& call,
                                                   api::iam::DeleteInstanceProfileRequest input);
  Async<ops::AddRoleToInstanceProfile::Output> add_role(const wire::Call& call,
                                                        api::iam::AddRoleToInstanceProfileRequest input);
  Async<ops::RemoveRoleFromInstanceProfile::Output> remove_role(
      const wire::Call& call, api::iam::RemoveRoleFromInstanceProfileRequest input);
  Async<api::iam::ListInstanceProfilesForRoleResponse> list_for_role(
      const wire::Call& call, api::iam::ListInstanceProfilesForRoleRequest input);

 private:
  Parts parts_;
};

// How answers show a profile, with its role and without tags.
Async<api::iam::InstanceProfile> show_profile(Tables& tables, identity::InstanceProfileRecord record);
// Those that a role is in.
Async<std::vector<api::iam::InstanceProfile>> profiles_of_role(Tables& tables, std::string role_id);

}  // namespace hearth::services::iam
