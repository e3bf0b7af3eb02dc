#include "services/lambda/function_ref.h"

#include <fmt/format.h>

#include <charconv>

#include "api/lambda.h"
#include "services/lambda/limits.h"
#include "wire/resource.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

}  // namespace

std::string FunctionRef::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", region, account, name);
}

bool is_number(std::string_view qualifier) {
  return !qualifier.empty() && qualifier.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_version(std::string_view qualifier) {
  return is_number(qualifier) || qualifier == kLatestPublished;
}

int64_t version_number(std::string_view version) {
  int64_t number = kLatestPublishedNumber;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

Result<FunctionRef> FunctionRef::parse(const wire::Call& call, std::string_view function_name,
                                       const std::optional<std::string>& qualifier) {
  // The same reading as that of the permission's resource, so that what is authorized is what is done.
  const auto named = wire::parse_function_reference(function_name);
  FunctionRef ref{.account = named.account.empty() ? call.account : named.account,
                  .region = named.region.empty() ? call.region : named.region,
                  .name = named.name,
                  .qualifier = named.qualifier};
  if (named.trailing || ref.name.empty()) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("{} is not a valid function ARN", function_name)));
  }
  if (ref.name.size() > limits::kFunctionNameMax) {
    return fail(errors::invalid_parameter_value_exception(fmt::format(
        "1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: Member "
        "must have length less than or equal to {}",
        ref.name, limits::kFunctionNameMax)));
  }
  if (qualifier && !qualifier->empty()) {
    if (!ref.qualifier.empty() && ref.qualifier != *qualifier) {
      return fail(errors::invalid_parameter_value_exception(
          "The derived qualifier from the function name does not match the specified qualifier."));
    }
    ref.qualifier = *qualifier;
  }
  if (ref.region != call.region) {
    return fail(errors::resource_not_found_exception(
        fmt::format("Functions from '{}' are not reachable in this region ('{}')", ref.region, call.region)));
  }
  return ref;
}

Status check_unqualified(const FunctionRef& ref) {
  if (ref.qualifier.empty()) return {};
  return fail(api::lambda::errors::invalid_parameter_value_exception(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
      "operation. Please specify either a function name or an unqualified function ARN."));
}

}  // namespace hearth::services::lambda
