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

}  // namespace hearth::services::lambda
