// Users. Their access keys, groups and policies are written elsewhere; here are they themselves, and what the
// tools ask for before they delete one.
#pragma once
#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class Users {
 public:
  explicit Users(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreateUserResponse> create(const wire::Call& call, api::iam::CreateUserRequest input);
  Async<api::iam::GetUserResponse> get(const wire::Call& call, api::iam::GetUserRequest input);
  Async<api::iam::ListUsersResponse> list(const wire::Call& call, api::iam::ListUsersRequest input);
  Async<ops::UpdateUser::Output> update(const wire::Call& call, api::iam::UpdateUserRequest input);
  Async<ops::DeleteUser::Output> remove(const wire::Call& call, api::iam::DeleteUserRequest input);

  // There are no passwords, devices, certificates and keys of other kinds: nobody has any.
  Async<api::iam::GetLoginProfileResponse> login_profile(const wire::Call& call,
                                                         api::iam::GetLoginProfileRequest input);
  template <typename Operation>
  Async<typename Operation::Output> list_nothing(const wire::Call& call, typename Operation::Input input);

 private:
  Parts parts_;
};

// How lists and answers show a user: no tags, no boundary.
Async<api::iam::User> show_user(Tables& tables, identity::UserRecord record);

}  // namespace hearth::services::iam
