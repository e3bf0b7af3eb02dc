#include "services/dynamodb/expression/placeholders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {
namespace {

bool is_placeholder(std::string_view key, TokenKind kind) {
  const auto tokens = tokens_of(key);
  return tokens.front().kind == kind && tokens.front().text == key;
}

// Both maps together.
constexpr size_t kBytesMax = 2 * 1024 * 1024;
constexpr size_t kKeyBytesMax = 255;

template <typename Keys>
Status check_keys_of(const Keys& keys, TokenKind kind, std::string_view parameter) {
  if (keys.empty()) return fail(errors::validation(fmt::format("{} must not be empty", parameter)));
  for (const auto& [key, meaning] : keys) {
    if (!is_placeholder(key, kind)) {
      return fail(errors::validation(
          fmt::format("{} contains invalid key: Syntax error; key: \"{}\"", parameter, key)));
    }
    if (key.size() > kKeyBytesMax) {
      return fail(errors::validation(fmt::format(
          "{} contains invalid key: The key is longer than 255 bytes; key: \"{}\"", parameter, key)));
    }
  }
  return {};
}

Status check_none_left(const std::set<std::string_view>& unused, std::string_view parameter) {
  if (unused.empty()) return {};
  return fail(errors::validation(fmt::format("Value provided in {} unused in expressions: keys: {{{}}}",
                                             parameter, fmt::join(unused, ", "))));
}

constexpr std::string_view kNames = "ExpressionAttributeNames";
constexpr std::string_view kValues = "ExpressionAttributeValues";

}  // namespace

Placeholders::Placeholders(std::optional<Names> names, std::optional<Map> values)
    : names_(std::move(names)), values_(std::move(values)) {
  if (names_) {
    for (const auto& [key, name] : *names_) unused_names_.insert(key);
  }
  if (values_) {
    for (const auto& [key, value] : *values_) unused_values_.insert(key);
  }
}

Status Placeholders::check_keys() const {
  size_t name_bytes = 0;
  if (names_) {
    TRY_SYNC_VOID(check_keys_of(*names_, TokenKind::kNamePlaceholder, kNames));
    for (const auto& [key, name] : *names_) {
      if (name.empty()) {
        return fail(errors::validation(
            fmt::format("{} contains invalid value: Empty attribute name for key {}", kNames, key)));
      }
      name_bytes += key.size() + name.size();
    }
  }
  if (values_) TRY_SYNC_VOID(check_keys_of(*values_, TokenKind::kValuePlaceholder, kValues));
  const size_t value_bytes = values_ ? size_bytes(*values_) : 0;
  if (name_bytes + value_bytes <= kBytesMax) return {};
  return fail(
      errors::validation(fmt::format("{} exceeds max size", name_bytes > value_bytes ? kNames : kValues)));
}

const std::string* Placeholders::name(std::string_view placeholder) {
  if (!names_) return nullptr;
  const auto found = names_->find(placeholder);
  if (found == names_->end()) return nullptr;
  unused_names_.erase(placeholder);
  return &found->second;
}

const Value* Placeholders::value(std::string_view placeholder) {
  const Value* found = values_ ? std::as_const(*values_).find(placeholder) : nullptr;
  if (found) unused_values_.erase(placeholder);
  return found;
}

Status Placeholders::check_all_used() const {
  TRY_SYNC_VOID(check_none_left(unused_names_, kNames));
  return check_none_left(unused_values_, kValues);
}

}  // namespace hearth::services::dynamodb
