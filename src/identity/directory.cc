#include "identity/directory.h"

#include "base/encoding.h"
#include "base/log.h"
#include "identity/arn.h"
#include "identity/trust.h"

namespace hearth::identity {
namespace {

using store::Key;

// Documents are checked before they are stored. One that cannot be read all the same may have denied
// something, so it denies everything.
PolicyPtr compiled(std::string_view document, PolicyKind kind, const std::string& name) {
  auto policy = Policy::parse(document, kind);
  if (!policy) {
    log::error("the policy {} cannot be read and denies everything: {}", name, policy.error().message);
    constexpr std::string_view kDenyAll =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})";
    policy = Policy::parse(kDenyAll, PolicyKind::kIdentity);
  }
  return std::make_shared<const Policy>(*std::move(policy));
}

// Reads one subject inside a transaction.
class Reader {
 public:
  Reader(Tables& tables, CompiledManaged& managed) : tables_(tables), managed_(managed) {}

  Async<Subject> read(UserRecord record) {
    Subject out = begin(EntityKind::kUser, "user", record);
    TRY_VOID(co_await add_tags(out));
    TRY_VOID(co_await add_policies(record.id, EntityKind::kUser, record.name, out.policies));
    TRY(const auto groups, co_await linked(tables_.groups_of, record.id));
    for (const std::string& id : groups) {
      TRY(const auto group, co_await group_of_id(tables_, id));
      const std::string name = group ? group->name : id;
      TRY_VOID(co_await add_policies(id, EntityKind::kGroup, name, out.policies));
    }
    TRY(out.boundary, co_await boundary(record.boundary));
    co_return out;
  }

  Async<Subject> read(GroupRecord record) {
    Subject out = begin(EntityKind::kGroup, "group", record);
    TRY_VOID(co_await add_policies(record.id, EntityKind::kGroup, record.name, out.policies));
    co_return out;
  }

  Async<Subject> read(RoleRecord record) {
    Subject out = begin(EntityKind::kRole, "role", record);
    out.max_session_seconds = record.max_session_seconds;
    out.service_linked = record.service_linked;
    TRY_VOID(co_await add_tags(out));
    TRY_VOID(co_await add_policies(record.id, EntityKind::kRole, record.name, out.policies));
    TRY(out.boundary, co_await boundary(record.boundary));
    TRY(const std::string trust, co_await effective_trust(tables_.tx, record));
    out.trust = compiled(trust, PolicyKind::kTrust, out.arn);
    co_return out;
  }

  // The default version of a managed policy; null when it is gone.
  Async<PolicyPtr> managed(std::string arn, PolicyKind kind) {
    if (const ManagedPolicy* policy = find_managed_policy(arn)) co_return managed_.find(*policy);
    const auto parsed = parse_iam_arn(arn);
    if (!parsed) co_return PolicyPtr();
    TRY(const auto policy, co_await tables_.policies.get(Key(to_lower(parsed->name))));
    if (!policy) co_return PolicyPtr();
    TRY(const auto version, co_await tables_.versions.get(Key(policy->id, policy->default_version)));
    if (!version) co_return PolicyPtr();
    co_return compiled(version->document, kind, arn);
  }

 private:
  template <typename R>
  Subject begin(EntityKind kind, std::string_view spelled, const R& record) {
    return {.kind = kind,
            .account = tables_.account,
            .id = record.id,
            .name = record.name,
            .arn = iam_arn(tables_.account, spelled, record.path, record.name)};
  }

  // What hangs on one user, group or role.
  Async<void> add_policies(std::string id, EntityKind kind, std::string name, std::vector<HeldPolicy>& out) {
    TRY(auto inlined, co_await tables_.inline_policies.all(Key(id)));
    for (auto& entry : inlined) {
      PolicyPtr policy = compiled(entry.record.document, PolicyKind::kIdentity, entry.record.name);
      out.push_back({std::move(entry.record.name), std::move(policy), kind, name});
    }
    TRY(const auto arns, co_await linked(tables_.attached, id));
    for (const std::string& arn : arns) {
      TRY(auto policy, co_await managed(arn, PolicyKind::kIdentity));
      if (policy) out.push_back({arn, std::move(policy), kind, name});
    }
    co_return {};
  }

