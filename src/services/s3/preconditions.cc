#include "services/s3/preconditions.h"

#include <algorithm>

#include "base/text.h"
#include "services/s3/errors.h"

namespace hearth::services::s3 {
namespace {

// A list of ETags, or "*".
bool names(std::string_view list, std::string_view etag) {
  return std::ranges::any_of(split(list, ','), [etag](std::string_view part) {
    const std::string_view one = trimmed(part);
    return one == "*" || is_etag(one, etag);
  });
}

// The two kinds of failure: the object is not the one that was meant, or it is the one that is known already.
enum class Failure { kNone, kMatch, kUnmodifiedSince, kNoneMatch, kModifiedSince };

Failure failure_of(const ReadConditions& conditions, const ObjectRecord& object, TimePoint now) {
  const auto modified = std::chrono::floor<std::chrono::seconds>(object.modified);
  if (conditions.match) {
    if (!names(*conditions.match, object.etag)) return Failure::kMatch;
  } else if (conditions.unmodified_since && modified > *conditions.unmodified_since) {
    return Failure::kUnmodifiedSince;
  }
  if (conditions.none_match) {
    if (names(*conditions.none_match, object.etag)) return Failure::kNoneMatch;
  } else if (conditions.modified_since && *conditions.modified_since <= now &&
             modified <= *conditions.modified_since) {
    return Failure::kModifiedSince;
  }
  return Failure::kNone;
}

std::string header_of(Failure failure) {
  switch (failure) {
    case Failure::kMatch:
      return "If-Match";
    case Failure::kUnmodifiedSince:
      return "If-Unmodified-Since";
    case Failure::kNoneMatch:
      return "If-None-Match";
    default:
      return "If-Modified-Since";
  }
}

}  // namespace

std::string unquoted(std::string_view etag) {
  const bool quoted = etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
  return std::string(quoted ? etag.substr(1, etag.size() - 2) : etag);
}

bool is_etag(std::string_view given, std::string_view etag) {
  return unquoted(given) == etag;
}

Status check_read(const ReadConditions& conditions, const ObjectRecord& object, TimePoint now) {
  const Failure failure = failure_of(conditions, object, now);
  if (failure == Failure::kNone) return {};
  if (failure == Failure::kNoneMatch || failure == Failure::kModifiedSince)
    return fail(errors::not_modified());
  return fail(errors::precondition_failed(header_of(failure)));
}

Status check_source(const ReadConditions& conditions, const ObjectRecord& object, TimePoint now) {
  const Failure failure = failure_of(conditions, object, now);
  if (failure == Failure::kNone) return {};
  return fail(errors::precondition_failed("x-amz-copy-source-" + header_of(failure)));
}

Status check_form(const WriteConditions& conditions) {
  constexpr std::string_view kWhy = "We don't accept the provided value of ";
  if (conditions.match && conditions.none_match) {
    return fail(errors::header_not_implemented(
        "If-Match,If-None-Match", "Multiple conditional request headers present in the request"));
  }
  if (conditions.none_match && *conditions.none_match != "*") {
    return fail(errors::header_not_implemented("If-None-Match",
                                               std::string(kWhy) + "If-None-Match header for this API"));
  }
  if (conditions.match && *conditions.match == "*") {
    return fail(
        errors::header_not_implemented("If-Match", std::string(kWhy) + "If-Match header for this API"));
  }
  return {};
}

Status check_write(const WriteConditions& conditions, const ObjectRecord* current, const std::string& key) {
  if (conditions.none_match && current) return fail(errors::precondition_failed("If-None-Match"));
  if (!conditions.match) return {};
  if (!current) return fail(errors::no_such_key(key));
  if (!is_etag(*conditions.match, current->etag)) return fail(errors::precondition_failed("If-Match"));
  return {};
}

}  // namespace hearth::services::s3
