// A permission as a statement of the policy language.
#pragma once
#include <string>

#include "api/lambda.h"
#include "services/lambda/function_ref.h"

namespace hearth::services::lambda {

// Its JSON text, for the function, version or alias that `ref` names. Fails for a principal that is none.
Result<std::string> policy_statement(const FunctionRef& ref, const api::lambda::AddPermissionRequest& input);

}  // namespace hearth::services::lambda
