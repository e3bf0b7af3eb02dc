// What a writer says of an object beside its bytes: headers that are kept, metadata, tags; and how readers
// are told of it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "services/s3/checksum.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/lock.h"
#include "services/s3/metadata_text.h"
#include "services/s3/records.h"
#include "services/s3/website_rules.h"

namespace hearth::services::s3 {

using Tags = std::map<std::string, std::string>;

inline constexpr std::string_view kStandard = "STANDARD";
inline constexpr std::string_view kDefaultContentType = "binary/octet-stream";

// The form of x-amz-tagging: a query string.
Result<Tags> parse_tagging(std::string_view text);
// Sizes and characters of tags of an object, or of a bucket.
Status check_tags(const std::vector<std::pair<std::string, std::string>>& tags, size_t count_max);

Status check_storage_class(const std::string& name);
Status check_metadata(const std::map<std::string, std::string>& metadata);
// Without the coding that was only of the transfer.
std::string kept_encoding(std::string_view content_encoding);
// Whether it is base64 of a JSON object whose values are texts.
bool is_encryption_context(const std::string& text);

// By name, also where it is the one that is not kept.
inline std::string shown_class(const ObjectHead& head) {
  return head.storage_class.empty() ? std::string(kStandard) : head.storage_class;
}

// From the input of an operation that writes an object or begins an upload.
template <typename Input>
Result<ObjectHead> head_of(Input& input) {
  ObjectHead head;
  head.content_type = std::move(input.content_type).value_or("");
  if (head.content_type.empty()) head.content_type = kDefaultContentType;
  head.content_encoding = kept_encoding(input.content_encoding.value_or(""));
  head.content_disposition = std::move(input.content_disposition).value_or("");
  head.content_language = std::move(input.content_language).value_or("");
  head.cache_control = std::move(input.cache_control).value_or("");
  head.expires = std::move(input.expires).value_or("");
  head.redirect = std::move(input.website_redirect_location).value_or("");
  TRY_SYNC_VOID(check_redirect_location(head.redirect));
  head.storage_class = std::move(input.storage_class).value_or("");
  TRY_SYNC_VOID(check_storage_class(head.storage_class));
  if (head.storage_class == kStandard) head.storage_class.clear();
  head.metadata = std::move(input.metadata).value_or(std::map<std::string, std::string>());
  TRY_SYNC_VOID(check_metadata(head.metadata));
  if (input.tagging) {
    TRY_SYNC(head.tags, parse_tagging(*input.tagging));
  }
  TRY_SYNC(head.lock, parse_lock({.mode = input.object_lock_mode,
                                  .until = input.object_lock_retain_until_date,
                                  .hold = input.object_lock_legal_hold_status}));
  return head;
}

// What this server does not do for objects is refused, never ignored.
template <typename Input>
Status check_unsupported(const Input& input) {
  const auto refuse = [](std::string header) {
    return fail(errors::header_not_implemented(std::move(header), "This server does not do that yet."));
  };
  if (input.object_lock_event_hold || input.object_lock_event_hold_duration_days ||
      input.object_lock_event_hold_duration_years) {
    return refuse("x-amz-object-lock-event-hold");
  }
  return {};
}

inline std::string quoted(const std::string& etag) {
  return "\"" + etag + "\"";
}

// Into the output of GetObject or HeadObject.
template <typename Output>
void describe(const ObjectRecord& object, bool versioned, Output& output) {
  const auto set = [](std::optional<std::string>& member, const std::string& value) {
    if (!value.empty()) member = value;
  };
  output.last_modified = object.modified;
  output.e_tag = quoted(object.etag);
  output.accept_ranges = "bytes";
  if (versioned) output.version_id = object.version;
  set(output.content_type, object.head.content_type);
  set(output.content_encoding, object.head.content_encoding);
  set(output.content_disposition, object.head.content_disposition);
  set(output.content_language, object.head.content_language);
  set(output.cache_control, object.head.cache_control);
  set(output.expires, object.head.expires);
  set(output.website_redirect_location, object.head.redirect);
  set(output.storage_class, object.head.storage_class);
  if (!object.head.metadata.empty()) output.metadata = shown_metadata(object.head.metadata);
  if (!object.head.tags.empty()) output.tag_count = static_cast<int32_t>(object.head.tags.size());
}

}  // namespace hearth::services::s3
