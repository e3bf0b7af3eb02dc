// How callers name a function: "name", "name:qualifier", "123456789012:function:name", "function:name" or an
// ARN, each with or without a qualifier, and a qualifier beside it. Parsed once, here.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"
#include "wire/call.h"

namespace hearth::services::lambda {

inline constexpr std::string_view kLatest = "$LATEST";

struct FunctionRef {
  std::string account;
  std::string region;
  std::string name;
  std::string qualifier;  // empty: none was given

  // "arn:aws:lambda:<region>:<account>:function:<name>"
  std::string arn() const;
  std::string arn_of(std::string_view qualifier) const { return arn() + ":" + std::string(qualifier); }
  // As the caller qualified it.
  std::string qualified_arn() const { return qualifier.empty() ? arn() : arn_of(qualifier); }
  std::string_view qualifier_or_latest() const {
    return qualifier.empty() ? kLatest : std::string_view(qualifier);
  }

  // Errors as the service words them: a name that is too long, two qualifiers that differ, another region.
  static Result<FunctionRef> parse(const wire::Call& call, std::string_view function_name,
                                   const std::optional<std::string>& qualifier = std::nullopt);
};

// For operations that functions have and their versions and aliases have not.
Status check_unqualified(const FunctionRef& ref);

// A function on managed instances has, beside numbered versions, one that each publishing may replace.
inline constexpr std::string_view kLatestPublished = "$LATEST.PUBLISHED";
inline constexpr int64_t kLatestPublishedNumber = 0;  // numbers begin at 1

bool is_number(std::string_view qualifier);
bool is_version(std::string_view qualifier);  // a published one, not an alias
int64_t version_number(std::string_view version);

}  // namespace hearth::services::lambda
