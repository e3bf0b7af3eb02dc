// Zygotes: programs that were started once, outside of all sandboxes, and have loaded what many others will
// need. Everything in a sandbox of a zygote's, from its first process on, is a fork of it: there is nothing
// left to load, and what nobody writes to is in memory once.
//
// A zygote is started by the spawner, in a root like that of a sandbox, as root and on the host's network:
// what runs in it must be the host's own. It then runs a spawner's loop (spawner_loop.h) inside its own
// image, by calling hearth_zygote_run() of a library that it has loaded, or fork() where that library stands
// in for it (src/zygote).
#pragma once
#include "base/fd.h"
#include "base/result.h"
#include "sandbox/spawner_loop.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

struct ZygoteProcess {
  int process = 0;
  Fd descriptor;  // readable when it has ended
};

// `server` is the loop's end of a socket to the server. The zygote says hello there when it is ready.
Result<ZygoteProcess> start_zygote(const Zygote& zygote, Fd server, const LoopPlan& plan);

// In a zygote: runs the loop. Returns in each process that a sandbox started with Command::forked, which is
// that command from there on: its user, directory and descriptors are set; arguments and environment are for
// the program to apply.
Command run_zygote();

}  // namespace hearth::sandbox
