// How callers name log groups, and what they hear when there is none.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/call.h"

namespace hearth::services::logs {

Error group_not_found();
Error stream_not_found();

// "InvalidParameterException" for what is not the ARN of a log group of the caller's own account and region.
Result<std::string> group_of_arn(const wire::Call& call, std::string_view arn);
// A group's name or its ARN.
Result<std::string> group_identified(const wire::Call& call, const std::string& identifier);
// From two members of which exactly one must be given.
Result<std::string> group_named(const wire::Call& call, const std::optional<std::string>& name,
                                const std::optional<std::string>& identifier);

}  // namespace hearth::services::logs
