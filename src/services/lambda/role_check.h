// What is asked of a function's execution role.
#pragma once
#include "services/lambda/function_ref.h"
#include "services/lambda/parts.h"

namespace hearth::services::lambda {

// The caller may pass it to Lambda, and it trusts Lambda. In the service's words.
Async<void> check_role(const Parts& parts, const wire::Call& call, FunctionRef ref, std::string role_arn);

}  // namespace hearth::services::lambda
