// What a sandbox's init does once the box stands: start processes, pass on signals, kill everything, reap.
#pragma once
#include "base/fd.h"

namespace hearth::sandbox {

// Serves the server's requests until it, or the spawner, goes away; then ends the box. REQUIRES all signals
// blocked.
[[noreturn]] void serve_as_init(Fd control, Fd spawner, bool forks);

}  // namespace hearth::sandbox
