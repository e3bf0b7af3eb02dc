#include "identity/directory.h"

#include "base/encoding.h"
#include "base/log.h"
#include "identity/arn.h"
#include "identity/managed_policies.h"
#include "identity/trust.h"

namespace hearth::identity {
namespace {

using store::Key;

// The default version of a managed policy; nothing when it is gone.
Async<std::optional<NamedPolicy>> managed(Tables& tables, std::string arn) {
  if (const ManagedPolicy* policy = find_managed_policy(arn)) {
    co_return NamedPolicy{.name = std::move(arn), .document = std::string(policy->document)};
  }
  const auto parsed = parse_iam_arn(arn);
  if (!parsed) co_return std::optional<NamedPolicy>();
  TRY(const auto policy, co_await tables.policies.get(Key(to_lower(parsed->name))));
  if (!policy) co_return std::optional<NamedPolicy>();
  TRY(auto version, co_await tables.versions.get(Key(policy->id, policy->default_version)));
  if (!version) co_return std::optional<NamedPolicy>();
  co_return NamedPolicy{.name = std::move(arn), .document = std::move(version->document)};
}

// What hangs on one user, group or role.
Async<void> add_policies(Tables& tables, std::string id, std::vector<NamedPolicy>& out) {
  TRY(auto inlined, co_await tables.inline_policies.all(Key(id)));
  for (auto& entry : inlined) {
    out.push_back({.name = std::move(entry.record.name), .document = std::move(entry.record.document)});
  }
  TRY(const auto arns, co_await linked(tables.attached, id));
  for (const std::string& arn : arns) {
    TRY(auto policy, co_await managed(tables, arn));
    if (policy) out.push_back(*std::move(policy));
  }
  co_return {};
}

Async<void> add_tags(Tables& tables, IamIdentity& out) {
  TRY(auto tags, co_await tables.tags.all(Key(out.id)));
  for (auto& entry : tags) out.tags.emplace(std::move(entry.record.key), std::move(entry.record.value));
  co_return {};
}

// A boundary that cannot be read allows nothing.
Async<void> add_boundary(Tables& tables, std::string arn, IamIdentity& out) {
  if (arn.empty()) co_return {};
  TRY(auto boundary, co_await managed(tables, arn));
  out.boundary = boundary
                     ? *std::move(boundary)
                     : NamedPolicy{.name = arn, .document = R"({"Version":"2012-10-17","Statement":[]})"};
  co_return {};
}

// What was stored was checked before. Should it not be a policy all the same, its owner may do nothing, as
// nobody can tell what it was to forbid.
PolicyPtr compile(const std::string& owner, const NamedPolicy& source, PolicyKind kind) {
  constexpr std::string_view kNothing =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})";
  auto policy = Policy::parse(source.document, kind);
  if (!policy) {
    log::error("policy {} of {} is none: {}", source.name, owner, policy.error().message);
    policy = Policy::parse(kNothing, PolicyKind::kIdentity);
  }
  return std::make_shared<const Policy>(*std::move(policy));
}

std::shared_ptr<const IamIdentity> compiled(IamIdentity identity) {
  for (const NamedPolicy& policy : identity.policies)
    identity.compiled.identity.push_back(compile(identity.arn, policy, PolicyKind::kIdentity));
  if (identity.boundary)
    identity.compiled.boundary = compile(identity.arn, *identity.boundary, PolicyKind::kBoundary);
  if (identity.kind == EntityKind::kRole) {
    identity.trust = compile(identity.arn, {"AssumeRolePolicyDocument", identity.trust_policy}, PolicyKind::kTrust);
  }
  return std::make_shared<const IamIdentity>(std::move(identity));
}

}  // namespace

Async<IamIdentity> describe_user(store::Transaction& tx, std::string account, UserRecord record) {
  Tables tables(tx, account);
  IamIdentity out{.kind = EntityKind::kUser,
                .account = account,
                .id = record.id,
                .name = record.name,
                .arn = iam_arn(account, "user", record.path, record.name)};
  TRY_VOID(co_await add_tags(tables, out));
  TRY_VOID(co_await add_policies(tables, record.id, out.policies));
  TRY(const auto groups, co_await linked(tables.groups_of, record.id));
  for (const std::string& group : groups) TRY_VOID(co_await add_policies(tables, group, out.policies));
  TRY_VOID(co_await add_boundary(tables, record.boundary, out));
  co_return out;
}

