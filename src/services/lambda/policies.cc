#include "services/lambda/policies.h"

#include <fmt/format.h>

#include "base/json.h"
#include "services/lambda/limits.h"

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

Result<json::value> principal_of(const std::string& principal) {
  if (principal == "*") return json::value("*");
  if (principal.size() == 12 && is_number(principal)) {
    return json::value(json::object{{"AWS", "arn:aws:iam::" + principal + ":root"}});
  }
  if (principal.starts_with("arn:")) return json::value(json::object{{"AWS", principal}});
  if (principal.find('.') != std::string::npos) return json::value(json::object{{"Service", principal}});
  return fail(errors::invalid_parameter_value_exception(
      "The provided principal was invalid. Please check the principal and try again."));
}

Result<json::object> statement_of(const FunctionRef& ref, const api::lambda::AddPermissionRequest& input) {
  TRY_SYNC(auto principal, principal_of(input.principal));
  json::object statement{{"Sid", input.statement_id},
                         {"Effect", "Allow"},
                         {"Principal", std::move(principal)},
                         {"Action", input.action},
                         {"Resource", ref.qualified_arn()}};
  json::object condition;
  auto add = [&](const char* test, const char* key, const json::value& value) {
    if (!condition.contains(test)) condition[test] = json::object();
    condition[test].as_object()[key] = value;
  };
  auto equals = [&](const char* key, const std::optional<std::string>& value) {
    if (value) add("StringEquals", key, json::value(*value));
  };
  equals("AWS:SourceAccount", input.source_account);
  equals("aws:PrincipalOrgID", input.principal_org_id);
  equals("lambda:EventSourceToken", input.event_source_token);
  equals("lambda:FunctionUrlAuthType", input.function_url_auth_type);
  if (input.source_arn) add("ArnLike", "AWS:SourceArn", json::value(*input.source_arn));
  if (input.invoked_via_function_url) {
    add("Bool", "lambda:InvokedViaFunctionUrl",
        json::value(*input.invoked_via_function_url ? "true" : "false"));
  }
  if (!condition.empty()) statement["Condition"] = std::move(condition);
  return statement;
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
  TRY(const json::object statement, statement_of(ref, input));
  const std::string text = to_text(statement);
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
