// What happens to the versions of a key when it is written or deleted, in the three states of a bucket. The
// newest version stands apart, unless it is a delete marker. Whatever goes for good passes here, and stays
// where it is locked ("AccessDenied", lock.h).
//
// All act within the caller's transaction; `tables` and `bodies` outlive the tasks.
#pragma once
#include <optional>

#include "base/random.h"
#include "services/s3/bodies.h"
#include "services/s3/lock.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

struct Place {
  const BucketRecord& bucket;
  std::string key;

  store::Key in_table() const { return store::Key(bucket.id, key); }
};

class Versions {
 public:
  Versions(Tables& tables, Bodies& bodies, const Clock& clock, Random& random)
      : tables_(tables), bodies_(bodies), clock_(clock), random_(random) {}

  // The current object; nothing where there is none or the newest version is a marker.
  Async<std::optional<ObjectRecord>> current(const Place& place);
  // The newest version, marker or not.
  Async<std::optional<ObjectRecord>> newest(const Place& place);
  // The version of that id; nothing for one that is not there.
  Async<std::optional<ObjectRecord>> find(const Place& place, std::string version);

  // Makes it the current object; sequence and version are given to it, and the lock that is usual in the
  // bucket where it has none. What it replaces is kept or dropped.
  Async<ObjectRecord> put(const Place& place, ObjectRecord object);
  // Changes what is known of a version that is there.
  void replace(const Place& place, const ObjectRecord& version, bool is_current);

  struct Deleted {
    bool removed = false;  // something is gone, or a marker made
    std::string version;   // of the marker that was made, or of what is gone
    bool marker = false;   // that is a marker
    std::optional<int64_t> sequence;
  };
  // Without a version: the current object goes behind a marker, or away.
  Async<Deleted> remove(const Place& place);
  Async<Deleted> remove(const Place& place, std::string version, Bypass bypass = Bypass::kNothing);

 private:
  Async<std::optional<ObjectRecord>> newest_kept(const Place& place);
  Async<std::optional<ObjectRecord>> null_kept(const Place& place);
  Async<int64_t> next_sequence(const Place& place, const std::optional<ObjectRecord>& current);
  std::string new_version(int64_t sequence);
  // The current object makes room: kept as an older version, or dropped.
  Async<void> set_aside(const Place& place, std::optional<ObjectRecord> current);
  // The one way for good.
  Async<void> drop(ObjectRecord version, Bypass bypass = Bypass::kNothing);
  Async<void> drop_kept(const Place& place, ObjectRecord version, Bypass bypass = Bypass::kNothing);

  Tables& tables_;
  Bodies& bodies_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace hearth::services::s3
