#include "services/lambda/policy_statement.h"

#include <fmt/format.h>

#include "base/json.h"
#include "services/lambda/limits.h"

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

Status check_revision(const PolicyRecord& policy, const std::optional<std::string>& expected,
                      std::string_view reader) {
  if (!expected || *expected == policy.revision_id) return {};
  return fail(errors::precondition_failed_exception(fmt::format(
      "The Revision Id provided does not match the latest Revision Id. Call the {} API to retrieve "
      "the latest Revision Id",
      reader)));
}

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

Result<std::string> policy_statement(const LayerRef& ref,
                                     const api::lambda::AddLayerVersionPermissionRequest& input) {
  TRY_SYNC(auto principal, principal_of(input.principal));
  json::object statement{{"Sid", input.statement_id},
                         {"Effect", "Allow"},
                         {"Principal", std::move(principal)},
                         {"Action", input.action},
                         {"Resource", ref.version_arn()}};
  if (input.organization_id) {
    statement["Condition"] =
        json::object{{"StringEquals", json::object{{"aws:PrincipalOrgID", *input.organization_id}}}};
  }
  return to_text(statement);
}

Status add_statement(PolicyRecord& policy, const PolicyChange& change, std::string statement) {
  TRY_SYNC_VOID(check_revision(policy, change.expected_revision, change.reader));
  for (const auto& [id, unused] : policy.statements) {
    if (id != change.statement_id) continue;
    return fail(errors::resource_conflict_exception(fmt::format(
        "The statement id ({}) provided already exists. Please provide a new statement id, or remove the "
        "existing statement.",
        id)));
  }
  policy.document.clear();
  policy.statements.emplace_back(change.statement_id, std::move(statement));
  const size_t size = document_of(policy).size();
  if (size > limits::kPolicyBytesMax) {
    policy.statements.pop_back();
    return fail(errors::policy_length_exceeded_exception(fmt::format(
        "The final policy size ({}) is bigger than the limit ({}).", size, limits::kPolicyBytesMax)));
  }
  policy.revision_id = change.revision;
  return {};
}

Status remove_statement(PolicyRecord& policy, const PolicyChange& change) {
  TRY_SYNC_VOID(check_revision(policy, change.expected_revision, change.reader));
  const size_t removed =
      std::erase_if(policy.statements, [&](const auto& entry) { return entry.first == change.statement_id; });
  if (removed == 0) {
    return fail(errors::resource_not_found_exception(
        fmt::format("Statement {} is not found in resource policy.", change.statement_id)));
  }
  policy.document.clear();
  policy.revision_id = change.revision;
  return {};
}

std::string document_of(const PolicyRecord& policy) {
  if (!policy.document.empty()) return policy.document;
  std::string text = R"({"Version":"2012-10-17","Id":"default","Statement":[)";
  for (const auto& [id, statement] : policy.statements) {
    if (text.back() != '[') text += ',';
    text += statement;
  }
  return text + "]}";
}

}  // namespace hearth::services::lambda
