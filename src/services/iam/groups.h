// Groups of users.
#pragma once
#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class Groups {
 public:
  explicit Groups(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreateGroupResponse> create(const wire::Call& call, api::iam::CreateGroupRequest input);
  Async<api::iam::GetGroupResponse> get(const wire::Call& call, api::iam::GetGroupRequest input);
  Async<api::iam::ListGroupsResponse> list(const wire::Call& call, api::iam::ListGroupsRequest input);
  Async<ops::UpdateGroup::Output> update(const wire::Call& call, api::iam::UpdateGroupRequest input);
  Async<ops::DeleteGroup::Output> remove(const wire::Call& call, api::iam::DeleteGroupRequest input);
  Async<ops::AddUserToGroup::Output> add_user(const wire::Call& call, api::iam::AddUserToGroupRequest input);
  Async<ops::RemoveUserFromGroup::Output> remove_user(const wire::Call& call,
                                                      api::iam::RemoveUserFromGroupRequest input);
  Async<api::iam::ListGroupsForUserResponse> list_for_user(const wire::Call& call,
                                                           api::iam::ListGroupsForUserRequest input);

 private:
  Parts parts_;
};

// The groups that a user is in, by their names.
Async<std::vector<identity::GroupRecord>> groups_of_user(Tables& tables, std::string user_id);

}  // namespace hearth::services::iam
