// Roles: who may take one (its trust policy) and what is known of it.
#pragma once
#include <functional>

#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class Roles {
 public:
  explicit Roles(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreateRoleResponse> create(const wire::Call& call, api::iam::CreateRoleRequest input);
  Async<api::iam::GetRoleResponse> get(const wire::Call& call, api::iam::GetRoleRequest input);
  Async<api::iam::ListRolesResponse> list(const wire::Call& call, api::iam::ListRolesRequest input);
  Async<api::iam::UpdateRoleResponse> update(const wire::Call& call, api::iam::UpdateRoleRequest input);
  Async<api::iam::UpdateRoleDescriptionResponse> describe(const wire::Call& call,
                                                          api::iam::UpdateRoleDescriptionRequest input);
  Async<ops::UpdateAssumeRolePolicy::Output> trust(const wire::Call& call,
                                                   api::iam::UpdateAssumeRolePolicyRequest input);
  Async<ops::DeleteRole::Output> remove(const wire::Call& call, api::iam::DeleteRoleRequest input);

 private:
  Parts parts_;
};

// How lists and answers show a role: no tags, no boundary, no last use.
Async<api::iam::Role> show_role(Tables& tables, identity::RoleRecord record);
// All that is known of it.
Async<api::iam::Role> show_whole_role(Tables& tables, identity::RoleRecord record);
// When it was used last; an empty answer until it was.
Async<api::iam::RoleLastUsed> last_used(Tables& tables, std::string role_id);

// Removes the role and all that hangs on it, without asking.
void erase_role(Tables& tables, const identity::RoleRecord& record);

}  // namespace hearth::services::iam
