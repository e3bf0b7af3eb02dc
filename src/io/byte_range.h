// Parts of a body that a client asks for: the header Range.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::io {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size_bytes = 0;

  // "bytes 0-9/100"
  std::string content_range(uint64_t total_bytes) const;
  bool operator==(const ByteRange&) const = default;
};

// "bytes=0-9", "bytes=10-", "bytes=-10", as written; nothing for what is not one range of bytes.
struct RangeEnds {
  std::optional<uint64_t> first;
  std::optional<uint64_t> last;

  static std::optional<RangeEnds> parse(std::string_view header);
};

// Of something of this size: nothing for forms that are ignored (several ranges, other units).
// "RangeNotSatisfiable" for one that lies behind the end.
Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size_bytes);

}  // namespace hearth::io
