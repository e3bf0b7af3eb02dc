#include "services/s3/names.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/encoding.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kVersionMark = "?versionId=";

bool is_label_byte(char c) {
  return is_lower(c) || is_digit(c);
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

Result<ObjectName> parse_copy_source(const std::string& header) {
  std::string_view text = header;
  ObjectName name;
  if (const size_t mark = text.find(kVersionMark); mark != std::string_view::npos) {
    name.version = std::string(text.substr(mark + kVersionMark.size()));
    text = text.substr(0, mark);
  }
  std::string path(text);
  std::ranges::replace(path, '+', ' ');  // as in a form
  path = percent_decode(path).value_or(path);
  std::string_view rest = path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  constexpr std::string_view kInside = "/object/";
  const bool by_arn = rest.starts_with("arn:") && rest.find(kInside) != std::string_view::npos;
  const std::string_view between = by_arn ? kInside : "/";
  const size_t end = rest.find(between);
  if (end == std::string_view::npos || end == 0 || end + between.size() == rest.size()) {
    return fail(
        errors::invalid_argument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source"));
  }
  name.bucket = rest.substr(0, end);
  name.key = rest.substr(end + between.size());
  return name;
}

std::optional<std::string> bucket_of_site(std::string_view text) {
  constexpr std::string_view kLabel = "s3-website";
  const std::string host = to_lower(text.substr(0, text.find(':')));
  // From the right: to the left of the service's own label stands a bucket, which may be called anything.
  std::string_view rest = host;
  for (size_t dot = rest.rfind('.'); dot != std::string_view::npos; dot = rest.rfind('.')) {
    const std::string_view label = rest.substr(dot + 1);
    rest = rest.substr(0, dot);
    if (rest.empty()) return std::nullopt;
    if (label == kLabel || (label.starts_with(kLabel) && label[kLabel.size()] == '-')) {
      return std::string(rest);
    }
    if (label == "s3" || label.starts_with("s3-")) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace hearth::services::s3
