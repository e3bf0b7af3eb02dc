// Compressed bytes in the two forms that HTTP knows: gzip, and deflate, which is zlib's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

enum class Deflate : uint8_t { kGzip, kZlib };

std::string deflate(std::string_view bytes, Deflate form);

struct Inflated {
  std::string bytes;
  bool too_long = false;  // there is more than was asked for
};
// Nothing when the bytes are not in that form, or end too early or too late. No more than `bytes_max` are
// unpacked.
std::optional<Inflated> inflate(std::string_view packed, Deflate form, size_t bytes_max);

}  // namespace hearth
