#include "services/s3/names.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/s3/limits.h"

namespace hearth::services::s3 {
namespace {

bool is_label_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_address(std::string_view name) {
  return name.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::ranges::count(name, '.') == 3;
}

// Names that the vendor keeps for its own.
bool is_reserved(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {"xn--", "sthree-", "amzn-s3-demo-"};
  constexpr std::string_view kSuffixes[] = {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"};
  return std::ranges::any_of(kPrefixes,
                             [name](std::string_view prefix) { return name.starts_with(prefix); }) ||
         std::ranges::any_of(kSuffixes, [name](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_bucket_name(std::string_view name) {
  if (name.size() < limits::kBucketNameMin || name.size() > limits::kBucketNameMax) return false;
  if (!is_label_byte(name.front()) || !is_label_byte(name.back())) return false;
  if (!std::ranges::all_of(name, [](char c) { return is_label_byte(c) || c == '-' || c == '.'; }))
    return false;
  constexpr std::string_view kApart[] = {"..", ".-", "-."};  // labels begin and end in letters and digits
  return std::ranges::none_of(kApart, [name](std::string_view pair) { return name.contains(pair); }) &&
         !is_address(name) && !is_reserved(name);
}

}  // namespace

Status check_bucket_name(const std::string& name) {
  if (is_bucket_name(name)) return {};
  return fail(Error{.code = "InvalidBucketName",
                    .message = "The specified bucket is not valid.",
                    .extra = {{"BucketName", name}},
                    .status = 400});
}

Status check_key(const std::string& key) {
  if (key.size() > limits::kKeyBytesMax) {
    return fail(Error{.code = "KeyTooLongError",
                      .message = "Your key is too long",
                      .extra = {{"Size", std::to_string(key.size())},
                                {"MaxSizeAllowed", std::to_string(limits::kKeyBytesMax)}},
                      .status = 400});
  }
  if (is_utf8(key)) return {};
  return fail(Error{.code = "InvalidURI", .message = "Couldn't parse the specified URI.", .status = 400});
}

ResourcePath split_path(std::string_view path) {
  const auto decoded = [](std::string_view text) { return percent_decode(text).value_or(std::string(text)); };
  if (path.starts_with('/')) path.remove_prefix(1);
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {.bucket = decoded(path), .key = {}};
  return {.bucket = decoded(path.substr(0, slash)), .key = decoded(path.substr(slash + 1))};
}

std::string url_encoded(std::string_view text) {
  std::string encoded = percent_encode(text, "/ *");
  std::ranges::replace(encoded, ' ', '+');
  return encoded;
}

}  // namespace hearth::services::s3
