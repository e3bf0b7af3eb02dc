// The part of an object that a reader asks for.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::s3 {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size_bytes = 0;

  // "bytes 0-9/100"
  std::string content_range(uint64_t total_bytes) const;
};

// The header Range: nothing for forms that are ignored (several ranges, other units). Fails with
// "InvalidRange" (416) for one that lies behind the object's end.
Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size_bytes);
// The header x-amz-copy-source-range, which must lie within the source.
Result<ByteRange> parse_copy_range(std::string_view header, uint64_t size_bytes);

}  // namespace hearth::services::s3
