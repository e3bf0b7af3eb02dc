#include "services/s3/object_head.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"
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
bool is_tag_key(std::string_view key) {
  return !key.empty() && utf8_length(key) <= limits::kTagKeyMax && is_tag_text(key);
}
bool is_tag_value(std::string_view value) {
  return utf8_length(value) <= limits::kTagValueMax && is_tag_text(value);
}

}  // namespace

Status check_tags(const std::vector<std::pair<std::string, std::string>>& tags, size_t count_max) {
  const bool object = count_max == limits::kObjectTagsMax;
  if (tags.size() > count_max) {
    return fail(Error{.code = "BadRequest",
                      .message = std::string(object ? "Object tags" : "Bucket tag count") +
                                 " cannot be greater than " + std::to_string(count_max),
                      .status = 400});
  }
  Tags seen;
  for (const auto& [key, value] : tags) {
    if (!seen.emplace(key, value).second) {
      return fail(invalid_tag("Cannot provide multiple Tags with the same key", key));
    }
    if (key.starts_with("aws:")) {
      return fail(invalid_tag(object ? "Your TagKey cannot be prefixed with aws:"
                                     : "System tags cannot be added/updated by requester",
                              key));
    }
    if (!is_tag_key(key)) return fail(invalid_tag("The TagKey you have provided is invalid", key));
    if (!is_tag_value(value)) {
      return fail(invalid_tag("The TagValue you have provided is invalid", key, &value));
    }
  }
  return {};
}

Result<Tags> parse_tagging(std::string_view text) {
  const wire::QueryPairs pairs = wire::parse_query(text, true);
  Tags tags(pairs.begin(), pairs.end());
  const bool good = tags.size() == pairs.size() && std::ranges::all_of(tags, [](const auto& tag) {
                      return is_tag_key(tag.first) && is_tag_value(tag.second);
                    });
  if (!good) {
    return fail(
        errors::invalid_argument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL "
                                 "query parameters without tag "
                                 "name duplicates.",
                                 "x-amz-tagging", std::string(text)));
  }
  TRY_SYNC_VOID(check_tags(pairs, limits::kObjectTagsMax));
  return tags;
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
  for (const std::string_view part : split(content_encoding, ',')) {
    const std::string_view one = trimmed(part);
    if (one.empty() || iequals(one, "aws-chunked")) continue;
    if (!kept.empty()) kept += ",";
    kept += one;
  }
  return kept;
}

bool is_encryption_context(const std::string& text) {
  const auto bytes = base64_decode(text);
  if (!bytes || !is_utf8(*bytes)) return false;
  const auto context = parse_json(*bytes);
  if (!context || !context->is_object()) return false;
  for (const auto& member : context->get_object()) {
    if (!member.value().is_string()) return false;
  }
  return true;
}

}  // namespace hearth::services::s3
