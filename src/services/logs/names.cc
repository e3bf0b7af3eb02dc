#include "services/logs/names.h"

#include "api/logs.h"

namespace hearth::services::logs {

namespace errors = api::logs::errors;

Error group_not_found() {
  return errors::resource_not_found_exception("The specified log group does not exist.");
}

Error stream_not_found() {
  return errors::resource_not_found_exception("The specified log stream does not exist.");
}

Result<std::string> group_of_arn(const wire::Call& call, std::string_view arn) {
  const std::string own = call.arn("logs", "log-group:");
  if (!arn.starts_with(own)) {
    return fail(errors::invalid_parameter_exception(
        "The ARN must be one of a log group of this account and region: " + own + "<name>"));
  }
  const std::string_view name = arn.substr(own.size());
  if (name.empty() || name.contains(':')) {
    return fail(errors::invalid_parameter_exception("The ARN must end with the log group's name."));
  }
  return std::string(name);
}

Result<std::string> group_identified(const wire::Call& call, const std::string& identifier) {
  if (identifier.starts_with("arn:")) return group_of_arn(call, identifier);
  return identifier;
}

Result<std::string> group_named(const wire::Call& call, const std::optional<std::string>& name,
                                const std::optional<std::string>& identifier) {
  if (name && identifier) {
    return fail(
        errors::validation_exception("LogGroup name and LogGroup ARN are mutually exclusive parameters."));
  }
  if (name) return *name;
  if (identifier) return group_identified(call, *identifier);
  return fail(errors::invalid_parameter_exception("Either logGroupName or logGroupIdentifier is needed."));
}

}  // namespace hearth::services::logs
