#include "services/signer/permissions.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "services/signer/profiles.h"

namespace hearth::services::signer {
namespace {

namespace errors = api::signer::errors;
namespace ops = api::signer::ops;
using store::Key;

constexpr std::array<std::string_view, 4> kActions = {"signer:StartSigningJob", "signer:SignPayload",
                                                      "signer:GetSigningProfile", "signer:RevokeSignature"};
constexpr size_t kPolicyBytesMax = 20 * 1024;
constexpr size_t kAccountDigits = 12;

bool is_account(std::string_view text) {
  return text.size() == kAccountDigits && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Status check(const api::signer::AddProfilePermissionRequest& input) {
  if (std::ranges::find(kActions, input.action) == kActions.end())
    return fail(errors::validation_exception("The action " + input.action + " is not supported"));
  if (!is_account(input.principal) && !input.principal.starts_with("arn:aws:iam::"))
    return fail(errors::validation_exception("The principal " + input.principal + " is not valid"));
  return {};
}

json::object statement_of(const ProfilePermission& permission) {
  const std::string& principal = permission.principal;
  return {{"Sid", permission.id},
          {"Effect", "Allow"},
          {"Principal", {{"AWS", is_account(principal) ? "arn:aws:iam::" + principal + ":root" : principal}}},
          {"Action", permission.action},
          {"Resource", "*"}};
}

std::string document_of(json::array statements) {
  return to_text(json::object{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

std::string document_of(const PermissionsRecord& record) {
  json::array statements;
  for (const ProfilePermission& permission : record.permissions)
    statements.push_back(statement_of(permission));
  return document_of(std::move(statements));
}

Error changed() {
  return errors::conflict_exception("The revision of the profile's permissions is another by now");
}

}  // namespace

std::string policy_text(const PermissionsRecord& record, const std::string& version) {
  json::array statements;
  for (const ProfilePermission& permission : record.permissions) {
    if (permission.version.empty() || permission.version == version)
      statements.push_back(statement_of(permission));
  }
  return statements.empty() ? "" : document_of(std::move(statements));
}

void Permissions::mount(wire::Router& router) {
  router.on<ops::AddProfilePermission>(*this, &Permissions::add);
  router.on<ops::ListProfilePermissions>(*this, &Permissions::list);
  router.on<ops::RemoveProfilePermission>(*this, &Permissions::remove);
}

Async<api::signer::AddProfilePermissionResponse> Permissions::add(
    const wire::Call& call, api::signer::AddProfilePermissionRequest input) {
  TRY_VOID(check(input));
  const ProfileRef ref = ProfileRef::of(call, input.profile_name);
  const std::string revision = parts_.random.uuid();
  const ProfilePermission added{.id = input.statement_id,
                                .action = input.action,
                                .principal = input.principal,
                                .version = input.profile_version.value_or("")};
  auto body = [&](store::Transaction& tx) -> Async<api::signer::AddProfilePermissionResponse> {
    TRY_VOID(co_await require_profile(tx, ref));
    Tables tables(tx, ref);
    TRY(auto stored, co_await tables.permissions.get(Key(ref.name)));
    PermissionsRecord record = std::move(stored).value_or(PermissionsRecord{});
    if (input.revision_id && *input.revision_id != record.revision) co_return changed();
    if (std::ranges::find(record.permissions, added.id, &ProfilePermission::id) != record.permissions.end())
      co_return errors::conflict_exception("The statement id " + added.id + " is there already");
    record.permissions.push_back(added);
    if (document_of(record).size() > kPolicyBytesMax)
      co_return errors::service_limit_exceeded_exception("The policy of the profile is too large");
    record.revision = revision;
    tables.permissions.put(Key(ref.name), record);
    co_return api::signer::AddProfilePermissionResponse{.revision_id = revision};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::signer::ListProfilePermissionsResponse> Permissions::list(
    const wire::Call& call, api::signer::ListProfilePermissionsRequest input) {
  const ProfileRef ref = ProfileRef::of(call, input.profile_name);
  auto body = [&](store::Transaction& tx) -> Async<std::optional<PermissionsRecord>> {
    TRY_VOID(co_await require_profile(tx, ref));
    co_return co_await Tables(tx, ref).permissions.get(Key(ref.name));
  };
  TRY(const auto record, co_await parts_.store.read(body));
  api::signer::ListProfilePermissionsResponse out{.policy_size_bytes = 0};
  out.permissions.emplace();
  if (!record) co_return out;
  out.revision_id = record->revision;
  out.policy_size_bytes = static_cast<int32_t>(document_of(*record).size());
  for (const ProfilePermission& permission : record->permissions) {
    api::signer::Permission shown{
        .action = permission.action, .principal = permission.principal, .statement_id = permission.id};
    if (!permission.version.empty()) shown.profile_version = permission.version;
    out.permissions->push_back(std::move(shown));
  }
  co_return out;
}

Async<api::signer::RemoveProfilePermissionResponse> Permissions::remove(
    const wire::Call& call, api::signer::RemoveProfilePermissionRequest input) {
  const ProfileRef ref = ProfileRef::of(call, input.profile_name);
  const std::string revision = parts_.random.uuid();
  auto body = [&](store::Transaction& tx) -> Async<api::signer::RemoveProfilePermissionResponse> {
    TRY_VOID(co_await require_profile(tx, ref));
    Tables tables(tx, ref);
    TRY(auto stored, co_await tables.permissions.get(Key(ref.name)));
    PermissionsRecord record = std::move(stored).value_or(PermissionsRecord{});
    const auto named = [&](const ProfilePermission& one) { return one.id == input.statement_id; };
    if (std::ranges::none_of(record.permissions, named))
      co_return errors::resource_not_found_exception("Statement " + input.statement_id + " not found");
    if (input.revision_id != record.revision) co_return changed();
    std::erase_if(record.permissions, named);
    record.revision = revision;
    tables.permissions.put(Key(ref.name), record);
    co_return api::signer::RemoveProfilePermissionResponse{.revision_id = revision};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::signer
