// Numbers of tables, indexes and streams: never given twice.
#pragma once
#include <charconv>

#include "base/random.h"

namespace hearth::services::dynamodb {

inline uint64_t new_number(Random& random) {
  constexpr size_t kDigits = 16;
  constexpr int kHexBase = 16;
  const std::string text = random.hex(kDigits);
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, kHexBase);
  return number;
}

}  // namespace hearth::services::dynamodb
