#include "services/s3/range.h"

#include <charconv>

#include "services/s3/errors.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kUnit = "bytes=";

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Ends {
  std::optional<uint64_t> first;
  std::optional<uint64_t> last;
};
// "a-b", "a-", "-b".
std::optional<Ends> parse_ends(std::string_view header) {
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = header.substr(0, dash), last = header.substr(dash + 1);
  Ends ends{.first = number(first), .last = number(last)};
  const bool valid =
      (first.empty() || ends.first) && (last.empty() || ends.last) && (ends.first || ends.last);
  if (!valid || (ends.first && ends.last && *ends.last < *ends.first)) return std::nullopt;
  return ends;
}

}  // namespace

std::string ByteRange::content_range(uint64_t total_bytes) const {
  return "bytes " + std::to_string(offset) + "-" + std::to_string(offset + size_bytes - 1) + "/" +
         std::to_string(total_bytes);
}

Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size_bytes) {
  const auto ends = parse_ends(header);
  if (!ends) return std::nullopt;
  const bool behind = ends->first ? *ends->first >= size_bytes : *ends->last == 0 || size_bytes == 0;
  if (behind) {
    return fail(Error{
        .code = "InvalidRange",
        .message = "The requested range is not satisfiable",
        .extra = {{"RangeRequested", std::string(header)}, {"ActualObjectSize", std::to_string(size_bytes)}},
        .status = 416});
  }
  if (!ends->first) {
    const uint64_t count = std::min(*ends->last, size_bytes);
    return ByteRange{.offset = size_bytes - count, .size_bytes = count};
  }
  const uint64_t last = std::min(ends->last.value_or(size_bytes - 1), size_bytes - 1);
  return ByteRange{.offset = *ends->first, .size_bytes = last - *ends->first + 1};
}

Result<ByteRange> parse_copy_range(std::string_view header, uint64_t size_bytes) {
  const auto ends = parse_ends(header);
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
