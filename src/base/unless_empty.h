// A text or a list of a record as a member of an answer, which is absent and not empty.
#pragma once
#include <optional>
#include <utility>

namespace hearth {

template <typename T>
std::optional<T> unless_empty(T value) {
  if (value.empty()) return std::nullopt;
  return std::optional<T>(std::move(value));
}

}  // namespace hearth
