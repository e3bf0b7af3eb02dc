// From the text of an expression to its form (syntax.h): one grammar of conditions for three of the kinds,
// and those of projections and of updates. Everything that can be refused without looking at data is refused
// here, with the service's text behind "Invalid ConditionExpression: ", in this order: the size of the text,
// its syntax, then the faults of faults.h. Placeholders that are used for nothing are not looked for: other
// expressions may use them.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/path_tree.h"
#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb {

enum class ExpressionKind : uint8_t { kCondition, kFilter, kKeyCondition, kProjection, kUpdate };
// The parameter that holds it: "FilterExpression".
std::string_view parameter_of(ExpressionKind kind);

// All of these: "ValidationException".
Result<syntax::Predicate> parse_condition(ExpressionKind kind, std::string_view text,
                                          Placeholders& placeholders);
Result<PathTree> parse_projection(std::string_view text, Placeholders& placeholders);
// Never empty.
Result<std::vector<syntax::Change>> parse_update(std::string_view text, Placeholders& placeholders);

}  // namespace hearth::services::dynamodb
