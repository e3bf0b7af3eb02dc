#include "identity/accounts.h"

#include "identity/arn.h"

namespace hearth::identity {
namespace {

using store::Key;

Error no_account(const std::string& id) {
  return {.code = "NoSuchEntity", .message = "The account " + id + " cannot be found."};
}
Error no_key(const std::string& id) {
  return {.code = "NoSuchEntity", .message = "The Access Key with id " + id + " cannot be found."};
}

std::string owner_of(const std::string& user_id) {
  return user_id.empty() ? std::string(kRootKeys) : user_id;
}

// The root's own key of this id.
Async<AccessKeyRecord> root_key_of(store::Transaction& tx, std::string account, std::string key) {
  TRY(auto record, co_await SharedTables(tx).keys.get(Key(key)));
  if (!record || record->account != account || !record->user_id.empty()) co_return no_key(key);
  co_return *std::move(record);
}

Async<void> room_for_root_key(Tables& tables) {
  TRY(const size_t count, co_await tables.keys_of.count(Key(kRootKeys)));
  if (count < kAccessKeysMax) co_return {};
  co_return Error{.code = "LimitExceeded", .message = "Cannot exceed quota for AccessKeysPerUser: 2"};
}

}  // namespace

void keep_access_key(store::Transaction& tx, const Seal& seal, const AccessKey& key, TimePoint now,
                     const std::string& account, const std::string& user_id) {
  SharedTables(tx).keys.put(Key(key.id), {.account = account,
                                          .user_id = user_id,
                                          .sealed_secret = seal.seal(key.secret, key.id),
                                          .created = now});
  Tables(tx, account).keys_of.put(Key(owner_of(user_id), key.id), {});
}

AccessKey put_access_key(store::Transaction& tx, const Seal& seal, Random& random, TimePoint now,
                         const std::string& account, const std::string& user_id) {
  AccessKey key = make_access_key(random);
  keep_access_key(tx, seal, key, now, account, user_id);
  return key;
}

void erase_access_key(store::Transaction& tx, const std::string& account, const std::string& user_id,
                      const std::string& key_id) {
  SharedTables shared(tx);
  shared.keys.erase(Key(key_id));
  shared.uses.erase(Key(key_id));
  Tables(tx, account).keys_of.erase(Key(owner_of(user_id), key_id));
}

Async<Accounts::Account> Accounts::create(std::string id, std::string name) {
  constexpr uint64_t kIds = 900'000'000'000, kFirstId = 100'000'000'000;
  const bool chosen = !id.empty();
  if (chosen && !is_account_id(id)) {
    co_return Error{.code = "ValidationError", .message = "An account's id has 12 digits.", .status = 400};
  }
  auto body = [&](store::Transaction& tx) -> Async<Account> {
    SharedTables shared(tx);
    if (!chosen) id = std::to_string(kFirstId + random_.below(kIds));
    TRY(const bool taken, co_await shared.accounts.contains(Key(id)));
    if (taken) {
      co_return Error{.code = "EntityAlreadyExists", .message = "The account " + id + " already exists."};
    }
    const AccountRecord record{.created = now(), .name = name};
    shared.accounts.put(Key(id), record);
    co_return Account{.id = id, .name = name, .created = record.created};
  };
  co_return co_await store_.transact(body);
}

Async<void> Accounts::ensure(std::string id, std::optional<FileKey> root_key) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    SharedTables shared(tx);
    TRY(const bool known, co_await shared.accounts.contains(Key(id)));
    if (!known) shared.accounts.put(Key(id), {.created = now()});
    if (!root_key) co_return {};
    const AccessKey& key = root_key->key;
    TRY(const auto stored, co_await shared.keys.get(Key(key.id)));
    const bool lost = stored && !seal_.open(stored->sealed_secret, key.id);
    if (!known || root_key->fresh || lost) keep_access_key(tx, seal_, key, now(), id, "");
    co_return {};
  };
  co_return co_await store_.transact(body);
}

Async<std::vector<Accounts::Account>> Accounts::list() {
  auto body = [&](store::Transaction& tx) -> Async<std::vector<Account>> {
    SharedTables shared(tx);
    TRY(auto entries, co_await shared.accounts.all());
    std::vector<Account> out;
    for (auto& entry : entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      out.push_back({.id = std::get<0>(std::move(key)),
                     .name = std::move(entry.record.name),
                     .alias = std::move(entry.record.alias),
                     .created = entry.record.created});
    }
    co_return out;
  };
  co_return co_await store_.read(body);
}

Async<bool> Accounts::exists(std::string id) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    co_return co_await SharedTables(tx).accounts.contains(Key(id));
  };
  co_return co_await store_.read(body);
}

Async<AccessKey> Accounts::create_root_key(std::string account) {
  auto body = [&](store::Transaction& tx) -> Async<AccessKey> {
    SharedTables shared(tx);
    Tables tables(tx, account);
    TRY(const bool known, co_await shared.accounts.contains(Key(account)));
    if (!known) co_return no_account(account);
    TRY_VOID(co_await room_for_root_key(tables));
    co_return put_access_key(tx, seal_, random_, now(), account, "");
  };
  co_return co_await store_.transact(body);
}

Async<std::vector<Accounts::RootKey>> Accounts::list_root_keys(std::string account) {
  auto body = [&](store::Transaction& tx) -> Async<std::vector<RootKey>> {
    SharedTables shared(tx);
    Tables tables(tx, account);
    std::vector<RootKey> out;
    TRY(const auto ids, co_await linked(tables.keys_of, std::string(kRootKeys)));
    for (const std::string& id : ids) {
      TRY(const auto record, co_await shared.keys.get(Key(id)));
      if (record) out.push_back({.id = id, .active = !record->inactive, .created = record->created});
    }
    co_return out;
  };
  co_return co_await store_.read(body);
}

Async<AccessKey> Accounts::rotate_root_key(std::string account, std::string old_key) {
  auto body = [&](store::Transaction& tx) -> Async<AccessKey> {
    SharedTables shared(tx);
    Tables tables(tx, account);
    TRY(AccessKeyRecord record, co_await root_key_of(tx, account, old_key));
    TRY_VOID(co_await room_for_root_key(tables));
    record.inactive = true;
    shared.keys.put(Key(old_key), record);
    co_return put_access_key(tx, seal_, random_, now(), account, "");
  };
  co_return co_await store_.transact(body);
}

Async<void> Accounts::revoke_root_key(std::string account, std::string key) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY_VOID(co_await root_key_of(tx, account, key));
    erase_access_key(tx, account, "", key);
    co_return {};
  };
  co_return co_await store_.transact(body);
}

}  // namespace hearth::identity
