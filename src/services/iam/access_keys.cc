#include "services/iam/access_keys.h"

#include "identity/accounts.h"
#include "services/iam/paging.h"

namespace hearth::services::iam {
namespace {

using identity::AccessKeyRecord;
using identity::SharedTables;

// Whose keys a call is about. The root has no name.
struct Owner {
  std::string id;  // empty for the root
  std::optional<std::string> name;

  std::string index() const { return id.empty() ? std::string(identity::kRootKeys) : id; }
};

Async<Owner> owner_of(Tables& tables, const wire::Call& call, std::optional<std::string> name) {
  if (!name && is_root(call)) co_return Owner{};
  TRY(auto user, co_await user_meant(tables, call, std::move(name)));
  co_return Owner{.id = std::move(user.id), .name = std::move(user.name)};
}

// That owner's key of this id.
Async<AccessKeyRecord> key_of(Tables& tables, Owner owner, std::string id) {
  TRY(auto record, co_await SharedTables(tables.tx).keys.get(Key(id)));
  if (!record || record->account != tables.account || record->user_id != owner.id) {
    co_return errors::key_not_found(id);
  }
  co_return *std::move(record);
}

std::string status_of(const AccessKeyRecord& record) {
  return record.inactive ? "Inactive" : "Active";
}

}  // namespace

void AccessKeys::mount(wire::Router& router) {
  router.on<ops::CreateAccessKey>(*this, &AccessKeys::create);
  router.on<ops::ListAccessKeys>(*this, &AccessKeys::list);
  router.on<ops::UpdateAccessKey>(*this, &AccessKeys::update);
  router.on<ops::DeleteAccessKey>(*this, &AccessKeys::remove);
  router.on<ops::GetAccessKeyLastUsed>(*this, &AccessKeys::last_used);
}

Async<api::iam::CreateAccessKeyResponse> AccessKeys::create(const wire::Call& call,
                                                            api::iam::CreateAccessKeyRequest input) {
  const TimePoint now = parts_.now();
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreateAccessKeyResponse> {
    Tables tables(tx, call.account);
    TRY(const Owner owner, co_await owner_of(tables, call, input.user_name));
    TRY(const size_t count, co_await tables.keys_of.count(Key(owner.index())));
    if (count >= identity::kAccessKeysMax) {
      co_return errors::quota("AccessKeysPerUser", identity::kAccessKeysMax);
    }
    identity::AccessKey key =
        identity::put_access_key(tx, parts_.seal, parts_.random, now, call.account, owner.id);
    api::iam::AccessKey shown{.user_name = owner.name,
                              .access_key_id = std::move(key.id),
                              .status = "Active",
                              .secret_access_key = std::move(key.secret),
                              .create_date = now};
    co_return api::iam::CreateAccessKeyResponse{.access_key = std::move(shown)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::ListAccessKeysResponse> AccessKeys::list(const wire::Call& call,
                                                         api::iam::ListAccessKeysRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListAccessKeysResponse> {
    Tables tables(tx, call.account);
    TRY(const Owner owner, co_await owner_of(tables, call, input.user_name));
    TRY(auto ids, co_await identity::linked(tables.keys_of, owner.index()));
    TRY(const auto given, page_of(std::move(ids), page));
    api::iam::ListAccessKeysResponse out;
    for (const std::string& id : given.first) {
      TRY(const AccessKeyRecord record, co_await key_of(tables, owner, id));
      out.access_key_metadata.push_back({.user_name = owner.name,
                                         .access_key_id = id,
                                         .status = status_of(record),
                                         .create_date = record.created});
    }
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::UpdateAccessKey::Output> AccessKeys::update(const wire::Call& call,
                                                       api::iam::UpdateAccessKeyRequest input) {
  if (input.status == "Expired") {
    co_return errors::invalid_input_exception("An access key can be set to Active or Inactive only.");
  }
  auto body = [&](store::Transaction& tx) -> Async<ops::UpdateAccessKey::Output> {
    Tables tables(tx, call.account);
    TRY(const Owner owner, co_await owner_of(tables, call, input.user_name));
    TRY(AccessKeyRecord record, co_await key_of(tables, owner, input.access_key_id));
    record.inactive = input.status == "Inactive";
    SharedTables(tx).keys.put(Key(input.access_key_id), record);
    co_return ops::UpdateAccessKey::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteAccessKey::Output> AccessKeys::remove(const wire::Call& call,
                                                       api::iam::DeleteAccessKeyRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteAccessKey::Output> {
    Tables tables(tx, call.account);
    TRY(const Owner owner, co_await owner_of(tables, call, input.user_name));
    TRY_VOID(co_await key_of(tables, owner, input.access_key_id));
    identity::erase_access_key(tx, call.account, owner.id, input.access_key_id);
    co_return ops::DeleteAccessKey::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetAccessKeyLastUsedResponse> AccessKeys::last_used(
    const wire::Call& call, api::iam::GetAccessKeyLastUsedRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetAccessKeyLastUsedResponse> {
    Tables tables(tx, call.account);
    SharedTables shared(tx);
    TRY(const auto record, co_await shared.keys.get(Key(input.access_key_id)));
    if (!record || record->account != call.account) co_return errors::key_not_found(input.access_key_id);
    TRY(auto user, co_await identity::user_of_id(tables, record->user_id));
    TRY(auto use, co_await shared.uses.get(Key(input.access_key_id)));
    api::iam::GetAccessKeyLastUsedResponse out;
    if (user) out.user_name = std::move(user->name);
    auto& shown = out.access_key_last_used.emplace();
    shown.service_name = use ? std::move(use->service) : "N/A";
    shown.region = use ? std::move(use->region) : "N/A";
    if (use) shown.last_used_date = use->at;
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
