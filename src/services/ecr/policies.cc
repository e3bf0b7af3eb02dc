#include "services/ecr/policies.h"

#include "identity/caller.h"
#include "identity/policy/evaluate.h"
#include "identity/request_context.h"
#include "services/ecr/lifecycle.h"

namespace hearth::services::ecr {
namespace {

namespace ops = api::ecr::ops;
using store::Key;

// Whether the caller could not set another policy after this one.
bool locks_out(const wire::Call& call, const RepositoryRef& ref, const RepositoryRecord& repository,
               identity::PolicyPtr policy) {
  const auto caller = std::dynamic_pointer_cast<const identity::Caller>(call.identity.details);
  if (!caller) return false;
  identity::AccessRequest request{.principal = caller->principal,
                                  .action = "ecr:SetRepositoryPolicy",
                                  .resource = ref.arn(),
                                  .resource_account = ref.account,
                                  .context = caller->context};
  identity::add_request_keys(call, request, request.context);
  identity::add_resource_tags(request.action, repository.tags, request.context);
  identity::PolicySet policies = caller->policies;
  policies.resource = std::move(policy);
  return !identity::evaluate(request, policies).allowed;
}

}  // namespace

void Policies::mount(wire::Router& router) {
  router.on<ops::SetRepositoryPolicy>(*this, &Policies::set);
  router.on<ops::GetRepositoryPolicy>(*this, &Policies::get);
  router.on<ops::DeleteRepositoryPolicy>(*this, &Policies::remove);
  router.on<ops::PutLifecyclePolicy>(*this, &Policies::put_lifecycle);
  router.on<ops::GetLifecyclePolicy>(*this, &Policies::get_lifecycle);
  router.on<ops::DeleteLifecyclePolicy>(*this, &Policies::remove_lifecycle);
}

Async<RepositoryRecord> Policies::change(RepositoryRef ref, const auto& change) {
  auto body = [&](store::Transaction& tx) -> Async<RepositoryRecord> {
    TRY(const RepositoryRecord before, co_await require_repository(tx, ref));
    RepositoryRecord record = before;
    const Status changed = change(record);
    if (!changed) co_return changed.error();
    repositories(tx, ref).put(Key(ref.name), record);
    co_return before;
  };
  co_return co_await parts_.store.transact(body);
}

Async<RepositoryRecord> Policies::read(RepositoryRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<RepositoryRecord> {
    co_return co_await require_repository(tx, ref);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::ecr::SetRepositoryPolicyResponse> Policies::set(const Call& call,
                                                           api::ecr::SetRepositoryPolicyRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  auto parsed = identity::Policy::parse(input.policy_text, identity::PolicyKind::kResource);
  if (!parsed) co_return errors::invalid_parameter("PolicyText", "Invalid repository policy provided");
  const auto policy = std::make_shared<const identity::Policy>(*std::move(parsed));
  const auto set = [&](RepositoryRecord& record) -> Status {
    if (!input.force.value_or(false) && locks_out(call, ref, record, policy)) {
      return fail(errors::invalid_parameter(
          "PolicyText", "The policy would prevent you from setting another one; set force to do so"));
    }
    record.policy = input.policy_text;
    return {};
  };
  TRY_VOID(co_await change(ref, set));
  co_return api::ecr::SetRepositoryPolicyResponse{
      .registry_id = ref.account, .repository_name = ref.name, .policy_text = input.policy_text};
}

Async<api::ecr::GetRepositoryPolicyResponse> Policies::get(const Call& call,
                                                           api::ecr::GetRepositoryPolicyRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  TRY(RepositoryRecord record, co_await read(ref));
  if (record.policy.empty()) co_return errors::no_policy(ref);
  co_return api::ecr::GetRepositoryPolicyResponse{
      .registry_id = ref.account, .repository_name = ref.name, .policy_text = std::move(record.policy)};
}

Async<api::ecr::DeleteRepositoryPolicyResponse> Policies::remove(
    const Call& call, api::ecr::DeleteRepositoryPolicyRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  const auto clear = [&](RepositoryRecord& record) -> Status {
    if (record.policy.empty()) return fail(errors::no_policy(ref));
    record.policy.clear();
    return {};
  };
  TRY(RepositoryRecord before, co_await change(ref, clear));
  co_return api::ecr::DeleteRepositoryPolicyResponse{
      .registry_id = ref.account, .repository_name = ref.name, .policy_text = std::move(before.policy)};
}

Async<api::ecr::PutLifecyclePolicyResponse> Policies::put_lifecycle(
    const Call& call, api::ecr::PutLifecyclePolicyRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  const auto policy = Lifecycle::parse(input.lifecycle_policy_text);
  if (!policy) co_return errors::invalid_parameter("LifecyclePolicyText", policy.error().message);
  const auto set = [&](RepositoryRecord& record) -> Status {
    record.lifecycle = input.lifecycle_policy_text;
    record.evaluated.reset();
    return {};
  };
  TRY_VOID(co_await change(ref, set));
  co_return api::ecr::PutLifecyclePolicyResponse{.registry_id = ref.account,
                                                 .repository_name = ref.name,
                                                 .lifecycle_policy_text = input.lifecycle_policy_text};
}

Async<api::ecr::GetLifecyclePolicyResponse> Policies::get_lifecycle(
    const Call& call, api::ecr::GetLifecyclePolicyRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  TRY(RepositoryRecord record, co_await read(ref));
  if (record.lifecycle.empty()) co_return errors::no_lifecycle_policy(ref);
  co_return api::ecr::GetLifecyclePolicyResponse{.registry_id = ref.account,
                                                 .repository_name = ref.name,
                                                 .lifecycle_policy_text = std::move(record.lifecycle),
                                                 .last_evaluated_at = record.evaluated};
}

Async<api::ecr::DeleteLifecyclePolicyResponse> Policies::remove_lifecycle(
    const Call& call, api::ecr::DeleteLifecyclePolicyRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  const auto clear = [&](RepositoryRecord& record) -> Status {
    if (record.lifecycle.empty()) return fail(errors::no_lifecycle_policy(ref));
    record.lifecycle.clear();
    record.evaluated.reset();
    return {};
  };
  TRY(RepositoryRecord before, co_await change(ref, clear));
  co_return api::ecr::DeleteLifecyclePolicyResponse{.registry_id = ref.account,
                                                    .repository_name = ref.name,
                                                    .lifecycle_policy_text = std::move(before.lifecycle),
                                                    .last_evaluated_at = before.evaluated};
}

}  // namespace hearth::services::ecr
