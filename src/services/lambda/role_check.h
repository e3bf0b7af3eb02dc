// What is asked of a function's execution role.
#pragma once
#include "services/lambda/function_ref.h"
#include "services/lambda/parts.h"

namespace hearth::services::lambda {

// The caller may pass it to Lambda, and it trusts Lambda. In the service's words.
Async<void> check_role(const Parts& parts, const wire::Call& call, FunctionRef ref, std::string role_arn);

// Whether a function's role lets the service invoke another one for it: what its asynchronous invokes end in.
Async<bool> role_may_invoke(const Parts& parts, FunctionRef ref, std::string role_arn, FunctionRef target);

}  // namespace hearth::services::lambda
