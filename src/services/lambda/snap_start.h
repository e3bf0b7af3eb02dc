// SnapStart: versions that are published with it are Pending until their init has run and is kept, as a
// snapshot or a resting slot (execution/snapshot_making.h), for their environments to begin with. What is to
// be done lies in the store, so a crash delays it and loses nothing; the snapshots themselves do not, as none
// outlives the server's run: the first environment after that has its init done and another snapshot made.
#pragma once
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

// Of what a function is to be: whether the service could have it.
Status check_snap_start(const VersionRecord& record);

// Whether its environments are to begin with a snapshot, once it is a published version.
bool wants_snapshot(const VersionRecord& record);

class SnapStart {
 public:
  static constexpr size_t kAtOnce = 4;  // versions whose init runs

  explicit SnapStart(Parts& parts) : parts_(parts) {}

  // Marks the version, which is Pending, in the transaction that stores it.
  static void enqueue(store::Transaction& tx, const FunctionRef& ref, int64_t version);

  // Runs until the scope it is spawned in ends.
  Task<void> run();

 private:
  Async<void> settle(FunctionRef ref);

  Parts& parts_;
};

}  // namespace hearth::services::lambda
