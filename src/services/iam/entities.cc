#include "services/iam/entities.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/limits.h"
#include "services/iam/named.h"

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

template <typename R>
Async<Entity> entity_named(Tables& tables, std::string name) {
  TRY(R record, co_await find_named<R>(tables, std::move(name)));
  Entity out{.kind = Kept<R>::kKind,
             .id = std::move(record.id),
             .name = std::move(record.name),
             .path = std::move(record.path)};
  if constexpr (requires { record.boundary; }) out.boundary = std::move(record.boundary);
  if constexpr (requires { record.service_linked; }) out.service_linked = std::move(record.service_linked);
  co_return out;
}

}  // namespace

Async<Entity> find_entity(Tables& tables, EntityKind kind, std::string name) {
  if (kind == EntityKind::kUser) co_return co_await entity_named<identity::UserRecord>(tables, name);
  if (kind == EntityKind::kGroup) co_return co_await entity_named<identity::GroupRecord>(tables, name);
  CHECK(kind == EntityKind::kRole, "only users, groups and roles are found by name alone");
  co_return co_await entity_named<identity::RoleRecord>(tables, name);
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
  if (name) co_return co_await find_named<identity::UserRecord>(tables, *std::move(name));
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

Async<void> check_no_policies(Tables& tables, std::string id) {
  TRY(const size_t attached, co_await tables.attached.count(Key(id), 1));
  if (attached) co_return errors::must_first("detach all policies");
  TRY(const size_t inlined, co_await tables.inline_policies.count(Key(id), 1));
  if (inlined) co_return errors::must_first("delete policies");
  co_return {};
}

}  // namespace hearth::services::iam
