// The part of an object that a reader asks for.
#pragma once
#include "io/byte_range.h"

namespace hearth::services::s3 {

using io::ByteRange;

// The header Range: nothing for forms that are ignored (several ranges, other units). Fails with
// "InvalidRange" (416) for one that lies behind the object's end.
Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size_bytes);
// The header x-amz-copy-source-range, which must lie within the source.
Result<ByteRange> parse_copy_range(std::string_view header, uint64_t size_bytes);

}  // namespace hearth::services::s3
