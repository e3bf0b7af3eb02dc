// What a function's resource policy allows to those who come by its URL. Pure.
//
// It reads the statements that AddPermission writes (policy_statement.h). A condition on something that a
// call of a URL does not have is not met, and one that is not known here is none either.
#pragma once
#include <string>
#include <string_view>

#include "services/lambda/records.h"

namespace hearth::services::lambda {

struct PolicyQuestion {
  std::string_view action;         // "lambda:InvokeFunctionUrl"
  std::string_view url_auth_type;  // lambda:FunctionUrlAuthType
  std::string_view caller_arn;     // empty: nobody signed
};

bool policy_allows(const PolicyRecord& policy, const PolicyQuestion& question);

}  // namespace hearth::services::lambda
