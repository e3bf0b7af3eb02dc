#include "services/lambda/role_check.h"

#include "api/lambda.h"

namespace hearth::services::lambda {
namespace {
constexpr std::string_view kPrincipal = "lambda.amazonaws.com";
}

Async<void> check_role(const Parts& parts, const wire::Call& call, FunctionRef ref, std::string role_arn) {
  const Status passed = co_await parts.roles.check_pass(
      call, {.role_arn = std::move(role_arn), .service = std::string(kPrincipal), .resource_arn = ref.arn()},
      parts.authorizer);
  if (passed) co_return {};
  if (passed.error().code != "RoleNotAssumable") co_return passed.error();
  co_return api::lambda::errors::invalid_parameter_value_exception(
      "The role defined for the function cannot be assumed by Lambda.");
}

Async<bool> role_may_invoke(const Parts& parts, FunctionRef ref, std::string role_arn, FunctionRef target) {
  auto role = co_await parts.roles.act_as({.role_arn = std::move(role_arn),
                                           .session_name = ref.name,
                                           .service = std::string(kPrincipal),
                                           .resource_arn = ref.arn()});
  if (!role) {
    if (role.error().code == "RoleNotAssumable") co_return false;
    co_return role.error();
  }
  const wire::Call call{.account = ref.account,
                        .region = target.region,
                        .identity = *std::move(role),
                        .operation = &api::lambda::ops::Invoke::kInfo,
                        .received_at = parts.clock.now()};
  const Status allowed = co_await parts.authorizer.authorize(
      call, {.action = "lambda:InvokeFunction", .resource = target.qualified_arn()});
  if (allowed) co_return true;
  if (allowed.error().code == wire::access_denied(call, {}).code) co_return false;
  co_return allowed.error();
}

}  // namespace hearth::services::lambda