  Async<void> add_tags(Subject& out) {
    TRY(auto tags, co_await tables_.tags.all(Key(out.id)));
    for (auto& entry : tags) out.tags.emplace(std::move(entry.record.key), std::move(entry.record.value));
    co_return {};
  }

  // One that is gone allows nothing.
  Async<HeldPolicy> boundary(std::string arn) {
    HeldPolicy out{.name = arn};
    if (arn.empty()) co_return out;
    TRY(out.policy, co_await managed(arn, PolicyKind::kBoundary));
    if (!out.policy) out.policy = compiled("", PolicyKind::kBoundary, arn);
    co_return out;
  }

  Tables& tables_;
  CompiledManaged& managed_;
};

}  // namespace

PolicySet Subject::policy_set() const {
  PolicySet out{.boundary = boundary.policy};
  for (const HeldPolicy& held : policies) out.identity.push_back(held.policy);
  return out;
}

PolicyPtr CompiledManaged::find(const ManagedPolicy& policy) {
  const std::lock_guard lock(mutex_);
  PolicyPtr& kept = by_name_[policy.name];
  if (!kept) kept = compiled(policy.document, PolicyKind::kIdentity, policy.arn());
  return kept;
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

template <typename Find>
Async<Directory::SubjectPtr> Directory::subject(std::string account, std::string kept_as, Find& find) {
  auto body = [&](store::Transaction& tx) -> Async<SubjectPtr> {
    Tables tables(tx, account);
    TRY(auto record, co_await find(tables));
    if (!record) co_return SubjectPtr();
    Reader reader(tables, managed_);
    TRY(Subject subject, co_await reader.read(*std::move(record)));
    co_return std::make_shared<const Subject>(std::move(subject));
  };
  auto read = [&]() -> Async<SubjectPtr> { co_return co_await store_.read(body); };
  co_return co_await subjects_.find(account + "/" + kept_as, read);
}

Async<Directory::SubjectPtr> Directory::user(std::string account, std::string user_id) {
  const auto find = [&](Tables& tables) { return user_of_id(tables, user_id); };
  co_return co_await subject(account, user_id, find);
}

Async<Directory::SubjectPtr> Directory::user_named(std::string account, std::string name) {
  name = to_lower(name);
  const auto find = [&](Tables& tables) { return tables.users.get(Key(name)); };
  co_return co_await subject(account, "user/" + name, find);
}

Async<Directory::SubjectPtr> Directory::role(std::string account, std::string name) {
  name = to_lower(name);
  const auto find = [&](Tables& tables) { return tables.roles.get(Key(name)); };
  co_return co_await subject(account, "role/" + name, find);
}

Async<Directory::SubjectPtr> Directory::group(std::string account, std::string name) {
  name = to_lower(name);
  const auto find = [&](Tables& tables) { return tables.groups.get(Key(name)); };
  co_return co_await subject(account, "group/" + name, find);
}

Async<Directory::SubjectPtr> Directory::role_of_id(std::string account, std::string role_id) {
  const auto find = [&](Tables& tables) { return identity::role_of_id(tables, role_id); };
  co_return co_await subject(account, role_id, find);
}

Async<PolicyPtr> Directory::managed_policy(std::string account, std::string arn) {
  auto body = [&](store::Transaction& tx) -> Async<PolicyPtr> {
    Tables tables(tx, account);
    Reader reader(tables, managed_);
    co_return co_await reader.managed(arn, PolicyKind::kIdentity);
  };
  co_return co_await store_.read(body);
}

}  // namespace hearth::identity
