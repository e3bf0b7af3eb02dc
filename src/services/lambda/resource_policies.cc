#include "services/lambda/resource_policies.h"

#include <fmt/format.h>

#include "base/json.h"
#include "identity/policy/policy.h"
#include "services/lambda/policies.h"
#include "services/lambda/policy_statement.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;

Result<FunctionRef> function_of(const wire::Call& call, const std::string& arn) {
  if (arn.find(":runtime/") != std::string::npos)
    return fail(wire::not_implemented("customer-managed runtimes"));
  TRY_SYNC(FunctionRef ref, FunctionRef::parse(call, arn));
  if (ref.qualifier == kLatest)
    return fail(errors::invalid_parameter_value_exception(
        "We currently do not support adding policies for $LATEST."));
  return ref;
}

// Its statements are about the function alone.
Status check_resource(const json::object& statement, const std::string& arn) {
  const json::value* resource = statement.if_contains("Resource");
  const auto is_own = [&](const json::value& one) { return one.is_string() && one.as_string() == arn; };
  const json::array* list = resource ? resource->if_array() : nullptr;
  if (resource && (list ? std::ranges::all_of(*list, is_own) : is_own(*resource))) return {};
  return fail(errors::invalid_parameter_value_exception(
      fmt::format("The resource of each statement must be {}.", arn)));
}

Result<PolicyRecord> policy_of(const std::string& text, const FunctionRef& ref) {
  const auto policy = identity::Policy::parse(text, identity::PolicyKind::kResource);
  if (!policy)
    return fail(errors::invalid_parameter_value_exception("The provided policy is invalid: " +
                                                          policy.error().message));
  TRY_SYNC(json::value document, parse_json(text));
  PolicyRecord record{.document = text};
  json::value& statements = document.as_object()["Statement"];
  if (!statements.is_array()) statements = json::array{statements};
  for (const json::value& statement : statements.as_array()) {
    const json::object& members = statement.as_object();
    TRY_SYNC_VOID(check_resource(members, ref.qualified_arn()));
    const json::value* id = members.if_contains("Sid");
    record.statements.emplace_back(id ? std::string(id->as_string()) : std::string(), to_text(statement));
  }
  return record;
}

}  // namespace

void ResourcePolicies::mount(wire::Router& router) {
  router.on<ops::PutResourcePolicy>(*this, &ResourcePolicies::put);
  router.on<ops::GetResourcePolicy>(*this, &ResourcePolicies::get);
  router.on<ops::DeleteResourcePolicy>(*this, &ResourcePolicies::remove);
}

Async<api::lambda::PutResourcePolicyResponse> ResourcePolicies::put(
    const wire::Call& call, api::lambda::PutResourcePolicyRequest input) {
  TRY(const FunctionRef ref, function_of(call, input.resource_arn));
  TRY(PolicyRecord policy, policy_of(input.policy, ref));
  policy.revision_id = parts_.random.uuid();
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_policy_target(tx, ref));
    TRY(const auto before, co_await tables.policies.get(policy_key(ref)));
    TRY_VOID(check_revision(before.value_or(PolicyRecord{}), input.revision_id, "GetResourcePolicy"));
    tables.policies.put(policy_key(ref), policy);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::lambda::PutResourcePolicyResponse{.policy = policy.document,
                                                   .revision_id = policy.revision_id};
}

Async<api::lambda::GetResourcePolicyResponse> ResourcePolicies::get(
    const wire::Call& call, api::lambda::GetResourcePolicyRequest input) {
  TRY(const FunctionRef ref, function_of(call, input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::GetResourcePolicyResponse> {
    TRY_VOID(co_await require_policy_target(tx, ref));
    TRY(const auto policy, co_await Tables(tx, ref).policies.get(policy_key(ref)));
    if (!policy) co_return errors::resource_not_found_exception("The resource you requested does not exist.");
    co_return api::lambda::GetResourcePolicyResponse{.policy = document_of(*policy),
                                                     .revision_id = policy->revision_id};
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::DeleteResourcePolicy::Output> ResourcePolicies::remove(
    const wire::Call& call, api::lambda::DeleteResourcePolicyRequest input) {
  TRY(const FunctionRef ref, function_of(call, input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteResourcePolicy::Output> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_policy_target(tx, ref));
    TRY(const auto policy, co_await tables.policies.get(policy_key(ref)));
    if (!policy) {
      co_return errors::resource_not_found_exception("No policy is associated with the given resource.");
    }
    TRY_VOID(check_revision(*policy, input.revision_id, "GetResourcePolicy"));
    tables.policies.erase(policy_key(ref));
    co_return ops::DeleteResourcePolicy::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::lambda