Async<IamIdentity> describe_role(store::Transaction& tx, std::string account, RoleRecord record) {
  Tables tables(tx, account);
  IamIdentity out{.kind = EntityKind::kRole,
                .account = account,
                .id = record.id,
                .name = record.name,
                .arn = iam_arn(account, "role", record.path, record.name),
                .max_session_seconds = record.max_session_seconds,
                .service_linked = record.service_linked};
  TRY_VOID(co_await add_tags(tables, out));
  TRY_VOID(co_await add_policies(tables, record.id, out.policies));
  TRY_VOID(co_await add_boundary(tables, record.boundary, out));
  TRY(out.trust_policy, co_await effective_trust(tx, record));
  co_return out;
}

Directory::Directory(store::Store& store, const Seal& seal)
    : store_(store), seal_(seal), watch_(store.watch(changes_prefix())) {}

Async<Directory::KeyHolderPtr> Directory::key(std::string access_key_id) {
  auto body = [&](store::Transaction& tx) -> Async<KeyHolderPtr> {
    TRY(const auto record, co_await SharedTables(tx).keys.get(Key(access_key_id)));
    if (!record) co_return KeyHolderPtr();
    auto holder = std::make_shared<KeyHolder>();
    holder->account = record->account;
    holder->user_id = record->user_id;
    holder->active = !record->inactive;
    holder->arn = root_arn(record->account);
    if (!record->user_id.empty()) {
      Tables tables(tx, record->account);
      TRY(const auto user, co_await user_of_id(tables, record->user_id));
      if (!user) co_return KeyHolderPtr();
      holder->arn = iam_arn(record->account, "user", user->path, user->name);
    }
    auto secret = seal_.open(record->sealed_secret, access_key_id);
    if (!secret) {
      log::error("the secret of access key {} was not sealed by this server's key", access_key_id);
      co_return KeyHolderPtr();
    }
    holder->secret = *std::move(secret);
    co_return KeyHolderPtr(std::move(holder));
  };
  auto read = [&]() -> Async<KeyHolderPtr> { co_return co_await store_.read(body); };
  co_return co_await keys_.find(access_key_id, read);
}

Async<Directory::IdentityPtr> Directory::user(std::string account, std::string user_id) {
  auto body = [&](store::Transaction& tx) -> Async<IdentityPtr> {
    Tables tables(tx, account);
    TRY(auto record, co_await user_of_id(tables, user_id));
    if (!record) co_return IdentityPtr();
    TRY(IamIdentity found, co_await describe_user(tx, account, *std::move(record)));
    co_return compiled(std::move(found));
  };
  auto read = [&]() -> Async<IdentityPtr> { co_return co_await store_.read(body); };
  co_return co_await identities_.find(account + "/" + user_id, read);
}

Async<Directory::IdentityPtr> Directory::role(std::string account, std::string name) {
  name = to_lower(name);
  auto body = [&](store::Transaction& tx) -> Async<IdentityPtr> {
    TRY(auto record, co_await Tables(tx, account).roles.get(Key(name)));
    if (!record) co_return IdentityPtr();
    TRY(IamIdentity found, co_await describe_role(tx, account, *std::move(record)));
    co_return compiled(std::move(found));
  };
  auto read = [&]() -> Async<IdentityPtr> { co_return co_await store_.read(body); };
  co_return co_await identities_.find(account + "/role/" + name, read);
}

Async<std::optional<std::string>> Directory::managed_policy(std::string account, std::string arn) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<std::string>> {
    Tables tables(tx, account);
    TRY(auto policy, co_await managed(tables, arn));
    if (!policy) co_return std::optional<std::string>();
    co_return std::optional(std::move(policy->document));
  };
  co_return co_await store_.read(body);
}

Async<Directory::IdentityPtr> Directory::role_of_id(std::string account, std::string role_id) {
  auto body = [&](store::Transaction& tx) -> Async<IdentityPtr> {
    Tables tables(tx, account);
    TRY(auto record, co_await identity::role_of_id(tables, role_id));
    if (!record) co_return IdentityPtr();
    TRY(IamIdentity found, co_await describe_role(tx, account, *std::move(record)));
    co_return compiled(std::move(found));
  };
  auto read = [&]() -> Async<IdentityPtr> { co_return co_await store_.read(body); };
  co_return co_await identities_.find(account + "/" + role_id, read);
}

}  // namespace hearth::identity
