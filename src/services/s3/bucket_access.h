// What every operation on a bucket begins with.
#pragma once
#include <optional>

#include "services/s3/parts.h"

namespace hearth::services::s3 {

// The bucket of that name, of the owner that the caller expects, in the region that the request was signed
// for. `call` and `tables` outlive the task.
Async<BucketRecord> find_bucket(Tables& tables, const wire::Call& call, std::string name,
                                std::optional<std::string> expected_owner);

// The condition key of the version that is asked for.
inline constexpr std::string_view kVersionKey = "s3:VersionId";
inline std::vector<std::pair<std::string, std::vector<std::string>>> version_condition(
    const std::optional<std::string>& version) {
  if (!version) return {};
  return {{std::string(kVersionKey), {*version}}};
}

// Whether a version of that id can be asked for at all.
Status check_version(const BucketRecord& bucket, const std::string& version);

// Whether the caller may do something with the bucket or, with a key, an object of it; an error only where
// that cannot be told. `call` outlives the task.
Async<bool> may(const Parts& parts, const wire::Call& call, std::string action, std::string resource);

}  // namespace hearth::services::s3
