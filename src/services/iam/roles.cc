#include "services/iam/roles.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "identity/trust.h"
#include "services/iam/attachments.h"
#include "services/iam/documents.h"
#include "services/iam/limits.h"
#include "services/iam/named.h"
#include "wire/not_implemented.h"

namespace hearth::services::iam {
namespace {

using identity::RoleRecord;

// The record behind a role that may be changed.
Async<RoleRecord> modifiable_role(Tables& tables, std::string name) {
  TRY_VOID(co_await find_modifiable(tables, EntityKind::kRole, name));
  co_return co_await find_named<RoleRecord>(tables, std::move(name));
}

}  // namespace

void Roles::mount(wire::Router& router) {
  router.on<ops::CreateRole>(*this, &Roles::create);
  router.on<ops::GetRole>(*this, &Roles::get);
  router.on<ops::ListRoles>(*this, &Roles::list);
  router.on<ops::UpdateRole>(*this, &Roles::update);
  router.on<ops::UpdateRoleDescription>(*this, &Roles::describe);
  router.on<ops::UpdateAssumeRolePolicy>(*this, &Roles::trust);
  router.on<ops::DeleteRole>(*this, &Roles::remove);
}

Async<api::iam::Role> show_role(Tables& tables, RoleRecord record) {
  api::iam::Role out{.path = record.path,
                     .role_name = record.name,
                     .role_id = record.id,
                     .arn = identity::iam_arn(tables.account, "role", record.path, record.name),
                     .create_date = record.created,
                     .description = record.description,
                     .max_session_duration = static_cast<int32_t>(record.max_session_seconds)};
  TRY(const std::string trust, co_await identity::effective_trust(tables.tx, std::move(record)));
  out.assume_role_policy_document = percent_encode(trust);
  co_return out;
}

Async<api::iam::RoleLastUsed> last_used(Tables& tables, std::string role_id) {
  api::iam::RoleLastUsed out;
  TRY(auto use, co_await identity::SharedTables(tables.tx).uses.get(Key(role_id)));
  if (use) {
    out.last_used_date = use->at;
    out.region = std::move(use->region);
  }
  co_return out;
}

Async<api::iam::Role> show_whole_role(Tables& tables, RoleRecord record) {
  TRY(api::iam::Role out, co_await show_role(tables, record));
  out.permissions_boundary = show_boundary(record.boundary);
  TRY(out.tags, co_await tags_if_any(tables, record.id));
  TRY(out.role_last_used, co_await last_used(tables, record.id));
  co_return out;
}

void erase_role(Tables& tables, const RoleRecord& record) {
  erase_named(tables, record);
  move_boundary(tables, record.id, record.boundary, "");
  identity::SharedTables(tables.tx).uses.erase(Key(record.id));
}

Async<api::iam::CreateRoleResponse> Roles::create(const wire::Call& call, api::iam::CreateRoleRequest input) {
  TRY_VOID(wire::refuse_given(input.max_signin_session_duration, "MaxSigninSessionDuration"));
  TRY(const identity::Policy trusted, parse_trust(input.assume_role_policy_document));
  RoleRecord record{.id = identity::make_id(parts_.random, "AROA"),
                    .name = input.role_name,
                    .path = input.path,
                    .created = parts_.now(),
                    .trust_policy = input.assume_role_policy_document,
                    .description = input.description,
                    .max_session_seconds = input.max_session_duration.value_or(3600)};
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreateRoleResponse> {
    Tables tables(tx, call.account);
    TRY_VOID(co_await check_new<RoleRecord>(tables, record.name));
    TRY(record.trusted_ids, co_await identity::trusted_ids(tx, call.account, trusted));
    TRY(record.boundary, co_await first_boundary(tables, record.id, input.permissions_boundary));
    TRY_VOID(co_await put_new(tables, record, input.tags));
    TRY(api::iam::Role role, co_await show_role(tables, record));
    // Only what was asked for is shown.
    role.max_session_duration = input.max_session_duration;
    role.permissions_boundary = show_boundary(record.boundary);
    role.tags = if_any(input.tags);
    co_return api::iam::CreateRoleResponse{.role = std::move(role)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetRoleResponse> Roles::get(const wire::Call& call, api::iam::GetRoleRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetRoleResponse> {
    Tables tables(tx, call.account);
    TRY(RoleRecord record, co_await find_named<RoleRecord>(tables, input.role_name));
    TRY(api::iam::Role role, co_await show_whole_role(tables, std::move(record)));
    co_return api::iam::GetRoleResponse{.role = std::move(role)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListRolesResponse> Roles::list(const wire::Call& call, api::iam::ListRolesRequest input) {
  co_return co_await list_by_path<ops::ListRoles>(parts_.store, call, std::move(input),
                                                  &api::iam::ListRolesResponse::roles, show_role);
}

Async<api::iam::UpdateRoleResponse> Roles::update(const wire::Call& call, api::iam::UpdateRoleRequest input) {
  // No role has one, so to reset it, which is always fine, changes nothing.
  TRY_VOID(wire::refuse_given(input.max_signin_session_duration, "MaxSigninSessionDuration"));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::UpdateRoleResponse> {
    Tables tables(tx, call.account);
    TRY(RoleRecord record, co_await modifiable_role(tables, input.role_name));
    if (input.description) record.description = input.description;
    if (input.max_session_duration) record.max_session_seconds = *input.max_session_duration;
    put_named(tables, record);
    co_return api::iam::UpdateRoleResponse{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::UpdateRoleDescriptionResponse> Roles::describe(const wire::Call& call,
                                                               api::iam::UpdateRoleDescriptionRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::UpdateRoleDescriptionResponse> {
    Tables tables(tx, call.account);
    // The one change that the role of a service allows.
    TRY(RoleRecord record, co_await find_named<RoleRecord>(tables, input.role_name));
    record.description = input.description;
    put_named(tables, record);
    TRY(api::iam::Role role, co_await show_role(tables, std::move(record)));
    co_return api::iam::UpdateRoleDescriptionResponse{.role = std::move(role)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::UpdateAssumeRolePolicy::Output> Roles::trust(const wire::Call& call,
                                                        api::iam::UpdateAssumeRolePolicyRequest input) {
  TRY(const identity::Policy trusted, parse_trust(input.policy_document));
  auto body = [&](store::Transaction& tx) -> Async<ops::UpdateAssumeRolePolicy::Output> {
    Tables tables(tx, call.account);
    TRY(RoleRecord record, co_await modifiable_role(tables, input.role_name));
    record.trust_policy = input.policy_document;
    TRY(record.trusted_ids, co_await identity::trusted_ids(tx, call.account, trusted));
    put_named(tables, record);
    co_return ops::UpdateAssumeRolePolicy::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteRole::Output> Roles::remove(const wire::Call& call, api::iam::DeleteRoleRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteRole::Output> {
    Tables tables(tx, call.account);
    TRY(const RoleRecord record, co_await modifiable_role(tables, input.role_name));
    TRY(const size_t profiles, co_await tables.profiles_of.count(Key(record.id), 1));
    if (profiles) co_return errors::must_first("remove roles from instance profile");
    TRY_VOID(co_await check_no_policies(tables, record.id));
    erase_role(tables, record);
    co_return ops::DeleteRole::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::iam
