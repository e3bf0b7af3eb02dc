// The lifecycle rules of buckets as they hold now, and what callers are told of them. Kept in memory until a
// bucket or a setting is written.
//
// Threads: any that runs a loop.
#pragma once
#include "identity/revision_cache.h"
#include "services/s3/lifecycle_rules.h"
#include "store/store.h"

namespace hearth::services::s3 {

class Lifecycles {
 public:
  // Shared by the requests under way and what is kept. Null: the bucket has no rules.
  using Pointer = std::shared_ptr<const Lifecycle>;

  // The store outlives it.
  Lifecycles(store::Store& store, Calendar calendar);

  const Calendar& calendar() const { return calendar_; }
  Async<Pointer> rules(std::string bucket_id);

  // x-amz-expiration, of the current object. `object` outlives the task.
  Async<std::optional<std::string>> expiration(std::string bucket_id, std::string key,
                                               const ObjectRecord& object);
  // x-amz-abort-date and -rule-id, of an upload.
  Async<std::optional<Lifecycle::Due>> abort(std::string bucket_id, std::string key, TimePoint initiated);

 private:
  store::Store& store_;
  Calendar calendar_;
  store::Watch watch_;
  identity::RevisionCache<Lifecycle> kept_{watch_};
};

}  // namespace hearth::services::s3
