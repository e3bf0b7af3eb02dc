// The spawner's own side: a loop in a process of its own that makes sandboxes and removes what they leave.
#pragma once
#include "base/fd.h"
#include "sandbox/cgroup.h"
#include "sandbox/scratch.h"
#include "sandbox/spawner.h"

namespace hearth::sandbox {

// Says hello on `server`, serves until its other end is closed, then ends all sandboxes and the process.
// REQUIRES a process of one thread.
[[noreturn]] void run_spawner(Fd server, SpawnerOptions options, CgroupRoot groups, const Scratch& scratch);

}  // namespace hearth::sandbox
