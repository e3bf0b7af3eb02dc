#include "services/s3/range.h"

#include "services/s3/errors.h"

namespace hearth::services::s3 {

Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size_bytes) {
  auto range = io::parse_range(header, size_bytes);
  if (range) return range;
  return fail(Error{
      .code = "InvalidRange",
      .message = "The requested range is not satisfiable",
      .extra = {{"RangeRequested", std::string(header)}, {"ActualObjectSize", std::to_string(size_bytes)}},
      .status = 416});
}

Result<ByteRange> parse_copy_range(std::string_view header, uint64_t size_bytes) {
  const auto ends = io::RangeEnds::parse(header);
  if (!ends || !ends->first || !ends->last) {
    return fail(errors::invalid_argument(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        "zero-based offsets of the first and last bytes to copy",
        "x-amz-copy-source-range", std::string(header)));
  }
  if (*ends->last >= size_bytes) {
    return fail(errors::invalid_argument(
        "Range specified is not valid for source object of size: " + std::to_string(size_bytes),
        "x-amz-copy-source-range", std::string(header)));
  }
  return ByteRange{.offset = *ends->first, .size_bytes = *ends->last - *ends->first + 1};
}

}  // namespace hearth::services::s3
