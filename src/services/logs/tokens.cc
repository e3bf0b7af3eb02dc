#include "services/logs/tokens.h"

#include <fmt/format.h>

#include <charconv>

#include "api/logs.h"

namespace hearth::services::logs {
namespace {

constexpr size_t kTimeDigits = 20;
constexpr size_t kNumberDigits = 36;

template <typename T>
bool read(std::string_view digits, T& value) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

std::string Position::digits() const {
  return fmt::format("{:0{}}{:0{}}", time_ms, kTimeDigits, number, kNumberDigits);
}

std::optional<Position> Position::parse(std::string_view digits) {
  Position at;
  if (digits.size() != kTimeDigits + kNumberDigits || digits.starts_with('-') ||
      !read(digits.substr(0, kTimeDigits), at.time_ms) || !read(digits.substr(kTimeDigits), at.number)) {
    return std::nullopt;
  }
  return at;
}

std::string Cursor::token() const {
  return (backward ? "b/" : "f/") + at.digits() + "/s";
}

std::optional<Cursor> Cursor::parse(std::string_view token) {
  const bool backward = token.starts_with("b/");
  if ((!backward && !token.starts_with("f/")) || !token.ends_with("/s") || token.size() < 4) {
    return std::nullopt;
  }
  const auto at = Position::parse(token.substr(2, token.size() - 4));
  if (!at) return std::nullopt;
  return Cursor{.at = *at, .backward = backward};
}

Error bad_token() {
  return api::logs::errors::invalid_parameter_exception("The specified nextToken is invalid.");
}

std::string token_of_key(std::string_view key) {
  return base64_encode(key);
}

}  // namespace hearth::services::logs
