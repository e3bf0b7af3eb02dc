// Object lock: what keeps a version of an object from going for good, and from being kept for less long.
// Pure: what is enforced is in versions.h, what is set in object_locks.h.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

// kGovernance: by who is allowed to (s3:BypassGovernanceRetention) and asks for it.
enum class Bypass : uint8_t { kNothing, kGovernance };

bool is_locked(const LockRecord& lock, TimePoint now, Bypass bypass = Bypass::kNothing);

// As requests say it: of headers, each may be missing.
struct AskedLock {
  std::optional<std::string> mode;
  std::optional<TimePoint> until;
  std::optional<std::string> hold;
};
Result<LockRecord> parse_lock(const AskedLock& asked);
// Whether something with this lock may be written to the bucket now.
Status check_lock(const BucketRecord& bucket, const LockRecord& lock, TimePoint now);
// The lock that a new version gets: the one it came with, or else the bucket's usual one.
LockRecord usual_lock(const BucketRecord& bucket, LockRecord lock, TimePoint now);

// Whether the retention may become another. None is taken away or shortened, but for who may bypass
// governance.
Status check_retention(const LockRecord& from, const LockRecord& to, TimePoint now, Bypass bypass);

std::string name_of(LockMode mode);  // REQUIRES a mode
LockMode mode_of(std::string_view name);

}  // namespace hearth::services::s3
