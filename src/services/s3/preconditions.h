// The conditions that a request may set on the object it is about: If-Match and its kin.
#pragma once
#include <optional>

#include "services/s3/records.h"

namespace hearth::services::s3 {

struct ReadConditions {
  std::optional<std::string> match;
  std::optional<std::string> none_match;
  std::optional<TimePoint> modified_since;
  std::optional<TimePoint> unmodified_since;
};

// What a reader is told: nothing, "NotModified" (304) or "PreconditionFailed". RFC 7232 says which wins.
Status check_read(const ReadConditions& conditions, const ObjectRecord& object, TimePoint now);
// The same for the source of a copy, which is never answered with 304. Names of conditions begin with
// x-amz-copy-source-.
Status check_source(const ReadConditions& conditions, const ObjectRecord& object, TimePoint now);

struct WriteConditions {
  std::optional<std::string> match;
  std::optional<std::string> none_match;
};
// Whether the conditions are ones that writes may have: "NotImplemented" otherwise.
Status check_form(const WriteConditions& conditions);
// `current` is null where no object is.
Status check_write(const WriteConditions& conditions, const ObjectRecord* current, const std::string& key);

// Without the quotes that may stand around it.
std::string unquoted(std::string_view etag);
// Compares an ETag with one in quotes or without.
bool is_etag(std::string_view given, std::string_view etag);

}  // namespace hearth::services::s3
