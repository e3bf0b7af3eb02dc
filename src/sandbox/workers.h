// Workers: processes beside a spawner that do what would hold it up. One makes disks for /tmp ahead of need;
// a few unmount what ended sandboxes had, each of which waits for the kernel.
//
// They go when the last process that can ask them is gone, and with them what they had made. Where a worker
// is gone before its time, whoever needs it does its work.
//
// REQUIRES root and a process with one thread.
#pragma once
#include "base/fd.h"
#include "base/result.h"
#include "sandbox/scratch.h"

namespace hearth::sandbox {

// Disks that wait; those that are taken are replaced when nobody has taken one for a moment.
constexpr size_t kDisksAhead = 32;

class Workers {
 public:
  static Result<Workers> start(Scratch scratch);

  // For Scratch::take_from(), also of processes that are forked from this one; -1 when there are no disks.
  int disks() const { return disks_.get(); }
  // For unmount().
  int unmounters() const { return unmounters_.get(); }

 private:
  Fd disks_;
  Fd unmounters_;
};

// Unmounts in another process what a mount namespace without processes holds, once the caller has closed its
// descriptor of it. What is not written yet to its /tmp is forgotten.
void unmount_apart(int unmounters, int mounts);

}  // namespace hearth::sandbox
