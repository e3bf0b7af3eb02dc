// What users, groups and roles have in common, so that what hangs on them (policies, boundaries, tags) is
// written once; and what the operations on each of them look like, for the handlers that are templates.
#pragma once
#include <optional>
#include <string>

#include "services/iam/errors.h"
#include "wire/call.h"

namespace hearth::services::iam {

namespace ops = api::iam::ops;

// Where the records of a type are kept, by their names (named.h).
template <typename R>
struct Kept;
template <>
struct Kept<identity::UserRecord> {
  static constexpr EntityKind kKind = EntityKind::kUser;
  static constexpr auto kTable = &Tables::users;
};
template <>
struct Kept<identity::GroupRecord> {
  static constexpr EntityKind kKind = EntityKind::kGroup;
  static constexpr auto kTable = &Tables::groups;
};
template <>
struct Kept<identity::RoleRecord> {
  static constexpr EntityKind kKind = EntityKind::kRole;
  static constexpr auto kTable = &Tables::roles;
};
template <>
struct Kept<identity::PolicyRecord> {
  static constexpr EntityKind kKind = EntityKind::kPolicy;
  static constexpr auto kTable = &Tables::policies;
};
template <>
struct Kept<identity::InstanceProfileRecord> {
  static constexpr EntityKind kKind = EntityKind::kProfile;
  static constexpr auto kTable = &Tables::profiles;
};

struct Entity {
  EntityKind kind = EntityKind::kUser;
  std::string id;
  std::string name;  // as it is spelled
  std::string path;
  std::string boundary;        // empty: none
  std::string service_linked;  // empty: no role of a service
};

// The user, group or role of this name, in any case. NoSuchEntity when there is none.
Async<Entity> find_entity(Tables& tables, EntityKind kind, std::string name);
// The same for operations that change it: UnmodifiableEntity for the role of a service.
Async<Entity> find_modifiable(Tables& tables, EntityKind kind, std::string name);

// Whether the caller is the root of its account.
bool is_root(const wire::Call& call);
// The user that a call means: the one it names, or the caller. NoSuchEntity; ValidationError when nobody is
// named and the caller is no user.
Async<identity::UserRecord> user_meant(Tables& tables, const wire::Call& call,
                                       std::optional<std::string> name);

// Writes that a new entity is there, or an old one gone: the count of its kind, and what its id stands for.
void add_entity(Tables& tables, EntityKind kind, const std::string& id, const std::string& name);
void remove_entity(Tables& tables, EntityKind kind, const std::string& id);
// LimitExceeded when there are as many of a kind as an account may have.
Async<void> check_room(Tables& tables, EntityKind kind);
// DeleteConflict while policies hang on a user, group or role.
Async<void> check_no_policies(Tables& tables, std::string id);

// The operations of one kind.
struct OfUser {
  using Record = identity::UserRecord;
  static constexpr EntityKind kKind = Kept<Record>::kKind;
  static auto& name(auto& message) { return message.user_name; }
  using PutPolicy = ops::PutUserPolicy;
  using GetPolicy = ops::GetUserPolicy;
  using ListPolicies = ops::ListUserPolicies;
  using DeletePolicy = ops::DeleteUserPolicy;
  using Attach = ops::AttachUserPolicy;
  using Detach = ops::DetachUserPolicy;
  using ListAttached = ops::ListAttachedUserPolicies;
  using PutBoundary = ops::PutUserPermissionsBoundary;
  using DeleteBoundary = ops::DeleteUserPermissionsBoundary;
};
struct OfGroup {
  using Record = identity::GroupRecord;
  static constexpr EntityKind kKind = Kept<Record>::kKind;
  static auto& name(auto& message) { return message.group_name; }
  using PutPolicy = ops::PutGroupPolicy;
  using GetPolicy = ops::GetGroupPolicy;
  using ListPolicies = ops::ListGroupPolicies;
  using DeletePolicy = ops::DeleteGroupPolicy;
  using Attach = ops::AttachGroupPolicy;
  using Detach = ops::DetachGroupPolicy;
  using ListAttached = ops::ListAttachedGroupPolicies;
};
struct OfRole {
  using Record = identity::RoleRecord;
  static constexpr EntityKind kKind = Kept<Record>::kKind;
  static auto& name(auto& message) { return message.role_name; }
  using PutPolicy = ops::PutRolePolicy;
  using GetPolicy = ops::GetRolePolicy;
  using ListPolicies = ops::ListRolePolicies;
  using DeletePolicy = ops::DeleteRolePolicy;
  using Attach = ops::AttachRolePolicy;
  using Detach = ops::DetachRolePolicy;
  using ListAttached = ops::ListAttachedRolePolicies;
  using PutBoundary = ops::PutRolePermissionsBoundary;
  using DeleteBoundary = ops::DeleteRolePermissionsBoundary;
};

}  // namespace hearth::services::iam
