#include "services/dynamodb/expression/parser.h"

#include <fmt/format.h>

#include "services/dynamodb/expression/checks.h"
#include "services/dynamodb/expression/grammar.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kExpressionBytesMax = 4096;

std::unexpected<Error> invalid_expression(ExpressionKind kind, std::string_view message) {
  return fail(errors::validation(fmt::format("Invalid {}: {}", parameter_of(kind), message)));
}

// What all kinds have in common: `read` follows the grammar, `check` looks at all that was read and returns
// the form that is kept.
template <typename Read, typename Check>
auto parse(ExpressionKind kind, std::string_view text, std::span<const std::string_view> keywords,
           Placeholders& placeholders, Read read, Check check)
    -> Result<
        std::invoke_result_t<Check, typename std::invoke_result_t<Read, Reader&>::value_type, Faults&>> {
  if (text.empty()) return invalid_expression(kind, "The expression can not be empty;");
  if (text.size() > kExpressionBytesMax) {
    return invalid_expression(
        kind, fmt::format("Expression size has exceeded the maximum allowed size; expression size: {}",
                          text.size()));
  }
  Faults faults;
  Reader reader(text, keywords, placeholders, faults);
  auto form = read(reader);
  if (!form) return invalid_expression(kind, form.error().message);
  auto checked = check(*std::move(form), faults);
  if (const std::string* message = faults.first()) return invalid_expression(kind, *message);
  return checked;
}

}  // namespace

std::string_view parameter_of(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kCondition:
      return "ConditionExpression";
    case ExpressionKind::kFilter:
      return "FilterExpression";
    case ExpressionKind::kKeyCondition:
      return "KeyConditionExpression";
    case ExpressionKind::kProjection:
      return "ProjectionExpression";
    case ExpressionKind::kUpdate:
      return "UpdateExpression";
  }
  return {};
}

Result<syntax::Predicate> parse_condition(ExpressionKind kind, std::string_view text,
                                          Placeholders& placeholders) {
  return parse(kind, text, grammar::kConditionKeywords, placeholders, grammar::read_condition,
               [](syntax::Predicate predicate, Faults& faults) {
                 checks::check(predicate, faults);
                 return predicate;
               });
}

Result<PathTree> parse_projection(std::string_view text, Placeholders& placeholders) {
  return parse(ExpressionKind::kProjection, text, {}, placeholders, grammar::read_projection,
               checks::tree_of);
}

Result<std::vector<syntax::Change>> parse_update(std::string_view text, Placeholders& placeholders) {
  return parse(ExpressionKind::kUpdate, text, grammar::kUpdateKeywords, placeholders, grammar::read_update,
               [](std::vector<syntax::Change> changes, Faults& faults) {
                 checks::check(changes, faults);
                 return changes;
               });
}

}  // namespace hearth::services::dynamodb
