#include "services/kinesis/hash_key.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/digest.h"

namespace hearth::services::kinesis {
namespace {

using Wide = unsigned __int128;

Wide wide(const HashKey& key) {
  return static_cast<Wide>(key.high) << 64 | key.low;
}
HashKey narrow(Wide value) {
  return {.high = static_cast<uint64_t>(value >> 64), .low = static_cast<uint64_t>(value)};
}

}  // namespace

HashKey HashKey::of(std::string_view partition_key) {
  Wide value = 0;
  for (const char byte : md5(partition_key)) value = value << 8 | static_cast<uint8_t>(byte);
  return narrow(value);
}

std::optional<HashKey> HashKey::parse(std::string_view decimal) {
  if (decimal.empty() || (decimal.size() > 1 && decimal[0] == '0')) return std::nullopt;
  Wide value = 0;
  for (const char digit : decimal) {
    if (!is_digit(digit)) return std::nullopt;
    if (__builtin_mul_overflow(value, Wide{10}, &value) ||
        __builtin_add_overflow(value, static_cast<Wide>(digit - '0'), &value)) {
      return std::nullopt;
    }
  }
  return narrow(value);
}

// 2^128 itself has no room, so the remainder of the division is spread by hand.
HashKey HashKey::part_begin(uint64_t index, uint64_t count) {
  const Wide most = ~Wide{0};
  Wide size = most / count;
  Wide rest = most % count + 1;
  if (rest == count) {
    ++size;
    rest = 0;
  }
  return narrow(size * index + rest * index / count);
}

std::string HashKey::decimal() const {
  std::string text;
  Wide value = wide(*this);
  do {
    text += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::ranges::reverse(text);
  return text;
}

HashKey HashKey::next() const {
  return narrow(wide(*this) + 1);
}
HashKey HashKey::previous() const {
  return narrow(wide(*this) - 1);
}

}  // namespace hearth::services::kinesis
