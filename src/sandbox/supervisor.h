// The supervisor: parent of the spawner, and the one process that keeps root for the server's whole life. It
// starts a spawner, waits for its end, removes what its sandboxes left, and starts the next. It reads nothing
// from anybody, so nothing that reaches the spawner can end it.
#pragma once
#include "base/fd.h"
#include "sandbox/spawner.h"

namespace hearth::sandbox {

// Sends a kSpawner message to `server` for each spawner it starts; ends when the other end is closed and the
// spawner has ended.
// REQUIRES a process of one thread.
[[noreturn]] void run_supervisor(Fd server, SpawnerOptions options);

}  // namespace hearth::sandbox
