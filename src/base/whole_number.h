// Numbers in text, where the text is a number and nothing else.
#pragma once
#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace hearth {

// Digits, with "-" before them where the type has a sign. Nothing for all else: no text, blanks, "+", what
// does not fit.
template <std::integral T>
std::optional<T> whole_number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace hearth
