#include "services/iam/instance_profiles.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/limits.h"
#include "services/iam/named.h"
#include "services/iam/roles.h"

namespace hearth::services::iam {
namespace {

using identity::InstanceProfileRecord;

Async<InstanceProfileRecord> profile_named(Tables& tables, std::string name) {
  return find_named<InstanceProfileRecord>(tables, std::move(name));
}

}  // namespace

Async<api::iam::InstanceProfile> show_profile(Tables& tables, InstanceProfileRecord record) {
  api::iam::InstanceProfile out{
      .path = record.path,
      .instance_profile_name = record.name,
      .instance_profile_id = record.id,
      .arn = identity::iam_arn(tables.account, "instance-profile", record.path, record.name),
      .create_date = record.created};
  if (record.role_id.empty()) co_return out;
  TRY(auto role, co_await identity::role_of_id(tables, record.role_id));
  if (!role) co_return out;
  TRY(api::iam::Role shown, co_await show_role(tables, *std::move(role)));
  shown.max_session_duration.reset();
  out.roles.push_back(std::move(shown));
  co_return out;
}

Async<std::vector<api::iam::InstanceProfile>> profiles_of_role(Tables& tables, std::string role_id) {
  TRY(const auto names, co_await identity::linked(tables.profiles_of, role_id));
  std::vector<api::iam::InstanceProfile> out;
  for (const std::string& name : names) {
    TRY(InstanceProfileRecord record, co_await profile_named(tables, name));
    TRY(auto profile, co_await show_profile(tables, std::move(record)));
    out.push_back(std::move(profile));
  }
  co_return out;
}

void InstanceProfiles::mount(wire::Router& router) {
  router.on<ops::CreateInstanceProfile>(*this, &InstanceProfiles::create);
  router.on<ops::GetInstanceProfile>(*this, &InstanceProfiles::get);
  router.on<ops::ListInstanceProfiles>(*this, &InstanceProfiles::list);
  router.on<ops::DeleteInstanceProfile>(*this, &InstanceProfiles::remove);
  router.on<ops::AddRoleToInstanceProfile>(*this, &InstanceProfiles::add_role);
  router.on<ops::RemoveRoleFromInstanceProfile>(*this, &InstanceProfiles::remove_role);
  router.on<ops::ListInstanceProfilesForRole>(*this, &InstanceProfiles::list_for_role);
}

Async<api::iam::CreateInstanceProfileResponse> InstanceProfiles::create(
    const wire::Call& call, api::iam::CreateInstanceProfileRequest input) {
  const InstanceProfileRecord record{.id = identity::make_id(parts_.random, "AIPA"),
                                     .name = input.instance_profile_name,
                                     .path = input.path,
                                     .created = parts_.now()};
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreateInstanceProfileResponse> {
    Tables tables(tx, call.account);
    TRY_VOID(co_await check_new<InstanceProfileRecord>(tables, record.name));
    TRY_VOID(co_await put_new(tables, record, input.tags));
    TRY(auto profile, co_await show_profile(tables, record));
    profile.tags = if_any(input.tags);
    co_return api::iam::CreateInstanceProfileResponse{.instance_profile = std::move(profile)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetInstanceProfileResponse> InstanceProfiles::get(const wire::Call& call,
                                                                  api::iam::GetInstanceProfileRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetInstanceProfileResponse> {
    Tables tables(tx, call.account);
    TRY(const InstanceProfileRecord record, co_await profile_named(tables, input.instance_profile_name));
    TRY(auto profile, co_await show_profile(tables, record));
    TRY(profile.tags, co_await tags_of(tables, record.id));
    co_return api::iam::GetInstanceProfileResponse{.instance_profile = std::move(profile)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListInstanceProfilesResponse> InstanceProfiles::list(
    const wire::Call& call, api::iam::ListInstanceProfilesRequest input) {
  co_return co_await list_by_path<ops::ListInstanceProfiles>(
      parts_.store, call, std::move(input), &api::iam::ListInstanceProfilesResponse::instance_profiles,
      show_profile);
}

Async<ops::DeleteInstanceProfile::Output> InstanceProfiles::remove(
    const wire::Call& call, api::iam::DeleteInstanceProfileRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteInstanceProfile::Output> {
    Tables tables(tx, call.account);
    TRY(const InstanceProfileRecord record, co_await profile_named(tables, input.instance_profile_name));
    if (!record.role_id.empty()) co_return errors::must_first("remove roles from instance profile");
    erase_named(tables, record);
    co_return ops::DeleteInstanceProfile::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::AddRoleToInstanceProfile::Output> InstanceProfiles::add_role(
    const wire::Call& call, api::iam::AddRoleToInstanceProfileRequest input) {
  TRY(const auto passed, co_await parts_.directory.role(call.account, input.role_name));
  if (!passed) co_return errors::not_found(EntityKind::kRole, input.role_name);
  TRY_VOID(co_await parts_.authorizer.authorize(
      call, {.action = "iam:PassRole",
             .resource = passed->arn,
             .conditions = {{"iam:PassedToService", {"ec2.amazonaws.com"}}}}));
  auto body = [&](store::Transaction& tx) -> Async<ops::AddRoleToInstanceProfile::Output> {
    Tables tables(tx, call.account);
    TRY(InstanceProfileRecord record, co_await profile_named(tables, input.instance_profile_name));
    TRY(const Entity role, co_await find_modifiable(tables, EntityKind::kRole, input.role_name));
    if (!record.role_id.empty()) co_return errors::quota("InstanceSessionsPerInstanceProfile", 1);
    TRY(const size_t profiles, co_await tables.profiles_of.count(Key(role.id)));
    if (profiles >= limits::kProfilesOfRoleMax) {
      co_return errors::quota("InstanceProfilesPerRole", limits::kProfilesOfRoleMax);
    }
    record.role_id = role.id;
    put_named(tables, record);
    tables.profiles_of.put(Key(role.id, to_lower(record.name)), {});
    co_return ops::AddRoleToInstanceProfile::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::RemoveRoleFromInstanceProfile::Output> InstanceProfiles::remove_role(
    const wire::Call& call, api::iam::RemoveRoleFromInstanceProfileRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::RemoveRoleFromInstanceProfile::Output> {
    Tables tables(tx, call.account);
    TRY(InstanceProfileRecord record, co_await profile_named(tables, input.instance_profile_name));
    TRY(const Entity role, co_await find_entity(tables, EntityKind::kRole, input.role_name));
    if (record.role_id != role.id) co_return errors::not_found(EntityKind::kRole, input.role_name);
    record.role_id.clear();
    put_named(tables, record);
    tables.profiles_of.erase(Key(role.id, to_lower(record.name)));
    co_return ops::RemoveRoleFromInstanceProfile::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::ListInstanceProfilesForRoleResponse> InstanceProfiles::list_for_role(
    const wire::Call& call, api::iam::ListInstanceProfilesForRoleRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListInstanceProfilesForRoleResponse> {
    Tables tables(tx, call.account);
    TRY(const Entity role, co_await find_entity(tables, EntityKind::kRole, input.role_name));
    const auto show = [&](auto entry) -> Async<std::optional<api::iam::InstanceProfile>> {
      TRY(const auto key, (store::parse_key<std::string, std::string>(entry.key)));
      TRY(InstanceProfileRecord record, co_await profile_named(tables, std::get<1>(key)));
      TRY(auto profile, co_await show_profile(tables, std::move(record)));
      co_return std::move(profile);
    };
    api::iam::ListInstanceProfilesForRoleResponse out;
    TRY_VOID(co_await fill_page(tables.profiles_of, Key(role.id), page, show, out.instance_profiles, out));
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
