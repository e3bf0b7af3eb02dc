#include "services/iam/service_linked_roles.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/attachments.h"
#include "services/iam/named.h"
#include "services/iam/roles.h"

namespace hearth::services::iam {
namespace {

using identity::RoleRecord;

std::string role_path(std::string_view service) {
  return "/aws-service-role/" + std::string(service) + "/";
}

std::string trust_of(std::string_view service) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],)"
                     R"("Effect":"Allow","Principal":{{"Service":["{}"]}}}}]}})",
                     service);
}

// Tasks are asked for within minutes.
constexpr auto kTaskTime = std::chrono::days(7);

Async<void> forget_old_tasks(Tables& tables, TimePoint now) {
  TRY(const auto tasks, co_await tables.deletions.all());
  for (const auto& entry : tasks) {
    if (now - entry.record.at > kTaskTime) tables.deletions.erase(Key::from_bytes(entry.key));
  }
  co_return {};
}

}  // namespace

void ServiceLinkedRoles::mount(wire::Router& router) {
  router.on<ops::CreateServiceLinkedRole>(*this, &ServiceLinkedRoles::create);
  router.on<ops::DeleteServiceLinkedRole>(*this, &ServiceLinkedRoles::remove);
  router.on<ops::GetServiceLinkedRoleDeletionStatus>(*this, &ServiceLinkedRoles::deletion);
}

Async<api::iam::CreateServiceLinkedRoleResponse> ServiceLinkedRoles::create(
    const wire::Call& call, api::iam::CreateServiceLinkedRoleRequest input) {
  const ServiceRole* known = find_service_role(input.aws_service_name);
  if (!known) {
    co_return errors::no_such_entity_exception("Cannot find Service Linked Role template for " +
                                               input.aws_service_name);
  }
  if (input.custom_suffix && !known->suffix) {
    co_return errors::invalid_input_exception("Custom suffix is not allowed for " + input.aws_service_name);
  }
  std::string name(known->name);
  if (input.custom_suffix) name += "_" + *input.custom_suffix;
  const RoleRecord record{.id = identity::make_id(parts_.random, "AROA"),
                          .name = name,
                          .path = role_path(known->service),
                          .created = parts_.now(),
                          .trust_policy = trust_of(known->service),
                          .description = input.description,
                          .service_linked = input.aws_service_name};
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreateServiceLinkedRoleResponse> {
    Tables tables(tx, call.account);
    TRY(const bool taken, co_await tables.roles.contains(Key(to_lower(name))));
    if (taken) {
      co_return errors::invalid_input_exception(fmt::format(
          "Service role name {} has been taken in this account, please try a different suffix.", name));
    }
    TRY_VOID(co_await check_room(tables, EntityKind::kRole));
    TRY_VOID(co_await put_new(tables, record, {}));
    if (!known->policy.empty()) {
      attach_policy(tables, record.id,
                    "arn:aws:iam::aws:policy/aws-service-role/" + std::string(known->policy));
    }
    TRY(api::iam::Role role, co_await show_role(tables, record));
    role.max_session_duration.reset();
    co_return api::iam::CreateServiceLinkedRoleResponse{.role = std::move(role)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::DeleteServiceLinkedRoleResponse> ServiceLinkedRoles::remove(
    const wire::Call& call, api::iam::DeleteServiceLinkedRoleRequest input) {
  const std::string uuid = parts_.random.uuid();
  auto body = [&](store::Transaction& tx) -> Async<api::iam::DeleteServiceLinkedRoleResponse> {
    Tables tables(tx, call.account);
    TRY(auto record, co_await tables.roles.get(Key(to_lower(input.role_name))));
    if (!record || record->service_linked.empty()) {
      co_return errors::not_found(EntityKind::kRole, input.role_name);
    }
    TRY_VOID(co_await forget_old_tasks(tables, parts_.now()));
    const std::string task = "task" + record->path + record->name + "/" + uuid;
    tables.deletions.put(Key(task), {.role_name = record->name, .at = parts_.now()});
    TRY(const auto attached, co_await identity::linked(tables.attached, record->id));
    for (const std::string& arn : attached) detach_policy(tables, record->id, arn);
    erase_role(tables, *record);
    co_return api::iam::DeleteServiceLinkedRoleResponse{.deletion_task_id = task};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetServiceLinkedRoleDeletionStatusResponse> ServiceLinkedRoles::deletion(
    const wire::Call& call, api::iam::GetServiceLinkedRoleDeletionStatusRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetServiceLinkedRoleDeletionStatusResponse> {
    TRY(const bool known, co_await Tables(tx, call.account).deletions.contains(Key(input.deletion_task_id)));
    if (!known) {
      co_return errors::no_such_entity_exception(
          fmt::format("The deletion task with id {} cannot be found.", input.deletion_task_id));
    }
    co_return api::iam::GetServiceLinkedRoleDeletionStatusResponse{.status = "SUCCEEDED"};
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
