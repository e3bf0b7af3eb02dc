#include "services/iam/users.h"

#include "identity/arn.h"
#include "services/iam/attachments.h"
#include "services/iam/limits.h"
#include "services/iam/named.h"

namespace hearth::services::iam {
namespace {

using identity::UserRecord;

// The root is shown without a name.
Async<api::iam::User> show_root(Tables& tables) {
  api::iam::User out{.user_id = tables.account, .arn = identity::root_arn(tables.account)};
  TRY(const auto account, co_await identity::SharedTables(tables.tx).accounts.get(Key(tables.account)));
  if (account) out.create_date = account->created;
  co_return out;
}

}  // namespace

Async<api::iam::User> show_user(Tables& tables, UserRecord record) {
  co_return api::iam::User{.path = record.path,
                           .user_name = record.name,
                           .user_id = record.id,
                           .arn = identity::iam_arn(tables.account, "user", record.path, record.name),
                           .create_date = record.created};
}

void Users::mount(wire::Router& router) {
  router.on<ops::CreateUser>(*this, &Users::create);
  router.on<ops::GetUser>(*this, &Users::get);
  router.on<ops::ListUsers>(*this, &Users::list);
  router.on<ops::UpdateUser>(*this, &Users::update);
  router.on<ops::DeleteUser>(*this, &Users::remove);
  router.on<ops::GetLoginProfile>(*this, &Users::login_profile);
  router.on<ops::ListMFADevices>(*this, &Users::list_nothing<ops::ListMFADevices>);
  router.on<ops::ListSSHPublicKeys>(*this, &Users::list_nothing<ops::ListSSHPublicKeys>);
  router.on<ops::ListSigningCertificates>(*this, &Users::list_nothing<ops::ListSigningCertificates>);
  router.on<ops::ListServiceSpecificCredentials>(*this,
                                                 &Users::list_nothing<ops::ListServiceSpecificCredentials>);
}

Async<api::iam::CreateUserResponse> Users::create(const wire::Call& call, api::iam::CreateUserRequest input) {
  UserRecord record{.id = identity::make_id(parts_.random, "AIDA"),
                    .name = input.user_name,
                    .path = input.path,
                    .created = parts_.now()};
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreateUserResponse> {
    Tables tables(tx, call.account);
    TRY_VOID(co_await check_new<UserRecord>(tables, record.name));
    TRY(record.boundary, co_await first_boundary(tables, record.id, input.permissions_boundary));
    TRY_VOID(co_await put_new(tables, record, input.tags));
    TRY(api::iam::User user, co_await show_user(tables, record));
    user.permissions_boundary = show_boundary(record.boundary);
    user.tags = if_any(input.tags);
    co_return api::iam::CreateUserResponse{.user = std::move(user)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetUserResponse> Users::get(const wire::Call& call, api::iam::GetUserRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetUserResponse> {
    Tables tables(tx, call.account);
    if (!input.user_name && is_root(call)) {
      TRY(api::iam::User root, co_await show_root(tables));
      co_return api::iam::GetUserResponse{.user = std::move(root)};
    }
    TRY(const UserRecord record, co_await user_meant(tables, call, input.user_name));
    TRY(api::iam::User user, co_await show_user(tables, record));
    user.permissions_boundary = show_boundary(record.boundary);
    TRY(user.tags, co_await tags_if_any(tables, record.id));
    co_return api::iam::GetUserResponse{.user = std::move(user)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListUsersResponse> Users::list(const wire::Call& call, api::iam::ListUsersRequest input) {
  co_return co_await list_by_path<ops::ListUsers>(parts_.store, call, std::move(input),
                                                  &api::iam::ListUsersResponse::users, show_user);
}

Async<ops::UpdateUser::Output> Users::update(const wire::Call& call, api::iam::UpdateUserRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::UpdateUser::Output> {
    Tables tables(tx, call.account);
    TRY(UserRecord record, co_await user_meant(tables, call, input.user_name));
    TRY_VOID(co_await rename(tables, std::move(record), input.new_user_name, input.new_path));
    co_return ops::UpdateUser::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteUser::Output> Users::remove(const wire::Call& call, api::iam::DeleteUserRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteUser::Output> {
    Tables tables(tx, call.account);
    TRY(const UserRecord record, co_await user_meant(tables, call, input.user_name));
    TRY(const size_t keys, co_await tables.keys_of.count(Key(record.id), 1));
    if (keys) co_return errors::must_first("delete access keys");
    TRY_VOID(co_await check_no_policies(tables, record.id));
    TRY(const size_t groups, co_await tables.groups_of.count(Key(record.id), 1));
    if (groups) co_return errors::must_first("remove users from group");
    erase_named(tables, record);
    move_boundary(tables, record.id, record.boundary, "");
    co_return ops::DeleteUser::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetLoginProfileResponse> Users::login_profile(const wire::Call& call,
                                                              api::iam::GetLoginProfileRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetLoginProfileResponse> {
    Tables tables(tx, call.account);
    TRY(const UserRecord record, co_await user_meant(tables, call, input.user_name));
    co_return errors::no_such_entity_exception(
        fmt::format("Login Profile for User {} cannot be found.", record.name));
  };
  co_return co_await parts_.store.read(body);
}

template <typename Operation>
Async<typename Operation::Output> Users::list_nothing(const wire::Call& call,
                                                      typename Operation::Input input) {
  TRY(const PageRequest page, PageRequest::of(input));
  TRY_VOID(given_before(page));
  if constexpr (requires { input.all_users; }) {
    if (input.user_name && input.all_users.value_or(false)) {
      co_return errors::invalid_input_exception("UserName and AllUsers cannot be specified together.");
    }
  }
  auto body = [&](store::Transaction& tx) -> Async<typename Operation::Output> {
    if (input.user_name) {
      Tables tables(tx, call.account);
      TRY_VOID(co_await user_meant(tables, call, input.user_name));
    }
    typename Operation::Output out;
    out.is_truncated = false;
    if constexpr (requires { out.ssh_public_keys.emplace(); }) out.ssh_public_keys.emplace();
    if constexpr (requires { out.service_specific_credentials.emplace(); }) {
      out.service_specific_credentials.emplace();
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
