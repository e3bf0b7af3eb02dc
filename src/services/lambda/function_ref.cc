#include "services/lambda/function_ref.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "api/lambda.h"
#include "services/lambda/limits.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t colon = text.find(':');
    parts.emplace_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string FunctionRef::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", region, account, name);
}

bool is_number(std::string_view qualifier) {
  return !qualifier.empty() && qualifier.find_first_not_of("0123456789") == std::string_view::npos;
}

int64_t version_number(std::string_view version) {
  int64_t number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

Result<FunctionRef> FunctionRef::parse(const wire::Call& call, std::string_view function_name,
                                       const std::optional<std::string>& qualifier) {
  FunctionRef ref{.account = call.account, .region = call.region, .name = {}, .qualifier = {}};
  std::vector<std::string> parts = split(function_name);
  size_t at = 0;
  if (parts.size() >= 6 && parts[0] == "arn" && parts[2] == "lambda") {
    ref.region = parts[3];
    ref.account = parts[4];
    at = 5;
  } else if (parts.size() >= 3 && is_account(parts[1])) {
    ref.region = parts[0];  // "us-east-1:123456789012:function:name"
    ref.account = parts[1];
    at = 2;
  } else if (parts.size() >= 2 && is_account(parts[0])) {
    ref.account = parts[0];
    at = 1;
  }
  if (parts.size() > at + 1 && parts[at] == "function") ++at;
  ref.name = parts[at];
  if (parts.size() > at + 1) ref.qualifier = parts[at + 1];
  if (parts.size() > at + 2 || ref.name.empty()) {
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

}  // namespace hearth::services::lambda
