#include "services/lambda/layer_policies.h"

#include <fmt/format.h>

#include "services/lambda/policy_statement.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;

// As the error names it.
constexpr std::string_view kReader = "GetLayerPolicy";

Async<void> require_version(Tables& tables, LayerRef ref) {
  TRY(const bool exists, co_await tables.layer_versions.contains(ref.key()));
  if (exists) co_return {};
  co_return errors::resource_not_found_exception(
      fmt::format("Layer version {} does not exist.", ref.version_arn()));
}

Async<PolicyRecord> require_policy(Tables& tables, LayerRef ref) {
  TRY_VOID(co_await require_version(tables, ref));
  TRY(auto policy, co_await tables.layer_policies.get(ref.key()));
  if (policy) co_return *std::move(policy);
  co_return errors::resource_not_found_exception("No policy is associated with the given resource.");
}

}  // namespace

void LayerPolicies::mount(wire::Router& router) {
  router.on<ops::AddLayerVersionPermission>(*this, &LayerPolicies::add);
  router.on<ops::RemoveLayerVersionPermission>(*this, &LayerPolicies::remove);
  router.on<ops::GetLayerVersionPolicy>(*this, &LayerPolicies::get);
}

Async<api::lambda::AddLayerVersionPermissionResponse> LayerPolicies::add(
    const wire::Call& call, api::lambda::AddLayerVersionPermissionRequest input) {
  TRY(const LayerRef ref, LayerRef::parse(call, input.layer_name, input.version_number));
  TRY(const std::string text, policy_statement(ref, input));
  const PolicyChange change{input.statement_id, input.revision_id, kReader, parts_.random.uuid()};
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_version(tables, ref));
    TRY(auto stored, co_await tables.layer_policies.get(ref.key()));
    PolicyRecord policy = std::move(stored).value_or(PolicyRecord{});
    TRY_VOID(add_statement(policy, change, text));
    tables.layer_policies.put(ref.key(), policy);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::lambda::AddLayerVersionPermissionResponse{.statement = text, .revision_id = change.revision};
}

Async<ops::RemoveLayerVersionPermission::Output> LayerPolicies::remove(
    const wire::Call& call, api::lambda::RemoveLayerVersionPermissionRequest input) {
  TRY(const LayerRef ref, LayerRef::parse(call, input.layer_name, input.version_number));
  const PolicyChange change{input.statement_id, input.revision_id, kReader, parts_.random.uuid()};
  auto body = [&](store::Transaction& tx) -> Async<ops::RemoveLayerVersionPermission::Output> {
    Tables tables(tx, ref);
    TRY(PolicyRecord policy, co_await require_policy(tables, ref));
    TRY_VOID(remove_statement(policy, change));
    if (policy.statements.empty()) {
      tables.layer_policies.erase(ref.key());
    } else {
      tables.layer_policies.put(ref.key(), policy);
    }
    co_return ops::RemoveLayerVersionPermission::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::GetLayerVersionPolicyResponse> LayerPolicies::get(
    const wire::Call& call, api::lambda::GetLayerVersionPolicyRequest input) {
  TRY(const LayerRef ref, LayerRef::parse(call, input.layer_name, input.version_number));
  auto body = [&](store::Transaction& tx) -> Async<PolicyRecord> {
    Tables tables(tx, ref);
    co_return co_await require_policy(tables, ref);
  };
  TRY(const PolicyRecord policy, co_await parts_.store.read(body));
  co_return api::lambda::GetLayerVersionPolicyResponse{.policy = document_of(policy),
                                                       .revision_id = policy.revision_id};
}

}  // namespace hearth::services::lambda
