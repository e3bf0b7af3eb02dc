// Which parameters of a request may stand beside each other: expressions, and the older parameters that say
// the same, are not mixed; placeholders need an expression.
#pragma once
#include <span>
#include <string_view>

#include "base/result.h"
#include "services/dynamodb/expression/placeholders.h"

namespace hearth::services::dynamodb {

struct Parameter {
  std::string_view name;
  bool given;
};

// Both lists hold all such parameters that the operation knows, in the order in which messages name them.
// "ValidationException". Comes before everything else about expressions.
Status check_parameters(std::span<const Parameter> expressions, std::span<const Parameter> older,
                        const Placeholders& placeholders);

}  // namespace hearth::services::dynamodb
