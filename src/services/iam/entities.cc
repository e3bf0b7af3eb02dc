#include "services/iam/entities.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/limits.h"

namespace hearth::services::iam {
namespace {

// Table, name of the quota, limit.
std::pair<std::string_view, int64_t> quota_of(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser:
      return {"UsersPerAccount", limits::kUsersMax};
    case EntityKind::kGroup:
      return {"GroupsPerAccount", limits::kGroupsMax};
    case EntityKind::kRole:
      return {"RolesPerAccount", limits::kRolesMax};
    case EntityKind::kPolicy:
      return {"PoliciesPerAccount", limits::kPoliciesMax};
    case EntityKind::kProfile:
      return {"InstanceProfilesPerAccount", limits::kProfilesMax};
    case EntityKind::kProvider:
      return {"OpenIdConnectProvidersPerAccount", limits::kProvidersMax};
  }
  CHECK(false, "no such kind");
}

// What an id may be looked up for.
bool has_id_row(EntityKind kind) {
  return kind == EntityKind::kUser || kind == EntityKind::kGroup || kind == EntityKind::kRole;
}

}  // namespace

Async<Entity> find_entity(Tables& tables, EntityKind kind, std::string name) {
  const Key key(to_lower(name));
  switch (kind) {
    case EntityKind::kUser: {
      TRY(auto user, co_await tables.users.get(key));
      if (!user) break;
      co_return Entity{.kind = kind,
                       .id = std::move(user->id),
                       .name = std::move(user->name),
                       .path = std::move(user->path),
                       .boundary = std::move(user->boundary)};
    }
    case EntityKind::kGroup: {
      TRY(auto group, co_await tables.groups.get(key));
      if (!group) break;
      co_return Entity{.kind = kind,
                       .id = std::move(group->id),
                       .name = std::move(group->name),
                       .path = std::move(group->path)};
    }
    case EntityKind::kRole: {
      TRY(auto role, co_await tables.roles.get(key));
      if (!role) break;
      co_return Entity{.kind = kind,
                       .id = std::move(role->id),
                       .name = std::move(role->name),
                       .path = std::move(role->path),
                       .boundary = std::move(role->boundary),
                       .service_linked = std::move(role->service_linked)};
    }
    default:
      CHECK(false, "only users, groups and roles are found by name alone");
  }
  co_return errors::not_found(kind, name);
}

Async<Entity> find_modifiable(Tables& tables, EntityKind kind, std::string name) {
  TRY(Entity entity, co_await find_entity(tables, kind, std::move(name)));
  if (!entity.service_linked.empty()) co_return errors::protected_role(entity.name);
  co_return entity;
}

bool is_root(const wire::Call& call) {
  return call.identity.arn == identity::root_arn(call.identity.account);
}

Async<identity::UserRecord> user_meant(Tables& tables, const wire::Call& call,
                                       std::optional<std::string> name) {
  if (name) {
    TRY(auto user, co_await tables.users.get(Key(to_lower(*name))));
    if (!user) co_return errors::not_found(EntityKind::kUser, *name);
    co_return *std::move(user);
  }
  TRY(auto caller, co_await identity::user_of_id(tables, call.identity.user_id));
  if (!caller) {
    co_return errors::validation("Must specify userName when calling with non-User credentials");
  }
  co_return *std::move(caller);
}

void add_entity(Tables& tables, EntityKind kind, const std::string& id, const std::string& name) {
  tables.add_count(kind, 1);
  if (has_id_row(kind)) tables.ids.put(Key(id), {.kind = kind, .name = to_lower(name)});
}

void remove_entity(Tables& tables, EntityKind kind, const std::string& id) {
  tables.add_count(kind, -1);
  if (has_id_row(kind)) tables.ids.erase(Key(id));
  tables.tags.erase_under(Key(id));
}

Async<void> check_room(Tables& tables, EntityKind kind) {
  const auto [name, limit] = quota_of(kind);
  TRY(const int64_t count, co_await tables.count(kind));
  if (count >= limit) co_return errors::quota(name, static_cast<uint64_t>(limit));
  co_return {};
}

}  // namespace hearth::services::iam
