#include "services/s3/object_head.h"

#include <algorithm>
#include <array>

#include "wire/uri_template.h"

namespace hearth::services::s3 {
namespace {

Error invalid_tag(std::string message, const std::string& key, const std::string* value = nullptr) {
  Error error{.code = "InvalidTag", .message = std::move(message), .extra = {{"TagKey", key}}, .status = 400};
  if (value) error.extra.emplace_back("TagValue", *value);
  return error;
}

// Letters of any script, digits, blanks and these.
bool is_tag_text(std::string_view text) {
  constexpr std::string_view kAlso = "_.:/=+-@ ";
  return std::ranges::all_of(text, [kAlso](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) ||
           kAlso.find(c) != std::string_view::npos;
  });
}

}  // namespace

Status check_tags(const std::vector<std::pair<std::string, std::string>>& tags, size_t count_max) {
  if (tags.size() > count_max) {
    const bool object = count_max == limits::kObjectTagsMax;
    return fail(Error{.code = "BadRequest",
                      .message = std::string(object ? "Object" : "Bucket") + " tags cannot be greater than " +
                                 std::to_string(count_max),
                      .status = 400});
  }
  Tags seen;
  for (const auto& [key, value] : tags) {
    if (!seen.emplace(key, value).second) {
      return fail(invalid_tag("Cannot provide multiple Tags with the same key", key));
    }
    if (key.starts_with("aws:")) {
      return fail(invalid_tag("System tags cannot be added/updated by requester", key));
    }
    if (key.empty() || utf8_length(key) > limits::kTagKeyMax || !is_tag_text(key)) {
      return fail(invalid_tag("The TagKey you have provided is invalid", key));
    }
    if (utf8_length(value) > limits::kTagValueMax || !is_tag_text(value)) {
      return fail(invalid_tag("The TagValue you have provided is invalid", key, &value));
    }
  }
  return {};
}

Result<Tags> parse_tagging(std::string_view text) {
  const wire::QueryPairs pairs = wire::parse_query(text, true);
  TRY_SYNC_VOID(check_tags(pairs, limits::kObjectTagsMax));
  return Tags(pairs.begin(), pairs.end());
}

Status check_storage_class(const std::string& name) {
  constexpr std::array<std::string_view, 8> kKnown = {"STANDARD",   "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                                      "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
                                                      "GLACIER_IR", "DEEP_ARCHIVE"};
  if (name.empty() || std::ranges::find(kKnown, name) != kKnown.end()) return {};
  return fail(Error{.code = "InvalidStorageClass",
                    .message = "The storage class you specified is not valid",
                    .extra = {{"StorageClassRequested", name}},
                    .status = 400});
}

Status check_metadata(const std::map<std::string, std::string>& metadata) {
  size_t bytes = 0;
  for (const auto& [name, value] : metadata) bytes += name.size() + value.size();
  if (bytes <= limits::kMetadataBytesMax) return {};
  return fail(Error{.code = "MetadataTooLarge",
                    .message = "Your metadata headers exceed the maximum allowed metadata size",
                    .extra = {{"Size", std::to_string(bytes)},
                              {"MaxSizeAllowed", std::to_string(limits::kMetadataBytesMax)}},
                    .status = 400});
}

std::string kept_encoding(std::string_view content_encoding) {
  std::string kept;
  while (!content_encoding.empty()) {
    std::string_view one = content_encoding.substr(0, content_encoding.find(','));
    content_encoding.remove_prefix(std::min(content_encoding.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.empty() || iequals(one, "aws-chunked")) continue;
    if (!kept.empty()) kept += ",";
    kept += one;
  }
  return kept;
}

}  // namespace hearth::services::s3
