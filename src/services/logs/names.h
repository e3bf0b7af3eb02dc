// How callers name log groups, and what they hear when there is none.
#pragma once
#include <optional>
#include <string>

#include "api/logs.h"

namespace hearth::services::logs {

inline Error group_not_found() {
  return api::logs::errors::resource_not_found_exception("The specified log group does not exist.");
}

// By name or by ARN, of which one must be given.
inline Result<std::string> group_named(const std::optional<std::string>& name,
                                       const std::optional<std::string>& identifier) {
  if (name && identifier) {
    return fail(api::logs::errors::invalid_parameter_exception(
        "LogGroup name and LogGroup ARN are mutually exclusive parameters."));
  }
  if (name) return *name;
  if (!identifier) {
    return fail(api::logs::errors::invalid_parameter_exception(
        "Either logGroupName or logGroupIdentifier is needed."));
  }
  constexpr std::string_view kMark = ":log-group:";
  const size_t mark = identifier->find(kMark);
  std::string group = mark == std::string::npos ? *identifier : identifier->substr(mark + kMark.size());
  if (group.ends_with(":*")) group.resize(group.size() - 2);
  return group;
}

}  // namespace hearth::services::logs
