#include "services/lambda/policies.h"

#include "services/lambda/policy_statement.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

}  // namespace

Key policy_key(const FunctionRef& ref) {
  return Key(ref.name, ref.qualifier);
}

Async<void> require_policy_target(store::Transaction& tx, FunctionRef ref) {
  if (ref.qualifier.empty()) {
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
  } else {
    TRY_VOID(co_await resolve(tx, ref));
  }
  co_return {};
}

void Policies::mount(wire::Router& router) {
  router.on<ops::AddPermission>(*this, &Policies::add);
  router.on<ops::RemovePermission>(*this, &Policies::remove);
  router.on<ops::GetPolicy>(*this, &Policies::get);
}

Async<api::lambda::AddPermissionResponse> Policies::add(const wire::Call& call,
                                                        api::lambda::AddPermissionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  if (ref.qualifier == kLatest) {
    co_return errors::invalid_parameter_value_exception(
        "We currently do not support adding policies for $LATEST.");
  }
  TRY(const std::string text, policy_statement(ref, input));
  const PolicyChange change{input.statement_id, input.revision_id, "GetPolicy", parts_.random.uuid()};
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::AddPermissionResponse> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_policy_target(tx, ref));
    TRY(auto stored, co_await tables.policies.get(policy_key(ref)));
    PolicyRecord policy = std::move(stored).value_or(PolicyRecord{});
    TRY_VOID(add_statement(policy, change, text));
    tables.policies.put(policy_key(ref), policy);
    co_return api::lambda::AddPermissionResponse{.statement = text};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::RemovePermission::Output> Policies::remove(const wire::Call& call,
                                                      api::lambda::RemovePermissionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  const PolicyChange change{input.statement_id, input.revision_id, "GetPolicy", parts_.random.uuid()};
  auto body = [&](store::Transaction& tx) -> Async<ops::RemovePermission::Output> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_policy_target(tx, ref));
    TRY(auto policy, co_await tables.policies.get(policy_key(ref)));
    if (!policy) {
      co_return errors::resource_not_found_exception("No policy is associated with the given resource.");
    }
    TRY_VOID(remove_statement(*policy, change));
    if (policy->statements.empty()) {
      tables.policies.erase(policy_key(ref));
    } else {
      tables.policies.put(policy_key(ref), *policy);
    }
    co_return ops::RemovePermission::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::GetPolicyResponse> Policies::get(const wire::Call& call,
                                                    api::lambda::GetPolicyRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::GetPolicyResponse> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_policy_target(tx, ref));
    TRY(const auto policy, co_await tables.policies.get(policy_key(ref)));
    if (!policy) co_return errors::resource_not_found_exception("The resource you requested does not exist.");
    co_return api::lambda::GetPolicyResponse{.policy = document_of(*policy),
                                             .revision_id = policy->revision_id};
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::lambda
