#include "identity/records.h"

namespace hearth::identity {
namespace {

using store::Key;

std::string_view count_name(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser:
      return "users";
    case EntityKind::kGroup:
      return "groups";
    case EntityKind::kRole:
      return "roles";
    case EntityKind::kPolicy:
      return "policies";
    case EntityKind::kProfile:
      return "profiles";
    case EntityKind::kProvider:
      return "providers";
  }
  CHECK(false, "no such kind");
}

// The record behind an id, if it is one of that kind.
template <typename R>
Async<std::optional<R>> of_id(store::Table<IdRecord>& ids, store::Table<R>& table, EntityKind kind,
                              std::string id) {
  TRY(const auto found, co_await ids.get(Key(id)));
  if (!found || found->kind != kind) co_return std::optional<R>();
  co_return co_await table.get(Key(found->name));
}

}  // namespace

Tables::Tables(store::Transaction& transaction, const std::string& owner)
    : tx(transaction),
      account(owner),
      users(tx, Key("iam", account, "user")),
      groups(tx, Key("iam", account, "group")),
      roles(tx, Key("iam", account, "role")),
      policies(tx, Key("iam", account, "policy")),
      profiles(tx, Key("iam", account, "profile")),
      providers(tx, Key("iam", account, "oidc")),
      ids(tx, Key("iam", account, "id")),
      tags(tx, Key("iam", account, "tag")),
      inline_policies(tx, Key("iam", account, "inline")),
      attached(tx, Key("iam", account, "attached")),
      attached_to(tx, Key("iam", account, "attached-to")),
      bounds(tx, Key("iam", account, "bounds")),
      versions(tx, Key("iam", account, "version")),
      groups_of(tx, Key("iam", account, "groups-of")),
      users_of(tx, Key("iam", account, "users-of")),
      keys_of(tx, Key("iam", account, "keys-of")),
      profiles_of(tx, Key("iam", account, "profiles-of")),
      deletions(tx, Key("iam", account, "deletion")),
      scope_("iam", account, "count") {}

void Tables::add_count(EntityKind kind, int64_t delta) {
  tx.add((scope_ + Key(count_name(kind))).bytes(), delta);
}

Async<int64_t> Tables::count(EntityKind kind) {
  TRY(const auto bytes, co_await tx.get((scope_ + Key(count_name(kind))).bytes()));
  if (!bytes) co_return 0;
  co_return store::counter_value(*bytes);
}

SharedTables::SharedTables(store::Transaction& tx)
    : accounts(tx, Key("iam-account")),
      aliases(tx, Key("iam-alias")),
      keys(tx, Key("iam-key")),
      uses(tx, Key("principal-use")) {}

std::string changes_prefix() {
  std::string prefix = Key("iam").bytes();
  prefix.pop_back();  // the end of the text, so that "iam-key" and its like are in it
  return prefix;
}

Async<std::optional<UserRecord>> user_of_id(Tables& tables, std::string id) {
  return of_id(tables.ids, tables.users, EntityKind::kUser, std::move(id));
}

Async<std::optional<GroupRecord>> group_of_id(Tables& tables, std::string id) {
  return of_id(tables.ids, tables.groups, EntityKind::kGroup, std::move(id));
}

Async<std::optional<RoleRecord>> role_of_id(Tables& tables, std::string id) {
  return of_id(tables.ids, tables.roles, EntityKind::kRole, std::move(id));
}

Async<std::vector<std::string>> linked(store::Table<Link>& table, std::string under) {
  TRY(const auto entries, co_await table.all(Key(under)));
  std::vector<std::string> found;
  for (const auto& entry : entries) {
    TRY(auto key, (store::parse_key<std::string, std::string>(entry.key)));
    found.push_back(std::get<1>(std::move(key)));
  }
  co_return found;
}

}  // namespace hearth::identity
