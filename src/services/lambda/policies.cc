#include "services/lambda/policies.h"

#include <fmt/format.h>

#include "services/lambda/limits.h"
#include "services/lambda/policy_statement.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

constexpr std::string_view kPolicyRevisionMismatch =
    "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the "
    "latest "
    "Revision Id";

Key key_of(const FunctionRef& ref) {
  return Key(ref.name, ref.qualifier);
}

std::string document_of(const PolicyRecord& policy) {
  std::string text = R"({"Version":"2012-10-17","Id":"default","Statement":[)";
  for (const auto& [id, statement] : policy.statements) {
    if (text.back() != '[') text += ',';
    text += statement;
  }
  return text + "]}";
}

// The function, and the version or alias where one is named, must be there.
Async<void> require_target(store::Transaction& tx, FunctionRef ref) {
  if (ref.qualifier.empty()) {
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
  } else {
    TRY_VOID(co_await resolve(tx, ref));
  }
  co_return {};
}

}  // namespace

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
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::AddPermissionResponse> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_target(tx, ref));
    TRY(auto stored, co_await tables.policies.get(key_of(ref)));
    PolicyRecord policy = std::move(stored).value_or(PolicyRecord{});
    if (input.revision_id && *input.revision_id != policy.revision_id) {
      co_return errors::precondition_failed_exception(std::string(kPolicyRevisionMismatch));
    }
    for (const auto& [id, unused] : policy.statements) {
      if (id != input.statement_id) continue;
      co_return errors::resource_conflict_exception(fmt::format(
          "The statement id ({}) provided already exists. Please provide a new statement id, or remove the "
          "existing statement.",
          id));
    }
    policy.statements.emplace_back(input.statement_id, text);
    const size_t size = document_of(policy).size();
    if (size > limits::kPolicyBytesMax) {
      co_return errors::policy_length_exceeded_exception(fmt::format(
          "The final policy size ({}) is bigger than the limit ({}).", size, limits::kPolicyBytesMax));
    }
    policy.revision_id = parts_.random.uuid();
    tables.policies.put(key_of(ref), policy);
    co_return api::lambda::AddPermissionResponse{.statement = text};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::RemovePermission::Output> Policies::remove(const wire::Call& call,
                                                      api::lambda::RemovePermissionRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<ops::RemovePermission::Output> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_target(tx, ref));
    TRY(auto policy, co_await tables.policies.get(key_of(ref)));
    if (!policy) {
      co_return errors::resource_not_found_exception("No policy is associated with the given resource.");
    }
    if (input.revision_id && *input.revision_id != policy->revision_id) {
      co_return errors::precondition_failed_exception(std::string(kPolicyRevisionMismatch));
    }
    const size_t removed = std::erase_if(
        policy->statements, [&](const auto& entry) { return entry.first == input.statement_id; });
    if (removed == 0) {
      co_return errors::resource_not_found_exception(
          fmt::format("Statement {} is not found in resource policy.", input.statement_id));
    }
    policy->revision_id = parts_.random.uuid();
    if (policy->statements.empty()) {
      tables.policies.erase(key_of(ref));
    } else {
      tables.policies.put(key_of(ref), *policy);
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
    TRY_VOID(co_await require_target(tx, ref));
    TRY(const auto policy, co_await tables.policies.get(key_of(ref)));
    if (!policy) co_return errors::resource_not_found_exception("The resource you requested does not exist.");
    co_return api::lambda::GetPolicyResponse{.policy = document_of(*policy),
                                             .revision_id = policy->revision_id};
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::lambda
