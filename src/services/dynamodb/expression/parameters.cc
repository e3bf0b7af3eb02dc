#include "services/dynamodb/expression/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {
namespace {

std::vector<std::string_view> given(std::span<const Parameter> parameters) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : parameters) {
    if (parameter.given) names.push_back(parameter.name);
  }
  return names;
}

constexpr std::string_view kProjection = "ProjectionExpression";

}  // namespace

Status check_parameters(std::span<const Parameter> expressions, std::span<const Parameter> older,
                        const Placeholders& placeholders) {
  const auto new_names = given(expressions);
  auto old_names = given(older);
  // The one mixture that is let through.
  if (std::ranges::all_of(new_names, [](std::string_view name) { return name == kProjection; })) {
    std::erase(old_names, "KeyConditions");
  }
  if (!new_names.empty() && !old_names.empty()) {
    return fail(errors::validation(
        fmt::format("Can not use both expression and non-expression parameters in the same request: "
                    "Non-expression parameters: "
                    "{{{}}} Expression parameters: {{{}}}",
                    fmt::join(old_names, ", "), fmt::join(new_names, ", "))));
  }
  if (placeholders.has_names() && new_names.empty()) {
    return fail(errors::validation("ExpressionAttributeNames can only be specified when using expressions"));
  }
  if (!placeholders.has_values()) return {};
  // Projections have no values.
  std::vector<std::string_view> users;
  for (const Parameter& expression : expressions) {
    if (expression.name == kProjection) continue;
    if (expression.given) return {};
    users.push_back(expression.name);
  }
  return fail(errors::validation(
      fmt::format("ExpressionAttributeValues can only be specified when using expressions: {} {} null",
                  fmt::join(users, " and "), users.size() > 1 ? "are" : "is")));
}

}  // namespace hearth::services::dynamodb
