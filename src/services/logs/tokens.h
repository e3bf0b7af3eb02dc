// Where readers stand, as the tokens that they hand back say it.
#pragma once
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/result.h"
#include "store/tuple.h"

namespace hearth::services::logs {

// Behind every event that is before (time, number).
struct Position {
  int64_t time_ms = 0;
  uint64_t number = 0;
  auto operator<=>(const Position&) const = default;

  // 56 digits: the token of FilterLogEvents, and an event's id.
  std::string digits() const;
  static std::optional<Position> parse(std::string_view digits);
};

// A token of GetLogEvents: a position, and whether the reader goes forward or backward from there.
struct Cursor {
  Position at;
  bool backward = false;
  bool operator==(const Cursor&) const = default;

  std::string token() const;  // f/<digits>/s or b/<digits>/s
  static std::optional<Cursor> parse(std::string_view token);
};

Error bad_token();

// The last key of a page as the token of the next.
std::string token_of_key(std::string_view key);
// Nothing without a token. A key that does not consist of elements of these types is a bad token.
template <typename... Parts>
Result<std::string> key_of_token(const std::optional<std::string>& token) {
  if (!token) return "";
  auto key = base64_decode(*token);
  if (!key || !store::parse_key<Parts...>(*key)) return fail(bad_token());
  return *std::move(key);
}

}  // namespace hearth::services::logs
