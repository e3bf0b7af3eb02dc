#include "io/byte_range.h"

#include <algorithm>

#include "base/whole_number.h"

namespace hearth::io {
std::string ByteRange::content_range(uint64_t total_bytes) const {
  return "bytes " + std::to_string(offset) + "-" + std::to_string(offset + size_bytes - 1) + "/" +
         std::to_string(total_bytes);
}

std::optional<RangeEnds> RangeEnds::parse(std::string_view header) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = header.substr(0, dash), last = header.substr(dash + 1);
  RangeEnds ends{.first = whole_number<uint64_t>(first), .last = whole_number<uint64_t>(last)};
  const bool valid =
      (first.empty() || ends.first) && (last.empty() || ends.last) && (ends.first || ends.last);
  if (!valid || (ends.first && ends.last && *ends.last < *ends.first)) return std::nullopt;
  return ends;
}

Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size_bytes) {
  const auto ends = RangeEnds::parse(header);
  if (!ends) return std::nullopt;
  const bool behind = ends->first ? *ends->first >= size_bytes : *ends->last == 0 || size_bytes == 0;
  if (behind) return fail("RangeNotSatisfiable", "The requested range is not satisfiable");
  if (!ends->first) {
    const uint64_t count = std::min(*ends->last, size_bytes);
    return ByteRange{.offset = size_bytes - count, .size_bytes = count};
  }
  const uint64_t last = std::min(ends->last.value_or(size_bytes - 1), size_bytes - 1);
  return ByteRange{.offset = *ends->first, .size_bytes = last - *ends->first + 1};
}

}  // namespace hearth::io
