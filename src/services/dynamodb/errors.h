// What callers are told, in the service's words; item/validation.h has what is told most often.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb::errors {

// What a service's framework says of one value that breaks one rule, or several.
inline Error constraints(std::string_view value, std::string_view path,
                         std::span<const std::string_view> rules) {
  std::string text =
      std::to_string(rules.size()) + " validation error" + (rules.size() == 1 ? "" : "s") + " detected: ";
  for (const std::string_view rule : rules) {
    if (rule.data() != rules.front().data()) text += "; ";
    text.append("Value '")
        .append(value)
        .append("' at '")
        .append(path)
        .append("' failed to satisfy constraint: Member must ")
        .append(rule);
  }
  return validation(std::move(text));
}
inline Error constraint(std::string_view value, std::string_view path, std::string_view rule) {
  return constraints(value, path, {&rule, 1});
}

// Of calls that read and write items, and of those that manage tables.
inline Error no_table() {
  return {.code = "ResourceNotFoundException", .message = "Requested resource not found"};
}
inline Error no_table(std::string_view name) {
  return {.code = "ResourceNotFoundException",
          .message = "Requested resource not found: Table: " + std::string(name) + " not found"};
}
// Of calls about backups.
inline Error table_not_found(std::string_view name) {
  return {.code = "TableNotFoundException", .message = "Table not found: " + std::string(name)};
}
inline Error no_recovery(std::string_view table) {
  return {.code = "PointInTimeRecoveryUnavailableException",
          .message = "Point in time recovery is not enabled for table '" + std::string(table) + "'"};
}
inline Error not_implemented(std::string_view what) {
  return {.code = "NotImplemented",
          .message = "DynamoDB " + std::string(what) + " is not implemented by this server."};
}
inline Error in_use(std::string message) {
  return {.code = "ResourceInUseException", .message = std::move(message)};
}
inline Error limit_exceeded(std::string message) {
  return {.code = "LimitExceededException", .message = std::move(message)};
}
// What the store could not bring to an end because others wrote the same all the time.
inline Error conflict() {
  return {.code = "TransactionConflictException", .message = "Transaction is ongoing for the item"};
}
inline Error condition_failed() {
  return {.code = "ConditionalCheckFailedException", .message = "The conditional request failed"};
}

}  // namespace hearth::services::dynamodb::errors
