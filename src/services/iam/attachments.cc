#include "services/iam/attachments.h"

#include "identity/arn.h"
#include "services/iam/limits.h"
#include "services/iam/managed.h"
#include "services/iam/named.h"

namespace hearth::services::iam {
namespace {

std::string_view quota_name(EntityKind kind) {
  if (kind == EntityKind::kUser) return "PoliciesPerUser";
  return kind == EntityKind::kGroup ? "PoliciesPerGroup" : "PoliciesPerRole";
}

// What of a record changes with its boundary.
template <typename R>
Async<void> set_boundary(Tables& tables, std::string name, std::string arn) {
  TRY(R record, co_await find_named<R>(tables, std::move(name)));
  move_boundary(tables, record.id, record.boundary, arn);
  record.boundary = std::move(arn);
  put_named(tables, record);
  co_return {};
}

}  // namespace

Async<std::string> boundary_arn(Tables& tables, std::string arn) {
  TRY(auto policy, co_await find_managed(tables, arn));
  if (!policy) {
    co_return errors::no_such_entity_exception(
        fmt::format("Scope ARN: {} does not exist or is not attachable.", arn));
  }
  co_return std::move(policy->arn);
}

Async<std::string> first_boundary(Tables& tables, std::string id, std::optional<std::string> arn) {
  if (!arn) co_return std::string();
  TRY(std::string stored, co_await boundary_arn(tables, *std::move(arn)));
  move_boundary(tables, id, "", stored);
  co_return stored;
}

void move_boundary(Tables& tables, const std::string& id, const std::string& from, const std::string& to) {
  if (!from.empty()) tables.bounds.erase(Key(from, id));
  if (!to.empty()) tables.bounds.put(Key(to, id), {});
}

std::optional<api::iam::AttachedPermissionsBoundary> show_boundary(const std::string& arn) {
  if (arn.empty()) return std::nullopt;
  return api::iam::AttachedPermissionsBoundary{.permissions_boundary_type = "Policy",
                                               .permissions_boundary_arn = arn};
}

Async<std::vector<api::iam::AttachedPolicy>> attached_policies(Tables& tables, std::string id) {
  TRY(auto arns, co_await identity::linked(tables.attached, id));
  std::vector<api::iam::AttachedPolicy> out;
  for (std::string& arn : arns) {
    out.push_back({.policy_name = arn.substr(arn.rfind('/') + 1), .policy_arn = std::move(arn)});
  }
  co_return out;
}

void attach_policy(Tables& tables, const std::string& id, const std::string& arn) {
  tables.attached.put(Key(id, arn), {});
  tables.attached_to.put(Key(arn, id), {});
}

void detach_policy(Tables& tables, const std::string& id, const std::string& arn) {
  tables.attached.erase(Key(id, arn));
  tables.attached_to.erase(Key(arn, id));
}

void Attachments::mount(wire::Router& router) {
  mount_for<OfUser>(router);
  mount_for<OfGroup>(router);
  mount_for<OfRole>(router);
  mount_boundaries<OfUser>(router);
  mount_boundaries<OfRole>(router);
}

template <typename Of>
void Attachments::mount_for(wire::Router& router) {
  router.on<typename Of::Attach>(*this, &Attachments::attach<Of>);
  router.on<typename Of::Detach>(*this, &Attachments::detach<Of>);
  router.on<typename Of::ListAttached>(*this, &Attachments::list<Of>);
}

template <typename Of>
void Attachments::mount_boundaries(wire::Router& router) {
  router.on<typename Of::PutBoundary>(*this, &Attachments::bound<Of>);
  router.on<typename Of::DeleteBoundary>(*this, &Attachments::unbound<Of>);
}

template <typename Of>
Async<typename Of::Attach::Output> Attachments::attach(const wire::Call& call,
                                                       typename Of::Attach::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::Attach::Output> {
    Tables tables(tx, call.account);
    TRY(const auto policy, co_await find_managed(tables, input.policy_arn));
    TRY(const Entity entity, co_await find_modifiable(tables, Of::kKind, Of::name(input)));
    if (!policy) co_return errors::policy_not_attachable(input.policy_arn);
    if (policy->of_aws && policy->path.starts_with("/aws-service-role/")) {
      co_return api::iam::errors::policy_not_attachable_exception(
          "Cannot attach a Service Role Policy to a Customer Role.");
    }
    TRY(const auto attached, co_await identity::linked(tables.attached, entity.id));
    if (std::ranges::find(attached, policy->arn) != attached.end()) co_return typename Of::Attach::Output{};
    if (attached.size() >= limits::kAttachedMax) {
      co_return errors::quota(quota_name(Of::kKind), limits::kAttachedMax);
    }
    attach_policy(tables, entity.id, policy->arn);
    co_return typename Of::Attach::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

template <typename Of>
Async<typename Of::Detach::Output> Attachments::detach(const wire::Call& call,
                                                       typename Of::Detach::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::Detach::Output> {
    Tables tables(tx, call.account);
    TRY(const auto policy, co_await find_managed(tables, input.policy_arn));
    TRY(const Entity entity, co_await find_modifiable(tables, Of::kKind, Of::name(input)));
    const std::string arn = policy ? policy->arn : input.policy_arn;
    TRY(const bool attached, co_await tables.attached.contains(Key(entity.id, arn)));
    if (!attached) co_return errors::policy_not_found(input.policy_arn);
    detach_policy(tables, entity.id, arn);
    co_return typename Of::Detach::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

template <typename Of>
Async<typename Of::ListAttached::Output> Attachments::list(const wire::Call& call,
                                                           typename Of::ListAttached::Input input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<typename Of::ListAttached::Output> {
    Tables tables(tx, call.account);
    TRY(const Entity entity, co_await find_entity(tables, Of::kKind, Of::name(input)));
    TRY(auto all, co_await attached_policies(tables, entity.id));
    if (input.path_prefix) {
      std::erase_if(all, [&](const api::iam::AttachedPolicy& policy) {
        return !identity::parse_iam_arn(*policy.policy_arn)->path.starts_with(*input.path_prefix);
      });
    }
    TRY(auto given, page_of(std::move(all), page));
    typename Of::ListAttached::Output out;
    out.attached_policies = std::move(given.first);
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

template <typename Of>
Async<typename Of::PutBoundary::Output> Attachments::bound(const wire::Call& call,
                                                           typename Of::PutBoundary::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::PutBoundary::Output> {
    Tables tables(tx, call.account);
    TRY(const Entity entity, co_await find_modifiable(tables, Of::kKind, Of::name(input)));
    TRY(const std::string arn, co_await boundary_arn(tables, input.permissions_boundary));
    TRY_VOID(co_await set_boundary<typename Of::Record>(tables, entity.name, arn));
    co_return typename Of::PutBoundary::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

template <typename Of>
Async<typename Of::DeleteBoundary::Output> Attachments::unbound(const wire::Call& call,
                                                                typename Of::DeleteBoundary::Input input) {
  auto body = [&](store::Transaction& tx) -> Async<typename Of::DeleteBoundary::Output> {
    Tables tables(tx, call.account);
    TRY(const Entity entity, co_await find_modifiable(tables, Of::kKind, Of::name(input)));
    if (entity.boundary.empty()) {
      co_return errors::no_such_entity_exception(fmt::format("{} {} does not have a permissions boundary.",
                                                             errors::capitalised(Of::kKind), entity.name));
    }
    TRY_VOID(co_await set_boundary<typename Of::Record>(tables, entity.name, ""));
    co_return typename Of::DeleteBoundary::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::iam
