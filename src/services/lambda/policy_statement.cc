#include "services/lambda/policy_statement.h"

#include "base/json.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

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

}  // namespace

Result<std::string> policy_statement(const FunctionRef& ref, const api::lambda::AddPermissionRequest& input) {
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
  return to_text(statement);
}

}  // namespace hearth::services::lambda
