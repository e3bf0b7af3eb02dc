#include "services/dynamodb/requests.h"

#include "base/json.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/expression/legacy.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

// What is wrong with one of the values, with the value's name.
Error placed(Error error, std::string_view values_json) {
  const auto values = error.code == "ValidationException" ? parse_json(values_json) : Result<json::value>();
  if (!values || !values->is_object()) return error;
  for (const auto& [key, value] : values->get_object()) {
    if (read_value(to_text(value))) continue;
    error.message =
        "ExpressionAttributeValues contains invalid value: " + error.message + " for key " + std::string(key);
    break;
  }
  return error;
}

}  // namespace

Result<std::unique_ptr<Placeholders>> read_placeholders(const Names& names, const Values& values) {
  std::optional<Placeholders::Names> read_names;
  if (names) read_names.emplace(names->begin(), names->end());
  std::optional<Map> read_values;
  if (values) {
    auto read = read_item(*values);
    if (!read) return std::unexpected(placed(std::move(read.error()), *values));
    read_values = *std::move(read);
  }
  auto placeholders = std::make_unique<Placeholders>(std::move(read_names), std::move(read_values));
  TRY_SYNC_VOID(placeholders->check_keys());
  return placeholders;
}

Result<std::optional<Condition>> read_condition(ExpressionKind kind, const std::optional<std::string>& text,
                                                Placeholders& placeholders) {
  if (!text) return std::optional<Condition>();
  TRY_SYNC(Condition condition, Condition::parse(kind, *text, placeholders));
  return std::optional<Condition>(std::move(condition));
}

Result<std::optional<Projection>> read_projection(const std::optional<std::string>& text,
                                                  Placeholders& placeholders) {
  if (!text) return std::optional<Projection>();
  TRY_SYNC(Projection projection, Projection::parse(*text, placeholders));
  return std::optional<Projection>(std::move(projection));
}

Result<std::optional<Update>> read_update(const std::optional<std::string>& text,
                                          Placeholders& placeholders) {
  if (!text) return std::optional<Update>();
  TRY_SYNC(Update update, Update::parse(*text, placeholders));
  return std::optional<Update>(std::move(update));
}

Result<std::optional<Projection>> read_projection(
    const std::optional<std::string>& text, const std::optional<std::vector<std::string>>& attributes_to_get,
    Placeholders& placeholders) {
  const Parameter expression{.name = "ProjectionExpression", .given = text.has_value()};
  const Parameter older{.name = "AttributesToGet", .given = attributes_to_get.has_value()};
  TRY_SYNC_VOID(check_parameters({&expression, 1}, {&older, 1}, placeholders));
  if (!attributes_to_get) return read_projection(text, placeholders);
  TRY_SYNC(Projection projection, legacy::projection(*attributes_to_get));
  return std::optional<Projection>(std::move(projection));
}

}  // namespace hearth::services::dynamodb
